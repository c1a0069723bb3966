/**
 * Segment sizes: RFC 9293 section 3.7.1, path MTU, and the size of super-segments.
 *
 * @module
 */
import { MAX_TCP_HEADER, TCP_MSS_DEFAULT } from "./constants.ts";
import { tcp_established_options_size } from "./options.ts";
import type { TcpSock } from "./state.ts";

/** Length of the IP header on the wire, without options. */
export function net_header_len(sk: TcpSock): number {
  return sk.wire_family === 4 ? 20 : 40;
}

/** MSS, without TCP options, that `pmtu` leaves. */
function mtu_to_mss_without_options(sk: TcpSock, pmtu: number): number {
  let mss = pmtu - net_header_len(sk) - 20;
  if (mss > sk.rx_opt.mss_clamp) mss = sk.rx_opt.mss_clamp;
  mss -= sk.icsk_ext_hdr_len;
  return Math.max(mss, sk.tcp.sysctl.min_snd_mss.value);
}

/** MSS that a path MTU of `pmtu` leaves. */
export function tcp_mtu_to_mss(sk: TcpSock, pmtu: number): number {
  return mtu_to_mss_without_options(sk, pmtu) - (sk.tcp_header_len - 20);
}

/** Path MTU that an MSS needs. */
export function tcp_mss_to_mtu(sk: TcpSock, mss: number): number {
  return mss + sk.tcp_header_len + sk.icsk_ext_hdr_len + net_header_len(sk);
}

/** At most half the largest window the peer granted, so that there are always two segments (RFC 9293 section 3.8.6.2.1). */
export function tcp_bound_to_half_wnd(sk: TcpSock, size: number): number {
  const cutoff = sk.max_window > TCP_MSS_DEFAULT ? sk.max_window >>> 1 : sk.max_window;
  return cutoff !== 0 && size > cutoff ? Math.max(cutoff, 68 - sk.tcp_header_len) : size;
}

/** Recomputes the MSS for a path MTU. */
export function tcp_sync_mss(sk: TcpSock, pmtu: number): number {
  const mtup = sk.icsk_mtup;
  if (mtup.search_high > pmtu) mtup.search_high = pmtu;
  let mss = tcp_bound_to_half_wnd(sk, tcp_mtu_to_mss(sk, pmtu));
  sk.icsk_pmtu_cookie = pmtu;
  if (mtup.enabled) mss = Math.min(mss, tcp_mtu_to_mss(sk, mtup.search_low));
  sk.mss_cache = mss;
  return mss;
}

/** The MSS for the next segment, after the options that it will have. */
export function tcp_current_mss(sk: TcpSock): number {
  let mss = sk.mss_cache;
  const route = sk.sk_dst_check();
  if (route !== undefined) {
    const mtu = route.mtu();
    if (mtu !== sk.icsk_pmtu_cookie) mss = tcp_sync_mss(sk, mtu);
  }
  const header_len = tcp_established_options_size(sk) + 20;
  return header_len === sk.tcp_header_len ? mss : mss - (header_len - sk.tcp_header_len);
}

/** Payload for which data is gathered in one skb. */
export function tcp_xmit_size_goal(sk: TcpSock, mss: number, large_allowed: boolean): number {
  if (!large_allowed) return mss;
  const wanted = tcp_bound_to_half_wnd(sk, sk.sk_gso_max_size);
  let goal = sk.gso_segs * mss;
  if (wanted < goal || wanted >= goal + mss) {
    sk.gso_segs = Math.min(Math.floor(wanted / mss), sk.sk_gso_max_segs);
    goal = sk.gso_segs * mss;
  }
  return Math.max(goal, mss);
}

/** The MSS to advertise: the route's, and never more than before. */
export function tcp_advertise_mss(sk: TcpSock): number {
  const route = sk.sk_dst_check();
  if (route !== undefined) {
    const metric = route.advmss();
    if (metric < sk.advmss) sk.advmss = metric;
  }
  return sk.advmss;
}

/** The MSS that a program asked for caps the route's (`tcp_mss_clamp`). */
export function tcp_mss_clamp(user_mss: number, mss: number): number {
  return user_mss !== 0 && user_mss < mss ? user_mss : mss;
}

/** Takes what the route and its device allow (`sk_setup_caps`). */
export function sk_setup_caps(sk: TcpSock): void {
  const route = sk.sk_dst_cache;
  if (route === undefined) return;
  const device = route.device.gso_max_size > 0 ? route.device.gso_max_size : 65536;
  sk.sk_gso_max_size = device - (MAX_TCP_HEADER + 1);
  sk.sk_gso_max_segs = 65535;
}

/** Starts packetization-layer path MTU discovery if it is on (`tcp_mtup_init`). */
export function tcp_mtup_init(sk: TcpSock): void {
  const mtup = sk.icsk_mtup;
  mtup.enabled = sk.tcp.sysctl.mtu_probing.value > 1;
  mtup.search_high = sk.rx_opt.mss_clamp + 20 + net_header_len(sk);
  mtup.search_low = tcp_mss_to_mtu(sk, sk.tcp.sysctl.base_mss.value);
  mtup.probe_size = 0;
  if (mtup.enabled) mtup.probe_timestamp = sk.jiffies;
}
