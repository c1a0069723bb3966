/**
 * Loss recovery of one connection: what its sender talks to.
 *
 * @module
 */
import { type CongestionControl, type Flow, Phase } from "../congestion/interface.ts";
import { Counter } from "../../mib_counters.ts";
import { diff, max as seqMax } from "../../wire/seq.ts";
import { AckProcessing } from "./ack.ts";
import type { AckOutcome, AckReport, LossRecovery, RecoveryInfo } from "./interface.ts";
import { Parts, type RecoveryOptions } from "./parts.ts";
import type { SentSegment } from "./sent_segment.ts";
import { Timeouts } from "./timeouts.ts";
import { InfoView } from "./info.ts";

/** Segments that a connection starts with (RFC 6928). */
const INITIAL_WINDOW = 10;
/** Octets that RFC 6928 allows a connection to start with where two segments are not more. */
const INITIAL_WINDOW_OCTETS = 14_600;

/** See {@link LossRecovery}. */
export class Recovery implements LossRecovery {
  private readonly parts: Parts;
  private readonly ack: AckProcessing;
  private readonly timeoutState: Timeouts;
  private readonly totals = { retransmissions: 0, octetsRetransmitted: 0, octetsSent: 0 };
  readonly info: RecoveryInfo;
  private lastSentAt = 0;
  private started = false;

  /** Recovery for one connection, nothing sent yet. */
  constructor(options: RecoveryOptions) {
    this.parts = new Parts(options);
    this.ack = new AckProcessing(this.parts);
    this.timeoutState = new Timeouts(this.parts);
    this.info = new InfoView(this.parts, this.ack, this.timeoutState, this.totals);
  }

  get flow(): Flow {
    return this.parts.flow;
  }
  get congestion(): CongestionControl {
    return this.parts.congestion;
  }
  get rto(): number {
    return this.timeoutState.rto;
  }
  get backoff(): number {
    return this.timeoutState.backoff;
  }
  get timeouts(): number {
    return this.timeoutState.count;
  }
  get congestionWindowReduced(): boolean {
    return this.parts.reduction.announce;
  }
  set congestionWindowReduced(announce: boolean) {
    this.parts.reduction.announce = announce;
  }

  setCongestion(congestion: CongestionControl): void {
    this.parts.congestion = congestion;
    if (this.started) congestion.start(this.parts.flow);
  }

  onEstablished(rtt: number, timeouts: number): void {
    const { flow, congestion, roundTrip, leastRoundTrip, host, net } = this.parts;
    if (rtt >= 0 && !roundTrip.measured) {
      roundTrip.sample(rtt, host.sndUna, host.sndNxt);
      leastRoundTrip.add(rtt, net.now);
    }
    if (timeouts > 0 && !roundTrip.measured) roundTrip.onHandshakeTimeouts(); // RFC6298-5.7-syn
    flow.cwnd = this.initialWindow(timeouts);
    flow.phase = Phase.Open;
    this.started = true;
    congestion.start(flow);
    this.setPacing();
  }

  private initialWindow(timeouts: number): number {
    const { deviations, host } = this.parts;
    // RFC5681-3.1-iw-synloss, RFC6928-2-synloss
    if (timeouts > (deviations.oneSynLossForgiven ? 1 : 0)) return 1; // RFC 5681 section 3.1
    if (host.initialWindow > 0) return host.initialWindow;
    if (deviations.initialWindowTen) return INITIAL_WINDOW;
    // RFC6928-2-iw, RFC6928-2-upper, RFC5681-3.1-iw-synack
    const octets = Math.min(INITIAL_WINDOW * host.mss, Math.max(2 * host.mss, INITIAL_WINDOW_OCTETS)); // RFC 6928 section 2
    return Math.max(Math.floor(octets / host.mss), 1);
  }

  private setPacing(): void {
    const { flow, settings, congestion } = this.parts;
    if (!congestion.setsPacingRate) flow.pace(settings.pacingSlowStart.value, settings.pacingAvoidance.value);
  }

  onAck(report: AckReport): AckOutcome {
    return this.ack.process(report);
  }

  afterAck(): void {
    this.parts.board.released = 0;
    this.timeoutState.afterAck(this.ack.advanced, this.ack.restarts, this.ack.reorderingWait, this.ack.measured);
  }

  onSent(segment: SentSegment): void {
    const { board, host, net, rate, reduction } = this.parts;
    const { now } = net;
    const again = segment.transmissions > 0;
    const nothingOutstanding = board.unacked === 0;
    rate.onSent(segment, board.inFlight, now);
    board.onSent(segment);
    segment.transmissions++;
    segment.sentAt = this.lastSentAt = now;
    reduction.onSent(segment.pieces);
    this.totals.octetsSent += diff(segment.end, segment.seq);
    if (!again) {
      segment.firstSentAt = now;
      this.timeoutState.onSentNew(nothingOutstanding);
      return;
    }
    this.countAgain(segment);
    reduction.undo.onSentAgain(segment);
    this.timeoutState.onSentAgain(segment === host.queue.sentAt(0));
  }

  private countAgain(segment: SentSegment): void {
    const { flow, host } = this.parts;
    this.totals.retransmissions += segment.pieces;
    this.totals.octetsRetransmitted += diff(segment.end, segment.seq);
    if (host.handshake) host.count(Counter.TcpExtTCPSynRetrans);
    else if (flow.phase === Phase.Recovery) host.count(Counter.TcpExtTCPFastRetrans, segment.pieces);
    else if (flow.phase === Phase.Loss) host.count(Counter.TcpExtTCPSlowStartRetrans, segment.pieces);
  }

  resize(segment: SentSegment, pieces: number): void {
    if (pieces !== segment.pieces) this.parts.board.resize(segment, pieces);
  }

  onWindowProbe(): void {
    this.timeoutState.onWindowProbe();
  }

  cut(segment: SentSegment, seq: number): void {
    this.parts.board.cut(segment, seq);
  }

  nextRetransmission(maxPieces: number): SentSegment | undefined {
    const { board, forwardRto } = this.parts;
    if (board.waiting === 0 || forwardRto.holdsRetransmissions) return undefined;
    return board.nextToResend(Math.min(this.quota(), maxPieces)); // RFC8985-9.3-cc
  }

  quota(): number {
    const { board, flow } = this.parts;
    // RFC5681-2-limit
    return Math.max(flow.cwnd - board.inFlight, 0);
  }

  beforeNewData(): void {
    const { board, congestion, flow, net, settings } = this.parts;
    if (board.unacked > 0 || this.lastSentAt === 0) return;
    const idle = net.now - this.lastSentAt;
    congestion.onSendAfterIdle?.(flow, idle);
    // RFC5681-4.1-restart
    if (settings.slowStartAfterIdle.value !== 0 && congestion.steer === undefined && idle > this.rto) {
      this.restartWindow(idle);
    }
  }

  /** RFC 5681 section 4.1: the restart window, IW; reached in halves per timeout as RFC 2861 has it. */
  private restartWindow(idle: number): void {
    const { flow, deviations } = this.parts;
    // RFC5681-4.1-restart
    const least = Math.min(this.initialWindow(0), flow.cwnd);
    if (!deviations.idleWindowHalves) {
      flow.cwnd = least;
      return;
    }
    flow.ssthresh = Math.max(flow.ssthresh, Math.floor(flow.cwnd * 3 / 4));
    for (let left = idle - this.rto; left > 0 && flow.cwnd > least; left -= this.rto) {
      flow.cwnd = Math.floor(flow.cwnd / 2);
    }
    flow.cwnd = Math.max(flow.cwnd, least);
  }

  afterSending(limited: boolean): void {
    this.parts.flow.onSendingStopped(limited);
  }

  onAppLimited(): void {
    this.parts.rate.onAppLimited(this.parts.board.inFlight);
  }

  onSegmentsTooLarge(mss: number): void {
    const { board, host, reduction } = this.parts;
    for (let i = 0; i < host.queue.sentCount; i++) {
      const segment = host.queue.sentAt(i);
      const octets = diff(segment.end, segment.seq);
      if (octets / segment.pieces <= mss) continue;
      board.resize(segment, Math.max(Math.ceil(octets / mss), 1));
      board.markLost(segment);
    }
    if (board.lost > 0) reduction.resendOnly();
  }

  onSynText(accepted: boolean): void {
    const { board, host, rate } = this.parts;
    // SYN and text count as one delivery.
    if (accepted) rate.delivered = Math.max(rate.delivered - 1, 1);
    for (let i = 0; i < host.queue.sentCount; i++) {
      const segment = host.queue.sentAt(i);
      segment.seq = seqMax(segment.seq, host.sndUna);
      const octets = diff(segment.end, segment.seq);
      board.resize(segment, Math.max(Math.ceil(octets / host.mss), 1));
      board.markLost(segment);
    }
  }

  onLocalCongestion(): void {
    const { board, flow, reduction } = this.parts;
    flow.flightSize = board.unacked;
    reduction.enterReduced(board.unacked - board.sacked, "mark");
  }

  onUnreachable(): void {
    this.timeoutState.onUnreachable();
  }

  stop(): void {
    this.timeoutState.stop();
  }
}
