/**
 * `deno task mutate`: puts one fault at a time into a copy of the stack and runs the fixtures on it. A fault that no
 * fixture notices is a hole in the suite.
 *
 * @module
 */
import { Command } from "commander";
import { join } from "node:path";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseResults } from "../../conformance/report/results_schema.ts";
import { isExpected } from "../../conformance/report/summary.ts";
import config from "../../deno.json" with { type: "json" };
import { type Fault, FAULTS, inOrder, plant } from "./faults.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What a run of the fixtures on `sim` needs. */
export const COPIED = ["abi", "stack", "conformance", "host", "runtime", "ci", "fixtures", "deno.json", "deno.lock"];
/** The task as users run it, permissions included; not through `deno task`, so that what hangs can be killed. */
const CONFORMANCE = config.tasks.conformance.command.split(" ").slice(1);
/** A fault may make the stack run in circles: how long the first run may take, ms, and the others in proportion to it. */
const FIRST_MS = 60_000;
const TIMES_LONGER = 6;
const LEAST_MS = 6_000;

/** What the fixtures said. */
type Outcome =
  | { readonly kind: "judged"; readonly failed: readonly string[] }
  /** The run had to be killed; `after`: the last script that ended. */
  | { readonly kind: "hung"; readonly after: string }
  /** There are no results. */
  | { readonly kind: "broken"; readonly why: string };

async function copyTree(from: string, to: string): Promise<void> {
  const info = await Deno.stat(from);
  if (!info.isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) await copyTree(join(from, entry.name), join(to, entry.name));
}

function fixtureFolders(): string[] {
  return [...Deno.readDirSync(join(ROOT, "fixtures"))].filter((entry) => entry.isDirectory).map(({ name }) => name)
    .sort();
}

/** Runs the fixtures in `tree`, until `failures` runs were not as expected or `limit` ms are over. */
async function runFixtures(
  tree: string,
  folders: readonly string[],
  failures: number,
  limit: number,
): Promise<Outcome> {
  const json = join(tree, "results.json");
  const paths = folders.map((name) => `fixtures/${name}`);
  const options = ["--target", "sim", "--limit", "20", "--baseline", "ci/baseline/default.json"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...CONFORMANCE, ...paths, ...options, "--max-failures", String(failures), "--json", json],
    cwd: tree,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let killed = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, limit);
  const { stdout, stderr } = await child.output();
  clearTimeout(timer);
  const text = await Deno.readTextFile(json).catch(() => "");
  await Deno.remove(json).catch(() => {});
  if (killed) {
    const ended = new TextDecoder().decode(stdout).match(/\S+\.pkt/g);
    return { kind: "hung", after: ended?.at(-1) ?? "the start" };
  }
  if (text === "") {
    return { kind: "broken", why: new TextDecoder().decode(stderr).trim().split("\n")[0] || "no results" };
  }
  const { runs } = parseResults(JSON.parse(text));
  return {
    kind: "judged",
    failed: runs.filter((run) => !isExpected(run.verdict)).map((run) =>
      `${run.script.replace(/^fixtures\//, "")}${run.line === undefined ? "" : `:${run.line}`} (${run.variant})`
    ),
  };
}

/** One copy of the sources, in which faults are planted one after the other. */
async function judge(tree: string, fault: Fault, failures: number, limit: number): Promise<Outcome> {
  const path = join(tree, fault.file);
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, plant(source, fault));
  try {
    return await runFixtures(tree, inOrder(fault, fixtureFolders()), failures, limit);
  } finally {
    await Deno.writeTextFile(path, source);
  }
}

/** One line about a fault; `undefined` as its outcome's second part when it was caught. */
function describe(fault: Fault, outcome: Outcome): { readonly caught: boolean; readonly line: string } {
  const name = fault.name.padEnd(30);
  switch (outcome.kind) {
    case "broken":
      return { caught: false, line: `BROKEN    ${name} ${outcome.why}` };
    case "hung":
      return { caught: true, line: `caught    ${name} never ends, after ${outcome.after}` };
    case "judged": {
      const { failed } = outcome;
      if (failed.length === 0) return { caught: false, line: `SURVIVED  ${name} ${fault.about}` };
      const more = failed.length > 3 ? ` and ${failed.length - 3} more` : "";
      return { caught: true, line: `caught    ${name} ${failed.slice(0, 3).join(", ")}${more}` };
    }
  }
}

/** Judges all faults, `trees.length` at a time. Returns the names of those that nothing noticed. */
async function judgeAll(
  trees: readonly string[],
  faults: readonly Fault[],
  failures: number,
  limit: number,
): Promise<string[]> {
  const waiting = [...faults];
  const survivors: string[] = [];
  const terminal = Deno.stdout.isTerminal();
  await Promise.all(trees.map(async (tree) => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const { caught, line } = describe(fault, await judge(tree, fault, failures, limit));
      if (!caught) survivors.push(fault.name);
      console.log(line);
      if (terminal && waiting.length > 0) {
        await Deno.stderr.write(new TextEncoder().encode(`${waiting.length} to go\r`));
      }
    }
  }));
  return survivors;
}

function program(): Command {
  return new Command("deno task mutate")
    .description(
      "Puts known faults into a copy of the stack, one at a time, and says which fixtures notice.\n" +
        "Exit status: 0 every fault is noticed, 1 some are not, 2 they could not be judged.",
    )
    .argument("[names...]", "faults to plant (default: all)")
    .option("--list", "only list the faults", false)
    .option("--all", "go on after the first fixture that notices, and count all", false)
    .option("--jobs <n>", "faults judged at once", String(Math.min(availableParallelism(), 8)));
}

async function main(args: readonly string[]): Promise<number> {
  const command = program().parse([...args], { from: "user" });
  const { list, all, jobs } = command.opts<{ list: boolean; all: boolean; jobs: string }>();
  const unknown = command.args.find((name) => FAULTS.every((fault) => fault.name !== name));
  if (unknown !== undefined) {
    console.error(`there is no fault ${unknown}; \`deno task mutate --list\` names them`);
    return 2;
  }
  const faults = FAULTS.filter(({ name }) => command.args.length === 0 || command.args.includes(name));
  if (list) {
    for (const fault of faults) console.log(`${fault.name.padEnd(30)} ${fault.about}`);
    return 0;
  }
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "netproof-mutate-" });
  try {
    const lanes = Math.min(Math.max(1, Math.floor(Number(jobs)) || 1), faults.length);
    const trees = Array.from({ length: lanes }, (_, i) => join(folder, String(i)));
    for (const tree of trees) {
      await Deno.mkdir(tree);
      for (const name of COPIED) await copyTree(join(ROOT, name), join(tree, name));
    }
    const first = performance.now();
    const clean = await runFixtures(trees[0]!, fixtureFolders(), 4, FIRST_MS);
    const limit = Math.max(LEAST_MS, TIMES_LONGER * (performance.now() - first));
    if (clean.kind !== "judged" || clean.failed.length > 0) {
      const why = clean.kind === "judged" ? clean.failed.join(", ") : describe(faults[0]!, clean).line;
      console.error(`the fixtures don't pass on the stack as it is, so faults can't be judged: ${why}`);
      return 2;
    }
    const survivors = await judgeAll(trees, faults, all ? 1_000_000 : 1, limit);
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(`${faults.length - survivors.length} of ${faults.length} faults caught in ${seconds} s`);
    if (survivors.length === 0) return 0;
    console.log(`no fixture notices: ${survivors.join(", ")}`);
    return 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
