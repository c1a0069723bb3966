/**
 * Reductions of the window: when they begin, how they end, and taking them back.
 *
 * @module
 */
import { type Cause, type CongestionControl, type Flow, INFINITE_SSTHRESH, Phase } from "../congestion/interface.ts";
import type { Deviations } from "../../deviations.ts";
import { Counter } from "../../mib_counters.ts";
import type { ForwardRto } from "./forward_rto.ts";
import type { RecoveryHost } from "./interface.ts";
import { diff } from "../../wire/seq.ts";
import { ProportionalRate } from "./proportional_rate.ts";
import type { Scoreboard } from "./scoreboard.ts";
import type { TailLossProbe } from "./tail_loss_probe.ts";
import { Undo } from "./undo.ts";

/** What a reduction works on. */
export interface ReductionParts {
  /** The connection. */
  readonly host: RecoveryHost;
  /** Marks. */
  readonly board: Scoreboard;
  /** The window. */
  readonly flow: Flow & { phase: Phase };
  /** The congestion control. */
  readonly congestion: CongestionControl;
  /** The tail loss probe. */
  readonly probe: TailLossProbe;
  /** F-RTO. */
  readonly forwardRto: ForwardRto;
  /** Where to take after Linux. */
  readonly deviations: Deviations;
}

/** The phase of one connection and what belongs to it. */
export class Reduction {
  /** What the reduction may be taken back to. */
  readonly undo: Undo;
  /** RecoveryPoint (RFC 6675): SND.NXT when the last reduction began; undefined before the first. */
  point: number | undefined = undefined;
  /** The next new segment has to carry CWR (RFC 3168 section 6.1.2). */
  announce = false;
  private readonly rate = new ProportionalRate();
  private reducing = false;

  constructor(private readonly parts: ReductionParts) {
    this.undo = new Undo(parts.host);
  }

  /** The phase. */
  get phase(): Phase {
    return this.parts.flow.phase;
  }

  /** Whether a recovery or the time after a timeout is under way. */
  get recovering(): boolean {
    return this.phase >= Phase.Recovery;
  }

  /** Whether PRR sets the window now. */
  get proportional(): boolean {
    return this.reducing && this.parts.congestion.steer === undefined;
  }

  /** Goes over to `phase`. */
  setPhase(phase: Phase): void {
    const { flow, congestion } = this.parts;
    if (flow.phase === phase) return;
    congestion.onPhase?.(flow, phase);
    flow.phase = phase;
  }

  /** Open, or Disorder while something is out of order. */
  settle(): void {
    this.setPhase(this.parts.board.sacked > 0 ? Phase.Disorder : Phase.Open);
  }

  /** An ECN echo or a full local queue: one reduction per round trip, nothing is sent again. `flight` as in {@link enterRecovery}. */
  enterReduced(flight: number, cause: Cause): void {
    if (this.phase >= Phase.Reduced) return;
    this.undo.forget();
    this.begin(flight, cause);
    this.setPhase(Phase.Reduced);
  }

  /** Something was lost while no recovery was under way; arguments as {@link enterRecovery}'s. */
  onLoss(flight: number, ack: number): void {
    if (this.lossIsHarmless) this.resendOnly();
    else this.enterRecovery(flight, ack);
  }

  /** Whether what was lost says nothing of congestion: it was a probe for a larger path MTU (RFC 4821 section 7.6.2). */
  private get lossIsHarmless(): boolean {
    const { board, host } = this.parts;
    const oldest = board.oldest();
    if (oldest === undefined || !host.wasMtuProbe(oldest.seq)) return false;
    board.resize(oldest, Math.max(Math.ceil(diff(oldest.end, oldest.seq) / host.mss), 1));
    return true;
  }

  /** What is marked goes again, without a reduction: segments were too large for the path. */
  resendOnly(): void {
    if (this.recovering) return;
    this.undo.forget();
    this.point = this.parts.host.sndNxt;
    this.reducing = false;
    this.setPhase(Phase.Loss);
  }

  /**
   * Something was lost (RFC6675-5-enter). `flight` is what was in flight before the acknowledgement that told so, `ack` its SEG.ACK.
   * A reduction that is under way is not made deeper (RFC6675-5-no-reenter).
   */
  enterRecovery(flight: number, ack: number): void {
    const { flow, host, probe } = this.parts;
    if (this.phase === Phase.Reduced) this.undo.forget();
    else this.undo.begin(flow.cwnd, flow.ssthresh, ack);
    if (!this.reducing) this.begin(flight, "loss");
    this.point = host.sndNxt; // RFC6675-5-recoverypoint
    probe.reset(); // RFC8985-7.1-init
    host.count(host.sackPermitted ? Counter.TcpExtTCPSackRecovery : Counter.TcpExtTCPRenoRecovery);
    this.setPhase(Phase.Recovery);
  }

  private begin(flight: number, cause: Cause): void {
    const { flow, host, congestion } = this.parts;
    this.rate.begin(flight);
    flow.ssthresh = congestion.reduce(flow, cause);
    this.point = host.sndNxt;
    this.reducing = this.announce = true;
  }

  /**
   * The retransmission timer expired. The threshold is lowered when a segment times out `first`, not when its retransmission does, too
   * (RFC 5681 section 3.1); the window is one segment. The caller has marked what is lost.
   */
  enterLoss(first: boolean): void {
    const { flow, host, congestion, board, probe } = this.parts;
    if (first) {
      this.undo.begin(flow.cwnd, flow.ssthresh, host.sndUna);
      flow.ssthresh = congestion.reduce(flow, "timeout");
    }
    this.setPhase(Phase.Loss);
    flow.cwnd = this.parts.deviations.lossWindow ? board.inFlight + 1 : 1; // RFC5681-3.1-rto-cwnd
    this.reducing = false;
    this.announce = true;
    this.point = host.sndNxt;
    probe.reset(); // RFC8985-7.1-init
  }

  /** Everything up to {@link point} has arrived: the phase is over (RFC6675-5-exit). */
  leave(): void {
    const { flow, forwardRto, congestion } = this.parts;
    if (this.reducing && flow.ssthresh < INFINITE_SSTHRESH && congestion.steer === undefined) flow.cwnd = flow.ssthresh; // RFC9937-6.4-end
    this.reducing = false;
    forwardRto.stop();
    this.settle();
  }

  /** A tail loss probe repaired a loss: the window comes down at once (RFC8985-7.4.2-cc). */
  reduceAtOnce(): void {
    if (this.phase >= Phase.Reduced) return;
    this.enterReduced(1, "loss");
    this.leave();
  }

  /** The reduction was without cause: back to what was before (RFC 4015; RFC5682-4-response, RFC9438-4.9.2-spurious-fr). */
  takeBack(): void {
    const { flow, board, congestion, forwardRto } = this.parts;
    const { undo } = this;
    board.unmarkLost();
    flow.cwnd = Math.max(flow.cwnd, congestion.restore(flow, undo.priorCwnd));
    flow.ssthresh = Math.max(flow.ssthresh, undo.priorSsthresh);
    this.reducing = this.announce = false;
    undo.forget();
    forwardRto.stop();
    this.settle();
  }

  /** `pieces` went out. */
  onSent(pieces: number): void {
    if (this.reducing) this.rate.onSent(pieces);
  }

  /** The window after an acknowledgement while it comes down. */
  onAck(delivered: number, safe: boolean): void {
    const { flow, board } = this.parts;
    flow.cwnd = this.rate.onAck(delivered, board.inFlight, flow.ssthresh, safe) ?? flow.cwnd;
  }

  /** The window after a timer found losses. */
  onTimer(): void {
    const { flow, board } = this.parts;
    if (!this.proportional) return;
    flow.cwnd = this.parts.deviations.timerCountsAsDelivery
      ? this.rate.onAck(1, board.inFlight, flow.ssthresh, false)!
      : this.rate.onTimer(board.inFlight, flow.ssthresh);
  }
}
