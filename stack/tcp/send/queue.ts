/**
 * The send queue: what a program wrote, from the oldest octet that is not acknowledged to the newest.
 *
 * Octets are kept as one stream. Segments are cut from it when they are sent for the first time, and are kept with what
 * recovery notes on them until they are acknowledged.
 *
 * @module
 */
import type { SentQueue } from "../recovery/interface.ts";
import { distance, gt, leq } from "../../wire/seq.ts";
import { FIN, PSH, SYN } from "../../wire/tcp.ts";
import { OctetPool, OctetStore } from "./octet_store.ts";
import { QueuedSegment } from "./queued_segment.ts";

/** What a segment costs in the accounting of SO_SNDBUF beside its octets, observed of Linux. */
export const SEGMENT_OVERHEAD = 816;

/** A piece of the stream that was not sent yet: what one write or several brought, up to a burst. */
interface Chunk {
  /** The sequence number after its last octet. */
  end: number;
  /** Its last segment is pushed (RFC9293-SHLD-27: later marks in it count as one). */
  pushed: boolean;
  /** The end of a record (MSG_EOR): nothing is added any more, and no segment reaches across. */
  closed: boolean;
}

/** The send queue of one connection. */
export class SendQueue implements SentQueue {
  private readonly store: OctetStore;
  private sent: QueuedSegment[] = [];
  /** Index in `sent` of the oldest segment; those before it are gone. */
  private head = 0;
  /** Sequence number of the first octet in the store. */
  private storeSeq: number;
  /** Sequence number of the first octet (or of the FIN) that was never sent. */
  unsentSeq: number;
  /** The sequence number after the last octet written. */
  writtenEnd: number;
  /** The stream ends with a FIN at {@link writtenEnd}. */
  finQueued = false;
  /** The FIN was sent once at least. */
  finSent = false;
  /** The stream that was not sent yet. */
  private chunks: Chunk[] = [];
  /** The chunks that the last cut used up. */
  private usedUp: Chunk[] = [];
  /** The sequence number after the last octet that is to be pushed. */
  private pushSeq: number;

  /** An empty queue whose first segment, a SYN, has sequence number `iss`. */
  constructor(iss: number, private readonly mssOf: () => number, pool: OctetPool = new OctetPool()) {
    this.store = new OctetStore(pool);
    const first = (iss + 1) >>> 0;
    this.storeSeq =
      this.unsentSeq =
      this.writtenEnd =
      this.pushSeq =
        first;
  }

  // The sent part, as recovery sees it.

  get sentCount(): number {
    return this.sent.length - this.head;
  }

  sentAt(index: number): QueuedSegment {
    return this.sent[this.head + index]!;
  }

  sentIndexOf(seq: number): number {
    let low = this.head;
    let high = this.sent.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (leq(this.sent[middle]!.seq, seq)) low = middle + 1;
      else high = middle;
    }
    return low - 1 - this.head;
  }

  split(index: number, seq: number): QueuedSegment {
    const first = this.sentAt(index);
    const length = distance(first.end, seq);
    const pieces = Math.min(Math.max(Math.ceil(length / this.mssOf()), 1), first.pieces - 1);
    // PSH and FIN belong to the last octet, SYN to the first.
    const second = new QueuedSegment(seq, first.end, pieces, first.flags & ~SYN);
    second.inherit(first);
    first.end = seq;
    first.pieces -= pieces;
    first.flags &= ~(FIN | PSH);
    this.sent.splice(this.head + index + 1, 0, second);
    return second;
  }

  /** The `count` oldest segments are acknowledged, and with them everything before `una`. */
  acknowledge(count: number, una: number): void {
    this.head += count;
    if (this.head > 32 && this.head * 2 > this.sent.length) {
      this.sent.splice(0, this.head);
      this.head = 0;
    }
    // A FIN has no octet in the store.
    const released = Math.min(distance(una, this.storeSeq), this.store.length);
    if (gt(una, this.storeSeq) && released > 0) {
      this.store.release(released);
      this.storeSeq = (this.storeSeq + released) >>> 0;
    }
  }

  // The part that is not sent.

  /** Octets written and never sent. */
  get unsent(): number {
    return distance(this.writtenEnd, this.unsentSeq);
  }

  /** Octets written and not acknowledged. */
  get octets(): number {
    return this.store.length;
  }

  /** What the queue is charged to the send buffer. */
  get charged(): number {
    return this.store.length + SEGMENT_OVERHEAD * (this.sentCount + this.chunks.length);
  }

  /** Whether there is anything that was never sent, a FIN included. */
  get hasUnsent(): boolean {
    return this.writtenEnd !== this.unsentSeq || (this.finQueued && !this.finSent);
  }

  /** How many octets the newest chunk still takes when one has `goal` octets; 0: another must begin. */
  roomInChunk(goal: number): number {
    const last = this.chunks.at(-1);
    if (last === undefined || last.closed) return 0;
    const start = this.chunks.at(-2)?.end ?? this.unsentSeq;
    return Math.max(goal - distance(last.end, start), 0);
  }

  /** The next octet written begins another chunk. */
  beginChunk(): void {
    this.chunks.push({ end: this.writtenEnd, pushed: false, closed: false });
  }

  /** Adds octets to the newest chunk. */
  write(data: Uint8Array): void {
    this.store.append(data);
    this.writtenEnd = (this.writtenEnd + data.length) >>> 0;
    this.chunks.at(-1)!.end = this.writtenEnd;
  }

  /** What is written so far is to be pushed to the peer's program. */
  push(): void {
    this.pushSeq = this.writtenEnd;
    const last = this.chunks.at(-1);
    if (last !== undefined) last.pushed = true;
  }

  /** Octets written since the last {@link push}. */
  get unpushed(): number {
    return distance(this.writtenEnd, this.pushSeq);
  }

  /** A record ends here. */
  endRecord(): void {
    const last = this.chunks.at(-1);
    if (last !== undefined) last.pushed = last.closed = true;
  }

  /** Unsent octets up to the end of the first record, or all. */
  get unsentOfRecord(): number {
    for (const chunk of this.chunks) if (chunk.closed) return distance(chunk.end, this.unsentSeq);
    return this.unsent;
  }

  /** Cuts the next segment of `length` octets of text off the unsent part; the FIN goes with the last octet. */
  cut(length: number, mss: number): QueuedSegment {
    const seq = this.unsentSeq;
    const textEnd = (seq + length) >>> 0;
    const pieces = Math.max(Math.ceil(length / mss), 1);
    let flags = this.useUp(textEnd) && length > 0 ? PSH : 0;
    const fin = this.finQueued && textEnd === this.writtenEnd;
    if (fin) {
      flags |= FIN;
      this.finSent = true;
    }
    const end = fin ? (textEnd + 1) >>> 0 : textEnd;
    const segment = new QueuedSegment(seq, end, pieces, flags);
    this.sent.push(segment);
    this.unsentSeq = textEnd;
    return segment;
  }

  /** `segment`, cut last, did not leave this host: its text is unsent again. */
  takeBack(segment: QueuedSegment): void {
    this.sent.pop();
    if ((segment.flags & FIN) !== 0) this.finSent = false;
    this.unsentSeq = segment.textSeq;
    this.chunks.unshift(...this.usedUp);
    this.usedUp = [];
  }

  /** Chunks that end before or at `end` are used up. Whether any of them was to be pushed. */
  private useUp(end: number): boolean {
    let count = 0;
    while (count < this.chunks.length && leq(this.chunks[count]!.end, end)) count++;
    if (count === 0) {
      if (this.usedUp.length > 0) this.usedUp = [];
      return false;
    }
    this.usedUp = this.chunks.splice(0, count);
    return this.usedUp.some((chunk) => chunk.pushed);
  }

  /** Queues the SYN. */
  cutSyn(): QueuedSegment {
    const segment = new QueuedSegment((this.unsentSeq - 1) >>> 0, this.unsentSeq, 1, SYN);
    this.sent.push(segment);
    return segment;
  }

  /** Copies the octets of `[seq, seq + length)` to `bytes[at …]`. */
  copyText(seq: number, length: number, bytes: Uint8Array, at: number): void {
    this.store.copyTo(distance(seq, this.storeSeq), length, bytes, at);
  }

  /** Drops everything. */
  clear(): void {
    this.store.release(this.store.length);
    this.sent = [];
    this.head = 0;
    this.storeSeq = this.writtenEnd;
    this.unsentSeq = this.writtenEnd;
    this.chunks = [];
  }
}
