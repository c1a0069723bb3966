/**
 * Segment text: the receive queue, FIN, urgent data (RFC 9293 section 3.10.7.4, sixth to eighth check).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { POLLIN, POLLPRI, POLLRDBAND, POLLRDHUP, POLLRDNORM } from "../../abi/file_constants.ts";
import {
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_SYN_RECV,
  TCP_TIME_WAIT,
} from "../../abi/tcp_constants.ts";
import { after, before } from "../wire/seq.ts";
import {
  ICSK_ACK_NOMEM,
  ICSK_ACK_NOW,
  RCV_SHUTDOWN,
  SKB_STRUCT,
  TCP_ATO_MIN,
  TCP_ECN_DEMAND_CWR,
  TCP_ECN_OK,
  TCP_ECN_SEEN,
  TCP_MAX_QUICKACKS,
  TCPHDR_FIN,
  TCPHDR_URG,
} from "./constants.ts";
import {
  inet_csk_enter_pingpong_mode,
  inet_csk_schedule_ack,
  tcp_enter_quickack_mode,
  tcp_incr_quickack,
} from "./delack.ts";
import {
  ofo_drop,
  ofo_insert,
  ofo_purge,
  tcp_dsack_extend,
  tcp_dsack_set,
  tcp_sack_new_ofo_skb,
  tcp_sack_remove,
} from "./ofo.ts";
import { tcp_send_ack } from "./output.ts";
import {
  rx_truesize,
  tcp_grow_window,
  tcp_measure_rcv_mss,
  tcp_rcv_rtt_measure,
  tcp_try_rmem_schedule,
} from "./rcvbuf.ts";
import type { Segment } from "./segment.ts";
import { TcpSkb } from "./skb.ts";
import { tcp_receive_window, type TcpSock } from "./state.ts";
import { tcp_set_state } from "./tcp_state.ts";
import { tcp_time_wait } from "./timewait.ts";

/** `urg_data`: the urgent octet has not come yet. */
export const TCP_URG_NOTYET = 0x0200;
/** `urg_data`: the low octet is the urgent one. */
export const TCP_URG_VALID = 0x0100;
/** `urg_data`: it was read. */
export const TCP_URG_READ = 0x0400;

const POLL_READ = POLLIN | POLLRDNORM;

/** Makes the skb of a segment's payload and FIN. */
function make_skb(seg: Segment): TcpSkb {
  const skb = new TcpSkb();
  skb.seq = seg.seq;
  skb.end_seq = seg.end_seq;
  skb.tcp_flags = seg.flags;
  skb.fin = seg.fin;
  skb.skb_mstamp = seg.packet.timestamp_us;
  skb.truesize = rx_truesize(seg.packet.tail - Math.max(seg.packet.network_header, 0));
  if (seg.len > 0) skb.append(seg.packet.bytes.subarray(seg.payload, seg.payload + seg.len));
  return skb;
}

/** Joins a segment to the queue's last one where they touch (`tcp_try_coalesce`). */
function tcp_try_coalesce(sk: TcpSock, tail: TcpSkb, skb: TcpSkb): boolean {
  if (skb.seq !== tail.end_seq || tail.fin || tail.frags.length >= 17) return false;
  for (const piece of skb.frags) tail.frags.push(piece);
  tail.len += skb.len;
  const delta = skb.truesize - SKB_STRUCT;
  tail.truesize += delta;
  sk.sk_rmem_alloc += delta;
  tail.end_seq = skb.end_seq;
  tail.tcp_flags |= skb.tcp_flags;
  tail.fin = skb.fin;
  tail.skb_mstamp = skb.skb_mstamp;
  sk.net.mib.inc(Counter.TcpExtTCPRcvCoalesce);
  return true;
}

function tcp_rcv_nxt_update(sk: TcpSock, seq: number): void {
  sk.bytes_received += (seq - sk.rcv_nxt) >>> 0;
  sk.rcv_nxt = seq;
}

/** Adds in-sequence data to the receive queue. */
function tcp_queue_rcv(sk: TcpSock, skb: TcpSkb): void {
  const tail = sk.receive_queue.tail;
  const coalesced = tail !== undefined && tcp_try_coalesce(sk, tail, skb);
  tcp_rcv_nxt_update(sk, skb.end_seq);
  if (coalesced) return;
  sk.receive_queue.push(skb);
  sk.sk_rmem_alloc += skb.truesize;
}

/** CE on data starts ECE, its end lets the state go (`__tcp_ecn_check_ce`). */
export function tcp_ecn_check_ce(sk: TcpSock, ip_dsfield: number): void {
  if (!(sk.ecn_flags & TCP_ECN_OK)) return;
  switch (ip_dsfield & 3) {
    case 0:
      // Losing ECN marks on data means that the path does not keep them: do not let delayed ACKs hide it.
      if (sk.ecn_flags & TCP_ECN_SEEN) tcp_enter_quickack_mode(sk, 2);
      break;
    case 3:
      sk.icsk_ca?.cwnd_event(sk, "ecn_is_ce");
      if (!(sk.ecn_flags & TCP_ECN_DEMAND_CWR)) {
        // Better answer the first CE at once.
        tcp_enter_quickack_mode(sk, 2);
        sk.ecn_flags |= TCP_ECN_DEMAND_CWR;
      }
      sk.ecn_flags |= TCP_ECN_SEEN;
      break;
    default:
      sk.icsk_ca?.cwnd_event(sk, "ecn_no_ce");
      sk.ecn_flags |= TCP_ECN_SEEN;
  }
}

/** Data came in sequence: delayed ACK estimate, RTT, window growth (`tcp_event_data_recv`). */
function tcp_event_data_recv(sk: TcpSock, seg: Segment, truesize: number): void {
  const ack = sk.icsk_ack;
  inet_csk_schedule_ack(sk);
  tcp_measure_rcv_mss(sk, seg, truesize);
  tcp_rcv_rtt_measure(sk);
  const now = sk.jiffies;
  if (ack.ato === 0) {
    // The first data: the sender is in slow start, and wants ACKs.
    tcp_incr_quickack(sk, TCP_MAX_QUICKACKS);
    ack.ato = TCP_ATO_MIN;
  } else {
    const m = (now - ack.lrcvtime) * 1000;
    if (m <= TCP_ATO_MIN / 2) ack.ato = Math.floor(ack.ato / 2) + TCP_ATO_MIN / 2;
    else if (m < ack.ato) ack.ato = Math.min(Math.floor(ack.ato / 2) + m, sk.icsk_rto);
    else if (m > sk.icsk_rto) tcp_incr_quickack(sk, TCP_MAX_QUICKACKS);
  }
  ack.lrcvtime = now;
  tcp_ecn_check_ce(sk, seg.ip_dsfield);
  if (seg.len >= 128) tcp_grow_window(sk, seg.len, truesize);
}

/** The peer's FIN was reached (`tcp_fin`). */
export function tcp_fin(sk: TcpSock): void {
  inet_csk_schedule_ack(sk);
  sk.sk_shutdown |= RCV_SHUTDOWN;
  sk.sock_done = true;
  switch (sk.sk_state) {
    case TCP_SYN_RECV:
    case TCP_ESTABLISHED:
      tcp_set_state(sk, TCP_CLOSE_WAIT);
      inet_csk_enter_pingpong_mode(sk);
      break;
    case TCP_FIN_WAIT1:
      // Simultaneous close.
      tcp_send_ack(sk);
      tcp_set_state(sk, TCP_CLOSING);
      break;
    case TCP_FIN_WAIT2:
      tcp_send_ack(sk);
      tcp_time_wait(sk, TCP_TIME_WAIT, 0);
      break;
  }
  // Whatever lies beyond a FIN is wrong.
  ofo_purge(sk);
  sk.rx_opt.num_sacks = 0;
  sk.rx_opt.dsack = false;
  if (!sk.sock_dead) sk.wait.wake(POLL_READ | POLLRDHUP);
}

/** Moves what became in sequence from the out-of-order queue (`tcp_ofo_queue`). */
function tcp_ofo_queue(sk: TcpSock): void {
  let dsack_high = sk.rcv_nxt;
  for (let skb = sk.out_of_order_queue.head; skb !== undefined; skb = sk.out_of_order_queue.head) {
    if (after(skb.seq, sk.rcv_nxt)) break;
    if (before(skb.seq, dsack_high)) {
      const dsack = dsack_high;
      if (before(skb.end_seq, dsack_high)) dsack_high = skb.end_seq;
      tcp_dsack_extend(sk, skb.seq, dsack);
    }
    ofo_drop(sk, skb);
    if (!after(skb.end_seq, sk.rcv_nxt)) continue;
    trim_front(skb, sk.rcv_nxt);
    const fin = skb.fin;
    tcp_queue_rcv(sk, skb);
    if (fin) {
      tcp_fin(sk);
      break;
    }
  }
}

/** Drops what lies before `seq`. */
function trim_front(skb: TcpSkb, seq: number): void {
  if (!before(skb.seq, seq)) return;
  skb.trimFront((seq - skb.seq) >>> 0);
  skb.seq = seq;
}

/** Wakes readers once there is enough (`tcp_data_ready`). */
export function tcp_data_ready(sk: TcpSock): void {
  if (tcp_epollin_ready(sk) || sk.sock_done) sk.wait.wake(POLL_READ);
}

/** Whether as much can be read as SO_RCVLOWAT asks for. */
export function tcp_epollin_ready(sk: TcpSock): boolean {
  const avail = (sk.rcv_nxt - sk.copied_seq) | 0;
  if (avail <= 0) return false;
  return avail >= sk.so.rcvlowat || sk.sk_rmem_alloc >= sk.sk_rcvbuf - (sk.sk_rcvbuf >> 3) ||
    tcp_receive_window(sk) <= sk.icsk_ack.rcv_mss;
}

function out_of_window(sk: TcpSock): void {
  tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
  inet_csk_schedule_ack(sk);
}

/** In-sequence data, with room for it or without. */
function queue_and_out(sk: TcpSock, seg: Segment): void {
  if (!tcp_try_rmem_schedule(sk, seg)) {
    sk.icsk_ack.pending |= ICSK_ACK_NOMEM | ICSK_ACK_NOW;
    inet_csk_schedule_ack(sk);
    sk.data_ready();
    if (!sk.receive_queue.empty && seg.len > 0) {
      sk.net.mib.inc(Counter.TcpExtTCPRcvQDrop);
      return;
    }
  }
  const skb = make_skb(seg);
  trim_front(skb, sk.rcv_nxt);
  const truesize = skb.truesize;
  tcp_queue_rcv(sk, skb);
  if (seg.len > 0) tcp_event_data_recv(sk, seg, truesize);
  if (seg.flags & TCPHDR_FIN) tcp_fin(sk);
  if (!sk.out_of_order_queue.empty) {
    tcp_ofo_queue(sk);
    // A filled gap is acknowledged at once (RFC 5681 section 4.2).
    if (sk.out_of_order_queue.empty) sk.icsk_ack.pending |= ICSK_ACK_NOW;
  }
  if (sk.rx_opt.num_sacks > 0) tcp_sack_remove(sk);
  if (!sk.sock_dead) tcp_data_ready(sk);
}

/** Queues a segment's data and FIN (`tcp_data_queue`). */
export function tcp_data_queue(sk: TcpSock, seg: Segment): void {
  const mib = sk.net.mib;
  if (seg.seq === seg.end_seq) return;
  sk.rx_opt.dsack = false;
  if (seg.seq === sk.rcv_nxt) {
    // A bare FIN needs no room.
    if (tcp_receive_window(sk) === 0 && !(seg.len === 0 && seg.flags & TCPHDR_FIN)) {
      mib.inc(Counter.TcpExtTCPZeroWindowDrop);
      out_of_window(sk);
      return;
    }
    queue_and_out(sk, seg);
    return;
  }
  if (!after(seg.end_seq, sk.rcv_nxt)) {
    mib.inc(Counter.TcpExtDelayedACKLost);
    tcp_dsack_set(sk, seg.seq, seg.end_seq);
    out_of_window(sk);
    return;
  }
  if (!before(seg.seq, (sk.rcv_nxt + tcp_receive_window(sk)) >>> 0)) {
    out_of_window(sk);
    return;
  }
  if (before(seg.seq, sk.rcv_nxt)) {
    tcp_dsack_set(sk, seg.seq, sk.rcv_nxt);
    if (tcp_receive_window(sk) === 0) {
      mib.inc(Counter.TcpExtTCPZeroWindowDrop);
      out_of_window(sk);
      return;
    }
    queue_and_out(sk, seg);
    return;
  }
  tcp_data_queue_ofo(sk, seg);
}

/** Queues a segment beyond a gap. */
function tcp_data_queue_ofo(sk: TcpSock, seg: Segment): void {
  const mib = sk.net.mib;
  tcp_ecn_check_ce(sk, seg.ip_dsfield);
  if (!tcp_try_rmem_schedule(sk, seg)) {
    mib.inc(Counter.TcpExtTCPOFODrop);
    sk.data_ready();
    return;
  }
  const skb = make_skb(seg);
  tcp_measure_rcv_mss(sk, seg, skb.truesize);
  inet_csk_schedule_ack(sk);
  sk.rcv_ooopack++;
  mib.inc(Counter.TcpExtTCPOFOQueue);
  const was_empty = sk.out_of_order_queue.empty;
  const inserted = ofo_insert(sk, skb);
  if (!sk.rx_opt.sack_ok) return;
  if (was_empty) sk.rx_opt.num_sacks = 0;
  tcp_sack_new_ofo_skb(sk, seg.seq, seg.end_seq);
  if (inserted) tcp_grow_window(sk, seg.len, skb.truesize);
}

/** The urgent pointer moved (`tcp_check_urg`). */
function tcp_check_urg(sk: TcpSock, seg: Segment): void {
  let ptr = seg.urg_ptr;
  // BSD's reading of the pointer, unless asked for RFC 9293's.
  if (ptr !== 0 && sk.tcp.sysctl.stdurg.value === 0) ptr--;
  ptr = (ptr + seg.seq) >>> 0;
  if (after(sk.copied_seq, ptr) || before(ptr, sk.rcv_nxt)) return;
  if (sk.urg_data !== 0 && !after(ptr, sk.urg_seq)) return;
  sk.wait.wake(POLLPRI);
  // The octet before it was never read out of band: it becomes ordinary data, and the mark moves on.
  if (
    sk.urg_seq === sk.copied_seq && sk.urg_data !== 0 && !sk.so.oobinline && sk.copied_seq !== sk.rcv_nxt
  ) {
    const skb = sk.receive_queue.head;
    sk.copied_seq = (sk.copied_seq + 1) >>> 0;
    if (skb !== undefined && !before(sk.copied_seq, skb.end_seq)) {
      sk.receive_queue.remove(skb);
      sk.sk_rmem_alloc -= skb.truesize;
    }
  }
  sk.urg_data = TCP_URG_NOTYET;
  sk.urg_seq = ptr;
}

/** Takes the urgent octet (`tcp_urg`). */
export function tcp_urg(sk: TcpSock, seg: Segment): void {
  if (seg.flags & TCPHDR_URG) tcp_check_urg(sk, seg);
  if (sk.urg_data !== TCP_URG_NOTYET) return;
  const at = (sk.urg_seq - seg.seq) >>> 0;
  if (at >= seg.len) return;
  sk.urg_data = TCP_URG_VALID | seg.packet.bytes[seg.payload + at]!;
  if (!sk.sock_dead) sk.wait.wake(POLLPRI | POLLRDBAND);
}
