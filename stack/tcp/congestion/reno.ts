/**
 * Reno (RFC 5681): up by one segment per round trip, down by half.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import type { CongestionControl, Flow, Growth } from "./interface.ts";
import { LinearGrowth, slowStart } from "./slow_start.ts";

/** The window after half of it was taken. */
function half(window: number): number {
  return Math.max(Math.floor(window / 2), 2); // RFC5681-3.1-ssthresh-reduce
}

/** See the module. */
export class Reno implements CongestionControl {
  readonly name = "reno";
  readonly needsEcn = false;
  readonly setsPacingRate = false;
  private readonly growth = new LinearGrowth();

  constructor(private readonly deviations: Deviations) {}

  start(_flow: Flow): void {
    this.growth.reset();
  }

  grow(flow: Flow, growth: Growth): void {
    const rest = slowStart(flow, growth.delivered, this.deviations);
    if (rest > 0) flow.cwnd += this.growth.add(rest, flow.cwnd); // RFC5681-3.1-ca-once
  }

  reduce(flow: Flow): number {
    this.growth.reset();
    return half(this.deviations.reduceWindow ? flow.cwnd : flow.flightSize);
  }

  restore(_flow: Flow, priorCwnd: number): number {
    return priorCwnd;
  }
}
