/**
 * RACK loss detection: RFC 8985, and NewReno's for peers without SACK (RFC 6582).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { before } from "../wire/seq.ts";
import { TCP_CA_Recovery } from "../../abi/tcp_constants.ts";
import {
  ICSK_TIME_REO_TIMEOUT,
  ICSK_TIME_RETRANS,
  TCPCB_LOST,
  TCPCB_RETRANS,
  TCPCB_SACKED_ACKED,
  TCPCB_SACKED_RETRANS,
} from "./constants.ts";
import { type RateSample, tcp_skb_sent_after } from "./rate.ts";
import { tcp_cwnd_reduction, tcp_enter_recovery } from "./recovery.ts";
import { tcp_xmit_retransmit_queue } from "./retransmit.ts";
import { tcp_fragment } from "./segments.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_min_rtt, tcp_packets_in_flight, type TcpSock } from "./state.ts";
import { tcp_rearm_rto, tcp_reset_xmit_timer, TCP_TIMEOUT_MIN_US } from "./xmit_timer.ts";

/** `tcp_recovery` bits. */
const TCP_RACK_STATIC_REO_WND = 2;
const TCP_RACK_NO_DUPTHRESH = 4;
/** Recoveries that a widened reordering window lasts. */
export const TCP_RACK_RECOVERY_THRESH = 16;

/** How long segments may be late before they count as lost, µs. */
function tcp_rack_reo_wnd(sk: TcpSock): number {
  if (sk.reord_seen === 0) {
    if (sk.icsk_ca_state >= TCP_CA_Recovery) return 0;
    if (sk.sacked_out >= sk.reordering && !(sk.tcp.sysctl.recovery.value & TCP_RACK_NO_DUPTHRESH)) return 0;
  }
  return Math.min(Math.floor(tcp_min_rtt(sk) / 4) * sk.rack.reo_wnd_steps, Math.floor(sk.srtt_us / 8));
}

/** Time until a segment counts as lost, µs; not positive when it does. */
export function tcp_rack_skb_timeout(sk: TcpSock, skb: TcpSkb, reo_wnd: number): number {
  return sk.rack.rtt_us + reo_wnd - (sk.net.now - skb.skb_mstamp);
}

/** Marks a segment lost, and a retransmission of it if that was lost too. */
export function tcp_mark_skb_lost(sk: TcpSock, skb: TcpSkb): void {
  if (skb.sacked & TCPCB_SACKED_ACKED) return;
  const hint = sk.retransmit_skb_hint;
  if (hint === undefined ? sk.retrans_out >= sk.lost_out : before(skb.seq, hint.seq)) sk.retransmit_skb_hint = skb;
  const pcount = skb.gso_segs;
  if (!(skb.sacked & TCPCB_LOST)) {
    sk.lost_out += pcount;
    skb.sacked |= TCPCB_LOST;
    sk.lost += pcount;
  } else if (skb.sacked & TCPCB_SACKED_RETRANS) {
    skb.sacked &= ~TCPCB_SACKED_RETRANS;
    sk.retrans_out -= pcount;
    sk.net.mib.add(Counter.TcpExtTCPLostRetransmit, pcount);
    sk.lost += pcount;
  }
}

/** Marks what was sent long enough before the last delivered segment; returns how long to wait for the rest, µs. */
function tcp_rack_detect_loss(sk: TcpSock): number {
  const { rack } = sk;
  let reo_timeout = 0;
  const reo_wnd = tcp_rack_reo_wnd(sk);
  for (let skb = sk.rtx_queue.head; skb !== undefined; skb = skb.next) {
    if (skb.sacked & TCPCB_SACKED_ACKED) continue;
    if (skb.sacked & TCPCB_LOST && !(skb.sacked & TCPCB_SACKED_RETRANS)) continue;
    if (!tcp_skb_sent_after(rack.mstamp, skb.skb_mstamp, rack.end_seq, skb.end_seq)) continue;
    const remaining = tcp_rack_skb_timeout(sk, skb, reo_wnd);
    if (remaining <= 0) tcp_mark_skb_lost(sk, skb);
    else reo_timeout = Math.max(reo_timeout, remaining);
  }
  return reo_timeout;
}

/** After an ACK: marks losses; true when the reordering timer was armed. */
export function tcp_rack_mark_lost(sk: TcpSock): boolean {
  if (!sk.rack.advanced) return false;
  sk.rack.advanced = false;
  const timeout = tcp_rack_detect_loss(sk);
  if (timeout <= 0) return false;
  tcp_reset_xmit_timer(sk, ICSK_TIME_REO_TIMEOUT, Math.min(timeout + TCP_TIMEOUT_MIN_US, sk.icsk_rto));
  return true;
}

/** Takes a delivered segment into account. */
export function tcp_rack_advance(sk: TcpSock, sacked: number, end_seq: number, xmit_time: number): void {
  const { rack } = sk;
  const rtt_us = sk.net.now - xmit_time;
  // Delivered as soon as the path allows, or sooner: it was the original, not the retransmission. (A clock that stands
  // still while packets are processed makes "as soon" common, which it is not on a running one.)
  if (rtt_us <= tcp_min_rtt(sk) && sacked & TCPCB_RETRANS) return;
  rack.advanced = true;
  rack.rtt_us = rtt_us;
  if (tcp_skb_sent_after(xmit_time, rack.mstamp, end_seq, rack.end_seq)) {
    rack.mstamp = xmit_time;
    rack.end_seq = end_seq;
  }
}

/** The reordering timer went off. */
export function tcp_rack_reo_timeout(sk: TcpSock): void {
  const prior_inflight = tcp_packets_in_flight(sk);
  const lost = sk.lost;
  tcp_rack_detect_loss(sk);
  if (prior_inflight !== tcp_packets_in_flight(sk)) {
    if (sk.icsk_ca_state !== TCP_CA_Recovery) {
      tcp_enter_recovery(sk, false);
      if (!sk.icsk_ca?.has_cong_control) tcp_cwnd_reduction(sk, 1, sk.lost - lost, 0);
    }
    tcp_xmit_retransmit_queue(sk);
  }
  if (sk.icsk_pending !== ICSK_TIME_RETRANS) tcp_rearm_rto(sk);
}

/** Widens the reordering window once per round trip with a DSACK; narrows it after enough recoveries without. */
export function tcp_rack_update_reo_wnd(sk: TcpSock, rs: RateSample): void {
  const { rack } = sk;
  if (sk.tcp.sysctl.recovery.value & TCP_RACK_STATIC_REO_WND || rs.prior_delivered === 0) return;
  if (rs.prior_delivered < rack.last_delivered) rack.dsack_seen = false;
  if (rack.dsack_seen) {
    rack.reo_wnd_steps = Math.min(0xff, rack.reo_wnd_steps + 1);
    rack.dsack_seen = false;
    rack.last_delivered = sk.delivered;
    rack.reo_wnd_persist = TCP_RACK_RECOVERY_THRESH;
  } else if (rack.reo_wnd_persist === 0) rack.reo_wnd_steps = 1;
}

/** Without SACK: enough duplicate ACKs, or a partial ACK during recovery, prove the first segment lost. */
export function tcp_newreno_mark_lost(sk: TcpSock, snd_una_advanced: boolean): void {
  const state = sk.icsk_ca_state;
  if (
    (state < TCP_CA_Recovery && sk.sacked_out >= sk.reordering) || (state === TCP_CA_Recovery && snd_una_advanced)
  ) {
    const skb = sk.rtx_queue.head!;
    if (skb.sacked & TCPCB_LOST) return;
    const mss = skb.gso_size;
    if (skb.gso_segs > 1 && skb.len > mss) tcp_fragment(sk, skb, mss, mss);
    tcp_mark_skb_lost(sk, skb);
  }
}
