/**
 * ACKs in answer to segments that are not acceptable, with their rate limits (RFC 5961 section 7).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { before } from "../wire/seq.ts";
import { TCP_MAX_QUICKACKS } from "./constants.ts";
import { tcp_enter_quickack_mode } from "./delack.ts";
import { tcp_send_ack } from "./output.ts";
import { tcp_dsack_set } from "./ofo.ts";
import type { Segment } from "./segment.ts";
import type { TcpSock } from "./state.ts";
import type { Tcp } from "./tcp.ts";

/** Holds the time of the last answer to an invalid segment, ms. */
export interface OowLimited {
  last_oow_ack_time: number;
}

/** Whether an answer of this kind was sent a moment ago (`__tcp_oow_rate_limited`). */
export function __tcp_oow_rate_limited(tcp: Tcp, counter: number, holder: OowLimited): boolean {
  const now = tcp.jiffies;
  if (holder.last_oow_ack_time !== 0 && now - holder.last_oow_ack_time < tcp.sysctl.invalid_ratelimit.value) {
    tcp.net.mib.inc(counter);
    return true;
  }
  holder.last_oow_ack_time = now;
  return false;
}

/** As {@link __tcp_oow_rate_limited}; data segments are no ACK loop and are always answered. */
export function tcp_oow_rate_limited(tcp: Tcp, seg: Segment, counter: number, holder: OowLimited): boolean {
  if (seg.seq !== seg.end_seq && !seg.syn) return false;
  return __tcp_oow_rate_limited(tcp, counter, holder);
}

/** Sends a challenge ACK, within the limits per connection and per host. */
export function tcp_send_challenge_ack(sk: TcpSock): void {
  const { tcp } = sk;
  if (__tcp_oow_rate_limited(tcp, Counter.TcpExtTCPACKSkippedChallenge, sk)) return;
  const limit = tcp.sysctl.challenge_ack_limit.value;
  if (limit !== 0x7fffffff && !tcp.challenge_allowed(limit)) return;
  tcp.net.mib.inc(Counter.TcpExtTCPChallengeACK);
  tcp_send_ack(sk);
}

/** Answers an unacceptable segment with an ACK, and a DSACK when it is old data. */
export function tcp_send_dupack(sk: TcpSock, seg: Segment): void {
  if (seg.end_seq !== seg.seq && before(seg.seq, sk.rcv_nxt)) {
    sk.net.mib.inc(Counter.TcpExtDelayedACKLost);
    tcp_enter_quickack_mode(sk, TCP_MAX_QUICKACKS);
    if (sk.rx_opt.sack_ok && sk.tcp.sysctl.dsack.value !== 0) {
      tcp_dsack_set(sk, seg.seq, before(sk.rcv_nxt, seg.end_seq) ? sk.rcv_nxt : seg.end_seq);
    }
  }
  tcp_send_ack(sk);
}
