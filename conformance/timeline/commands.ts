/**
 * What the end of a shell command means.
 *
 * @module
 */
import type { CommandOutcome } from "../targets/target.ts";

const SIGINT = 2;
const SIGQUIT = 3;

/**
 * Why a command counts as failed, in packetdrill's words. It looks at the exit status alone, so that death by a signal
 * other than SIGINT and SIGQUIT counts as success.
 */
export function commandProblem(outcome: CommandOutcome): string | undefined {
  if (outcome.signal === SIGINT) return `got signal ${SIGINT} (Interrupt)`;
  if (outcome.signal === SIGQUIT) return `got signal ${SIGQUIT} (Quit)`;
  if (outcome.signal !== undefined || outcome.status === 0) return undefined;
  return `non-zero status ${outcome.status}`;
}
