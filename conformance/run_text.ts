/**
 * Running a script that is at hand as text, for programs that use netproof as a library.
 *
 * @module
 */
import process from "node:process";
import { executeRun } from "./runner/execute.ts";
import { withoutCommands } from "./runner/no_commands.ts";
import { planText } from "./runner/plan.ts";
import type { RunResult } from "./report/results.ts";
import type { IpVersion } from "./script/syntax.ts";
import { SimTarget } from "./targets/sim.ts";
import type { Target } from "./targets/target.ts";
import { PythonRunner } from "./timeline/mod.ts";

/** How {@link runText} runs a script. */
export interface RunTextOptions {
  /** What to run it on. Default: a fresh stack in this process, in virtual time. It is left open. */
  readonly target?: Target;
  /** Default: what the script asks for itself, else `ipv4`; the first if there are several. */
  readonly variant?: IpVersion;
  /** Name of the script in messages. Default `script.pkt`. */
  readonly name?: string;
  /** Working directory of the script's commands. Default: the process's. */
  readonly cwd?: string;
  /** Fail on packets that nobody expected, also when the script does not ask for it. Default false. */
  readonly strict?: boolean;
  /** A script that has not ended by then fails. Default 180 s. */
  readonly limit_us?: number;
  /** Keep how TCP connections fare, where the target tells: {@link RunResult.trace}. Default false. */
  readonly trace?: boolean;
  /** False, for scripts that you do not trust: those with shell commands, Python code or files to open are skipped. */
  readonly commands?: boolean;
}

/**
 * Runs one script once. What goes wrong is a verdict, a script that can't be parsed too: this does not throw.
 *
 * ```ts
 * import { runText } from "@netproof/netproof";
 *
 * const result = await runText("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n");
 * if (result.verdict !== "pass") throw new Error(result.message);
 * ```
 */
export async function runText(text: string, options: RunTextOptions = {}): Promise<RunResult> {
  const target = options.target ?? new SimTarget();
  const python = new PythonRunner();
  const [planned] = planText({ path: options.name ?? "script.pkt", text }, options.variant);
  const run = options.commands === false ? withoutCommands(planned!) : planned!;
  try {
    const attempt = await executeRun(target, run, {
      python,
      cwd: options.cwd ?? process.cwd(),
      strict: options.strict ?? false,
      limit_us: options.limit_us ?? 180e6,
      trace: options.trace,
    });
    return attempt.result;
  } finally {
    await python.close();
    if (options.target === undefined) await target.close();
  }
}
