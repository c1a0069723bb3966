/**
 * A segment of the send queue.
 *
 * @module
 */
import { SentSegment } from "../recovery/sent_segment.ts";
import { FIN, SYN } from "../../wire/tcp.ts";

/** A segment that was sent once at least. Its text is in the queue's store; SYN and FIN take a sequence number each. */
export class QueuedSegment extends SentSegment {
  /** `flags`: SYN, FIN, PSH of `wire/tcp.ts`. */
  constructor(seq: number, end: number, pieces: number, public flags: number) {
    super(seq, end, pieces);
  }

  /** Sequence number of its first octet of text. */
  get textSeq(): number {
    return (this.flags & SYN) !== 0 ? (this.seq + 1) >>> 0 : this.seq;
  }

  /** Octets of text. */
  get textLength(): number {
    const controls = ((this.flags & SYN) !== 0 ? 1 : 0) + ((this.flags & FIN) !== 0 ? 1 : 0);
    return ((this.end - this.seq) >>> 0) - controls;
  }
}
