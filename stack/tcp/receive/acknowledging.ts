/**
 * When to acknowledge: at once, every second segment, or a little later (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2).
 *
 * @module
 */
import { Counter } from "../../mib.ts";
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";

/** Shortest delay of an acknowledgement, µs. */
const DELAY_MIN = 40_000;
/** Longest delay, µs; RFC9293-MUST-58 allows half a second. */
const DELAY_MAX = 200_000;
/** Segments that are acknowledged at once when a connection begins or wakes: the peer is in slow start. */
const QUICK_SEGMENTS = 16;

/** What it asks of the connection. */
export interface AcknowledgingHost {
  /** Sends an ACK now. */
  sendAck(): void;
  /** Longest delay as the program or the route wants it, µs; 0 for the usual. */
  readonly delackMax: number;
  /** Round-trip time, µs, 0 while unknown. */
  readonly srtt: number;
}

/** The acknowledgement timing of one connection. */
export class Acknowledging {
  private readonly timer: Timer;
  /** How long to wait now; adapts to the pace of arrivals. 0 before the first arrival. */
  private delay = 0;
  private lastArrival = 0;
  /** Segments that are still to be acknowledged at once. */
  private quick = 0;
  /** The program answers what it gets, so that ACKs can ride on its data. */
  private interactive = false;
  /** Something arrived that is not acknowledged. */
  pending = false;
  /** See {@link demand}. */
  private demanded = false;

  /** No acknowledgement is due. */
  constructor(private readonly net: Net, private readonly host: AcknowledgingHost) {
    this.timer = net.timers.create("tcp-delayed-ack", () => this.fire());
  }

  /** Whether the next acknowledgement goes at once. */
  get atOnce(): boolean {
    return this.demanded || (this.quick > 0 && !this.interactive);
  }

  /** See `TCP_QUICKACK`. */
  get quickAck(): boolean {
    return !this.interactive;
  }

  /** How long an acknowledgement would wait now, µs (`tcpi_ato`). */
  get currentDelay(): number {
    return this.delay;
  }

  /** The next `segments` arrivals are acknowledged at once. */
  speedUp(segments: number = QUICK_SEGMENTS): void {
    this.interactive = false;
    this.delay = DELAY_MIN;
    this.quick = Math.max(this.quick, Math.min(segments, QUICK_SEGMENTS));
  }

  /** The next acknowledgement goes at once, whatever the program does. */
  demand(): void {
    this.demanded = true;
  }

  /** The peer's stream has ended: the program will answer by ending its own. */
  expectEnd(): void {
    this.interactive = true;
    this.pending = true;
  }

  /** A program waits to write: what is to be acknowledged now rides on its text. */
  expectText(): void {
    this.interactive = true;
    this.delay = DELAY_MAX;
    this.pending = true;
    this.later();
  }

  /** TCP_QUICKACK: on acknowledges at once what is pending, off goes over to delaying. */
  setQuick(on: boolean): void {
    if (!on) {
      this.interactive = true;
      return;
    }
    this.interactive = false;
    if (this.pending) this.host.sendAck();
  }

  /** In-order text has come; `windowSegments` is how many segments the advertised window holds. */
  arrived(windowSegments: number): void {
    const { now } = this.net;
    this.pending = true;
    if (this.delay === 0) {
      // RFC 5681 section 4.2: a sender that starts wants to hear of each segment.
      this.delay = DELAY_MIN;
      this.quick = Math.max(this.quick, Math.min(Math.max(Math.floor(windowSegments / 2), 2), QUICK_SEGMENTS));
    } else {
      const gap = now - this.lastArrival;
      if (gap <= DELAY_MIN / 2) this.delay = Math.floor(this.delay / 2) + DELAY_MIN / 2;
      else if (gap < this.delay) {
        this.delay = Math.min(Math.floor(this.delay / 2) + gap, this.host.delackMax || DELAY_MAX);
      } else if (gap > 200_000 && gap > this.host.srtt * 2) {
        this.quick = Math.max(this.quick, Math.min(Math.max(Math.floor(windowSegments / 2), 2), QUICK_SEGMENTS));
      }
    }
    this.lastArrival = now;
  }

  /** Waits for more to acknowledge, or for text to ride on. */
  later(): void {
    if (this.timer.pending) return;
    // Nothing has come yet that an answer could be waited for.
    if (this.delay === 0) return this.host.sendAck();
    const longest = this.host.delackMax || DELAY_MAX;
    let delay = Math.max(this.delay, DELAY_MIN);
    if (this.interactive) {
      // Answers come within a round trip or never.
      const most = this.host.srtt > 0 ? Math.max(this.host.srtt, DELAY_MIN) : longest;
      delay = Math.min(delay, most);
    }
    // RFC9293-MUST-40, RFC9293-SHLD-18, RFC5681-4.2-500ms, RFC5681-4.2-delack
    this.timer.arm(this.net.now + Math.min(delay, longest));
  }

  /** An ACK has gone out, by itself or with text. */
  sent(carriesText: boolean): void {
    if (this.quick > 0) this.quick--;
    // RFC9293-MUST-58, RFC9293-3.10.7.4-text-piggyback
    this.pending = false;
    this.demanded = false;
    this.timer.cancel();
    // Text so soon after what came in is an answer to it.
    if (carriesText && this.net.now - this.lastArrival < this.delay) this.interactive = true;
  }

  /** What came was acknowledged by the SYN-ACK: nothing has come yet that an ACK could wait for. */
  forget(): void {
    this.timer.cancel();
    this.pending = false;
    this.delay = 0;
    this.quick = 0;
  }

  /** The time of arrivals counts from now on. */
  idle(): void {
    this.lastArrival = this.net.now;
  }

  /** No more. */
  stop(): void {
    this.timer.cancel();
  }

  private fire(): void {
    // RFC9293-MUST-40, RFC5681-4.2-500ms
    if (!this.pending) return;
    this.net.mib.inc(Counter.TcpExtDelayedACKs);
    // What was expected to ride on did not come in time.
    if (this.interactive) {
      this.interactive = false;
      this.delay = DELAY_MIN;
    } else {
      this.delay = Math.min(this.delay * 2, DELAY_MAX);
    }
    this.host.sendAck();
  }
}
