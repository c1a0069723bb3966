/**
 * Leaving slow start before segments are lost: HyStart (Ha and Rhee, "Taming the elephants", 2011) and HyStart++ (RFC 9406).
 *
 * @module
 */
import { before } from "../../wire/seq.ts";
import type { Flow } from "./interface.ts";

/** Samples of a round trip before its least counts. */
const SAMPLES = 8;
/** Bounds of the rise in round-trip time that means a queue, µs. */
const LEAST_RISE = 4_000;
const MOST_RISE = 16_000;
/** HyStart looks from this window on, segments. */
const LEAST_WINDOW = 16;
/** Acknowledgements no further apart than this belong to one train, µs. */
const TRAIN_GAP = 2_000;
/** In conservative slow start the window grows by this part. */
export const CONSERVATIVE_DIVISOR = 4;
/** Round trips of conservative slow start. */
const CONSERVATIVE_ROUNDS = 5;

/** The rise over `base`, µs, that means a queue: an eighth of it, within bounds. */
function rise(base: number): number {
  return Math.min(Math.max(base / 8, LEAST_RISE), MOST_RISE);
}

/** A way out of slow start. */
export interface SlowStartExit {
  /** Part of the growth that is left in slow start: 1, or less in conservative slow start. */
  readonly divisor: number;
  /** Begins anew. */
  reset(flow: Flow): void;
  /** A round-trip time came with an acknowledgement up to `ack`. Whether slow start is over. */
  onRoundTrip(flow: Flow, rtt: number, ack: number): boolean;
}

/** HyStart as Linux is watched to do it: over at once when a round trip is longer than the shortest by an eighth, or trains get long. */
export class HyStart implements SlowStartExit {
  readonly divisor = 1;
  private roundEnd: number | undefined = undefined;
  private roundStart = 0;
  private lastAckAt = 0;
  private samples = 0;
  private roundLeast = Infinity;
  private least = Infinity;

  reset(flow: Flow): void {
    this.roundEnd = undefined;
    this.least = Infinity;
    this.begin(flow);
  }

  private begin(flow: Flow): void {
    this.roundStart = this.lastAckAt = flow.now;
    this.roundEnd = flow.sndNxt;
    this.samples = 0;
    this.roundLeast = Infinity;
  }

  onRoundTrip(flow: Flow, rtt: number, ack: number): boolean {
    this.least = Math.min(this.least, rtt);
    if (flow.cwnd >= flow.ssthresh) return false;
    if (this.roundEnd === undefined || before(this.roundEnd, ack)) this.begin(flow);
    if (flow.cwnd < LEAST_WINDOW) return false;
    return this.isTrain(flow) || this.isDelayed(rtt);
  }

  /** The acknowledgements of this round trip follow one another closely for more than half the shortest round trip. */
  private isTrain(flow: Flow): boolean {
    if (flow.now - this.lastAckAt > TRAIN_GAP) return false;
    this.lastAckAt = flow.now;
    return flow.now - this.roundStart > this.least / 2;
  }

  private isDelayed(rtt: number): boolean {
    this.roundLeast = Math.min(this.roundLeast, rtt);
    if (this.samples < SAMPLES) {
      this.samples++;
      return false;
    }
    return this.roundLeast > this.least + rise(this.least);
  }
}

/** HyStart++ (RFC 9406): a slower slow start for some round trips, taken back when the round-trip time falls again. */
export class HyStartPlusPlus implements SlowStartExit {
  private roundEnd: number | undefined = undefined;
  private samples = 0;
  private roundLeast = Infinity;
  private lastRoundLeast = Infinity;
  private conservativeRounds = 0;
  /** Least round-trip time when conservative slow start began; undefined outside it. */
  private baseline: number | undefined = undefined;

  get divisor(): number {
    return this.baseline === undefined ? 1 : CONSERVATIVE_DIVISOR;
  }

  reset(_flow: Flow): void {
    this.roundEnd = undefined;
    this.baseline = undefined;
    this.lastRoundLeast = this.roundLeast = Infinity;
    this.samples = 0;
  }

  onRoundTrip(flow: Flow, rtt: number, ack: number): boolean {
    if (flow.cwnd >= flow.ssthresh) return false;
    let over = false;
    if (this.roundEnd === undefined || before(this.roundEnd, ack)) over = this.beginRound(flow);
    this.roundLeast = Math.min(this.roundLeast, rtt);
    this.samples++;
    if (this.samples < SAMPLES) return over;
    if (this.baseline !== undefined) {
      if (this.roundLeast < this.baseline) this.baseline = undefined; // section 4.2: the exit was spurious
    } else if (this.lastRoundLeast < Infinity && this.roundLeast >= this.lastRoundLeast + rise(this.lastRoundLeast)) {
      this.baseline = this.roundLeast;
      this.conservativeRounds = 0;
    }
    return over;
  }

  private beginRound(flow: Flow): boolean {
    this.lastRoundLeast = this.roundLeast;
    this.roundLeast = Infinity;
    this.samples = 0;
    this.roundEnd = flow.sndNxt;
    return this.baseline !== undefined && ++this.conservativeRounds > CONSERVATIVE_ROUNDS;
  }
}
