/**
 * What an acknowledgement does to recovery: marks, round-trip times, conclusions, the window.
 *
 * @module
 */
import { Phase } from "../congestion/interface.ts";
import { Counter } from "../../mib_counters.ts";
import { after, before, diff, leq, max } from "../../wire/seq.ts";
import { AckDigest } from "./ack_digest.ts";
import type { AckOutcome, AckReport, SackBlocks } from "./interface.ts";
import type { Parts } from "./parts.ts";

/** Processes the acknowledgements of one connection. */
export class AckProcessing {
  /** What came of the last one. */
  readonly outcome: AckOutcome = { acked: 0, progress: false, dsack: false, acknowledgedSegments: 0, rtt: -1 };
  /** Until when RACK waits, µs from the last acknowledgement; 0 when it does not. */
  reorderingWait = 0;
  /** Whether the last one advanced SND.UNA. */
  advanced = false;
  /** Whether the last one restarts the timeout (RFC6298-5.3-restart). */
  get restarts(): boolean {
    return this.parts.deviations.wholeSegmentsOnly ? this.digest.cumulative > 0 : this.advanced;
  }
  /** Whether the last one gave a round-trip time that the timeout may be computed from (RFC6298-5-collapse). */
  measured = false;
  /** How often reordering was seen. */
  reorderingSeen = 0;
  /** Segments that DSACKs said arrived twice. */
  dsackDuplicates = 0;

  private readonly digest: AckDigest;
  private readonly growth = { ack: 0, delivered: 0, priorInFlight: 0 };
  private dsackEnd: number | undefined = undefined;
  /** In flight, and in flight as PRR counts it, before the acknowledgement; losses counted so far. */
  private priorInFlight = 0;
  private priorFlight = 0;
  private priorLosses = 0;
  private priorDuplicates = 0;
  /** The phase that ended with this acknowledgement. */
  private left: Phase | undefined = undefined;
  /** One segment is to be sent again whatever the window. */
  private resendsOne = false;

  constructor(private readonly parts: Parts) {
    const { host, net, rack, rate } = parts;
    this.digest = new AckDigest(
      rack,
      rate,
      (sentAt) => (host.timestampNow() - Math.floor((net.now - sentAt) / host.timestampTick)) >>> 0,
      !parts.deviations.selectiveEchoIgnored,
    );
  }

  /** An acceptable acknowledgement. */
  process(report: AckReport): AckOutcome {
    const { host, congestion, flow } = this.parts;
    const ack = max(report.ack, host.sndUna);
    this.begin(report, ack);
    this.mark(report, ack);
    this.measure(report, ack);
    congestion.onAck?.(flow, ack, Math.max(diff(ack, host.sndUna), 0), report.ece);
    this.conclude(report, ack);
    this.setWindow(ack);
    return this.outcome;
  }

  private begin(report: AckReport, ack: number): void {
    const { board, rate, host, reduction } = this.parts;
    this.advanced = after(ack, host.sndUna);
    this.priorInFlight = board.inFlight;
    this.priorFlight = board.unacked - board.sacked;
    this.priorLosses = board.losses;
    this.priorDuplicates = board.sacked;
    this.parts.flow.flightSize = board.unacked;
    this.dsackEnd = undefined;
    this.left = undefined;
    this.measured = this.resendsOne = false;
    this.digest.begin(report.now, report.timestampEcho, board.ranges.highest, reduction.point);
    rate.begin(this.priorInFlight);
  }

  // Marks

  private mark(report: AckReport, ack: number): void {
    const { board, host, rate, leastRoundTrip } = this.parts;
    const { digest, outcome } = this;
    const priorHighest = board.ranges.highest;
    this.takeBlocks(report.sack, report.ack, ack);
    outcome.acknowledgedSegments = this.advanced ? board.acknowledge(ack, digest) : 0;
    if (!host.sackPermitted) this.countDuplicates(report);
    if (priorHighest !== undefined && digest.lowestLate !== undefined) {
      this.noteReordering(priorHighest, digest.lowestLate);
    }
    outcome.acked = digest.cumulative;
    outcome.dsack = this.dsackEnd !== undefined;
    outcome.progress = this.advanced || digest.selective > 0;
    rate.count(digest.delivered, report.ece, report.now);
    if (digest.delivered > 0) host.count(Counter.TcpExtTCPDelivered, digest.delivered);
    const path = digest.pathRoundTrip;
    if (path >= 0) leastRoundTrip.add(path, report.now);
  }

  /** Applies SACK blocks in the order of the sequence space; the first may be a DSACK (RFC 2883 section 4). `ack` is the later of SEG.ACK and SND.UNA. */
  private takeBlocks(sack: SackBlocks, segAck: number, ack: number): void {
    const { board, host } = this.parts;
    if (sack.count === 0) return;
    const first = this.takeFirst(sack, segAck, ack) ? 1 : 0;
    let at = ack;
    for (let i = first; i < sack.count; i++) {
      const lowest = lowestBeyond(sack, first, at, host.sndNxt);
      if (lowest < 0) return;
      const right = sack.right[lowest]!;
      board.applyBlock(max(sack.left[lowest]!, ack), right, this.digest);
      at = right;
    }
  }

  /** Takes the first block if it is a DSACK. */
  private takeFirst(sack: SackBlocks, segAck: number, ack: number): boolean {
    const left = sack.left[0]!, right = sack.right[0]!;
    if (!before(left, right) || after(right, this.parts.host.sndNxt) || !isDsack(sack, segAck)) return false;
    this.takeDsack(left, right, ack);
    return true;
  }

  private takeDsack(left: number, right: number, ack: number): void {
    const { host, rack, reduction } = this.parts;
    const pieces = Math.max(Math.ceil(diff(right, left) / host.mss), 1);
    this.dsackEnd = right;
    this.dsackDuplicates += pieces;
    host.count(after(right, ack) ? Counter.TcpExtTCPDSACKOfoRecv : Counter.TcpExtTCPDSACKRecv);
    host.count(Counter.TcpExtTCPDSACKRecvSegs, pieces);
    rack.onDsack(ack, host.sndNxt);
    reduction.undo.onDsack(left, pieces);
  }

  /** Without SACK a duplicate acknowledgement stands for one segment that arrived (RFC9937-6.2-delivered-nosack). */
  private countDuplicates(report: AckReport): void {
    const { board, flow } = this.parts;
    const { digest } = this;
    if (this.advanced) {
      const counted = Math.min(board.sacked, Math.max(digest.cumulative - 1, 0));
      digest.delivered = Math.max(digest.cumulative - counted, 0);
      board.sacked = Math.min(board.sacked - counted, board.unacked - board.lost);
    } else if (this.isDuplicate(report) && flow.phase !== Phase.Loss && board.sacked + board.lost < board.unacked) {
      // RFC5681-3.2-fr-use, RFC5681-3.2-no-fr-2, RFC5681-3.2-s1-limited, RFC3042-2-use
      board.sacked++;
      digest.delivered = 1;
    }
  }

  /** RFC 5681 section 2. */
  private isDuplicate(report: AckReport): boolean {
    const { host, board } = this.parts;
    // RFC5681-2-dupack-def
    return report.ack === host.sndUna && !report.carriesData && !report.windowChanged && board.unacked > 0;
  }

  private noteReordering(highest: number, lowest: number): void {
    const { flow, host, rack } = this.parts;
    if (flow.phase === Phase.Loss) return;
    this.reorderingSeen++;
    rack.reorderingSeen = true; // RFC8985-6.2-step3
    host.count(Counter.TcpExtTCPSACKReorder);
    this.raiseReordering(Math.ceil(diff(highest, lowest) / host.mss));
  }

  private raiseReordering(degree: number): void {
    const { parts } = this;
    parts.reordering = Math.max(parts.reordering, Math.min(degree, parts.settings.maxReordering.value));
  }

  // Round-trip times

  private measure(report: AckReport, ack: number): void {
    const { host, roundTrip, rate, congestion, flow } = this.parts;
    const path = this.digest.pathRoundTrip;
    const rtt = this.roundTripOf(report);
    this.outcome.rtt = rate.sample.rtt = path;
    if (rtt >= 0) {
      roundTrip.sample(rtt, ack, host.sndNxt); // RFC6298-3-one-per-rtt
      this.measured = true;
    }
    if (path >= 0) congestion.onRoundTrip?.(flow, path, ack);
  }

  /**
   * The sample that the acknowledgement gives, µs, or -1. That of a segment's own time is finer than that of timestamps, but too long by
   * far where earlier acknowledgements of it were lost; and after a timeout a selective acknowledgement may be that late.
   */
  private roundTripOf(report: AckReport): number {
    const { host, flow } = this.parts;
    const own = this.advanced || flow.phase !== Phase.Loss ? this.digest.roundTrip : -1;
    if (!this.restarts || !host.timestamps || report.timestampEcho === undefined) return own;
    const echoed = diff(host.timestampNow(), report.timestampEcho) * host.timestampTick; // RFC 7323 section 4.1
    if (echoed < 0) return own;
    return own >= 0 && own <= echoed + host.timestampTick ? own : echoed;
  }

  // Conclusions

  private conclude(report: AckReport, ack: number): void {
    const { flow, reduction, probe } = this.parts;
    const verdict = probe.onAck(ack, this.dsackEnd, this.isDuplicate(report) && report.sack.count === 0);
    if (this.dsackEnd !== undefined && reduction.undo.allArrivedTwice) this.takeBack(Counter.TcpExtTCPDSACKUndo);
    // RFC3168-6.1.2-once-per-rtt: it speaks of what is on its way.
    // RFC3168-5-ce-as-drop
    if (report.ece && this.priorFlight > 0) reduction.enterReduced(this.priorFlight, "mark");
    if (flow.phase === Phase.Loss) this.inLoss(report, ack);
    else if (flow.phase === Phase.Recovery) this.inRecovery(report, ack);
    this.detectLosses(ack);
    if (verdict === "loss repaired") this.onRepaired();
    if (flow.phase >= Phase.Recovery) return;
    // What was lost beyond the last recovery's end is a new sign of congestion, though it may have been sent again by now.
    if (this.parts.board.lost > 0) reduction.onLoss(this.priorFlight, ack);
    else if (flow.phase !== Phase.Reduced) reduction.settle();
    else if (this.isComplete(ack)) this.leave();
  }

  private onRepaired(): void {
    this.parts.host.count(Counter.TcpExtTCPLossProbeRecovery);
    this.parts.reduction.reduceAtOnce();
  }

  private isComplete(ack: number): boolean {
    const { point } = this.parts.reduction;
    return point !== undefined && !before(ack, point);
  }

  /** After a timeout: was it one? (F-RTO, Eifel) */
  private inLoss(report: AckReport, ack: number): void {
    const { forwardRto, host, reduction } = this.parts;
    const complete = this.isComplete(ack);
    const tells = this.advanced || this.digest.selective > 0 || this.isDuplicate(report);
    if (forwardRto.active && tells) {
      const sentNew = forwardRto.holdsRetransmissions;
      const verdict = forwardRto.onAck({
        advanced: this.advanced,
        complete,
        original: this.digest.original,
        canSendNew: host.unsentOctets > 0 && before(host.sndNxt, host.windowEnd),
        sack: host.sackPermitted,
      });
      if (verdict === "spurious") {
        host.count(Counter.TcpExtTCPSpuriousRTOs);
        if (reduction.undo.possible) return this.takeBack(Counter.TcpExtTCPLossUndo);
      }
      if (verdict === "genuine" && sentNew) this.resendsOne = true; // RFC5682-2.1-s3a: three segments at most
    }
    if (this.advanced && reduction.undo.wasForOriginal(report.timestampEcho)) {
      return this.takeBack(Counter.TcpExtTCPLossUndo);
    }
    if (complete) this.leave();
  }

  private inRecovery(report: AckReport, ack: number): void {
    const { board, host, reduction, rack } = this.parts;
    if (!this.advanced) return;
    const complete = this.isComplete(ack);
    if (reduction.undo.wasForOriginal(report.timestampEcho)) {
      if (!host.sackPermitted) this.raiseReordering(this.priorDuplicates + 1); // the duplicates told of reordering
      return this.takeBack(complete ? Counter.TcpExtTCPFullUndo : Counter.TcpExtTCPPartialUndo);
    }
    if (complete) {
      rack.onRecovered();
      if (!host.sackPermitted) board.sacked = 0;
      return this.leave();
    }
    if (host.sackPermitted) return;
    this.markOldest();
    this.resendsOne = true; // RFC6582-3.2-s3-partial
  }

  private leave(): void {
    this.left = this.parts.flow.phase;
    this.parts.reduction.leave();
  }

  private takeBack(counter: number): void {
    this.left = this.parts.flow.phase;
    this.parts.host.count(counter);
    this.parts.reduction.takeBack();
  }

  private detectLosses(ack: number): void {
    const { board, host, rack, flow, reordering, reduction } = this.parts;
    this.reorderingWait = 0;
    // RFC6675-4-islost, RFC6675-5-first-rexmit, RFC2018-5-record
    if (host.sackPermitted) {
      this.reorderingWait = rack.detect(this.parts.net.now);
    } else if (flow.phase < Phase.Recovery && board.sacked >= reordering) {
      // RFC5681-3.2-fr-use, RFC5681-3.2-no-fr-2
      // RFC 6582 section 3.2 step 2: not for duplicates that the last recovery's retransmissions caused
      if (reduction.point === undefined || after(ack, reduction.point)) this.markOldest();
    }
  }

  /** Marks the first piece that is not acknowledged lost. */
  private markOldest(): void {
    const { board } = this.parts;
    const segment = board.oldestPiece();
    if (segment === undefined) return;
    // RFC5681-3.2-s3-rexmit
    board.markLost(segment);
    board.sacked = Math.min(board.sacked, board.unacked - board.lost);
  }

  // Window

  private setWindow(ack: number): void {
    const { board, congestion, flow, net, rate, reduction, settings, leastRoundTrip } = this.parts;
    const { delivered } = this.digest;
    const lost = board.losses - this.priorLosses;
    rate.sample.losses = lost;
    rate.finish(net.now, Math.min(leastRoundTrip.value, 1e15), flow.mss);
    if (congestion.steer !== undefined) congestion.steer(flow, rate.sample);
    else if (reduction.proportional) reduction.onAck(delivered, this.advanced && lost === 0);
    else if (delivered > 0 && this.growsWindow && flow.mayGrow) {
      this.growth.ack = ack;
      this.growth.delivered = delivered;
      this.growth.priorInFlight = this.priorInFlight;
      congestion.grow(flow, this.growth);
      flow.cwnd = Math.min(flow.cwnd, flow.cwndClamp);
    }
    if (this.resendsOne) flow.cwnd = Math.max(flow.cwnd, board.inFlight + 1);
    if (!congestion.setsPacingRate) flow.pace(settings.pacingSlowStart.value, settings.pacingAvoidance.value);
  }

  /** Selective acknowledgements open the window where more reordering than usual has been seen: it would stand still too long. */
  private get growsWindow(): boolean {
    const { deviations, reordering, settings } = this.parts;
    if (this.left === Phase.Reduced) return false;
    if (this.left === Phase.Recovery && !deviations.lastAckGrows) return false; // RFC5681-3.2-s6-deflate
    return this.advanced || (deviations.growOutOfOrder && reordering > settings.reordering.value);
  }
}

/** Whether the first block tells of a duplicate: it lies below SEG.ACK, or within the second block (RFC 2883 section 4). */
function isDsack(sack: SackBlocks, ack: number): boolean {
  const left = sack.left[0]!, right = sack.right[0]!;
  if (leq(right, ack)) return true;
  return sack.count > 1 && leq(sack.left[1]!, left) && leq(right, sack.right[1]!);
}

/** Index of the valid block from `first` on that ends first beyond `at`, -1 when there is none. */
function lowestBeyond(sack: SackBlocks, first: number, at: number, sndNxt: number): number {
  let lowest = -1;
  for (let i = first; i < sack.count; i++) {
    const left = sack.left[i]!, right = sack.right[i]!;
    if (!before(left, right) || after(right, sndNxt) || !before(at, right)) continue;
    if (lowest < 0 || before(right, sack.right[lowest]!)) lowest = i;
  }
  return lowest;
}
