/**
 * The settings that TCP heeds, looked up once.
 *
 * @module
 */
import type { Setting, Sysctl } from "../sysctl.ts";

/** One {@link Setting} for each `net.ipv4.tcp_*` that TCP reads, under the name without its prefix. */
export type TcpConfig = { readonly [Name in (typeof NAMES)[number]]: Setting };

const NAMES = [
  "abort_on_overflow",
  "adv_win_scale",
  "app_win",
  "autocorking",
  "base_mss",
  "challenge_ack_limit",
  "comp_sack_delay_ns",
  "comp_sack_nr",
  "congestion_control",
  "dsack",
  "early_retrans",
  "ecn",
  "ecn_fallback",
  "fastopen",
  "fastopen_blackhole_timeout_sec",
  "fastopen_key",
  "fin_timeout",
  "frto",
  "invalid_ratelimit",
  "keepalive_intvl",
  "keepalive_probes",
  "keepalive_time",
  "limit_output_bytes",
  "max_orphans",
  "max_syn_backlog",
  "max_tw_buckets",
  "min_snd_mss",
  "min_tso_segs",
  "moderate_rcvbuf",
  "mtu_probe_floor",
  "mtu_probing",
  "no_metrics_save",
  "notsent_lowat",
  "orphan_retries",
  "pacing_ca_ratio",
  "pacing_ss_ratio",
  "probe_interval",
  "probe_threshold",
  "reflect_tos",
  "retries1",
  "retries2",
  "rfc1337",
  "rmem",
  "rto_max_ms",
  "rto_min_us",
  "sack",
  "shrink_window",
  "slow_start_after_idle",
  "stdurg",
  "syn_linear_timeouts",
  "syn_retries",
  "synack_retries",
  "syncookies",
  "thin_linear_timeouts",
  "timestamps",
  "tso_rtt_log",
  "tso_win_divisor",
  "tw_reuse",
  "tw_reuse_delay",
  "window_scaling",
  "wmem",
  "workaround_signed_windows",
] as const;

/** Looks the settings up. */
export function tcpConfig(sysctl: Sysctl): TcpConfig {
  const entries = NAMES.map((name) => [name, sysctl.entry(`net.ipv4.tcp_${name}`)] as const);
  return Object.fromEntries(entries) as { [Name in (typeof NAMES)[number]]: Setting };
}
