/**
 * The scoreboard over the sent segments: which of them are acknowledged selectively, lost, sent again, and how many pieces that makes.
 *
 * @module
 */
import { add, before, diff } from "../../wire/seq.ts";
import { Mark, type SentSegment } from "./sent_segment.ts";
import type { SentQueue } from "./interface.ts";
import { SackedRanges } from "./sacked_ranges.ts";
import { TransmissionOrder } from "./transmission_order.ts";

/** Who is told of each segment that an acknowledgement delivers. */
export interface DeliveryObserver {
  /** `segment` was acknowledged selectively just now; its marks are still those from before. */
  onSelective(segment: SentSegment): void;
  /** `segment` was acknowledged cumulatively just now; its marks are still those from before. */
  onCumulative(segment: SentSegment): void;
}

/** Marks on the segments of one connection and their sums. */
export class Scoreboard {
  /** Pieces sent and not acknowledged cumulatively. */
  unacked = 0;
  /** Pieces acknowledged selectively; without SACK, duplicate acknowledgements. */
  sacked = 0;
  /** Pieces concluded lost, whether sent again or not. */
  lost = 0;
  /** Pieces whose retransmission is in flight. */
  retransmitted = 0;
  /** Segments in the order of transmission that may still arrive. */
  readonly order = new TransmissionOrder();
  /** What the peer holds out of order. */
  readonly ranges = new SackedRanges();
  /** Pieces that are lost and wait to be sent again. */
  waiting = 0;
  /** How many pieces were concluded lost in all; those counted again whose retransmission was lost. */
  losses = 0;
  /** How many segments at the queue's front are acknowledged and not dropped yet. */
  released = 0;
  /** Everything before this is acknowledged; undefined until something is. */
  private acknowledged: number | undefined;
  /** No segment before this needs to be sent again. */
  private resendFrom = 0;

  /** A scoreboard over `queue`; `mss` is asked for whenever a segment has to be cut. */
  constructor(private readonly queue: SentQueue, private readonly mss: () => number) {}

  /** Pieces in flight (RFC 8985 section 9.2, RFC 6675's pipe). */
  get inFlight(): number {
    return this.unacked - this.sacked - this.lost + this.retransmitted;
  }

  /** `segment` went out just now. */
  onSent(segment: SentSegment): void {
    const { pieces } = segment;
    if (segment.transmissions === 0) this.unacked += pieces;
    else this.onSentAgain(segment);
    if (!this.order.holds(segment)) this.order.append(segment);
  }

  private onSentAgain(segment: SentSegment): void {
    const { pieces } = segment;
    if ((segment.marks & (Mark.Lost | Mark.Retransmitted)) === Mark.Lost) this.waiting -= pieces;
    if ((segment.marks & Mark.Retransmitted) === 0) this.retransmitted += pieces;
    segment.marks |= Mark.Retransmitted | Mark.EverRetransmitted;
    this.order.remove(segment);
  }

  /** Marks what the block `[left, right)`, which lies within the sent and not acknowledged space, acknowledges. */
  applyBlock(left: number, right: number, observer: DeliveryObserver): void {
    const { added } = this.ranges;
    const range = this.ranges.add(left, right);
    const from = this.ranges.leftAt(range);
    const to = this.ranges.rightAt(range);
    for (let i = 0; i < added.length; i += 2) this.sackWithin(added[i]!, added[i + 1]!, from, to, observer);
  }

  /** Marks the segments that meet the new part `[left, right)` of the range `[from, to)` and lie wholly in the range. */
  private sackWithin(left: number, right: number, from: number, to: number, observer: DeliveryObserver): void {
    const { queue } = this;
    for (let i = Math.max(queue.sentIndexOf(left), 0); i < queue.sentCount; i++) {
      let segment = queue.sentAt(i);
      if (!before(segment.seq, right)) return;
      if ((segment.marks & Mark.Sacked) !== 0) continue;
      if (before(segment.seq, from)) {
        const cut = this.boundaryFrom(segment, from);
        if (cut === undefined || !before(cut, to)) continue;
        segment = this.split(i++, cut);
      }
      if (before(to, segment.end)) {
        const cut = this.boundaryUpTo(segment, to);
        if (cut === undefined) continue;
        this.split(i, cut);
      }
      this.markSacked(segment, observer);
    }
  }

  /** The first edge between two pieces of `segment` at or after `seq`. */
  private boundaryFrom(segment: SentSegment, seq: number): number | undefined {
    const mss = this.mss();
    const edge = add(segment.seq, Math.ceil(diff(seq, segment.seq) / mss) * mss);
    return segment.pieces > 1 && before(edge, segment.end) ? edge : undefined;
  }

  /** The last edge between two pieces of `segment` at or before `seq`. */
  private boundaryUpTo(segment: SentSegment, seq: number): number | undefined {
    const mss = this.mss();
    const edge = add(segment.seq, Math.floor(diff(seq, segment.seq) / mss) * mss);
    return segment.pieces > 1 && before(this.firstOf(segment), edge) ? edge : undefined;
  }

  private markSacked(segment: SentSegment, observer: DeliveryObserver): void {
    observer.onSelective(segment);
    this.clearLoss(segment);
    segment.marks |= Mark.Sacked;
    this.sacked += segment.pieces;
    this.order.remove(segment);
  }

  /**
   * Takes everything before `ack` as arrived. A burst that `ack` cuts is split: at `ack` itself, as long as a piece lies wholly before it.
   * Returns how many segments, from the oldest on, are acknowledged whole.
   */
  acknowledge(ack: number, observer: DeliveryObserver): number {
    const { queue } = this;
    let count = 0;
    for (; count < queue.sentCount; count++) {
      const segment = queue.sentAt(count);
      // RFC9293-3.10.7.4-ack-partial-segment, RFC9293-3.10.7.4-ack-established
      if (before(ack, segment.end)) {
        if (segment.pieces === 1 || diff(ack, segment.seq) < this.mss()) break;
        this.split(count, ack);
      }
      observer.onCumulative(segment);
      this.forget(segment);
    }
    this.ranges.dropBefore(ack);
    this.acknowledged = ack;
    this.released = count;
    return count;
  }

  /** `segment` leaves the queue. */
  private forget(segment: SentSegment): void {
    if ((segment.marks & Mark.Sacked) !== 0) this.sacked -= segment.pieces;
    else this.clearLoss(segment);
    this.unacked -= segment.pieces;
    this.order.remove(segment);
  }

  /** Takes marks of loss and retransmission back. */
  private clearLoss(segment: SentSegment): void {
    const { pieces, marks } = segment;
    if ((marks & Mark.Lost) !== 0) {
      this.lost -= pieces;
      if ((marks & Mark.Retransmitted) === 0) this.waiting -= pieces;
    }
    if ((marks & Mark.Retransmitted) !== 0) this.retransmitted -= pieces;
    segment.marks &= ~(Mark.Lost | Mark.Retransmitted);
  }

  /** Concludes that `segment`, or its retransmission, is lost. */
  markLost(segment: SentSegment): void {
    const { pieces, marks } = segment;
    if ((marks & Mark.Sacked) !== 0 || (marks & (Mark.Lost | Mark.Retransmitted)) === Mark.Lost) return;
    if ((marks & Mark.Lost) === 0) this.lost += pieces;
    if ((marks & Mark.Retransmitted) !== 0) this.retransmitted -= pieces;
    segment.marks = (marks | Mark.Lost) & ~Mark.Retransmitted;
    if (this.waiting === 0 || before(segment.seq, this.resendFrom)) this.resendFrom = segment.seq;
    this.waiting += pieces;
    this.losses += pieces;
    this.order.remove(segment);
  }

  /** `segment` makes another number of pieces from now on: the MSS has changed. */
  resize(segment: SentSegment, pieces: number): void {
    const difference = pieces - segment.pieces;
    segment.pieces = pieces;
    this.unacked += difference;
    if ((segment.marks & Mark.Sacked) !== 0) this.sacked += difference;
    if ((segment.marks & Mark.Retransmitted) !== 0) this.retransmitted += difference;
    if ((segment.marks & Mark.Lost) === 0) return;
    this.lost += difference;
    if ((segment.marks & Mark.Retransmitted) === 0) this.waiting += difference;
  }

  /** The first segment that waits to be sent again, no larger than `maxPieces`, or undefined. */
  nextToResend(maxPieces: number): SentSegment | undefined {
    if (this.waiting === 0 || maxPieces < 1) return undefined;
    const { queue } = this;
    for (let i = Math.max(queue.sentIndexOf(this.resendFrom), this.released); i < queue.sentCount; i++) {
      const segment = queue.sentAt(i);
      if ((segment.marks & (Mark.Lost | Mark.Retransmitted)) !== Mark.Lost) continue;
      this.resendFrom = segment.seq;
      this.limit(i, maxPieces);
      return segment;
    }
    return undefined;
  }

  /** Cuts the segment at `index` down to `maxPieces`. */
  limit(index: number, maxPieces: number): void {
    const segment = this.queue.sentAt(index);
    const edge = segment.pieces > maxPieces ? this.edgeBehind(segment, maxPieces) : undefined;
    if (edge !== undefined) this.split(index, edge);
  }

  /** The first sequence number of `segment` that is not acknowledged. */
  private firstOf(segment: SentSegment): number {
    return this.acknowledged !== undefined && before(segment.seq, this.acknowledged) ? this.acknowledged : segment.seq;
  }

  /**
   * Where `segment` can be cut behind its first `pieces` pieces. The MSS may be another than when it was sent: if it has no
   * more of them, that is put right; if what is acknowledged reaches beyond them, they are counted from there.
   */
  private edgeBehind(segment: SentSegment, pieces: number): number | undefined {
    const mss = this.mss();
    const first = this.firstOf(segment);
    const planned = add(segment.seq, pieces * mss);
    const edge = before(first, planned) ? planned : add(first, pieces * mss);
    if (before(edge, segment.end)) return edge;
    this.resize(segment, Math.max(Math.ceil(diff(segment.end, first) / mss), 1));
    return undefined;
  }

  /** Takes all conclusions of loss back: they were wrong (RFC 4015). Retransmissions stay in flight. */
  unmarkLost(): void {
    const { queue } = this;
    for (let i = this.released; i < queue.sentCount && this.lost > 0; i++) {
      const segment = queue.sentAt(i);
      if ((segment.marks & Mark.Lost) === 0) continue;
      this.lost -= segment.pieces;
      segment.marks &= ~Mark.Lost;
    }
    this.waiting = 0;
    this.restoreOrder();
  }

  /** Puts what was taken for lost back into the order of transmission. */
  private restoreOrder(): void {
    const { queue, order } = this;
    const missing: SentSegment[] = [];
    for (let i = this.released; i < queue.sentCount; i++) {
      const segment = queue.sentAt(i);
      const waits = (segment.marks & (Mark.Lost | Mark.Retransmitted)) === Mark.Lost;
      if ((segment.marks & Mark.Sacked) === 0 && !waits && !order.holds(segment)) missing.push(segment);
    }
    if (missing.length === 0) return;
    const all = [...missing];
    for (let segment = order.oldest; segment !== undefined; segment = order.oldest) {
      all.push(segment);
      order.remove(segment);
    }
    all.sort((a, b) => a.sentAt - b.sentAt || diff(a.end, b.end));
    for (const segment of all) order.append(segment);
  }

  /** Forgets what was acknowledged selectively: the receiver has thrown it away (RFC 2018 section 8). */
  renege(): void {
    const { queue } = this;
    for (let i = this.released; i < queue.sentCount; i++) queue.sentAt(i).marks &= ~Mark.Sacked;
    this.sacked = 0;
    this.ranges.clear();
    this.restoreOrder();
  }

  /** Cuts the segment at `index` at `seq`; both parts keep their place among all. Returns the second. */
  split(index: number, seq: number): SentSegment {
    const first = this.queue.sentAt(index);
    const second = this.queue.split(index, seq);
    if (this.order.holds(first)) this.order.insertAfter(first, second);
    return second;
  }

  /** Cuts a segment of one piece at `seq`: the rest is a piece of its own, in whatever state the segment is. */
  cut(segment: SentSegment, seq: number): void {
    this.resize(segment, 2);
    this.split(this.queue.sentIndexOf(segment.seq), seq);
  }

  /** Whether the oldest segment is acknowledged selectively, and so the receiver has gone back on its word. */
  get reneged(): boolean {
    const { queue, released } = this;
    return queue.sentCount > released && (queue.sentAt(released).marks & Mark.Sacked) !== 0;
  }

  /** The last piece sent, cut off from its burst (RFC8985-7.3-last). The queue must not be empty. */
  lastPiece(): SentSegment {
    const index = this.queue.sentCount - 1;
    const segment = this.queue.sentAt(index);
    if (segment.pieces === 1) return segment;
    const edge = this.edgeBehind(segment, segment.pieces - 1);
    // Put right, it has none or one further in front.
    return edge === undefined ? this.lastPiece() : this.split(index, edge);
  }

  /** The oldest segment that is not acknowledged, undefined when there is none. */
  oldest(): SentSegment | undefined {
    return this.queue.sentCount > this.released ? this.queue.sentAt(this.released) : undefined;
  }

  /** The oldest segment that is not acknowledged, cut down to one piece; undefined when there is none. */
  oldestPiece(): SentSegment | undefined {
    if (this.queue.sentCount <= this.released) return undefined;
    this.limit(this.released, 1);
    return this.queue.sentAt(this.released);
  }
}
