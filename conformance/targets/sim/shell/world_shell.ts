/**
 * The shell of one world.
 *
 * @module
 */
import type { CommandOutcome } from "../../target.ts";
import { runScript } from "./interpreter.ts";
import type { Jobs } from "./jobs.ts";
import { ShellState } from "./state.ts";
import { Collector, decodeText, Descriptors, encodeText, Input } from "./streams.ts";
import type { ShellTrees } from "./tree.ts";
import { RUNNER_PID, type ShellWorld } from "./world.ts";

/** Output kept of one command. */
const MAX_OUTPUT = 65_536;

/** What every process finds in its environment. */
function environment(cwd: string): ReadonlyMap<string, string> {
  return new Map([
    ["PACKETDRILL_PID", String(RUNNER_PID)],
    ["PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    ["PWD", cwd],
    ["HOME", "/root"],
    ["LC_ALL", "C"],
  ]);
}

/** Runs commands of one world. */
export class WorldShell {
  constructor(readonly world: ShellWorld, readonly jobs: Jobs, readonly trees: ShellTrees) {}

  /** Runs a command as `sh -c` would. Throws {@link UnsupportedError} for what the simulated world does not have. */
  run(text: string): CommandOutcome {
    const { world, jobs, trees } = this;
    const state = new ShellState(world.files.path(world.cwd), jobs.pid(), RUNNER_PID);
    for (const [name, value] of [...environment(state.cwd), ...Object.entries(world.environment)]) {
      state.variables.set(name, value);
      state.exported.add(name);
    }
    const output = new Collector();
    const io = Descriptors.standard(new Input(""), output, output);
    const status = jobs.foreground(runScript(encodeText(text), world, state, io, { trees, jobs }));
    return { status, signal: undefined, output: decodeText(output.text.slice(0, MAX_OUTPUT)) };
  }
}
