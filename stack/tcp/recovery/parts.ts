/**
 * The parts of loss recovery of one connection, made once and shared by what processes acknowledgements, timers and transmissions.
 *
 * @module
 */
import type { CongestionControl } from "../congestion/interface.ts";
import type { Deviations } from "../../deviations.ts";
import type { Net } from "../../net.ts";
import type { Setting } from "../../sysctl.ts";
import { DeliveryRate } from "./delivery_rate.ts";
import { FlowState } from "./flow.ts";
import { ForwardRto } from "./forward_rto.ts";
import type { RecoveryHost } from "./interface.ts";
import { Rack } from "./rack.ts";
import { Reduction } from "./reduction.ts";
import { RoundTrip } from "./round_trip.ts";
import { Scoreboard } from "./scoreboard.ts";
import { TailLossProbe } from "./tail_loss_probe.ts";
import { WindowedMinimum } from "./windowed_minimum.ts";

/** The settings that recovery obeys. */
export interface RecoverySettings {
  /** `net.ipv4.tcp_early_retrans`: 3 and 4 allow tail loss probes. */
  readonly earlyRetransmit: Setting;
  /** `net.ipv4.tcp_frto`. */
  readonly forwardRto: Setting;
  /** `net.ipv4.tcp_reordering`: degree of reordering to begin with. */
  readonly reordering: Setting;
  /** `net.ipv4.tcp_max_reordering`. */
  readonly maxReordering: Setting;
  /** `net.ipv4.tcp_min_rtt_wlen`, s. */
  readonly minRttWindow: Setting;
  /** `net.ipv4.tcp_pacing_ss_ratio`, percent. */
  readonly pacingSlowStart: Setting;
  /** `net.ipv4.tcp_pacing_ca_ratio`, percent. */
  readonly pacingAvoidance: Setting;
  /** `net.ipv4.tcp_syn_linear_timeouts`. */
  readonly synLinearTimeouts: Setting;
  /** `net.ipv4.tcp_slow_start_after_idle`. */
  readonly slowStartAfterIdle: Setting;
}

/** The settings of `net`'s stack. */
export function recoverySettings(net: Net): RecoverySettings {
  const entry = (name: string) => net.sysctl.entry(`net.ipv4.tcp_${name}`);
  return {
    earlyRetransmit: entry("early_retrans"),
    forwardRto: entry("frto"),
    reordering: entry("reordering"),
    maxReordering: entry("max_reordering"),
    minRttWindow: entry("min_rtt_wlen"),
    pacingSlowStart: entry("pacing_ss_ratio"),
    pacingAvoidance: entry("pacing_ca_ratio"),
    synLinearTimeouts: entry("syn_linear_timeouts"),
    slowStartAfterIdle: entry("slow_start_after_idle"),
  };
}

/** What recovery is made from. */
export interface RecoveryOptions {
  /** Clock, timers, settings. */
  readonly net: Net;
  /** The connection. */
  readonly host: RecoveryHost;
  /** Congestion control to begin with. */
  readonly congestion: CongestionControl;
  /** Where to take after Linux. */
  readonly deviations: Deviations;
  /** {@link recoverySettings}, made once per stack. */
  readonly settings: RecoverySettings;
}

/** The parts. */
export class Parts {
  readonly net: Net;
  readonly host: RecoveryHost;
  readonly deviations: Deviations;
  readonly settings: RecoverySettings;
  readonly board: Scoreboard;
  readonly roundTrip: RoundTrip;
  readonly leastRoundTrip: WindowedMinimum;
  readonly rate = new DeliveryRate();
  readonly rack: Rack;
  readonly probe = new TailLossProbe();
  readonly forwardRto = new ForwardRto();
  readonly flow: FlowState;
  readonly reduction: Reduction;
  congestion: CongestionControl;
  /** Degree of reordering, segments: how many selective or duplicate acknowledgements mean a loss. */
  reordering: number;

  constructor(options: RecoveryOptions) {
    const { net, host, settings } = options;
    this.net = net;
    this.host = host;
    this.settings = settings;
    this.deviations = options.deviations;
    this.congestion = options.congestion;
    this.reordering = settings.reordering.value;
    this.board = new Scoreboard(host.queue, () => host.mss);
    this.roundTrip = new RoundTrip(host, options.deviations);
    this.leastRoundTrip = new WindowedMinimum(() => settings.minRttWindow.value * 1e6);
    this.flow = new FlowState(this);
    this.rack = new Rack(this.board, new RackKnowledge(this));
    this.reduction = new Reduction(this);
  }
}

/** What RACK asks, answered from the parts. */
class RackKnowledge {
  constructor(private readonly parts: Parts) {}
  get minRtt(): number {
    return this.parts.leastRoundTrip.value;
  }
  get srtt(): number {
    return this.parts.roundTrip.srtt;
  }
  get recovering(): boolean {
    return this.parts.reduction.recovering;
  }
  get duplicateThreshold(): number {
    return this.parts.reordering;
  }
}
