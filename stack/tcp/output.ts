/**
 * What is sent when: the send loop with Nagle, window and congestion tests (RFC 9293 section 3.8.6.2.1, RFC 5681), and
 * the segments TCP sends of its own accord.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { after, before } from "../wire/seq.ts";
import { TCP_CA_Recovery } from "../../abi/tcp_constants.ts";
import { tcp_chrono_start, tcp_chrono_stop } from "./chrono.ts";
import { tcp_is_cwnd_limited } from "./congestion/congestion.ts";
import {
  ICSK_TIME_LOSS_PROBE,
  TCP_INFINITE_SSTHRESH,
  TCP_NAGLE_CORK,
  TCP_NAGLE_OFF,
  TCP_NAGLE_PUSH,
  TCPHDR_ACK,
  TCPHDR_FIN,
  TCPHDR_PSH,
} from "./constants.ts";
import { tcp_current_mss } from "./mss.ts";
import { tcp_mtu_probe } from "./mtu_probe.ts";
import { tcp_pacing_check } from "./pacing.ts";
import { tcp_fragment, tcp_grow_skb, tcp_set_skb_tso_segs } from "./segments.ts";
import { TcpSkb } from "./skb.ts";
import { tcp_check_space } from "./space.ts";
import {
  tcp_current_ssthresh,
  tcp_in_cwnd_reduction,
  tcp_init_cwnd,
  tcp_min_rtt,
  tcp_packets_in_flight,
  tcp_urg_mode,
  tcp_wnd_end,
  type TcpSock,
} from "./state.ts";
import { tcp_check_probe_timer, tcp_rearm_rto, tcp_schedule_loss_probe } from "./xmit_timer.ts";
import { tcp_transmit, tcp_transmit_skb } from "./transmit.ts";

/** How hard {@link tcp_write_xmit} pushes. */
export const PushOne = { ALL: 0, ONE: 1, PROBE: 2 } as const;

/** Whether a partial segment must wait (Nagle with Minshall's modification, or cork). */
function tcp_nagle_check(sk: TcpSock, partial: boolean, nonagle: number): boolean {
  return partial &&
    ((nonagle & TCP_NAGLE_CORK) !== 0 || (nonagle === 0 && sk.packets_out !== 0 && tcp_minshall_check(sk)));
}

/** Whether a small segment is still unacknowledged. */
function tcp_minshall_check(sk: TcpSock): boolean {
  return after(sk.snd_sml, sk.snd_una) && !after(sk.snd_sml, sk.snd_nxt);
}

/** Whether Nagle's rule lets this segment go. */
function tcp_nagle_test(sk: TcpSock, skb: TcpSkb, mss: number, nonagle: number): boolean {
  if (nonagle & TCP_NAGLE_PUSH) return true;
  if (tcp_urg_mode(sk) || skb.tcp_flags & TCPHDR_FIN) return true;
  return !tcp_nagle_check(sk, skb.len < mss, nonagle);
}

/** Whether at least the first segment of the skb fits the peer's window. */
function tcp_snd_wnd_test(sk: TcpSock, skb: TcpSkb, mss: number): boolean {
  const end = skb.len > mss ? (skb.seq + mss) >>> 0 : skb.end_seq;
  return !after(end, tcp_wnd_end(sk));
}

/** Segments that the congestion window allows; at least two bursts per window. */
function tcp_cwnd_test(sk: TcpSock): number {
  const in_flight = tcp_packets_in_flight(sk);
  const cwnd = sk.snd_cwnd;
  if (in_flight >= cwnd) return 0;
  return Math.min(Math.max(cwnd >>> 1, 1), cwnd - in_flight);
}

/** Segments per super-segment: about what is sent in a millisecond, more on short paths (`tcp_tso_segs`). */
export function tcp_tso_segs(sk: TcpSock, mss: number): number {
  const sysctl = sk.tcp.sysctl;
  const min_segs = sk.icsk_ca?.min_tso_segs(sk) || sysctl.min_tso_segs.value;
  let bytes = sk.sk_pacing_rate === Infinity ? sk.sk_gso_max_size : Math.floor(sk.sk_pacing_rate / 1024);
  const r = Math.floor(tcp_min_rtt(sk) / 2 ** sysctl.tso_rtt_log.value);
  if (r < 32) bytes += Math.floor(sk.sk_gso_max_size / 2 ** r);
  bytes = Math.min(bytes, sk.sk_gso_max_size);
  return Math.min(Math.max(Math.floor(bytes / mss), min_segs), sk.sk_gso_max_segs);
}

/** Octets of the skb to send as one super-segment (`tcp_mss_split_point`). */
function tcp_mss_split_point(sk: TcpSock, skb: TcpSkb, mss: number, max_segs: number, nonagle: number): number {
  const window = (tcp_wnd_end(sk) - skb.seq) >>> 0;
  const max_len = mss * max_segs;
  if (max_len <= window && skb !== sk.write_queue.tail) return max_len;
  const needed = Math.min(skb.len, window);
  if (max_len <= needed) return max_len;
  const partial = needed % mss;
  // Only what Nagle would send now goes along with the full segments.
  return tcp_nagle_check(sk, partial !== 0, nonagle) ? needed - partial : needed;
}

/** Result of {@link tcp_tso_should_defer}. */
const defer = { cwnd: false, rwnd: false };

/** Whether to wait for an ACK, that a larger super-segment could be sent. */
function tcp_tso_should_defer(sk: TcpSock, skb: TcpSkb, max_segs: number): boolean {
  const now = sk.net.now;
  if (sk.icsk_ca_state >= TCP_CA_Recovery) return false;
  // Only within a burst: the last packet left less than a millisecond ago.
  if (now - sk.tcp_wstamp >= 1000) return false;
  const in_flight = tcp_packets_in_flight(sk);
  const send_win = (tcp_wnd_end(sk) - skb.seq) >>> 0;
  const cong_win = (sk.snd_cwnd - in_flight) * sk.mss_cache;
  const limit = Math.min(send_win, cong_win);
  if (limit >= max_segs * sk.mss_cache) return false;
  if (skb !== sk.write_queue.tail && limit >= skb.len) return false;
  const divisor = sk.tcp.sysctl.tso_win_divisor.value;
  if (divisor !== 0) {
    const chunk = Math.floor(Math.min(sk.snd_wnd, sk.snd_cwnd * sk.mss_cache) / divisor);
    if (limit >= chunk) return false;
  } else if (limit > 3 * sk.mss_cache) return false;
  const head = sk.rtx_queue.head;
  if (head === undefined) return false;
  // Not when the next ACK is more than a millisecond, or half an RTT, away.
  const srtt = sk.srtt_us / 8;
  const how_far = head.skb_mstamp + srtt - now;
  if (how_far > Math.min(srtt / 2, 1000)) return false;
  if (cong_win < send_win) {
    if (cong_win <= skb.len) {
      defer.cwnd = true;
      return true;
    }
  } else if (send_win <= skb.len) {
    defer.rwnd = true;
    return true;
  }
  return !(skb.tcp_flags & TCPHDR_FIN) && !skb.eor;
}

/** Remembers whether the window was the limit (`tcp_cwnd_validate`, RFC 7661). */
export function tcp_cwnd_validate(sk: TcpSock, is_cwnd_limited: boolean): void {
  if (
    !before(sk.snd_una, sk.cwnd_usage_seq) || is_cwnd_limited ||
    (!sk.is_cwnd_limited && sk.packets_out > sk.max_packets_out)
  ) {
    sk.is_cwnd_limited = is_cwnd_limited;
    sk.max_packets_out = sk.packets_out;
    sk.cwnd_usage_seq = sk.snd_nxt;
  }
  if (tcp_is_cwnd_limited(sk)) {
    sk.snd_cwnd_used = 0;
    sk.snd_cwnd_stamp = sk.jiffies;
    return;
  }
  if (sk.packets_out > sk.snd_cwnd_used) sk.snd_cwnd_used = sk.packets_out;
  if (
    sk.tcp.sysctl.slow_start_after_idle.value !== 0 &&
    (sk.jiffies - sk.snd_cwnd_stamp) * 1000 >= sk.icsk_rto && !sk.icsk_ca?.has_cong_control
  ) tcp_cwnd_application_limited(sk);
  if (sk.write_queue.empty && sk.sock_nospace && !sk.sock_dead) {
    tcp_chrono_start(sk, 3);
  }
}

/** The window decays to what was used while the program was the limit. */
function tcp_cwnd_application_limited(sk: TcpSock): void {
  if (sk.icsk_ca_state === 0 && !sk.sock_nospace) {
    const win_used = Math.max(sk.snd_cwnd_used, tcp_init_cwnd(sk));
    if (win_used < sk.snd_cwnd) {
      sk.snd_ssthresh = tcp_current_ssthresh(sk);
      sk.snd_cwnd = (sk.snd_cwnd + win_used) >>> 1;
    }
    sk.snd_cwnd_used = 0;
  }
  sk.snd_cwnd_stamp = sk.jiffies;
}

/** After a pause longer than the RTO the window starts anew (RFC 5681 section 4.1). */
export function tcp_slow_start_after_idle_check(sk: TcpSock): void {
  if (sk.tcp.sysctl.slow_start_after_idle.value === 0 || sk.packets_out !== 0 || sk.icsk_ca?.has_cong_control) return;
  let delta = (sk.jiffies - sk.lsndtime) * 1000;
  if (delta <= sk.icsk_rto) return;
  const restart_cwnd = Math.min(tcp_init_cwnd(sk), sk.snd_cwnd);
  let cwnd = sk.snd_cwnd;
  sk.icsk_ca?.cwnd_event(sk, "cwnd_restart");
  sk.snd_ssthresh = tcp_current_ssthresh(sk);
  for (delta -= sk.icsk_rto; delta > 0 && cwnd > restart_cwnd; delta -= sk.icsk_rto) cwnd >>>= 1;
  sk.snd_cwnd = Math.max(cwnd, restart_cwnd);
  sk.snd_cwnd_stamp = sk.jiffies;
  sk.snd_cwnd_used = 0;
}

/** A segment of the write queue was sent for the first time. */
export function tcp_event_new_data_sent(sk: TcpSock, skb: TcpSkb): void {
  const prior_packets = sk.packets_out;
  sk.snd_nxt = skb.end_seq;
  sk.write_queue.remove(skb);
  sk.rtx_queue.push(skb);
  if (sk.highest_sack === undefined) sk.highest_sack = skb;
  sk.packets_out += skb.gso_segs;
  if (prior_packets === 0 || sk.icsk_pending === ICSK_TIME_LOSS_PROBE) tcp_rearm_rto(sk);
  sk.net.mib.add(Counter.TcpExtTCPOrigDataSent, skb.gso_segs);
  tcp_check_space(sk);
}

/**
 * Sends what may be sent (`tcp_write_xmit`).
 *
 * @param push {@link PushOne}
 * @returns true when nothing was sent, nothing is outstanding and data waits: the probe timer is needed
 */
export function tcp_write_xmit(sk: TcpSock, mss: number, nonagle: number, push: number): boolean {
  let sent_pkts = 0;
  let is_cwnd_limited = false;
  let is_rwnd_limited = false;
  if (push === PushOne.ALL) {
    const probed = tcp_mtu_probe(sk);
    if (probed === 0) return false;
    if (probed > 0) sent_pkts = 1;
  }
  const max_segs = tcp_tso_segs(sk, mss);
  for (let skb = sk.write_queue.head; skb !== undefined; skb = sk.write_queue.head) {
    if (tcp_pacing_check(sk)) break;
    let quota = tcp_cwnd_test(sk);
    if (quota === 0) {
      if (push !== PushOne.PROBE) break;
      quota = 1;
    }
    quota = Math.min(quota, max_segs);
    const missing = quota * mss - skb.len;
    if (missing > 0) tcp_grow_skb(sk, skb, missing);
    const tso_segs = tcp_set_skb_tso_segs(skb, mss);
    if (!tcp_snd_wnd_test(sk, skb, mss)) {
      is_rwnd_limited = true;
      break;
    }
    if (tso_segs === 1) {
      if (!tcp_nagle_test(sk, skb, mss, skb === sk.write_queue.tail ? nonagle : TCP_NAGLE_PUSH)) break;
    } else if (push === PushOne.ALL) {
      defer.cwnd = defer.rwnd = false;
      const wait = tcp_tso_should_defer(sk, skb, max_segs);
      is_cwnd_limited ||= defer.cwnd;
      is_rwnd_limited ||= defer.rwnd;
      if (wait) break;
    }
    const limit = tso_segs > 1 && !tcp_urg_mode(sk) ? tcp_mss_split_point(sk, skb, mss, quota, nonagle) : mss;
    if (skb.len > limit && tcp_fragment(sk, skb, limit, mss) < 0) break;
    // A thread may be about to fill it.
    if (skb.end_seq === skb.seq) break;
    if (tcp_transmit_skb(sk, skb) !== 0) break;
    tcp_event_new_data_sent(sk, skb);
    if (skb.len < skb.gso_segs * mss) sk.snd_sml = skb.end_seq;
    sent_pkts += skb.gso_segs;
    if (push !== PushOne.ALL) break;
  }
  if (is_rwnd_limited) tcp_chrono_start(sk, 2);
  else tcp_chrono_stop(sk, 2);
  is_cwnd_limited ||= tcp_packets_in_flight(sk) >= sk.snd_cwnd;
  if (sent_pkts > 0 || is_cwnd_limited) tcp_cwnd_validate(sk, is_cwnd_limited);
  if (sent_pkts > 0) {
    if (tcp_in_cwnd_reduction(sk)) sk.prr_out += sent_pkts;
    if (push !== PushOne.PROBE) tcp_schedule_loss_probe(sk, false);
    return false;
  }
  return sk.packets_out === 0 && !sk.write_queue.empty;
}

/** Sends what waits, or starts probing a closed window (`__tcp_push_pending_frames`). */
export function __tcp_push_pending_frames(sk: TcpSock, mss: number, nonagle: number): void {
  if (tcp_write_xmit(sk, mss, nonagle, PushOne.ALL)) tcp_check_probe_timer(sk);
}

/** As {@link __tcp_push_pending_frames} with the socket's own settings, if anything waits. */
export function tcp_push_pending_frames(sk: TcpSock): void {
  if (!sk.write_queue.empty) __tcp_push_pending_frames(sk, tcp_current_mss(sk), sk.nonagle);
}

/** Sends the first waiting segment though more data comes. */
export function tcp_push_one(sk: TcpSock, mss: number): void {
  tcp_write_xmit(sk, mss, TCP_NAGLE_PUSH, PushOne.ONE);
}

/** Marks an skb, and all data before it, as pushed. */
export function tcp_mark_push(sk: TcpSock, skb: TcpSkb): void {
  skb.tcp_flags |= TCPHDR_PSH;
  sk.pushed_seq = sk.write_seq;
}

/** More than half a window was written without a push. */
export function forced_push(sk: TcpSock): boolean {
  return after(sk.write_seq, (sk.pushed_seq + (sk.max_window >>> 1)) >>> 0);
}

/** Sends a pure ACK with the given number. */
export function __tcp_send_ack(sk: TcpSock, rcv_nxt: number): void {
  if (sk.sk_state === 7) return;
  tcp_transmit(sk, undefined, tcp_acceptable_seq(sk), TCPHDR_ACK, rcv_nxt);
}

/** Sends a pure ACK now. */
export function tcp_send_ack(sk: TcpSock): void {
  __tcp_send_ack(sk, sk.rcv_nxt);
}

/** A sequence number within the peer's window, also after that shrank (`tcp_acceptable_seq`). */
export function tcp_acceptable_seq(sk: TcpSock): number {
  const end = tcp_wnd_end(sk);
  if (
    !before(end, sk.snd_nxt) ||
    (sk.rx_opt.wscale_ok && ((sk.snd_nxt - end) >>> 0) < 2 ** sk.rx_opt.rcv_wscale)
  ) return sk.snd_nxt;
  return end;
}

/** Queues FIN, on the last waiting segment where there is one, and sends (`tcp_send_fin`). */
export function tcp_send_fin(sk: TcpSock): void {
  const tail = sk.write_queue.tail;
  if (tail !== undefined) {
    tail.tcp_flags |= TCPHDR_FIN;
    tail.end_seq = (tail.end_seq + 1) >>> 0;
    sk.write_seq = (sk.write_seq + 1) >>> 0;
  } else {
    const skb = new TcpSkb();
    skb.tcp_flags = TCPHDR_ACK | TCPHDR_FIN;
    skb.seq = sk.write_seq;
    skb.end_seq = (sk.write_seq + 1) >>> 0;
    tcp_queue_skb(sk, skb);
  }
  __tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
}

/** Adds a segment to the write queue. */
export function tcp_queue_skb(sk: TcpSock, skb: TcpSkb): void {
  sk.write_seq = skb.end_seq;
  sk.write_queue.push(skb);
  sk.sk_wmem_queued += skb.truesize;
  if (sk.write_queue.head === skb) tcp_chrono_start(sk, 1);
}

/** Whether the socket never left slow start. */
export function tcp_in_initial_slowstart(sk: TcpSock): boolean {
  return sk.snd_ssthresh >= TCP_INFINITE_SSTHRESH;
}
