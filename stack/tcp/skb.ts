/**
 * What TCP keeps in its queues, after `sk_buff` with `tcp_skb_cb`: sequence range, flags, marks, data.
 *
 * @module
 */
import { SKB_TX_OVERHEAD } from "./constants.ts";

/** Octets of a page that small pieces are cut from. */
const PAGE_FRAG_SIZE = 16384;
/** Pieces from this size on get a buffer of their own. */
const LARGE = 2048;

/** A run of user data that asks for completion notifications (`ubuf_info`). */
export interface ZerocopyRange {
  /** First and last notification id. */
  id: number;
  len: number;
  /** References: the call itself and each skb that holds data of it. */
  refcount: number;
}

/** One queued segment (or super-segment) of the send side, or one received segment. */
export class TcpSkb {
  next: TcpSkb | undefined = undefined;
  prev: TcpSkb | undefined = undefined;
  /** The queue it is in. */
  queue: SkbQueue | undefined = undefined;
  /** First sequence number. */
  seq = 0;
  /** After the last: SYN and FIN count one each. */
  end_seq = 0;
  /** `TCPHDR_*`. */
  tcp_flags = 0;
  /** `TCPCB_*`. */
  sacked = 0;
  /** Octets of payload. */
  len = 0;
  /** Accounted size. */
  truesize = SKB_TX_OVERHEAD;
  /** Segments it makes on the wire (`tcp_gso_segs`). */
  gso_segs = 1;
  /** MSS it was cut for; 0 for a single segment. */
  gso_size = 0;
  /** Nothing may be appended (`MSG_EOR`). */
  eor = false;
  /** When it was last sent, µs; on the receive side, when it came in. */
  skb_mstamp = 0;
  /** `tp->delivered` when it was sent. */
  tx_delivered = 0;
  tx_delivered_ce = 0;
  /** `tp->delivered_mstamp` when it was sent. */
  tx_delivered_mstamp = 0;
  tx_first_mstamp = 0;
  tx_in_flight = 0;
  tx_is_app_limited = false;
  /** Payload pieces, `len` octets in all. */
  frags: Uint8Array[] = [];
  /** Pages that zero-copy sends would have pinned. */
  zerocopy_frags = 0;
  /** Zero-copy sends whose data it carries. */
  zerocopy: ZerocopyRange | undefined = undefined;
  /** `SKBTX_*` timestamp requests. */
  tx_flags = 0;
  /** `SO_TIMESTAMPING` key. */
  tskey = 0;
  /** `SCM_TSTAMP_ACK` was asked for. */
  txstamp_ack = false;
  /** Receive side: payload octets already trimmed or read are not in `frags`; a FIN ends it. */
  fin = false;
  /** Receive side: URG octet position handling, the packet's urgent pointer. */
  has_rxtstamp = false;
  /** Receive side: wire segments it stands for. */
  ip_dsfield = 0;

  /** Whether it carries a SYN or FIN flag. */
  get syn(): boolean {
    return (this.tcp_flags & 2) !== 0;
  }

  /** Octets of sequence space. */
  get seq_len(): number {
    return (this.end_seq - this.seq) >>> 0;
  }

  /** Adds a piece, joined to the one before it when they touch in memory. */
  append(piece: Uint8Array): void {
    const last = this.frags[this.frags.length - 1];
    if (last !== undefined && last.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset) {
      this.frags[this.frags.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + piece.length);
    } else this.frags.push(piece);
    this.len += piece.length;
  }

  /** Moves the payload from octet `at` on to `to`, behind what that holds. */
  splitTo(to: TcpSkb, at: number): void {
    let offset = 0;
    const kept: Uint8Array[] = [];
    const moved: Uint8Array[] = [];
    for (const piece of this.frags) {
      if (offset + piece.length <= at) kept.push(piece);
      else if (offset >= at) moved.push(piece);
      else {
        kept.push(piece.subarray(0, at - offset));
        moved.push(piece.subarray(at - offset));
      }
      offset += piece.length;
    }
    this.frags = kept;
    this.len = at;
    for (const piece of moved) to.append(piece);
  }

  /** Drops the first `count` octets of payload. */
  trimFront(count: number): void {
    let left = count;
    while (left > 0) {
      const piece = this.frags[0]!;
      if (piece.length <= left) {
        this.frags.shift();
        left -= piece.length;
      } else {
        this.frags[0] = piece.subarray(left);
        left = 0;
      }
    }
    this.len -= count;
  }

  /** Cuts the payload to its first `length` octets. */
  trimTo(length: number): void {
    while (this.len > length) {
      const piece = this.frags[this.frags.length - 1]!;
      const excess = this.len - length;
      if (piece.length <= excess) {
        this.frags.pop();
        this.len -= piece.length;
      } else {
        this.frags[this.frags.length - 1] = piece.subarray(0, piece.length - excess);
        this.len -= excess;
      }
    }
  }

  /** Copies `length` octets from payload octet `offset` on to `to[at]`. */
  copyTo(to: Uint8Array, at: number, offset: number, length: number): void {
    let skip = offset;
    let left = length;
    let position = at;
    for (const piece of this.frags) {
      if (left === 0) return;
      if (skip >= piece.length) {
        skip -= piece.length;
        continue;
      }
      const take = Math.min(piece.length - skip, left);
      to.set(take === piece.length ? piece : piece.subarray(skip, skip + take), position);
      position += take;
      left -= take;
      skip = 0;
    }
  }
}

/** A doubly linked list of skbs; an skb is in at most one. */
export class SkbQueue {
  head: TcpSkb | undefined = undefined;
  tail: TcpSkb | undefined = undefined;
  length = 0;

  /** Whether nothing is queued. */
  get empty(): boolean {
    return this.head === undefined;
  }

  push(skb: TcpSkb): void {
    this.insertAfter(this.tail, skb);
  }

  unshift(skb: TcpSkb): void {
    this.insertAfter(undefined, skb);
  }

  /** Puts `skb` after `after`, or at the front when that is undefined. */
  insertAfter(after: TcpSkb | undefined, skb: TcpSkb): void {
    const next = after === undefined ? this.head : after.next;
    skb.prev = after;
    skb.next = next;
    skb.queue = this;
    if (after === undefined) this.head = skb;
    else after.next = skb;
    if (next === undefined) this.tail = skb;
    else next.prev = skb;
    this.length++;
  }

  remove(skb: TcpSkb): void {
    if (skb.queue !== this) return;
    if (skb.prev === undefined) this.head = skb.next;
    else skb.prev.next = skb.next;
    if (skb.next === undefined) this.tail = skb.prev;
    else skb.next.prev = skb.prev;
    skb.next = undefined;
    skb.prev = undefined;
    skb.queue = undefined;
    this.length--;
  }

  shift(): TcpSkb | undefined {
    const skb = this.head;
    if (skb !== undefined) this.remove(skb);
    return skb;
  }
}

/**
 * Copies of user data. Small ones are slices of pages that all connections share, as `sk_page_frag` cuts them, so that a
 * few octets cost no buffer of their own.
 */
export class PageFrag {
  private page: Uint8Array | undefined = undefined;
  private offset = 0;

  /** Copies `data[start, end)`, or as much as fits the page, and returns the copy. */
  copy(data: Uint8Array, start: number, end: number): Uint8Array {
    if (end - start >= LARGE) return data.slice(start, end);
    if (this.page === undefined || this.offset === this.page.length) {
      this.page = new Uint8Array(PAGE_FRAG_SIZE);
      this.offset = 0;
    }
    const take = Math.min(end - start, this.page.length - this.offset);
    const piece = this.page.subarray(this.offset, this.offset + take);
    piece.set(take === data.length ? data : data.subarray(start, start + take));
    this.offset += take;
    return piece;
  }
}
