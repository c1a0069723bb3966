/**
 * Delivery-rate samples: how fast what was sent has arrived (draft-ietf-ccwg-bbr, "Delivery Rate Samples").
 *
 * A sample spans from the last delivery that was known when the newest acknowledged segment was sent, to now. Its rate is bounded by the
 * rate at which that flight was sent, so that acknowledgements which come compressed do not overstate it.
 *
 * @module
 */
import type { RateSample } from "../congestion/rate_sample.ts";
import { before } from "../../wire/seq.ts";
import { Mark, type SentSegment } from "./sent_segment.ts";

/** The connection's state (C.delivered …) and the sample of the current acknowledgement (rs). */
export class DeliveryRate {
  /** Segments delivered in all. */
  delivered = 0;
  /** Of them those that the peer said were marked with CE. */
  deliveredMarked = 0;
  /** The sample of the last acknowledgement. */
  readonly sample: RateSample = {
    delivered: -1,
    interval: -1,
    priorDelivered: 0,
    appLimited: false,
    retransmitted: false,
    losses: 0,
    newlyDelivered: 0,
    priorInFlight: 0,
    rtt: -1,
    sentInFlight: 0,
    delayedAck: false,
  };
  /** The last sample that gave a rate: octets per second. */
  rate = 0;
  /** Whether that was app-limited. */
  rateAppLimited = false;

  private deliveredAt = 0;
  private flightStart = 0;
  /** What was delivered when the app-limited stretch ends; 0 when there is none. */
  private appLimitedUntil = 0;
  private priorDeliveredAt = -1;
  private sendElapsed = 0;
  private newestSentAt = 0;
  private newestEnd = 0;

  /** Whether the sender ran out of data within the last round trip. */
  get appLimited(): boolean {
    return this.appLimitedUntil > 0;
  }

  /** `segment` goes out at `now`; `inFlight` counts what was in flight before it. */
  onSent(segment: SentSegment, inFlight: number, now: number): void {
    if (inFlight === 0) this.deliveredAt = this.flightStart = now;
    segment.deliveredThen = this.delivered;
    segment.deliveredMarkedThen = this.deliveredMarked;
    segment.deliveredAtThen = this.deliveredAt;
    segment.flightStartThen = this.flightStart;
    segment.inFlightThen = inFlight + segment.pieces;
    segment.appLimitedThen = this.appLimited;
  }

  /** The sender ran out of data with `inFlight` under way. */
  onAppLimited(inFlight: number): void {
    this.appLimitedUntil = Math.max(this.delivered + inFlight, 1);
  }

  /** An acknowledgement comes in. */
  begin(priorInFlight: number): void {
    const { sample } = this;
    sample.delivered = sample.interval = sample.rtt = -1;
    sample.losses = sample.newlyDelivered = 0;
    sample.priorInFlight = priorInFlight;
    this.priorDeliveredAt = -1;
  }

  /** `segment` was delivered: the sample is that of the newest. */
  onDelivered(segment: SentSegment): void {
    if (this.priorDeliveredAt >= 0 && !this.isNewer(segment)) return;
    const { sample } = this;
    this.priorDeliveredAt = segment.deliveredAtThen;
    this.newestSentAt = segment.sentAt;
    this.newestEnd = segment.end;
    this.sendElapsed = segment.sentAt - segment.flightStartThen;
    this.flightStart = segment.sentAt;
    sample.priorDelivered = segment.deliveredThen;
    sample.appLimited = segment.appLimitedThen;
    sample.retransmitted = (segment.marks & Mark.Retransmitted) !== 0;
    sample.sentInFlight = segment.inFlightThen;
  }

  private isNewer(segment: SentSegment): boolean {
    return segment.sentAt > this.newestSentAt ||
      (segment.sentAt === this.newestSentAt && before(this.newestEnd, segment.end));
  }

  /** The acknowledgement delivered `count` pieces, `marked` of them with CE. */
  count(count: number, marked: boolean, now: number): void {
    this.sample.newlyDelivered = count;
    if (count <= 0) return;
    this.delivered += count;
    if (marked) this.deliveredMarked += count;
    this.deliveredAt = now;
    if (this.appLimitedUntil > 0 && this.delivered > this.appLimitedUntil) this.appLimitedUntil = 0;
  }

  /** Completes the sample; `minRtt` tells intervals that can't be. */
  finish(now: number, minRtt: number, mss: number): void {
    const { sample } = this;
    if (this.priorDeliveredAt < 0) return;
    const delivered = this.delivered - sample.priorDelivered;
    const interval = Math.max(this.sendElapsed, now - this.priorDeliveredAt);
    if (interval < minRtt || interval <= 0) return;
    sample.delivered = delivered;
    sample.interval = interval;
    const rate = delivered * mss * 1e6 / interval;
    if (sample.appLimited && rate < this.rate) return; // it tells of the application, not of the path
    this.rate = rate;
    this.rateAppLimited = sample.appLimited;
  }
}
