/**
 * CUBIC (RFC 9438).
 *
 * Windows are counted in segments and times in seconds, as in the RFC's formulas.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import { HyStart, HyStartPlusPlus, type SlowStartExit } from "./hystart.ts";
import { type CongestionControl, type Flow, type Growth, Phase } from "./interface.ts";
import { LinearGrowth, slowStart } from "./slow_start.ts";

/** How fast the window grows, segments per s³. */
const C = 0.4; // RFC9438-5.1-C
/** What is left of the window after a reduction. */
const BETA = 0.7; // RFC9438-4.6-beta
/** Growth per round trip that makes up for {@link BETA} where Reno would halve: 3 (1 - β) / (1 + β). */
const ALPHA = 3 * (1 - BETA) / (1 + BETA);
/** Linux looks at the clock so often at most while the window stands still, s. */
const COARSE_CLOCK = 1 / 32;
/** Before a first W_max is known Linux opens the window by one for so many segments at least. */
const EXPLORING_EVERY = 20;

/** See the module. */
export class Cubic implements CongestionControl {
  readonly name = "cubic";
  readonly needsEcn = false;
  readonly setsPacingRate = false;
  private readonly exit: SlowStartExit;
  private readonly conservative = new LinearGrowth();
  private readonly exploring = new LinearGrowth();

  /** W_max; undefined before the first reduction and after a timeout. */
  private wMax: number | undefined = undefined;
  /** cwnd_prior: the window before the last reduction. */
  private prior = 0;
  /** When congestion avoidance began, s; undefined outside. */
  private epoch: number | undefined = undefined;
  private k = 0;
  private origin = 0;
  /** W_est: what Reno's window would be. */
  private estimate = 0;
  /** The part of a segment by which the window is to grow. */
  private fraction = 0;
  /** What W_est has still to take in, the increment per segment as last computed, and for which window and when. */
  private pending = 0;
  private increment = 0;
  private computedFor = 0;
  private computedAt = -Infinity;

  constructor(private readonly deviations: Deviations) {
    this.exit = deviations.plainHyStart ? new HyStart() : new HyStartPlusPlus();
  }

  start(flow: Flow): void {
    this.forget();
    this.exit.reset(flow);
  }

  private forget(): void {
    this.wMax = this.epoch = undefined;
    this.prior = 0;
  }

  onRoundTrip(flow: Flow, rtt: number, ack: number): void {
    if (this.exit.onRoundTrip(flow, rtt, ack)) flow.ssthresh = flow.cwnd; // RFC9438-4.10-hystart
  }

  onPhase(flow: Flow, phase: Phase): void {
    if (phase !== Phase.Loss) return;
    this.epoch = undefined; // RFC9438-4.8-timeout: the next congestion avoidance starts at its own window
    this.wMax = undefined;
    this.exit.reset(flow);
  }

  onSendAfterIdle(_flow: Flow, idle: number): void {
    if (this.epoch !== undefined) this.epoch += idle / 1e6; // RFC9438-4.2-time
  }

  grow(flow: Flow, growth: Growth): void {
    const divided = this.exit.divisor > 1 && flow.cwnd < flow.ssthresh;
    const delivered = divided ? this.conservative.add(growth.delivered, this.exit.divisor) : growth.delivered;
    const rest = slowStart(flow, delivered, this.deviations); // RFC9438-4.10-ss
    if (rest > 0) this.avoid(flow, rest);
  }

  /** Congestion avoidance: `acked` segments arrived. */
  private avoid(flow: Flow, acked: number): void {
    const now = flow.now / 1e6;
    if (this.epoch === undefined) this.begin(flow, now);
    this.pending += acked;
    if (!this.isFresh(flow, now)) this.compute(flow, now);
    this.fraction += acked * this.increment;
    const target = this.renoTarget(flow);
    if (target > flow.cwnd + this.fraction) { // RFC9438-4.3-reno
      flow.cwnd = Math.floor(target);
      this.fraction = target - flow.cwnd;
    }
    const whole = Math.floor(this.fraction);
    flow.cwnd += whole;
    this.fraction -= whole;
    if (this.wMax === undefined && this.deviations.cubicExplores) this.explore(flow, acked, whole > 0);
  }

  /** Without a W_max Linux opens the window by a twentieth per round trip at least. */
  private explore(flow: Flow, acked: number, grown: boolean): void {
    if (grown) this.exploring.reset();
    else flow.cwnd += this.exploring.add(acked, EXPLORING_EVERY);
  }

  private begin(flow: Flow, now: number): void {
    this.epoch = now;
    this.estimate = flow.cwnd;
    this.fraction = this.pending = 0;
    this.computedAt = -Infinity;
    this.exploring.reset();
    const wMax = this.wMax ?? flow.cwnd;
    this.origin = Math.max(wMax, flow.cwnd);
    this.k = Math.cbrt((this.origin - flow.cwnd) / C);
  }

  /** Whether the increment still holds though time has passed. */
  private isFresh(flow: Flow, now: number): boolean {
    return this.deviations.cubicCoarseClock && this.computedFor === flow.cwnd && now - this.computedAt <= COARSE_CLOCK;
  }

  /** The increment per segment: (target - cwnd) / cwnd, towards where the cubic will be in a round trip. */
  private compute(flow: Flow, now: number): void {
    const { cwnd } = flow;
    this.computedFor = cwnd;
    this.computedAt = now;
    const t = now - this.epoch! + (Number.isFinite(flow.minRtt) ? flow.minRtt : flow.srtt) / 1e6;
    const cubic = this.origin + C * (t - this.k) ** 3; // RFC9438-4.2-convex
    const target = Math.min(Math.max(cubic, cwnd), 1.5 * cwnd); // RFC9438-4.2-target
    this.increment = (target - cwnd) / cwnd; // RFC9438-4.4-concave, RFC9438-4.5-convex
    const alpha = this.estimate >= this.prior && this.prior > 0 ? 1 : ALPHA; // RFC9438-4.3-alpha1
    this.estimate += alpha * this.pending / cwnd;
    this.pending = 0;
  }

  private renoTarget(flow: Flow): number {
    return Math.min(this.estimate, 1.5 * flow.cwnd);
  }

  reduce(flow: Flow): number {
    const window = this.deviations.reduceWindow ? flow.cwnd : flow.flightSize;
    this.epoch = undefined;
    this.prior = flow.cwnd;
    const shrinking = this.wMax !== undefined && flow.cwnd < this.wMax;
    this.wMax = shrinking ? flow.cwnd * (1 + BETA) / 2 : flow.cwnd; // RFC9438-4.7-fastconv
    return Math.max(Math.floor(window * BETA + 1e-9), 2); // RFC9438-4.6-reduce
  }

  restore(_flow: Flow, priorCwnd: number): number {
    this.epoch = undefined;
    return priorCwnd; // RFC9438-4.9.1-spurious-to
  }
}
