/**
 * Where two targets parted: the first packet or call result that differs between two runs of the same script, and what the
 * event that failed came to.
 *
 * @module
 */
import { align, differingFields, firstDifferingOctet, type Pair } from "./align.ts";
import type { EvidenceEntry, RunResult } from "./results.ts";
import { type Step, stepsOf } from "./steps.ts";

/** A field of a step that differs. */
export interface SideBySide {
  readonly field: string;
  readonly left: string;
  readonly right: string;
}

/** One step of both runs side by side. */
export interface ComparedStep {
  readonly left: EvidenceEntry | undefined;
  readonly right: EvidenceEntry | undefined;
  readonly differs: boolean;
  /** Every field that differs, where both runs have the step. */
  readonly fields: readonly SideBySide[];
}

/** The differences that count, each with the steps that led to it; `undefined` stands for steps left out. */
export interface RunComparison {
  readonly steps: readonly (ComparedStep | undefined)[];
}

/**
 * The first step that differs and the one at which a run failed, each with up to `context` steps before it; `undefined`
 * when all that both runs recorded is the same.
 */
export function compareRuns(left: RunResult, right: RunResult, context = 3): RunComparison | undefined {
  const compared = compareAll(left, right).steps;
  const first = compared.findIndex((step) => step.differs);
  if (first < 0) return undefined;
  const failing = compared.findIndex((step, i) => i > first && step.differs && isFailing(step, left, right));
  const shown = new Set<number>();
  for (const at of failing < 0 ? [first] : [first, failing]) {
    for (let i = Math.max(0, at - context); i <= at; i++) shown.add(i);
  }
  const steps: (ComparedStep | undefined)[] = [];
  for (const i of [...shown].sort((a, b) => a - b)) {
    if (i > 0 && !shown.has(i - 1)) steps.push(undefined);
    steps.push(compared[i]);
  }
  return { steps };
}

/** Every step of two runs side by side. */
export interface WholeComparison {
  readonly steps: readonly ComparedStep[];
  /** What one of them did behind the end of the other, which says nothing of either. */
  readonly beyond: readonly ComparedStep[];
}

/** Puts all steps of two runs side by side. */
export function compareAll(left: RunResult, right: RunResult): WholeComparison {
  const pairs = align(stepsOf(left), stepsOf(right), { left: failed(left), right: failed(right) });
  const compared = withoutTail(pairs, left, right);
  return {
    steps: compared.map((pair) => compareSteps(pair, left, right)),
    beyond: pairs.filter((pair) => !compared.includes(pair)).map((pair) => ({
      left: pair.left?.entry,
      right: pair.right?.entry,
      differs: false,
      fields: [],
    })),
  };
}

function failed(run: RunResult): boolean {
  return run.verdict !== "pass" && run.verdict !== "unexpected-pass";
}

/** Whether a step belongs to the event at which a run failed. */
function isFailing(step: ComparedStep, left: RunResult, right: RunResult): boolean {
  return [left, right].some((run) =>
    failed(run) && run.line !== undefined &&
    (step.left?.kind === "code" || step.left?.line === run.line || step.right?.line === run.line)
  );
}

/**
 * A run that failed has nothing behind its end: what the other did from there on is no difference, but for what the event
 * that failed was to bring. Nor is what nobody asked for behind the last event, which may or may not come before the end.
 */
function withoutTail(pairs: readonly Pair[], left: RunResult, right: RunResult): Pair[] {
  let end = pairs.length;
  while (end > 0 && (pairs[end - 1]!.left === undefined || pairs[end - 1]!.right === undefined)) end--;
  const tail = pairs.slice(end);
  const kept = tail.filter((pair) => {
    const { line, fate } = (pair.left ?? pair.right)!.entry;
    const other = pair.left === undefined ? left : right;
    if (failed(other)) return line !== undefined && line === other.line;
    // Of a run that failed itself there is what its check refused.
    return failed(left) || failed(right) ? fate === "refused" : fate === undefined;
  });
  return [...pairs.slice(0, end), ...kept.slice(0, 1)];
}

function compareSteps({ left: a, right: b }: Pair, left: RunResult, right: RunResult): ComparedStep {
  if (a === undefined || b === undefined) return { left: a?.entry, right: b?.entry, differs: true, fields: [] };
  const fields = differingFields(a, b).map((field) => sideBySide(field, a, b));
  if (asserts(a, left) || asserts(b, right)) fields.push(...seen(a, b));
  const alike = fields.length === 0;
  const time = (step: Step) => `${(step.entry.time_us / 1e6).toFixed(6)} s`;
  for (const { field, expected, actual } of said(a, left, alike)) {
    fields.push({ field, left: actual ?? time(a), right: expected ?? time(b) });
  }
  for (const { field, expected, actual } of said(b, right, alike)) {
    if (fields.some((one) => one.field === field)) continue;
    fields.push({ field, left: expected ?? time(a), right: actual ?? time(b) });
  }
  return { left: a.entry, right: b.entry, differs: fields.length > 0, fields };
}

/** Whether a step is the code block whose assertion failed a run. */
function asserts({ entry }: Step, run: RunResult): boolean {
  if (entry.kind !== "code" || run.failure?.kind !== "code" || run.line === undefined) return false;
  const blocks = (run.evidence ?? []).filter((one) => one.kind === "code" && (one.line ?? 0) <= run.line!);
  return blocks.at(-1)?.line === entry.line;
}

/** What a code block saw otherwise. */
function seen(a: Step, b: Step): SideBySide[] {
  const [left, right] = [a.entry.seen ?? {}, b.entry.seen ?? {}];
  return [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((name) => left[name] !== right[name])
    .map((name) => ({ field: name, left: left[name] ?? "none", right: right[name] ?? "none" }));
}

/** Fields that the comparison leaves out, as they are each stack's own affair, unless a script's check speaks of them. */
const OWN_AFFAIRS = new Set([
  "tcp_ts_val",
  "ipv4_id",
  "fragment_id",
  "flowlabel",
  "checksum",
  "tcp_checksum",
  "udp_checksum",
]);

/** What the check at which a run failed says of a step, where the comparison itself sees nothing of it. */
function said(step: Step, run: RunResult, alike: boolean): Said[] {
  const { entry } = step;
  const { failure } = run;
  if (failure === undefined || run.line === undefined || entry.line !== run.line) return [];
  if (entry.kind === "outbound" ? entry.fate !== "refused" : entry.kind !== "return") return [];
  if (failure.kind === "time" || failure.kind === "call-time") return [{ field: "time" }];
  const fields = (failure.differences ?? []).filter(({ field }) => alike || OWN_AFFAIRS.has(field));
  if (fields.length > 0) return fields.map(({ field, expected, actual }) => ({ field, expected, actual }));
  return alike ? [{ field: "check", expected: "holds", actual: run.message.split("\n")[0]! }] : [];
}

interface Said {
  readonly field: string;
  /** Absent: the time of each. */
  readonly expected?: string;
  readonly actual?: string;
}

function sideBySide(field: string, a: Step, b: Step): SideBySide {
  if (field !== "payload") return { field, left: a.fields.get(field) ?? "none", right: b.fields.get(field) ?? "none" };
  const at = firstDifferingOctet(a, b)!;
  if (at >= a.payload.length) return { field, left: "other octets", right: "other octets behind those kept" };
  const octets = (step: Step) =>
    Array.from(step.payload.subarray(at, at + 8), (octet) => octet.toString(16).padStart(2, "0")).join(" ");
  return { field: `payload[${at}]`, left: octets(a), right: octets(b) };
}
