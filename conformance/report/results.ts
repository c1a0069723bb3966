/**
 * The results document: everything a run found out. Each report is a pure function of it.
 *
 * @module
 */
import { z } from "zod";

/** Verdicts, baseline applied. */
export const Verdict: z.ZodEnum<
  {
    pass: "pass";
    fail: "fail";
    skip: "skip";
    error: "error";
    "expected-fail": "expected-fail";
    "unexpected-pass": "unexpected-pass";
  }
> = z.enum(["pass", "fail", "skip", "error", "expected-fail", "unexpected-pass"]);
/** One of the six verdicts. */
export type Verdict = z.infer<typeof Verdict>;

/** A packet or call as it happened, for people and for comparison between targets. */
export const EvidenceEntry = z.strictObject({
  /** What happened. */
  kind: z.enum(["inbound", "outbound", "call", "return", "command", "note"]),
  /** µs of script time. */
  time_us: z.number(),
  /** Line of the script it belongs to, if any. */
  line: z.number().int().positive().optional(),
  /** One line for people, in script terms (relative sequence numbers, script port names). */
  text: z.string(),
  /** Octets from the IP header on, as hex, for packets. */
  bytes: z.string().optional(),
});
/** One entry of the evidence. */
export type EvidenceEntry = z.infer<typeof EvidenceEntry>;

/** One field where what came differs from what the script says. */
export const FieldDifference = z.strictObject({
  /** Name of the field, as `tcp_window`. */
  field: z.string(),
  expected: z.string(),
  actual: z.string(),
  /** Range of octets in the actual packet, from its IP header, that hold the field. */
  start: z.number().int().nonnegative().optional(),
  end: z.number().int().nonnegative().optional(),
});
/** One differing field. */
export type FieldDifference = z.infer<typeof FieldDifference>;

/** What a failure looked like. */
export const Failure = z.strictObject({
  /** Where the check failed; words of {@link Failure.kind} are stable. */
  kind: z.enum([
    "packet",
    "missing-packet",
    "unexpected-packet",
    "time",
    "call",
    "call-time",
    "command",
    "code",
    "checksum",
    "counter",
    "blocked",
    "parse",
    "target",
    "harness",
  ]),
  /** The script packet in text, for packet failures. */
  expected: z.string().optional(),
  /** The live packet in script terms. */
  actual: z.string().optional(),
  /** Octets of the live packet, hex. */
  actual_bytes: z.string().optional(),
  differences: z.array(FieldDifference).optional(),
  /** RFC clauses that the script's header names. */
  requirements: z.array(z.string()).optional(),
});
/** Details of a failure. */
export type Failure = z.infer<typeof Failure>;

/** One run: a script in a variant on a target. */
export const RunResult = z.strictObject({
  script: z.string(),
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]),
  target: z.string(),
  verdict: Verdict,
  /** Wall time of the run, set-up included, µs. */
  duration_us: z.number().nonnegative(),
  /** Empty for a pass; else the first failure in one line, `file:line: …`, as packetdrill words it where it has words. */
  message: z.string(),
  /** Script line of the first failure. */
  line: z.number().int().positive().optional(),
  failure: Failure.optional(),
  /** Non-fatal mismatches. */
  warnings: z.array(z.string()).optional(),
  evidence: z.array(EvidenceEntry).optional(),
  /** Lateness of the runner itself in the run, µs: the greatest. */
  lateness_us: z.number().optional(),
  /** How often the run was repeated: a failure among many is tried again on a quieter machine, a late runner's alone. */
  retries: z.number().int().nonnegative().optional(),
  /** What an earlier try said, if it failed and the last did not. */
  earlier: z.string().optional(),
  /** Reason from the baseline. */
  reason: z.string().optional(),
});
/** One run. */
export type RunResult = z.infer<typeof RunResult>;

/** The whole document. */
export const Results = z.strictObject({
  schema: z.literal(1),
  environment: z.strictObject({
    netproof: z.string(),
    deno: z.string(),
    os: z.string(),
    kernel: z.string(),
    started: z.string(),
    targets: z.record(z.string(), z.string()),
    /** Targets that were left out and why. */
    left_out: z.array(z.strictObject({ target: z.string(), reason: z.string(), remedy: z.string() })),
    command: z.array(z.string()),
  }),
  runs: z.array(RunResult),
  /** Whether the run was stopped before all scripts had a verdict. */
  interrupted: z.boolean().optional(),
});
/** The whole document. */
export type Results = z.infer<typeof Results>;
