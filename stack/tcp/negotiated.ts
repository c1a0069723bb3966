/**
 * What the two ends of a connection agreed on in their SYNs.
 *
 * @module
 */
import { TCPOLEN_TSTAMP_ALIGNED, type TcpOptionsReceived } from "../wire/tcp_options.ts";
import type { TcpConfig } from "./config.ts";

/** Options of a SYN of ours. */
export interface Offer {
  readonly timestamps: boolean;
  readonly sack: boolean;
  /** Window scale, -1 for none. */
  readonly windowScale: number;
}

/** What was agreed on, and the values that go with it. Before the handshake is over: what we offer. */
export class Negotiated {
  timestamps = false;
  sack = false;
  windowScaling = false;
  ecn = false;
  /** What our SYN said of itself; absent before it was sent. */
  offered: Offer | undefined = undefined;
  /** Shift of the windows that the peer advertises. */
  sendScale = 0;
  /** Shift of the windows that we advertise. */
  receiveScale = 0;
  /** MSS that the peer announced, 0 before it did. */
  peerMss = 0;
  /** MSS that we announced. */
  announcedMss = 0;
  /** Our timestamp clock is this much ahead of stack time, ticks. */
  timestampOffset = 0;

  /** What a SYN of ours offers: all that the settings allow. */
  offer(config: TcpConfig): void {
    this.timestamps = config.timestamps.value !== 0;
    this.sack = config.sack.value !== 0;
    this.windowScaling = config.window_scaling.value !== 0;
  }

  /** The options that go with a SYN or SYN-ACK as things stand. */
  get own(): Offer {
    return {
      timestamps: this.timestamps,
      sack: this.sack,
      windowScale: this.windowScaling ? this.receiveScale : -1,
    };
  }

  /**
   * The peer's SYN or SYN-ACK has come: what it does not say is off, what it says of windows and segments is taken.
   * `defaultMss` is the one of a peer that announces none (RFC 9293 MUST-15).
   */
  settle(peer: TcpOptionsReceived, defaultMss: number): void {
    // RFC7323: an option in a <SYN,ACK> answers one in the <SYN>; what only one side says is off.
    // RFC7323-3.2-unnegotiated, RFC7323-3.2-synack
    this.timestamps &&= peer.saw_tstamp;
    // RFC2018-2-permit-synack, RFC2018-4-not-permitted
    this.sack &&= peer.sack_ok;
    // RFC7323-2.2-both, RFC7323-2.3-zero-else, RFC7323-2.3-set, RFC7323-2.2-synack-only-if
    this.windowScaling &&= peer.wscale_ok;
    this.sendScale = this.windowScaling ? peer.snd_wscale : 0;
    if (!this.windowScaling) this.receiveScale = 0;
    // RFC9293-MUST-15
    this.peerMss = peer.mss_clamp === 0 ? defaultMss : peer.mss_clamp;
  }
}

/** Octets of text in a full segment of the peer's, by what we announced and what options it will have. */
export function textPerSegment(negotiated: Negotiated): number {
  return negotiated.announcedMss - (negotiated.timestamps ? TCPOLEN_TSTAMP_ALIGNED : 0);
}
