/**
 * Cutting, trimming and joining the segments of the send queues, with the counters that must follow.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { ENOMEM } from "../../abi/errno.ts";
import { before } from "../wire/seq.ts";
import {
  SKB_TX_OVERHEAD,
  TCPCB_EVER_RETRANS,
  TCPCB_LOST,
  TCPCB_SACKED_ACKED,
  TCPCB_SACKED_RETRANS,
  TCPHDR_FIN,
  TCPHDR_PSH,
} from "./constants.ts";
import { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";
import { skb_zcopy_get, skb_zcopy_put } from "./zerocopy.ts";

/** Sets how many wire segments of `mss` octets an skb makes, and returns it. */
export function tcp_set_skb_tso_segs(skb: TcpSkb, mss: number): number {
  if (skb.len <= mss) {
    skb.gso_size = 0;
    skb.gso_segs = 1;
    return 1;
  }
  skb.gso_size = mss;
  skb.gso_segs = Math.ceil(skb.len / mss);
  return skb.gso_segs;
}

/** Releases an skb of a send queue and what it was charged. */
export function tcp_wmem_free_skb(sk: TcpSock, skb: TcpSkb): void {
  sk.sk_wmem_queued -= skb.truesize;
  if (skb.zerocopy !== undefined) skb_zcopy_put(sk, skb.zerocopy);
  skb.zerocopy = undefined;
}

/** Fixes every counter after an skb came to stand for `decr` segments fewer. */
export function tcp_adjust_pcount(sk: TcpSock, skb: TcpSkb, decr: number): void {
  sk.packets_out -= decr;
  if (skb.sacked & TCPCB_SACKED_ACKED) sk.sacked_out -= decr;
  if (skb.sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= decr;
  if (skb.sacked & TCPCB_LOST) sk.lost_out -= decr;
  // Without SACK, sacked_out counts duplicate ACKs.
  if (!sk.rx_opt.sack_ok && decr > 0) sk.sacked_out -= Math.min(sk.sacked_out, decr);
}

/** Splits an skb of either queue at payload octet `len` (`tcp_fragment`). 0 or -ENOMEM. */
export function tcp_fragment(sk: TcpSock, skb: TcpSkb, len: number, mss: number): number {
  // A peer can make us split endlessly (SACK attacks): bound what the queue may grow to.
  const limit = sk.sk_sndbuf + 2 * (65536 + SKB_TX_OVERHEAD);
  if (sk.sk_wmem_queued / 2 > limit && skb.queue !== sk.write_queue && skb !== sk.rtx_queue.head) {
    sk.net.mib.inc(Counter.TcpExtTCPWqueueTooBig);
    return -ENOMEM;
  }
  const buff = new TcpSkb();
  sk.sk_wmem_queued += buff.truesize;
  const moved = skb.len - len;
  skb.splitTo(buff, len);
  buff.truesize += moved;
  skb.truesize -= moved;
  buff.seq = (skb.seq + len) >>> 0;
  buff.end_seq = skb.end_seq;
  skb.end_seq = buff.seq;
  buff.tcp_flags = skb.tcp_flags;
  skb.tcp_flags &= ~(TCPHDR_FIN | TCPHDR_PSH);
  buff.sacked = skb.sacked;
  buff.eor = skb.eor;
  skb.eor = false;
  if (skb.zerocopy !== undefined) buff.zerocopy = skb_zcopy_get(skb.zerocopy);
  split_timestamp(skb, buff);
  buff.skb_mstamp = skb.skb_mstamp;
  buff.tx_delivered = skb.tx_delivered;
  buff.tx_delivered_ce = skb.tx_delivered_ce;
  buff.tx_delivered_mstamp = skb.tx_delivered_mstamp;
  buff.tx_first_mstamp = skb.tx_first_mstamp;
  buff.tx_is_app_limited = skb.tx_is_app_limited;
  buff.tx_in_flight = skb.tx_in_flight;
  const old_factor = skb.gso_segs;
  tcp_set_skb_tso_segs(skb, mss);
  tcp_set_skb_tso_segs(buff, mss);
  if (!before(sk.snd_nxt, buff.end_seq)) {
    const diff = old_factor - skb.gso_segs - buff.gso_segs;
    if (diff !== 0) tcp_adjust_pcount(sk, skb, diff);
  }
  skb.queue!.insertAfter(skb, buff);
  return 0;
}

/** A timestamp request belongs to the half with the octet it names. */
function split_timestamp(skb: TcpSkb, buff: TcpSkb): void {
  if (skb.tx_flags === 0 && !skb.txstamp_ack) return;
  if (before(skb.tskey, buff.seq)) return;
  buff.tx_flags = skb.tx_flags;
  buff.tskey = skb.tskey;
  buff.txstamp_ack = skb.txstamp_ack;
  skb.tx_flags = 0;
  skb.txstamp_ack = false;
}

/** The later timestamp request wins when two skbs become one. */
export function tcp_skb_collapse_tstamp(skb: TcpSkb, next: TcpSkb): void {
  if (next.tx_flags === 0 && !next.txstamp_ack) return;
  skb.tx_flags |= next.tx_flags;
  skb.tskey = next.tskey;
  skb.txstamp_ack ||= next.txstamp_ack;
}

/** Drops `len` acknowledged octets from the front (`tcp_trim_head`). */
export function tcp_trim_head(sk: TcpSock, skb: TcpSkb, len: number): void {
  skb.trimFront(len);
  skb.seq = (skb.seq + len) >>> 0;
  skb.truesize -= len;
  sk.sk_wmem_queued -= len;
  if (skb.gso_segs > 1) tcp_set_skb_tso_segs(skb, skb.gso_size);
}

/** Whether data may be added to the end of `skb`. */
export function tcp_skb_can_collapse_to(skb: TcpSkb): boolean {
  return !skb.eor;
}

/** Whether `from` may become part of `to`. */
export function tcp_skb_can_collapse(to: TcpSkb, from: TcpSkb): boolean {
  return !to.eor && to.zerocopy === from.zerocopy;
}

/** Moves up to `amount` octets from the front of the next skb to the end of `skb` (`tcp_grow_skb`). */
export function tcp_grow_skb(sk: TcpSock, skb: TcpSkb, amount: number): void {
  const next = skb.next;
  if (next === undefined || !tcp_skb_can_collapse(skb, next)) return;
  // What refers to a program's pages stays as it was cut.
  if (skb.zerocopy !== undefined || next.zerocopy !== undefined) return;
  const take = Math.min(amount, next.len);
  if (take === 0) return;
  shift_payload(skb, next, take);
  skb.end_seq = (skb.end_seq + take) >>> 0;
  next.seq = (next.seq + take) >>> 0;
  if (next.len > 0) return;
  skb.end_seq = next.end_seq;
  skb.eor = next.eor;
  skb.tcp_flags |= next.tcp_flags;
  tcp_skb_collapse_tstamp(skb, next);
  sk.write_queue.remove(next);
  tcp_wmem_free_skb(sk, next);
}

/** Moves `count` octets of payload, with their charge, from the front of `from` to the end of `to`. */
export function shift_payload(to: TcpSkb, from: TcpSkb, count: number): void {
  const rest = new TcpSkb();
  from.splitTo(rest, count);
  for (const piece of from.frags) to.append(piece);
  from.frags = rest.frags;
  from.len = rest.len;
  to.truesize += count;
  from.truesize -= count;
}

/** Joins the skbs after `to` into it while they are small and fit (`tcp_retrans_try_collapse`). */
export function tcp_retrans_try_collapse(sk: TcpSock, to: TcpSkb, room: number, wnd_end: number): void {
  if (sk.tcp.sysctl.retrans_collapse.value === 0 || to.syn) return;
  if (to.gso_segs > 1 || to.sacked & TCPCB_SACKED_ACKED) return;
  let space = room - to.len;
  for (let next = to.next; next !== undefined; next = to.next) {
    if (next.gso_segs > 1 || next.sacked & TCPCB_SACKED_ACKED || !tcp_skb_can_collapse(to, next)) return;
    space -= next.len;
    if (space < 0 || ((wnd_end - next.end_seq) | 0) < 0) return;
    collapse(sk, to, next);
  }
}

function collapse(sk: TcpSock, skb: TcpSkb, next: TcpSkb): void {
  if (sk.highest_sack === next) sk.highest_sack = skb;
  const moved = next.len;
  for (const piece of next.frags) skb.append(piece);
  skb.truesize += moved;
  next.truesize -= moved;
  skb.end_seq = next.end_seq;
  skb.tcp_flags |= next.tcp_flags;
  skb.sacked |= next.sacked & TCPCB_EVER_RETRANS;
  skb.eor = next.eor;
  if (sk.retransmit_skb_hint === next) sk.retransmit_skb_hint = skb;
  tcp_adjust_pcount(sk, next, next.gso_segs);
  tcp_skb_collapse_tstamp(skb, next);
  sk.rtx_queue.remove(next);
  tcp_wmem_free_skb(sk, next);
}
