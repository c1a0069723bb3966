/**
 * The sending half of a connection: what goes, when, and in what pieces.
 *
 * @module
 */
import { ENOBUFS } from "../../../abi/errno.ts";
import { Counter } from "../../mib.ts";
import type { AckOutcome, AckReport, LossRecovery, RecoveryHost } from "../recovery/interface.ts";
import type { SentSegment } from "../recovery/sent_segment.ts";
import { distance, gt, leq, lt } from "../../wire/seq.ts";
import { ACK, PSH, SYN } from "../../wire/tcp.ts";
import { defaultMss } from "../path.ts";
import { Phase } from "../congestion/interface.ts";
import type { Limit } from "../connection/limit_clock.ts";
import { SenderTerms } from "./terms.ts";
import type { SenderParts } from "./parts.ts";
import { MtuProbe } from "./mtu_probe.ts";
import { burstSegments, deviceLimit } from "./burst.ts";
import { Emission } from "./emission.ts";
import { type Hold, NagleView, nextLength, type Partial } from "./next_segment.ts";
import { Pacer } from "./pacing.ts";
import { PeerWindow } from "./peer_window.ts";
import { PersistTimer } from "./persist.ts";
import { SendQueue } from "./queue.ts";
import type { QueuedSegment } from "./queued_segment.ts";

/** The sender of one connection. */
export class Sender extends SenderTerms implements RecoveryHost {
  readonly queue: SendQueue;
  /** Loss recovery; set once it is made, which takes the sender. */
  recovery!: LossRecovery;
  private readonly persist: PersistTimer;
  private readonly pacer: Pacer;
  private readonly mtuProbe: MtuProbe;
  /** SND.UNA. */
  sndUna: number;
  /** SND.NXT: next octet to be sent for the first time. */
  sndNxt: number;
  /** SND.WND. */
  readonly window: PeerWindow;
  readonly emission: Emission;
  /** Of the last segment shorter than the MSS, the sequence number after it (for Nagle's algorithm). */
  private smallEnd: number;
  /** What the program says while it makes the sender send. */
  private hold: Hold = "none";
  private readonly nagle = new NagleView();

  /** A sender whose SYN has sequence number `iss`. */
  constructor(parts: SenderParts, readonly iss: number) {
    super(parts);
    this.queue = new SendQueue(iss, () => this.mss, parts.pool);
    this.window = new PeerWindow(parts.deviations.shrunkWindowIgnored);
    this.emission = new Emission(this.queue, parts.outbox, parts.endpoint.net);
    this.sndUna = this.sndNxt = iss;
    this.smallEnd = iss;
    const { net } = parts.endpoint;
    this.persist = new PersistTimer(net, this);
    this.pacer = new Pacer(net, () => this.recovery.flow, () => this.transmit());
    this.mtuProbe = new MtuProbe(
      parts.path,
      parts.config,
      parts.deviations,
      () => net.now,
      (counter) => this.count(counter),
    );
  }

  // What recovery asks (RecoveryHost).

  get unsentOctets(): number {
    const { queue } = this;
    return queue.unsent + (queue.finQueued && !queue.finSent ? 1 : 0);
  }

  get windowEnd(): number {
    return (this.sndUna + this.window.size) >>> 0;
  }

  get mss(): number {
    return this.parts.path.mss(this.window.largest);
  }

  /** Octets of new text per segment now: what else the segment has to say takes room (RFC 6691). */
  private get freshMss(): number {
    return this.mss - this.parts.outbox.extraOptions;
  }

  transmitPending(): void {
    this.transmit();
  }

  wasMtuProbe(seq: number): boolean {
    return this.mtuProbe.lost(seq);
  }

  mayContinue(timeouts: number, since: number | undefined): boolean {
    this.mtuProbe.timedOut();
    // RFC9293-MUST-20: at R1 it may be that only smaller packets come through.
    const blackHole = timeouts >= this.parts.config.retries1.value && !this.handshake;
    if (blackHole && this.mtuProbe.suspectBlackHole()) this.recovery.onSegmentsTooLarge(this.mss);
    return this.parts.host.mayContinue(timeouts, since);
  }

  count(counter: number, by = 1): void {
    this.parts.endpoint.net.mib.add(counter, by);
  }

  sendNewProbe(): boolean {
    const { queue } = this;
    const mss = this.mss;
    const length = Math.min(queue.unsentOfRecord, mss, this.room);
    if (!queue.hasUnsent || (length === 0 && queue.unsent > 0)) return false;
    if (length < mss && length < queue.unsent) return false;
    return this.sendNew(length, mss, false) >= 0;
  }

  sendAgain(segment: SentSegment): void {
    this.resend(segment as QueuedSegment);
  }

  // Segment arrival's share.

  /** An acceptable ACK: recovery hears of it, the queue is shortened, SND.UNA moves. */
  acknowledged(report: AckReport): AckOutcome {
    const forward = gt(report.ack, this.sndUna);
    const outcome = this.recovery.onAck(report);
    if (forward) {
      this.queue.acknowledge(outcome.acknowledgedSegments, report.ack);
      this.sndUna = report.ack;
      this.emission.acknowledged(this.sndUna);
    }
    this.mtuProbe.acknowledged(this.sndUna);
    this.recovery.afterAck();
    this.persist.answered(this.queue.hasUnsent && this.queue.sentCount === 0, this.canSendNext());
    return outcome;
  }

  // Sending.

  /** Octets of the peer's window beyond SND.NXT. */
  private get room(): number {
    return lt(this.sndNxt, this.windowEnd) ? distance(this.windowEnd, this.sndNxt) : 0;
  }

  /** The program wrote, or pushed. What it says counts for this time only: an acknowledgement that comes later knows nothing of it. */
  submit(hold: Hold): void {
    this.hold = hold;
    this.transmit();
    this.hold = "none";
  }

  /** Sends all that may go: first again what was lost, then new text. */
  transmit(): void {
    const { recovery, queue } = this;
    const sends = queue.hasUnsent || recovery.info.lost > 0;
    const burst = sends ? this.burst(this.mss) : 1;
    while (sends && !this.pacer.holds) {
      const again = recovery.nextRetransmission(burst);
      if (again === undefined || this.resend(again as QueuedSegment) < 0) break;
    }
    const limited = sends && this.parts.host.maySend && this.transmitNew(this.freshMss, burst);
    recovery.afterSending(limited);
    this.parts.host.sendingStopped(this.limit(limited));
    if (!limited && !queue.hasUnsent) recovery.onAppLimited();
    // RFC9293-MUST-36: with nothing in flight no acknowledgement will tell of a window that opens.
    if (queue.hasUnsent && queue.sentCount === 0 && this.parts.host.maySend && !this.pacer.holds) this.persist.start();
  }

  /** What holds the sender back now. */
  private limit(byCongestion: boolean): Limit {
    const { queue } = this;
    if (queue.sentCount === 0 && !queue.hasUnsent) return "none";
    if (queue.hasUnsent && !byCongestion && queue.unsent > 0 && !this.canSendNext()) return "window";
    return this.parts.host.bufferFull && !queue.hasUnsent ? "buffer" : "busy";
  }

  /** Sends new text while window, congestion window and Nagle's algorithm let it. Whether only the congestion window stood in the way. */
  private transmitNew(mss: number, burst: number): boolean {
    const { queue, recovery } = this;
    if (!queue.hasUnsent) return false;
    recovery.beforeNewData();
    this.probeMtu(mss);
    while (queue.hasUnsent) {
      const quota = recovery.quota();
      if (quota <= 0) return true;
      if (this.pacer.holds) return false;
      // Two bursts in flight at least: half the window is the most that goes at once.
      const pieces = Math.min(burst, quota, Math.max(recovery.flow.cwnd >> 1, 1));
      const length = this.nextLength(mss, pieces);
      if (length < 0) return false;
      if (this.sendNew(length, mss, false) < 0) return false;
    }
    return false;
  }

  /** The handshake is over: the search for the path MTU begins, where it is wanted. */
  established(): void {
    const { negotiated, path, endpoint } = this.parts;
    this.mtuProbe.start(negotiated.peerMss || defaultMss(endpoint.wire_family), path.tcpOptions);
  }

  /** Sends a probe of the path MTU when there is an occasion. */
  private probeMtu(mss: number): void {
    const { flow, info } = this.recovery;
    const length = this.mtuProbe.next({
      mss,
      unsent: this.queue.unsentOfRecord,
      room: this.room,
      cwnd: flow.cwnd,
      quota: this.recovery.quota(),
      calm: flow.phase === Phase.Open && info.sacked === 0,
      reordering: info.reordering,
    });
    if (length <= 0) return;
    const from = this.sndNxt;
    if (this.sendNew(length, length, false) >= 0) this.mtuProbe.sent(from, this.sndNxt);
  }

  /** How many octets the next segment of at most `pieces` has; -1 when it has to wait. */
  private nextLength(mss: number, pieces: number): number {
    const { queue, room } = this;
    const available = queue.unsentOfRecord;
    if (available === 0) return queue.finQueued && !queue.finSent ? 0 : -1;
    return nextLength({ available, unsent: queue.unsent, room, mss, pieces, partial: this.partial() });
  }

  /** What Nagle's algorithm looks at. */
  private partial(): Partial {
    const { settings, deviations } = this.parts;
    const waiting = this.sndNxt !== this.sndUna;
    const small = waiting && gt(this.smallEnd, this.sndUna) && leq(this.smallEnd, this.sndNxt);
    const pressing = this.emission.sndUp !== undefined || this.queue.finQueued;
    return this.nagle.fill(settings, deviations.minshallNagle, this.hold, pressing, waiting, small);
  }

  /** Whether the next segment would go as far as the peer's window is concerned. */
  private canSendNext(): boolean {
    const available = this.queue.unsent;
    if (available === 0) return true;
    return Math.min(available, this.mss) <= this.room;
  }

  /** Cuts and sends a segment of new text. 0 or `-errno`: then it counts as never sent. */
  private sendNew(length: number, mss: number, push: boolean): number {
    const { sndNxt, smallEnd, queue } = this;
    const segment = queue.cut(length, mss);
    if (length % mss !== 0) this.smallEnd = segment.end;
    if (push) segment.flags |= PSH;
    this.sndNxt = segment.end;
    const result = this.sendSegment(segment, mss, true);
    if (result < 0) {
      queue.takeBack(segment);
      this.sndNxt = sndNxt;
      this.smallEnd = smallEnd;
      if (result === -ENOBUFS) this.recovery.onLocalCongestion();
    }
    return result;
  }

  /** Sends a segment again, from SND.UNA on if its front is acknowledged. 0 or `-errno`. */
  private resend(segment: QueuedSegment): number {
    const mss = this.cutDown(segment);
    const result = this.sendSegment(segment, mss, false);
    this.count(Counter.TcpRetransSegs, segment.pieces);
    return result;
  }

  /** What a segment has to say now may take room that its text had before: cuts it down to what fits. The MSS to send it with. */
  private cutDown(segment: QueuedSegment): number {
    const { mss, freshMss, sndUna } = this;
    const from = gt(sndUna, segment.textSeq) ? sndUna : segment.textSeq;
    const text = segment.textLength - distance(from, segment.textSeq);
    if (segment.pieces > 1 || text <= freshMss) return mss;
    this.recovery.cut(segment, (from + freshMss) >>> 0);
    return freshMss;
  }

  private sendSegment(segment: QueuedSegment, mss: number, fresh: boolean): number {
    const { host } = this.parts;
    if ((segment.flags & SYN) !== 0) {
      const result = host.sendSyn(!fresh);
      this.recovery.onSent(segment);
      return result;
    }
    const result = this.emission.send(segment, mss, this.sndUna, fresh);
    // What the local queue did not take is still to be sent.
    if (result < 0) return result;
    this.recovery.onSent(segment);
    this.pacer.onSent(segment.textLength, this.emission.dataSegments);
    if (fresh) host.sentNew(segment);
    return result;
  }

  private burst(mss: number): number {
    const route = this.parts.path.route();
    // Each segment has a signature, and an urgent pointer, of its own, which a device that cuts could not make.
    if (typeof route === "number" || this.parts.path.signed || this.emission.sndUp !== undefined) return 1;
    const { flow, congestion, info } = this.recovery;
    return burstSegments(route.device, this.parts.config, {
      mss,
      pacingRate: flow.pacingRate,
      minRtt: info.minRtt,
      least: congestion.burst?.(flow) ?? 0,
    });
  }

  /** Octets that one piece of the stream may grow to: a burst as large as the device takes, at most half the peer's largest window. */
  get chunkGoal(): number {
    const mss = this.freshMss;
    const route = this.parts.path.route();
    if (typeof route === "number") return mss;
    const { largest } = this.window;
    const half = largest > 536 ? largest >> 1 : largest;
    const most = Math.min(deviceLimit(route.device, mss), Math.max(half, mss));
    return Math.max(most - most % mss, mss);
  }

  /** Zero-window probe: one octet that the peer has acknowledged already, or the next piece if the window takes it. Whether anything went. */
  probe(): boolean {
    const room = this.room;
    const mss = this.mss;
    // RFC9293-3.8.6.2.1-override-timeout, RFC9293-3.8.6.2.1-send-conditions
    if (this.queue.hasUnsent && (room > 0 || this.queue.unsent === 0)) {
      const went = this.sendNew(Math.min(this.queue.unsentOfRecord, mss, room), mss, true) >= 0;
      if (went) this.recovery.onWindowProbe();
      return went;
    }
    // An octet before SND.UNA is not acceptable to the peer, so that it answers with its window (RFC 9293 section 3.8.6.1).
    // RFC9293-MUST-35, RFC9293-MUST-36
    return this.parts.outbox.send((this.sndUna - 1) >>> 0, ACK) >= 0;
  }

  get inFlight(): boolean {
    return this.queue.sentCount > 0;
  }

  /** Whether the connection goes on though its probes are not answered. */
  mayProbe(probes: number, since: number): boolean {
    return this.parts.host.mayProbe(probes, since);
  }

  /** Probes sent since the last answer. */
  get probes(): number {
    return this.persist.probes;
  }

  /** Doublings of the time between probes. */
  get probeBackoff(): number {
    return this.persist.backoff;
  }

  /** Nothing more will be sent. */
  stop(): void {
    this.recovery.stop();
    this.persist.stop();
    this.pacer.stop();
  }

  /** The SYN was sent and acknowledged before this sender was made. */
  synAcknowledged(): void {
    this.sndUna = this.sndNxt = this.smallEnd = (this.iss + 1) >>> 0;
  }

  /** Sends the SYN, as the connection makes it, with `octets` of what is written. They are a segment of their own in the queue. */
  sendSyn(octets: number): void {
    const { queue, recovery } = this;
    const syn = queue.cutSyn();
    const text = octets > 0 ? queue.cut(octets, octets) : undefined;
    this.sndNxt = text?.end ?? syn.end;
    this.sendSegment(syn, this.mss, true);
    if (text !== undefined) {
      recovery.onSent(text);
      this.parts.host.sentNew(text);
    }
    recovery.afterSending(false);
  }
}
