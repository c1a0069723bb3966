/**
 * Reno: RFC 5681.
 *
 * @module
 */
import type { TcpSock } from "../state.ts";
import {
  CongestionControl,
  tcp_cong_avoid_ai,
  tcp_in_slow_start,
  tcp_is_cwnd_limited,
  tcp_slow_start,
} from "./congestion.ts";

/** RFC 5681 congestion control. */
export class Reno extends CongestionControl {
  readonly name: string = "reno";

  override ssthresh(sk: TcpSock): number {
    return Math.max(sk.snd_cwnd >>> 1, 2);
  }

  override cong_avoid(sk: TcpSock, _ack: number, acked: number): void {
    if (!tcp_is_cwnd_limited(sk)) return;
    let left = acked;
    if (tcp_in_slow_start(sk)) {
      left = tcp_slow_start(sk, left);
      if (left === 0) return;
    }
    tcp_cong_avoid_ai(sk, sk.snd_cwnd, left);
  }
}
