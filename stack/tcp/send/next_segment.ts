/**
 * How much the next segment of new text has: Nagle's algorithm and the avoidance of silly windows (RFC 9293 sections 3.7.4, 3.8.6.2.1).
 *
 * @module
 */

/** What the program said of what it wrote: nothing, that more is to come (MSG_MORE), or that it is to go whatever waits (TCP_NODELAY). */
export type Hold = "none" | "more" | "flush";

/** What there is to send, and what it may not exceed. Octets. */
export interface Situation {
  /** Unsent, up to the end of the first record. */
  readonly available: number;
  /** Unsent in all. */
  readonly unsent: number;
  /** Of the peer's window beyond SND.NXT. */
  readonly room: number;
  readonly mss: number;
  /** Most segments that may go at once. */
  readonly pieces: number;
  /** Whether a segment below the MSS may go. */
  readonly partial: Partial;
}

/** What Nagle's algorithm looks at. */
export interface Partial {
  /** Urgent data, or the end of the stream, waits for nothing. */
  readonly pressing: boolean;
  readonly hold: Hold;
  /** TCP_CORK. */
  readonly cork: boolean;
  /** TCP_NODELAY. */
  readonly nodelay: boolean;
  /** Something is not acknowledged. */
  readonly waiting: boolean;
  /** A small segment is among that. */
  readonly smallWaiting: boolean;
  /** Only small segments hold a small one back (Minshall). */
  readonly minshall: boolean;
}

/** {@link Partial} in one object that is filled in for each segment: one less to collect. */
export class NagleView implements Partial {
  pressing = false;
  hold: Hold = "none";
  cork = false;
  nodelay = false;
  waiting = false;
  smallWaiting = false;
  minshall = false;

  /** Fills all of it in. */
  fill(
    settings: { readonly cork: boolean; readonly nodelay: boolean },
    minshall: boolean,
    hold: Hold,
    pressing: boolean,
    waiting: boolean,
    smallWaiting: boolean,
  ): Partial {
    this.cork = settings.cork;
    this.nodelay = settings.nodelay;
    this.minshall = minshall;
    this.hold = hold;
    this.pressing = pressing;
    this.waiting = waiting;
    this.smallWaiting = smallWaiting;
    return this;
  }
}

/** Octets of the next segment; -1 when it has to wait. */
export function nextLength(situation: Situation): number {
  const { available, unsent, room, mss, pieces } = situation;
  // RFC9293-SHLD-28
  const most = Math.min(pieces * mss, room);
  if (available <= most) {
    const tail = available % mss;
    // The end of a record that others follow waits for nothing.
    // RFC9293-3.8.6.2.1-send-conditions
    if (tail === 0 || available < unsent || mayGo(situation.partial, available > mss)) return available;
    return available > mss ? available - tail : -1;
  }
  // RFC9293-MUST-38: less than a segment of a window is not used.
  if (most < mss) return -1;
  // RFC9293-SHLD-28
  const tail = most % mss;
  // What the window cuts short behind full segments goes if a small segment may go.
  return most === room && tail > 0 && mayGo(situation.partial, true) ? most : most - tail;
}

/** Whether a segment below the MSS may go; `behindFull`: full ones of the same burst go before it. */
// RFC9293-SHLD-7
function mayGo(partial: Partial, behindFull: boolean): boolean {
  if (partial.pressing || partial.hold === "flush") return true;
  if (partial.cork || partial.hold === "more") return false;
  // RFC9293-MUST-17
  if (partial.nodelay) return true;
  return partial.minshall ? !partial.smallWaiting : !partial.waiting && !behindFull;
}
