/**
 * Validation of results documents.
 *
 * @module
 */
import { z } from "zod";
import { describeProblems } from "../schema_problems.ts";
import type {
  CallRecord,
  EvidenceEntry,
  Failure,
  FieldDifference,
  OutdatedEntry,
  RequirementResult,
  Results,
  RunResult,
  TimeFacts,
  Try,
} from "./results.ts";
import type { TraceSample } from "./trace.ts";

const line = z.number().int().positive().optional();
const offset = z.number().int().nonnegative().optional();

const callRecord: z.ZodType<CallRecord> = z.strictObject({
  name: z.string(),
  result: z.string(),
  errno: z.string().optional(),
  values: z.array(z.string()).optional(),
});

const evidenceEntry: z.ZodType<EvidenceEntry> = z.strictObject({
  kind: z.enum(["inbound", "outbound", "call", "return", "command", "code", "note"]),
  time_us: z.number(),
  line,
  text: z.string(),
  bytes: z.string().regex(/^([0-9a-f]{2})*$/).optional(),
  rest_crc: z.number().int().nonnegative().optional(),
  fate: z.enum(["refused", "unclaimed"]).optional(),
  joined: z.literal(true).optional(),
  call: callRecord.optional(),
  seen: z.record(z.string(), z.string()).optional(),
  interface: z.string().optional(),
});

const fieldDifference: z.ZodType<FieldDifference> = z.strictObject({
  field: z.string(),
  expected: z.string(),
  actual: z.string(),
  start: offset,
  end: offset,
});

const kind = z.enum([
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
  "machine",
  "target",
  "harness",
]);

const failure: z.ZodType<Failure> = z.strictObject({
  kind,
  expected: z.string().optional(),
  actual: z.string().optional(),
  actual_bytes: z.string().optional(),
  differences: z.array(fieldDifference).optional(),
  lack: z.strictObject({ what: z.string(), remedy: z.string().optional() }).optional(),
  requirements: z.array(z.string()).optional(),
});

const timeFacts: z.ZodType<TimeFacts> = z.strictObject({
  late_us: z.number(),
  late_line: line,
  late_in_all_us: z.number(),
  late_share: z.number(),
  held_us: z.number(),
  early_margin_us: z.number().optional(),
  late_margin_us: z.number().optional(),
  off_us: z.number().optional(),
  times_sampled: z.boolean(),
});

const oneTry: z.ZodType<Try> = z.strictObject({
  verdict: z.enum(["pass", "fail", "skip", "error"]),
  jobs: z.number().int().positive(),
  message: z.string(),
  line,
  kind: kind.optional(),
  duration_us: z.number().nonnegative(),
  facts: timeFacts.optional(),
});

const traceSample: z.ZodType<TraceSample> = z.strictObject({
  time_us: z.number(),
  connection: z.string(),
  state: z.string().optional(),
  snd_cwnd: z.number().nonnegative().optional(),
  ssthresh: z.number().nonnegative().optional(),
  srtt_us: z.number().nonnegative().optional(),
  in_flight: z.number().nonnegative().optional(),
  cause: z.string().optional(),
});

/** One run. */
export const runResult: z.ZodType<RunResult> = z.strictObject({
  script: z.string(),
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]),
  target: z.string(),
  verdict: z.enum(["pass", "fail", "flaky", "skip", "error", "expected-fail", "unexpected-pass"]),
  duration_us: z.number().nonnegative(),
  message: z.string(),
  line,
  failure: failure.optional(),
  warnings: z.array(z.string()).optional(),
  evidence: z.array(evidenceEntry).optional(),
  tries: z.array(oneTry).optional(),
  reason: z.string().optional(),
  clause: z.string().optional(),
  requirements: z.array(z.string()).optional(),
  trace: z.array(traceSample).optional(),
});

const outdatedEntry: z.ZodType<OutdatedEntry> = z.strictObject({
  file: z.string(),
  script: z.string(),
  target: z.string(),
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]).optional(),
  line,
  why: z.string(),
});

const requirementResult: z.ZodType<RequirementResult> = z.strictObject({
  id: z.string(),
  document: z.string(),
  section: z.string(),
  level: z.enum(["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"]),
  text: z.string(),
  standings: z.record(
    z.string(),
    z.enum(["pass", "fail", "deviates", "undecided", "not covered", "not observable"]),
  ),
});

const leftOut = z.strictObject({ target: z.string(), reason: z.string(), remedy: z.string() });

const results: z.ZodType<Results> = z.strictObject({
  schema: z.literal(1),
  environment: z.strictObject({
    netproof: z.string(),
    deno: z.string(),
    os: z.string(),
    kernel: z.string(),
    started: z.iso.datetime(),
    targets: z.record(z.string(), z.string()),
    left_out: z.array(leftOut),
    limits: z.array(leftOut).optional(),
    command: z.array(z.string()),
  }),
  runs: z.array(runResult),
  interrupted: z.boolean().optional(),
  requirements: z.array(requirementResult).optional(),
  outdated: z.array(outdatedEntry).optional(),
});

/** A value that is no results document. */
export class ResultsError extends Error {
  /** `ResultsError`. */
  override name = "ResultsError";
}

/**
 * The results document that `value`, such as parsed JSON, is.
 *
 * @throws {ResultsError} that says what is wrong and where, for anything else
 */
export function parseResults(value: unknown): Results {
  const parsed = results.safeParse(value);
  if (!parsed.success) throw new ResultsError(`not a results document:\n${describeProblems(parsed.error)}`);
  return parsed.data;
}
