/**
 * The receive buffer: what segments are charged, how the advertised window grows, and autotuning (Dynamic Right-Sizing).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { after, before } from "../wire/seq.ts";
import {
  ICSK_ACK_PUSHED,
  ICSK_ACK_PUSHED2,
  SKB_SHINFO,
  SKB_STRUCT,
  SOCK_MIN_RCVBUF,
  SOCK_RCVBUF_LOCK,
  TCP_INIT_CWND,
  TCP_MIN_MSS,
  TCP_MSS_DEFAULT,
  TCP_RMEM_TO_WIN_SCALE,
  TCPHDR_FIN,
  TCPHDR_PSH,
  TCPHDR_SYN,
  TCPHDR_URG,
} from "./constants.ts";
import { ofo_drop } from "./ofo.ts";
import type { Segment } from "./segment.ts";
import { tcp_full_space, tcp_space, tcp_space_from_win, tcp_win_from_space, type TcpSock } from "./state.ts";

/** Headroom that a TUN device leaves in front of a packet. */
const NET_SKB_PAD = 64;
/** The allocator's smallest cache for packet heads. */
const SMALL_HEAD = 704;

/** What a received packet of `length` octets occupies, allocator rounding included (`skb->truesize`). */
export function rx_truesize(length: number): number {
  const size = Math.ceil((length + NET_SKB_PAD) / 64) * 64 + SKB_SHINFO;
  return (size <= SMALL_HEAD ? SMALL_HEAD : 2 ** Math.ceil(Math.log2(size))) + SKB_STRUCT;
}

/** First guess of the peer's segment size. */
export function tcp_initialize_rcv_mss(sk: TcpSock): void {
  let hint = Math.min(sk.advmss, sk.mss_cache, Math.floor(sk.rcv_wnd / 2), TCP_MSS_DEFAULT);
  hint = Math.max(hint, TCP_MIN_MSS);
  sk.icsk_ack.rcv_mss = hint;
}

/** Sets the largest window and what follows from it (`tcp_set_window_clamp`). */
export function tcp_set_window_clamp(sk: TcpSock, value: number): void {
  const old = sk.window_clamp;
  sk.window_clamp = Math.max(SOCK_MIN_RCVBUF / 2, value);
  if (sk.window_clamp < old) sk.rcv_ssthresh = Math.min(sk.rcv_ssthresh, sk.window_clamp);
  else if (sk.window_clamp > old) sk.rcv_ssthresh = Math.max(Math.min(sk.rcv_wnd, sk.window_clamp), sk.rcv_ssthresh);
}

/** Estimates the peer's segment size, and with it how much window a buffer makes (`tcp_measure_rcv_mss`). */
export function tcp_measure_rcv_mss(sk: TcpSock, seg: Segment, truesize: number): void {
  const ack = sk.icsk_ack;
  const last = ack.last_seg_size;
  let len = seg.packet.gso_size || seg.len;
  ack.last_seg_size = 0;
  if (len >= ack.rcv_mss) {
    if (len !== ack.rcv_mss) {
      const old_ratio = sk.scaling_ratio;
      sk.scaling_ratio = Math.floor(seg.len * (1 << TCP_RMEM_TO_WIN_SCALE) / truesize) & 0xff || 1;
      if (sk.scaling_ratio !== old_ratio) {
        tcp_set_window_clamp(sk, tcp_win_from_space(sk, sk.sk_rcvbuf));
        if (sk.window_clamp < sk.rcvq_space.space) sk.rcvq_space.space = sk.window_clamp;
      }
    }
    ack.rcv_mss = Math.min(len, sk.advmss);
    if (seg.flags & TCPHDR_PSH) ack.pending |= ICSK_ACK_PUSHED;
    return;
  }
  len += seg.header_len;
  const remnant = TCPHDR_FIN | TCPHDR_URG | TCPHDR_SYN | TCPHDR_PSH;
  if (len >= TCP_MSS_DEFAULT + 20 || (len >= TCP_MIN_MSS + 20 && !(seg.flags & remnant))) {
    len -= sk.tcp_header_len;
    ack.last_seg_size = len;
    if (len === last) {
      ack.rcv_mss = len;
      return;
    }
  }
  if (ack.pending & ICSK_ACK_PUSHED) ack.pending |= ICSK_ACK_PUSHED2;
  ack.pending |= ICSK_ACK_PUSHED;
}

/** Growth of the window for a segment whose overhead is high. */
function __tcp_grow_window(sk: TcpSock, length: number, skbtruesize: number): number {
  let truesize = tcp_win_from_space(sk, skbtruesize) >>> 1;
  let window = tcp_win_from_space(sk, sk.tcp.sysctl.rmem.vector[2]!) >>> 1;
  while (sk.rcv_ssthresh <= window) {
    if (truesize <= length) return 2 * sk.icsk_ack.rcv_mss;
    truesize >>>= 1;
    window >>>= 1;
  }
  return 0;
}

/** Opens the advertised window further after a segment whose data fills its buffer (`tcp_grow_window`). */
export function tcp_grow_window(sk: TcpSock, length: number, truesize: number): void {
  const room = Math.min(sk.window_clamp, tcp_space(sk)) - sk.rcv_ssthresh;
  if (room <= 0) return;
  const incr = tcp_win_from_space(sk, truesize) <= length ? 2 * sk.advmss : __tcp_grow_window(sk, length, truesize);
  if (incr === 0) return;
  sk.rcv_ssthresh += Math.min(room, Math.max(incr, 2 * length));
  sk.icsk_ack.quick |= 1;
}

/** Buffer sizes at the start of a connection (`tcp_init_buffer_space`, receive half). */
export function tcp_init_rcv_buffer(sk: TcpSock): void {
  sk.rcvq_space.time = sk.net.now;
  sk.rcvq_space.seq = sk.copied_seq;
  const maxwin = tcp_full_space(sk);
  if (sk.window_clamp >= maxwin) {
    sk.window_clamp = maxwin;
    if (maxwin > 4 * sk.advmss) sk.window_clamp = Math.max(maxwin - Math.floor(maxwin / 2 ** 31), 4 * sk.advmss);
  }
  if (sk.window_clamp > 2 * sk.advmss && sk.window_clamp + sk.advmss > maxwin) {
    sk.window_clamp = Math.max(2 * sk.advmss, maxwin - sk.advmss);
  }
  sk.rcv_ssthresh = Math.min(sk.rcv_ssthresh, sk.window_clamp);
  sk.rcvq_space.space = Math.min(sk.rcv_ssthresh, sk.rcv_wnd, TCP_INIT_CWND * sk.advmss);
}

/** Takes a sample of the RTT as the receiver sees it. */
function tcp_rcv_rtt_update(sk: TcpSock, sample: number, win_dep: boolean): void {
  let m = Math.max(1, sample);
  let estimate = sk.rcv_rtt_est_rtt_us;
  if (estimate !== 0) {
    // A sample over a whole window may be too long, never too short.
    if (!win_dep) {
      m -= Math.floor(estimate / 8);
      estimate += m;
    } else {
      m *= 8;
      if (m < estimate) estimate = m;
    }
  } else estimate = m * 8;
  sk.rcv_rtt_est_rtt_us = estimate;
}

/** RTT by the time a window takes to come in. */
export function tcp_rcv_rtt_measure(sk: TcpSock): void {
  if (sk.rcv_rtt_est_time !== 0) {
    if (before(sk.rcv_nxt, sk.rcv_rtt_est_seq)) return;
    tcp_rcv_rtt_update(sk, sk.net.now - sk.rcv_rtt_est_time, true);
  }
  sk.rcv_rtt_est_seq = (sk.rcv_nxt + sk.rcv_wnd) >>> 0;
  sk.rcv_rtt_est_time = sk.net.now || 1;
}

/** RTT by timestamps. */
export function tcp_rcv_rtt_measure_ts(sk: TcpSock, seg: Segment): void {
  const opt = sk.rx_opt;
  if (!opt.saw_tstamp || opt.rcv_tsecr === sk.rcv_rtt_last_tsecr) return;
  sk.rcv_rtt_last_tsecr = opt.rcv_tsecr;
  if (((seg.end_seq - seg.seq) >>> 0) < sk.icsk_ack.rcv_mss) return;
  const delta = (sk.tcp_time_stamp - opt.rcv_tsecr) >>> 0;
  if (delta < 0x7fffffff / 1000) tcp_rcv_rtt_update(sk, delta * 1000, false);
}

/** Once per RTT: the buffer follows what the program reads (`tcp_rcv_space_adjust`). */
export function tcp_rcv_space_adjust(sk: TcpSock): void {
  const space = sk.rcvq_space;
  const time = sk.net.now - space.time;
  if (time < Math.floor(sk.rcv_rtt_est_rtt_us / 8) || sk.rcv_rtt_est_rtt_us === 0) return;
  const copied = (sk.copied_seq - space.seq) >>> 0;
  if (copied > space.space) {
    const before_space = space.space;
    space.space = copied;
    if (sk.tcp.sysctl.moderate_rcvbuf.value !== 0 && !(sk.sk_userlocks & SOCK_RCVBUF_LOCK)) {
      let rcvwin = copied * 2 + 16 * sk.advmss;
      const grow = Math.floor(rcvwin * (copied - before_space) / before_space);
      rcvwin += grow * 2;
      if (!sk.out_of_order_queue.empty) rcvwin += (sk.out_of_order_queue.tail!.end_seq - sk.rcv_nxt) >>> 0;
      const rcvbuf = Math.min(tcp_space_from_win(sk, rcvwin), sk.tcp.sysctl.rmem.vector[2]!);
      if (rcvbuf > sk.sk_rcvbuf) {
        sk.sk_rcvbuf = rcvbuf;
        tcp_set_window_clamp(sk, tcp_win_from_space(sk, rcvbuf));
      }
    }
  }
  space.seq = sk.copied_seq;
  space.time = sk.net.now;
}

/** Grows the buffer when that is the only way to keep up (`tcp_clamp_window`). */
function tcp_clamp_window(sk: TcpSock): void {
  sk.icsk_ack.quick = 0;
  const rmem2 = sk.tcp.sysctl.rmem.vector[2]!;
  if (sk.sk_rcvbuf < rmem2 && !(sk.sk_userlocks & SOCK_RCVBUF_LOCK)) {
    sk.sk_rcvbuf = Math.min(sk.sk_rmem_alloc, rmem2);
  }
  if (sk.sk_rmem_alloc > sk.sk_rcvbuf) sk.rcv_ssthresh = Math.min(sk.window_clamp, 2 * sk.advmss);
}

/** Makes room in a full buffer (`tcp_prune_queue`); false when a segment must be dropped. */
function tcp_prune_queue(sk: TcpSock, seg: Segment): boolean {
  const mib = sk.net.mib;
  mib.inc(Counter.TcpExtPruneCalled);
  if (sk.sk_rmem_alloc >= sk.sk_rcvbuf) tcp_clamp_window(sk);
  if (sk.sk_rmem_alloc <= sk.sk_rcvbuf) return true;
  // Out-of-order data was never acknowledged cumulatively: it may go, the farthest first.
  let pruned = false;
  for (let skb = sk.out_of_order_queue.tail; skb !== undefined; skb = sk.out_of_order_queue.tail) {
    if (after(seg.seq, skb.seq)) break;
    ofo_drop(sk, skb);
    pruned = true;
    if (sk.sk_rmem_alloc <= sk.sk_rcvbuf) break;
  }
  if (pruned) {
    mib.inc(Counter.TcpExtOfoPruned);
    sk.rx_opt.num_sacks = 0;
  }
  if (sk.sk_rmem_alloc <= sk.sk_rcvbuf) return true;
  mib.inc(Counter.TcpExtRcvPruned);
  return false;
}

/** Whether a segment may be queued (`tcp_try_rmem_schedule`). */
export function tcp_try_rmem_schedule(sk: TcpSock, seg: Segment): boolean {
  return sk.sk_rmem_alloc <= sk.sk_rcvbuf || tcp_prune_queue(sk, seg);
}
