/**
 * Segment arrives: RFC 9293 section 3.10.7, in its order, with RFC 5961 and RFC 7323's additions.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { ECONNREFUSED, ECONNRESET, EPIPE } from "../../abi/errno.ts";
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_FIN_WAIT2,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from "../../abi/tcp_constants.ts";
import { after, before } from "../wire/seq.ts";
import { tcp_ack, tcp_may_update_window } from "./ack.ts";
import { tcp_oow_rate_limited, tcp_send_challenge_ack, tcp_send_dupack } from "./challenge.ts";
import {
  FLAG_NO_CHALLENGE_ACK,
  FLAG_SLOWPATH,
  FLAG_UPDATE_TS_RECENT,
  RCV_SHUTDOWN,
  SEND_SHUTDOWN,
  TCP_PAWS_WINDOW,
  TCP_TIMEWAIT_LEN,
} from "./constants.ts";
import { tcp_data_queue, tcp_urg } from "./data.ts";
import { tcp_ack_snd_check } from "./delack.ts";
import { tcp_init_transfer, tcp_try_undo_spurious_syn } from "./established.ts";
import { tcp_fastopen_active_disable, tcp_rcv_synrecv_state_fastopen } from "./fastopen.ts";
import { tcp_update_metrics } from "./metrics.ts";
import { tcp_push_pending_frames } from "./output.ts";
import { tcp_initialize_rcv_mss, tcp_rcv_rtt_measure_ts } from "./rcvbuf.ts";
import { tcp_check_req, tcp_conn_request, tcp_synack_rtt_meas } from "./request.ts";
import { tcp_update_pacing_rate } from "./rtt.ts";
import type { Segment } from "./segment.ts";
import { tcp_check_space } from "./space.ts";
import { tcp_receive_window, type TcpSock } from "./state.ts";
import { tcp_rcv_synsent_state_process } from "./syn_sent.ts";
import { tcp_done, tcp_done_with_error, tcp_set_state } from "./tcp_state.ts";
import { tcp_reset_keepalive_timer } from "./timers.ts";
import { tcp_paws_check, tcp_take_timestamps } from "./timestamps.ts";
import { tcp_fin_time, tcp_time_wait } from "./timewait.ts";
import { TCPOLEN_TSTAMP_ALIGNED } from "./options.ts";
import { tcp_shutdown_send } from "./close.ts";

/** A RST came that counts (`tcp_reset`). */
export function tcp_reset(sk: TcpSock): void {
  switch (sk.sk_state) {
    case TCP_CLOSE:
      return;
    case TCP_SYN_SENT:
      tcp_done_with_error(sk, ECONNREFUSED);
      return;
    case TCP_CLOSE_WAIT:
      tcp_done_with_error(sk, EPIPE);
      return;
    default:
      tcp_done_with_error(sk, ECONNRESET);
  }
}

/** Why a segment is not acceptable. */
const Reason = { NONE: 0, OLD: 1, BEYOND: 2, PAWS: 3, PAWS_ACK: 4 } as const;

/** Whether a segment with an old timestamp may be a delayed pure ACK (`tcp_disordered_ack_check`). */
function disordered_ack_check(sk: TcpSock, seg: Segment): number {
  if (!seg.ack || seg.seq !== seg.end_seq) return Reason.PAWS;
  if (seg.seq !== sk.rcv_nxt) return before(seg.seq, sk.rcv_nxt) ? Reason.PAWS_ACK : Reason.PAWS;
  if (seg.ack_seq !== sk.snd_una) return Reason.PAWS;
  if (tcp_may_update_window(sk, seg.ack_seq, seg.seq, seg.window * 2 ** sk.rx_opt.snd_wscale)) return Reason.PAWS;
  // Within the replay window: 1.2 RTO.
  if (((sk.rx_opt.ts_recent - sk.rx_opt.rcv_tsval) | 0) > sk.icsk_rto * 1.2 / 1000) return Reason.PAWS;
  return Reason.NONE;
}

/** Whether the segment overlaps the window (RFC 9293 section 3.4, as receivers must). */
function tcp_sequence(sk: TcpSock, seg: Segment): number {
  if (before(seg.end_seq, sk.rcv_wup)) return Reason.OLD;
  const limit = (sk.rcv_nxt + tcp_receive_window(sk)) >>> 0;
  if (!after(seg.end_seq, limit)) return Reason.NONE;
  if (after(seg.seq, limit)) return Reason.BEYOND;
  // A FIN needs no room.
  if (seg.fin && !after((seg.end_seq - 1) >>> 0, limit)) return Reason.NONE;
  // Data beyond what was offered is only taken while the program has nothing to read.
  return sk.receive_queue.empty ? Reason.NONE : Reason.BEYOND;
}

/** A RST one below the expected number, as some peers send after their FIN. */
function tcp_reset_check(sk: TcpSock, seg: Segment): boolean {
  return seg.seq === ((sk.rcv_nxt - 1) >>> 0) &&
    (sk.sk_state === TCP_CLOSE_WAIT || sk.sk_state === TCP_LAST_ACK || sk.sk_state === TCP_CLOSING);
}

/** The rightmost edge of what was SACKed. */
function max_sack_edge(sk: TcpSock): number {
  let edge = sk.selective_acks[1]!;
  for (let i = 1; i < sk.rx_opt.num_sacks; i++) {
    const end = sk.selective_acks[2 * i + 1]!;
    if (after(end, edge)) edge = end;
  }
  return edge;
}

/** Timestamps, sequence number, RST and SYN (`tcp_validate_incoming`); false when the segment is done with. */
export function tcp_validate_incoming(sk: TcpSock, seg: Segment, syn_inerr: boolean): boolean {
  const { tcp } = sk;
  const mib = sk.net.mib;
  if (tcp_take_timestamps(sk, seg.opt) && !tcp_paws_check(sk.rx_opt, TCP_PAWS_WINDOW, sk.seconds)) {
    const reason = disordered_ack_check(sk, seg);
    if (reason !== Reason.NONE && !seg.rst) {
      if (seg.syn) return syn_challenge(sk, syn_inerr);
      if (reason === Reason.PAWS_ACK) {
        mib.inc(Counter.TcpExtPAWSOldAck);
        return false;
      }
      mib.inc(Counter.TcpExtPAWSEstab);
      if (!tcp_oow_rate_limited(tcp, seg, Counter.TcpExtTCPACKSkippedPAWS, sk)) tcp_send_dupack(sk, seg);
      return false;
    }
  }
  const reason = tcp_sequence(sk, seg);
  if (reason !== Reason.NONE) {
    if (!seg.rst) {
      if (seg.syn) return syn_challenge(sk, syn_inerr);
      if (reason === Reason.BEYOND) mib.inc(Counter.TcpExtBeyondWindow);
      if (!tcp_oow_rate_limited(tcp, seg, Counter.TcpExtTCPACKSkippedSeq, sk)) tcp_send_dupack(sk, seg);
    } else if (tcp_reset_check(sk, seg)) tcp_reset(sk);
    return false;
  }
  if (seg.rst) {
    // RFC 5961 section 3.2: only the exact number resets, else a challenge ACK.
    if (
      seg.seq === sk.rcv_nxt || tcp_reset_check(sk, seg) ||
      (sk.rx_opt.sack_ok && sk.rx_opt.num_sacks > 0 && seg.seq === max_sack_edge(sk))
    ) tcp_reset(sk);
    else {
      if (sk.syn_fastopen && sk.data_segs_in === 0 && sk.sk_state === TCP_ESTABLISHED) tcp_fastopen_active_disable(sk);
      tcp_send_challenge_ack(sk);
    }
    return false;
  }
  if (seg.syn) {
    // The SYN+ACK of a simultaneous open is expected.
    if (
      sk.sk_state === TCP_SYN_RECV && !sk.sock_dead && seg.ack && ((seg.seq + 1) >>> 0) === seg.end_seq &&
      seg.end_seq === sk.rcv_nxt && seg.ack_seq === sk.snd_nxt
    ) return true;
    return syn_challenge(sk, syn_inerr);
  }
  return true;
}

function syn_challenge(sk: TcpSock, syn_inerr: boolean): boolean {
  if (syn_inerr) sk.net.mib.inc(Counter.TcpInErrs);
  sk.net.mib.inc(Counter.TcpExtTCPSYNChallenge);
  tcp_send_challenge_ack(sk);
  return false;
}

/** Sends what an ACK allowed, and tells writers of room. */
export function tcp_data_snd_check(sk: TcpSock): void {
  tcp_push_pending_frames(sk);
  tcp_check_space(sk);
}

/** A segment for a connection in ESTABLISHED. */
export function tcp_rcv_established(sk: TcpSock, seg: Segment): void {
  if (!seg.ack && !seg.rst && !seg.syn) return;
  if (!tcp_validate_incoming(sk, seg, true)) return;
  if (tcp_ack(sk, seg, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT) < 0) return;
  tcp_rcv_rtt_measure_ts(sk, seg);
  tcp_urg(sk, seg);
  tcp_data_queue(sk, seg);
  tcp_data_snd_check(sk);
  tcp_ack_snd_check(sk);
}

/**
 * A segment for a connection in any state but ESTABLISHED and TIME-WAIT (`tcp_rcv_state_process`).
 *
 * @returns whether the segment must be answered with a RST
 */
export function tcp_rcv_state_process(sk: TcpSock, seg: Segment): boolean {
  switch (sk.sk_state) {
    case TCP_CLOSE:
      return false;
    case TCP_LISTEN:
      if (seg.ack) return true;
      if (!seg.rst && seg.syn && !seg.fin) tcp_conn_request(sk, seg);
      return false;
    case TCP_SYN_SENT: {
      sk.rx_opt.saw_tstamp = false;
      const result = tcp_rcv_synsent_state_process(sk, seg);
      if (result >= 0) return result > 0;
      tcp_urg(sk, seg);
      tcp_data_snd_check(sk);
      return false;
    }
  }
  sk.rx_opt.saw_tstamp = false;
  const req = sk.fastopen_rsk;
  if (req !== undefined && tcp_check_req(sk, seg, req, true) === undefined) return false;
  if (!seg.ack && !seg.rst && !seg.syn) return false;
  if (!tcp_validate_incoming(sk, seg, false)) return false;
  const acceptable = tcp_ack(sk, seg, FLAG_SLOWPATH | FLAG_UPDATE_TS_RECENT | FLAG_NO_CHALLENGE_ACK);
  if (acceptable <= 0) {
    if (sk.sk_state === TCP_SYN_RECV) return true;
    if (acceptable < 0) {
      tcp_send_challenge_ack(sk);
      return false;
    }
  }
  const verdict = process_ack_by_state(sk, seg);
  if (verdict !== Verdict.CONTINUE) return verdict === Verdict.RESET;
  tcp_urg(sk, seg);
  return process_text(sk, seg);
}

const Verdict = { CONTINUE: 0, DONE: 1, RESET: 2 } as const;

/** State changes that the acknowledgment causes. */
function process_ack_by_state(sk: TcpSock, seg: Segment): number {
  switch (sk.sk_state) {
    case TCP_SYN_RECV:
      syn_recv_acked(sk, seg);
      return Verdict.CONTINUE;
    case TCP_FIN_WAIT1:
      return fin_wait1_acked(sk, seg);
    case TCP_CLOSING:
      if (sk.snd_una === sk.write_seq) {
        tcp_time_wait(sk, TCP_TIME_WAIT, 0);
        return Verdict.DONE;
      }
      return Verdict.CONTINUE;
    case TCP_LAST_ACK:
      if (sk.snd_una === sk.write_seq) {
        tcp_update_metrics(sk);
        tcp_done(sk);
        return Verdict.DONE;
      }
      return Verdict.CONTINUE;
    default:
      return Verdict.CONTINUE;
  }
}

function syn_recv_acked(sk: TcpSock, seg: Segment): void {
  sk.delivered++;
  const req = sk.fastopen_rsk;
  if (sk.srtt_us === 0) tcp_synack_rtt_meas(sk, req);
  if (sk.rx_opt.tstamp_ok) sk.advmss -= TCPOLEN_TSTAMP_ALIGNED;
  if (req !== undefined) tcp_rcv_synrecv_state_fastopen(sk);
  else {
    tcp_try_undo_spurious_syn(sk);
    sk.retrans_stamp = 0;
    tcp_init_transfer(sk);
    sk.copied_seq = sk.rcv_nxt;
  }
  tcp_set_state(sk, TCP_ESTABLISHED);
  sk.state_change();
  sk.snd_una = seg.ack_seq;
  sk.snd_wnd = seg.window * 2 ** (seg.syn ? 0 : sk.rx_opt.snd_wscale);
  sk.snd_wl1 = seg.seq;
  tcp_update_pacing_rate(sk);
  sk.lsndtime = sk.jiffies;
  tcp_initialize_rcv_mss(sk);
  if (sk.sk_shutdown & SEND_SHUTDOWN) tcp_shutdown_send(sk);
}

function fin_wait1_acked(sk: TcpSock, seg: Segment): number {
  if (sk.fastopen_rsk !== undefined) tcp_rcv_synrecv_state_fastopen(sk);
  if (sk.snd_una !== sk.write_seq) return Verdict.CONTINUE;
  tcp_set_state(sk, TCP_FIN_WAIT2);
  sk.sk_shutdown |= SEND_SHUTDOWN;
  if (!sk.sock_dead) {
    sk.state_change();
    return Verdict.CONTINUE;
  }
  const beyond = seg.end_seq !== seg.seq && after((seg.end_seq - (seg.fin ? 1 : 0)) >>> 0, sk.rcv_nxt);
  if (sk.linger2 < 0 || beyond) {
    if (beyond && sk.syn_fastopen && seg.fin) tcp_fastopen_active_disable(sk);
    tcp_done(sk);
    sk.net.mib.inc(Counter.TcpExtTCPAbortOnData);
    return Verdict.RESET;
  }
  const tmo = tcp_fin_time(sk);
  if (tmo > TCP_TIMEWAIT_LEN) tcp_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
  else if (seg.fin) tcp_reset_keepalive_timer(sk, tmo);
  else {
    tcp_time_wait(sk, TCP_FIN_WAIT2, tmo);
    return Verdict.DONE;
  }
  return Verdict.CONTINUE;
}

/** Seventh and eighth check: the text and FIN. */
function process_text(sk: TcpSock, seg: Segment): boolean {
  const state = sk.sk_state;
  if (state === TCP_CLOSE_WAIT || state === TCP_CLOSING || state === TCP_LAST_ACK) {
    if (!before(seg.seq, sk.rcv_nxt)) {
      tcp_data_snd_check(sk);
      tcp_ack_snd_check(sk);
      return false;
    }
  }
  if (state !== TCP_ESTABLISHED && sk.sk_shutdown & RCV_SHUTDOWN) {
    // Data for a program that will never read it (RFC 1122 section 4.2.2.13).
    if (seg.end_seq !== seg.seq && after((seg.end_seq - (seg.fin ? 1 : 0)) >>> 0, sk.rcv_nxt)) {
      sk.net.mib.inc(Counter.TcpExtTCPAbortOnData);
      tcp_reset(sk);
      return true;
    }
  }
  tcp_data_queue(sk, seg);
  if (closed(sk)) return false;
  tcp_data_snd_check(sk);
  tcp_ack_snd_check(sk);
  return false;
}

// What was called may have changed the state, which narrowing would not see.
function closed(sk: TcpSock): boolean {
  return sk.sk_state === TCP_CLOSE;
}
