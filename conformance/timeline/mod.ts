/**
 * Runs a script on a session of any target: the event clock, the translation between script and live numbers, the
 * matching of packets, the judging of system calls, and the verdict with its evidence.
 *
 * @module
 */
export { runScript } from "./run.ts";
export { PythonRunner } from "./python.ts";
export { worldOptions } from "./config.ts";
export type { RunOptions, RunOutcome } from "./types.ts";
