/**
 * The receiving half of a connection: what came, what is missing, and what to tell the peer of it.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import { Counter } from "../../mib.ts";
import { distance, geq, gt, leq, lt } from "../../wire/seq.ts";
import type { TcpConfig } from "../config.ts";
import type { Negotiated } from "../negotiated.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { OutgoingOptions } from "../send/options.ts";
import type { Acknowledgement } from "../send/outbox.ts";
import { Acknowledging, type AcknowledgingHost } from "./acknowledging.ts";
import { Assembler } from "./assembler.ts";
import { chargeOf, freeBehind, ReceiveQueue, type TextPiece } from "./queue.ts";
import { UrgentMark } from "./urgent.ts";
import { ReceiveWindow } from "./window.ts";

/** What the receiver asks of its connection. */
export interface ReceiverHost extends AcknowledgingHost {
  /** Where the program has read to is the sender's business no more: round-trip time, µs, 0 while unknown. */
  readonly srtt: number;
}

/** What became of a segment's text. */
export type Arrived = "in-order" | "out-of-order" | "duplicate" | "dropped" | "none";

/** The receiver of one connection. */
export class Receiver implements Acknowledgement {
  readonly queue: ReceiveQueue = new ReceiveQueue();
  readonly assembler: Assembler;
  readonly urgent: UrgentMark = new UrgentMark();
  readonly window: ReceiveWindow;
  readonly timing: Acknowledging;
  /** IRS. */
  irs = 0;
  /** RCV.NXT. */
  rcvNxt = 0;
  /** The peer's FIN: its sequence number, once it came in any order; it counts when everything before it is there. */
  private finSeq: number | undefined = undefined;
  /** The FIN has been reached. */
  finished = false;
  /** What the next ACK reports as received twice (RFC 2883). */
  private duplicateLeft = 0;
  private duplicateRight = 0;
  private hasDuplicate = false;
  /** The first octet that the program has not read. */
  copied = 0;
  /** When text came last, µs. */
  lastTextAt = 0;
  /** Octets and segments that came, for `TCP_INFO`. */
  octetsReceived = 0;

  /** The receiver of `endpoint`. */
  constructor(
    private readonly endpoint: InetSock,
    private readonly config: TcpConfig,
    private readonly negotiated: Negotiated,
    private readonly host: ReceiverHost,
    deviations: Deviations,
    programClamp: () => number,
  ) {
    this.window = new ReceiveWindow(endpoint, config, negotiated, programClamp);
    this.timing = new Acknowledging(endpoint.net, host);
    this.assembler = new Assembler(deviations.fourBlocksRemembered ? 4 : Infinity);
  }

  /** The peer's SYN has come, with sequence number `irs`. */
  begin(irs: number, window: number, mss: number): void {
    this.irs = irs;
    this.rcvNxt = this.copied = (irs + 1) >>> 0;
    this.window.begin(this.rcvNxt, window, mss);
  }

  /** The handshake is over: the time of arrivals counts from now on. */
  established(): void {
    this.lastTextAt = this.endpoint.net.now;
    this.timing.idle();
  }

  // The receiver's side of outgoing segments (Acknowledgement).

  windowField(): number {
    return this.window.choose(this.rcvNxt);
  }

  get sackLength(): number {
    // RFC2018-4-not-permitted
    if (!this.negotiated.sack || (this.assembler.empty && !this.hasDuplicate)) return 0;
    const most = this.negotiated.timestamps ? 3 : 4;
    return 4 + 8 * Math.min(this.assembler.count + (this.hasDuplicate ? 1 : 0), most);
  }

  addSackBlocks(options: OutgoingOptions, room: number): void {
    // RFC2018-4-as-many, RFC2018-4-every-seg
    const limit = Math.min(options.roomForBlocks, options.left.length, Math.floor((room - 4) / 8));
    let count = 0;
    // RFC2883-4-left-right, RFC2883-4-second-block, RFC2883-4-once
    // RFC2883-4-first-block
    if (this.hasDuplicate && limit > 0) {
      options.left[0] = this.duplicateLeft;
      options.right[0] = this.duplicateRight;
      count = 1;
      this.hasDuplicate = false;
    }
    options.sackBlocks = this.assembler.blocks(limit, options.left, options.right, count);
  }

  acknowledged(carriesText: boolean): void {
    this.timing.sent(carriesText);
  }

  // Segment arrival's share.

  /** RCV.WND. */
  get rcvWnd(): number {
    return this.window.size(this.rcvNxt);
  }

  /** RFC 9293 section 3.10.7.4, first check: is the segment acceptable? */
  // RFC9293-MUST-66 (the table of four cases)
  acceptable(segment: ReceivedSegment): boolean {
    const window = this.rcvWnd;
    const right = (this.rcvNxt + window) >>> 0;
    // A segment that ends at or before RCV.NXT is old; one that only touches RCV.NXT carries an ACK that counts.
    // RFC9293-3.10.7.4-seq-unacceptable, RFC9293-3.4-seqno-arith, RFC9293-3.10.7.4-seq-zero-wnd-special
    return !lt(segment.end, this.window.acknowledged) && leq(segment.seq, right);
  }

  /** Notes that `[left, right)` arrived again, for the next ACK (RFC 2883). */
  noteDuplicate(left: number, right: number): void {
    if (!this.negotiated.sack || this.config.dsack.value === 0) return;
    this.endpoint.net.mib.inc(lt(left, this.rcvNxt) ? Counter.TcpExtTCPDSACKOldSent : Counter.TcpExtTCPDSACKOfoSent);
    // RFC2883-4-once, RFC2883-4.2-two: one block an ACK; that of the first octets that came twice.
    if (this.hasDuplicate) return;
    this.hasDuplicate = true;
    this.duplicateLeft = left;
    this.duplicateRight = right;
  }

  /** Takes the text and the FIN of an acceptable segment: what became of them. */
  accept(segment: ReceivedSegment): Arrived {
    if (segment.seq === segment.end) return "none";
    const arrived = this.take(segment);
    if (arrived !== "in-order") this.timing.pending = true;
    return arrived;
  }

  private take(segment: ReceivedSegment): Arrived {
    const rcvNxt = this.rcvNxt;
    const right = (rcvNxt + this.rcvWnd) >>> 0;
    if (segment.textLength > 0) {
      const { gso_size } = segment.packet;
      const surplus = gso_size > 0 ? Math.max(segment.textLength - gso_size, 0) : 0;
      const segments = surplus > 0 ? Math.ceil(segment.textLength / gso_size) : 1;
      this.window.learn(rcvNxt, segment.textLength - surplus, segment.packetLength - surplus, segments);
    }
    if (leq(segment.end, rcvNxt)) {
      // RFC2883-4.1-full, RFC9293-3.10.7.4-seq-unacceptable
      this.noteDuplicate(segment.seq, segment.end);
      this.timing.speedUp();
      return "duplicate";
    }
    // What lies beyond the window is not taken (RFC 9293 section 3.10.7.4).
    // RFC9293-3.5.2-sync-unacceptable
    if (geq(segment.seq, right)) {
      this.timing.speedUp();
      return "dropped";
    }
    if (lt(segment.seq, rcvNxt)) {
      // RFC2883-4.2-partial
      this.noteDuplicate(segment.seq, rcvNxt);
      // RFC9293-3.10.7.4-trim
      segment.trimFront(distance(rcvNxt, segment.seq));
      this.timing.speedUp();
    }
    return segment.seq === rcvNxt ? this.acceptNext(segment) : this.acceptLater(segment);
  }

  private acceptNext(segment: ReceivedSegment): Arrived {
    if (segment.textLength > 0 && !this.roomFor(segment.textLength)) return "dropped";
    const before = this.rcvNxt;
    if (segment.textLength > 0) {
      this.window.open();
      this.deliver(this.pieceOf(segment));
      this.timing.arrived(Math.floor(this.rcvWnd / Math.max(this.window.receivedMss, 1)));
    }
    // RFC5681-4.2-gap: what fills a gap is acknowledged at once, also one before a FIN.
    if (this.finSeq !== undefined && !segment.fin) this.timing.demand();
    if (segment.fin) this.finSeq = (segment.end - 1) >>> 0;
    if (!this.assembler.empty) {
      const overlap = this.assembler.overlap(before, this.rcvNxt);
      if (overlap !== undefined) this.noteDuplicate(overlap.left, overlap.right);
      // RFC9293-SHLD-31
      this.assembler.release(this.rcvNxt, (piece) => {
        this.endpoint.buffers.rmem_alloc -= piece.charge;
        this.deliver(piece);
      });
      // RFC5681-4.2-gap, RFC5681-3.2-ack-fill: a segment that fills a gap is acknowledged at once.
      if (this.assembler.empty) this.timing.demand();
    }
    this.reachFin();
    this.window.measure(this.rcvNxt);
    return "in-order";
  }

  private acceptLater(segment: ReceivedSegment): Arrived {
    this.timing.speedUp();
    // RFC9293-3.10.7.4-fin-ooo, RFC9293-SHLD-31
    if (segment.fin && this.finSeq === undefined) this.finSeq = (segment.end - 1) >>> 0;
    if (!this.roomFor(segment.textLength)) {
      this.endpoint.net.mib.inc(Counter.TcpExtTCPOFODrop);
      return "dropped";
    }
    const charged = this.assembler.charge;
    this.endpoint.net.mib.inc(Counter.TcpExtTCPOFOQueue);
    const placed = this.assembler.insert({ ...this.pieceOf(segment), fin: segment.fin });
    // As watched: without SACK the window waits until the hole is filled.
    if (this.negotiated.sack && placed.fresh > 0) this.window.openFor();
    this.endpoint.buffers.rmem_alloc += this.assembler.charge - charged;
    // RFC2883-4-second-block
    if (placed.duplicate !== undefined) this.noteDuplicate(placed.duplicate.left, placed.duplicate.right);
    return "out-of-order";
  }

  /** Text of a segment that came in order; the packet's octets are the receiver's from now on. */
  private pieceOf(segment: ReceivedSegment): TextPiece {
    return {
      seq: segment.seq,
      bytes: segment.packet.bytes,
      start: segment.textStart,
      end: segment.textStart + segment.textLength,
      arrivedAt: segment.packet.timestamp_us,
      charge: chargeOf(segment.packetLength),
      free: freeBehind(segment.packetLength),
      fin: false,
    };
  }

  private deliver(piece: TextPiece): void {
    const length = piece.end - piece.start;
    if (length === 0) return;
    this.urgent.take(piece.seq, piece.bytes, piece.start, piece.end);
    this.endpoint.buffers.rmem_alloc += this.queue.append(piece);
    // RFC9293-3.10.7.4-text-deliver
    this.rcvNxt = (this.rcvNxt + length) >>> 0;
    this.octetsReceived += length;
    this.lastTextAt = this.endpoint.net.now;
  }

  private reachFin(): void {
    // RFC9293-3.10.7.4-fin-ooo, RFC9293-3.4-syn-fin-seq, RFC9293-3.10.3-recv-closewait
    if (this.finSeq === undefined || this.finished || this.finSeq !== this.rcvNxt) return;
    this.rcvNxt = (this.rcvNxt + 1) >>> 0;
    this.finished = true;
    while (this.assembler.dropLast());
  }

  /** Whether the buffer takes `length` more octets; out-of-order text makes room if it must. */
  private roomFor(length: number): boolean {
    const { endpoint, assembler } = this;
    if (endpoint.buffers.rmem_alloc + length <= endpoint.buffers.rcvbuf || this.queue.length === 0) return true;
    while (endpoint.buffers.rmem_alloc + length > endpoint.buffers.rcvbuf) {
      const charged = assembler.charge;
      if (!assembler.dropLast()) {
        endpoint.net.mib.inc(Counter.TcpExtTCPRcvQDrop);
        return endpoint.buffers.rmem_alloc <= endpoint.buffers.rcvbuf;
      }
      endpoint.net.mib.inc(Counter.TcpExtOfoPruned);
      endpoint.buffers.rmem_alloc -= charged - assembler.charge;
    }
    return true;
  }

  /** After a segment's text: acknowledges now or later. */
  acknowledge(arrived: Arrived): void {
    const { timing, window } = this;
    // Text that went out meanwhile has acknowledged it.
    if (!timing.pending && !this.hasDuplicate) return;
    // RFC5681-4.2-ooo, RFC5681-3.2-dupack-ooo, RFC2018-4-every-seg
    if (arrived === "duplicate" || arrived === "dropped" || arrived === "out-of-order") {
      return this.host.sendAck();
    }
    // RFC9293-SHLD-19, RFC5681-4.2-second, RFC9293-SHLD-18, RFC5681-4.2-delack: at least every second full-sized segment, and at once while something is missing.
    const waiting = distance(this.rcvNxt, window.acknowledged);
    const every = waiting > window.receivedMss && window.opens(this.rcvNxt);
    if (every || timing.atOnce || !this.assembler.empty || this.hasDuplicate) this.host.sendAck();
    else timing.later();
  }

  // The program's share.

  /** Octets that can be read now. */
  get readable(): number {
    return this.queue.length;
  }

  /** The program has read `count` octets. */
  consume(count: number): void {
    this.endpoint.buffers.rmem_alloc -= this.queue.consume(count);
    this.copied = (this.copied + count) >>> 0;
    this.urgent.passed(this.copied);
    this.window.taken(count, this.host.srtt);
  }

  /** After reading: tells the peer of the room that made, or acknowledges what waited only for an answer. */
  afterReading(connected: boolean): void {
    const { timing, window } = this;
    if (timing.pending) {
      const waiting = distance(this.rcvNxt, window.acknowledged);
      if (
        waiting > window.receivedMss || (this.queue.length === 0 && waiting > 0 && timing.quickAck && timing.atOnce)
      ) {
        return this.host.sendAck();
      }
    }
    if (connected && window.worthTelling(this.rcvNxt)) this.host.sendAck();
  }

  /** Drops everything that could have been read; how many octets that was. */
  discard(): number {
    const unread = this.queue.length;
    if (unread > 0) this.endpoint.buffers.rmem_alloc -= this.queue.consume(unread);
    return unread;
  }

  /** Whether the peer's FIN came but something before it is missing. */
  get finAhead(): boolean {
    return this.finSeq !== undefined && !this.finished && gt(this.finSeq, this.rcvNxt);
  }
}
