/**
 * Pacing: text leaves at a rate, not in bursts, where the congestion control (BBR) or the program (SO_MAX_PACING_RATE) wants that.
 *
 * @module
 */
import type { Timer, Timers } from "../../timers.ts";

/** Segments that a connection sends unpaced at first, as watched: the initial window. */
const UNPACED_SEGMENTS = 10;

/** Rates of a flow, octets per second. */
export interface PacedFlow {
  readonly paced: boolean;
  readonly pacingRate: number;
  readonly maxPacingRate: number;
}

/** The pacing of one connection. */
export class Pacer {
  private readonly timer: Timer;
  /** When the next segment may leave, µs. */
  private nextAt = 0;

  /** `fire` is called when sending may go on. */
  constructor(
    private readonly net: { readonly now: number; readonly timers: Timers },
    private readonly flow: () => PacedFlow,
    fire: () => void,
  ) {
    this.timer = net.timers.create("tcp-pacing", fire);
  }

  /** Whether the next segment has to wait; then sending goes on by itself later. */
  get holds(): boolean {
    if (!this.flow().paced || this.nextAt <= this.net.now) return false;
    if (!this.timer.pending) this.timer.arm(Math.ceil(this.nextAt));
    return true;
  }

  /** `octets` of text left; `segments` is how many the connection has sent. */
  onSent(octets: number, segments: number): void {
    const flow = this.flow();
    if (!flow.paced || segments <= UNPACED_SEGMENTS || octets === 0) return;
    const rate = Math.min(flow.pacingRate, flow.maxPacingRate);
    if (rate === Infinity) return;
    const { now } = this.net;
    const gap = octets * 1e6 / rate;
    // What was let pass is given back, up to half a gap.
    const credit = Math.min(Math.max(now - this.nextAt, 0), gap / 2);
    this.nextAt = Math.max(this.nextAt, now) + gap - credit;
  }

  /** Nothing more will be sent. */
  stop(): void {
    this.timer.cancel();
  }
}
