/**
 * The SACK scoreboard: RFC 2018, RFC 2883, RFC 6675.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { TCP_CA_Loss } from "../../abi/tcp_constants.ts";
import { after, before } from "../wire/seq.ts";
import {
  FLAG_DATA_SACKED,
  FLAG_DSACK_TLP,
  FLAG_DSACKING_ACK,
  FLAG_ORIG_SACK_ACKED,
  TCPCB_LOST,
  TCPCB_RETRANS,
  TCPCB_SACKED_ACKED,
  TCPCB_SACKED_RETRANS,
} from "./constants.ts";
import { tcp_rack_advance } from "./rack.ts";
import { type RateSample, tcp_rate_skb_delivered } from "./rate.ts";
import type { Segment } from "./segment.ts";
import { tcp_fragment } from "./segments.ts";
import type { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** What one ACK's SACK blocks did; one object is filled again for each ACK. */
export class SackState {
  /** Lowest sequence number newly SACKed out of order. */
  reord = 0;
  first_sackt = 0;
  last_sackt = 0;
  flag = 0;
  sack_delivered = 0;
  rate!: RateSample;

  reset(rate: RateSample): void {
    this.reord = 0;
    this.first_sackt = -1;
    this.last_sackt = -1;
    this.flag = 0;
    this.sack_delivered = 0;
    this.rate = rate;
  }
}

/** Sequence number after the highest SACKed data, `snd_una` when nothing is. */
export function tcp_highest_sack_seq(sk: TcpSock): number {
  if (sk.sacked_out === 0) return sk.snd_una;
  return sk.highest_sack === undefined ? sk.snd_nxt : sk.highest_sack.seq;
}

/** Learns how far segments get reordered. */
export function tcp_check_sack_reordering(sk: TcpSock, low_seq: number, by_timestamp: boolean): void {
  const mss = sk.mss_cache;
  const fack = tcp_highest_sack_seq(sk);
  if (!before(low_seq, fack)) return;
  const metric = (fack - low_seq) >>> 0;
  if (metric > sk.reordering * mss && mss > 0) {
    sk.reordering = Math.min(Math.ceil(metric / mss), sk.tcp.sysctl.max_reordering.value);
  }
  sk.reord_seen++;
  sk.net.mib.inc(by_timestamp ? Counter.TcpExtTCPTSReorder : Counter.TcpExtTCPSACKReorder);
}

/** Whether a block can mean what we sent (`tcp_is_sackblock_valid`). */
function tcp_is_sackblock_valid(sk: TcpSock, is_dsack: boolean, start: number, end: number): boolean {
  if (after(end, sk.snd_nxt) || !before(start, end) || !before(start, sk.snd_nxt)) return false;
  if (after(start, sk.snd_una)) return true;
  if (!is_dsack || sk.undo_marker === 0) return false;
  if (after(end, sk.snd_una)) return false;
  if (!before(start, sk.undo_marker)) return true;
  if (!after(end, sk.undo_marker)) return false;
  return !before(start, (end - sk.max_window) >>> 0);
}

/** Counts a DSACK; 0 when it can't be about our retransmissions. */
function tcp_dsack_seen(sk: TcpSock, start: number, end: number, state: SackState): number {
  if (!before(start, end)) return 0;
  const length = (end - start) >>> 0;
  if (length > sk.max_window) return 0;
  let dup_segs = 1;
  if (length > sk.mss_cache) dup_segs = Math.ceil(length / sk.mss_cache);
  else if (sk.tlp_high_seq !== 0 && sk.tlp_high_seq === end) state.flag |= FLAG_DSACK_TLP;
  sk.dsack_dups += dup_segs;
  if (sk.dsack_dups > sk.total_retrans) return 0;
  sk.rx_opt.dsack_seen = true;
  if (sk.reord_seen !== 0 && !(state.flag & FLAG_DSACK_TLP)) sk.rack.dsack_seen = true;
  state.flag |= FLAG_DSACKING_ACK;
  state.sack_delivered += dup_segs;
  return dup_segs;
}

/** Whether the first block reports a duplicate (RFC 2883 section 4). */
function tcp_check_dsack(sk: TcpSock, seg: Segment, prior_snd_una: number, state: SackState): boolean {
  const { sacks, num_sacks } = seg.opt;
  const mib = sk.net.mib;
  const start = sacks[0]!;
  const end = sacks[1]!;
  if (before(start, seg.ack_seq)) mib.inc(Counter.TcpExtTCPDSACKRecv);
  else if (num_sacks > 1) {
    if (after(end, sacks[3]!) || before(start, sacks[2]!)) return false;
    mib.inc(Counter.TcpExtTCPDSACKOfoRecv);
  } else return false;
  const dup_segs = tcp_dsack_seen(sk, start, end, state);
  if (dup_segs === 0) {
    mib.inc(Counter.TcpExtTCPDSACKIgnoredDubious);
    return false;
  }
  mib.add(Counter.TcpExtTCPDSACKRecvSegs, dup_segs);
  if (sk.undo_marker !== 0 && sk.undo_retrans > 0 && !after(end, prior_snd_una) && after(end, sk.undo_marker)) {
    sk.undo_retrans = Math.max(0, sk.undo_retrans - dup_segs);
  }
  return true;
}

/** Marks one segment as SACKed, and counts (`tcp_sacktag_one`). */
function tcp_sacktag_one(sk: TcpSock, skb: TcpSkb, state: SackState, dup_sack: boolean): void {
  const pcount = skb.gso_segs;
  const sacked = skb.sacked;
  if (dup_sack && sacked & TCPCB_RETRANS) {
    if (sk.undo_marker !== 0 && sk.undo_retrans > 0 && after(skb.end_seq, sk.undo_marker)) {
      sk.undo_retrans = Math.max(0, sk.undo_retrans - pcount);
    }
    if (sacked & TCPCB_SACKED_ACKED && before(skb.seq, state.reord)) state.reord = skb.seq;
  }
  if (!after(skb.end_seq, sk.snd_una)) return;
  if (!(sacked & TCPCB_SACKED_ACKED)) {
    tcp_rack_advance(sk, sacked, skb.end_seq, skb.skb_mstamp);
    if (sacked & TCPCB_SACKED_RETRANS) {
      // Not marked lost: the retransmission is taken to be still in flight.
      if (sacked & TCPCB_LOST) {
        skb.sacked &= ~(TCPCB_LOST | TCPCB_SACKED_RETRANS);
        sk.lost_out -= pcount;
        sk.retrans_out -= pcount;
      }
    } else {
      if (!(sacked & TCPCB_RETRANS)) {
        if (before(skb.seq, tcp_highest_sack_seq(sk)) && before(skb.seq, state.reord)) state.reord = skb.seq;
        if (!after(skb.end_seq, sk.high_seq)) state.flag |= FLAG_ORIG_SACK_ACKED;
        if (state.first_sackt < 0) state.first_sackt = skb.skb_mstamp;
        state.last_sackt = skb.skb_mstamp;
      }
      if (sacked & TCPCB_LOST) {
        skb.sacked &= ~TCPCB_LOST;
        sk.lost_out -= pcount;
      }
    }
    skb.sacked |= TCPCB_SACKED_ACKED;
    state.flag |= FLAG_DATA_SACKED;
    sk.sacked_out += pcount;
    state.sack_delivered += pcount;
  }
  if (dup_sack && skb.sacked & TCPCB_SACKED_RETRANS) {
    skb.sacked &= ~TCPCB_SACKED_RETRANS;
    sk.retrans_out -= pcount;
  }
}

/** Whether a segment lies in a block, split to full segments where it does in part; -1 when it can't be. */
function tcp_match_skb_to_sack(sk: TcpSock, skb: TcpSkb, start: number, end: number): number {
  let in_sack = !after(start, skb.seq) && !before(end, skb.end_seq);
  if (skb.gso_segs <= 1 || in_sack || !after(skb.end_seq, start)) return in_sack ? 1 : 0;
  const mss = skb.gso_size;
  in_sack = !after(start, skb.seq);
  let pkt_len: number;
  if (!in_sack) pkt_len = Math.max((start - skb.seq) >>> 0, mss);
  else {
    pkt_len = (end - skb.seq) >>> 0;
    if (pkt_len < mss) return -1;
  }
  if (pkt_len > mss) {
    let rounded = pkt_len - pkt_len % mss;
    if (!in_sack && rounded < pkt_len) rounded += mss;
    pkt_len = rounded;
  }
  if (pkt_len >= skb.len && !in_sack) return 0;
  if (tcp_fragment(sk, skb, pkt_len, mss) < 0) return -1;
  return in_sack ? 1 : 0;
}

/** Marks what the block covers, from `skb` on; returns where to go on for the next block. */
function tcp_sacktag_walk(
  sk: TcpSock,
  from: TcpSkb | undefined,
  start: number,
  end: number,
  dup_sack: boolean,
  state: SackState,
): TcpSkb | undefined {
  let skb = from;
  for (; skb !== undefined; skb = skb.next) {
    if (!before(skb.seq, end)) break;
    if (!after(skb.end_seq, start)) continue;
    const in_sack = tcp_match_skb_to_sack(sk, skb, start, end);
    if (in_sack < 0) break;
    if (in_sack === 0) continue;
    const was_acked = (skb.sacked & TCPCB_SACKED_ACKED) !== 0;
    const was_highest = !before(skb.seq, tcp_highest_sack_seq(sk));
    tcp_sacktag_one(sk, skb, state, dup_sack);
    if (!was_acked || dup_sack) tcp_rate_skb_delivered(sk, skb, state.rate);
    if (was_highest) sk.highest_sack = skb.next;
  }
  return skb;
}

const order = [0, 0, 0, 0];

/** Takes the SACK blocks of a segment (`tcp_sacktag_write_queue`); returns `FLAG_*`. */
export function tcp_sacktag_write_queue(sk: TcpSock, seg: Segment, prior_snd_una: number, state: SackState): number {
  const { sacks, num_sacks } = seg.opt;
  state.flag = 0;
  state.reord = sk.snd_nxt;
  if (sk.sacked_out === 0) sk.highest_sack = sk.rtx_queue.head;
  const found_dup_sack = tcp_check_dsack(sk, seg, prior_snd_una, state);
  if (before(seg.ack_seq, (prior_snd_una - sk.max_window) >>> 0)) return 0;
  if (sk.packets_out === 0) return state.flag;
  let used = 0;
  for (let i = 0; i < num_sacks; i++) {
    const start = sacks[2 * i]!;
    const end = sacks[2 * i + 1]!;
    const dup = i === 0 && found_dup_sack;
    if (!tcp_is_sackblock_valid(sk, dup, start, end)) {
      count_invalid(sk, dup);
      continue;
    }
    if (!after(end, prior_snd_una)) continue;
    // Blocks are taken in the order of their start.
    let at = used++;
    for (; at > 0 && after(sacks[2 * order[at - 1]!]!, start); at--) order[at] = order[at - 1]!;
    order[at] = i;
  }
  let skb = sk.rtx_queue.head;
  for (let i = 0; i < used; i++) {
    const block = order[i]!;
    const start = sacks[2 * block]!;
    // Blocks may overlap; a walk must not begin beyond the start of the next.
    while (skb?.prev !== undefined && after(skb.seq, start)) skb = skb.prev;
    skb = tcp_sacktag_walk(sk, skb, start, sacks[2 * block + 1]!, block === 0 && found_dup_sack, state) ??
      sk.rtx_queue.tail;
  }
  if (sk.icsk_ca_state !== TCP_CA_Loss || sk.undo_marker !== 0) tcp_check_sack_reordering(sk, state.reord, false);
  return state.flag;
}

function count_invalid(sk: TcpSock, dup: boolean): void {
  const mib = sk.net.mib;
  if (!dup) mib.inc(Counter.TcpExtTCPSACKDiscard);
  else mib.inc(sk.undo_marker === 0 ? Counter.TcpExtTCPDSACKIgnoredNoUndo : Counter.TcpExtTCPDSACKIgnoredOld);
}
