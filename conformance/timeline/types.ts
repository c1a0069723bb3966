/**
 * What a run of a script is asked for and what it gives.
 *
 * @module
 */
import type { EvidenceEntry, Failure, TimeFacts } from "../report/results.ts";
import type { CapturedPacket, InjectedPacket } from "../targets/target.ts";
import type { CodeRunner } from "./code_runner.ts";

/** How a script is run, beyond what it says itself. */
export interface RunOptions {
  /** A packet that nobody expected fails the script, whatever its header says. */
  readonly strict?: boolean | undefined;
  /** A script that has not ended by then fails, µs. Counts script time on targets in real time, processor time in virtual time. */
  readonly limit_us?: number | undefined;
  /** Ends the run early once aborted; what it found by then is no verdict. */
  readonly signal?: AbortSignal | undefined;
  /** Time is virtual: the runner can't be late, and {@link limit_us} counts processor time. */
  readonly virtualTime: boolean;
  /** Working directory of code blocks. Default: the script's folder. */
  readonly cwd?: string | undefined;
  /** Runs code blocks; shared by all runs of the process. */
  readonly python: CodeRunner;
  /** Checks the transport checksum of everything that the stack sends, unless it was left to the device. */
  readonly verifyChecksums: boolean;
  /** What a call returns is noted and not judged: a difference is a warning. */
  readonly unjudgedCalls?: boolean | undefined;
  /** Entries of evidence kept, the last ones. Default 4096. */
  readonly evidenceLimit?: number | undefined;
  /** Called for each entry of evidence as it happens. */
  readonly onEvidence?: ((entry: EvidenceEntry) => void) | undefined;
  /** Called for each packet either way as it happens, for packet captures. Times are µs of script time. */
  readonly onPacket?:
    | ((direction: "inbound" | "outbound", packet: InjectedPacket | CapturedPacket, time_us: number) => void)
    | undefined;
}

/** What a run found out. */
export interface RunOutcome {
  readonly verdict: "pass" | "fail" | "skip" | "error";
  /** Empty for a pass; else one line, `file:line: …`, as packetdrill words it where it has words. */
  readonly message: string;
  /** Script line of the first failure. */
  readonly line?: number | undefined;
  readonly failure?: Failure | undefined;
  /** Mismatches that the script declared not fatal, in order. */
  readonly warnings: readonly string[];
  /** What happened, in order. */
  readonly evidence: readonly EvidenceEntry[];
  /** How well the run kept to the script's times; undefined in virtual time, where it could not but do so. */
  readonly facts?: TimeFacts | undefined;
}
