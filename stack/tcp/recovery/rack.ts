/**
 * RACK: loss detection by time (RFC 8985 section 6). A segment is lost when one sent sufficiently later has arrived.
 *
 * @module
 */
import { before } from "../../wire/seq.ts";
import type { Scoreboard } from "./scoreboard.ts";
import { Mark, type SentSegment } from "./sent_segment.ts";

/** Recoveries that a widened window lasts without another DSACK. */
const PERSIST = 16; // RFC8985-6.2-step4
/** Most quarters of the least round-trip time that the window may have. */
const MOST_STEPS = 255;

/** What the detection has to know of its connection. */
export interface RackView {
  /** Least round-trip time, µs, `Infinity` when unknown. */
  readonly minRtt: number;
  /** Smoothed round-trip time, µs. */
  readonly srtt: number;
  /** Whether a recovery or the time after a timeout is under way. */
  readonly recovering: boolean;
  /** Selectively acknowledged segments that start a recovery without reordering. */
  readonly duplicateThreshold: number;
}

/** RACK's state of one connection. */
export class Rack {
  /** Whether reordering was seen on the connection. */
  reorderingSeen = false;
  /** Round-trip time of the segment delivered last, µs. */
  rtt = 0;
  /** When that segment was sent (RACK.xmit_ts); -1 before there was one. */
  private sentAt = -1;
  /** Where it ends (RACK.end_seq). */
  private end = 0;
  private steps = 1;
  private persist = 0;
  /** A DSACK widens the window once per round trip: until this is acknowledged. */
  private dsackRoundEnd: number | undefined = undefined;

  constructor(private readonly board: Scoreboard, private readonly view: RackView) {}

  /**
   * `segment` was delivered at `now`. `spurious`: timestamps say that it was not its retransmission that arrived.
   * Its marks are those from before.
   */
  onDelivered(segment: SentSegment, now: number, spurious: boolean): void {
    const rtt = now - segment.sentAt;
    if ((segment.marks & Mark.EverRetransmitted) !== 0 && (spurious || rtt < this.view.minRtt)) return; // RFC8985-6.2-step2
    this.rtt = rtt;
    if (!this.newer(segment.sentAt, segment.end)) return;
    this.sentAt = segment.sentAt;
    this.end = segment.end;
  }

  /** Whether `(sentAt, end)` was sent after the newest delivered. */
  private newer(sentAt: number, end: number): boolean {
    return sentAt > this.sentAt || (sentAt === this.sentAt && before(this.end, end));
  }

  /** A DSACK came: the window may have been too small. */
  onDsack(ack: number, sndNxt: number): void { // RFC8985-6.2-step4, RFC8985-3.3.2-reowin-adapt
    if (this.dsackRoundEnd !== undefined && before(ack, this.dsackRoundEnd)) return;
    this.steps = Math.min(this.steps + 1, MOST_STEPS);
    this.persist = PERSIST;
    this.dsackRoundEnd = sndNxt;
  }

  /** A recovery is over. */
  onRecovered(): void {
    if (this.persist > 0 && --this.persist === 0) this.steps = 1;
  }

  /** How much later than another a segment may have been sent and yet arrive earlier, µs. */
  get window(): number {
    const { view } = this;
    if (!this.reorderingSeen && (view.recovering || this.board.sacked >= view.duplicateThreshold)) {
      return 0; // RFC8985-3.3.2-reowin-zero
    }
    return Math.min(this.steps * view.minRtt / 4, view.srtt); // RFC8985-3.3.2-reowin-start
  }

  /**
   * Marks what is lost by now (RFC8985-6.2-step5, RFC8985-6.2-lost-rexmit). Returns how long until the last of those which may be lost
   * is, µs, 0 when there are none (RFC8985-6.2-timer). A segment at a time is lost as a whole, so the time is that of the last.
   */
  detect(now: number): number {
    const window = this.window;
    let wait = 0;
    for (let segment = this.board.order.oldest; segment !== undefined;) {
      const next: SentSegment | undefined = segment.sentAfter;
      if (this.newer(segment.sentAt, segment.end) || this.isNewest(segment)) break;
      const remaining = segment.sentAt + this.rtt + window - now;
      if (remaining <= 0) this.board.markLost(segment);
      else wait = Math.max(wait, remaining);
      segment = next;
    }
    return wait;
  }

  private isNewest(segment: SentSegment): boolean {
    return segment.sentAt === this.sentAt && segment.end === this.end;
  }

  /** At a timeout: marks what was sent so long ago that it must have been acknowledged (RFC8985-6.3-rto). `oldest` always is lost. */
  onTimeout(now: number, oldest: SentSegment): void {
    const window = this.window;
    this.board.markLost(oldest);
    for (let segment = this.board.order.oldest; segment !== undefined;) {
      const next: SentSegment | undefined = segment.sentAfter;
      if (segment.sentAt + this.rtt + window - now > 0) break;
      this.board.markLost(segment);
      segment = next;
    }
  }
}
