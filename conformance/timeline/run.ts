/**
 * Runs a script.
 *
 * @module
 */
import type { Script } from "../script/syntax.ts";
import type { Session } from "../targets/target.ts";
import type { ScriptConfig } from "../script/options.ts";
import { Runner } from "./runner.ts";
import type { RunOptions, RunOutcome } from "./types.ts";

/**
 * Runs a script on a fresh session, from its set-up commands to the resets that end its connections. Never rejects: what
 * can't be run is a skip, what went wrong with the target or here is an error. The session stays open for the caller to close.
 */
export async function runScript(
  script: Script,
  config: ScriptConfig,
  session: Session,
  options: RunOptions,
): Promise<RunOutcome> {
  return await new Runner(script, config, session, options).run();
}
