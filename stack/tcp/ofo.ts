/**
 * The out-of-order queue and the SACK blocks that describe it: RFC 2018, RFC 2883.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { after, before, max as seq_max, min as seq_min } from "../wire/seq.ts";
import { TCP_NUM_SACKS } from "./constants.ts";
import { tcp_sack_compress_send_ack } from "./delack.ts";
import type { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** Blocks that fit beside timestamps in every case; more would be lost from ACKs that are compressed. */
const TCP_SACK_BLOCKS_EXPECTED = 2;

/** Widens block `at` of `blocks` by a range that touches it; false when it does not. */
function tcp_sack_extend(blocks: Uint32Array, at: number, seq: number, end_seq: number): boolean {
  const start = blocks[2 * at]!;
  const end = blocks[2 * at + 1]!;
  if (after(seq, end) || after(start, end_seq)) return false;
  blocks[2 * at] = seq_min(start, seq);
  blocks[2 * at + 1] = seq_max(end, end_seq);
  return true;
}

function remove_block(sk: TcpSock, at: number): void {
  sk.selective_acks.copyWithin(2 * at, 2 * at + 2, 2 * sk.rx_opt.num_sacks);
  sk.rx_opt.num_sacks--;
}

/** Notes a duplicate range to report. */
export function tcp_dsack_set(sk: TcpSock, seq: number, end_seq: number): void {
  if (!sk.rx_opt.sack_ok || sk.tcp.sysctl.dsack.value === 0) return;
  sk.net.mib.inc(before(seq, sk.rcv_nxt) ? Counter.TcpExtTCPDSACKOldSent : Counter.TcpExtTCPDSACKOfoSent);
  sk.rx_opt.dsack = true;
  sk.duplicate_sack[0] = seq;
  sk.duplicate_sack[1] = end_seq;
}

/** As {@link tcp_dsack_set}, widening one that waits to be sent. */
export function tcp_dsack_extend(sk: TcpSock, seq: number, end_seq: number): void {
  if (!sk.rx_opt.dsack) tcp_dsack_set(sk, seq, end_seq);
  else tcp_sack_extend(sk.duplicate_sack, 0, seq, end_seq);
}

/** Blocks that grew together become one. */
function tcp_sack_maybe_coalesce(sk: TcpSock): void {
  const blocks = sk.selective_acks;
  for (let at = 1; at < sk.rx_opt.num_sacks;) {
    if (tcp_sack_extend(blocks, 0, blocks[2 * at]!, blocks[2 * at + 1]!)) remove_block(sk, at);
    else at++;
  }
}

/** A range came in out of order: its block becomes the first one. */
export function tcp_sack_new_ofo_skb(sk: TcpSock, seq: number, end_seq: number): void {
  const blocks = sk.selective_acks;
  const count = sk.rx_opt.num_sacks;
  for (let at = 0; at < count; at++) {
    if (!tcp_sack_extend(blocks, at, seq, end_seq)) continue;
    if (at >= TCP_SACK_BLOCKS_EXPECTED) tcp_sack_compress_send_ack(sk);
    const start = blocks[2 * at]!;
    const end = blocks[2 * at + 1]!;
    blocks.copyWithin(2, 0, 2 * at);
    blocks[0] = start;
    blocks[1] = end;
    if (count > 1) tcp_sack_maybe_coalesce(sk);
    return;
  }
  if (count >= TCP_SACK_BLOCKS_EXPECTED) tcp_sack_compress_send_ack(sk);
  const kept = Math.min(count, TCP_NUM_SACKS - 1);
  blocks.copyWithin(2, 0, 2 * kept);
  blocks[0] = seq;
  blocks[1] = end_seq;
  sk.rx_opt.num_sacks = kept + 1;
}

/** rcv_nxt moved: blocks below it are no longer out of order. */
export function tcp_sack_remove(sk: TcpSock): void {
  if (sk.out_of_order_queue.empty) {
    sk.rx_opt.num_sacks = 0;
    return;
  }
  for (let at = 0; at < sk.rx_opt.num_sacks;) {
    if (!before(sk.rcv_nxt, sk.selective_acks[2 * at]!)) remove_block(sk, at);
    else at++;
  }
}

/** Takes one skb out of the queue and releases what it was charged. */
export function ofo_drop(sk: TcpSock, skb: TcpSkb): void {
  sk.out_of_order_queue.remove(skb);
  sk.sk_rmem_alloc -= skb.truesize;
}

/** Puts a segment into the queue, and settles overlaps; false when it was all there already (`tcp_data_queue_ofo`). */
export function ofo_insert(sk: TcpSock, skb: TcpSkb): boolean {
  const mib = sk.net.mib;
  const queue = sk.out_of_order_queue;
  // Most segments belong at the end.
  let place = queue.tail;
  while (place !== undefined && before(skb.seq, place.seq)) place = place.prev;
  if (place !== undefined && before(skb.seq, place.end_seq)) {
    if (!after(skb.end_seq, place.end_seq)) {
      mib.inc(Counter.TcpExtTCPOFOMerge);
      tcp_dsack_set(sk, skb.seq, skb.end_seq);
      return false;
    }
    if (after(skb.seq, place.seq)) tcp_dsack_set(sk, skb.seq, place.end_seq);
    else {
      const covered = place;
      place = place.prev;
      tcp_dsack_extend(sk, covered.seq, covered.end_seq);
      mib.inc(Counter.TcpExtTCPOFOMerge);
      ofo_drop(sk, covered);
    }
  }
  queue.insertAfter(place, skb);
  sk.sk_rmem_alloc += skb.truesize;
  for (let next = skb.next; next !== undefined; next = skb.next) {
    if (!after(skb.end_seq, next.seq)) break;
    if (before(skb.end_seq, next.end_seq)) {
      tcp_dsack_extend(sk, next.seq, skb.end_seq);
      break;
    }
    tcp_dsack_extend(sk, next.seq, next.end_seq);
    mib.inc(Counter.TcpExtTCPOFOMerge);
    ofo_drop(sk, next);
  }
  return true;
}

/** Drops the whole queue. */
export function ofo_purge(sk: TcpSock): void {
  for (let skb = sk.out_of_order_queue.head; skb !== undefined; skb = sk.out_of_order_queue.head) ofo_drop(sk, skb);
}
