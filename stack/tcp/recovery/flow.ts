/**
 * The flow that a congestion control sees: window, rates, and how far the window was used.
 *
 * @module
 */
import { type Flow, INFINITE_SSTHRESH, Phase } from "../congestion/interface.ts";
import { before } from "../../wire/seq.ts";
import type { Net } from "../../net.ts";
import type { DeliveryRate } from "./delivery_rate.ts";
import type { RecoveryHost } from "./interface.ts";
import type { RoundTrip } from "./round_trip.ts";
import type { Scoreboard } from "./scoreboard.ts";
import type { WindowedMinimum } from "./windowed_minimum.ts";

/** Where a flow's numbers come from. */
export interface FlowSources {
  /** The clock. */
  readonly net: Net;
  /** The connection. */
  readonly host: RecoveryHost;
  /** Pieces in flight. */
  readonly board: Scoreboard;
  /** Round-trip times. */
  readonly roundTrip: RoundTrip;
  /** Least round-trip time. */
  readonly leastRoundTrip: WindowedMinimum;
  /** Deliveries. */
  readonly rate: DeliveryRate;
}

/** {@link Flow} over the parts of recovery. */
export class FlowState implements Flow {
  cwnd = 1;
  ssthresh: number = INFINITE_SSTHRESH;
  cwndClamp = 0xffffffff;
  pacingRate = Infinity;
  maxPacingRate = Infinity;
  paced = false;
  phase: Phase = Phase.Open;
  peakInFlight = 0;
  flightSize = 0;
  windowLimited = false;
  /** SND.NXT when the sender last stopped. */
  private stoppedAt: number | undefined = undefined;
  /** Where the round trip ends in which {@link peakInFlight} and {@link windowLimited} are gathered. */
  private roundEnd: number | undefined = undefined;

  constructor(private readonly sources: FlowSources) {}

  get mss(): number {
    return this.sources.host.mss;
  }
  get now(): number {
    return this.sources.net.now;
  }
  get srtt(): number {
    return this.sources.roundTrip.srtt;
  }
  get minRtt(): number {
    return this.sources.leastRoundTrip.value;
  }
  get inFlight(): number {
    return this.sources.board.inFlight;
  }
  get delivered(): number {
    return this.sources.rate.delivered;
  }
  get deliveredMarked(): number {
    return this.sources.rate.deliveredMarked;
  }
  get sndUna(): number {
    return this.sources.host.sndUna;
  }
  get sndNxt(): number {
    return this.sources.host.sndNxt;
  }

  /** Whether the window is below `ssthresh` (RFC 5681 section 3.1). */
  get slowStart(): boolean {
    return this.cwnd < this.ssthresh;
  }

  /** The sender stopped; `limited` by nothing but the window (RFC 9293 section 3.8.6, RFC 7661). */
  onSendingStopped(limited: boolean): void {
    const { sndUna, sndNxt } = this;
    if (!limited && sndNxt === this.stoppedAt) return;
    this.stoppedAt = sndNxt;
    if (this.roundEnd === undefined || !before(sndUna, this.roundEnd)) {
      this.roundEnd = sndNxt;
      this.peakInFlight = 0;
      this.windowLimited = false;
    }
    this.peakInFlight = Math.max(this.peakInFlight, this.sources.board.unacked);
    this.windowLimited ||= limited;
  }

  /**
   * Whether the window may grow: it was used up, or, in slow start, half of it was (so that an application which sends in bursts of less
   * than the window gets twice what it used).
   */
  get mayGrow(): boolean { // RFC9438-4.6-applimited
    // RFC5681-3.1-use, RFC9293-MUST-19
    if (this.windowLimited) return true;
    return this.slowStart && this.cwnd < 2 * this.peakInFlight;
  }

  /** Sets the pacing rate that a window without a rate of its own is sent at: `percent` of window per round-trip time. */
  pace(slowStartPercent: number, avoidancePercent: number): void {
    if (this.srtt === 0) return;
    const percent = this.cwnd < this.ssthresh / 2 ? slowStartPercent : avoidancePercent;
    const window = Math.max(this.cwnd, this.sources.board.unacked);
    this.pacingRate = Math.min(window * this.mss * 1e6 / this.srtt * percent / 100, this.maxPacingRate);
  }
}
