/**
 * Where Linux, as watched, parts from what an RFC says (or from what it recommends). Each row is one named condition in the code;
 * the profile `linux` has them all, the profile `rfc` none.
 *
 * @module
 */

/** One point of difference. */
export interface Deviation {
  /** The clause that says otherwise: an id of the catalogue, or document and section. */
  readonly clause: string;
  /** What Linux does instead. */
  readonly linux: string;
}

/** All points of difference by the name of the condition in the code. */
export const DEVIATIONS = {
  rtoMinimum: {
    clause: "RFC6298-2.4-min",
    linux: "the retransmission timeout is at least the smoothed round-trip time plus 200 ms, not 1 s",
  },
  slowVariance: {
    clause: "RFC6298-2.3-next",
    linux: "the variance in the timeout rises at once and comes down by a quarter of the difference per round trip; " +
      "a sample far below the mean raises the deviation by an eighth of the gain",
  },
  synLinearTimeouts: {
    clause: "RFC6298-5.5-backoff",
    linux: "the first timeouts of a SYN (net.ipv4.tcp_syn_linear_timeouts) do not double the next",
  },
  lossWindow: {
    clause: "RFC5681-3.1-rto-cwnd",
    linux: "after a timeout the window is one segment more than what RACK still takes to be in flight",
  },
  growOutOfOrder: {
    clause: "RFC5681-3.2-s1-cwnd",
    linux: "where much reordering has been seen, selective acknowledgements open the window, too",
  },
  initialWindowTen: {
    clause: "RFC 6928 section 2",
    linux: "the initial window is 10 segments of whatever size",
  },
  oneSynLossForgiven: {
    clause: "RFC5681-3.1-iw-synloss",
    linux: "one retransmission of SYN or SYN-ACK does not reduce the initial window",
  },
  idleWindowHalves: {
    clause: "RFC5681-4.1-restart",
    linux: "an idle window is halved for each timeout of idleness, down to the initial window (RFC 2861)",
  },
  slowStartByDelivery: {
    clause: "RFC5681-3.1-ss-inc",
    linux: "slow start opens the window by all that an acknowledgement delivers, not by one segment",
  },
  reduceWindow: {
    clause: "RFC5681-3.1-ssthresh-reduce",
    linux:
      "the threshold is computed from the window, not from what is in flight (the window is not left to outgrow its use)",
  },
  plainHyStart: {
    clause: "RFC 9406 section 4.2",
    linux: "slow start ends at once when HyStart finds a queue: no conservative slow start, and no way back",
  },
  cubicCoarseClock: {
    clause: "RFC9438-4.2-convex",
    linux: "CUBIC looks at the clock 32 times a second at most while the window stands still",
  },
  cubicExplores: {
    clause: "RFC9438-4.8-timeout",
    linux: "without a W_max CUBIC opens the window by a twentieth per round trip at least",
  },
  pawsSlack: {
    clause: "RFC 7323 section 5.3 R1",
    linux: "a timestamp one tick before TS.Recent is let through",
  },
  unreachableEndsHandshake: {
    clause: "RFC9293-MUST-56",
    linux: "any ICMP error, a soft one too, ends a handshake",
  },
  userTimeoutFromResending: {
    clause: "RFC 5482 section 1",
    linux: "the user timeout counts from the first retransmission, not from the transmission",
  },
  probesFromPathMtu: {
    clause: "RFC 4821 section 7.2",
    linux: "while the path MTU is searched, packets stay as large as the route says until a probe has arrived",
  },
  minshallNagle: {
    clause: "RFC9293-SHLD-7",
    linux: "a small segment waits for small segments only, not for full ones",
  },
  flaglessDropped: {
    clause: "RFC9293-3.10.7.4-seq-unacceptable",
    linux: "a segment with none of ACK, RST and SYN is dropped before its sequence number is looked at",
  },
  openFromBroadcast: {
    clause: "RFC9293-MUST-63",
    linux: "a SYN from the broadcast address of a local network is answered",
  },
  resetForSecondSyn: {
    clause: "RFC9293-3.10.7.4-syn-synrcvd-passive",
    linux: "a SYN in the window that ends a half-open connection is answered with a RST",
  },
  hardErrorsAreSoft: {
    clause: "RFC9293-SHLD-26",
    linux: "hard ICMP errors do not end a connection that is established (RFC 5927 section 5.2)",
  },
  mssFromPathMtu: {
    clause: "RFC1191-3.1-mss-announce",
    linux: "the MSS that is announced comes from the route, whose MTU is the path MTU once that is known",
  },
  timestampMayBeMissing: {
    clause: "RFC7323-3.2-missing-drop",
    linux: "segments without a timestamp are taken on a connection with timestamps",
  },
  synAckTextDropped: {
    clause: "RFC9293-3.10.7.3-synsent-syn-data",
    linux: "text on a SYN-ACK is dropped unless the SYN asked for Fast Open",
  },
  crossingOpenReset: {
    clause: "RFC9293-3.10.7.4-rst-synrcvd-active",
    linux: "a reset in SYN-RECEIVED after an active open is reported as ECONNRESET",
  },
  crossingRepeatsOffer: {
    clause: "RFC7323-2.2-synack-only-if",
    linux: "the SYN-ACK of crossing SYNs has the options of our SYN, offered by the peer or not",
  },
  fourBlocksRemembered: {
    clause: "RFC2018-3-block-edges",
    linux:
      "of out-of-order text only the last four SACK blocks are remembered; what joins an older one begins a new block",
  },
  staleAckKeepsTimestamp: {
    clause: "RFC7323-4.3-update",
    linux: "a segment that acknowledges less than SND.UNA does not bring a new TS.Recent",
  },
  textAfterFinResets: {
    clause: "RFC9293-3.10.7.4-text-closewait",
    linux: "text beyond the peer's FIN that reaches back before it is answered with a RST",
  },
  shortSynPatience: {
    clause: "RFC9293-MUST-23",
    linux: "with the default settings a SYN is given up after 131 s",
  },
  conflictsUnnoticed: {
    clause: "RFC5227-2.4-respond",
    linux: "an address that another host uses, too, is neither defended nor given up",
  },
  timerSlack: {
    clause: "RFC8985-6.2-timer",
    linux: "the timers for reordering and for a tail loss probe run 2 ms longer",
  },
  timerCountsAsDelivery: {
    clause: "RFC9937-6.2-zero",
    linux: "where the reordering timer finds losses, PRR counts one segment as delivered",
  },
  selectiveEchoIgnored: {
    clause: "RFC8985-6.2-step2",
    linux: "the echoed timestamp of a selective acknowledgement does not speak against a retransmission",
  },
  oneReduction: {
    clause: "RFC5681-3.1-rto-ssthresh",
    linux: "a timeout while the window is coming down already does not lower the threshold once more",
  },
  lastAckGrows: {
    clause: "RFC5681-3.2-s6-deflate",
    linux: "the acknowledgement that ends a recovery counts towards the window's growth, too",
  },
  resetBehindGap: {
    clause: "RFC5961-3.2-challenge",
    linux:
      "a reset whose sequence number is the end of all text that came, gaps or not, ends the connection where SACK is agreed on",
  },
  shrunkWindowIgnored: {
    clause: "RFC9293-3.10.7.4-ack-window-update",
    linux:
      "a smaller window that comes with nothing new is not taken, nor does it keep an acknowledgement from being a duplicate",
  },
  wholeSegmentsOnly: {
    clause: "RFC6298-5.3-restart",
    linux:
      "an acknowledgement of a part of a segment does not restart the retransmission timer and gives no round-trip time",
  },
} as const satisfies Readonly<Record<string, Deviation>>;

/** The name of a row. */
export type DeviationName = keyof typeof DEVIATIONS;

/** Which of the differences a stack has. */
export type Deviations = Readonly<Record<DeviationName, boolean>>;

/** Whom a stack takes after. */
export type Profile = "linux" | "rfc";

/** The conditions of `profile`. */
export function deviationsOf(profile: Profile): Deviations {
  const names = Object.keys(DEVIATIONS) as DeviationName[];
  return Object.fromEntries(names.map((name) => [name, profile === "linux"])) as Record<DeviationName, boolean>;
}
