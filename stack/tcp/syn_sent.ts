/**
 * A segment in SYN-SENT: RFC 9293 section 3.10.7.3.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { POLLOUT, POLLWRNORM } from "../../abi/file_constants.ts";
import { TCP_SYN_RECV } from "../../abi/tcp_constants.ts";
import { after, between } from "../wire/seq.ts";
import { tcp_ack } from "./ack.ts";
import {
  FLAG_SLOWPATH,
  ICSK_TIME_RETRANS,
  TCP_DELACK_MAX,
  TCP_ECN_OK,
  TCP_MAX_QUICKACKS,
  TCPHDR_ACK,
  TCPHDR_CWR,
  TCPHDR_ECE,
} from "./constants.ts";
import { inet_csk_in_pingpong_mode, inet_csk_schedule_ack, tcp_arm_delack, tcp_enter_quickack_mode } from "./delack.ts";
import { tcp_finish_connect, tcp_try_undo_spurious_syn } from "./established.ts";
import { tcp_rcv_fastopen_synack } from "./fastopen.ts";
import { tcp_reset } from "./input.ts";
import { tcp_mtup_init, tcp_sync_mss } from "./mss.ts";
import { TCPOLEN_TSTAMP_ALIGNED } from "./options.ts";
import { tcp_send_ack } from "./output.ts";
import { tcp_initialize_rcv_mss } from "./rcvbuf.ts";
import type { Segment } from "./segment.ts";
import type { TcpSock } from "./state.ts";
import { tcp_set_state } from "./tcp_state.ts";
import { tcp_paws_reject, tcp_store_ts_recent } from "./timestamps.ts";
import { tcp_transmit_skb } from "./transmit.ts";
import { tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** Takes the options of a SYN or SYN+ACK (`tcp_parse_options`, not established). */
function take_options(sk: TcpSock, seg: Segment): void {
  const { opt } = seg;
  const { sysctl } = sk.tcp;
  const rx = sk.rx_opt;
  rx.saw_tstamp = opt.saw_tstamp && sysctl.timestamps.value !== 0;
  if (rx.saw_tstamp) {
    rx.rcv_tsval = opt.rcv_tsval;
    rx.rcv_tsecr = opt.rcv_tsecr === 0 ? 0 : (opt.rcv_tsecr - sk.tsoffset) >>> 0;
  }
  if (!seg.syn) return;
  if (opt.mss_clamp !== 0) {
    rx.mss_clamp = rx.user_mss !== 0 && rx.user_mss < opt.mss_clamp ? rx.user_mss : opt.mss_clamp;
  }
  rx.wscale_ok = opt.wscale_ok && sysctl.window_scaling.value !== 0;
  rx.snd_wscale = rx.wscale_ok ? opt.snd_wscale : 0;
  rx.sack_ok = opt.sack_ok && sysctl.sack.value !== 0;
}

/** Forgets the options of a segment that was not acceptable. */
function undo_options(sk: TcpSock, saved_clamp: number): void {
  const rx = sk.rx_opt;
  rx.tstamp_ok = rx.sack_ok = rx.wscale_ok = false;
  rx.snd_wscale = 0;
  rx.mss_clamp = saved_clamp;
}

/**
 * Processes a segment in SYN-SENT (`tcp_rcv_synsent_state_process`).
 *
 * @returns 0 done; 1 answer with a RST; -1 go on with urgent data and sending
 */
export function tcp_rcv_synsent_state_process(sk: TcpSock, seg: Segment): number {
  const saved_clamp = sk.rx_opt.mss_clamp;
  take_options(sk, seg);
  if (seg.ack) return acknowledged(sk, seg, saved_clamp);
  const rx = sk.rx_opt;
  const paws = rx.ts_recent_stamp !== 0 && rx.saw_tstamp && tcp_paws_reject(rx, false, sk.seconds);
  if (seg.rst || paws || !seg.syn) {
    undo_options(sk, saved_clamp);
    return 0;
  }
  crossed_syns(sk, seg);
  return 0;
}

function acknowledged(sk: TcpSock, seg: Segment, saved_clamp: number): number {
  const rx = sk.rx_opt;
  if (!after(seg.ack_seq, sk.snd_una) || after(seg.ack_seq, sk.snd_nxt)) {
    // The peer answers with a number of an older connection: after the RST, try again soon.
    if (sk.icsk_retransmits === 0) tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, 2000);
    undo_options(sk, saved_clamp);
    return seg.rst ? 0 : 1;
  }
  if (rx.saw_tstamp && rx.rcv_tsecr !== 0 && !between(rx.rcv_tsecr, sk.retrans_stamp, sk.tcp_time_stamp)) {
    sk.net.mib.inc(Counter.TcpExtPAWSActive);
    undo_options(sk, saved_clamp);
    return seg.rst ? 0 : 1;
  }
  if (seg.rst) {
    tcp_reset(sk);
    return 0;
  }
  if (!seg.syn) {
    undo_options(sk, saved_clamp);
    return 0;
  }
  // RFC 3168 section 6.1.1: ECE without CWR accepts.
  if (!(seg.flags & TCPHDR_ECE) || seg.flags & TCPHDR_CWR) sk.ecn_flags &= ~TCP_ECN_OK;
  sk.snd_wl1 = seg.seq;
  tcp_try_undo_spurious_syn(sk);
  tcp_ack(sk, seg, FLAG_SLOWPATH);
  sk.rcv_nxt = (seg.seq + 1) >>> 0;
  sk.rcv_wup = sk.rcv_nxt;
  sk.snd_wnd = seg.window;
  if (!rx.wscale_ok) {
    rx.snd_wscale = rx.rcv_wscale = 0;
    sk.window_clamp = Math.min(sk.window_clamp, 65535);
  }
  if (rx.saw_tstamp) {
    rx.tstamp_ok = true;
    sk.tcp_header_len = 20 + TCPOLEN_TSTAMP_ALIGNED;
    sk.advmss -= TCPOLEN_TSTAMP_ALIGNED;
    tcp_store_ts_recent(sk);
  } else sk.tcp_header_len = 20;
  if (sk.md5_keys?.find(sk) !== undefined) sk.tcp_header_len += 20;
  tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
  tcp_initialize_rcv_mss(sk);
  sk.copied_seq = sk.rcv_nxt;
  tcp_finish_connect(sk);
  const fastopen_fail = (sk.syn_fastopen || sk.syn_data) && tcp_rcv_fastopen_synack(sk, seg);
  if (!sk.sock_dead) sk.wait.wake(POLLOUT | POLLWRNORM);
  if (fastopen_fail) return -1;
  if (sk.write_pending || sk.rskq_defer_accept !== 0 || inet_csk_in_pingpong_mode(sk)) {
    // Data is about to follow and can carry the ACK.
    inet_csk_schedule_ack(sk);
    tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
    tcp_arm_delack(sk, sk.net.now + TCP_DELACK_MAX);
    return 0;
  }
  tcp_send_ack(sk);
  return -1;
}

/** A SYN without ACK: simultaneous open (RFC 9293 section 3.5, figure 7). */
function crossed_syns(sk: TcpSock, seg: Segment): void {
  const rx = sk.rx_opt;
  tcp_set_state(sk, TCP_SYN_RECV);
  if (rx.saw_tstamp) {
    rx.tstamp_ok = true;
    tcp_store_ts_recent(sk);
    sk.tcp_header_len = 20 + TCPOLEN_TSTAMP_ALIGNED;
  } else sk.tcp_header_len = 20;
  if (!rx.wscale_ok) {
    rx.snd_wscale = rx.rcv_wscale = 0;
    sk.window_clamp = Math.min(sk.window_clamp, 65535);
  }
  sk.rcv_nxt = (seg.seq + 1) >>> 0;
  sk.copied_seq = sk.rcv_nxt;
  sk.rcv_wup = sk.rcv_nxt;
  sk.snd_wnd = seg.window;
  sk.snd_wl1 = seg.seq;
  sk.max_window = sk.snd_wnd;
  if (!(seg.flags & TCPHDR_ECE) || !(seg.flags & TCPHDR_CWR)) sk.ecn_flags &= ~TCP_ECN_OK;
  tcp_mtup_init(sk);
  tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
  tcp_initialize_rcv_mss(sk);
  const syn = sk.rtx_queue.head;
  if (syn === undefined) return;
  syn.tcp_flags |= TCPHDR_ACK;
  syn.tcp_flags &= ~(TCPHDR_CWR | (sk.ecn_flags & TCP_ECN_OK ? 0 : TCPHDR_ECE));
  tcp_transmit_skb(sk, syn);
}
