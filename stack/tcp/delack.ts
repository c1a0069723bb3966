/**
 * When to acknowledge: quick ACKs at the start and after loss, delayed ACKs (RFC 9293 section 3.8.6.3), compression of
 * duplicate ACKs.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import {
  ICSK_ACK_NOW,
  ICSK_ACK_PUSHED,
  ICSK_ACK_SCHED,
  ICSK_ACK_TIMER,
  TCP_ATO_MIN,
  TCP_DELACK_MAX,
  TCP_DELACK_MIN,
} from "./constants.ts";
import { tcp_send_ack } from "./output.ts";
import { tcp_delack_max } from "./delack_max.ts";
import type { TcpSock } from "./state.ts";
import { __tcp_select_window } from "./window.ts";

/** Duplicate ACKs that are sent one by one before compression. */
const TCP_FASTRETRANS_THRESH = 3;

/** Notes that an ACK is due. */
export function inet_csk_schedule_ack(sk: TcpSock): void {
  sk.icsk_ack.pending |= ICSK_ACK_SCHED;
}

/** Whether an ACK is due. */
export function inet_csk_ack_scheduled(sk: TcpSock): boolean {
  return (sk.icsk_ack.pending & ICSK_ACK_SCHED) !== 0;
}

/** Whether the connection looks interactive: replies carry the ACKs. */
export function inet_csk_in_pingpong_mode(sk: TcpSock): boolean {
  return sk.icsk_ack.pingpong >= sk.tcp.sysctl.pingpong_thresh.value;
}

/** Makes the connection an interactive one. */
export function inet_csk_enter_pingpong_mode(sk: TcpSock): void {
  sk.icsk_ack.pingpong = sk.tcp.sysctl.pingpong_thresh.value;
}

/** Gives quick ACKs for half a window of segments, at most `max`. */
export function tcp_incr_quickack(sk: TcpSock, max: number): void {
  const ack = sk.icsk_ack;
  const quickacks = Math.min(Math.floor(sk.rcv_wnd / (2 * ack.rcv_mss)) || 2, max);
  if (quickacks > ack.quick) ack.quick = quickacks;
}

/** As {@link tcp_incr_quickack}, and no longer interactive. */
export function tcp_enter_quickack_mode(sk: TcpSock, max: number): void {
  tcp_incr_quickack(sk, max);
  sk.icsk_ack.pingpong = 0;
  sk.icsk_ack.ato = TCP_ATO_MIN;
}

/** Whether each segment is acknowledged at once. */
function tcp_in_quickack_mode(sk: TcpSock): boolean {
  if (sk.sk_dst_cache?.metrics.quickack === true) return true;
  return sk.icsk_ack.quick !== 0 && !inet_csk_in_pingpong_mode(sk);
}

/** Arms the delayed ACK timer, or sends when it is about to go off (`tcp_send_delayed_ack`). */
export function tcp_send_delayed_ack(sk: TcpSock): void {
  const ack = sk.icsk_ack;
  const now = sk.net.now;
  let ato = ack.ato;
  if (ato > TCP_DELACK_MIN) {
    let max_ato = 500_000;
    if (inet_csk_in_pingpong_mode(sk) || ack.pending & ICSK_ACK_PUSHED) max_ato = TCP_DELACK_MAX;
    if (sk.srtt_us !== 0) max_ato = Math.min(max_ato, Math.max(Math.floor(sk.srtt_us / 8), TCP_DELACK_MIN));
    ato = Math.min(ato, max_ato);
  }
  ato = Math.min(ato, tcp_delack_max(sk));
  let timeout = now + ato;
  if (ack.pending & ICSK_ACK_TIMER) {
    if (ack.timeout <= now + Math.floor(ato / 4)) {
      tcp_send_ack(sk);
      return;
    }
    timeout = Math.min(timeout, ack.timeout);
  }
  tcp_arm_delack(sk, timeout);
}

/** Arms the delayed ACK timer for a given time. */
export function tcp_arm_delack(sk: TcpSock, timeout: number): void {
  const ack = sk.icsk_ack;
  ack.pending |= ICSK_ACK_SCHED | ICSK_ACK_TIMER;
  ack.timeout = timeout;
  sk.delack_timer.arm(timeout);
}

/** Sends or delays the ACK that is due (`__tcp_ack_snd_check`). */
export function __tcp_ack_snd_check(sk: TcpSock, ofo_possible: boolean): void {
  const ack = sk.icsk_ack;
  if (
    (((sk.rcv_nxt - sk.rcv_wup) >>> 0) > ack.rcv_mss &&
      (((sk.rcv_nxt - sk.copied_seq) >>> 0) < sk.so.rcvlowat || __tcp_select_window(sk) >= sk.rcv_wnd)) ||
    tcp_in_quickack_mode(sk) || ack.pending & ICSK_ACK_NOW
  ) {
    tcp_send_ack(sk);
    return;
  }
  if (!ofo_possible || sk.out_of_order_queue.empty) {
    tcp_send_delayed_ack(sk);
    return;
  }
  compress(sk);
}

function compress(sk: TcpSock): void {
  if (!sk.rx_opt.sack_ok || sk.compressed_ack >= sk.tcp.sysctl.comp_sack_nr.value) {
    tcp_send_ack(sk);
    return;
  }
  if (sk.compressed_ack_rcv_nxt !== sk.rcv_nxt) {
    sk.compressed_ack_rcv_nxt = sk.rcv_nxt;
    sk.dup_ack_counter = 0;
  }
  if (sk.dup_ack_counter < TCP_FASTRETRANS_THRESH) {
    sk.dup_ack_counter++;
    tcp_send_ack(sk);
    return;
  }
  sk.compressed_ack++;
  if (sk.compressed_ack_timer.pending) return;
  let rtt = sk.rcv_rtt_est_rtt_us;
  if (sk.srtt_us !== 0 && sk.srtt_us < rtt) rtt = sk.srtt_us;
  const delay = Math.min(sk.tcp.sysctl.comp_sack_delay_ns.value / 1000, rtt / 8 / 20);
  sk.compressed_ack_timer.arm(sk.net.now + Math.floor(delay));
}

/** Sends an ACK if one is due and not to be delayed. */
export function tcp_ack_snd_check(sk: TcpSock): void {
  if (inet_csk_ack_scheduled(sk)) __tcp_ack_snd_check(sk, true);
}

/** Sends compressed ACKs before what they say gets lost (`tcp_sack_compress_send_ack`). */
export function tcp_sack_compress_send_ack(sk: TcpSock): void {
  if (sk.compressed_ack === 0) return;
  sk.compressed_ack_timer.cancel();
  // The one that is sent is none that was saved.
  sk.net.mib.add(Counter.TcpExtTCPAckCompressed, sk.compressed_ack - 1);
  sk.compressed_ack = 0;
  tcp_send_ack(sk);
}
