/**
 * Text of the send queue, as the transmitter takes it.
 *
 * @module
 */
import type { SendQueue } from "./queue.ts";
import type { SegmentText } from "./transmit.ts";

/** A stretch of the queue's text. One object is used again and again. */
export class QueueText implements SegmentText {
  /** Sequence number of the first octet. */
  seq = 0;
  length = 0;

  /** No text of `queue` yet. */
  constructor(private readonly queue: SendQueue) {}

  copyTo(bytes: Uint8Array, at: number): void {
    if (this.length > 0) this.queue.copyText(this.seq, this.length, bytes, at);
  }
}
