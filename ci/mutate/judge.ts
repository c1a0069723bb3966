/**
 * A process that runs scripts on a stack with mutants in it. It is part of the copy of the tree that holds them; what it
 * is to run comes in on standard input. Arguments: the folder of the scripts, profiles, and a mutant that is on from the
 * start.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { PlannedRun } from "../../conformance/runner/plan.ts";
import type { Target } from "../../conformance/targets/target.ts";
import { type Answer, type Order, order, type RunName } from "./protocol.ts";
import { mutantSwitch } from "./switch.ts";

/** No script of ours takes longer in the stack's own time, µs. */
const LIMIT_US = 20_000_000_000;

const [root = ".", profiles = "rfc", first = "0"] = Deno.args;
mutantSwitch.turn(Number(first));

const out = new TextEncoder();
function say(answer: Answer): void {
  const bytes = out.encode(JSON.stringify(answer) + "\n");
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

// The mutant is on before the stack is loaded: what modules compute then has it, too.
const { planRuns } = await import("../../conformance/runner/plan.ts");
const { executeRun } = await import("../../conformance/runner/execute.ts");
const { SimTarget } = await import("../../conformance/targets/sim.ts");
const { PythonRunner } = await import("../../conformance/timeline/mod.ts");
const { Stack } = await import("../../stack/stack.ts");
const loaded = mutantSwitch.reached;

function scriptsBelow(folder: string): string[] {
  return [...Deno.readDirSync(join(root, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return scriptsBelow(path);
    return name.endsWith(".pkt") ? [path] : [];
  }).sort();
}

interface Ready {
  readonly name: RunName;
  readonly planned: PlannedRun;
  readonly target: Target;
}

function readRuns(): Ready[] {
  const sources = scriptsBelow("fixtures").map((path) => ({ path, text: Deno.readTextFileSync(join(root, path)) }));
  const planned = planRuns(sources, { variants: undefined, definitions: [] });
  return profiles.split(",").flatMap((word) => {
    const profile = word === "linux" ? "linux" : "rfc";
    const makeStack = (options: ConstructorParameters<typeof Stack>[0]) => new Stack({ ...options, profile });
    const target = new SimTarget({ name: profile === "rfc" ? "rfc" : "sim", makeStack });
    return planned.map((each) => ({
      name: { script: each.path, variant: each.variant, profile } as const,
      planned: each,
      target,
    }));
  });
}

const runs = readRuns();
const python = new PythonRunner();

async function obey({ mutant, runs: wanted, first }: Order): Promise<void> {
  for (const index of wanted) {
    const run = runs[index];
    if (run === undefined) continue;
    mutantSwitch.turn(mutant);
    const cwd = dirname(join(root, run.planned.path));
    const options = { python, cwd, strict: false, limit_us: LIMIT_US };
    const { result } = await executeRun(run.target, run.planned, options);
    const { verdict, line, message } = result;
    const reached = mutant === 0 ? { reached: [...mutantSwitch.reached] } : {};
    say({ kind: "run", run: index, verdict, ...(line === undefined ? {} : { line }), message, ...reached });
    if (first && (verdict === "fail" || verdict === "error")) break;
  }
  say({ kind: "done" });
}

say({ kind: "ready", runs: runs.map(({ name }) => name), loaded: [...loaded] });
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let rest = "";
for await (const text of lines) {
  const parts = (rest + text).split("\n");
  rest = parts.pop()!;
  for (const part of parts) await obey(order.parse(JSON.parse(part)));
}
