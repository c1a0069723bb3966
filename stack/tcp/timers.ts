/**
 * What the timers of a connection do: retransmission, zero-window probes, keep-alive, delayed ACKs (RFC 9293 section
 * 3.8, RFC 6298 section 5, RFC 1122 section 4.2.3.6).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import {
  TCP_CA_Disorder,
  TCP_CA_Loss,
  TCP_CA_Recovery,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT2,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "../../abi/tcp_constants.ts";
import { before, between } from "../wire/seq.ts";
import {
  ICSK_ACK_SCHED,
  ICSK_ACK_TIMER,
  ICSK_TIME_LOSS_PROBE,
  ICSK_TIME_PROBE0,
  ICSK_TIME_REO_TIMEOUT,
  ICSK_TIME_RETRANS,
  TCP_ATO_MIN,
  TCP_RESOURCE_PROBE_INTERVAL,
  TCP_RTO_MIN,
  TCP_TIMEOUT_INIT,
  TCP_TIMEWAIT_LEN,
  TCPHDR_ACK,
  TCPHDR_PSH,
} from "./constants.ts";
import { tcp_send_active_reset } from "./close.ts";
import { inet_csk_in_pingpong_mode, tcp_sack_compress_send_ack } from "./delack.ts";
import { tcp_fastopen_active_detect_blackhole, tcp_fastopen_synack_timer } from "./fastopen.ts";
import { tcp_current_mss } from "./mss.ts";
import { tcp_mtu_probing } from "./mtu_probe.ts";
import { tcp_event_new_data_sent, tcp_in_initial_slowstart, tcp_send_ack } from "./output.ts";
import { tcp_rack_reo_timeout } from "./rack.ts";
import { tcp_enter_loss } from "./recovery.ts";
import { tcp_retransmit_skb, tcp_send_loss_probe } from "./retransmit.ts";
import { tcp_linear_rto } from "./rtt.ts";
import { tcp_fragment, tcp_set_skb_tso_segs } from "./segments.ts";
import { tcp_wnd_end, type TcpSock } from "./state.ts";
import { tcp_done, tcp_write_err } from "./tcp_state.ts";
import { tcp_fin_time, tcp_time_wait } from "./timewait.ts";
import { tcp_transmit, tcp_transmit_skb } from "./transmit.ts";
import { tcp_clear_xmit_timer, tcp_probe0_when, tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** Thin streams: this many linear timeouts. */
const TCP_THIN_LINEAR_RETRIES = 6;

/** Disarms all timers of a connection. */
export function tcp_clear_xmit_timers(sk: TcpSock): void {
  tcp_clear_xmit_timer(sk);
  sk.icsk_ack.pending = 0;
  sk.delack_timer.cancel();
  sk.keepalive_timer.cancel();
  sk.compressed_ack_timer.cancel();
  sk.pacing_timer.cancel();
}

/** Arms the keep-alive timer, which also times FIN-WAIT-2. */
export function tcp_reset_keepalive_timer(sk: TcpSock, when_us: number): void {
  sk.keepalive_timer.arm(sk.net.now + when_us);
}

/** Idle time before the first keep-alive probe, µs. */
export function tcp_keepalive_time_when(sk: TcpSock): number {
  return (sk.keepalive_time || sk.tcp.sysctl.keepalive_time.value) * 1e6;
}

function keepalive_intvl_when(sk: TcpSock): number {
  return (sk.keepalive_intvl || sk.tcp.sysctl.keepalive_intvl.value) * 1e6;
}

/** Elapsed time, µs, since the peer was heard of. */
function keepalive_time_elapsed(sk: TcpSock): number {
  return Math.min(sk.jiffies - sk.icsk_ack.lrcvtime, sk.jiffies - sk.rcv_tstamp) * 1000;
}

/** Time, ms, that `boundary` retransmissions take, doubling from `rto_base` (`tcp_model_timeout`). */
function tcp_model_timeout(sk: TcpSock, boundary: number, rto_base: number): number {
  const thresh = Math.floor(Math.log2(sk.icsk_rto_max / rto_base));
  const us = boundary <= thresh
    ? (2 ** (boundary + 1) - 1) * rto_base
    : (2 ** (thresh + 1) - 1) * rto_base + (boundary - thresh) * sk.icsk_rto_max;
  return us / 1000;
}

/** Whether retransmissions have gone on for as long as `boundary` of them take, or `timeout` ms. */
function retransmits_timed_out(sk: TcpSock, boundary: number, timeout: number): boolean {
  if (sk.icsk_retransmits === 0) return false;
  const handshake = sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV;
  const limit = timeout !== 0 ? timeout : tcp_model_timeout(sk, boundary, handshake ? TCP_TIMEOUT_INIT : TCP_RTO_MIN);
  return ((sk.tcp_time_stamp - sk.retrans_stamp) | 0) - limit >= 0;
}

/** Retransmissions that a connection without a program is given. */
function tcp_orphan_retries(sk: TcpSock, alive: boolean): number {
  const retries = sk.tcp.sysctl.orphan_retries.value;
  if (sk.sk_err_soft !== 0 && !alive) return 0;
  return retries === 0 && alive ? 8 : retries;
}

/** Too many orphans: this one is reset. */
function tcp_out_of_resources(sk: TcpSock, do_reset: boolean): boolean {
  if (sk.tcp.orphan_count <= sk.tcp.sysctl.max_orphans.value) return false;
  if (do_reset) tcp_send_active_reset(sk);
  tcp_done(sk);
  sk.net.mib.inc(Counter.TcpExtTCPAbortOnMemory);
  return true;
}

/** Gives up if the peer did not answer for too long; true when the connection is over (`tcp_write_timeout`). */
function tcp_write_timeout(sk: TcpSock): boolean {
  const sysctl = sk.tcp.sysctl;
  let retry_until: number;
  let expired = false;
  if (sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV) {
    if (sk.icsk_retransmits !== 0) sk.sk_dst_reset();
    retry_until = sk.icsk_syn_retries || sysctl.syn_retries.value;
    const max = retry_until + (sk.sk_state === TCP_SYN_SENT ? sysctl.syn_linear_timeouts.value : 0);
    expired = sk.icsk_retransmits >= max;
  } else {
    if (retransmits_timed_out(sk, sysctl.retries1.value, 0)) {
      tcp_mtu_probing(sk);
      sk.sk_dst_reset();
    }
    retry_until = sysctl.retries2.value;
    if (sk.sock_dead) {
      const alive = sk.icsk_rto < sk.icsk_rto_max;
      retry_until = tcp_orphan_retries(sk, alive);
      if (tcp_out_of_resources(sk, alive || !retransmits_timed_out(sk, retry_until, 0))) return true;
    }
  }
  if (!expired) expired = retransmits_timed_out(sk, retry_until, sk.icsk_user_timeout);
  tcp_fastopen_active_detect_blackhole(sk, expired);
  if (expired) tcp_write_err(sk);
  return expired;
}

/** The RTO, cut short by what is left of TCP_USER_TIMEOUT. */
function tcp_clamp_rto_to_user_timeout(sk: TcpSock): number {
  if (sk.icsk_user_timeout === 0) return sk.icsk_rto;
  const remaining = sk.icsk_user_timeout - ((sk.tcp_time_stamp - sk.retrans_stamp) >>> 0);
  return remaining <= 0 ? 1000 : Math.min(sk.icsk_rto, remaining * 1000);
}

/** The probe interval, cut short by what is left of TCP_USER_TIMEOUT. */
export function tcp_clamp_probe0_to_user_timeout(sk: TcpSock, when: number): number {
  if (sk.icsk_probes_tstamp === 0 || sk.icsk_user_timeout === 0) return when;
  const elapsed = Math.max(0, sk.jiffies - sk.icsk_probes_tstamp);
  return Math.min(Math.max(sk.icsk_user_timeout - elapsed, 2) * 1000, when);
}

function count_timeout(sk: TcpSock): void {
  const mib = sk.net.mib;
  if (sk.icsk_retransmits !== 0) return;
  if (sk.icsk_ca_state === TCP_CA_Recovery) {
    mib.inc(sk.rx_opt.sack_ok ? Counter.TcpExtTCPSackRecoveryFail : Counter.TcpExtTCPRenoRecoveryFail);
  } else if (sk.icsk_ca_state === TCP_CA_Loss) mib.inc(Counter.TcpExtTCPLossFailures);
  else if (sk.icsk_ca_state === TCP_CA_Disorder || sk.sacked_out > 0) {
    mib.inc(sk.rx_opt.sack_ok ? Counter.TcpExtTCPSackFailures : Counter.TcpExtTCPRenoFailures);
  }
}

/** The retransmission timer (RFC 6298 section 5.4 on). */
export function tcp_retransmit_timer(sk: TcpSock): void {
  const req = sk.fastopen_rsk;
  if (req !== undefined) {
    tcp_fastopen_synack_timer(sk, req);
    return;
  }
  const head = sk.rtx_queue.head;
  if (sk.packets_out === 0 || head === undefined) return;
  const handshake = sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV;
  if (sk.snd_wnd === 0 && !sk.sock_dead && !handshake) {
    // The peer closed its window on data in flight: retransmissions probe it, without end as long as it answers.
    const limit = sk.icsk_user_timeout !== 0 ? sk.icsk_user_timeout : 2 * sk.icsk_rto_max / 1000;
    if (sk.jiffies - sk.rcv_tstamp > limit && (sk.net.now - head.skb_mstamp) / 1000 > limit) {
      tcp_write_err(sk);
      return;
    }
    tcp_enter_loss(sk);
    tcp_retransmit_skb(sk, head, 1);
    sk.sk_dst_reset();
  } else {
    sk.net.mib.inc(Counter.TcpExtTCPTimeouts);
    if (tcp_write_timeout(sk)) return;
    count_timeout(sk);
    tcp_enter_loss(sk);
    if (sk.icsk_retransmits === 0) {
      sk.total_rto_recoveries++;
      sk.rto_stamp = sk.tcp_time_stamp;
    }
    sk.icsk_retransmits++;
    sk.total_rto++;
    if (tcp_retransmit_skb(sk, sk.rtx_queue.head!, 1) > 0) {
      // It never left this host: try again soon.
      tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, TCP_RESOURCE_PROBE_INTERVAL);
      return;
    }
  }
  back_off(sk);
  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, tcp_clamp_rto_to_user_timeout(sk));
  if (retransmits_timed_out(sk, sk.tcp.sysctl.retries1.value + 1, 0)) sk.sk_dst_reset();
}

function back_off(sk: TcpSock): void {
  const thin = sk.thin_lto || sk.tcp.sysctl.thin_linear_timeouts.value !== 0;
  if (
    sk.sk_state === TCP_ESTABLISHED && thin && sk.packets_out < 4 && !tcp_in_initial_slowstart(sk) &&
    sk.icsk_retransmits <= TCP_THIN_LINEAR_RETRIES
  ) {
    sk.icsk_backoff = 0;
    sk.icsk_rto = tcp_linear_rto(sk);
  } else if (sk.sk_state !== TCP_SYN_SENT || sk.total_rto > sk.tcp.sysctl.syn_linear_timeouts.value) {
    sk.icsk_backoff++;
    sk.icsk_rto = Math.min(sk.icsk_rto * 2, sk.icsk_rto_max);
  }
}

/** Sends a segment the peer must answer: one octet before the window, or with `urgent` at its edge. */
function tcp_xmit_probe_skb(sk: TcpSock, urgent: boolean, counter: number): number {
  sk.net.mib.inc(counter);
  return tcp_transmit(sk, undefined, (sk.snd_una - (urgent ? 0 : 1)) >>> 0, TCPHDR_ACK, sk.rcv_nxt);
}

/** Sends what the window allows, or a probe (`tcp_write_wakeup`). Positive: not sent for lack of resources. */
export function tcp_write_wakeup(sk: TcpSock, counter: number): number {
  if (sk.sk_state === TCP_CLOSE) return -1;
  const skb = sk.write_queue.head;
  if (skb !== undefined && before(skb.seq, tcp_wnd_end(sk))) {
    const mss = tcp_current_mss(sk);
    const room = (tcp_wnd_end(sk) - skb.seq) >>> 0;
    if (before(sk.pushed_seq, skb.end_seq)) sk.pushed_seq = skb.end_seq;
    if (room < skb.seq_len || skb.len > mss) {
      skb.tcp_flags |= TCPHDR_PSH;
      if (tcp_fragment(sk, skb, Math.min(room, mss), mss) < 0) return -1;
    } else tcp_set_skb_tso_segs(skb, mss);
    skb.tcp_flags |= TCPHDR_PSH;
    const error = tcp_transmit_skb(sk, skb);
    if (error === 0) tcp_event_new_data_sent(sk, skb);
    return error;
  }
  if (between(sk.snd_up, (sk.snd_una + 1) >>> 0, (sk.snd_una + 0xffff) >>> 0)) tcp_xmit_probe_skb(sk, true, counter);
  return tcp_xmit_probe_skb(sk, false, counter);
}

/** Probes a closed window (RFC 9293 section 3.8.6.1). */
function tcp_send_probe0(sk: TcpSock): void {
  const error = tcp_write_wakeup(sk, Counter.TcpExtTCPWinProbe);
  if (sk.packets_out !== 0 || sk.write_queue.empty) {
    sk.icsk_probes_out = 0;
    sk.icsk_backoff = 0;
    sk.icsk_probes_tstamp = 0;
    return;
  }
  sk.icsk_probes_out++;
  let timeout = TCP_RESOURCE_PROBE_INTERVAL;
  if (error <= 0) {
    if (sk.icsk_backoff < sk.tcp.sysctl.retries2.value) sk.icsk_backoff++;
    timeout = tcp_probe0_when(sk, sk.icsk_rto_max);
  }
  tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, tcp_clamp_probe0_to_user_timeout(sk, timeout), true);
}

function tcp_probe_timer(sk: TcpSock): void {
  if (sk.packets_out !== 0 || sk.write_queue.empty) {
    sk.icsk_probes_out = 0;
    sk.icsk_probes_tstamp = 0;
    return;
  }
  if (sk.icsk_probes_tstamp === 0) sk.icsk_probes_tstamp = sk.jiffies;
  else if (sk.icsk_user_timeout !== 0 && sk.jiffies - sk.icsk_probes_tstamp >= sk.icsk_user_timeout) {
    tcp_write_err(sk);
    return;
  }
  let max_probes = sk.tcp.sysctl.retries2.value;
  if (sk.sock_dead) {
    const alive = sk.icsk_rto * 2 ** sk.icsk_backoff < sk.icsk_rto_max;
    max_probes = tcp_orphan_retries(sk, alive);
    if (!alive && sk.icsk_backoff >= max_probes) {
      tcp_write_err(sk);
      return;
    }
    if (tcp_out_of_resources(sk, true)) return;
  }
  if (sk.icsk_probes_out >= max_probes) tcp_write_err(sk);
  else tcp_send_probe0(sk);
}

/** The transmit timer went off (`tcp_write_timer_handler`). */
export function tcp_write_timer_handler(sk: TcpSock): void {
  if (sk.sk_state === TCP_CLOSE || sk.sk_state === TCP_LISTEN || sk.icsk_pending === 0) return;
  switch (sk.icsk_pending) {
    case ICSK_TIME_REO_TIMEOUT:
      tcp_rack_reo_timeout(sk);
      break;
    case ICSK_TIME_LOSS_PROBE:
      tcp_send_loss_probe(sk);
      break;
    case ICSK_TIME_RETRANS:
      sk.icsk_pending = 0;
      tcp_retransmit_timer(sk);
      break;
    case ICSK_TIME_PROBE0:
      sk.icsk_pending = 0;
      tcp_probe_timer(sk);
      break;
  }
}

/** The delayed ACK timer went off (`tcp_delack_timer_handler`). */
export function tcp_delack_timer_handler(sk: TcpSock): void {
  const ack = sk.icsk_ack;
  if (sk.sk_state === TCP_CLOSE || sk.sk_state === TCP_LISTEN) return;
  if (sk.compressed_ack !== 0) {
    tcp_sack_compress_send_ack(sk);
    return;
  }
  if (!(ack.pending & ICSK_ACK_TIMER)) return;
  ack.pending &= ~ICSK_ACK_TIMER;
  if (!(ack.pending & ICSK_ACK_SCHED)) return;
  if (!inet_csk_in_pingpong_mode(sk)) ack.ato = Math.min(ack.ato * 2, sk.icsk_rto);
  else {
    // The reply that was to carry the ACK did not come.
    ack.pingpong = 0;
    ack.ato = TCP_ATO_MIN;
  }
  tcp_send_ack(sk);
  sk.net.mib.inc(Counter.TcpExtDelayedACKs);
}

/** The keep-alive timer went off (`tcp_keepalive_timer`). */
export function tcp_keepalive_timer_handler(sk: TcpSock): void {
  if (sk.sk_state === TCP_LISTEN) return;
  if (sk.sk_state === TCP_FIN_WAIT2 && sk.sock_dead) {
    if (sk.linger2 >= 0) {
      const left = tcp_fin_time(sk) - TCP_TIMEWAIT_LEN;
      if (left > 0) {
        tcp_time_wait(sk, TCP_FIN_WAIT2, left);
        return;
      }
    }
    tcp_send_active_reset(sk);
    tcp_done(sk);
    return;
  }
  if (!sk.so.keepalive || sk.sk_state === TCP_CLOSE || sk.sk_state === TCP_SYN_SENT) return;
  const idle = tcp_keepalive_time_when(sk);
  let next = idle;
  if (sk.packets_out === 0 && sk.write_queue.empty) {
    const elapsed = keepalive_time_elapsed(sk);
    if (elapsed < idle) next = idle - elapsed;
    else {
      const user = sk.icsk_user_timeout;
      const probes = sk.keepalive_probes || sk.tcp.sysctl.keepalive_probes.value;
      const dead = user !== 0 ? elapsed >= user * 1000 && sk.icsk_probes_out > 0 : sk.icsk_probes_out >= probes;
      if (dead) {
        tcp_send_active_reset(sk);
        tcp_write_err(sk);
        return;
      }
      if (tcp_write_wakeup(sk, Counter.TcpExtTCPKeepAlive) <= 0) {
        sk.icsk_probes_out++;
        next = keepalive_intvl_when(sk);
      } else next = TCP_RESOURCE_PROBE_INTERVAL;
    }
  }
  tcp_reset_keepalive_timer(sk, next);
}

/** SO_KEEPALIVE was switched (`tcp_set_keepalive`). */
export function tcp_set_keepalive(sk: TcpSock, on: boolean): void {
  if (sk.sk_state === TCP_CLOSE || sk.sk_state === TCP_LISTEN) return;
  if (on && !sk.so.keepalive) tcp_reset_keepalive_timer(sk, tcp_keepalive_time_when(sk));
  else if (!on) sk.keepalive_timer.cancel();
}
