/**
 * What a program wants to hear of octets that it wrote: transmit timestamps (SO_TIMESTAMPING) and that their memory is free again
 * (MSG_ZEROCOPY).
 *
 * @module
 */
import {
  SCM_TSTAMP_ACK,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_STATS,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_ACK,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
} from "../../../abi/socket_constants.ts";
import { distance, gt, leq } from "../../wire/seq.ts";
import type { ErrorQueue } from "../../inet/error_queue.ts";
import type { Connection, ConnectionObserver } from "../connection/connection.ts";
import type { QueuedSegment } from "../send/queued_segment.ts";
import { timestampStatistics } from "./statistics.ts";

/** A written octet whose way is watched: the one before `end`. */
interface Watched {
  readonly end: number;
  /** `SOF_TIMESTAMPING_TX_*` that were wanted when it was written. */
  readonly flags: number;
  readonly key: number;
  sent: boolean;
  /** Text of the segment that it left with: comes back with the timestamp unless SOF_TIMESTAMPING_OPT_TSONLY. */
  text: Uint8Array;
}

/** A call with MSG_ZEROCOPY: its octets end before `end`. */
interface ZeroCopy {
  readonly end: number;
  readonly id: number;
}

const NO_TEXT = new Uint8Array(0);
/** The socket whose octets are marked. */
export interface MarkedSocket {
  readonly net: { readonly now: number };
  readonly so: { readonly timestamping: number };
  readonly sk_tskey: number;
  readonly error_queue: ErrorQueue;
  readonly connection: Connection | undefined;
  /** Stack time as µs since the epoch. */
  realtime(us: number): number;
}

const TX_FLAGS = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_ACK;

/** The marks of one socket. */
export class SentMarks implements ConnectionObserver {
  private watched: Watched[] = [];
  private zeroCopies: ZeroCopy[] = [];
  private nextZeroCopy = 0;

  /** No marks on `socket`. */
  constructor(private readonly socket: MarkedSocket) {}

  /** A write ends at `end`: `flags` of SO_TIMESTAMPING that apply to it. */
  watch(end: number, flags: number): void {
    const { socket } = this;
    if ((flags & TX_FLAGS) === 0) return;
    const withKey = (socket.so.timestamping & SOF_TIMESTAMPING_OPT_ID) !== 0;
    const key = withKey ? distance((end - 1) >>> 0, socket.sk_tskey) : 0;
    const left = this.alreadySent(end);
    this.watched.push({
      end,
      flags,
      key,
      sent: left !== undefined,
      text: left === undefined ? NO_TEXT : this.textOf(left),
    });
  }

  /** The segment with the octet before `end`, if it left while its call was still writing: only its acknowledgement is to come. */
  private alreadySent(end: number): QueuedSegment | undefined {
    const queue = this.socket.connection?.sender.queue;
    if (queue === undefined || queue.sentCount === 0) return undefined;
    const last = queue.sentAt(queue.sentIndexOf((end - 1) >>> 0));
    return gt(end, last.end) ? undefined : last;
  }

  /** A call with MSG_ZEROCOPY wrote what ends at `end`. */
  zeroCopy(end: number): void {
    this.zeroCopies.push({ end, id: this.nextZeroCopy });
    this.nextZeroCopy = (this.nextZeroCopy + 1) >>> 0;
  }

  sentNew(segment: QueuedSegment): void {
    for (const watched of this.watched) {
      if (watched.sent || gt(watched.end, segment.end)) continue;
      watched.sent = true;
      watched.text = this.textOf(segment);
      if ((watched.flags & SOF_TIMESTAMPING_TX_SCHED) !== 0) this.stamp(SCM_TSTAMP_SCHED, watched);
      if ((watched.flags & SOF_TIMESTAMPING_TX_SOFTWARE) !== 0) this.stamp(SCM_TSTAMP_SND, watched);
    }
  }

  private textOf(segment: QueuedSegment): Uint8Array {
    const queue = this.socket.connection?.sender.queue;
    if (queue === undefined || (this.socket.so.timestamping & SOF_TIMESTAMPING_OPT_TSONLY) !== 0) return NO_TEXT;
    const text = new Uint8Array(segment.textLength);
    queue.copyText(segment.textSeq, text.length, text, 0);
    return text;
  }

  acknowledged(una: number): void {
    while (this.watched.length > 0 && leq(this.watched[0]!.end, una)) {
      const watched = this.watched.shift()!;
      if ((watched.flags & SOF_TIMESTAMPING_TX_ACK) !== 0) this.stamp(SCM_TSTAMP_ACK, watched);
    }
    while (this.zeroCopies.length > 0 && leq(this.zeroCopies[0]!.end, una)) this.complete(this.zeroCopies.shift()!);
  }

  closed(): void {
    this.watched = [];
    for (const call of this.zeroCopies.splice(0)) this.complete(call);
  }

  /** Its octets were copied when they were written: the memory has been free since. */
  private complete({ id }: ZeroCopy): void {
    this.socket.error_queue.queueZerocopy(id, id, true);
  }

  private stamp(kind: number, { key, text }: Watched): void {
    const { socket } = this;
    if ((socket.so.timestamping & SOF_TIMESTAMPING_SOFTWARE) === 0) return;
    const { timestamping } = socket.so;
    const withStatistics = (timestamping & SOF_TIMESTAMPING_OPT_STATS) !== 0 &&
      (timestamping & SOF_TIMESTAMPING_OPT_TSONLY) !== 0;
    const content = withStatistics && socket.connection !== undefined
      ? { opt_stats: timestampStatistics(socket.connection) }
      : { payload: text };
    socket.error_queue.queueTimestamp(kind, key, socket.realtime(socket.net.now), content);
  }
}
