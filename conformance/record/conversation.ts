/**
 * One connection of a capture, as its local end saw it.
 *
 * @module
 */
import { leq } from "../../stack/wire/seq.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { Ends, IcmpSight, SegmentSight, Sight } from "./sight.ts";

/** What happened on the wire. */
export interface Happening {
  /** µs from the first one. */
  readonly time_us: number;
  /** From the stack under test, or to it. */
  readonly from: "local" | "remote";
  readonly what: SegmentSight | IcmpSight;
}

/** A connection as its local end saw it. */
export interface Conversation {
  readonly happenings: readonly Happening[];
  /**
   * How long a packet takes from where it was captured to the local end and the answer back, µs; 0 if it was captured
   * there. What came in is put so much later.
   */
  readonly distance_us: number;
  /** Packets that were left out since they had been captured before, on another interface or the other way through it. */
  readonly repeated: number;
}

/** Packets seen twice are not further apart than this, µs. */
const REPEATED_US = 100_000;
/** A stack answers in less than this, µs; where it takes longer, the answer came from afar. */
const AT_ONCE_US = 1_000;

/** Puts `sights`, all of one connection, in the order in which the local end saw them. */
export function conversationOf(sights: readonly Sight[], isLocal: (ends: Ends) => boolean): Conversation {
  // An ICMP error goes to the end that sent what it quotes.
  const inOrder = sights.filter(({ what }) => what.kind === "segment" || isLocal(what.quoted))
    .sort((a, b) => a.time_us - b.time_us);
  const once = withoutRepeated(inOrder);
  const begin_us = once[0]?.time_us ?? 0;
  const seen = once.map(({ time_us, what }): Happening => {
    const from = what.kind === "segment" && isLocal(what) ? "local" : "remote";
    return { time_us: time_us - begin_us, from, what };
  });
  const distance_us = distanceOf(seen);
  return { happenings: movedCloser(seen, distance_us), distance_us, repeated: inOrder.length - once.length };
}

/** A capture of all interfaces has a packet once for each that it went through. */
function withoutRepeated(sights: readonly Sight[]): Sight[] {
  const seen = new Map<string, Sight>();
  return sights.filter((sight) => {
    const key = `${sourceOf(sight)} ${sight.what.print}`;
    const before = seen.get(key);
    const repeated = before !== undefined && sight.time_us - before.time_us < REPEATED_US &&
      (before.port !== sight.port || before.direction !== sight.direction);
    if (!repeated) seen.set(key, sight);
    return !repeated;
  });
}

function sourceOf({ what }: Sight): string {
  const { source } = what.kind === "segment" ? what : what.quoted;
  return `${source.address} ${source.port}`;
}

/**
 * The least time from a segment to the answer that acknowledges it: a stack takes none to speak of for some, the SYN at
 * least.
 */
function distanceOf(happenings: readonly Happening[]): number {
  let least_us = Infinity;
  let asked: { readonly end: number; readonly time_us: number }[] = [];
  for (const { time_us, from, what } of happenings) {
    if (what.kind !== "segment") continue;
    const takes = what.length + ((what.flags & (tcp.SYN | tcp.FIN)) === 0 ? 0 : 1);
    if (from === "remote") {
      if (takes > 0) asked.push({ end: (what.seq + takes) >>> 0, time_us });
    } else if ((what.flags & tcp.ACK) !== 0) {
      const answered = asked.filter(({ end }) => leq(end, what.ack));
      if (answered.length === 0) continue;
      least_us = Math.min(least_us, ...answered.map((one) => time_us - one.time_us));
      asked = asked.filter(({ end }) => !leq(end, what.ack));
    }
  }
  return least_us > AT_ONCE_US && least_us < Infinity ? least_us : 0;
}

/** What came in reaches the local end later than it was seen, against what went out. */
function movedCloser(happenings: readonly Happening[], distance_us: number): readonly Happening[] {
  if (distance_us === 0) return happenings;
  const moved = happenings.map((one) => one.from === "local" ? one : { ...one, time_us: one.time_us + distance_us });
  moved.sort((a, b) => a.time_us - b.time_us);
  const begin_us = moved[0]!.time_us;
  return moved.map((one) => ({ ...one, time_us: one.time_us - begin_us }));
}
