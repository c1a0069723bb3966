/**
 * DCTCP (RFC 8257): the window comes down by as much as the network is congested, estimated from the share of marked octets.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import { before } from "../../wire/seq.ts";
import type { Cause, CongestionControl, Flow, Growth } from "./interface.ts";
import { Reno } from "./reno.ts";

/** Weight of the last round trip in the estimate (g). */
const GAIN = 1 / 16;

/** See the module. */
export class Dctcp implements CongestionControl {
  readonly name = "dctcp";
  readonly needsEcn = true;
  readonly setsPacingRate = false;
  private readonly reno: Reno;
  /** DCTCP.Alpha: how much of what was sent was marked, smoothed; starts as if all were (section 3.3). */
  private alpha = 1;
  private acked = 0;
  private marked = 0;
  /** DCTCP.WindowEnd */
  private windowEnd: number | undefined = undefined;
  /** DCTCP.CE: whether the last packet received was marked. */
  private lastMarked = false;

  constructor(deviations: Deviations) {
    this.reno = new Reno(deviations);
  }

  start(flow: Flow): void {
    this.reno.start(flow);
    this.windowEnd = flow.sndNxt;
    this.acked = this.marked = 0;
  }

  grow(flow: Flow, growth: Growth): void {
    this.reno.grow(flow, growth);
  }

  onAck(flow: Flow, ack: number, octets: number, ece: boolean): void { // section 3.3 steps 1 to 9
    this.acked += octets;
    if (ece) this.marked += octets;
    if (this.windowEnd !== undefined && !before(this.windowEnd, ack)) return;
    if (this.acked > 0) this.alpha += GAIN * (this.marked / this.acked - this.alpha);
    this.windowEnd = flow.sndNxt;
    this.acked = this.marked = 0;
  }

  reduce(flow: Flow, cause: Cause): number {
    if (cause !== "mark") return this.reno.reduce(flow); // section 3.5
    return Math.max(Math.floor(flow.cwnd * (1 - this.alpha / 2)), 2); // section 3.4
  }

  restore(_flow: Flow, priorCwnd: number): number {
    return priorCwnd;
  }

  onReceived(_flow: Flow, ce: boolean): boolean { // section 3.2
    const changed = ce !== this.lastMarked;
    this.lastMarked = ce;
    return changed;
  }
}
