/**
 * Round-trip times and the retransmission timeout (RFC 6298).
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import { before } from "../../wire/seq.ts";

/** The timeout before anything was measured, µs. */
export const INITIAL_RTO = 1_000_000; // RFC6298-2.1-initial
/** The timeout that data starts with after a SYN that timed out, µs. */
export const RTO_AFTER_SYN_TIMEOUT = 3_000_000; // RFC6298-5.7-syn
/** RFC 6298 (2.4)'s least timeout, µs. */
const LEAST_RTO = 1_000_000;
/** Clock granularity G, µs. */
const GRANULARITY = 1_000;

/** The estimator of one connection. */
export class RoundTrip {
  /** SRTT, µs; 0 before the first sample. */
  srtt = 0;
  /** RTTVAR, µs. */
  rttvar = 0;
  /** What is added to SRTT for the timeout, µs. */
  private variance = 0;
  /** Largest `4 * rttvar` of this round trip, µs, and where the round trip ends. */
  private roundVariance = 0;
  private roundEnd = 0;
  /** The timeout without backoff while nothing is measured, µs. */
  private initial = INITIAL_RTO;

  constructor(
    private readonly limits: { readonly rtoMin: number; readonly rtoMax: number },
    private readonly deviations: Deviations,
  ) {}

  /** Whether there was a sample. */
  get measured(): boolean {
    return this.srtt > 0;
  }

  /** The timeout, µs, without backoff. */
  get timeout(): number {
    if (!this.measured) return Math.min(this.initial, this.limits.rtoMax);
    const { rtoMax } = this.limits;
    if (this.deviations.slowVariance) return Math.min(this.srtt + this.variance, rtoMax);
    const rto = this.srtt + Math.max(GRANULARITY, 4 * this.rttvar); // RFC6298-4-granularity
    return Math.min(Math.max(rto, this.least), rtoMax); // RFC6298-2.4-min, RFC6298-2.5-max
  }

  /** RFC6298-2.4-min; Linux's setting counts from SRTT on, see {@link varianceOf}. */
  private get least(): number {
    return this.deviations.rtoMinimum ? 0 : Math.max(LEAST_RTO, this.limits.rtoMin);
  }

  /** A SYN timed out: data starts with a timeout of 3 s unless something is measured. */
  onHandshakeTimeouts(): void {
    this.initial = RTO_AFTER_SYN_TIMEOUT;
  }

  /** `rtt` µs was measured by an acknowledgement up to `ack`; `sndNxt` is what the next round trip ends with. */
  sample(rtt: number, ack: number, sndNxt: number): void {
    const measured = Math.max(Math.round(rtt), 1);
    if (!this.measured) {
      this.srtt = measured; // RFC6298-2.2-first
      this.rttvar = measured / 2;
      this.variance = this.roundVariance = this.varianceOf(this.rttvar);
      this.roundEnd = sndNxt;
      return;
    }
    const error = measured - this.srtt;
    this.rttvar += this.gain(error) * (Math.abs(error) - this.rttvar); // RFC6298-2.3-order: before SRTT changes
    this.srtt += error / 8; // RFC6298-2.3-gains
    this.followVariance(ack, sndNxt);
  }

  /** How fast RTTVAR follows. A sample that is much shorter than SRTT says nothing of delays to come. */
  private gain(error: number): number {
    const farBelow = error < 0 && -error > this.rttvar;
    return this.deviations.slowVariance && farBelow ? 1 / 32 : 1 / 4; // RFC6298-2.3-gains
  }

  private varianceOf(rttvar: number): number {
    return Math.max(4 * rttvar, this.deviations.rtoMinimum ? this.limits.rtoMin : GRANULARITY);
  }

  /** Up at once; down once a round trip, a quarter of the way to the round trip's largest. */
  private followVariance(ack: number, sndNxt: number): void {
    this.roundVariance = Math.max(this.roundVariance, this.varianceOf(this.rttvar));
    this.variance = Math.max(this.variance, this.roundVariance);
    if (before(ack, this.roundEnd)) return;
    this.variance -= (this.variance - this.roundVariance) / 4;
    this.roundVariance = this.varianceOf(0);
    this.roundEnd = sndNxt;
  }
}
