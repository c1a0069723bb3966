/**
 * What happens when the timer of loss recovery expires, and when it runs.
 *
 * @module
 */
import { Phase } from "../congestion/interface.ts";
import { Counter } from "../../mib_counters.ts";
import type { Parts } from "./parts.ts";
import { RetransmissionTimer, type TimerPurpose } from "./retransmission_timer.ts";
import { Mark } from "./sent_segment.ts";
import { TailLossProbe } from "./tail_loss_probe.ts";

/** Timeouts that a thin stream takes without backoff. */
const THIN_LINEAR_TIMEOUTS = 6;
/** What Linux adds to reordering and probe timers, µs. */
const TIMER_SLACK = 2_000;
/** Fewer pieces in flight than this make a stream thin. */
const THIN_STREAM = 4;

/** The timer of one connection and its consequences. */
export class Timeouts {
  /** Doublings of the timeout. */
  backoff = 0;
  /** Timeouts since SND.UNA last advanced. */
  count = 0;
  /** Timeouts in all. */
  total = 0;
  /** Since when something of what is outstanding has been sent again, µs. */
  resendingSince: number | undefined = undefined;
  /** How often a recovery after timeouts ended, and how long they took, µs. */
  recoveries = 0;
  /** See {@link recoveries}. */
  recoveryTime = 0;
  private readonly timer: RetransmissionTimer;
  private lossSince: number | undefined = undefined;

  constructor(private readonly parts: Parts) {
    this.timer = new RetransmissionTimer(
      parts.net,
      () => this.rto,
      () => this.userDeadline,
      (purpose) => this.fire(purpose),
    );
  }

  /** The timeout now, µs, backoff included. */
  get rto(): number {
    const { roundTrip, host } = this.parts;
    return Math.min(roundTrip.timeout * 2 ** this.backoff, host.rtoMax); // RFC6298-5.5-backoff, RFC6298-2.5-max
  }

  /** Since when the user timeout counts, µs; undefined while it does not. */
  private get waitingSince(): number | undefined {
    if (this.parts.deviations.userTimeoutFromResending) return this.resendingSince;
    const { queue } = this.parts.host;
    return queue.sentCount > 0 ? queue.sentAt(0).firstSentAt : undefined; // RFC 5482 section 1
  }

  /** When the user timeout is over, µs. */
  private get userDeadline(): number {
    const { userTimeout } = this.parts.host;
    const since = this.waitingSince;
    return userTimeout > 0 && since !== undefined ? since + userTimeout : Infinity;
  }

  /** Stops the timer. */
  stop(): void {
    this.timer.cancel();
  }

  // When it runs

  /**
   * An acknowledgement has been taken and the queue is up to date. `advanced`: SND.UNA moved; `restarts`: so that the timeout counts anew;
   * `wait` is RACK's; `fresh`: a round-trip time was measured.
   */
  afterAck(advanced: boolean, restarts: boolean, wait: number, fresh: boolean): void {
    const { timer } = this;
    if (fresh) this.backoff = 0; // RFC6298-5-collapse
    if (advanced) this.onProgress();
    // RFC6298-5.3-restart
    if (restarts) timer.restart();
    if (this.parts.host.queue.sentCount === 0) timer.cancel(); // RFC6298-5.2-stop
    else if (wait > 0) timer.armReordering(wait + this.slack);
    else if (restarts && this.mayProbe) this.armProbe();
    else if (restarts || timer.purpose !== "timeout" && !(timer.purpose === "probe" && this.mayProbe)) {
      timer.armTimeout();
    }
  }

  private onProgress(): void {
    this.count = 0;
    this.resendingSince = undefined;
    if (this.lossSince === undefined || this.parts.flow.phase === Phase.Loss) return;
    this.recoveries++;
    this.recoveryTime += this.parts.net.now - this.lossSince;
    this.lossSince = undefined;
  }

  /** New data went out; `first` when nothing had been outstanding. */
  onSentNew(first: boolean): void {
    if (first) this.timer.restart();
    if (this.timer.purpose === "reordering") return;
    if (this.mayProbe) this.armProbe(); // RFC8985-7.2-pto-start
    else if (this.timer.purpose === undefined) this.timer.armTimeout(); // RFC6298-5.1-start
  }

  /** Something was sent again; `oldest` when it was the first of the queue. */
  onSentAgain(oldest: boolean): void {
    this.resendingSince ??= this.parts.net.now;
    if (oldest) this.timer.restart(); // RFC6675-6-rto-timer
    if (this.timer.purpose !== "reordering" && (oldest || this.timer.purpose !== "timeout")) this.timer.armTimeout();
  }

  /** See {@link LossRecovery.onWindowProbe}. */
  onWindowProbe(): void {
    // RFC6298-5-not-early
    this.timer.restart();
    this.timer.armTimeout();
  }

  /** RFC8985-7.3-conditions */
  private get mayProbe(): boolean {
    const { board, flow, host, probe, settings } = this.parts;
    return settings.earlyRetransmit.value >= 3 && host.sackPermitted && !host.handshake && !probe.outstanding &&
      board.unacked > 0 && board.sacked === 0 && (flow.phase === Phase.Open || flow.phase === Phase.Reduced);
  }

  private armProbe(): void {
    const { board, roundTrip } = this.parts;
    const slack = board.unacked > 1 ? this.slack : 0;
    this.timer.armProbe(TailLossProbe.delay(roundTrip.srtt, board.unacked) + slack);
  }

  /** How much longer than it has to the timer runs, µs. */
  private get slack(): number {
    return this.parts.deviations.timerSlack ? TIMER_SLACK : 0;
  }

  // What it does

  private fire(purpose: TimerPurpose): void {
    const { host } = this.parts;
    if (host.queue.sentCount === 0) return;
    if (purpose === "probe") this.onProbe();
    else if (purpose === "reordering") this.onReordering();
    else if (!this.onTimeout()) return;
    host.transmitPending();
    if (this.timer.purpose === undefined && host.queue.sentCount > 0) this.timer.armTimeout();
  }

  private onReordering(): void {
    const { board, net, rack, reduction } = this.parts;
    const wait = rack.detect(net.now);
    this.parts.flow.flightSize = board.unacked;
    if (board.lost > 0 && !reduction.recovering) {
      reduction.onLoss(board.unacked - board.sacked, this.parts.host.sndUna);
    }
    reduction.onTimer();
    if (wait > 0) this.timer.armReordering(wait + this.slack);
    else this.timer.armTimeout();
  }

  /** RFC8985-7.3-new, RFC8985-7.3-last */
  private onProbe(): void {
    const { host, probe, board } = this.parts;
    const sentNew = host.sendNewProbe();
    if (!sentNew) host.sendAgain(board.lastPiece());
    probe.onSent(host.sndNxt, !sentNew);
    host.count(Counter.TcpExtTCPLossProbes);
    this.timer.restart();
    this.timer.armTimeout(); // RFC8985-7.3-rearm
  }

  /** RFC 6298 (5.4) to (5.6). Returns whether the connection goes on. */
  // RFC9293-3.10.8-rto, RFC9293-3.6-fin-retransmit, RFC9293-MUST-18, RFC6298-5.4-earliest, RFC6298-5.6-restart, RFC6298-5-not-early
  private onTimeout(): boolean {
    const { host, reduction, board, flow, forwardRto, settings } = this.parts;
    if (!host.mayContinue(this.count, this.waitingSince)) return false;
    host.count(Counter.TcpExtTCPTimeouts);
    if (!host.handshake) {
      flow.flightSize = board.unacked;
      const anew = flow.phase < Phase.Recovery;
      const reduced = this.parts.deviations.oneReduction &&
        (flow.phase === Phase.Recovery || flow.phase === Phase.Reduced);
      this.markLosses();
      reduction.enterLoss(this.count === 0 && !reduced); // RFC5681-3.1-rto-ssthresh, RFC5681-3.1-rto-ssthresh-again
      if (settings.forwardRto.value !== 0 && (anew || this.count > 0)) forwardRto.start(); // RFC5682-3.1-not-in-recovery
      else forwardRto.stop();
      this.lossSince ??= this.parts.net.now;
    }
    this.backOff();
    this.timer.restart();
    const oldest = board.oldestPiece();
    // RFC9293-3.10.8-rto, RFC9293-3.6-fin-retransmit, RFC9293-MUST-18
    if (oldest !== undefined) host.sendAgain(oldest); // RFC6298-5.4-earliest
    this.timer.armTimeout(); // RFC6298-5.6-restart
    return true;
  }

  private markLosses(): void {
    const { board, host, net, rack } = this.parts;
    if (board.reneged) { // RFC 2018 section 8
      host.count(Counter.TcpExtTCPSACKReneging);
      board.renege();
    }
    const oldest = board.oldestPiece();
    if (oldest === undefined) return;
    if (host.sackPermitted) {
      // RFC6675-5.1-rto-use-sack
      rack.onTimeout(net.now, oldest);
      return;
    }
    // RFC5681-3.1-rto-retransmit
    board.sacked = 0;
    for (let i = 0; i < host.queue.sentCount; i++) board.markLost(host.queue.sentAt(i));
  }

  private backOff(): void {
    const { host, deviations, settings } = this.parts;
    const linearSyn = host.handshake && deviations.synLinearTimeouts && this.count < settings.synLinearTimeouts.value;
    this.count++;
    this.total++;
    if (linearSyn) return;
    if (host.thinLinearTimeouts && !host.handshake && this.thin && this.count <= THIN_LINEAR_TIMEOUTS) this.backoff = 0;
    // RFC6298-5.5-backoff, RFC9293-MUST-19
    else this.backoff++;
  }

  private get thin(): boolean {
    return this.parts.board.unacked < THIN_STREAM;
  }

  /** A soft ICMP error for what was sent again: one doubling less (RFC 6069 section 4). */
  onUnreachable(): void {
    const { queue } = this.parts.host;
    if (this.backoff === 0 || queue.sentCount === 0) return;
    const oldest = queue.sentAt(0);
    if ((oldest.marks & Mark.EverRetransmitted) === 0) return;
    this.backoff--;
    if (this.timer.purpose === "timeout") this.timer.armTimeout();
  }
}
