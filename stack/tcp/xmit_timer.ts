/**
 * Arming the transmit timer: retransmission, tail loss probe (RFC 8985 section 7), zero-window probe.
 *
 * @module
 */
import { TCP_CA_CWR, TCP_CA_Open } from "../../abi/tcp_constants.ts";
import {
  ICSK_TIME_LOSS_PROBE,
  ICSK_TIME_PROBE0,
  ICSK_TIME_REO_TIMEOUT,
  ICSK_TIME_RETRANS,
  TCP_RTO_MIN,
  TCP_TIMEOUT_INIT,
} from "./constants.ts";
import { tcp_pacing_delay } from "./pacing.ts";
import { tcp_rto_min } from "./rtt.ts";
import type { TcpSock } from "./state.ts";

/** Margin of loss probe and reordering timers, µs. */
export const TCP_TIMEOUT_MIN_US = 2000;

/** Arms the transmit timer for `what` in `when_us`, at most the largest RTO; `paced` adds what pacing holds the segment back. */
export function tcp_reset_xmit_timer(sk: TcpSock, what: number, when_us: number, paced = false): void {
  sk.icsk_pending = what;
  sk.icsk_timeout = sk.net.now + Math.min(when_us + (paced ? tcp_pacing_delay(sk) : 0), sk.icsk_rto_max);
  sk.retransmit_timer.arm(sk.icsk_timeout);
}

/** Disarms the transmit timer. */
export function tcp_clear_xmit_timer(sk: TcpSock): void {
  sk.icsk_pending = 0;
  sk.retransmit_timer.cancel();
}

/** Time until the oldest segment's RTO, µs; may be negative. */
export function tcp_rto_delta_us(sk: TcpSock): number {
  const skb = sk.rtx_queue.head;
  return skb === undefined ? sk.icsk_rto : skb.skb_mstamp + sk.icsk_rto - sk.net.now;
}

/** Restarts the retransmission timer (RFC 6298 section 5). */
export function tcp_rearm_rto(sk: TcpSock): void {
  // While a Fast Open child waits for its handshake, the timer is the SYN+ACK's.
  if (sk.fastopen_rsk !== undefined) return;
  if (sk.packets_out === 0) {
    tcp_clear_xmit_timer(sk);
    return;
  }
  let rto = sk.icsk_rto;
  if (sk.icsk_pending === ICSK_TIME_REO_TIMEOUT || sk.icsk_pending === ICSK_TIME_LOSS_PROBE) {
    // The timer stood for something else since the segment was sent.
    rto = Math.max(tcp_rto_delta_us(sk), 1);
  }
  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, rto, true);
}

/** Arms a tail loss probe where one is due, and says so. */
export function tcp_schedule_loss_probe(sk: TcpSock, advancing_rto: boolean): boolean {
  if (sk.fastopen_rsk !== undefined) return false;
  const early = sk.tcp.sysctl.early_retrans.value;
  if (
    (early !== 3 && early !== 4) || sk.packets_out === 0 || !sk.rx_opt.sack_ok ||
    (sk.icsk_ca_state !== TCP_CA_Open && sk.icsk_ca_state !== TCP_CA_CWR)
  ) return false;
  let timeout = TCP_TIMEOUT_INIT;
  if (sk.srtt_us !== 0) {
    timeout = Math.floor(sk.srtt_us / 4);
    // With one segment out, the peer may be delaying its ACK.
    timeout += sk.packets_out === 1 ? tcp_rto_min(sk) : TCP_TIMEOUT_MIN_US;
  }
  const rto_delta = advancing_rto ? sk.icsk_rto : tcp_rto_delta_us(sk);
  if (rto_delta > 0) timeout = Math.min(timeout, rto_delta);
  tcp_reset_xmit_timer(sk, ICSK_TIME_LOSS_PROBE, timeout, true);
  return true;
}

/** After an ACK: loss probe, or else retransmission. */
export function tcp_set_xmit_timer(sk: TcpSock): void {
  if (!tcp_schedule_loss_probe(sk, true)) tcp_rearm_rto(sk);
}

/** First interval of zero-window probes. */
function tcp_probe0_base(sk: TcpSock): number {
  return Math.max(sk.icsk_rto, TCP_RTO_MIN);
}

/** Interval of the next zero-window probe, µs. */
export function tcp_probe0_when(sk: TcpSock, max_us: number): number {
  return Math.min(tcp_probe0_base(sk) * 2 ** Math.min(10, sk.icsk_backoff), max_us);
}

/** Starts probing if nothing is outstanding that would make the peer answer. */
export function tcp_check_probe_timer(sk: TcpSock): void {
  if (sk.packets_out === 0 && sk.icsk_pending === 0) tcp_reset_xmit_timer(sk, ICSK_TIME_PROBE0, tcp_probe0_base(sk));
}
