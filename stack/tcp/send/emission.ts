/**
 * Gives segments of the queue to the outbox: their flags, their urgent pointer, their text.
 *
 * @module
 */
import { distance, gt, lt } from "../../wire/seq.ts";
import { ACK, FIN, PSH, URG } from "../../wire/tcp.ts";
import type { Outbox } from "./outbox.ts";
import type { SendQueue } from "./queue.ts";
import { QueueText } from "./queue_text.ts";
import type { QueuedSegment } from "./queued_segment.ts";

/** Farthest that an urgent pointer reaches. */
const URGENT_REACH = 0xffff;

/** The sending of queued segments, for one connection. */
export class Emission {
  private readonly text: QueueText;
  private readonly differences = { fresh: false, segmentSize: 0, urgentPointer: 0 };
  /** SND.UP: the octet after urgent data, or `undefined`. */
  sndUp: number | undefined = undefined;
  /** When text was sent last, µs. */
  lastSentAt = 0;
  /** Segments with text sent, for `TCP_INFO`. */
  dataSegments = 0;

  /** Sends what is in `queue`. */
  constructor(queue: SendQueue, private readonly outbox: Outbox, private readonly net: { readonly now: number }) {
    this.text = new QueueText(queue);
  }

  /** Everything before `una` is acknowledged. */
  acknowledged(una: number): void {
    if (this.sndUp !== undefined && !gt(this.sndUp, una)) this.sndUp = undefined;
  }

  /** Sends a segment that is no SYN, from `una` on if its front is acknowledged: 0 or `-errno`. */
  send(segment: QueuedSegment, mss: number, una: number, fresh: boolean): number {
    const { text, differences } = this;
    // RFC9293-3.10.7.4-ack-partial-segment
    const partly = gt(una, segment.textSeq) && lt(una, segment.end);
    const skip = partly ? distance(una, segment.textSeq) : 0;
    text.seq = (segment.textSeq + skip) >>> 0;
    text.length = segment.textLength - skip;
    if (fresh) segment.pieces = Math.max(Math.ceil(text.length / mss), 1);
    // RFC9293-MUST-60, RFC9293-3.10.8-rto, RFC9293-3.6-fin-retransmit
    let flags = ACK | segment.flags & (FIN | PSH);
    // A burst is pushed, so that a receiver that puts it together hands it on.
    if (segment.pieces > 1) flags |= PSH;
    differences.fresh = fresh && text.length > 0;
    differences.segmentSize = mss;
    differences.urgentPointer = this.urgentPointerFrom(text.seq);
    // RFC9293-MUST-30
    if (differences.urgentPointer > 0) flags |= URG;
    const result = this.outbox.send(text.seq, flags, text, differences);
    if (text.length > 0) {
      this.dataSegments += segment.pieces;
      this.lastSentAt = this.net.now;
    }
    return result;
  }

  /** The urgent pointer of a segment at `seq`, 0 for none. */
  // RFC9293-MUST-62
  private urgentPointerFrom(seq: number): number {
    if (this.sndUp === undefined || !gt(this.sndUp, seq)) return 0;
    const ahead = distance(this.sndUp, seq);
    return ahead <= URGENT_REACH ? ahead : 0;
  }
}
