/**
 * `deno task conformance`: from the command line to the exit status.
 *
 * @module
 */
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { adoptOrphans, killDescendants, NativeCodeError } from "../../host/mod.ts";
import { Baseline } from "../baseline/baseline.ts";
import { outdatedEntries } from "../baseline/outdated.ts";
import { type ConsoleStyle, formatFailure, formatRunLine, formatSummary } from "../report/console.ts";
import { isMachines } from "../report/machine.ts";
import { printableName } from "../printable.ts";
import { readable, readableRun } from "../report/readable.ts";
import type { LeftOut, OutdatedEntry, Results, RunResult } from "../report/results.ts";
import { parseResults } from "../report/results_schema.ts";
import { exitStatus, isExpected } from "../report/summary.ts";
import { withoutCommands } from "../runner/no_commands.ts";
import { type PlannedRun, planRuns, type ScriptSource } from "../runner/plan.ts";
import { runOnTarget } from "../runner/schedule.ts";
import { LINUX_FAMILY } from "../targets/linux.ts";
import type { Target } from "../targets/target.ts";
import { PythonRunner } from "../timeline/mod.ts";
import { ClauseTeller, withRequirements } from "./clauses.ts";
import { discoverScripts } from "./discover.ts";
import { describeEnvironment } from "./environment.ts";
import { ALL_TARGET_NAMES, type ConformanceOptions, parseCommandLine, reportsOnOutput } from "./options.ts";
import { Output } from "./output.ts";
import { Progress } from "./progress.ts";
import { readScript } from "../script/read_script.ts";
import { enterUserNamespaceIfUseful } from "./rootless.ts";
import { ReportWriter } from "./report_writer.ts";
import { chooseTargets } from "./choose_targets.ts";
import { UsageError } from "./usage_error.ts";
import { watchAndRepeat } from "./watch.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Scripts in flight at once in real time. */
const DEFAULT_JOBS = 24;
/** Built-in scripts and what is known of them, wherever the command is called. */
const FIXTURES = `${ROOT}/fixtures`;
const BASELINES = `${ROOT}/ci/baseline`;

async function readSources(paths: readonly string[]): Promise<ScriptSource[]> {
  return await Promise.all(paths.map(async (path) => {
    try {
      return { path, text: await readScript(path) };
    } catch (error) {
      return { path, text: error instanceof Error ? error : new Error(String(error)) };
    }
  }));
}

function takeShard<T>(runs: readonly T[], shard: ConformanceOptions["shard"]): T[] {
  return shard === undefined ? [...runs] : runs.filter((_, i) => i % shard.count === shard.index - 1);
}

/** What is known of the built-in scripts, but for targets that the user's own file speaks of. */
async function chooseBaseline(options: ConformanceOptions): Promise<Baseline> {
  let known = await Baseline.read(fromHere(`${BASELINES}/default.json`));
  for (const { name } of options.adapter) {
    const file = `${BASELINES}/${name}.json`;
    if (exists(file)) known = known.and(await Baseline.read(fromHere(file)));
  }
  return options.baseline === undefined ? known : (await Baseline.read(options.baseline)).and(known);
}

/** A path as one would write it in the working directory. */
function fromHere(path: string): string {
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") || short === "" ? path : short;
}

function pathsOf(options: ConformanceOptions): readonly string[] {
  return options.paths.length > 0 ? options.paths : [fromHere(FIXTURES)];
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    // What can't be looked at may be there.
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** Entries of the baseline that this round shows to be out of date. */
function outdatedIn(
  { options, targets, leftOut }: Round,
  baseline: Baseline,
  planned: readonly PlannedRun[],
  runs: readonly RunResult[],
): OutdatedEntry[] {
  const names = [...targets.map((target) => target.name), ...leftOut.map((left) => left.target)];
  return outdatedEntries(baseline, {
    planned,
    variantsNamed: options.variant !== undefined,
    targets: [...new Set([...ALL_TARGET_NAMES, LINUX_FAMILY, ...names])],
    runs,
    familyOf: (name) => targets.find((target) => target.name === name)?.family,
    exists,
  });
}

interface Round {
  readonly options: ConformanceOptions;
  readonly targets: readonly Target[];
  readonly leftOut: readonly LeftOut[];
  readonly limits: readonly LeftOut[];
  readonly output: Output;
  readonly python: PythonRunner;
  readonly signal: AbortSignal;
}

/** Runs everything once and returns the exit status. */
async function runRound(round: Round): Promise<0 | 1 | 2> {
  const { options, output } = round;
  let scripts = await discoverScripts(pathsOf(options));
  if (options.filter !== undefined) scripts = scripts.filter((path) => options.filter!.test(path));
  if (scripts.length === 0) {
    throw new UsageError(`no script matches --filter ${options.filter?.source}`, "Loosen it, or leave it away.");
  }
  const baseline = await chooseBaseline(options);
  const sources = await readSources(scripts);
  const texts = new Map(sources.map(({ path, text }) => [path, typeof text === "string" ? text : ""]));
  const shown = new Map(sources.map(({ path }) => [printableName(path), path]));
  const { variant: variants, define: definitions, dialect, platform } = options;
  const planning = { variants, definitions, dialect, platform };
  const whole = planRuns(sources, planning);
  const all = takeShard(whole, options.shard);
  const planned = options.commands ? all : all.map(withoutCommands);
  if (planned.length === 0) {
    throw new UsageError("nothing to run: no script runs in the variants or the shard asked for");
  }

  const clauses = await ClauseTeller.for(planned.length * round.targets.length);
  const { colour } = output;
  const { verbose } = options;
  const style: ConsoleStyle = {
    colour,
    verbose,
    source: (name) => texts.get(shown.get(name) ?? name),
    clause: (id) => clauses.describe(id),
  };
  const environment = await describeEnvironment(round.targets, round.leftOut, round.limits);
  const writer = await ReportWriter.open(options, scripts, (path) => texts.get(path), output);
  const runs: RunResult[] = [];
  const progress = new Progress(output, planned.length * round.targets.length);
  const enough = new AbortController();
  const signal = AbortSignal.any([round.signal, enough.signal]);
  let unexpected = 0;
  for (const target of round.targets) {
    if (signal.aborted) break;
    progress.target(target.name);
    const failed: RunResult[] = [];
    await runOnTarget(target, planned, {
      planning,
      jobs: options.jobs ?? target.jobs ?? DEFAULT_JOBS,
      retries: options.retries,
      signal,
      python: round.python,
      cwd: options.cwd,
      strict: options.strict,
      limit_us: options.limit * 1e6,
      onProgress: (inFlight) => progress.inFlight(inFlight),
      onResult: (raw) => {
        const run = baseline.apply(raw, target.family);
        runs.push(run);
        if (!isExpected(run.verdict) && ++unexpected === options.maxFailures) enough.abort();
        progress.done();
        writer.add(run);
        // What the machine is at fault for is told once for all, at the end.
        if (isExpected(run.verdict) || isMachines(run)) {
          if (options.verbose || !output.terminal) output.line(formatRunLine(readableRun(run), style));
        } else if (target.virtualTime && clauses.ready) {
          output.line(`${formatFailure(readableRun(run), style)}\n`);
        } else {
          // To put a failure into words takes tens of milliseconds, which would make other scripts under way late.
          if (!output.terminal) output.line(formatRunLine(readableRun(run), style));
          failed.push(run);
        }
      },
    });
    if (failed.length > 0) await clauses.load();
    for (const run of failed) output.line(`${formatFailure(readableRun(run), style)}\n`);
  }
  progress.end();
  sortAsPlanned(runs, planned, round.targets.map(({ name }) => name));
  const outdated = outdatedIn(round, baseline, whole, runs);
  const results: Results = {
    schema: 1,
    environment: { ...environment, command: [...Deno.args] },
    runs,
    ...(signal.aborted ? { interrupted: true } : {}),
    ...(outdated.length === 0 ? {} : { outdated }),
  };
  const table = await clauses.table(readable(results));
  output.line(formatSummary(readable(results), style, table));
  const failures = writer.finish(parseResults(withRequirements(results, table)), table);
  for (const failure of failures) output.error(failure);
  return failures.length > 0 ? 2 : exitStatus(results);
}

/** Results come as runs end: here in the order of the targets, and of the scripts on each. */
function sortAsPlanned(runs: RunResult[], planned: readonly PlannedRun[], targets: readonly string[]): void {
  const keys = targets.flatMap((target) => planned.map(({ path, variant }) => `${path}\0${variant}\0${target}`));
  const order = new Map(keys.map((key, place) => [key, place]));
  const placeOf = ({ script, variant, target }: RunResult) => order.get(`${script}\0${variant}\0${target}`)!;
  runs.sort((a, b) => placeOf(a) - placeOf(b));
}

/** Runs the command line `args` and returns the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  let output = new Output();
  try {
    const options = parseCommandLine(args, (text) => output.line(text.trimEnd()));
    if (options !== undefined && reportsOnOutput(options) > 0) output = new Output(true);
    const status = options === undefined ? 0 : await conformance(options, output);
    if (output.problem === undefined) return status;
    output.error(`standard output: could not be written: ${output.problem}`);
    return 2;
  } catch (error) {
    if (error instanceof NativeCodeError) {
      output.error(error.message);
      return 2;
    }
    if (!(error instanceof UsageError)) throw error;
    output.error(error.message + (error.remedy === undefined ? "" : `\n  ${error.remedy}`));
    return 2;
  }
}

async function conformance(options: ConformanceOptions, output: Output): Promise<number> {
  const rootless = enterUserNamespaceIfUseful(options);
  const linux = Deno.build.os === "linux";
  // Whatever commands, code and adapters start ends with the run, daemons too.
  if (linux) adoptOrphans();
  const { targets, leftOut, limits } = await chooseTargets(options, rootless);
  const python = new PythonRunner();
  const abort = new AbortController();
  const stop = () => {
    // Asked twice: whatever the end waits for, it is not waited for. Worlds and children go with the process.
    if (abort.signal.aborted) Deno.exit(130);
    abort.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  try {
    const round: Round = { options, targets, leftOut, limits, output, python, signal: abort.signal };
    if (!options.watch) return await runRound(round);
    return await watchAndRepeat(
      pathsOf(options),
      abort.signal,
      output,
      () => runRound(round),
    );
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    for (const target of targets) await target.close();
    await python.close();
    if (linux) killDescendants();
  }
}
