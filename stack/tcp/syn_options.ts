/**
 * Options of SYN and SYN+ACK.
 *
 * @module
 */
import { TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { TCPHDR_ACK } from "./constants.ts";
import { tcp_advertise_mss } from "./mss.ts";
import { type OutOptions, TCPOLEN_MD5SIG_ALIGNED } from "./options.ts";
import type { FastopenCookie } from "./fastopen_cookie.ts";
import type { RequestSock } from "./request_sock.ts";
import type { TcpSkb } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** Options of a connection's own SYN, and of the SYN+ACK of a simultaneous open (`tcp_syn_options`). */
export function tcp_syn_options(sk: TcpSock, skb: TcpSkb | undefined, out: OutOptions): void {
  const sysctl = sk.tcp.sysctl;
  out.reset();
  out.md5 = sk.md5_keys?.find(sk) !== undefined;
  if (out.md5) out.size += TCPOLEN_MD5SIG_ALIGNED;
  out.mss = tcp_advertise_mss(sk);
  out.size += 4;
  // An MD5 signature leaves no room for timestamps.
  if (sysctl.timestamps.value !== 0 && !out.md5) {
    out.ts = true;
    out.tsval = (sk.tcp_time_stamp + sk.tsoffset) >>> 0;
    out.tsecr = sk.rx_opt.ts_recent;
    out.size += 12;
  }
  if (sysctl.window_scaling.value !== 0) {
    out.ws = sk.rx_opt.rcv_wscale;
    out.size += 4;
  }
  if (sysctl.sack.value !== 0) {
    out.sack_advertise = true;
    if (!out.ts) out.size += 4;
  }
  const request = sk.fastopen_req;
  if (request !== undefined && sk.sk_state === TCP_SYN_SENT && request.cookie.len >= 0 && !fallback(skb)) {
    if (out.fastopen(request.cookie)) {
      sk.syn_fastopen = true;
      sk.syn_fastopen_exp = request.cookie.exp;
    }
  }
}

/** A SYN that is retransmitted carries no cookie: fastopen_req is gone by then; a SYN+ACK never does. */
function fallback(skb: TcpSkb | undefined): boolean {
  return skb !== undefined && (skb.tcp_flags & TCPHDR_ACK) !== 0;
}

/** Options of the SYN+ACK for a request (`tcp_synack_options`). */
export function tcp_synack_options(
  req: RequestSock,
  mss: number,
  tsval: number,
  cookie: FastopenCookie | undefined,
  md5: boolean,
  out: OutOptions,
): void {
  out.reset();
  if (md5) {
    out.md5 = true;
    out.size += TCPOLEN_MD5SIG_ALIGNED;
    // There is no room for all.
    if (req.sack_ok) req.tstamp_ok = false;
  }
  out.mss = mss;
  out.size += 4;
  if (req.wscale_ok) {
    out.ws = req.rcv_wscale;
    out.size += 4;
  }
  if (req.tstamp_ok) {
    out.ts = true;
    out.tsval = tsval;
    out.tsecr = req.ts_recent;
    out.size += 12;
  }
  if (req.sack_ok) {
    out.sack_advertise = true;
    if (!req.tstamp_ok) out.size += 4;
  }
  out.fastopen(cookie);
}
