/**
 * The segments in flight in the order of their last transmission (RFC 8985 section 6.1), so that time-based loss detection looks
 * at the oldest first and stops early.
 *
 * @module
 */
import type { SentSegment } from "./sent_segment.ts";

/** A list threaded through {@link SentSegment.sentBefore} and {@link SentSegment.sentAfter}. */
export class TransmissionOrder {
  /** The segment that has been on its way longest. */
  oldest: SentSegment | undefined = undefined;
  private newest: SentSegment | undefined = undefined;

  /** `segment`, not in the list, was sent just now. */
  append(segment: SentSegment): void {
    segment.sentBefore = this.newest;
    segment.sentAfter = undefined;
    if (this.newest === undefined) this.oldest = segment;
    else this.newest.sentAfter = segment;
    this.newest = segment;
  }

  /** Puts `segment` right behind `other`, of which it was a part. */
  insertAfter(other: SentSegment, segment: SentSegment): void {
    const next = other.sentAfter;
    segment.sentBefore = other;
    segment.sentAfter = next;
    other.sentAfter = segment;
    if (next === undefined) this.newest = segment;
    else next.sentBefore = segment;
  }

  /** Takes `segment` out; nothing when it is not in. */
  remove(segment: SentSegment): void {
    if (!this.holds(segment)) return;
    const { sentBefore, sentAfter } = segment;
    if (sentBefore === undefined) this.oldest = sentAfter;
    else sentBefore.sentAfter = sentAfter;
    if (sentAfter === undefined) this.newest = sentBefore;
    else sentAfter.sentBefore = sentBefore;
    segment.sentBefore = segment.sentAfter = undefined;
  }

  /** Whether `segment` is in the list. */
  holds(segment: SentSegment): boolean {
    return segment.sentBefore !== undefined || this.oldest === segment;
  }
}
