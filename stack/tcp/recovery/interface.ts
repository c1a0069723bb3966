/**
 * The boundary between a connection's sender and loss recovery.
 *
 * The sender owns the queue of segments and transmits; recovery owns the marks on them, the congestion window and the
 * retransmission timers. Told what an acknowledgement said ({@link AckReport}), it answers what came of it
 * ({@link AckOutcome}); the sender then asks {@link LossRecovery.nextRetransmission} and {@link LossRecovery.quota} until
 * neither gives it more to send.
 *
 * Counts are in segments of one MSS ("pieces"), times in µs of stack time, sequence numbers 32-bit unsigned (`wire/seq.ts`).
 *
 * @module
 */
import type { CongestionControl, Flow, Phase } from "../congestion/interface.ts";
import type { SentSegment } from "./sent_segment.ts";

/** The sent part of the send queue: what was sent at least once and is not acknowledged, in order. Implemented by `send/queue.ts`. */
export interface SentQueue {
  /** How many segments. */
  readonly sentCount: number;
  /** The segment at `index`, `0 <= index < sentCount`; 0 is the oldest. */
  sentAt(index: number): SentSegment;
  /** Index of the segment that holds `seq`: the last with `segment.seq <= seq`; -1 when `seq` lies before all. By bisection. */
  sentIndexOf(seq: number): number;
  /**
   * Cuts the segment at `index` in two at `seq`. The first keeps its identity, the second comes right after and has the same marks;
   * `pieces` are shared out: the second has `ceil(length / mss)` of them, at least one less than there were, the first the rest.
   * Neighbours in the order of transmission are recovery's to join. Returns the second.
   */
  split(index: number, seq: number): SentSegment;
}

/** SACK blocks of one acknowledgement as they came, DSACK first when there is one. */
export interface SackBlocks {
  /** How many blocks, 0 when the option is absent. */
  count: number;
  /** Left edges. */
  readonly left: Uint32Array;
  /** Right edges (exclusive). */
  readonly right: Uint32Array;
}

/** What an acceptable acknowledgement said. One object, written anew by the connection for each. */
export interface AckReport {
  /** SEG.ACK; may lie before `snd_una` (then its SACK blocks still count). */
  ack: number;
  /** SACK blocks. Empty unless SACK was agreed on. */
  readonly sack: SackBlocks;
  /** TSecr, when timestamps are in use and the segment carried one. */
  timestampEcho: number | undefined;
  /** ECE, on a connection that uses ECN. */
  ece: boolean;
  /** Whether the segment carried data, SYN or FIN (then it is no duplicate acknowledgement). */
  carriesData: boolean;
  /** Whether the window it advertised differs from the one before. */
  windowChanged: boolean;
  /** When the segment arrived, µs. */
  now: number;
}

/** What came of an acknowledgement. One object per connection, written anew for each. */
export interface AckOutcome {
  /** Segments (pieces) that left the queue. */
  acked: number;
  /** Whether it told anything new of sent data: cumulative or selective (RFC 9293's forward progress; confirms the neighbour). */
  progress: boolean;
  /** Whether it was a duplicate that said a whole segment arrived twice (DSACK). */
  dsack: boolean;
  /** How many queued segments, from the oldest on, are acknowledged whole: the queue may drop them. */
  acknowledgedSegments: number;
  /** Round-trip time that it gave, µs, or -1. */
  rtt: number;
}

/** What recovery asks of the connection it serves. */
export interface RecoveryHost {
  /** The sent segments. */
  readonly queue: SentQueue;
  /** First octet not acknowledged. During {@link LossRecovery.onAck} still the one before. */
  readonly sndUna: number;
  /** Next octet to be sent for the first time. */
  readonly sndNxt: number;
  /** Octets written and never sent yet, a FIN counted as one. */
  readonly unsentOctets: number;
  /** SND.UNA + SND.WND, as the last window update left it. */
  readonly windowEnd: number;
  /** Effective send MSS, octets of data without options. */
  readonly mss: number;
  /** Whether SACK was agreed on. */
  readonly sackPermitted: boolean;
  /** Whether timestamps were agreed on. */
  readonly timestamps: boolean;
  /** Our timestamp clock now, in ticks as sent in TSval. */
  timestampNow(): number;
  /** Ticks of our timestamp clock to µs (1000 for a millisecond clock, 1 with `TCPI_OPT_USEC_TS`). */
  readonly timestampTick: number;
  /** How far the connection is; recovery limits and times SYNs otherwise than data. */
  readonly handshake: boolean;
  /** The sender asks for linear timeouts (`TCP_THIN_LINEAR_TIMEOUTS`, `net.ipv4.tcp_thin_linear_timeouts`). */
  readonly thinLinearTimeouts: boolean;
  /** A route's or socket's least retransmission timeout, µs (200 000 unless set; `TCP_RTO_MIN_US`). */
  readonly rtoMin: number;
  /** The largest, µs (120 s unless set; `TCP_RTO_MAX_MS`). */
  readonly rtoMax: number;
  /** Segments that the route lets a connection start with (`initcwnd`), 0 for the usual. */
  readonly initialWindow: number;
  /** How long sent data may stay unacknowledged, µs (`TCP_USER_TIMEOUT`), 0 for no limit of its own. */
  readonly userTimeout: number;

  /**
   * Send whatever {@link LossRecovery.nextRetransmission} and {@link LossRecovery.quota} now allow: a timer has changed what they say.
   * Called from timers only, never from within another call into recovery.
   */
  transmitPending(): void;
  /** Send one new segment beyond the congestion window if there is one and the peer's window takes it. Returns whether one went. */
  sendNewProbe(): boolean;
  /** Send `segment` again, whatever the window: a tail-loss probe, a timeout with the peer's window shut. */
  sendAgain(segment: SentSegment): void;
  /**
   * A retransmission timeout is due: may the connection go on? `false` when it was given up (retries or user timeout used up, the socket told).
   * `timeouts` is how many have passed without progress, this one not counted; `since` when the user timeout began to count, undefined when it does not yet.
   */
  mayContinue(timeouts: number, since: number | undefined): boolean;
  /** The oldest segment, which begins at `seq`, is lost and nothing before it. Whether it was only sent to see if the path carries its size (RFC 4821). */
  wasMtuProbe(seq: number): boolean;
  /** A counter of `TcpExt`/`Tcp` by {@link import("../../mib.ts").Counter}, plus `by`. */
  count(counter: number, by?: number): void;
}

/** Loss recovery of one connection, with its timers and its congestion window. */
export interface LossRecovery {
  /** Window and rates, shared with the congestion control. */
  readonly flow: Flow;
  /** The congestion control in use. */
  readonly congestion: CongestionControl;
  /** Current retransmission timeout, µs, with backoff. */
  readonly rto: number;
  /** Doublings of it. */
  readonly backoff: number;
  /** Retransmission timeouts without progress (`tcpi_retransmits`). */
  readonly timeouts: number;
  /** The next new segment has to carry CWR (RFC 3168 section 6.1.2); the sender clears it. */
  congestionWindowReduced: boolean;
  /** State for `TCP_INFO` and the like. */
  readonly info: RecoveryInfo;

  /** Chooses another congestion control (`TCP_CONGESTION`). */
  setCongestion(congestion: CongestionControl): void;
  /**
   * The three-way handshake is over: window and congestion control start. `rtt` is what the handshake measured (listener's side), or -1;
   * `timeouts` how often its SYN or SYN-ACK timed out (RFC 5681 section 3.1, RFC 6298 (5.7)).
   */
  onEstablished(rtt: number, timeouts: number): void;
  /** See {@link AckReport}. Before the queue drops what is acknowledged and before `snd_una` moves, after the peer's window has been taken. */
  onAck(report: AckReport): AckOutcome;
  /** After {@link onAck}, once queue and `snd_una` have moved: timers are set. */
  afterAck(): void;
  /** `segment` went out, for the first time or again, `host.sndNxt` already moved. */
  onSent(segment: SentSegment): void;
  /** `segment`, sent before, makes `pieces` segments on the wire from now on. */
  resize(segment: SentSegment, pieces: number): void;
  /** What to send again next, at most `flow.cwnd` allowing; `undefined` when nothing. May split the queue so that it is no larger than `maxPieces`. */
  nextRetransmission(maxPieces: number): SentSegment | undefined;

  /** What was sent last was text that probes the peer's window: it waits for its acknowledgement or a timeout, and for no probe of losses. */
  onWindowProbe(): void;

  /** A segment of one piece is to be sent again as two: cuts it at `seq`. */
  cut(segment: SentSegment, seq: number): void;
  /** Segments of new data that may go now. */
  quota(): number;
  /** New data is about to go: restarts an idle window (RFC 5681 section 4.1). To be called before {@link quota} when there is something to send. */
  beforeNewData(): void;
  /** The sender has sent all it could. `limited`: it had more, and only the congestion window held it back. */
  afterSending(limited: boolean): void;
  /** The sender ran out of data, with window to spare (delivery rate's app-limited). */
  onAppLimited(): void;
  /** A smaller path MTU was learned: what is larger than `mss` will not arrive and is to go again at once, without reducing the window. */
  onSegmentsTooLarge(mss: number): void;
  /** A SYN with text was acknowledged, its text too or not: what is left of it is to go again at once. */
  onSynText(accepted: boolean): void;
  /** The local queue dropped or marked a segment: one reduction per round trip. */
  onLocalCongestion(): void;
  /** A soft ICMP error for the oldest segment: one backoff is taken back (RFC 6069). */
  onUnreachable(): void;
  /** The connection sends no more: stops all timers. */
  stop(): void;
}

/** What `TCP_INFO` shows of recovery. */
export interface RecoveryInfo {
  /** Smoothed round-trip time, µs. */
  readonly srtt: number;
  /** Its mean deviation, µs (`tcpi_rttvar`). */
  readonly rttvar: number;
  /** Least round-trip time, µs; `Infinity` before the first. */
  readonly minRtt: number;
  /** Pieces sent and not acknowledged. */
  readonly unacked: number;
  /** Pieces acknowledged selectively, or duplicate acknowledgements without SACK. */
  readonly sacked: number;
  /** Pieces concluded lost. */
  readonly lost: number;
  /** Pieces whose retransmission is in flight. */
  readonly retransmitted: number;
  /** Retransmissions in all. */
  readonly totalRetransmissions: number;
  /** Octets retransmitted in all. */
  readonly octetsRetransmitted: number;
  /** Octets sent in all, retransmissions included. */
  readonly octetsSent: number;
  /** Segments that a DSACK said arrived twice. */
  readonly dsackDuplicates: number;
  /** Degree of reordering, segments. */
  readonly reordering: number;
  /** How often reordering was seen. */
  readonly reorderingSeen: number;
  /** {@link Phase}. */
  readonly phase: Phase;
  /** Delivery rate of the last good sample, octets per second, 0 before. */
  readonly deliveryRate: number;
  /** Whether it was app-limited. */
  readonly deliveryRateAppLimited: boolean;
  /** Total of timeouts, recoveries after them and the time spent so, ms (`tcpi_total_rto …`). */
  readonly totalTimeouts: number;
  /** See {@link totalTimeouts}. */
  readonly totalTimeoutRecoveries: number;
  /** See {@link totalTimeouts}. */
  readonly totalTimeoutTime: number;
}
