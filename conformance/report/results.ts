/**
 * The results document: everything a run found out. Each report is a pure function of it. Its validation is in
 * `results_schema.ts`.
 *
 * @module
 */
import type { TraceSample } from "./trace.ts";

/** Verdicts, baseline applied. */
export type Verdict = "pass" | "fail" | "flaky" | "skip" | "error" | "expected-fail" | "unexpected-pass";

/** A packet or call as it happened, for people and for comparison between targets. */
export interface EvidenceEntry {
  /** What happened. */
  readonly kind: "inbound" | "outbound" | "call" | "return" | "command" | "code" | "note";
  /** µs of script time. */
  readonly time_us: number;
  /** Line of the script it belongs to, if any. */
  readonly line?: number | undefined;
  /** One line for people, in script terms (relative sequence numbers, script port names). */
  readonly text: string;
  /** Octets from the IP header on, as hex, for packets: the first 2048. */
  readonly bytes?: string | undefined;
  /** CRC-32 of the octets that {@link bytes} leaves out. */
  readonly rest_crc?: number | undefined;
  /**
   * What became of a packet that the stack sent, unless an event took it: `refused` by the event of {@link line}, which
   * wanted another, or `unclaimed` by any.
   */
  readonly fate?: "refused" | "unclaimed" | undefined;
  /** The packet goes on with the one before it: one packet of the script came in several. */
  readonly joined?: true | undefined;
  /** What a call returned. */
  readonly call?: CallRecord | undefined;
  /** Values that a code block looks at, by name. */
  readonly seen?: Readonly<Record<string, string>> | undefined;
  /** The interface that a packet passed, unless it is the usual one. */
  readonly interface?: string | undefined;
}

/** What a system call returned, in the script's terms. */
export interface CallRecord {
  /** Its name. */
  readonly name: string;
  /** Its result; a descriptor by the number that the script gives it. */
  readonly result: string;
  /** Name of the errno of a call that failed. */
  readonly errno?: string | undefined;
  /** What else it gave, a phrase each. Without times and the like, which are never twice the same. */
  readonly values?: readonly string[] | undefined;
}

/** One field where what came differs from what the script says. */
export interface FieldDifference {
  /** Name of the field, as `tcp_window`. */
  readonly field: string;
  /** What the script says. */
  readonly expected: string;
  /** What came. */
  readonly actual: string;
  /** First octet of the actual packet, counted from its IP header, that holds the field. */
  readonly start?: number | undefined;
  /** Behind the last such octet. */
  readonly end?: number | undefined;
}

/** What kind of check failed; these words are stable. */
export type FailureKind =
  | "packet"
  | "missing-packet"
  | "unexpected-packet"
  | "time"
  | "call"
  | "call-time"
  | "command"
  | "code"
  | "checksum"
  | "counter"
  | "blocked"
  | "parse"
  | "machine"
  | "target"
  | "harness";

/** What a failure looked like. */
export interface Failure {
  /** What kind of check failed. */
  readonly kind: FailureKind;
  /** The script packet in text, for packet failures. */
  readonly expected?: string | undefined;
  /** The live packet in script terms. */
  readonly actual?: string | undefined;
  /** Octets of the live packet, hex. */
  readonly actual_bytes?: string | undefined;
  /** Fields that differ. */
  readonly differences?: readonly FieldDifference[] | undefined;
  /** What the machine lacks or refused, for failures of kind `machine`, and what to do about it. */
  readonly lack?: { readonly what: string; readonly remedy?: string | undefined } | undefined;
  /** RFC clauses that the failing line stands for: those that a comment there names, else all of the script's header. */
  readonly requirements?: readonly string[] | undefined;
}

/** How well a try in real time kept to its script's times: what its outcome may owe to the machine instead of the stack. */
export interface TimeFacts {
  /** How late the runner was at most for what it does itself, and what is due at once because of that, µs. */
  readonly late_us: number;
  /** The line that was; absent where nothing was late. */
  readonly late_line?: number | undefined;
  /** The sum of that over the script, µs: times build on each other, so lateness adds up. */
  readonly late_in_all_us: number;
  /** What share of the lateness that the script allows was used up at most. */
  readonly late_share: number;
  /** How long the longest call that is not meant to block took, or the longest command that the script's time stood still for, µs. */
  readonly held_us: number;
  /** By how much at least what had a time to keep was not too early, µs; absent where nothing had. */
  readonly early_margin_us?: number | undefined;
  /** By how much at least it was not too late, µs. */
  readonly late_margin_us?: number | undefined;
  /** How much further off than the script allows the time was that failed the try, µs; negative: it came early. */
  readonly off_us?: number | undefined;
  /** Code looked at times that the stack measured. */
  readonly times_sampled: boolean;
}

/** One try of a run in real time. */
export interface Try {
  /** How it came out. */
  readonly verdict: "pass" | "fail" | "skip" | "error";
  /** How many runs were in flight at most, itself included. */
  readonly jobs: number;
  /** As in {@link RunResult}. */
  readonly message: string;
  /** As in {@link RunResult}. */
  readonly line?: number | undefined;
  /** What kind of check failed. */
  readonly kind?: FailureKind | undefined;
  /** As in {@link RunResult}. */
  readonly duration_us: number;
  /** How well it kept to its times; absent where no time passed. */
  readonly facts?: TimeFacts | undefined;
}

/** One run: a script in a variant on a target. */
export interface RunResult {
  /** Path of the script, as given. */
  readonly script: string;
  /** Family it ran in. */
  readonly variant: "ipv4" | "ipv6" | "ipv4-mapped-ipv6";
  /** Name of the target. */
  readonly target: string;
  /** How it ended. */
  readonly verdict: Verdict;
  /** Wall time of the run, set-up included, µs. */
  readonly duration_us: number;
  /** Empty for a pass; else the first failure in one line, `file:line: …`, as packetdrill words it where it has words. */
  readonly message: string;
  /** Script line of the first failure. */
  readonly line?: number | undefined;
  /** Details of a failure. */
  readonly failure?: Failure | undefined;
  /** Mismatches that the script declared not fatal. */
  readonly warnings?: readonly string[] | undefined;
  /** What happened, in order. */
  readonly evidence?: readonly EvidenceEntry[] | undefined;
  /** Every time that the run was tried in real time, in order; absent where time is virtual or it did not come to a try. */
  readonly tries?: readonly Try[] | undefined;
  /** Clause and reason from the baseline. */
  readonly reason?: string | undefined;
  /** The clause that the target departs from, as the baseline's entry names it. */
  readonly clause?: string | undefined;
  /** RFC clauses that the script's header names. */
  readonly requirements?: readonly string[] | undefined;
  /** How its connections fared, where the target tells. */
  readonly trace?: readonly TraceSample[] | undefined;
}

/** A target that was wanted and can't be used here, or something about it. */
export interface LeftOut {
  /** Its name. */
  readonly target: string;
  /** What is missing. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** An entry of a baseline that no longer applies. */
export interface OutdatedEntry {
  /** The baseline's file. */
  readonly file: string;
  /** The script as the entry names it. */
  readonly script: string;
  /** The entry's target. */
  readonly target: string;
  /** The entry's variant; absent: all. */
  readonly variant?: RunResult["variant"] | undefined;
  /** The entry's line; absent: any. */
  readonly line?: number | undefined;
  /** Why it no longer applies. */
  readonly why: string;
}

/** What the runs show of a clause of the catalogue. */
export interface RequirementResult {
  /** Its id. */
  readonly id: string;
  /** The document that it stands in. */
  readonly document: string;
  /** The document's section. */
  readonly section: string;
  /** How strongly it asks. */
  readonly level: "MUST" | "MUST NOT" | "SHOULD" | "SHOULD NOT" | "MAY";
  /** What it asks, in our words. */
  readonly text: string;
  /** How it stands, by target. */
  readonly standings: Readonly<
    Record<string, "pass" | "fail" | "deviates" | "undecided" | "not covered" | "not observable">
  >;
}

/** What the results were found on. */
export interface Environment {
  /** Version of netproof. */
  readonly netproof: string;
  /** Version of Deno. */
  readonly deno: string;
  /** Operating system. */
  readonly os: string;
  /** Operating system, kernel release and architecture. */
  readonly kernel: string;
  /** When the run began, ISO 8601. */
  readonly started: string;
  /** What each target is, by name. */
  readonly targets: Readonly<Record<string, string>>;
  /** Targets that were left out and why. */
  readonly left_out: readonly LeftOut[];
  /** What is not here as scripts may take for granted: the targets can be used all the same. */
  readonly limits?: readonly LeftOut[] | undefined;
  /** The command line's arguments. */
  readonly command: readonly string[];
}

/** The whole document. */
export interface Results {
  /** Version of this form. */
  readonly schema: 1;
  /** What the results were found on. */
  readonly environment: Environment;
  /** One for each script, variant and target. */
  readonly runs: readonly RunResult[];
  /** Whether the run was stopped before all scripts had a verdict. */
  readonly interrupted?: boolean | undefined;
  /** What the runs show of every clause of the catalogue; absent where no script names one. */
  readonly requirements?: readonly RequirementResult[] | undefined;
  /** Entries of baselines that no longer apply, as far as this run can tell. */
  readonly outdated?: readonly OutdatedEntry[] | undefined;
}
