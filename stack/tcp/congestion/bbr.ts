/**
 * BBR version 1 (draft-cardwell-iccrg-bbr-congestion-control-00): the window and the pacing rate follow a model of the
 * path, the bottleneck's bandwidth and the smallest RTT.
 *
 * @module
 */
import { TCP_CA_Loss, TCP_CA_Recovery } from "../../../abi/tcp_constants.ts";
import { TCP_INFINITE_SSTHRESH } from "../constants.ts";
import type { RateSample } from "../rate.ts";
import { tcp_min_rtt, tcp_packets_in_flight, type TcpSock } from "../state.ts";
import { CongestionControl, type CongestionEvent } from "./congestion.ts";

/** 2/ln(2): the smallest gain that doubles the rate each round. */
const HIGH_GAIN = 2885 / 1000;
const DRAIN_GAIN = 1000 / 2885;
const CWND_GAIN = 2;
/** Pacing gains of a cycle: probe for more, drain what that queued, cruise. */
const PACING_GAIN = [5 / 4, 3 / 4, 1, 1, 1, 1, 1, 1];
/** Rounds that a bandwidth sample counts. */
const BW_WINDOW = PACING_GAIN.length + 2;
/** How long the smallest RTT is believed, µs, and how long it is probed for. */
const MIN_RTT_WINDOW_US = 10_000_000;
const PROBE_RTT_US = 200_000;
const CWND_MIN_TARGET = 4;
/** The pipe is full after so many rounds without 25 % of growth. */
const FULL_BW_COUNT = 3;
const FULL_BW_GROWTH = 5 / 4;
/** The rate is kept a little below the estimate, so that queues drain. */
const PACING_MARGIN = 0.99;
/** Rates, octets/s, below which super-segments are single segments. */
const MIN_TSO_RATE = 150_000;
/** ACK aggregation: window of its estimate in rounds, and how much of it counts. */
const EXTRA_ACKED_WINDOW_RTTS = 5;
const EXTRA_ACKED_MAX_US = 100_000;
/** Token-bucket policers. */
const LT_INTERVAL_MIN_RTTS = 4;
const LT_LOSS_THRESH = 50 / 256;
const LT_BW_RATIO = 1 / 8;
const LT_BW_DIFF = 4000 / 8;
const LT_BW_MAX_RTTS = 48;

type Mode = "startup" | "drain" | "probe_bw" | "probe_rtt";

/** Largest of the samples of a window counted in rounds. */
class WindowedMax {
  private samples: { round: number; value: number }[] = [];

  get value(): number {
    return this.samples[0]?.value ?? 0;
  }

  update(window: number, round: number, value: number): void {
    while (this.samples.length > 0 && this.samples[this.samples.length - 1]!.value <= value) this.samples.pop();
    this.samples.push({ round, value });
    while (round - this.samples[0]!.round > window) this.samples.shift();
  }

  reset(): void {
    this.samples = [];
  }
}

/** BBR's state for one connection; bandwidths in segments per µs. */
export class Bbr extends CongestionControl {
  readonly name = "bbr";
  override readonly sndbuf_expand = 3;
  override readonly has_cong_control = true;
  private mode: Mode = "startup";
  private readonly bw_filter = new WindowedMax();
  private min_rtt_us = 0;
  private min_rtt_stamp = 0;
  private probe_rtt_done_stamp = 0;
  private probe_rtt_round_done = false;
  private rtt_cnt = 0;
  private next_rtt_delivered = 0;
  private round_start = false;
  private cycle_mstamp = 0;
  private cycle_idx = 0;
  private pacing_gain = HIGH_GAIN;
  private cwnd_gain = HIGH_GAIN;
  private full_bw = 0;
  private full_bw_cnt = 0;
  private full_bw_reached = false;
  private prior_cwnd = 0;
  private prev_ca_state = 0;
  private packet_conservation = false;
  private idle_restart = false;
  private has_seen_rtt = false;
  private ack_epoch_mstamp = 0;
  private ack_epoch_acked = 0;
  private extra_acked: [number, number] = [0, 0];
  private extra_acked_win_rtts = 0;
  private extra_acked_win_idx: 0 | 1 = 0;
  private lt_is_sampling = false;
  private lt_rtt_cnt = 0;
  private lt_use_bw = false;
  private lt_bw = 0;
  private lt_last_delivered = 0;
  private lt_last_stamp = 0;
  private lt_last_lost = 0;

  override init(sk: TcpSock): void {
    this.min_rtt_us = tcp_min_rtt(sk);
    this.min_rtt_stamp = sk.jiffies;
    this.cycle_mstamp = this.ack_epoch_mstamp = sk.net.now;
    sk.snd_ssthresh = TCP_INFINITE_SSTHRESH;
    sk.pacing_needed = true;
    this.init_pacing_rate(sk);
    this.reset_lt_bw_sampling(sk);
  }

  override ssthresh(sk: TcpSock): number {
    this.save_cwnd(sk);
    return sk.snd_ssthresh;
  }

  override cong_avoid(_sk: TcpSock, _ack: number, _acked: number): void {}

  override undo_cwnd(sk: TcpSock): number {
    this.full_bw = 0;
    this.full_bw_cnt = 0;
    this.reset_lt_bw_sampling(sk);
    return sk.snd_cwnd;
  }

  override set_state(sk: TcpSock, state: number): void {
    if (state !== TCP_CA_Loss) return;
    this.prev_ca_state = TCP_CA_Loss;
    this.full_bw = 0;
    this.round_start = true;
    this.lt_bw_sampling(sk, undefined, 1);
  }

  override cwnd_event(sk: TcpSock, event: CongestionEvent): void {
    if (event !== "tx_start" || sk.app_limited === 0) return;
    this.idle_restart = true;
    this.ack_epoch_mstamp = sk.net.now;
    this.ack_epoch_acked = 0;
    if (this.mode === "probe_bw") this.set_pacing_rate(sk, this.bw, 1);
    else if (this.mode === "probe_rtt") this.check_probe_rtt_done(sk);
  }

  override min_tso_segs(sk: TcpSock): number {
    return sk.sk_pacing_rate < MIN_TSO_RATE ? 1 : 2;
  }

  override cong_control(sk: TcpSock, _ack: number, _flag: number, rs: RateSample): boolean {
    this.update_model(sk, rs);
    const bw = this.bw;
    this.set_pacing_rate(sk, bw, this.pacing_gain);
    this.set_cwnd(sk, rs, rs.acked_sacked, bw, this.cwnd_gain);
    return true;
  }

  /** `struct tcp_bbr_info`: bandwidth in octets/s, smallest RTT in µs, gains in 1/256. */
  override get_info(sk: TcpSock): Uint8Array {
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(Math.floor(this.bw * sk.mss_cache * 1e6)), true);
    view.setUint32(8, this.min_rtt_us, true);
    view.setUint32(12, Math.floor(this.pacing_gain * 256), true);
    view.setUint32(16, Math.floor(this.cwnd_gain * 256), true);
    return bytes;
  }

  private get bw(): number {
    return this.lt_use_bw ? this.lt_bw : this.bw_filter.value;
  }

  // The model.

  private update_model(sk: TcpSock, rs: RateSample): void {
    this.update_bw(sk, rs);
    this.update_ack_aggregation(sk, rs);
    this.update_cycle_phase(sk, rs);
    this.check_full_bw_reached(rs);
    this.check_drain(sk);
    this.update_min_rtt(sk, rs);
    this.update_gains();
  }

  private update_bw(sk: TcpSock, rs: RateSample): void {
    this.round_start = false;
    if (rs.delivered < 0 || rs.interval_us <= 0) return;
    if (rs.prior_delivered >= this.next_rtt_delivered) {
      this.next_rtt_delivered = sk.delivered;
      this.rtt_cnt++;
      this.round_start = true;
      this.packet_conservation = false;
    }
    this.lt_bw_sampling(sk, rs, rs.losses);
    const bw = rs.delivered / rs.interval_us;
    // What the program did not fill says nothing about the path, unless it is more than was known.
    if (!rs.is_app_limited || bw >= this.bw_filter.value) this.bw_filter.update(BW_WINDOW, this.rtt_cnt, bw);
  }

  /** How many segments more than the bandwidth explains are acknowledged in bursts. */
  private update_ack_aggregation(sk: TcpSock, rs: RateSample): void {
    if (rs.acked_sacked <= 0 || rs.delivered < 0 || rs.interval_us <= 0) return;
    if (this.round_start) {
      this.extra_acked_win_rtts++;
      if (this.extra_acked_win_rtts >= EXTRA_ACKED_WINDOW_RTTS) {
        this.extra_acked_win_rtts = 0;
        this.extra_acked_win_idx = this.extra_acked_win_idx === 0 ? 1 : 0;
        this.extra_acked[this.extra_acked_win_idx] = 0;
      }
    }
    let expected = this.bw * (sk.net.now - this.ack_epoch_mstamp);
    if (this.ack_epoch_acked <= expected || this.ack_epoch_acked + rs.acked_sacked >= 0xfffff) {
      this.ack_epoch_acked = 0;
      this.ack_epoch_mstamp = sk.net.now;
      expected = 0;
    }
    this.ack_epoch_acked = Math.min(0xfffff, this.ack_epoch_acked + rs.acked_sacked);
    const extra = Math.min(this.ack_epoch_acked - expected, sk.snd_cwnd);
    if (extra > this.extra_acked[this.extra_acked_win_idx]) this.extra_acked[this.extra_acked_win_idx] = extra;
  }

  private update_cycle_phase(sk: TcpSock, rs: RateSample): void {
    if (this.mode !== "probe_bw" || !this.is_next_cycle_phase(sk, rs)) return;
    this.cycle_idx = (this.cycle_idx + 1) % PACING_GAIN.length;
    this.cycle_mstamp = sk.net.now;
  }

  private is_next_cycle_phase(sk: TcpSock, rs: RateSample): boolean {
    const full_length = sk.delivered_mstamp - this.cycle_mstamp > this.min_rtt_us;
    if (this.pacing_gain === 1) return full_length;
    const inflight = rs.prior_in_flight;
    if (this.pacing_gain > 1) {
      return full_length && (rs.losses > 0 || inflight >= this.inflight(sk, this.bw_filter.value, this.pacing_gain));
    }
    return full_length || inflight <= this.inflight(sk, this.bw_filter.value, 1);
  }

  private check_full_bw_reached(rs: RateSample): void {
    if (this.full_bw_reached || !this.round_start || rs.is_app_limited) return;
    if (this.bw_filter.value >= this.full_bw * FULL_BW_GROWTH) {
      this.full_bw = this.bw_filter.value;
      this.full_bw_cnt = 0;
      return;
    }
    this.full_bw_reached = ++this.full_bw_cnt >= FULL_BW_COUNT;
  }

  private check_drain(sk: TcpSock): void {
    if (this.mode === "startup" && this.full_bw_reached) {
      this.mode = "drain";
      sk.snd_ssthresh = this.inflight(sk, this.bw_filter.value, 1);
    }
    if (this.mode === "drain" && tcp_packets_in_flight(sk) <= this.inflight(sk, this.bw_filter.value, 1)) {
      this.reset_probe_bw_mode(sk);
    }
  }

  private reset_probe_bw_mode(sk: TcpSock): void {
    this.mode = "probe_bw";
    // Any phase but draining, so that flows do not move in step.
    this.cycle_idx = PACING_GAIN.length - 1 - sk.net.random() % 7;
    this.cycle_idx = (this.cycle_idx + 1) % PACING_GAIN.length;
    this.cycle_mstamp = sk.net.now;
  }

  private update_min_rtt(sk: TcpSock, rs: RateSample): void {
    const expired = (sk.jiffies - this.min_rtt_stamp) * 1000 > MIN_RTT_WINDOW_US;
    if (rs.rtt_us >= 0 && (rs.rtt_us < this.min_rtt_us || (expired && !rs.is_ack_delayed))) {
      this.min_rtt_us = rs.rtt_us;
      this.min_rtt_stamp = sk.jiffies;
    }
    if (expired && !this.idle_restart && this.mode !== "probe_rtt") {
      this.mode = "probe_rtt";
      this.save_cwnd(sk);
      this.probe_rtt_done_stamp = 0;
    }
    if (this.mode === "probe_rtt") {
      sk.app_limited = sk.delivered + tcp_packets_in_flight(sk) || 1;
      if (this.probe_rtt_done_stamp === 0 && tcp_packets_in_flight(sk) <= CWND_MIN_TARGET) {
        this.probe_rtt_done_stamp = sk.net.now + PROBE_RTT_US;
        this.probe_rtt_round_done = false;
        this.next_rtt_delivered = sk.delivered;
      } else if (this.probe_rtt_done_stamp !== 0) {
        if (this.round_start) this.probe_rtt_round_done = true;
        if (this.probe_rtt_round_done) this.check_probe_rtt_done(sk);
      }
    }
    if (rs.delivered > 0) this.idle_restart = false;
  }

  private check_probe_rtt_done(sk: TcpSock): void {
    if (this.probe_rtt_done_stamp === 0 || sk.net.now < this.probe_rtt_done_stamp) return;
    this.min_rtt_stamp = sk.jiffies;
    sk.snd_cwnd = Math.max(sk.snd_cwnd, this.prior_cwnd);
    if (this.full_bw_reached) this.reset_probe_bw_mode(sk);
    else this.mode = "startup";
  }

  private update_gains(): void {
    switch (this.mode) {
      case "startup":
        this.pacing_gain = HIGH_GAIN;
        this.cwnd_gain = HIGH_GAIN;
        break;
      case "drain":
        this.pacing_gain = DRAIN_GAIN;
        this.cwnd_gain = HIGH_GAIN;
        break;
      case "probe_bw":
        this.pacing_gain = this.lt_use_bw ? 1 : PACING_GAIN[this.cycle_idx]!;
        this.cwnd_gain = CWND_GAIN;
        break;
      case "probe_rtt":
        this.pacing_gain = 1;
        this.cwnd_gain = 1;
        break;
    }
  }

  // Window and rate.

  private bdp(sk: TcpSock, bw: number, gain: number): number {
    if (this.min_rtt_us === 0xffffffff) return Math.min(10, sk.snd_cwnd_clamp);
    return Math.ceil(bw * this.min_rtt_us * gain);
  }

  /** Segments that a window needs beside the model's, for super-segments and delayed ACKs. */
  private quantization_budget(sk: TcpSock, cwnd: number): number {
    const tso = Math.max(1, Math.min(127, this.tso_segs_goal(sk)));
    let target = cwnd + 3 * tso;
    target = (target + 1) & ~1;
    return this.mode === "probe_bw" && this.cycle_idx === 0 ? target + 2 : target;
  }

  private tso_segs_goal(sk: TcpSock): number {
    const bytes = sk.sk_pacing_rate === Infinity ? sk.sk_gso_max_size : sk.sk_pacing_rate / 1024;
    return Math.max(Math.floor(Math.min(bytes, sk.sk_gso_max_size) / sk.mss_cache), this.min_tso_segs(sk));
  }

  private inflight(sk: TcpSock, bw: number, gain: number): number {
    return this.quantization_budget(sk, this.bdp(sk, bw, gain));
  }

  private save_cwnd(sk: TcpSock): void {
    this.prior_cwnd = this.prev_ca_state < TCP_CA_Recovery && this.mode !== "probe_rtt"
      ? sk.snd_cwnd
      : Math.max(this.prior_cwnd, sk.snd_cwnd);
  }

  /** During the first round of recovery what leaves equals what arrived; true while that holds. */
  private set_cwnd_to_recover(sk: TcpSock, rs: RateSample, acked: number): { cwnd: number; conserve: boolean } {
    let cwnd = sk.snd_cwnd;
    const state = sk.icsk_ca_state;
    if (rs.losses > 0) cwnd = Math.max(cwnd - rs.losses, 1);
    if (state === TCP_CA_Recovery && this.prev_ca_state !== TCP_CA_Recovery) {
      this.packet_conservation = true;
      this.next_rtt_delivered = sk.delivered;
      cwnd = tcp_packets_in_flight(sk) + acked;
    } else if (this.prev_ca_state >= TCP_CA_Recovery && state < TCP_CA_Recovery) {
      cwnd = Math.max(cwnd, this.prior_cwnd);
      this.packet_conservation = false;
    }
    this.prev_ca_state = state;
    if (!this.packet_conservation) return { cwnd, conserve: false };
    return { cwnd: Math.max(cwnd, tcp_packets_in_flight(sk) + acked), conserve: true };
  }

  private set_cwnd(sk: TcpSock, rs: RateSample, acked: number, bw: number, gain: number): void {
    let cwnd = sk.snd_cwnd;
    if (acked > 0) {
      const recovered = this.set_cwnd_to_recover(sk, rs, acked);
      cwnd = recovered.cwnd;
      if (!recovered.conserve) {
        const target = this.quantization_budget(sk, this.bdp(sk, bw, gain) + this.ack_aggregation_cwnd());
        if (this.full_bw_reached) cwnd = Math.min(cwnd + acked, target);
        else if (cwnd < target || sk.delivered < 10) cwnd += acked;
        cwnd = Math.max(cwnd, CWND_MIN_TARGET);
      }
    }
    sk.snd_cwnd = Math.min(cwnd, sk.snd_cwnd_clamp);
    if (this.mode === "probe_rtt") sk.snd_cwnd = Math.min(sk.snd_cwnd, CWND_MIN_TARGET);
  }

  private ack_aggregation_cwnd(): number {
    if (!this.full_bw_reached) return 0;
    const most = this.bw * EXTRA_ACKED_MAX_US;
    return Math.floor(Math.min(Math.max(this.extra_acked[0], this.extra_acked[1]), most));
  }

  private rate_of(sk: TcpSock, bw: number, gain: number): number {
    return Math.min(Math.floor(bw * sk.mss_cache * gain * 1e6 * PACING_MARGIN), sk.sk_max_pacing_rate);
  }

  private init_pacing_rate(sk: TcpSock): void {
    let rtt_us = 1000;
    if (sk.srtt_us !== 0) {
      rtt_us = Math.max(sk.srtt_us / 8, 1);
      this.has_seen_rtt = true;
    }
    sk.sk_pacing_rate = this.rate_of(sk, sk.snd_cwnd / rtt_us, HIGH_GAIN);
  }

  private set_pacing_rate(sk: TcpSock, bw: number, gain: number): void {
    const rate = this.rate_of(sk, bw, gain);
    if (!this.has_seen_rtt && sk.srtt_us !== 0) this.init_pacing_rate(sk);
    if (this.full_bw_reached || rate > sk.sk_pacing_rate) sk.sk_pacing_rate = rate;
  }

  // Policers: with steady losses at a steady rate, that rate is used for a while.

  private reset_lt_bw_sampling(sk: TcpSock): void {
    this.lt_bw = 0;
    this.lt_use_bw = false;
    this.lt_is_sampling = false;
    this.reset_lt_interval(sk);
  }

  private reset_lt_interval(sk: TcpSock): void {
    this.lt_last_stamp = Math.floor(sk.delivered_mstamp / 1000);
    this.lt_last_delivered = sk.delivered;
    this.lt_last_lost = sk.lost;
    this.lt_rtt_cnt = 0;
  }

  private lt_bw_sampling(sk: TcpSock, rs: RateSample | undefined, losses: number): void {
    if (this.lt_use_bw) {
      if (this.mode === "probe_bw" && this.round_start && ++this.lt_rtt_cnt >= LT_BW_MAX_RTTS) {
        this.reset_lt_bw_sampling(sk);
        this.reset_probe_bw_mode(sk);
      }
      return;
    }
    if (!this.lt_is_sampling) {
      if (losses === 0) return;
      this.reset_lt_interval(sk);
      this.lt_is_sampling = true;
    }
    if (rs?.is_app_limited) {
      this.reset_lt_bw_sampling(sk);
      return;
    }
    if (this.round_start) this.lt_rtt_cnt++;
    if (this.lt_rtt_cnt < LT_INTERVAL_MIN_RTTS) return;
    if (this.lt_rtt_cnt > 4 * LT_INTERVAL_MIN_RTTS) {
      this.reset_lt_bw_sampling(sk);
      return;
    }
    if (losses === 0) return;
    const lost = sk.lost - this.lt_last_lost;
    const delivered = sk.delivered - this.lt_last_delivered;
    if (delivered === 0 || lost < LT_LOSS_THRESH * delivered) return;
    const t = Math.floor(sk.delivered_mstamp / 1000) - this.lt_last_stamp;
    if (t < 1) return;
    this.lt_bw_interval_done(sk, delivered / (t * 1000));
  }

  private lt_bw_interval_done(sk: TcpSock, bw: number): void {
    if (this.lt_bw !== 0) {
      const diff = Math.abs(bw - this.lt_bw);
      if (diff <= LT_BW_RATIO * this.lt_bw || diff * sk.mss_cache * 1e6 <= LT_BW_DIFF) {
        this.lt_bw = (bw + this.lt_bw) / 2;
        this.lt_use_bw = true;
        this.pacing_gain = 1;
        this.lt_rtt_cnt = 0;
        return;
      }
    }
    this.lt_bw = bw;
    this.reset_lt_interval(sk);
  }
}
