/**
 * CUBIC: RFC 9438, with HyStart, fixed-point as Linux computes it.
 *
 * @module
 */
import { Counter } from "../../mib.ts";
import { after } from "../../wire/seq.ts";
import { TCP_CA_Loss } from "../../../abi/tcp_constants.ts";
import type { TcpSock } from "../state.ts";
import {
  type AckSample,
  CongestionControl,
  type CongestionEvent,
  tcp_cong_avoid_ai,
  tcp_in_slow_start,
  tcp_is_cwnd_limited,
  tcp_slow_start,
} from "./congestion.ts";

/** Multiplicative decrease, of {@link BETA_SCALE}: 0.7. */
const BETA = 717;
const BETA_SCALE = 1024;
/** C = 0.4 in the fixed point of the cubic function. */
const CUBE_RTT_SCALE = 410;
const CUBE_FACTOR = Math.floor(2 ** 40 / CUBE_RTT_SCALE);
/** Reno's growth in the friendly region. */
const FRIENDLY_SCALE = Math.floor(Math.floor(8 * (BETA_SCALE + BETA) / 3) / (BETA_SCALE - BETA));
/** The cubic function's clock: 2^10 per second. */
const BICTCP_HZ = 10;
const HYSTART_MIN_SAMPLES = 8;
const HYSTART_LOW_WINDOW = 16;
/** Spacing of ACKs that count as a train, µs. */
const HYSTART_ACK_DELTA_US = 2000;
const HYSTART_DELAY_MIN = 4000;
const HYSTART_DELAY_MAX = 16000;

/** CUBIC's state for one connection; times in ms unless their name says µs. */
export class Cubic extends CongestionControl {
  readonly name: string = "cubic";
  private cnt = 0;
  private last_max_cwnd = 0;
  private last_cwnd = 0;
  private last_time = 0;
  private bic_origin_point = 0;
  private bic_K = 0;
  /** Smallest delay seen, µs. */
  private delay_min = 0;
  private epoch_start = 0;
  private ack_cnt = 0;
  private tcp_cwnd = 0;
  private sample_cnt = 0;
  private found = false;
  private round_start = 0;
  private end_seq = 0;
  private last_ack = 0;
  private curr_rtt = Infinity;

  override init(sk: TcpSock): void {
    this.reset();
    this.hystartReset(sk);
  }

  override ssthresh(sk: TcpSock): number {
    this.epoch_start = 0;
    // Fast convergence: a flow that loses before reaching its last maximum releases bandwidth.
    this.last_max_cwnd = sk.snd_cwnd < this.last_max_cwnd
      ? Math.floor(sk.snd_cwnd * (BETA_SCALE + BETA) / (2 * BETA_SCALE))
      : sk.snd_cwnd;
    return Math.max(Math.floor(sk.snd_cwnd * BETA / BETA_SCALE), 2);
  }

  override cong_avoid(sk: TcpSock, _ack: number, acked: number): void {
    if (!tcp_is_cwnd_limited(sk)) return;
    let left = acked;
    if (tcp_in_slow_start(sk)) {
      left = tcp_slow_start(sk, left);
      if (left === 0) return;
    }
    this.update(sk, left);
    tcp_cong_avoid_ai(sk, this.cnt, left);
  }

  override set_state(sk: TcpSock, state: number): void {
    if (state !== TCP_CA_Loss) return;
    this.reset();
    this.hystartReset(sk);
  }

  override cwnd_event(sk: TcpSock, event: CongestionEvent): void {
    if (event !== "tx_start" || this.epoch_start === 0) return;
    // Idle time must not count as growth of the cubic function.
    const now = sk.jiffies;
    const idle = now - sk.lsndtime;
    if (idle > 0) this.epoch_start = Math.min(this.epoch_start + idle, now);
  }

  override pkts_acked(sk: TcpSock, sample: AckSample): void {
    if (sample.rtt_us < 0) return;
    // Samples right after fast recovery are inflated.
    if (this.epoch_start !== 0 && sk.jiffies - this.epoch_start < 1000) return;
    const delay = sample.rtt_us === 0 ? 1 : sample.rtt_us;
    if (this.delay_min === 0 || this.delay_min > delay) this.delay_min = delay;
    if (!this.found && tcp_in_slow_start(sk) && sk.snd_cwnd >= HYSTART_LOW_WINDOW) this.hystartUpdate(sk, delay);
  }

  private reset(): void {
    this.cnt = 0;
    this.last_max_cwnd = 0;
    this.last_cwnd = 0;
    this.last_time = 0;
    this.bic_origin_point = 0;
    this.bic_K = 0;
    this.delay_min = 0;
    this.epoch_start = 0;
    this.ack_cnt = 0;
    this.tcp_cwnd = 0;
    this.found = false;
  }

  private hystartReset(sk: TcpSock): void {
    this.round_start = this.last_ack = sk.net.now;
    this.end_seq = sk.snd_nxt;
    this.curr_rtt = Infinity;
    this.sample_cnt = 0;
  }

  private update(sk: TcpSock, acked: number): void {
    const cwnd = sk.snd_cwnd;
    const now = sk.jiffies;
    this.ack_cnt += acked;
    if (this.last_cwnd === cwnd && now - this.last_time <= 31) return;
    if (this.epoch_start === 0 || now !== this.last_time) this.recompute(cwnd, now, acked);
    this.friendliness(cwnd);
    // At most one segment per two acknowledged.
    this.cnt = Math.max(this.cnt, 2);
  }

  private recompute(cwnd: number, now: number, acked: number): void {
    this.last_cwnd = cwnd;
    this.last_time = now;
    if (this.epoch_start === 0) {
      this.epoch_start = now;
      this.ack_cnt = acked;
      this.tcp_cwnd = cwnd;
      if (this.last_max_cwnd <= cwnd) {
        this.bic_K = 0;
        this.bic_origin_point = cwnd;
      } else {
        this.bic_K = Math.floor(Math.cbrt(CUBE_FACTOR * (this.last_max_cwnd - cwnd)));
        this.bic_origin_point = this.last_max_cwnd;
      }
    }
    const t = Math.floor((now - this.epoch_start + Math.ceil(this.delay_min / 1000)) * (1 << BICTCP_HZ) / 1000);
    const offs = Math.abs(t - this.bic_K);
    const delta = Math.floor(CUBE_RTT_SCALE * offs * offs * offs / 2 ** 40);
    const target = t < this.bic_K ? this.bic_origin_point - delta : this.bic_origin_point + delta;
    this.cnt = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd;
    // The first epoch has no maximum to aim at: grow by at least 5 % per RTT.
    if (this.last_max_cwnd === 0 && this.cnt > 20) this.cnt = 20;
  }

  private friendliness(cwnd: number): void {
    const step = (cwnd * FRIENDLY_SCALE) >>> 3;
    while (this.ack_cnt > step) {
      this.ack_cnt -= step;
      this.tcp_cwnd++;
    }
    if (this.tcp_cwnd <= cwnd) return;
    const max_cnt = Math.floor(cwnd / (this.tcp_cwnd - cwnd));
    if (this.cnt > max_cnt) this.cnt = max_cnt;
  }

  private hystartUpdate(sk: TcpSock, delay: number): void {
    if (after(sk.snd_una, this.end_seq)) this.hystartReset(sk);
    const now = sk.net.now;
    if (now - this.last_ack <= HYSTART_ACK_DELTA_US) {
      this.last_ack = now;
      const ack_delay = sk.sk_pacing_rate === Infinity || sk.sk_pacing_rate === 0
        ? 0
        : Math.min(1000, Math.floor(sk.sk_gso_max_size * 4 * 1e6 / sk.sk_pacing_rate));
      // Without pacing a train half an RTT long fills the pipe.
      const threshold = (this.delay_min + ack_delay) >>> 1;
      if (now - this.round_start > threshold) {
        this.exitSlowStart(sk, Counter.TcpExtTCPHystartTrainDetect, Counter.TcpExtTCPHystartTrainCwnd);
      }
    }
    if (this.curr_rtt > delay) this.curr_rtt = delay;
    if (this.sample_cnt < HYSTART_MIN_SAMPLES) {
      this.sample_cnt++;
      return;
    }
    const thresh = Math.min(Math.max(this.delay_min >>> 3, HYSTART_DELAY_MIN), HYSTART_DELAY_MAX);
    if (this.curr_rtt > this.delay_min + thresh) {
      this.exitSlowStart(sk, Counter.TcpExtTCPHystartDelayDetect, Counter.TcpExtTCPHystartDelayCwnd);
    }
  }

  private exitSlowStart(sk: TcpSock, detect: number, cwnd: number): void {
    this.found = true;
    sk.net.mib.inc(detect);
    sk.net.mib.add(cwnd, sk.snd_cwnd);
    sk.snd_ssthresh = sk.snd_cwnd;
  }
}
