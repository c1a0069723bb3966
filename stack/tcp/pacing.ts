/**
 * Pacing: segments leave no faster than `sk_pacing_rate`, for algorithms and programs that ask for it.
 *
 * @module
 */
import { TCP_CLOSE_WAIT, TCP_CLOSING, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_LAST_ACK } from "../../abi/tcp_constants.ts";
import { tcp_current_mss } from "./mss.ts";
import { PushOne, tcp_write_xmit } from "./output.ts";
import { tcp_xmit_retransmit_queue } from "./retransmit.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_packets_in_flight, type TcpSock } from "./state.ts";

/** Segments at the start that are not paced. */
const UNPACED_SEGMENTS = 10;

/** When the segment after this one may leave (`tcp_update_skb_after_send`). */
export function tcp_update_skb_after_send(sk: TcpSock, skb: TcpSkb, prior_wstamp: number): void {
  const rate = sk.sk_pacing_rate;
  if (!sk.pacing_needed || rate === Infinity || rate === 0 || sk.data_segs_out < UNPACED_SEGMENTS) return;
  let length_us = skb.len * 1e6 / rate;
  // Time lost by a late timer is made up for, by half at most.
  length_us -= Math.min(length_us / 2, sk.tcp_wstamp - prior_wstamp);
  sk.tcp_wstamp += length_us;
}

/** Whether the next segment has to wait; then the pacing timer is armed. */
export function tcp_pacing_check(sk: TcpSock): boolean {
  if (!sk.pacing_needed || sk.tcp_wstamp <= sk.net.now) return false;
  if (!sk.pacing_timer.pending) sk.pacing_timer.arm(Math.ceil(sk.tcp_wstamp));
  return true;
}

/** Time until the next segment may leave, µs. */
export function tcp_pacing_delay(sk: TcpSock): number {
  return sk.pacing_needed ? Math.max(0, Math.ceil(sk.tcp_wstamp - sk.net.now)) : 0;
}

/** The pacing timer went off (`tcp_tsq_write`). */
export function tcp_pacing_timer_handler(sk: TcpSock): void {
  switch (sk.sk_state) {
    case TCP_ESTABLISHED:
    case TCP_FIN_WAIT1:
    case TCP_CLOSING:
    case TCP_CLOSE_WAIT:
    case TCP_LAST_ACK:
      if (sk.lost_out > sk.retrans_out && sk.snd_cwnd > tcp_packets_in_flight(sk)) tcp_xmit_retransmit_queue(sk);
      tcp_write_xmit(sk, tcp_current_mss(sk), sk.nonagle, PushOne.ALL);
  }
}
