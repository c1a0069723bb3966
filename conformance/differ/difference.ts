/**
 * What differs between two runs of a script: packets that only one stack sent, fields, times, results of calls.
 *
 * @module
 */
import { align, differingFields, type Pair } from "../report/align.ts";
import type { EvidenceEntry, RunResult } from "../report/results.ts";
import { type Step, stepsOf } from "../report/steps.ts";

/** One step of two runs that is not the same. */
export interface Difference {
  /** What kind it is: what step, and which of its fields. */
  readonly kind: string;
  /** Line of the script that it belongs to or follows. */
  readonly line: number | undefined;
  readonly left: EvidenceEntry | undefined;
  readonly right: EvidenceEntry | undefined;
  /** Name and both values. */
  readonly fields: readonly (readonly [string, string, string])[];
}

/** Timers of a kernel go off at its ticks, one or two later than asked. */
const TIMER_SLACK_US = 8_000;
/** Long timers are coarser in proportion, as packetdrill allows for by default. */
const TIMER_SHARE = 0.125;

/** All differences, in order. `end_us`: when the script is over; a timer that goes off about then may be seen on one side only. */
export function differences(left: RunResult, right: RunResult, end_us = Infinity): Difference[] {
  const found: Difference[] = [];
  if (left.verdict !== right.verdict || left.verdict === "error") {
    const fields = [["verdict", `${left.verdict} ${left.message}`, `${right.verdict} ${right.message}`]] as const;
    found.push({
      kind: `verdict ${left.verdict}, ${right.verdict}`,
      line: left.line,
      left: undefined,
      right: undefined,
      fields,
    });
  }
  /** When the packet before came, and when text was sent last, on either side. */
  let before: readonly [number, number] = [0, 0];
  let text_us = 0;
  let line: number | undefined;
  for (const pair of align(stepsOf(left), stepsOf(right), { left: false, right: false })) {
    const entry = (pair.left ?? pair.right)!.entry;
    if (entry.fate !== "unclaimed") line = entry.line;
    const alone = pair.left === undefined || pair.right === undefined;
    if (alone && entry.fate === "unclaimed" && entry.time_us > end_us - allowance(end_us - text_us)) continue;
    const difference = differenceOf(pair, before, text_us, line);
    if (difference !== undefined) found.push(difference);
    if (entry.kind === "inbound" || entry.kind === "outbound") {
      before = [pair.left?.entry.time_us ?? before[0], pair.right?.entry.time_us ?? before[1]];
      if (pair.left !== undefined && pair.left.payload.length > 0) text_us = entry.time_us;
    }
  }
  return [...found, ...counterDifferences(left, right)];
}

/** What the scripts ask the stacks to have counted. */
function counterDifferences(left: RunResult, right: RunResult): Difference[] {
  const others = counters(right);
  return [...counters(left)].flatMap(([name, entry]) => {
    const other = others.get(name);
    const [one, two] = [entry.seen?.[name] ?? "none", other?.seen?.[name] ?? "none"];
    if (one === two || other === undefined) return [];
    const fields = [[name, one, two]] as const;
    return [{ kind: `counter ${name}`, line: entry.line, left: entry, right: other, fields }];
  });
}

/** Where each counter was looked at, by its name, which has a dot in it as no other value's has. */
function counters(run: RunResult): Map<string, EvidenceEntry> {
  const seen = (run.evidence ?? []).filter(({ kind }) => kind === "code");
  return new Map(
    seen.flatMap((entry) =>
      Object.keys(entry.seen ?? {}).filter((name) => name.includes(".")).map((name) => [name, entry] as const)
    ),
  );
}

function differenceOf(
  { left, right }: Pair,
  before: readonly [number, number],
  text_us: number,
  line: number | undefined,
): Difference | undefined {
  const entries = { left: left?.entry, right: right?.entry, line };
  if (left === undefined || right === undefined) {
    const only = left === undefined ? "only right" : "only left";
    return { kind: `${only}: ${stepKind((left ?? right)!)}`, ...entries, fields: [] };
  }
  const names = differingFields(left, right).filter((name) => !isUntouched(name, left, right));
  const fields = names.map((name) =>
    [name, left.fields.get(name) ?? "none", right.fields.get(name) ?? "none"] as const
  );
  if (left.entry.kind === "outbound") {
    const times = [left.entry.time_us, right.entry.time_us] as const;
    if (!isSameTime(times, before, text_us)) fields.push(["time", seconds(times[0]), seconds(times[1])]);
  }
  if (fields.length === 0) return undefined;
  return { kind: `${stepKind(left)}: ${fields.map(([name]) => name).join(", ")}`, ...entries, fields };
}

/** What MSG_TRUNC leaves in a buffer that nothing is copied to: on a kernel the zeros that were there. */
function isUntouched(name: string, left: Step, right: Step): boolean {
  if (name !== "value_1") return false;
  const zeros = `${left.fields.get("result")} octets of zero`;
  return [left, right].some(({ fields }) => !fields.has(name)) &&
    [left, right].some(({ fields }) => fields.get(name) === zeros);
}

/**
 * Whether two packets came at the same time, or as long after the ones before them: what is late makes what follows late,
 * too. A retransmission's timer was set when text was sent last.
 */
function isSameTime(times: readonly [number, number], before: readonly [number, number], text_us: number): boolean {
  const waited = [times[0] - before[0], times[1] - before[1]] as const;
  const allowed = allowance(Math.max(...waited, Math.max(...times) - text_us));
  return [times, waited].some(([a, b]) => Math.abs(a - b) <= allowed);
}

/** How far off a timer may be that was set so long ago. */
function allowance(waited_us: number): number {
  return Math.max(TIMER_SLACK_US, waited_us * TIMER_SHARE);
}

function seconds(us: number): string {
  return (us / 1e6).toFixed(6);
}

/** A step in a word or two. */
function stepKind({ entry, fields }: Step): string {
  if (entry.kind !== "outbound") return entry.call?.name ?? entry.kind;
  const flag = (name: string) => fields.get(name) === "1";
  if (!fields.has("tcp_seq")) return "other packet";
  if (flag("tcp_rst")) return "RST";
  if (flag("tcp_syn")) return "SYN";
  const length = Number(fields.get("payload_length"));
  const text = length > 0 ? "text" : "";
  return `${text}${flag("tcp_fin") ? "FIN" : ""}` || "ACK";
}
