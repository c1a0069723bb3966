/**
 * The longest that an ACK may be delayed.
 *
 * @module
 */
import { tcp_rto_min } from "./rtt.ts";
import type { TcpSock } from "./state.ts";

/** Longest delay of an ACK, µs: below the smallest RTO that the peer could have. */
export function tcp_delack_max(sk: TcpSock): number {
  return Math.min(sk.icsk_delack_max, Math.max(tcp_rto_min(sk), 2000) - 1000);
}
