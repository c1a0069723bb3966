/**
 * Processing of the acknowledgment field (`tcp_ack`): RFC 9293 section 3.10.7.4, fifth check.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { TCP_CA_Open, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { after, before, between } from "../wire/seq.ts";
import { tcp_chrono_stop } from "./chrono.ts";
import type { AckSample } from "./congestion/congestion.ts";
import {
  FLAG_ACK_MAYBE_DELAYED,
  FLAG_ACKED,
  FLAG_CA_ALERT,
  FLAG_DATA,
  FLAG_DATA_ACKED,
  FLAG_DSACK_TLP,
  FLAG_DSACKING_ACK,
  FLAG_ECE,
  FLAG_FORWARD_PROGRESS,
  FLAG_NO_CHALLENGE_ACK,
  FLAG_NOT_DUP,
  FLAG_ORIG_SACK_ACKED,
  FLAG_RETRANS_DATA_ACKED,
  FLAG_SACK_RENEGING,
  FLAG_SET_XMIT_TIMER,
  FLAG_SND_UNA_ADVANCED,
  FLAG_SYN_ACKED,
  FLAG_UPDATE_TS_RECENT,
  FLAG_WIN_UPDATE,
  ICSK_ACK_NOW,
  ICSK_TIME_PROBE0,
  TCP_CHRONO_BUSY,
  TCP_ECN_DEMAND_CWR,
  TCP_ECN_OK,
  TCP_NAGLE_OFF,
  TCPCB_LOST,
  TCPCB_RETRANS,
  TCPCB_SACKED_ACKED,
  TCPCB_SACKED_RETRANS,
  TCPHDR_CWR,
  TCPHDR_ECE,
  TCPHDR_SYN,
} from "./constants.ts";
import { tcp_send_challenge_ack } from "./challenge.ts";
import { tcp_current_mss, tcp_sync_mss } from "./mss.ts";
import { tcp_mtup_probe_success } from "./mtu_probe.ts";
import { __tcp_push_pending_frames, tcp_slow_start_after_idle_check } from "./output.ts";
import { tcp_rack_advance, tcp_rack_update_reo_wnd } from "./rack.ts";
import { RateSample, tcp_rate_gen, tcp_rate_skb_delivered } from "./rate.ts";
import {
  alert_state,
  Rexmit,
  tcp_count_delivered,
  tcp_cwnd_reduction,
  tcp_fastretrans_alert,
  tcp_process_tlp_ack,
  tcp_remove_reno_sacks,
} from "./recovery.ts";
import { tcp_xmit_retransmit_queue } from "./retransmit.ts";
import { tcp_ack_update_rtt, tcp_update_pacing_rate } from "./rtt.ts";
import { SackState, tcp_check_sack_reordering, tcp_highest_sack_seq, tcp_sacktag_write_queue } from "./sack.ts";
import type { Segment } from "./segment.ts";
import { tcp_trim_head, tcp_wmem_free_skb } from "./segments.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_in_cwnd_reduction, tcp_packets_in_flight, tcp_wnd_end, type TcpSock } from "./state.ts";
import { tcp_clamp_probe0_to_user_timeout } from "./timers.ts";
import { tcp_ack_tstamp } from "./timestamping.ts";
import { tcp_replace_ts_recent } from "./timestamps.ts";
import { tcp_clear_xmit_timer, tcp_probe0_when, tcp_reset_xmit_timer, tcp_set_xmit_timer } from "./xmit_timer.ts";

const rate = new RateSample();
const sack = new SackState();
const sample: AckSample = { pkts_acked: 0, rtt_us: -1, in_flight: 0 };

/** Whether a segment may update the send window (RFC 9293 section 3.10.7.4). */
export function tcp_may_update_window(sk: TcpSock, ack: number, ack_seq: number, nwin: number): boolean {
  return after(ack, sk.snd_una) || after(ack_seq, sk.snd_wl1) ||
    (ack_seq === sk.snd_wl1 && (nwin > sk.snd_wnd || nwin === 0));
}

function tcp_ack_update_window(sk: TcpSock, seg: Segment): number {
  let flag = 0;
  const nwin = seg.syn ? seg.window : seg.window * 2 ** sk.rx_opt.snd_wscale;
  if (tcp_may_update_window(sk, seg.ack_seq, seg.seq, nwin)) {
    flag |= FLAG_WIN_UPDATE;
    sk.snd_wl1 = seg.seq;
    if (sk.snd_wnd !== nwin) {
      sk.snd_wnd = nwin;
      if (!sk.write_queue.empty) tcp_slow_start_after_idle_check(sk);
      if (nwin > sk.max_window) {
        sk.max_window = nwin;
        tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
      }
    }
  }
  sk.bytes_acked += (seg.ack_seq - sk.snd_una) >>> 0;
  sk.snd_una = seg.ack_seq;
  return flag;
}

/** Removes what is acknowledged, takes RTT samples and updates all counters (`tcp_clean_rtx_queue`). */
function tcp_clean_rtx_queue(sk: TcpSock, prior_fack: number, prior_snd_una: number, ece_ack: boolean): number {
  const now = sk.net.now;
  const prior_sacked = sk.sacked_out;
  let flag = 0;
  let first_ackt = -1;
  let last_ackt = -1;
  let reord = sk.snd_nxt;
  let fully_acked = true;
  let pkts_acked = 0;
  let skb: TcpSkb | undefined;
  let next: TcpSkb | undefined;
  for (skb = sk.rtx_queue.head; skb !== undefined; skb = next) {
    const start_seq = skb.seq;
    const sacked = skb.sacked;
    let acked_pcount = skb.gso_segs;
    if (after(skb.end_seq, sk.snd_una)) {
      if (skb.gso_segs === 1 || !after(sk.snd_una, skb.seq)) break;
      tcp_trim_head(sk, skb, (sk.snd_una - skb.seq) >>> 0);
      acked_pcount -= skb.gso_segs;
      if (acked_pcount === 0) break;
      fully_acked = false;
    }
    if (sacked & TCPCB_RETRANS) {
      if (sacked & TCPCB_SACKED_RETRANS) sk.retrans_out -= acked_pcount;
      flag |= FLAG_RETRANS_DATA_ACKED;
    } else if (!(sacked & TCPCB_SACKED_ACKED)) {
      last_ackt = skb.skb_mstamp;
      if (first_ackt < 0) first_ackt = last_ackt;
      if (before(start_seq, reord)) reord = start_seq;
      if (!after(skb.end_seq, sk.high_seq)) flag |= FLAG_ORIG_SACK_ACKED;
    }
    if (sacked & TCPCB_SACKED_ACKED) sk.sacked_out -= acked_pcount;
    else if (sk.rx_opt.sack_ok) {
      tcp_count_delivered(sk, acked_pcount, ece_ack);
      if (!tcp_skb_spurious_retrans(sk, skb)) tcp_rack_advance(sk, sacked, skb.end_seq, skb.skb_mstamp);
    }
    if (sacked & TCPCB_LOST) sk.lost_out -= acked_pcount;
    sk.packets_out -= acked_pcount;
    pkts_acked += acked_pcount;
    tcp_rate_skb_delivered(sk, skb, rate);
    if (skb.tcp_flags & TCPHDR_SYN) {
      flag |= FLAG_SYN_ACKED;
      sk.retrans_stamp = 0;
    } else flag |= FLAG_DATA_ACKED;
    if (!fully_acked) break;
    tcp_ack_tstamp(sk, skb, prior_snd_una);
    next = skb.next;
    if (skb === sk.retransmit_skb_hint) sk.retransmit_skb_hint = undefined;
    if (skb === sk.highest_sack) sk.highest_sack = next;
    sk.rtx_queue.remove(skb);
    tcp_wmem_free_skb(sk, skb);
  }
  if (skb === undefined) tcp_chrono_stop(sk, TCP_CHRONO_BUSY);
  if (between(sk.snd_up, prior_snd_una, sk.snd_una)) sk.snd_up = sk.snd_una;
  if (skb !== undefined) {
    tcp_ack_tstamp(sk, skb, prior_snd_una);
    if (skb.sacked & TCPCB_SACKED_ACKED) flag |= FLAG_SACK_RENEGING;
  }
  let seq_rtt_us = -1;
  let ca_rtt_us = -1;
  let sack_rtt_us = -1;
  if (first_ackt >= 0 && !(flag & FLAG_RETRANS_DATA_ACKED)) {
    seq_rtt_us = now - first_ackt;
    ca_rtt_us = now - last_ackt;
    if (
      pkts_acked === 1 && fully_acked && prior_sacked === 0 &&
      ((sk.snd_una - prior_snd_una) >>> 0) < sk.mss_cache && rate.prior_delivered + 1 === sk.delivered &&
      !(flag & (FLAG_CA_ALERT | FLAG_SYN_ACKED))
    ) flag |= FLAG_ACK_MAYBE_DELAYED;
  }
  if (sack.first_sackt >= 0) {
    sack_rtt_us = now - sack.first_sackt;
    ca_rtt_us = now - sack.last_sackt;
  }
  const rtt_update = tcp_ack_update_rtt(sk, flag, seq_rtt_us, sack_rtt_us, ca_rtt_us, rate);
  if (flag & FLAG_ACKED) {
    flag |= FLAG_SET_XMIT_TIMER;
    if (sk.icsk_mtup.probe_size !== 0 && !after(sk.icsk_mtup.probe_seq_end, sk.snd_una)) tcp_mtup_probe_success(sk);
    if (!sk.rx_opt.sack_ok) {
      tcp_remove_reno_sacks(sk, pkts_acked, ece_ack);
      if (flag & FLAG_RETRANS_DATA_ACKED) flag &= ~FLAG_ORIG_SACK_ACKED;
    } else if (before(reord, prior_fack)) tcp_check_sack_reordering(sk, reord, false);
  } else if (skb !== undefined && rtt_update && sack_rtt_us >= 0 && sack_rtt_us > now - skb.skb_mstamp) {
    // The SACK is for data sent after the head was last sent: no reason to wait longer for the head.
    flag |= FLAG_SET_XMIT_TIMER;
  }
  if (sk.icsk_ca !== undefined) {
    sample.pkts_acked = pkts_acked;
    sample.rtt_us = rate.rtt_us;
    sample.in_flight = sk.delivered - rate.prior_delivered;
    sk.icsk_ca.pkts_acked(sk, sample);
  }
  return flag;
}

/** Whether an ACK of a retransmission is really of the original, by its timestamp echo. */
function tcp_skb_spurious_retrans(sk: TcpSock, skb: TcpSkb): boolean {
  const opt = sk.rx_opt;
  if (!(skb.sacked & TCPCB_RETRANS) || !opt.saw_tstamp || opt.rcv_tsecr === 0) return false;
  const sent = sk.tcp_time_stamp - Math.floor((sk.net.now - skb.skb_mstamp) / 1000);
  return before(opt.rcv_tsecr, sent >>> 0);
}

/** The window opened, or did not: probing goes on at the right pace (`tcp_ack_probe`). */
function tcp_ack_probe(sk: TcpSock): void {
  const head = sk.write_queue.head;
  if (head === undefined) return;
  if (!after(head.end_seq, tcp_wnd_end(sk))) {
    sk.icsk_backoff = 0;
    sk.icsk_probes_tstamp = 0;
    tcp_clear_xmit_timer(sk);
  } else {
    const when = tcp_clamp_probe0_to_user_timeout(sk, tcp_probe0_when(sk, sk.icsk_rto_max));
    tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, when, true);
  }
}

function tcp_cong_control(sk: TcpSock, ack: number, acked_sacked: number, flag: number): void {
  const ca = sk.icsk_ca!;
  if (ca.cong_control(sk, ack, flag, rate)) return;
  if (tcp_in_cwnd_reduction(sk)) tcp_cwnd_reduction(sk, acked_sacked, rate.losses, flag);
  else {
    const raise = sk.reordering > sk.tcp.sysctl.reordering.value ? FLAG_FORWARD_PROGRESS : FLAG_DATA_ACKED;
    if (flag & raise) {
      ca.cong_avoid(sk, ack, acked_sacked);
      sk.snd_cwnd_stamp = sk.jiffies;
    }
  }
  tcp_update_pacing_rate(sk);
}

function tcp_xmit_recovery(sk: TcpSock, rexmit: number): void {
  if (rexmit === Rexmit.NONE || sk.sk_state === TCP_SYN_SENT) return;
  if (rexmit === Rexmit.NEW) {
    __tcp_push_pending_frames(sk, tcp_current_mss(sk), TCP_NAGLE_OFF);
    if (after(sk.snd_nxt, sk.high_seq)) return;
    sk.frto = false;
  }
  tcp_xmit_retransmit_queue(sk);
}

/** CWR from the peer ends our ECE (RFC 3168 section 6.1.3). */
function tcp_ecn_accept_cwr(sk: TcpSock, seg: Segment): void {
  if (!(sk.ecn_flags & TCP_ECN_OK) || !(seg.flags & TCPHDR_CWR)) return;
  sk.ecn_flags &= ~TCP_ECN_DEMAND_CWR;
  // If it is the last segment of a flight, its ACK should say at once that ECE ended.
  if (seg.seq !== seg.end_seq) sk.icsk_ack.pending |= ICSK_ACK_NOW;
}

function newly_delivered(sk: TcpSock, prior: number, flag: number): number {
  const delivered = sk.delivered - prior;
  sk.net.mib.add(Counter.TcpExtTCPDelivered, delivered);
  if (flag & FLAG_ECE) sk.net.mib.add(Counter.TcpExtTCPDeliveredCE, delivered);
  return delivered;
}

/** Results of {@link tcp_ack}: acceptable, an old ACK, below what is believed, of data never sent. */
export const AckResult = { OK: 1, OLD: 0, TOO_OLD: -1, UNSENT: -2 } as const;

/**
 * Processes a segment's acknowledgment.
 *
 * @param flags `FLAG_*` that hold already
 * @returns {@link AckResult}
 */
export function tcp_ack(sk: TcpSock, seg: Segment, flags: number): number {
  let flag = flags;
  const prior_snd_una = sk.snd_una;
  const ack = seg.ack_seq;
  const prior_packets = sk.packets_out;
  const prior_delivered = sk.delivered;
  const prior_lost = sk.lost;
  const has_sack = sk.rx_opt.sack_ok && seg.opt.num_sacks > 0;
  const is_sack_reneg = sk.is_sack_reneg;
  rate.reset();
  sack.reset(rate);
  alert_state.rexmit = Rexmit.NONE;
  if (before(ack, prior_snd_una)) {
    // RFC 5961 section 5.2: blind data injection.
    const max_window = Math.min(sk.max_window, sk.bytes_acked);
    if (before(ack, (prior_snd_una - max_window) >>> 0)) {
      if (!(flag & FLAG_NO_CHALLENGE_ACK)) tcp_send_challenge_ack(sk);
      return AckResult.TOO_OLD;
    }
    if (has_sack) {
      flag |= tcp_sacktag_write_queue(sk, seg, prior_snd_una, sack);
      tcp_count_delivered(sk, sack.sack_delivered, false);
      alert_state.flag = flag;
      tcp_fastretrans_alert(sk, prior_snd_una, 0);
      newly_delivered(sk, prior_delivered, flag);
      tcp_xmit_recovery(sk, alert_state.rexmit);
    }
    return AckResult.OLD;
  }
  if (after(ack, sk.snd_nxt)) {
    if (!(flag & FLAG_NO_CHALLENGE_ACK)) tcp_send_challenge_ack(sk);
    return AckResult.UNSENT;
  }
  if (after(ack, prior_snd_una)) {
    flag |= FLAG_SND_UNA_ADVANCED;
    sk.icsk_retransmits = 0;
  }
  const prior_fack = sk.rx_opt.sack_ok ? tcp_highest_sack_seq(sk) : sk.snd_una;
  rate.prior_in_flight = tcp_packets_in_flight(sk);
  if (flag & FLAG_UPDATE_TS_RECENT) tcp_replace_ts_recent(sk, seg.seq);
  if (seg.seq !== seg.end_seq) flag |= FLAG_DATA;
  else sk.net.mib.inc(Counter.TcpExtTCPPureAcks);
  flag |= tcp_ack_update_window(sk, seg);
  if (has_sack) flag |= tcp_sacktag_write_queue(sk, seg, prior_snd_una, sack);
  if (sk.ecn_flags & TCP_ECN_OK && seg.flags & TCPHDR_ECE && !seg.syn) flag |= FLAG_ECE;
  if (sack.sack_delivered > 0) tcp_count_delivered(sk, sack.sack_delivered, (flag & FLAG_ECE) !== 0);
  tcp_ecn_accept_cwr(sk, seg);
  sk.sk_err_soft = 0;
  sk.icsk_probes_out = 0;
  sk.rcv_tstamp = sk.jiffies;
  if (prior_packets === 0) {
    no_queue(sk, ack, flag, prior_snd_una, prior_delivered);
    return AckResult.OK;
  }
  flag |= tcp_clean_rtx_queue(sk, prior_fack, prior_snd_una, (flag & FLAG_ECE) !== 0);
  tcp_rack_update_reo_wnd(sk, rate);
  sk.icsk_ca?.in_ack_event(sk);
  if (sk.tlp_high_seq !== 0) tcp_process_tlp_ack(sk, ack, flag, FLAG_NOT_DUP, FLAG_DSACK_TLP);
  alert_state.flag = flag;
  if (!(flag & FLAG_NOT_DUP) || flag & FLAG_CA_ALERT || sk.icsk_ca_state !== TCP_CA_Open) {
    const num_dupack = flag & (FLAG_SND_UNA_ADVANCED | FLAG_NOT_DUP | FLAG_DSACKING_ACK) ? 0 : 1;
    tcp_fastretrans_alert(sk, prior_snd_una, num_dupack);
    flag = alert_state.flag;
  }
  const rexmit = alert_state.rexmit;
  if (flag & FLAG_SET_XMIT_TIMER) tcp_set_xmit_timer(sk);
  const delivered = newly_delivered(sk, prior_delivered, flag);
  tcp_rate_gen(sk, delivered, sk.lost - prior_lost, is_sack_reneg, rate);
  tcp_cong_control(sk, ack, delivered, flag);
  tcp_xmit_recovery(sk, rexmit);
  return AckResult.OK;
}

/** An ACK while nothing is outstanding. */
function no_queue(sk: TcpSock, ack: number, flag: number, prior_snd_una: number, prior_delivered: number): void {
  if (flag & FLAG_DSACKING_ACK) {
    alert_state.flag = flag;
    tcp_fastretrans_alert(sk, prior_snd_una, 0);
    newly_delivered(sk, prior_delivered, flag);
  }
  tcp_ack_probe(sk);
  if (sk.tlp_high_seq !== 0) tcp_process_tlp_ack(sk, ack, flag, FLAG_NOT_DUP, FLAG_DSACK_TLP);
}
