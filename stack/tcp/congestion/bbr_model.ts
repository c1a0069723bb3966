/**
 * BBR's model of the path: its bandwidth and its round-trip time without queues (draft-cardwell-iccrg-bbr-congestion-control-00, section 4.1).
 *
 * @module
 */
import type { Flow } from "./interface.ts";
import type { RateSample } from "./rate_sample.ts";

/** Round trips that a bandwidth is remembered (BtlBwFilterLen). */
const BANDWIDTH_ROUNDS = 10;
/** How long a round-trip time is remembered, µs (RTpropFilterLen). */
const ROUND_TRIP_LIFE = 10_000_000;

/** Bandwidth, propagation time, and the count of round trips. */
export class BbrModel {
  /** BBR.BtlBw, segments per µs. */
  bandwidth = 0;
  /** BBR.RTprop, µs; `Infinity` before the first sample. */
  propagation = Infinity;
  /** Round trips since the start. */
  rounds = 0;
  /** Whether the last acknowledgement began a round trip. */
  roundStarted = false;
  /** Whether {@link propagation} was not confirmed within its life. */
  expired = false;
  private propagationAt = 0;
  private nextRoundAt = 0;
  private readonly perRound: number[] = new Array(BANDWIDTH_ROUNDS).fill(0);

  /** An acknowledgement came. */
  update(flow: Flow, sample: RateSample): void {
    this.countRounds(flow, sample);
    this.updateBandwidth(sample);
    this.updatePropagation(flow, sample);
  }

  private countRounds(flow: Flow, sample: RateSample): void {
    this.roundStarted = sample.interval > 0 && sample.priorDelivered >= this.nextRoundAt;
    if (!this.roundStarted) return;
    this.nextRoundAt = flow.delivered;
    this.rounds++;
    this.perRound[this.rounds % BANDWIDTH_ROUNDS] = 0;
  }

  /** The next round trip begins with what is sent from now on. */
  restartRound(flow: Flow): void {
    this.nextRoundAt = flow.delivered;
  }

  private updateBandwidth(sample: RateSample): void {
    if (sample.interval <= 0 || sample.delivered < 0) return;
    const rate = sample.delivered / sample.interval;
    if (sample.appLimited && rate < this.bandwidth) return;
    const slot = this.rounds % BANDWIDTH_ROUNDS;
    this.perRound[slot] = Math.max(this.perRound[slot]!, rate);
    this.bandwidth = Math.max(...this.perRound);
  }

  private updatePropagation(flow: Flow, sample: RateSample): void {
    this.expired = flow.now > this.propagationAt + ROUND_TRIP_LIFE;
    if (sample.rtt < 0 || (sample.rtt > this.propagation && (!this.expired || sample.delayedAck))) return;
    this.propagation = sample.rtt;
    this.propagationAt = flow.now;
  }

  /** The path was drained as far as it goes: the round-trip time counts as confirmed. */
  confirmPropagation(flow: Flow): void {
    this.propagationAt = flow.now;
  }

  /** Segments that fill the path `gain` times, undefined while nothing was measured. */
  inFlight(gain: number): number | undefined {
    return this.propagation === Infinity ? undefined : gain * this.bandwidth * this.propagation;
  }
}
