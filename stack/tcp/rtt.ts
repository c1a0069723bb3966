/**
 * Round trip time and retransmission timeout: RFC 6298, with Linux's treatment of variance.
 *
 * @module
 */
import { after } from "../wire/seq.ts";
import { FLAG_ACK_MAYBE_DELAYED, FLAG_ACKED } from "./constants.ts";
import type { RateSample } from "./rate.ts";
import type { TcpSock } from "./state.ts";

/** Smallest RTO of the connection, µs: the route's, the socket's. */
export function tcp_rto_min(sk: TcpSock): number {
  const route = sk.sk_dst_cache?.metrics.rto_min;
  return route !== undefined && route > 0 ? route : sk.icsk_rto_min;
}

/** RTO of the estimates, not bounded from below, µs. */
function __tcp_set_rto(sk: TcpSock): number {
  return Math.floor(sk.srtt_us / 8) + sk.rttvar_us;
}

/** Sets the RTO from the estimates (`tcp_set_rto`). */
export function tcp_set_rto(sk: TcpSock): void {
  sk.icsk_rto = Math.min(__tcp_set_rto(sk), sk.icsk_rto_max);
}

/** The RTO of thin streams: never backed off. */
export function tcp_linear_rto(sk: TcpSock): number {
  return Math.min(Math.max(__tcp_set_rto(sk), tcp_rto_min(sk)), sk.icsk_rto_max);
}

/** Takes one RTT sample into the estimates (`tcp_rtt_estimator`). */
export function tcp_rtt_estimator(sk: TcpSock, mrtt_us: number): void {
  let m = mrtt_us;
  let srtt = sk.srtt_us;
  if (srtt !== 0) {
    m -= Math.floor(srtt / 8);
    srtt += m;
    if (m < 0) {
      m = -m;
      m -= Math.floor(sk.mdev_us / 4);
      // A fall of the RTT must not raise the deviation as quickly as a rise does.
      if (m > 0) m = Math.floor(m / 8);
    } else m -= Math.floor(sk.mdev_us / 4);
    sk.mdev_us += m;
    if (sk.mdev_us > sk.mdev_max_us) {
      sk.mdev_max_us = sk.mdev_us;
      if (sk.mdev_max_us > sk.rttvar_us) sk.rttvar_us = sk.mdev_max_us;
    }
    if (after(sk.snd_una, sk.rtt_seq)) {
      if (sk.mdev_max_us < sk.rttvar_us) sk.rttvar_us -= Math.floor((sk.rttvar_us - sk.mdev_max_us) / 4);
      sk.rtt_seq = sk.snd_nxt;
      sk.mdev_max_us = tcp_rto_min(sk);
    }
  } else {
    srtt = m * 8;
    sk.mdev_us = m * 2;
    sk.rttvar_us = Math.max(sk.mdev_us, tcp_rto_min(sk));
    sk.mdev_max_us = sk.rttvar_us;
    sk.rtt_seq = sk.snd_nxt;
  }
  sk.srtt_us = Math.max(1, srtt);
}

/** Sets the pacing rate from window and RTT (`tcp_update_pacing_rate`). */
export function tcp_update_pacing_rate(sk: TcpSock): void {
  const sysctl = sk.tcp.sysctl;
  const ratio = sk.snd_cwnd < sk.snd_ssthresh / 2 ? sysctl.pacing_ss_ratio.value : sysctl.pacing_ca_ratio.value;
  let rate = sk.mss_cache * (1e6 / 100 * 8) * ratio * Math.max(sk.snd_cwnd, sk.packets_out);
  if (sk.srtt_us !== 0) rate = Math.floor(rate / sk.srtt_us);
  sk.sk_pacing_rate = Math.min(rate, sk.sk_max_pacing_rate);
}

/** Minimum RTT over the window of `tcp_min_rtt_wlen`. */
function tcp_update_rtt_min(sk: TcpSock, rtt_us: number, may_be_delayed: boolean): void {
  // A single delayed ACK must not become the minimum.
  if (may_be_delayed && rtt_us > sk.rtt_min.get()) return;
  sk.rtt_min.runningMin(sk.tcp.sysctl.min_rtt_wlen.value * 1000, sk.jiffies, Math.max(rtt_us, 1));
}

/** RTT by the timestamp echo of the last segment, µs, -1 when there is none. */
export function tcp_rtt_tsopt_us(sk: TcpSock): number {
  const delta = (sk.tcp_time_stamp - sk.rx_opt.rcv_tsecr) >>> 0;
  return delta < 0x7fffffff / 1000 ? Math.max(delta, 1) * 1000 : -1;
}

/**
 * Takes the RTT samples of one ACK (`tcp_ack_update_rtt`); the one for congestion control goes to `rs.rtt_us`.
 *
 * @param seq_rtt_us sample of never retransmitted data, -1 for none
 * @param sack_rtt_us sample of newly SACKed data, -1 for none
 * @param ca_rtt_us sample of the most recently sent of them
 * @returns whether the RTO was updated
 */
export function tcp_ack_update_rtt(
  sk: TcpSock,
  flag: number,
  seq_rtt_us: number,
  sack_rtt_us: number,
  ca_rtt_us: number,
  rs: RateSample,
): boolean {
  let seq_rtt = seq_rtt_us;
  let ca_rtt = ca_rtt_us;
  // Karn's algorithm, then timestamps (RFC 7323 section 4) where it has no sample.
  if (seq_rtt < 0) seq_rtt = sack_rtt_us;
  if (seq_rtt < 0 && sk.rx_opt.saw_tstamp && sk.rx_opt.rcv_tsecr !== 0 && flag & FLAG_ACKED) {
    seq_rtt = ca_rtt = tcp_rtt_tsopt_us(sk);
  }
  rs.rtt_us = ca_rtt;
  if (seq_rtt < 0) return false;
  tcp_update_rtt_min(sk, ca_rtt, (flag & FLAG_ACK_MAYBE_DELAYED) !== 0);
  tcp_rtt_estimator(sk, seq_rtt);
  tcp_set_rto(sk);
  // A valid sample ends the backoff (RFC 6298 section 5).
  sk.icsk_backoff = 0;
  return true;
}
