/**
 * When the local program wrote how much, by the segments that came of it.
 *
 * What was written at once ends with PSH (RFC 9293 section 3.9.1.2), but a stack may push in the middle of it, too. So a write
 * ends with a short segment that has PSH, or with a full one behind which nothing follows for a while. What comes then is
 * another write: one that was made before, if the stack could not have sent it sooner and did so as soon as it could, or
 * else one made then.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import type { DraftCall } from "./draft_call.ts";
import type { Step, Track } from "./track.ts";

/** What was written at once. */
export interface Write {
  readonly time_us: number;
  /** The packet that it was made in front of. */
  readonly before: number;
  /** Numbers of its octets. */
  readonly from: number;
  to: number;
  /** A FIN stands in its last segment: the program closed before that was sent. */
  finished: boolean;
  /** It went out while a short segment was not acknowledged: from here on, the stack does not wait for that. */
  noDelay: boolean;
}

/** What a local program sent. */
export interface Sending {
  readonly writes: readonly Write[];
  /** The last write went on behind what was sent. */
  readonly unsent: boolean;
  /** Most octets that were written and not acknowledged. */
  readonly mostQueued: number;
  /** Segments of the first flight, if it was larger than RFC 6928 has it. */
  readonly initialWindow: number | undefined;
}

/** What an acknowledgement lets go goes within this, µs. */
const CLOCKED_US = 1_000;
/** Segments that a stack sends at first (RFC 6928). */
const INITIAL_WINDOW = 10;

/** Finds the writes of a track. */
export function sendingOf({ steps, agreement }: Track): Sending {
  const finder = new WriteFinder(agreement.fullSize);
  for (const step of steps) finder.see(step);
  const writes = finder.writes;
  const last = writes.at(-1);
  const unsent = last !== undefined && !finder.pushed && !last.finished;
  // Without PSH its end was not reached: a full segment more had been written at least.
  if (unsent) last.to += agreement.fullSize;
  return {
    unsent,
    writes,
    mostQueued: mostQueued(writes, steps),
    initialWindow: finder.firstFlight > INITIAL_WINDOW ? finder.firstFlight : undefined,
  };
}

class WriteFinder {
  readonly writes: Write[] = [];
  firstFlight = 0;
  #noDelay = false;
  /** The last segment had PSH. */
  pushed = true;
  /** It was shorter than a full one. */
  #short = true;
  #sent_us = -Infinity;
  /** When the last packet came that let the stack send more. */
  #let_us = -Infinity;
  /** How things stood when the stack last stopped sending. */
  #stopped: Step | undefined;
  #mostInFlight = 0;
  /** Something was sent again: the stack may send less than before. */
  #recovering = false;
  /** Behind the last short segment. */
  #shortEnd = 0;
  #acknowledged = false;

  constructor(private readonly fullSize: number) {}

  see(step: Step): void {
    const { segment } = step;
    if (segment === undefined || (segment.flags & (tcp.SYN | tcp.RST)) !== 0) return;
    if (step.from === "remote") {
      if ((segment.flags & tcp.ACK) !== 0) this.#let_us = step.time_us;
      if (step.sndNxt > 1) this.#acknowledged = true;
      return;
    }
    if (step.again && segment.length > 0) this.#recovering = true;
    const fin = (segment.flags & tcp.FIN) !== 0 ? 1 : 0;
    const to = step.fresh[1] - fin;
    // What the capture lacks was written, too.
    if (segment.length === 0 || to <= step.sndNxt) return;
    this.#fresh(step, Math.max(1, step.sndNxt), to, fin !== 0);
  }

  #fresh(step: Step, from: number, to: number, finished: boolean): void {
    const segment = step.segment!;
    const noDelay = this.#breaksNagle(step, from, to, finished);
    const last = this.writes.at(-1);
    const held = last !== undefined && this.#wasHeld(step, to - from);
    const goesOn = !this.pushed || (!this.#short && (held || step.time_us - this.#sent_us < CLOCKED_US));
    if (last !== undefined && goesOn) {
      last.to = to;
      last.finished ||= finished;
      last.noDelay ||= noDelay;
    } else if (last !== undefined && held) {
      this.writes.push({ time_us: last.time_us, before: last.before, from, to, finished, noDelay });
    } else {
      this.writes.push({ time_us: step.time_us, before: step.index, from, to, finished, noDelay });
    }
    this.pushed = (segment.flags & tcp.PSH) !== 0;
    this.#short = (to - from) % this.fullSize !== 0;
    this.#sent_us = step.time_us;
    const inFlight = to - step.sndUna;
    this.#mostInFlight = Math.max(this.#mostInFlight, inFlight);
    if (!this.#acknowledged) this.firstFlight += Math.ceil((to - from) / this.fullSize);
    this.#stopped = { ...step, sndNxt: to };
  }

  /** Whether what is sent now was written before and could not go: there was no room for it until just now. */
  #wasHeld(step: Step, length: number): boolean {
    const stopped = this.#stopped;
    if (stopped === undefined || step.time_us - this.#let_us > CLOCKED_US) return false;
    const inFlight = stopped.sndNxt - stopped.sndUna;
    if (inFlight <= 0) return false;
    if (stopped.sndNxt + length > stopped.sndEdge) return true;
    if (!this.#noDelay && length % this.fullSize !== 0 && this.#shortEnd > stopped.sndUna) return true;
    const least = this.#recovering ? this.fullSize : INITIAL_WINDOW * this.fullSize;
    return inFlight + this.fullSize > Math.max(least, this.#mostInFlight);
  }

  /**
   * A stack that waits with short segments sends one only when the one before is acknowledged (RFC 9293 section 3.7.4);
   * whether this is the first that does not.
   */
  #breaksNagle(step: Step, from: number, to: number, finished: boolean): boolean {
    if ((to - from) % this.fullSize === 0) return false;
    const breaks = this.#shortEnd > step.sndUna && !finished && !this.#noDelay;
    if (breaks) this.#noDelay = true;
    this.#shortEnd = to;
    return breaks;
  }
}

function mostQueued(writes: readonly Write[], steps: readonly Step[]): number {
  return writes.reduce((most, { before, to }) => Math.max(most, to - (steps[before]?.sndUna ?? 0)), 0);
}

/** What a stack takes at once without being told to, octets, whatever its settings. */
const TAKEN_AT_ONCE = 16_384;

/**
 * The calls of a sender.
 *
 * @param end the call by which its sending ends. It stands behind a write whose last segment has the FIN: it was made before
 * that segment went
 */
export function sendingCalls(sending: Sending, fd: number, end: DraftCall | undefined): DraftCall[] {
  const calls: DraftCall[] = [];
  const first = sending.writes[0];
  if (first === undefined) return calls;
  const at = { time_us: first.time_us, before: first.before };
  if (sending.mostQueued > TAKEN_AT_ONCE) {
    calls.push({
      ...at,
      text: `setsockopt(${fd}, SOL_SOCKET, SO_SNDBUFFORCE, [${roomFor(sending.mostQueued)}], 4) = 0`,
      comment: "Room for what was queued at most, so that no write waits.",
    });
  }
  for (const write of sending.writes) {
    const length = write.to - write.from;
    if (write.noDelay) {
      calls.push({
        time_us: write.time_us,
        before: write.before,
        text: `setsockopt(${fd}, SOL_TCP, TCP_NODELAY, [1], 4) = 0`,
        comment: "A short segment goes out while another one is not acknowledged.",
      });
    }
    const ends = write.finished ? end : undefined;
    // What goes at once goes without the FIN, unless the stack is told that more follows.
    const more = ends !== undefined && ends.time_us - write.time_us < CLOCKED_US;
    calls.push({
      time_us: write.time_us,
      before: write.before,
      text: more ? `send(${fd}, ..., ${length}, MSG_MORE) = ${length}` : `write(${fd}, ..., ${length}) = ${length}`,
    });
    if (ends !== undefined) calls.push({ ...ends, time_us: write.time_us, before: write.before });
  }
  return calls;
}

/** A buffer counts more than the octets of payload in it. */
function roomFor(octets: number): number {
  return 2 ** Math.ceil(Math.log2(octets * 2));
}
