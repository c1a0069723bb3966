/**
 * `deno task mutate`: puts one fault at a time into a copy of the stack and runs the fixtures on it. A fault that no
 * fixture notices is a hole in the suite.
 *
 * @module
 */
import { Command } from "commander";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseResults } from "../../conformance/report/results_schema.ts";
import { isExpected } from "../../conformance/report/summary.ts";
import { type Fault, FAULTS } from "./faults.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a run of the fixtures on `sim` needs. */
const COPIED = ["stack", "conformance", "host", "runtime", "ci", "fixtures", "deno.json", "deno.lock"];
const RUN_LIMIT_MS = 120_000;

async function copyTree(from: string, to: string): Promise<void> {
  const info = await Deno.stat(from);
  if (!info.isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) await copyTree(join(from, entry.name), join(to, entry.name));
}

/** Runs the fixtures in `tree` and returns the runs that are not as expected, or why there are no results. */
async function runFixtures(tree: string): Promise<{ readonly caught: string[] } | { readonly broken: string }> {
  const json = join(tree, "results.json");
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-run=python3",
      "--allow-sys=osRelease",
      "--allow-ffi",
      "conformance/cli.ts",
      "--target",
      "sim",
      "--limit",
      "20",
      "--json",
      json,
    ],
    cwd: tree,
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(RUN_LIMIT_MS),
  });
  const { stderr, signal } = await command.output();
  if (signal !== null) return { broken: `ended by ${signal} after ${RUN_LIMIT_MS / 1000} s` };
  let text: string;
  try {
    text = await Deno.readTextFile(json);
  } catch {
    return { broken: new TextDecoder().decode(stderr).trim().split("\n")[0] ?? "no results" };
  }
  await Deno.remove(json);
  const results = parseResults(JSON.parse(text));
  return {
    caught: results.runs.filter((run) => !isExpected(run.verdict)).map((run) =>
      `${run.script} (${run.variant})${run.line === undefined ? "" : `:${run.line}`}`
    ),
  };
}

/** The source with the fault in it. The text to replace must stand there exactly once, or the fault has gone stale. */
function plant(source: string, fault: Fault): string {
  const parts = source.split(fault.find);
  if (parts.length !== 2) {
    throw new Error(`${fault.file}: ${JSON.stringify(fault.find)} stands there ${parts.length - 1} times, not once`);
  }
  return parts.join(fault.replace);
}

async function main(args: readonly string[]): Promise<number> {
  const command = new Command("deno task mutate")
    .description("Puts known faults into a copy of the stack, one at a time, and says which fixtures notice.")
    .argument("[names...]", "faults to plant (default: all)")
    .option("--list", "only list the faults");
  command.parse([...args], { from: "user" });
  const faults = FAULTS.filter((fault) => command.args.length === 0 || command.args.includes(fault.name));
  if (command.opts().list) {
    for (const fault of faults) console.log(`${fault.name.padEnd(32)} ${fault.about}`);
    return 0;
  }
  if (faults.length === 0) {
    console.error(`no fault of that name; \`deno task mutate --list\` names them`);
    return 2;
  }
  const tree = await Deno.makeTempDir({ prefix: "netproof-mutate-" });
  try {
    for (const name of COPIED) await copyTree(join(ROOT, name), join(tree, name));
    const clean = await runFixtures(tree);
    if ("broken" in clean || clean.caught.length > 0) {
      const why = "broken" in clean ? clean.broken : `not as expected without a fault: ${clean.caught.join(", ")}`;
      console.error(`the fixtures don't pass on the unchanged stack, so faults can't be judged: ${why}`);
      return 2;
    }
    let survived = 0;
    for (const fault of faults) {
      const path = join(tree, fault.file);
      const source = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, plant(source, fault));
      const outcome = await runFixtures(tree);
      await Deno.writeTextFile(path, source);
      if ("broken" in outcome) {
        console.log(`BROKEN    ${fault.name}: ${outcome.broken}`);
        survived++;
      } else if (outcome.caught.length === 0) {
        console.log(`SURVIVED  ${fault.name}: ${fault.about}`);
        survived++;
      } else {
        const shown = outcome.caught.slice(0, 4).join(", ");
        const more = outcome.caught.length > 4 ? ` and ${outcome.caught.length - 4} more` : "";
        console.log(`caught    ${fault.name}: ${shown}${more}`);
      }
    }
    console.log(`${faults.length - survived} of ${faults.length} faults caught`);
    return survived === 0 ? 0 : 1;
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
