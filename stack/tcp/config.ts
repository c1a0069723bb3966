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
  "base_mss",
  "challenge_ack_limit",
  "congestion_control",
  "dsack",
  "early_demux",
  "ecn",
  "ecn_fallback",
  "fastopen",
  "fastopen_key",
  "fin_timeout",
  "invalid_ratelimit",
  "keepalive_intvl",
  "keepalive_probes",
  "keepalive_time",
  "max_syn_backlog",
  "min_snd_mss",
  "min_tso_segs",
  "moderate_rcvbuf",
  "mtu_probe_floor",
  "mtu_probing",
  "notsent_lowat",
  "orphan_retries",
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
  "stdurg",
  "syn_retries",
  "synack_retries",
  "syncookies",
  "thin_linear_timeouts",
  "timestamps",
  "tso_rtt_log",
  "tw_reuse",
  "tw_reuse_delay",
  "window_scaling",
  "wmem",
] as const;

/** Looks the settings up. */
export function tcpConfig(sysctl: Sysctl): TcpConfig {
  const entries = NAMES.map((name) => [name, sysctl.entry(`net.ipv4.tcp_${name}`)] as const);
  return Object.fromEntries(entries) as { [Name in (typeof NAMES)[number]]: Setting };
}
