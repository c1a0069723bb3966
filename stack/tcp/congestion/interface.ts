/**
 * What a congestion control is to the rest of TCP: told what the path did, it sets the congestion window.
 *
 * Windows, flights and deliveries are counted in segments, times in µs, rates in octets per second.
 *
 * @module
 */
import type { RateSample } from "./rate_sample.ts";

/** `ssthresh` before anything was lost (RFC 5681: arbitrarily high). */
export const INFINITE_SSTHRESH = 0x7fffffff;

/** What befell the flow; the numbers are those of `tcpi_ca_state`. */
export const Phase = {
  /** Nothing unusual. */
  Open: 0,
  /** Duplicate acknowledgements or selective ones, no loss concluded yet. */
  Disorder: 1,
  /** The window is coming down after an ECN echo. */
  Reduced: 2,
  /** Fast recovery. */
  Recovery: 3,
  /** Recovery after a retransmission timeout. */
  Loss: 4,
} as const;

/** One of {@link Phase}'s numbers. */
export type Phase = typeof Phase[keyof typeof Phase];

/** Why a window is to be reduced. */
export type Cause =
  /** A segment was lost. */
  | "loss"
  /** The retransmission timer expired. */
  | "timeout"
  /** The peer echoed a CE mark, or the local queue is full. */
  | "mark";

/** What a congestion control knows of its flow, and the window that it sets. One object per connection, kept current by recovery. */
export interface Flow {
  /** Congestion window, segments. */
  cwnd: number;
  /** Slow-start threshold, segments. */
  ssthresh: number;
  /** Most that {@link cwnd} may become, segments (`SO_SNDBUF`, route metrics). */
  cwndClamp: number;
  /** Pacing rate, octets per second; `Infinity` while nothing is known. A congestion control that {@link CongestionControl.setsPacingRate} writes it. */
  pacingRate: number;
  /** `SO_MAX_PACING_RATE`, octets per second. */
  maxPacingRate: number;
  /** Whether segments leave at {@link pacingRate}, though no queueing discipline sees to it. */
  paced: boolean;
  /** Octets per segment. */
  readonly mss: number;
  /** Stack time. */
  readonly now: number;
  /** Smoothed round-trip time, 0 before the first sample. */
  readonly srtt: number;
  /** Least round-trip time of the last minutes; `Infinity` before the first sample. */
  readonly minRtt: number;
  /** Segments in flight now (RFC 6675's pipe). */
  readonly inFlight: number;
  /** FlightSize (RFC 5681): segments sent and not acknowledged cumulatively, before the acknowledgement or timeout at hand. */
  readonly flightSize: number;
  /** Most segments that were in flight, since the window last filled, when new data was held back by nothing but the window. */
  readonly peakInFlight: number;
  /** Whether the last round trip's sending was held back by the congestion window (RFC 9293, RFC 7661). */
  readonly windowLimited: boolean;
  /** Segments delivered in all, and of them those that arrived marked with CE (as echoes tell). */
  readonly delivered: number;
  /** See {@link delivered}. */
  readonly deliveredMarked: number;
  /** First octet not acknowledged, and next to be sent. */
  readonly sndUna: number;
  /** See {@link sndUna}. */
  readonly sndNxt: number;
  /** Phase of recovery. */
  readonly phase: Phase;
}

/** What one acknowledgement delivered, for a window that grows by it. */
export interface Growth {
  /** SEG.ACK. */
  readonly ack: number;
  /** Segments newly acknowledged, cumulatively or selectively. */
  readonly delivered: number;
  /** Segments in flight before the acknowledgement. */
  readonly priorInFlight: number;
}

/** One congestion control of one connection. */
export interface CongestionControl {
  /** Its name, as in `TCP_CONGESTION`. */
  readonly name: string;
  /** Whether it asks for ECN on every connection and for each CE mark to be echoed (RFC 8257). */
  readonly needsEcn: boolean;
  /** Whether it sets {@link Flow.pacingRate} itself; else recovery derives it from window and round-trip time. */
  readonly setsPacingRate: boolean;

  /** The connection is established, or the algorithm was chosen on one that is. */
  start(flow: Flow): void;
  /** The window after an acknowledgement that found no loss under way. */
  grow(flow: Flow, growth: Growth): void;
  /** The `ssthresh` to go down to, segments. Changes nothing but the algorithm's own memory. */
  reduce(flow: Flow, cause: Cause): number;
  /** The window to go back to, segments: the last reduction was without cause (RFC 4015). */
  restore(flow: Flow, priorCwnd: number): number;
  /**
   * Sets {@link Flow.cwnd} and {@link Flow.pacingRate} after an acknowledgement, whatever the phase. An algorithm that has this does without
   * {@link grow} and without proportional rate reduction.
   */
  steer?(flow: Flow, sample: RateSample): void;
  /** A round-trip time was measured, µs, by an acknowledgement of everything before `ack`. Comes before {@link grow}. */
  onRoundTrip?(flow: Flow, rtt: number, ack: number): void;
  /** An acknowledgement came; `ece` is its ECN echo, `ack` its SEG.ACK, `octets` how much it acknowledged. */
  onAck?(flow: Flow, ack: number, octets: number, ece: boolean): void;
  /** Recovery goes over to `phase`. */
  onPhase?(flow: Flow, phase: Phase): void;
  /** Data goes out when nothing was in flight; `idle` is the time since the last transmission. */
  onSendAfterIdle?(flow: Flow, idle: number): void;
  /** A segment came in whose IP header has, or has no, CE mark (RFC 8257's receiver half). */
  onReceived?(flow: Flow, ce: boolean): boolean;
  /** Least segments per burst that the sender should gather, 0 for its own rule. */
  burst?(flow: Flow): number;
  /** What `TCP_CC_INFO` gives, as bytes of `union tcp_cc_info`; nothing when it has none. */
  info?(flow: Flow): Uint8Array;
}
