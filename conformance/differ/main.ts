/**
 * `deno task differ`: random scripts on the kernel and on our stack, compared packet by packet.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { chooseTargets } from "../cli/choose_targets.ts";
import { parseCommandLine } from "../cli/options.ts";
import { enterUserNamespaceIfUseful } from "../cli/rootless.ts";
import { UsageError } from "../cli/usage_error.ts";
import { executeRun } from "../runner/execute.ts";
import { planText } from "../runner/plan.ts";
import { warmUp } from "../runner/warm_up.ts";
import { PythonRunner } from "../timeline/mod.ts";
import { type Generated, type Kind, lives, type Sample } from "./generate.ts";
import { keptScript } from "./keep.ts";
import { type DifferOptions, parseDifferOptions } from "./options.ts";
import { each } from "./run.ts";
import { shrink } from "./shrink.ts";
import { groups, story, summary } from "./tell.ts";
import { compare, type Compared, type Sides, write } from "./trial.ts";

/** So many scripts that differ run at once when they are tried again: few enough not to disturb each other. */
const FEW = 4;
/** Candidates for a smaller script in flight, and how often they are looked for. */
const SHRINKING = { jobs: 8, rounds: 40 };

/** Runs the command line; the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseDifferOptions(args, Date.now());
    return options === undefined ? 0 : await differ(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message + (error.remedy === undefined ? "" : `\n  ${error.remedy}`));
    return 2;
  }
}

async function differ(options: DifferOptions): Promise<number> {
  const { reference, own } = await chooseSides(options);
  const python = new PythonRunner();
  const sides: Sides = { reference, own, python };
  try {
    const [run] = planText({ path: "warm-up.pkt", text: "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" }, undefined);
    await warmUp(reference, [run!], { python, cwd: process.cwd(), strict: false, limit_us: 60e6 }, executeRun);
    let all = 0;
    for (const kind of options.kind) all += await differKind(kind, options, sides);
    return all === 0 ? 0 : 1;
  } finally {
    await reference.close();
    await own.close();
    await python.close();
  }
}

/** The kernel, and the one of our stacks that was asked for. */
async function chooseSides(options: DifferOptions): Promise<Pick<Sides, "reference" | "own">> {
  const asked = parseCommandLine(["--target", `kernel,${options.target}`], () => {})!;
  const { targets, leftOut } = await chooseTargets(asked, enterUserNamespaceIfUseful(asked));
  const [lacking] = leftOut;
  if (lacking !== undefined) throw new UsageError(`${lacking.target}: ${lacking.reason}`, lacking.remedy);
  const reference = targets.find(({ name }) => name === "kernel");
  const own = targets.find(({ virtualTime }) => virtualTime);
  if (reference === undefined || own === undefined) {
    throw new UsageError(`--target ${options.target} runs in real time`, "Name sim or rfc.");
  }
  return { reference, own };
}

/** How many scripts of a kind differ. */
async function differKind(kind: Kind, options: DifferOptions, sides: Sides): Promise<number> {
  const { seed, count, only } = options;
  const sample = lives(kind, seed, count).map((life, i) => ({ life, name: `${kind}-${seed}-${i}.pkt`, i }))
    .filter(({ i }) => only?.includes(i) ?? true);
  const written = [];
  for (const { life, name } of sample) written.push(await write(life.value, name, sides));
  const first = await each(written, options.jobs, (one) => compare(one, sides, 1));
  const compared = await each(first, FEW, (one) => again(one, sides, options.tries - 1));
  const names = [sides.reference.name, sides.own.name] as const;
  console.log(summary(`${kind}, seed ${seed}`, compared));
  const differing = compared.filter(({ differences }) => differences.length > 0);
  if (options.verbose) { for (const one of differing) console.log(`\n${story(one, names)}`); }
  const byName = new Map(sample.map(({ name, life }) => [name, life]));
  for (const those of groups(compared).values()) {
    for (const one of those.slice(0, options.shrink)) {
      await reduce(one, byName.get(one.written.script.name)!, options, sides);
    }
  }
  return differing.length;
}

async function again(one: Compared, sides: Sides, tries: number): Promise<Compared> {
  if (one.differences.length === 0 || tries === 0) return one;
  return await compare(one.written, sides, tries);
}

async function reduce(one: Compared, life: Generated<Sample>, options: DifferOptions, sides: Sides): Promise<void> {
  const { folder } = options;
  if (folder === undefined) return;
  const small = await shrink(life, one, sides, SHRINKING);
  await Deno.mkdir(folder, { recursive: true });
  const path = join(folder, small.written.script.name);
  await Deno.writeTextFile(path, keptScript(small));
  console.log(`\n${path}\n${story(small, [sides.reference.name, sides.own.name])}`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
