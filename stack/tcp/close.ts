/**
 * Closing: FIN, RST where data would be lost (RFC 2525 section 2.17), linger, disconnect, shutdown.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { ECONNRESET } from "../../abi/errno.ts";
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
} from "../../abi/tcp_constants.ts";
import { after } from "../wire/seq.ts";
import {
  SHUTDOWN_MASK,
  TCP_INFINITE_SSTHRESH,
  TCP_INIT_CWND,
  TCP_TIMEOUT_INIT,
  TCP_TIMEWAIT_LEN,
  TCPHDR_ACK,
  TCPHDR_RST,
} from "./constants.ts";
import { reqsk_fastopen_remove } from "./fastopen.ts";
import { ofo_purge } from "./ofo.ts";
import { tcp_acceptable_seq, tcp_send_fin } from "./output.ts";
import type { TcpSock } from "./state.ts";
import { tcp_set_state, tcp_write_queue_purge } from "./tcp_state.ts";
import { tcp_clear_xmit_timers, tcp_reset_keepalive_timer } from "./timers.ts";
import { tcp_fin_time, tcp_time_wait } from "./timewait.ts";
import { tcp_transmit } from "./transmit.ts";

/** Resets the peer (`tcp_send_active_reset`). */
export function tcp_send_active_reset(sk: TcpSock): void {
  sk.net.mib.inc(Counter.TcpOutRsts);
  tcp_transmit(sk, undefined, tcp_acceptable_seq(sk), TCPHDR_ACK | TCPHDR_RST, sk.rcv_nxt);
}

/** The state after the program closed its side, and whether a FIN goes out (`tcp_close_state`). */
function tcp_close_state(sk: TcpSock): boolean {
  switch (sk.sk_state) {
    case TCP_ESTABLISHED:
    case TCP_SYN_RECV:
      tcp_set_state(sk, TCP_FIN_WAIT1);
      return true;
    case TCP_CLOSE_WAIT:
      tcp_set_state(sk, TCP_LAST_ACK);
      return true;
    case TCP_SYN_SENT:
    case TCP_LISTEN:
      tcp_set_state(sk, TCP_CLOSE);
      return false;
    default:
      return false;
  }
}

/** `shutdown(SHUT_WR)` of a connection. */
export function tcp_shutdown_send(sk: TcpSock): void {
  switch (sk.sk_state) {
    case TCP_ESTABLISHED:
    case TCP_SYN_SENT:
    case TCP_CLOSE_WAIT:
    case TCP_SYN_RECV:
      // A FIN goes only into a synchronized connection; in SYN_RECV it waits for that.
      if (tcp_close_state(sk)) tcp_send_fin(sk);
  }
}

/** Drops what the program did not read; true when there was any. */
function discard_receive_queue(sk: TcpSock): boolean {
  let unread = false;
  for (let skb = sk.receive_queue.shift(); skb !== undefined; skb = sk.receive_queue.shift()) {
    if (after(skb.fin ? (skb.end_seq - 1) >>> 0 : skb.end_seq, sk.copied_seq)) unread = true;
    sk.sk_rmem_alloc -= skb.truesize;
  }
  return unread;
}

/** The program's last reference is gone (`tcp_close`). */
export function tcp_close(sk: TcpSock): void {
  const mib = sk.net.mib;
  sk.sk_shutdown = SHUTDOWN_MASK;
  if (sk.sk_state === TCP_LISTEN) {
    tcp_set_state(sk, TCP_CLOSE);
    sk.tcp.listen_stop(sk);
    orphan(sk);
    return;
  }
  const unread = discard_receive_queue(sk);
  if (sk.sk_state !== TCP_CLOSE) {
    if (unread) {
      mib.inc(Counter.TcpExtTCPAbortOnClose);
      tcp_set_state(sk, TCP_CLOSE);
      tcp_send_active_reset(sk);
    } else if (sk.so.linger && sk.so.lingertime_s === 0) {
      tcp_disconnect(sk);
      mib.inc(Counter.TcpExtTCPAbortOnData);
    } else if (tcp_close_state(sk)) tcp_send_fin(sk);
  }
  orphan(sk);
}

/** Goes on without a program. */
function orphan(sk: TcpSock): void {
  sk.sock_dead = true;
  sk.tcp.orphan(sk);
  if (sk.sk_state === TCP_FIN_WAIT2) {
    if (sk.linger2 < 0) {
      tcp_set_state(sk, TCP_CLOSE);
      tcp_send_active_reset(sk);
      sk.net.mib.inc(Counter.TcpExtTCPAbortOnLinger);
    } else {
      const tmo = tcp_fin_time(sk);
      if (tmo > TCP_TIMEWAIT_LEN) tcp_reset_keepalive_timer(sk, tmo - TCP_TIMEWAIT_LEN);
      else {
        tcp_time_wait(sk, TCP_FIN_WAIT2, tmo);
        return;
      }
    }
  }
  if (sk.sk_state === TCP_CLOSE) {
    if (sk.fastopen_rsk !== undefined) reqsk_fastopen_remove(sk, sk.fastopen_rsk, false);
    sk.tcp.destroy_sock(sk);
  }
}

/** Whether leaving a state needs a RST. */
function tcp_need_reset(state: number): boolean {
  return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT || state === TCP_FIN_WAIT1 ||
    state === TCP_FIN_WAIT2 || state === TCP_SYN_RECV;
}

/** Back to an unconnected socket, without ceremony (`tcp_disconnect`). */
export function tcp_disconnect(sk: TcpSock): void {
  const old_state = sk.sk_state;
  if (old_state !== TCP_CLOSE) tcp_set_state(sk, TCP_CLOSE);
  if (old_state === TCP_LISTEN) sk.tcp.listen_stop(sk);
  else if (tcp_need_reset(old_state)) {
    tcp_send_active_reset(sk);
    sk.sk_err = ECONNRESET;
  } else if (sk.snd_nxt !== sk.write_seq && (old_state === TCP_CLOSING || old_state === TCP_LAST_ACK)) {
    tcp_send_active_reset(sk);
    sk.sk_err = ECONNRESET;
  } else if (old_state === TCP_SYN_SENT) sk.sk_err = ECONNRESET;
  tcp_clear_xmit_timers(sk);
  discard_receive_queue(sk);
  sk.copied_seq = sk.rcv_nxt;
  sk.urg_data = 0;
  tcp_write_queue_purge(sk);
  ofo_purge(sk);
  reset_block(sk);
  sk.sk_dst_reset();
  if (!sk.sock_dead) sk.error_report();
}

/** The connection block as `connect` finds it. */
function reset_block(sk: TcpSock): void {
  sk.dport = 0;
  if (!(sk.sk_userlocks & 4)) {
    const any = sk.family === 10 ? sk.tcp.any6 : sk.tcp.any4;
    sk.rcv_saddr = any;
    sk.saddr = any;
  }
  sk.sk_shutdown = 0;
  sk.sock_done = false;
  sk.srtt_us = 0;
  sk.mdev_us = TCP_TIMEOUT_INIT;
  sk.rcv_rtt_last_tsecr = 0;
  // A sequence number that no segment of the old connection can match.
  sk.write_seq = (sk.write_seq + 0xffff + 2) >>> 0 || 1;
  sk.icsk_backoff = 0;
  sk.icsk_probes_out = 0;
  sk.icsk_probes_tstamp = 0;
  sk.icsk_rto = TCP_TIMEOUT_INIT;
  sk.icsk_rto_min = sk.tcp.sysctl.rto_min_us.value;
  sk.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  sk.snd_cwnd = TCP_INIT_CWND;
  sk.snd_cwnd_cnt = 0;
  sk.is_cwnd_limited = false;
  sk.max_packets_out = 0;
  sk.window_clamp = 0;
  sk.delivered = 0;
  sk.delivered_ce = 0;
  sk.icsk_ca_state = 0;
  sk.is_sack_reneg = false;
  sk.frto = false;
  sk.retrans_stamp = 0;
  sk.undo_marker = 0;
  sk.undo_retrans = -1;
  sk.total_retrans = 0;
  sk.icsk_ack.pending = 0;
  sk.icsk_ack.rcv_mss = 88;
  sk.icsk_ack.ato = 0;
  sk.rx_opt.tstamp_ok = false;
  sk.rx_opt.sack_ok = false;
  sk.rx_opt.wscale_ok = false;
  sk.rx_opt.saw_tstamp = false;
  sk.rx_opt.dsack = false;
  sk.rx_opt.num_sacks = 0;
  sk.rx_opt.ts_recent = 0;
  sk.rx_opt.ts_recent_stamp = 0;
  sk.rcv_ooopack = 0;
  sk.rcv_nxt = 0;
  sk.copied_seq = 0;
  sk.bytes_sent =
    sk.bytes_acked =
    sk.bytes_received =
    sk.bytes_retrans =
      0;
  sk.segs_in =
    sk.segs_out =
    sk.data_segs_in =
    sk.data_segs_out =
      0;
  sk.duplicate_sack.fill(0);
  sk.dsack_dups = 0;
  sk.reord_seen = 0;
  sk.retrans_out = sk.sacked_out = sk.lost_out = 0;
  sk.tlp_high_seq = 0;
  sk.prior_cwnd = 0;
  sk.compressed_ack = 0;
  sk.icsk_ca_initialized = false;
  sk.ecn_flags = 0;
  sk.app_limited = 0;
  sk.rack.mstamp = 0;
  sk.rack.advanced = false;
  sk.rack.reo_wnd_steps = 1;
  sk.rack.last_delivered = 0;
  sk.rack.reo_wnd_persist = 0;
  sk.rack.dsack_seen = false;
  sk.syn_data_acked = false;
  sk.syn_data = false;
  sk.syn_fastopen = false;
  sk.defer_connect = false;
  sk.fastopen_req = undefined;
  sk.fastopen_client_fail = 0;
}
