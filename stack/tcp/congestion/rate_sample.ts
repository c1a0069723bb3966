/**
 * What a delivery-rate sample says (draft-ietf-ccwg-bbr, section "Delivery Rate Samples"). Made by `recovery/delivery_rate.ts`.
 *
 * @module
 */

/** The sample that one acknowledgement gave. One object per connection, written anew for each acknowledgement. */
export interface RateSample {
  /** Segments delivered in {@link interval}, or -1 when the acknowledgement gives no rate. */
  delivered: number;
  /** The time that took, µs: the longer of the sending and the acknowledging side; -1 when there is no rate. */
  interval: number;
  /** {@link import("./interface.ts").Flow.delivered} when the newest of the acknowledged segments was sent. */
  priorDelivered: number;
  /** Whether the sender had too little to send at that time. */
  appLimited: boolean;
  /** Whether the newest of the acknowledged segments had been sent more than once. */
  retransmitted: boolean;
  /** Segments that this acknowledgement newly marked lost. */
  losses: number;
  /** Segments that this acknowledgement newly acknowledged, selectively or not. */
  newlyDelivered: number;
  /** Segments in flight before the acknowledgement. */
  priorInFlight: number;
  /** A round-trip time measured by this acknowledgement, µs, or -1. */
  rtt: number;
  /** Segments in flight when the newest of the acknowledged was sent. */
  sentInFlight: number;
  /** Whether the acknowledgement may be a delayed one. */
  delayedAck: boolean;
}
