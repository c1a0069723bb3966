/**
 * `deno task matrix`: the suite on every stack that can be had here, clause x stack.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readBounded } from "../bounded_file.ts";
import { UsageError } from "../cli/usage_error.ts";
import type { LeftOut, Results } from "../report/results.ts";
import { parseResults } from "../report/results_schema.ts";
import { countVerdicts, exitStatus } from "../report/summary.ts";
import { loadCatalogue } from "../requirements/mod.ts";
import { renderMatrix } from "./markdown.ts";
import { buildMatrix, type Matrix } from "./matrix.ts";
import { type MatrixOptions, parseMatrixOptions } from "./options.ts";
import { reach } from "./stacks.ts";
import config from "../../deno.json" with { type: "json" };

/** `deno task conformance` without the task runner, which would change the working directory. */
const [, ...CONFORMANCE] = config.tasks.conformance.command.split(" ");
const CLI = fileURLToPath(new URL("../cli.ts", import.meta.url));

/** Runs the command line; the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseMatrixOptions(args);
    return options === undefined ? 0 : await matrix(options);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message + (error.remedy === undefined ? "" : `\n  ${error.remedy}`));
    return 2;
  }
}

/** What was found, and what could not be. */
interface Found {
  readonly results: readonly Results[];
  readonly leftOut: readonly LeftOut[];
}

async function matrix(options: MatrixOptions): Promise<number> {
  await Deno.mkdir(options.out, { recursive: true });
  const { results, leftOut } = options.results.length > 0 ? await readAll(options.results) : await runAll(options);
  for (const { target, reason, remedy } of leftOut) console.log(`${target} was left out: ${reason}\n  ${remedy}`);
  if (results.length === 0) throw new UsageError("none of the stacks can be had here");
  await write(options.out, buildMatrix(results, leftOut, await loadCatalogue()));
  return Math.max(...results.map(exitStatus));
}

async function write(folder: string, whole: Matrix): Promise<void> {
  await Deno.writeTextFile(join(folder, "matrix.json"), JSON.stringify(whole) + "\n");
  await Deno.writeTextFile(join(folder, "matrix.md"), renderMatrix(whole));
  console.log(`${whole.clauses.length} clauses on ${whole.stacks.length} stacks: ${join(folder, "matrix.md")}`);
}

/** No results document is larger than this, octets. */
const MAX_RESULTS = 256 << 20;

/** Results documents that there are. */
async function readAll(files: readonly string[]): Promise<Found> {
  const results: Results[] = [];
  for (const file of files) {
    try {
      const bytes = await readBounded(file, MAX_RESULTS, "results");
      results.push(parseResults(JSON.parse(new TextDecoder().decode(bytes))));
    } catch (error) {
      // Whatever it is, it is no such file.
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(`${file}: ${why}`, "Name files that deno task conformance --json has written.");
    }
  }
  return { results, leftOut: [] };
}

/** Runs the scripts on each stack, one after the other: those in real time want the machine for themselves. */
async function runAll({ stacks, linux, paths, out }: MatrixOptions): Promise<Found> {
  const results: Results[] = [];
  const leftOut: LeftOut[] = [];
  for (const name of stacks) {
    const reached = reach(name, linux);
    if ("reason" in reached) {
      const { reason, remedy } = reached;
      leftOut.push({ target: name, reason, remedy });
      continue;
    }
    const since = performance.now();
    const outcome = await conformance([...reached.options, ...paths], join(out, name));
    if ("why" in outcome) {
      const [reason = "it could not be run", ...remedy] = outcome.why;
      leftOut.push({ target: name, reason, remedy: remedy.join(" ") });
      continue;
    }
    results.push(outcome.results);
    console.log(`${name.padEnd(8)} ${counts(outcome.results)} (${((performance.now() - since) / 1000).toFixed(0)} s)`);
  }
  return { results, leftOut };
}

/** How many runs came out how. */
function counts({ runs }: Results): string {
  const verdicts = Object.entries(countVerdicts(runs)).filter(([, count]) => count > 0);
  return verdicts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
}

type Outcome = { readonly results: Results } | { readonly why: readonly string[] };

/** Runs the conformance command; `base` is where its results (`.json`) and what it says (`.txt`) go. */
async function conformance(options: readonly string[], base: string): Promise<Outcome> {
  const json = `${base}.json`;
  await Deno.remove(json).catch(() => {});
  using log = await Deno.create(`${base}.txt`);
  const args = CONFORMANCE.map((one) => one === "conformance/cli.ts" ? CLI : one);
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args, ...options, "--json", json],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  await child.stdout.pipeTo(log.writable);
  await child.status;
  let text: string;
  try {
    text = await Deno.readTextFile(json);
  } catch {
    const why = (await errors).split("\n").map((one) => one.trim()).filter((one) => one !== "");
    return { why: why.filter((one) => !one.startsWith("none of the targets")) };
  }
  return { results: parseResults(JSON.parse(text)) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));
