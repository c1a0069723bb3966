/**
 * What one acknowledgement delivered, gathered while the scoreboard marks it.
 *
 * @module
 */
import { before } from "../../wire/seq.ts";
import type { DeliveryRate } from "./delivery_rate.ts";
import type { Rack } from "./rack.ts";
import type { DeliveryObserver } from "./scoreboard.ts";
import { Mark, type SentSegment } from "./sent_segment.ts";

/** The gathered facts. One object per connection. */
export class AckDigest implements DeliveryObserver {
  /** Pieces acknowledged cumulatively, those included that were acknowledged selectively before. */
  cumulative = 0;
  /** Pieces delivered: newly acknowledged, one way or the other. */
  delivered = 0;
  /** Pieces newly acknowledged selectively. */
  selective = 0;
  /** Whether something arrived that had been sent before {@link begin}'s `point` and was never sent again. */
  original = false;
  /** The lowest sequence number newly delivered of what was sent once only, below what had arrived before; undefined when none. */
  lowestLate: number | undefined = undefined;

  private point: number | undefined = undefined;
  private highest: number | undefined = undefined;
  private timestampEcho: number | undefined = undefined;
  private oldestSentAt = -1;
  private newestSentAt = -1;
  private oldestSelectiveSentAt = -1;
  private newestSelectiveSentAt = -1;
  private ambiguous = false;
  private now = 0;

  /**
   * `sentTimestamp` gives the TSval that a segment sent at some time bore. `echoCountsOutOfOrder`: an older echo speaks against a
   * retransmission also where it was acknowledged selectively, though receivers then echo what came in order last (RFC 7323 section 4.3).
   */
  constructor(
    private readonly rack: Rack,
    private readonly rate: DeliveryRate,
    private readonly sentTimestamp: (sentAt: number) => number,
    private readonly echoCountsOutOfOrder: boolean,
  ) {}

  /** An acknowledgement comes at `now`; `highest` is the end of what had arrived before, `point` see {@link original}. */
  begin(now: number, timestampEcho: number | undefined, highest: number | undefined, point: number | undefined): void {
    this.now = now;
    this.timestampEcho = timestampEcho;
    this.highest = highest;
    this.point = point;
    this.cumulative = this.delivered = this.selective = 0;
    this.original = this.ambiguous = false;
    this.lowestLate = undefined;
    this.oldestSentAt =
      this.newestSentAt =
      this.oldestSelectiveSentAt =
      this.newestSelectiveSentAt =
        -1;
  }

  /** See {@link DeliveryObserver}. */
  onSelective(segment: SentSegment): void {
    this.selective += segment.pieces;
    this.delivered += segment.pieces;
    if ((segment.marks & Mark.EverRetransmitted) === 0) {
      if (this.oldestSelectiveSentAt < 0) this.oldestSelectiveSentAt = segment.sentAt;
      this.newestSelectiveSentAt = segment.sentAt;
    }
    this.onDelivered(segment, this.echoCountsOutOfOrder);
  }

  /** See {@link DeliveryObserver}. */
  onCumulative(segment: SentSegment): void {
    this.cumulative += segment.pieces;
    if ((segment.marks & Mark.Sacked) !== 0) return;
    this.delivered += segment.pieces;
    if ((segment.marks & Mark.EverRetransmitted) !== 0) {
      this.ambiguous = true;
    } else {
      if (this.oldestSentAt < 0) this.oldestSentAt = segment.sentAt;
      this.newestSentAt = segment.sentAt;
    }
    this.onDelivered(segment, true);
  }

  /** `echoed`: the echoed timestamp tells which transmission arrived. */
  private onDelivered(segment: SentSegment, echoed: boolean): void {
    this.rate.onDelivered(segment);
    const resent = (segment.marks & Mark.EverRetransmitted) !== 0;
    this.rack.onDelivered(segment, this.now, resent && echoed && this.isEchoOlder(segment));
    if (resent) return;
    if (this.point !== undefined && !before(this.point, segment.end)) this.original = true;
    if (this.highest === undefined || !before(segment.seq, this.highest)) return;
    if (this.lowestLate === undefined || before(segment.seq, this.lowestLate)) this.lowestLate = segment.seq;
  }

  /** Whether the echoed timestamp is older than the last transmission of `segment`. */
  private isEchoOlder(segment: SentSegment): boolean {
    return this.timestampEcho !== undefined && before(this.timestampEcho, this.sentTimestamp(segment.sentAt));
  }

  /** The round-trip time that counts for the timeout, µs, or -1: of the oldest newly acknowledged segment, so that delays of the receiver count. */
  get roundTrip(): number { // RFC6298-3-karn
    if (!this.ambiguous && this.oldestSentAt >= 0) return this.now - this.oldestSentAt;
    return this.oldestSelectiveSentAt >= 0 ? this.now - this.oldestSelectiveSentAt : -1;
  }

  /** The round-trip time of the newest newly acknowledged segment, µs, or -1. */
  get pathRoundTrip(): number {
    if (!this.ambiguous && this.newestSentAt >= 0) return this.now - this.newestSentAt;
    return this.newestSelectiveSentAt >= 0 ? this.now - this.newestSelectiveSentAt : -1;
  }
}
