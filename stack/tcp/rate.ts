/**
 * Delivery rate samples (draft-cheng-iccrg-delivery-rate-estimation), one per ACK.
 *
 * @module
 */
import { after } from "../wire/seq.ts";
import { TCPCB_RETRANS, TCPCB_SACKED_ACKED } from "./constants.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_min_rtt, tcp_packets_in_flight, type TcpSock } from "./state.ts";

/** What one ACK says about the path (`struct rate_sample`); one object is filled again for each ACK. */
export class RateSample {
  prior_mstamp = 0;
  prior_delivered = 0;
  delivered = 0;
  interval_us = 0;
  rtt_us = -1;
  losses = 0;
  acked_sacked = 0;
  prior_in_flight = 0;
  last_end_seq = 0;
  is_app_limited = false;
  is_retrans = false;
  is_ack_delayed = false;

  reset(): void {
    this.prior_mstamp = 0;
    this.prior_delivered = 0;
    this.delivered = 0;
    this.interval_us = 0;
    this.rtt_us = -1;
    this.losses = 0;
    this.acked_sacked = 0;
    this.prior_in_flight = 0;
    this.last_end_seq = 0;
    this.is_app_limited = false;
    this.is_retrans = false;
    this.is_ack_delayed = false;
  }
}

/** Whether what was sent at `t1` ending at `seq1` was sent after the other. */
export function tcp_skb_sent_after(t1: number, t2: number, seq1: number, seq2: number): boolean {
  return t1 > t2 || (t1 === t2 && after(seq1, seq2));
}

/** Snapshots the connection's delivery state into a segment that is sent. */
export function tcp_rate_skb_sent(sk: TcpSock, skb: TcpSkb): void {
  if (sk.packets_out === 0) {
    sk.first_tx_mstamp = skb.skb_mstamp;
    sk.delivered_mstamp = skb.skb_mstamp;
  }
  skb.tx_first_mstamp = sk.first_tx_mstamp;
  skb.tx_delivered_mstamp = sk.delivered_mstamp + 1;
  skb.tx_delivered = sk.delivered;
  skb.tx_delivered_ce = sk.delivered_ce;
  skb.tx_is_app_limited = sk.app_limited !== 0;
}

/** Takes a delivered segment into the sample: the most recently sent one counts. */
export function tcp_rate_skb_delivered(sk: TcpSock, skb: TcpSkb, rs: RateSample): void {
  // Stored off by one, so that 0 can mean that it was counted before.
  if (skb.tx_delivered_mstamp === 0) return;
  if (
    rs.prior_delivered === 0 ||
    tcp_skb_sent_after(skb.skb_mstamp, sk.first_tx_mstamp, skb.end_seq, rs.last_end_seq)
  ) {
    rs.prior_delivered = skb.tx_delivered;
    rs.prior_mstamp = skb.tx_delivered_mstamp;
    rs.is_app_limited = skb.tx_is_app_limited;
    rs.is_retrans = (skb.sacked & TCPCB_RETRANS) !== 0;
    rs.last_end_seq = skb.end_seq;
    sk.first_tx_mstamp = skb.skb_mstamp;
    rs.interval_us = skb.skb_mstamp - skb.tx_first_mstamp;
  }
  if (skb.sacked & TCPCB_SACKED_ACKED) skb.tx_delivered_mstamp = 0;
}

/** Completes the sample of an ACK that delivered `delivered` segments and revealed `lost`. */
export function tcp_rate_gen(sk: TcpSock, delivered: number, lost: number, reneg: boolean, rs: RateSample): void {
  if (sk.app_limited !== 0 && sk.delivered > sk.app_limited) sk.app_limited = 0;
  if (delivered > 0) sk.delivered_mstamp = sk.net.now;
  rs.acked_sacked = delivered;
  rs.losses = lost;
  if (rs.prior_mstamp === 0 || reneg) {
    rs.delivered = -1;
    rs.interval_us = -1;
    return;
  }
  rs.delivered = sk.delivered - rs.prior_delivered;
  rs.interval_us = Math.max(rs.interval_us, sk.net.now - (rs.prior_mstamp - 1));
  if (rs.interval_us < tcp_min_rtt(sk)) {
    rs.interval_us = -1;
    return;
  }
  if (!rs.is_app_limited || rs.delivered * sk.rate_interval_us >= sk.rate_delivered * rs.interval_us) {
    sk.rate_delivered = rs.delivered;
    sk.rate_interval_us = rs.interval_us;
    sk.rate_app_limited = rs.is_app_limited;
  }
}

/** Notes that the program, not the network, limits the rate. */
export function tcp_rate_check_app_limited(sk: TcpSock): void {
  if (
    ((sk.write_seq - sk.snd_nxt) >>> 0) < sk.mss_cache && tcp_packets_in_flight(sk) < sk.snd_cwnd &&
    sk.lost_out <= sk.retrans_out
  ) sk.app_limited = sk.delivered + tcp_packets_in_flight(sk) || 1;
}

/** Delivery rate in octets per second (`tcp_compute_delivery_rate`). */
export function tcp_compute_delivery_rate(sk: TcpSock): number {
  if (sk.rate_delivered === 0 || sk.rate_interval_us === 0) return 0;
  return Math.floor(sk.rate_delivered * sk.mss_cache * 1e6 / sk.rate_interval_us);
}
