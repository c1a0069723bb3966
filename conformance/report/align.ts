/**
 * Which steps of two runs belong together: the alignment that costs least, so that what is missing in one shows as missing
 * and does not shift what follows.
 *
 * @module
 */
import { equalBytes } from "../../stack/wire/bytes.ts";
import type { Step } from "./steps.ts";

/** Two steps that belong together, or one that the other run does not have. */
export interface Pair {
  readonly left: Step | undefined;
  readonly right: Step | undefined;
}

/** So many steps behind the first that differs are aligned. */
const WINDOW = 400;
/** A step that the other run does not have. Two of them cost less than a pair that has next to nothing in common. */
const GAP = 0.5;
/** One that belongs to an event, which both runs have. */
const EVENT_GAP = 1;
/** A packet that an event refused and the one that it wants belong together, whatever they are like. */
const REFUSED = 0.95;

/** Fields that make a packet the one that it is; the others say how it is made. */
const IDENTITY = [
  "connection",
  "tcp_seq",
  "tcp_ack_seq",
  "tcp_syn",
  "tcp_fin",
  "tcp_rst",
  "payload_length",
  "icmp_type",
  "icmp_code",
  "fragment_offset",
  "quoted_connection",
  "packet",
];

/** Names of the fields in which two steps of a kind differ. */
export function differingFields(left: Step, right: Step): string[] {
  const names = [...new Set([...left.fields.keys(), ...right.fields.keys()])];
  const differing = names.filter((name) => left.fields.get(name) !== right.fields.get(name));
  if (!differing.includes("payload_length") && firstDifferingOctet(left, right) !== undefined) {
    differing.push("payload");
  }
  return differing;
}

/** Where the payloads of two steps part, counted from their start; behind both where only what was not kept differs. */
export function firstDifferingOctet(left: Step, right: Step): number | undefined {
  const length = Math.min(left.payload.length, right.payload.length);
  if (!equalBytes(left.payload, 0, right.payload, 0, length)) {
    let at = 0;
    while (left.payload[at] === right.payload[at]) at++;
    return at;
  }
  return left.payload.length === right.payload.length && left.rest !== right.rest ? length : undefined;
}

/** What it costs to take two steps for the same; Infinity where they can't be. */
function cost(left: Step, right: Step): number {
  if (left.entry.kind !== right.entry.kind) return Infinity;
  const a = left.entry.line;
  const b = right.entry.line;
  const loose = [left, right].some(({ entry }) => entry.fate !== undefined);
  if (!loose && a !== b) return Infinity;
  const differing = differingFields(left, right);
  // What the same event did is the same step; better still if it came out alike.
  if (!loose) return differing.length === 0 ? 0 : 0.25;
  if (differing.length === 0) return a === b ? 0 : 0.05;
  const apart = IDENTITY.filter((name) => differing.includes(name)).length;
  const atSameEvent = a !== undefined && a === b;
  const price = Math.min(0.2 + apart * 0.25, atSameEvent ? REFUSED : Infinity);
  return price < 2 * GAP ? price : Infinity;
}

/**
 * Aligns the steps of two runs.
 *
 * @param ended which of them failed: what the other did after its end is not missing
 */
export function align(
  left: readonly Step[],
  right: readonly Step[],
  ended: { readonly left: boolean; readonly right: boolean },
): Pair[] {
  let same = 0;
  while (same < left.length && same < right.length && cost(left[same]!, right[same]!) === 0) same++;
  const pairs: Pair[] = [];
  for (let i = 0; i < same; i++) pairs.push({ left: left[i], right: right[i] });
  const a = left.slice(same, same + WINDOW);
  const b = right.slice(same, same + WINDOW);
  const best = table(a, b, {
    left: ended.left && left.length <= same + WINDOW,
    right: ended.right && right.length <= same + WINDOW,
  });
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const here = best[i]![j]!;
    if (here === "pair") pairs.push({ left: a[i++], right: b[j++] });
    else if (here === "left") pairs.push({ left: a[i++], right: undefined });
    else pairs.push({ left: undefined, right: b[j++] });
  }
  return withMoved(pairs);
}

/**
 * What a timer sent and no event asked for may have come between other steps: nobody said when it should. Such a packet of
 * both runs is the same one.
 */
function withMoved(pairs: readonly Pair[]): Pair[] {
  const unclaimed = (step: Step | undefined) => step?.entry.fate === "unclaimed";
  const left = pairs.filter((pair) => pair.right === undefined && unclaimed(pair.left));
  const right = new Set(pairs.filter((pair) => pair.left === undefined && unclaimed(pair.right)));
  const partners = new Map<Pair, Step>();
  const gone = new Set<Pair>();
  for (const pair of left) {
    const partner = [...right].find((one) => !gone.has(one) && differingFields(pair.left!, one.right!).length === 0);
    if (partner === undefined) continue;
    partners.set(pair, partner.right!);
    gone.add(partner);
  }
  return pairs.filter((pair) => !gone.has(pair)).map((pair) => ({
    left: pair.left,
    right: pair.right ?? partners.get(pair),
  }));
}

function gapOf({ entry }: Step): number {
  return entry.fate === undefined ? EVENT_GAP : GAP;
}

type Move = "pair" | "left" | "right";

/** For each two places the move that costs least from there to the end. */
function table(
  a: readonly Step[],
  b: readonly Step[],
  ended: { readonly left: boolean; readonly right: boolean },
): Move[][] {
  const moves: Move[][] = Array.from({ length: a.length + 1 }, () => new Array<Move>(b.length + 1).fill("right"));
  let below = new Float64Array(b.length + 1);
  for (let i = a.length; i >= 0; i--) {
    const row = new Float64Array(b.length + 1);
    for (let j = b.length; j >= 0; j--) {
      if (i === a.length && j === b.length) continue;
      // Behind the end of a run that failed nothing can be missing.
      const skipLeft = i < a.length ? below[j]! + (j === b.length && ended.right ? 0 : gapOf(a[i]!)) : Infinity;
      const skipRight = j < b.length ? row[j + 1]! + (i === a.length && ended.left ? 0 : gapOf(b[j]!)) : Infinity;
      const together = i < a.length && j < b.length ? below[j + 1]! + cost(a[i]!, b[j]!) : Infinity;
      row[j] = Math.min(together, skipLeft, skipRight);
      moves[i]![j] = together === row[j] ? "pair" : skipLeft === row[j] ? "left" : "right";
    }
    below = row;
  }
  return moves;
}
