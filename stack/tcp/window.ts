/**
 * The window we advertise: RFC 9293 section 3.8.6, RFC 7323 section 2, as Linux computes it from the receive buffer.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { ICSK_ACK_NOMEM, MAX_TCP_WINDOW, TCP_MAX_WSCALE } from "./constants.ts";
import { tcp_full_space, tcp_receive_window, tcp_space, type TcpSock } from "./state.ts";
import type { Tcp } from "./tcp.ts";

/** Initial window, its largest value and its scale. */
export interface InitialWindow {
  rcv_wnd: number;
  window_clamp: number;
  rcv_wscale: number;
}

/** `value` rounded up to a multiple of the power of two `step`. */
function align(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/**
 * The window to offer in a SYN (`tcp_select_initial_window`).
 *
 * @param space window that the receive buffer makes, octets
 * @param mss segment size to round to
 * @param clamp largest window wanted, 0 for any
 * @param init_rcv_wnd route's limit in segments, 0 for none
 */
export function tcp_select_initial_window(
  tcp: Tcp,
  space: number,
  mss: number,
  clamp: number,
  wscale_ok: boolean,
  init_rcv_wnd: number,
): InitialWindow {
  const sysctl = tcp.sysctl;
  const limit = clamp === 0 ? 65535 * 2 ** TCP_MAX_WSCALE : clamp;
  let room = Math.min(limit, Math.max(space, 0));
  if (room > mss) room -= room % mss;
  let rcv_wnd = sysctl.workaround_signed_windows.value !== 0 ? Math.min(room, MAX_TCP_WINDOW) : room;
  if (init_rcv_wnd > 0) rcv_wnd = Math.min(rcv_wnd, init_rcv_wnd * mss);
  let rcv_wscale = 0;
  if (wscale_ok) {
    const largest = Math.min(
      Math.max(room, sysctl.rmem.vector[2] ?? 0, tcp.net.sysctl.getNumber("net.core.rmem_max")),
      limit,
    );
    rcv_wscale = Math.min(Math.max(Math.floor(Math.log2(largest)) - 15, 0), TCP_MAX_WSCALE);
  }
  return { rcv_wnd, window_clamp: Math.min(65535 * 2 ** rcv_wscale, limit), rcv_wscale };
}

/** The window to offer now, before scaling (`__tcp_select_window`): silly window avoidance included. */
export function __tcp_select_window(sk: TcpSock): number {
  let mss = sk.icsk_ack.rcv_mss;
  let free_space = tcp_space(sk);
  const allowed_space = tcp_full_space(sk);
  const full_space = Math.min(sk.window_clamp, allowed_space);
  const scale = 2 ** sk.rx_opt.rcv_wscale;
  if (mss > full_space) {
    mss = full_space;
    if (mss <= 0) return 0;
  }
  if (sk.tcp.sysctl.shrink_window.value !== 0 && sk.rx_opt.rcv_wscale !== 0) {
    // The window may shrink: offer what is free, rounded so that scaling loses nothing.
    free_space = Math.floor(free_space / scale) * scale;
    if (free_space < full_space >> 1) sk.icsk_ack.quick = 0;
    if (free_space < allowed_space >> 4 || free_space < mss) return 0;
    return Math.floor(Math.min(free_space, sk.rcv_ssthresh) / scale) * scale;
  }
  if (free_space < full_space >> 1) {
    sk.icsk_ack.quick = 0;
    free_space = Math.floor(free_space / scale) * scale;
    if (free_space < allowed_space >> 4 || free_space < mss) return 0;
  }
  if (free_space > sk.rcv_ssthresh) free_space = sk.rcv_ssthresh;
  if (sk.rx_opt.rcv_wscale !== 0) return align(free_space, scale);
  const window = sk.rcv_wnd;
  if (window <= free_space - mss || window > free_space) return free_space - free_space % mss;
  if (mss === full_space && free_space > window + (full_space >> 1)) return free_space;
  return window;
}

/** Chooses the window of an outgoing segment, remembers it, and returns the header field (`tcp_select_window`). */
export function tcp_select_window(sk: TcpSock): number {
  const mib = sk.net.mib;
  const old_win = sk.rcv_wnd;
  if (sk.icsk_ack.pending & ICSK_ACK_NOMEM) {
    sk.rcv_wnd = 0;
    sk.rcv_wup = sk.rcv_nxt;
    return 0;
  }
  const cur_win = tcp_receive_window(sk);
  let new_win = __tcp_select_window(sk);
  if (new_win < cur_win && (sk.tcp.sysctl.shrink_window.value === 0 || sk.rx_opt.rcv_wscale === 0)) {
    // A window once offered is never taken back (RFC 9293 SHLD-14).
    if (new_win === 0) mib.inc(Counter.TcpExtTCPWantZeroWindowAdv);
    new_win = align(cur_win, 2 ** sk.rx_opt.rcv_wscale);
  }
  sk.rcv_wnd = new_win;
  sk.rcv_wup = sk.rcv_nxt;
  new_win = sk.rx_opt.rcv_wscale === 0 && sk.tcp.sysctl.workaround_signed_windows.value !== 0
    ? Math.min(new_win, MAX_TCP_WINDOW)
    : Math.min(new_win, 65535 * 2 ** sk.rx_opt.rcv_wscale);
  const field = Math.floor(new_win / 2 ** sk.rx_opt.rcv_wscale);
  if (field === 0 && old_win !== 0) mib.inc(Counter.TcpExtTCPToZeroWindowAdv);
  else if (field !== 0 && old_win === 0) mib.inc(Counter.TcpExtTCPFromZeroWindowAdv);
  return field;
}
