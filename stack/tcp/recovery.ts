/**
 * Loss recovery: entering and leaving it, proportional rate reduction (RFC 6937, 9937), F-RTO (RFC 5682), and undoing
 * what turned out spurious (RFC 4015's idea, by timestamps and DSACK).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import {
  TCP_CA_CWR,
  TCP_CA_Disorder,
  TCP_CA_Loss,
  TCP_CA_Open,
  TCP_CA_Recovery,
  TCP_SYN_SENT,
} from "../../abi/tcp_constants.ts";
import { after, before } from "../wire/seq.ts";
import {
  FLAG_DATA_SACKED,
  FLAG_ECE,
  FLAG_LOST_RETRANS,
  FLAG_ORIG_SACK_ACKED,
  FLAG_SACK_RENEGING,
  FLAG_SET_XMIT_TIMER,
  FLAG_SND_UNA_ADVANCED,
  ICSK_TIME_RETRANS,
  TCP_ECN_OK,
  TCP_ECN_QUEUE_CWR,
  TCP_INFINITE_SSTHRESH,
  TCPCB_EVER_RETRANS,
  TCPCB_LOST,
  TCPCB_SACKED_ACKED,
} from "./constants.ts";
import { tcp_mtup_probe_failed } from "./mtu_probe.ts";
import {
  tcp_mark_skb_lost,
  tcp_newreno_mark_lost,
  tcp_rack_mark_lost,
  TCP_RACK_RECOVERY_THRESH,
  tcp_rack_skb_timeout,
} from "./rack.ts";
import { tcp_xmit_retransmit_queue } from "./retransmit.ts";
import { tcp_check_sack_reordering } from "./sack.ts";
import { tcp_current_mss } from "./mss.ts";
import {
  tcp_current_ssthresh,
  tcp_in_cwnd_reduction,
  tcp_left_out,
  tcp_packets_in_flight,
  tcp_set_ca_state,
  tcp_wnd_end,
  type TcpSock,
} from "./state.ts";
import { tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** What to send after the window was updated. */
export const Rexmit = { NONE: 0, LOST: 1, NEW: 2 } as const;

/** Progress of one ACK through {@link tcp_fastretrans_alert}; one object, filled again for each ACK. */
export const alert_state: { flag: number; rexmit: number } = { flag: 0, rexmit: Rexmit.NONE };

function is_reno(sk: TcpSock): boolean {
  return !sk.rx_opt.sack_ok;
}

/** Counts segments as delivered. */
export function tcp_count_delivered(sk: TcpSock, delivered: number, ece_ack: boolean): void {
  sk.delivered += delivered;
  if (ece_ack) sk.delivered_ce += delivered;
}

/** Without SACK, duplicate ACKs can't stand for more than is out; true when they were cut. */
export function tcp_limit_reno_sacked(sk: TcpSock): boolean {
  const holes = Math.min(Math.max(sk.lost_out, 1), sk.packets_out);
  if (sk.sacked_out + holes <= sk.packets_out) return false;
  sk.sacked_out = sk.packets_out - holes;
  return true;
}

function tcp_check_reno_reordering(sk: TcpSock, addend: number): void {
  if (!tcp_limit_reno_sacked(sk)) return;
  sk.reordering = Math.min(sk.packets_out + addend, sk.tcp.sysctl.max_reordering.value);
  sk.reord_seen++;
  sk.net.mib.inc(Counter.TcpExtTCPRenoReorder);
}

function tcp_add_reno_sack(sk: TcpSock, num_dupack: number, ece_ack: boolean): void {
  if (num_dupack === 0) return;
  const prior_sacked = sk.sacked_out;
  sk.sacked_out += num_dupack;
  tcp_check_reno_reordering(sk, 0);
  const delivered = sk.sacked_out - prior_sacked;
  if (delivered > 0) tcp_count_delivered(sk, delivered, ece_ack);
}

/** Without SACK: `acked` segments fill one hole, the rest were counted as duplicate ACKs. */
export function tcp_remove_reno_sacks(sk: TcpSock, acked: number, ece_ack: boolean): void {
  if (acked > 0) {
    tcp_count_delivered(sk, Math.max(acked - sk.sacked_out, 1), ece_ack);
    sk.sacked_out = acked - 1 >= sk.sacked_out ? 0 : sk.sacked_out - (acked - 1);
  }
  tcp_check_reno_reordering(sk, acked);
}

/** Whether anything outstanding was ever retransmitted. */
function tcp_any_retrans_done(sk: TcpSock): boolean {
  if (sk.retrans_out !== 0) return true;
  const head = sk.rtx_queue.head;
  return head !== undefined && (head.sacked & TCPCB_EVER_RETRANS) !== 0;
}

/** Whether the segment's timestamp echo is older than the first retransmission, or nothing was retransmitted. */
function tcp_packet_delayed(sk: TcpSock): boolean {
  if (sk.retrans_stamp !== 0) {
    const opt = sk.rx_opt;
    return opt.saw_tstamp && opt.rcv_tsecr !== 0 && before(opt.rcv_tsecr, sk.retrans_stamp);
  }
  if (is_reno(sk) && !before(sk.snd_una, sk.high_seq)) return false;
  return sk.sk_state !== TCP_SYN_SENT;
}

function tcp_may_undo(sk: TcpSock): boolean {
  return sk.undo_marker !== 0 && (sk.undo_retrans === 0 || tcp_packet_delayed(sk));
}

function tcp_init_undo(sk: TcpSock): void {
  sk.undo_marker = sk.snd_una;
  sk.undo_retrans = sk.retrans_out;
  if (sk.tlp_high_seq !== 0 && sk.tlp_retrans) sk.undo_retrans++;
  // 0 would mean that everything is undone already.
  if (sk.undo_retrans === 0) sk.undo_retrans = -1;
}

function tcp_undo_cwnd_reduction(sk: TcpSock, unmark_loss: boolean): void {
  if (unmark_loss) {
    for (let skb = sk.rtx_queue.head; skb !== undefined; skb = skb.next) skb.sacked &= ~TCPCB_LOST;
    sk.lost_out = 0;
    sk.retransmit_skb_hint = undefined;
  }
  if (sk.prior_ssthresh !== 0) {
    sk.snd_cwnd = sk.icsk_ca!.undo_cwnd(sk);
    if (sk.prior_ssthresh > sk.snd_ssthresh) {
      sk.snd_ssthresh = sk.prior_ssthresh;
      sk.ecn_flags &= ~TCP_ECN_QUEUE_CWR;
    }
  }
  sk.snd_cwnd_stamp = sk.jiffies;
  sk.undo_marker = 0;
  sk.rack.advanced = true;
}

/** NewReno holds its state until something above high_seq is acknowledged (RFC 6582 section 4). */
function tcp_is_non_sack_preventing_reopen(sk: TcpSock): boolean {
  if (sk.snd_una !== sk.high_seq || !is_reno(sk)) return false;
  if (!tcp_any_retrans_done(sk)) sk.retrans_stamp = 0;
  return true;
}

/** Leaves recovery, undoing it when it was spurious; true when the state must be held. */
export function tcp_try_undo_recovery(sk: TcpSock): boolean {
  if (tcp_may_undo(sk)) {
    const loss = sk.icsk_ca_state === TCP_CA_Loss;
    tcp_undo_cwnd_reduction(sk, false);
    sk.net.mib.inc(loss ? Counter.TcpExtTCPLossUndo : Counter.TcpExtTCPFullUndo);
  } else if (sk.rack.reo_wnd_persist > 0) sk.rack.reo_wnd_persist--;
  if (tcp_is_non_sack_preventing_reopen(sk)) return true;
  tcp_set_ca_state(sk, TCP_CA_Open);
  sk.is_sack_reneg = false;
  return false;
}

function tcp_try_undo_dsack(sk: TcpSock): boolean {
  if (sk.undo_marker === 0 || sk.undo_retrans !== 0) return false;
  sk.rack.reo_wnd_persist = Math.min(TCP_RACK_RECOVERY_THRESH, sk.rack.reo_wnd_persist + 1);
  tcp_undo_cwnd_reduction(sk, false);
  sk.net.mib.inc(Counter.TcpExtTCPDSACKUndo);
  return true;
}

function tcp_try_undo_loss(sk: TcpSock, frto_undo: boolean): boolean {
  if (!frto_undo && !tcp_may_undo(sk)) return false;
  tcp_undo_cwnd_reduction(sk, true);
  sk.net.mib.inc(Counter.TcpExtTCPLossUndo);
  if (frto_undo) sk.net.mib.inc(Counter.TcpExtTCPSpuriousRTOs);
  sk.icsk_retransmits = 0;
  if (tcp_is_non_sack_preventing_reopen(sk)) return true;
  if (frto_undo || !is_reno(sk)) {
    tcp_set_ca_state(sk, TCP_CA_Open);
    sk.is_sack_reneg = false;
  }
  return true;
}

/** After a partial ACK; true when nothing more is to be marked lost. */
function tcp_try_undo_partial(sk: TcpSock, prior_snd_una: number): boolean {
  if (sk.undo_marker === 0 || !tcp_packet_delayed(sk)) return false;
  tcp_check_sack_reordering(sk, prior_snd_una, true);
  if (sk.retrans_out !== 0) return true;
  if (!tcp_any_retrans_done(sk)) sk.retrans_stamp = 0;
  tcp_undo_cwnd_reduction(sk, true);
  sk.net.mib.inc(Counter.TcpExtTCPPartialUndo);
  tcp_try_keep_open(sk);
  return false;
}

/** The window goes down to ssthresh over one round trip, segment by segment delivered. */
function tcp_init_cwnd_reduction(sk: TcpSock): void {
  sk.high_seq = sk.snd_nxt;
  sk.tlp_high_seq = 0;
  sk.snd_cwnd_cnt = 0;
  sk.prior_cwnd = sk.snd_cwnd;
  sk.prr_delivered = 0;
  sk.prr_out = 0;
  sk.snd_ssthresh = sk.icsk_ca!.ssthresh(sk);
  if (sk.ecn_flags & TCP_ECN_OK) sk.ecn_flags |= TCP_ECN_QUEUE_CWR;
}

/** One step of proportional rate reduction (`tcp_cwnd_reduction`). */
export function tcp_cwnd_reduction(sk: TcpSock, newly_acked_sacked: number, newly_lost: number, flag: number): void {
  if (newly_acked_sacked <= 0 || sk.prior_cwnd === 0) return;
  const in_flight = tcp_packets_in_flight(sk);
  const delta = sk.snd_ssthresh - in_flight;
  let sndcnt: number;
  sk.prr_delivered += newly_acked_sacked;
  if (delta < 0) {
    sndcnt = Math.floor((sk.snd_ssthresh * sk.prr_delivered + sk.prior_cwnd - 1) / sk.prior_cwnd) - sk.prr_out;
  } else {
    sndcnt = Math.max(sk.prr_delivered - sk.prr_out, newly_acked_sacked);
    if (flag & FLAG_SND_UNA_ADVANCED && newly_lost === 0) sndcnt++;
    sndcnt = Math.min(delta, sndcnt);
  }
  // Entering recovery always sends a segment.
  sndcnt = Math.max(sndcnt, sk.prr_out !== 0 ? 0 : 1);
  sk.snd_cwnd = in_flight + sndcnt;
}

function tcp_end_cwnd_reduction(sk: TcpSock): void {
  if (sk.icsk_ca?.has_cong_control) return;
  if (sk.snd_ssthresh < TCP_INFINITE_SSTHRESH && (sk.icsk_ca_state === TCP_CA_CWR || sk.undo_marker !== 0)) {
    sk.snd_cwnd = sk.snd_ssthresh;
    sk.snd_cwnd_stamp = sk.jiffies;
  }
  sk.icsk_ca?.cwnd_event(sk, "complete_cwr");
}

/** Reduces the window without retransmitting: ECN, local congestion. */
export function tcp_enter_cwr(sk: TcpSock): void {
  sk.prior_ssthresh = 0;
  if (sk.icsk_ca_state >= TCP_CA_CWR) return;
  sk.undo_marker = 0;
  tcp_init_cwnd_reduction(sk);
  tcp_set_ca_state(sk, TCP_CA_CWR);
}

function tcp_try_keep_open(sk: TcpSock): void {
  const state = tcp_left_out(sk) !== 0 || tcp_any_retrans_done(sk) ? TCP_CA_Disorder : TCP_CA_Open;
  if (sk.icsk_ca_state === state) return;
  tcp_set_ca_state(sk, state);
  sk.high_seq = sk.snd_nxt;
}

function tcp_try_to_open(sk: TcpSock, flag: number): void {
  if (!tcp_any_retrans_done(sk)) sk.retrans_stamp = 0;
  if (flag & FLAG_ECE) tcp_enter_cwr(sk);
  if (sk.icsk_ca_state !== TCP_CA_CWR) tcp_try_keep_open(sk);
}

/** Enters fast recovery. */
export function tcp_enter_recovery(sk: TcpSock, ece_ack: boolean): void {
  sk.net.mib.inc(is_reno(sk) ? Counter.TcpExtTCPRenoRecovery : Counter.TcpExtTCPSackRecovery);
  if (!tcp_any_retrans_done(sk)) sk.retrans_stamp = 0;
  sk.prior_ssthresh = 0;
  tcp_init_undo(sk);
  if (!tcp_in_cwnd_reduction(sk)) {
    if (!ece_ack) sk.prior_ssthresh = tcp_current_ssthresh(sk);
    tcp_init_cwnd_reduction(sk);
  }
  tcp_set_ca_state(sk, TCP_CA_Recovery);
}

/** After a timeout everything not sent recently counts as lost. */
function tcp_timeout_mark_lost(sk: TcpSock): void {
  const head = sk.rtx_queue.head;
  const is_reneg = head !== undefined && (head.sacked & TCPCB_SACKED_ACKED) !== 0;
  if (is_reneg) {
    sk.net.mib.inc(Counter.TcpExtTCPSACKReneging);
    sk.sacked_out = 0;
    sk.is_sack_reneg = true;
  } else if (is_reno(sk)) sk.sacked_out = 0;
  for (let skb = head; skb !== undefined; skb = skb.next) {
    if (is_reneg) skb.sacked &= ~TCPCB_SACKED_ACKED;
    else if (skb !== head && !is_reno(sk) && tcp_rack_skb_timeout(sk, skb, 0) > 0) continue;
    tcp_mark_skb_lost(sk, skb);
  }
  sk.retransmit_skb_hint = undefined;
}

/** The retransmission timer went off (`tcp_enter_loss`). */
export function tcp_enter_loss(sk: TcpSock): void {
  const state = sk.icsk_ca_state;
  const new_recovery = state < TCP_CA_Recovery;
  tcp_timeout_mark_lost(sk);
  if (
    state <= TCP_CA_Disorder || !after(sk.high_seq, sk.snd_una) ||
    (state === TCP_CA_Loss && sk.icsk_retransmits === 0)
  ) {
    sk.prior_ssthresh = tcp_current_ssthresh(sk);
    sk.prior_cwnd = sk.snd_cwnd;
    sk.snd_ssthresh = sk.icsk_ca!.ssthresh(sk);
    sk.icsk_ca!.cwnd_event(sk, "loss");
    tcp_init_undo(sk);
  }
  sk.snd_cwnd = tcp_packets_in_flight(sk) + 1;
  sk.snd_cwnd_cnt = 0;
  sk.snd_cwnd_stamp = sk.jiffies;
  const reordering = sk.tcp.sysctl.reordering.value;
  if (state <= TCP_CA_Disorder && sk.sacked_out >= reordering) sk.reordering = Math.min(sk.reordering, reordering);
  tcp_set_ca_state(sk, TCP_CA_Loss);
  sk.high_seq = sk.snd_nxt;
  sk.tlp_high_seq = 0;
  if (sk.ecn_flags & TCP_ECN_OK) sk.ecn_flags |= TCP_ECN_QUEUE_CWR;
  sk.frto = sk.tcp.sysctl.frto.value !== 0 && (new_recovery || sk.icsk_retransmits !== 0) &&
    sk.icsk_mtup.probe_size === 0;
}

/** A SACKed head means that the peer dropped what it had: time out soon instead of trusting it. */
function tcp_check_sack_reneging(sk: TcpSock): boolean {
  const both = FLAG_SACK_RENEGING | FLAG_SND_UNA_ADVANCED;
  if ((alert_state.flag & both) !== both) return false;
  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, Math.max(Math.floor(sk.srtt_us / 16), 10_000));
  alert_state.flag &= ~FLAG_SET_XMIT_TIMER;
  return true;
}

function tcp_identify_packet_loss(sk: TcpSock): void {
  if (sk.rtx_queue.empty) return;
  if (is_reno(sk)) {
    tcp_newreno_mark_lost(sk, (alert_state.flag & FLAG_SND_UNA_ADVANCED) !== 0);
    return;
  }
  const prior_retrans = sk.retrans_out;
  if (tcp_rack_mark_lost(sk)) alert_state.flag &= ~FLAG_SET_XMIT_TIMER;
  if (prior_retrans > sk.retrans_out) alert_state.flag |= FLAG_LOST_RETRANS;
}

/** An ACK during recovery from a timeout: F-RTO, then conventional recovery. */
function tcp_process_loss(sk: TcpSock, flag: number, num_dupack: number): void {
  const recovered = !before(sk.snd_una, sk.high_seq);
  if ((flag & FLAG_SND_UNA_ADVANCED || sk.fastopen_rsk !== undefined) && tcp_try_undo_loss(sk, false)) return;
  if (sk.frto) {
    if (flag & FLAG_ORIG_SACK_ACKED && tcp_try_undo_loss(sk, true)) return;
    if (after(sk.snd_nxt, sk.high_seq)) {
      if (flag & FLAG_DATA_SACKED || num_dupack !== 0) sk.frto = false;
    } else if (flag & FLAG_SND_UNA_ADVANCED && !recovered) {
      sk.high_seq = sk.snd_nxt;
      if (!sk.write_queue.empty && after(tcp_wnd_end(sk), sk.snd_nxt)) {
        alert_state.rexmit = Rexmit.NEW;
        return;
      }
      sk.frto = false;
    }
  }
  if (recovered) {
    tcp_try_undo_recovery(sk);
    return;
  }
  if (is_reno(sk)) {
    if (after(sk.snd_nxt, sk.high_seq)) tcp_add_reno_sack(sk, num_dupack, (flag & FLAG_ECE) !== 0);
    else if (flag & FLAG_SND_UNA_ADVANCED) sk.sacked_out = 0;
  }
  alert_state.rexmit = Rexmit.LOST;
}

/** State exits when high_seq is acknowledged; true when there is nothing else to do. */
function check_exit(sk: TcpSock): boolean {
  if (sk.icsk_ca_state === TCP_CA_Open) {
    sk.retrans_stamp = 0;
  } else if (!before(sk.snd_una, sk.high_seq)) {
    if (sk.icsk_ca_state === TCP_CA_CWR) {
      // Something above high_seq must be acknowledged, that CWR reaches the peer.
      if (sk.snd_una !== sk.high_seq) {
        tcp_end_cwnd_reduction(sk);
        tcp_set_ca_state(sk, TCP_CA_Open);
      }
    } else if (sk.icsk_ca_state === TCP_CA_Recovery) {
      if (is_reno(sk)) sk.sacked_out = 0;
      if (tcp_try_undo_recovery(sk)) return true;
      tcp_end_cwnd_reduction(sk);
    }
  }
  return false;
}

/**
 * The state machine of loss recovery, for an ACK that is a duplicate, carries SACK or ECE, or comes while not all is
 * well (`tcp_fastretrans_alert`). Reads and changes {@link alert_state}.
 */
export function tcp_fastretrans_alert(sk: TcpSock, prior_snd_una: number, num_dupack: number): void {
  const flag = alert_state.flag;
  const ece_ack = (flag & FLAG_ECE) !== 0;
  if (sk.packets_out === 0 && sk.sacked_out !== 0) sk.sacked_out = 0;
  if (ece_ack) sk.prior_ssthresh = 0;
  if (tcp_check_sack_reneging(sk) || check_exit(sk)) return;
  switch (sk.icsk_ca_state) {
    case TCP_CA_Recovery:
      if (!(flag & FLAG_SND_UNA_ADVANCED)) {
        if (is_reno(sk)) tcp_add_reno_sack(sk, num_dupack, ece_ack);
      } else if (tcp_try_undo_partial(sk, prior_snd_una)) return;
      if (tcp_try_undo_dsack(sk)) tcp_try_to_open(sk, flag);
      tcp_identify_packet_loss(sk);
      if (!recovery_state_holds(sk)) {
        if (sk.lost_out === 0) return;
        tcp_enter_recovery(sk, ece_ack);
      }
      break;
    case TCP_CA_Loss:
      tcp_process_loss(sk, flag, num_dupack);
      if (!loss_state_holds(sk)) update_rto_time(sk);
      tcp_identify_packet_loss(sk);
      if (!(open_state(sk) || alert_state.flag & FLAG_LOST_RETRANS)) return;
      if (!to_recovery(sk, flag, num_dupack, ece_ack)) return;
      break;
    default:
      if (!to_recovery(sk, flag, num_dupack, ece_ack)) return;
  }
  alert_state.rexmit = Rexmit.LOST;
}

// Calls between change the state, which narrowing of the switch's subject would not see.
function recovery_state_holds(sk: TcpSock): boolean {
  return sk.icsk_ca_state === TCP_CA_Recovery;
}

function loss_state_holds(sk: TcpSock): boolean {
  return sk.icsk_ca_state === TCP_CA_Loss;
}

function open_state(sk: TcpSock): boolean {
  return sk.icsk_ca_state === TCP_CA_Open;
}

function update_rto_time(sk: TcpSock): void {
  if (sk.rto_stamp === 0) return;
  sk.total_rto_time += sk.tcp_time_stamp - sk.rto_stamp;
  sk.rto_stamp = 0;
}

/** In the states before recovery: looks for losses and enters it; false when there are none. */
function to_recovery(sk: TcpSock, flag: number, num_dupack: number, ece_ack: boolean): boolean {
  if (is_reno(sk)) {
    if (flag & FLAG_SND_UNA_ADVANCED) sk.sacked_out = 0;
    tcp_add_reno_sack(sk, num_dupack, ece_ack);
  }
  if (sk.icsk_ca_state <= TCP_CA_Disorder) tcp_try_undo_dsack(sk);
  tcp_identify_packet_loss(sk);
  if (sk.lost_out === 0) {
    tcp_try_to_open(sk, flag);
    return false;
  }
  const mtup = sk.icsk_mtup;
  if (sk.icsk_ca_state < TCP_CA_CWR && mtup.probe_size !== 0 && sk.snd_una === mtup.probe_seq_start) {
    // A lost MTU probe says nothing about congestion.
    tcp_mtup_probe_failed(sk);
    sk.snd_cwnd++;
    tcp_simple_retransmit(sk);
    return false;
  }
  tcp_enter_recovery(sk, ece_ack);
  return true;
}

/** Sends again what is too large after the path MTU went down, without touching the window. */
export function tcp_simple_retransmit(sk: TcpSock): void {
  // A SYN with data sits in the queue as two: whatever was too large, all of it was lost.
  const mss = sk.syn_data && sk.sk_state === TCP_SYN_SENT ? -1 : tcp_current_mss(sk);
  for (let skb = sk.rtx_queue.head; skb !== undefined; skb = skb.next) {
    const seglen = skb.gso_segs === 1 ? skb.len : skb.gso_size;
    if (seglen > mss) tcp_mark_skb_lost(sk, skb);
  }
  if (sk.lost_out === 0) return;
  if (is_reno(sk)) tcp_limit_reno_sacked(sk);
  tcp_non_congestion_loss_retransmit(sk);
}

/** Retransmits what is marked lost for a reason that is no congestion. */
export function tcp_non_congestion_loss_retransmit(sk: TcpSock): void {
  if (sk.icsk_ca_state !== TCP_CA_Loss) {
    sk.high_seq = sk.snd_nxt;
    sk.snd_ssthresh = tcp_current_ssthresh(sk);
    sk.prior_ssthresh = 0;
    sk.undo_marker = 0;
    tcp_set_ca_state(sk, TCP_CA_Loss);
  }
  tcp_xmit_retransmit_queue(sk);
}

/** An ACK after a tail loss probe tells whether the probe repaired a loss (RFC 8985 section 7.4). */
export function tcp_process_tlp_ack(sk: TcpSock, ack: number, flag: number, not_dup: number, dsack_tlp: number): void {
  if (before(ack, sk.tlp_high_seq)) return;
  if (!sk.tlp_retrans || flag & dsack_tlp) sk.tlp_high_seq = 0;
  else if (after(ack, sk.tlp_high_seq)) {
    tcp_init_cwnd_reduction(sk);
    tcp_set_ca_state(sk, TCP_CA_CWR);
    tcp_end_cwnd_reduction(sk);
    tcp_try_keep_open(sk);
    sk.net.mib.inc(Counter.TcpExtTCPLossProbeRecovery);
  } else if (!(flag & (FLAG_SND_UNA_ADVANCED | not_dup | FLAG_DATA_SACKED))) sk.tlp_high_seq = 0;
}
