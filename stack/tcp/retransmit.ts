/**
 * Retransmission of queued segments, and tail loss probes.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { EAGAIN, EHOSTUNREACH, EINVAL, ENOMEM } from "../../abi/errno.ts";
import { TCP_CA_Loss } from "../../abi/tcp_constants.ts";
import { before } from "../wire/seq.ts";
import {
  ICSK_TIME_REO_TIMEOUT,
  ICSK_TIME_RETRANS,
  TCP_NAGLE_OFF,
  TCPCB_EVER_RETRANS,
  TCPCB_LOST,
  TCPCB_RETRANS,
  TCPCB_SACKED_ACKED,
  TCPCB_SACKED_RETRANS,
  TCPHDR_SYN,
  TCPHDR_SYN_ECN,
} from "./constants.ts";
import { tcp_current_mss } from "./mss.ts";
import { tcp_pacing_check } from "./pacing.ts";
import { PushOne, tcp_tso_segs, tcp_write_xmit } from "./output.ts";
import {
  tcp_adjust_pcount,
  tcp_fragment,
  tcp_retrans_try_collapse,
  tcp_set_skb_tso_segs,
  tcp_trim_head,
} from "./segments.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_in_cwnd_reduction, tcp_packets_in_flight, tcp_wnd_end, type TcpSock } from "./state.ts";
import { tcp_transmit_skb } from "./transmit.ts";
import { tcp_rearm_rto, tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** Sends an skb of the retransmit queue again, at most `max_segs` segments of it (`__tcp_retransmit_skb`). 0 or `-errno`. */
export function __tcp_retransmit_skb(sk: TcpSock, skb: TcpSkb, max_segs: number): number {
  const mib = sk.net.mib;
  // A loss during an MTU probe proves nothing about the MTU.
  sk.icsk_mtup.probe_size = 0;
  if (before(skb.seq, sk.snd_una)) {
    if (skb.tcp_flags & TCPHDR_SYN) {
      skb.tcp_flags &= ~TCPHDR_SYN;
      skb.seq = (skb.seq + 1) >>> 0;
    }
    if (before(skb.seq, sk.snd_una)) {
      if (before(skb.end_seq, sk.snd_una)) return -EINVAL;
      tcp_trim_head(sk, skb, (sk.snd_una - skb.seq) >>> 0);
    }
  }
  if (typeof sk.route() === "number") return -EHOSTUNREACH;
  const cur_mss = tcp_current_mss(sk);
  let avail_wnd = (tcp_wnd_end(sk) - skb.seq) | 0;
  if (avail_wnd <= 0) {
    // Only the first segment may go beyond a shrunken window: it probes.
    if (skb.seq !== sk.snd_una) return -EAGAIN;
    avail_wnd = cur_mss;
  }
  let len = cur_mss * max_segs;
  if (len > avail_wnd) len = avail_wnd - avail_wnd % cur_mss || avail_wnd;
  if (skb.len > len) {
    if (tcp_fragment(sk, skb, len, cur_mss) < 0) return -ENOMEM;
  } else {
    const diff = skb.gso_segs - tcp_set_skb_tso_segs(skb, cur_mss);
    if (diff !== 0) tcp_adjust_pcount(sk, skb, diff);
    const room = Math.min(avail_wnd, cur_mss);
    if (skb.len < room) tcp_retrans_try_collapse(sk, skb, room, tcp_wnd_end(sk));
  }
  if ((skb.tcp_flags & TCPHDR_SYN_ECN) === TCPHDR_SYN_ECN && sk.tcp.sysctl.ecn_fallback.value !== 0) {
    // RFC 3168 section 6.1.1.1: a SYN that got lost may have been dropped for its ECN bits.
    skb.tcp_flags &= ~(TCPHDR_SYN_ECN & ~TCPHDR_SYN);
  }
  const segs = skb.gso_segs;
  mib.add(Counter.TcpRetransSegs, segs);
  if (skb.tcp_flags & TCPHDR_SYN) mib.inc(Counter.TcpExtTCPSynRetrans);
  sk.total_retrans += segs;
  sk.bytes_retrans += skb.len;
  skb.sacked |= TCPCB_EVER_RETRANS;
  const error = tcp_transmit_skb(sk, skb);
  if (error !== 0) mib.add(Counter.TcpExtTCPRetransFail, segs);
  return error;
}

/** As {@link __tcp_retransmit_skb}, counted as a retransmission in flight. */
export function tcp_retransmit_skb(sk: TcpSock, skb: TcpSkb, segs: number): number {
  const error = __tcp_retransmit_skb(sk, skb, segs);
  if (error === 0) {
    skb.sacked |= TCPCB_RETRANS;
    sk.retrans_out += skb.gso_segs;
  }
  if (sk.retrans_stamp === 0) sk.retrans_stamp = sk.tcp_time_stamp;
  if (sk.undo_retrans < 0) sk.undo_retrans = 0;
  sk.undo_retrans += skb.gso_segs;
  return error;
}

/** Retransmits what is marked lost, as far as the congestion window goes (`tcp_xmit_retransmit_queue`). */
export function tcp_xmit_retransmit_queue(sk: TcpSock): void {
  if (sk.packets_out === 0) return;
  const rtx_head = sk.rtx_queue.head;
  let hole = false;
  let rearm = false;
  const max_segs = tcp_tso_segs(sk, tcp_current_mss(sk));
  for (let skb = sk.retransmit_skb_hint ?? rtx_head; skb !== undefined; skb = skb.next) {
    if (tcp_pacing_check(sk)) break;
    if (!hole) sk.retransmit_skb_hint = skb;
    const room = sk.snd_cwnd - tcp_packets_in_flight(sk);
    if (room <= 0 || sk.retrans_out >= sk.lost_out) break;
    if (!(skb.sacked & TCPCB_LOST)) {
      if (!(skb.sacked & (TCPCB_SACKED_RETRANS | TCPCB_SACKED_ACKED))) hole = true;
      continue;
    }
    if (skb.sacked & (TCPCB_SACKED_ACKED | TCPCB_SACKED_RETRANS)) continue;
    if (tcp_retransmit_skb(sk, skb, Math.min(room, max_segs)) !== 0) break;
    sk.net.mib.add(
      sk.icsk_ca_state === TCP_CA_Loss ? Counter.TcpExtTCPSlowStartRetrans : Counter.TcpExtTCPFastRetrans,
      skb.gso_segs,
    );
    if (tcp_in_cwnd_reduction(sk)) sk.prr_out += skb.gso_segs;
    if (skb === rtx_head && sk.icsk_pending !== ICSK_TIME_REO_TIMEOUT) rearm = true;
  }
  if (rearm) tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, sk.icsk_rto, true);
}

/** Sends a tail loss probe: new data where there is, else the last segment again (RFC 8985 section 7.3). */
export function tcp_send_loss_probe(sk: TcpSock): void {
  if (probe(sk)) {
    sk.tlp_high_seq = sk.snd_nxt;
    sk.net.mib.inc(Counter.TcpExtTCPLossProbes);
    // So that the RTO starts from now.
    sk.icsk_pending = 0;
  }
  tcp_rearm_rto(sk);
}

function probe(sk: TcpSock): boolean {
  if (sk.tlp_high_seq !== 0) return false;
  const mss = tcp_current_mss(sk);
  sk.tlp_retrans = false;
  const head = sk.write_queue.head;
  if (head !== undefined) {
    const end = head.len > mss ? (head.seq + mss) >>> 0 : head.end_seq;
    if (!before(tcp_wnd_end(sk), end)) {
      const before_out = sk.packets_out;
      tcp_write_xmit(sk, mss, TCP_NAGLE_OFF, PushOne.PROBE);
      return sk.packets_out > before_out;
    }
  }
  let skb = sk.rtx_queue.tail;
  if (skb === undefined) return false;
  const pcount = skb.gso_segs;
  if (pcount > 1 && skb.len > (pcount - 1) * mss) {
    if (tcp_fragment(sk, skb, (pcount - 1) * mss, mss) < 0) return false;
    skb = skb.next;
  }
  if (skb === undefined || __tcp_retransmit_skb(sk, skb, 1) !== 0) return false;
  sk.tlp_retrans = true;
  return true;
}
