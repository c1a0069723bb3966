/**
 * BBR (draft-cardwell-iccrg-bbr-congestion-control-00, which is what Linux has under this name): the window and the pacing rate follow a
 * model of the path, not losses.
 *
 * @module
 */
import { BbrModel } from "./bbr_model.ts";
import { type CongestionControl, type Flow, Phase } from "./interface.ts";
import type { RateSample } from "./rate_sample.ts";

/** Doubles what is sent each round trip (2 / ln 2). */
const HIGH_GAIN = 2.885;
/** Window per bandwidth-delay product while probing. */
const CRUISE_GAIN = 2;
/** Pacing gains of the phases of ProbeBW, one round-trip time each. */
const CYCLE: readonly number[] = [1.25, 0.75, 1, 1, 1, 1, 1, 1];
/** Least window, segments. */
const LEAST_WINDOW = 4;
/** How long ProbeRTT keeps the least window, µs. */
const DRAIN_TIME = 200_000;
/** Pacing stays so far below the estimate, lest a queue builds up. */
const PACING_MARGIN = 0.01;
/** The pipe is full when the bandwidth has not grown by a quarter in three round trips. */
const FULL_GROWTH = 1.25;
const FULL_ROUNDS = 3;
/** Segments that the quantum of a burst adds to the window, thrice. */
const QUANTUM_HEADROOM = 3;

/** See the module. */
export class Bbr implements CongestionControl {
  readonly name = "bbr";
  readonly needsEcn = false;
  readonly setsPacingRate = true;

  private readonly model = new BbrModel();
  private state: "startup" | "drain" | "probe bandwidth" | "probe round trip" = "startup";
  private pacingGain = HIGH_GAIN;
  private cwndGain = HIGH_GAIN;
  private fullBandwidth = 0;
  private fullRounds = 0;
  private cycle = 0;
  private cycleSince = 0;
  private drainedUntil = 0;
  private drainedRound = -1;
  private priorCwnd = 0;
  private conservation = false;
  private conservationRound = 0;
  private restarted = false;
  private initialWindow = 0;

  start(flow: Flow): void {
    flow.paced = true;
    this.initialWindow = flow.cwnd;
    this.cycleSince = flow.now;
    flow.pacingRate = HIGH_GAIN * flow.cwnd * flow.mss * 1e6 / (flow.srtt > 0 ? flow.srtt : 1000); // BBRInitPacingRate
  }

  grow(): void {
    // The window is set by steer().
  }

  reduce(flow: Flow): number {
    return flow.ssthresh;
  }

  restore(flow: Flow, priorCwnd: number): number {
    this.fullBandwidth = this.fullRounds = 0; // what was taken for a full pipe may have been the reduction
    return Math.max(flow.cwnd, priorCwnd);
  }

  onPhase(flow: Flow, phase: Phase): void { // section 4.2.3.4
    if (phase >= Phase.Recovery && flow.phase < Phase.Recovery) this.saveWindow(flow);
    if (phase === Phase.Recovery) {
      this.conservation = true;
      this.conservationRound = this.model.rounds;
      this.model.restartRound(flow);
      flow.cwnd = flow.inFlight + 1;
    } else if (flow.phase >= Phase.Recovery && phase < Phase.Recovery) {
      this.conservation = false;
      flow.cwnd = Math.max(flow.cwnd, this.priorCwnd);
    }
  }

  private saveWindow(flow: Flow): void {
    const reduced = this.conservation || this.state === "probe round trip";
    this.priorCwnd = reduced ? Math.max(this.priorCwnd, flow.cwnd) : flow.cwnd;
  }

  onSendAfterIdle(flow: Flow): void { // section 4.3.4.4
    this.restarted = true;
    if (this.state === "probe bandwidth") this.setPacing(flow, 1);
  }

  steer(flow: Flow, sample: RateSample): void {
    this.model.update(flow, sample);
    this.checkFull(sample);
    this.checkDrained(flow);
    this.checkCycle(flow, sample);
    this.checkPropagation(flow, sample);
    this.setPacing(flow, this.pacingGain);
    this.setWindow(flow, sample);
  }

  // The states

  private checkFull(sample: RateSample): void { // section 4.3.2.2
    if (this.isFull || !this.model.roundStarted || sample.appLimited) return;
    if (this.model.bandwidth >= this.fullBandwidth * FULL_GROWTH) {
      this.fullBandwidth = this.model.bandwidth;
      this.fullRounds = 0;
    } else {
      this.fullRounds++;
    }
  }

  private get isFull(): boolean {
    return this.fullRounds >= FULL_ROUNDS;
  }

  private checkDrained(flow: Flow): void { // section 4.3.3
    if (this.state === "startup" && this.isFull) {
      this.state = "drain";
      this.pacingGain = 1 / HIGH_GAIN;
      this.cwndGain = HIGH_GAIN;
    }
    if (this.state === "drain" && flow.inFlight <= this.target(1)) this.enterProbeBandwidth(flow, 2);
  }

  private enterProbeBandwidth(flow: Flow, cycle: number): void {
    this.state = "probe bandwidth";
    this.cwndGain = CRUISE_GAIN;
    this.setCycle(flow, cycle);
  }

  private setCycle(flow: Flow, cycle: number): void {
    this.cycle = cycle % CYCLE.length;
    this.cycleSince = flow.now;
    this.pacingGain = CYCLE[this.cycle]!;
  }

  private checkCycle(flow: Flow, sample: RateSample): void { // section 4.3.4.3
    if (this.state !== "probe bandwidth") return;
    const long = flow.now - this.cycleSince > this.model.propagation;
    const over = this.pacingGain === 1
      ? long
      : this.pacingGain > 1
      ? long && (sample.losses > 0 || sample.priorInFlight >= this.target(this.pacingGain))
      : long || sample.priorInFlight <= this.target(1);
    if (over) this.setCycle(flow, this.cycle + 1);
  }

  private checkPropagation(flow: Flow, sample: RateSample): void { // section 4.3.5
    if (this.state !== "probe round trip" && this.model.expired && !this.restarted) {
      this.saveWindow(flow);
      this.state = "probe round trip";
      this.pacingGain = this.cwndGain = 1;
      this.drainedUntil = 0;
    }
    if (this.state === "probe round trip") this.drain(flow);
    if (sample.newlyDelivered > 0) this.restarted = false;
  }

  private drain(flow: Flow): void {
    if (this.drainedUntil === 0) {
      if (flow.inFlight > LEAST_WINDOW) return;
      this.drainedUntil = flow.now + DRAIN_TIME;
      this.drainedRound = this.model.rounds;
      this.model.restartRound(flow);
    } else if (flow.now > this.drainedUntil && this.model.rounds > this.drainedRound) {
      this.model.confirmPropagation(flow);
      flow.cwnd = Math.max(flow.cwnd, this.priorCwnd);
      if (this.isFull) this.enterProbeBandwidth(flow, 2);
      else this.enterStartup();
    }
  }

  private enterStartup(): void {
    this.state = "startup";
    this.pacingGain = this.cwndGain = HIGH_GAIN;
  }

  // What comes of it

  /** Segments that may be in flight at `gain`, with headroom for bursts. */
  private target(gain: number): number {
    const inFlight = this.model.inFlight(gain);
    return inFlight === undefined ? this.initialWindow : Math.ceil(inFlight) + QUANTUM_HEADROOM;
  }

  private setPacing(flow: Flow, gain: number): void {
    const { bandwidth } = this.model;
    if (bandwidth === 0) return;
    const rate = Math.min(gain * bandwidth * flow.mss * 1e6 * (1 - PACING_MARGIN), flow.maxPacingRate);
    if (this.isFull || rate > flow.pacingRate) flow.pacingRate = rate;
  }

  private setWindow(flow: Flow, sample: RateSample): void { // section 4.2.3.6
    const { newlyDelivered } = sample;
    const target = this.target(this.cwndGain);
    if (this.model.roundStarted && this.model.rounds > this.conservationRound) this.conservation = false;
    if (flow.phase >= Phase.Recovery && sample.losses > 0) flow.cwnd = Math.max(flow.cwnd - sample.losses, 1);
    if (this.conservation) {
      flow.cwnd = Math.max(flow.cwnd, flow.inFlight + newlyDelivered);
    } else {
      if (this.isFull) flow.cwnd = Math.min(flow.cwnd + newlyDelivered, target);
      else if (flow.cwnd < target || flow.delivered < this.initialWindow) flow.cwnd += newlyDelivered;
      flow.cwnd = Math.max(flow.cwnd, LEAST_WINDOW);
    }
    flow.cwnd = Math.min(flow.cwnd, flow.cwndClamp);
    if (this.state === "probe round trip") flow.cwnd = Math.min(flow.cwnd, LEAST_WINDOW);
  }

  /** `struct tcp_bbr_info`: bandwidth in octets per second, least round-trip time, gains in 256ths. */
  info(flow: Flow): Uint8Array {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(Math.floor(this.model.bandwidth * flow.mss * 1e6)), true);
    view.setUint32(8, Number.isFinite(this.model.propagation) ? this.model.propagation : 0xffffffff, true);
    view.setUint32(12, Math.round(this.pacingGain * 256), true);
    view.setUint32(16, Math.round(this.cwndGain * 256), true);
    return bytes;
  }
}
