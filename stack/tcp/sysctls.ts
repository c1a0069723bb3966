/**
 * The settings TCP reads, held as entries so that reading one costs a field access.
 *
 * @module
 */
import type { Setting, Sysctl } from "../sysctl.ts";

/** Every `net.ipv4.tcp_*` setting that this TCP heeds, by Linux's name without the prefix. */
const NAMES = [
  "abort_on_overflow",
  "allowed_congestion_control",
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
  "fin_timeout",
  "frto",
  "invalid_ratelimit",
  "keepalive_intvl",
  "keepalive_probes",
  "keepalive_time",
  "limit_output_bytes",
  "max_orphans",
  "max_reordering",
  "max_syn_backlog",
  "max_tw_buckets",
  "min_rtt_wlen",
  "min_snd_mss",
  "min_tso_segs",
  "moderate_rcvbuf",
  "mtu_probe_floor",
  "mtu_probing",
  "no_metrics_save",
  "no_ssthresh_metrics_save",
  "notsent_lowat",
  "orphan_retries",
  "pacing_ca_ratio",
  "pacing_ss_ratio",
  "pingpong_thresh",
  "probe_interval",
  "probe_threshold",
  "recovery",
  "reordering",
  "retrans_collapse",
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

/** The settings by short name. */
export type TcpSysctls = Readonly<Record<(typeof NAMES)[number], Setting>> & {
  readonly somaxconn: Setting;
  readonly fastopen_key: Setting;
};

/** Looks every setting up once. */
export function tcp_sysctls(sysctl: Sysctl): TcpSysctls {
  const settings: Record<string, Setting> = {};
  for (const name of NAMES) settings[name] = sysctl.entry(`net.ipv4.tcp_${name}`);
  settings.somaxconn = sysctl.entry("net.core.somaxconn");
  settings.fastopen_key = sysctl.entry("net.ipv4.tcp_fastopen_key");
  return settings as unknown as TcpSysctls;
}
