/**
 * What is remembered of a peer between connections (`tcp_metrics`): RTT, window, reordering, Fast Open cookies.
 *
 * @module
 */
import { TCP_CA_Open } from "../../abi/tcp_constants.ts";
import type { IpAddress } from "../wire/address.ts";
import type { FastopenCookie } from "./fastopen_cookie.ts";
import { TCP_TIMEOUT_FALLBACK } from "./constants.ts";
import { tcp_rto_min } from "./rtt.ts";
import type { TcpSock } from "./state.ts";

/** Peers remembered at most. */
const MAX_ENTRIES = 1024;
/** How long an entry's numbers are believed, µs. */
const TCP_METRICS_TIMEOUT = 3600e6;

/** One peer's entry. Times in µs. */
export interface MetricsEntry {
  stamp: number;
  rtt: number;
  rttvar: number;
  ssthresh: number;
  cwnd: number;
  reordering: number;
  fastopen_mss: number;
  /** SYNs with data that were lost in a row, and when the last was. */
  fastopen_syn_loss: number;
  fastopen_last_syn_loss: number;
  fastopen_try_exp: number;
  fastopen_cookie: FastopenCookie;
}

/** The table of one stack. */
export class TcpMetrics {
  private readonly entries = new Map<string, MetricsEntry>();

  /** The entry of a pair of addresses; with `create` made if there is none. */
  get(source: IpAddress, destination: IpAddress, create: boolean): MetricsEntry | undefined {
    const key = `${source.key} ${destination.key}`;
    const found = this.entries.get(key);
    if (found !== undefined || !create) return found;
    if (this.entries.size >= MAX_ENTRIES) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    const entry: MetricsEntry = {
      stamp: 0,
      rtt: 0,
      rttvar: 0,
      ssthresh: 0,
      cwnd: 0,
      reordering: 0,
      fastopen_mss: 0,
      fastopen_syn_loss: 0,
      fastopen_last_syn_loss: 0,
      fastopen_try_exp: 0,
      fastopen_cookie: { len: 0, exp: false, bytes: new Uint8Array(0) },
    };
    this.entries.set(key, entry);
    return entry;
  }

  /** `ip tcp_metrics flush all`. */
  flush(): void {
    this.entries.clear();
  }

  /** Number of entries. */
  get size(): number {
    return this.entries.size;
  }
}

/** Remembers what a connection that ends learned (`tcp_update_metrics`). */
export function tcp_update_metrics(sk: TcpSock): void {
  const sysctl = sk.tcp.sysctl;
  if (sysctl.no_metrics_save.value !== 0) return;
  if (sk.icsk_backoff !== 0 || sk.srtt_us === 0) {
    // No valid RTT: what is there may be wrong.
    const entry = sk.tcp.metrics.get(sk.saddr, sk.daddr, false);
    if (entry !== undefined) entry.rtt = 0;
    return;
  }
  const entry = sk.tcp.metrics.get(sk.saddr, sk.daddr, true)!;
  const srtt = Math.floor(sk.srtt_us / 8);
  const m = entry.rtt - srtt;
  entry.rtt = m <= 0 || entry.rtt === 0 ? srtt : entry.rtt - Math.floor(m / 8);
  entry.rttvar = Math.max(Math.floor(Math.abs(m) / 2), Math.floor(sk.mdev_us / 4));
  if (sysctl.no_ssthresh_metrics_save.value === 0 && sk.icsk_ca_state === TCP_CA_Open) {
    if (sk.snd_ssthresh < 0x7fffffff) entry.ssthresh = Math.max(sk.snd_cwnd >>> 1, sk.snd_ssthresh);
  }
  if (sk.reordering !== sysctl.reordering.value) entry.reordering = Math.max(entry.reordering, sk.reordering);
  entry.stamp = sk.net.now || 1;
}

/** Starts a connection with what is remembered of the peer (`tcp_init_metrics`). */
export function tcp_init_metrics(sk: TcpSock): void {
  const entry = sk.tcp.metrics.get(sk.saddr, sk.daddr, false);
  const metrics = sk.sk_dst_cache?.metrics;
  let crtt = 0;
  if (metrics?.cwnd !== undefined && metrics.cwnd > 0 && metrics.mtu_lock === true) sk.snd_cwnd_clamp = metrics.cwnd;
  if (entry !== undefined && entry.stamp !== 0 && sk.net.now - entry.stamp < TCP_METRICS_TIMEOUT) {
    if (entry.ssthresh > 0 && sk.tcp.sysctl.no_ssthresh_metrics_save.value === 0) {
      sk.snd_ssthresh = Math.min(entry.ssthresh, sk.snd_cwnd_clamp);
    }
    if (entry.reordering > 0) sk.reordering = entry.reordering;
    crtt = entry.rtt * 8;
  }
  if (metrics?.ssthresh !== undefined && metrics.ssthresh > 0) sk.snd_ssthresh = metrics.ssthresh;
  if (metrics?.reordering !== undefined && metrics.reordering > 0) sk.reordering = metrics.reordering;
  if (crtt > sk.srtt_us) {
    // The handshake's RTT is of small segments: what was measured before sets the RTO.
    const rtt = Math.floor(crtt / 8);
    sk.icsk_rto = rtt + Math.max(2 * rtt, tcp_rto_min(sk));
  } else if (sk.srtt_us === 0) {
    // RFC 6298 section 5.7.
    sk.rttvar_us = TCP_TIMEOUT_FALLBACK;
    sk.mdev_us = sk.mdev_max_us = sk.rttvar_us;
    sk.icsk_rto = TCP_TIMEOUT_FALLBACK;
  }
}
