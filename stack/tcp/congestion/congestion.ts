/**
 * What a congestion control algorithm is (`struct tcp_congestion_ops`), and the parts that they share.
 *
 * @module
 */
import type { RateSample } from "../rate.ts";
import type { TcpSock } from "../state.ts";

/** What happened to the window (`enum tcp_ca_event`). */
export type CongestionEvent =
  | "tx_start"
  | "cwnd_restart"
  | "complete_cwr"
  | "loss"
  | "ecn_no_ce"
  | "ecn_is_ce";

/** What one ACK delivered, for {@link CongestionControl.pkts_acked}. */
export interface AckSample {
  pkts_acked: number;
  /** RTT of this ACK, µs; -1 when there is none. */
  rtt_us: number;
  in_flight: number;
}

/** One algorithm's state for one connection. */
export abstract class CongestionControl {
  /** Name as in `tcp_congestion_control`. */
  abstract readonly name: string;
  /** Factor of the send buffer over the window (`sndbuf_expand`). */
  readonly sndbuf_expand: number = 2;
  /** Whether it needs ECN negotiated. */
  readonly needs_ecn: boolean = false;
  /** Called once the connection is established. */
  init(_sk: TcpSock): void {}
  /** The slow start threshold after a loss, segments. */
  abstract ssthresh(sk: TcpSock): number;
  /** Grows the window for `acked` segments. */
  abstract cong_avoid(sk: TcpSock, ack: number, acked: number): void;
  /** The window after a spurious reduction is undone. */
  undo_cwnd(sk: TcpSock): number {
    return Math.max(sk.snd_cwnd, sk.prior_cwnd);
  }
  /** The recovery state (`TCP_CA_*`) is about to change. */
  set_state(_sk: TcpSock, _state: number): void {}
  cwnd_event(_sk: TcpSock, _event: CongestionEvent): void {}
  pkts_acked(_sk: TcpSock, _sample: AckSample): void {}
  /** An ACK was processed, before recovery looks at it. */
  in_ack_event(_sk: TcpSock): void {}
  /** Algorithms that set window and pacing themselves do it here and return true. */
  cong_control(_sk: TcpSock, _ack: number, _flag: number, _rs: RateSample): boolean {
    return false;
  }
  /** Whether {@link cong_control} is implemented. */
  readonly has_cong_control: boolean = false;
  /** Fewest segments in a super-segment, 0 for the setting's. */
  min_tso_segs(_sk: TcpSock): number {
    return 0;
  }
  /** `TCP_CC_INFO` octets. */
  get_info(_sk: TcpSock): Uint8Array {
    return new Uint8Array(0);
  }
}

/** Whether the window is below the slow start threshold. */
export function tcp_in_slow_start(sk: TcpSock): boolean {
  return sk.snd_cwnd < sk.snd_ssthresh;
}

/** Whether the window, and not the program, limits what is sent (`tcp_is_cwnd_limited`). */
export function tcp_is_cwnd_limited(sk: TcpSock): boolean {
  if (sk.is_cwnd_limited) return true;
  // In slow start the window may grow to twice what was used.
  return tcp_in_slow_start(sk) && sk.snd_cwnd < 2 * sk.max_packets_out;
}

/** Slow start; returns the acknowledged segments it did not use. */
export function tcp_slow_start(sk: TcpSock, acked: number): number {
  const cwnd = Math.min(sk.snd_cwnd + acked, sk.snd_ssthresh);
  const left = acked - (cwnd - sk.snd_cwnd);
  sk.snd_cwnd = Math.min(cwnd, sk.snd_cwnd_clamp);
  return left;
}

/** Additive increase: one segment per `w` acknowledged. */
export function tcp_cong_avoid_ai(sk: TcpSock, w: number, acked: number): void {
  if (sk.snd_cwnd_cnt >= w) {
    sk.snd_cwnd_cnt = 0;
    sk.snd_cwnd++;
  }
  sk.snd_cwnd_cnt += acked;
  if (sk.snd_cwnd_cnt >= w) {
    const delta = Math.floor(sk.snd_cwnd_cnt / w);
    sk.snd_cwnd_cnt -= delta * w;
    sk.snd_cwnd += delta;
  }
  sk.snd_cwnd = Math.min(sk.snd_cwnd, sk.snd_cwnd_clamp);
}
