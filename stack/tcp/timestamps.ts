/**
 * The timestamps option of one connection: our clock, and what we echo (RFC 7323).
 *
 * @module
 */
import { distance, geq, leq, lt } from "../wire/seq.ts";

/** One tick of the timestamp clock, µs: within RFC 7323's 1 ms to 1 s. */
// RFC7323-5.4-recycle, RFC7323-4.1-clock
export const TIMESTAMP_TICK = 1000;
/** A peer that was silent this long may have a clock that has wrapped (RFC 7323 section 5.5: 24 days), µs. */
const STALE_AFTER = 24 * 24 * 3600 * 1e6;

/** Our TSval at stack time `now`. */
export function timestampAt(now: number, offset: number): number {
  // RFC7323-4.1-clock, RFC7323-5.4-recycle
  return (Math.floor(now / TIMESTAMP_TICK) + offset) >>> 0;
}

/** TS.Recent and what keeps it (RFC 7323 section 4.3, 5). */
export class RecentTimestamp {
  /** TS.Recent; -1 before the first. */
  value = -1;
  /** When it was taken, µs. */
  takenAt = 0;

  /** Takes the peer's TSval. */
  take(tsval: number, now: number): void {
    this.value = tsval;
    this.takenAt = now;
  }

  /** What goes in TSecr. */
  get echo(): number {
    return this.value < 0 ? 0 : this.value;
  }

  /**
   * Whether a TSval is too old: PAWS (RFC 7323 section 5.3 R1). `slack`: how many ticks before TS.Recent are let through.
   */
  rejects(tsval: number, now: number, slack: number): boolean {
    // RFC7323-5.3-r1, RFC7323-5.5-24day
    if (this.value < 0 || now - this.takenAt > STALE_AFTER) return false;
    return lt((tsval + slack) >>> 0, this.value);
  }

  /** RFC 7323 section 4.3 (2): a segment that reaches back to the last ACK sent brings a new TS.Recent. */
  update(tsval: number, seq: number, lastAckSent: number, now: number): void {
    // RFC7323-5.3-r3, RFC7323-4.3-update, RFC7323-4.3-ooo, RFC7323-4.3-fill, RFC7323-5.2-monotonic
    // RFC7323 R3
    if (leq(seq, lastAckSent) && (this.value < 0 || geq(tsval, this.value) || now - this.takenAt > STALE_AFTER)) {
      this.take(tsval, now);
    }
  }

  /** How long ago TS.Recent was taken, µs. */
  age(now: number): number {
    return this.value < 0 ? Infinity : now - this.takenAt;
  }

  /** Ticks from `from` to TS.Recent. */
  since(from: number): number {
    return distance(this.echo, from);
  }
}
