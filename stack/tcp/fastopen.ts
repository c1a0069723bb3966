/**
 * Fast Open: RFC 7413, client and server.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { TCP_CA_Loss, TCP_LISTEN } from "../../abi/tcp_constants.ts";
import { ICSK_TIME_RETRANS, TCP_TIMEOUT_INIT } from "./constants.ts";
import { fastopen_add_segment } from "./fastopen_child.ts";
import { fastopen_cookie_gen, type FastopenContext, type FastopenCookie } from "./fastopen_cookie.ts";
import { tcp_init_transfer } from "./established.ts";
import { tcp_mark_skb_lost } from "./rack.ts";
import { tcp_enter_loss, tcp_non_congestion_loss_retransmit, tcp_try_undo_recovery } from "./recovery.ts";
import { tcp_rtx_synack, tcp_v4_syn_recv_sock } from "./request.ts";
import type { RequestSock } from "./request_sock.ts";
import type { Segment } from "./segment.ts";
import type { TcpSock } from "./state.ts";
import { tcp_write_err } from "./tcp_state.ts";
import { tcp_rearm_rto, tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** `tcp_fastopen` bits. */
export const TFO = Object.freeze({
  CLIENT_ENABLE: 1,
  SERVER_ENABLE: 2,
  CLIENT_NO_COOKIE: 4,
  SERVER_COOKIE_NOT_REQD: 0x200,
  SERVER_WO_SOCKOPT1: 0x400,
});

/** `tcpi_fastopen_client_fail` values. */
const TFO_COOKIE_UNAVAILABLE = 1;
const TFO_DATA_NOT_ACKED = 2;
const TFO_SYN_RETRANSMITTED = 3;
/** How long a reset request counts against the queue, µs. */
const RST_QUEUE_TIME = 60e6;

// Server.

function context_of(sk: TcpSock): FastopenContext {
  return sk.fastopen_ctx ?? sk.tcp.fastopen_context();
}

/** Whether the queue has room for another child that waits for its handshake. */
function tcp_fastopen_queue_check(sk: TcpSock): boolean {
  if (sk.fastopen_max_qlen === 0) return false;
  if (sk.fastopen_qlen < sk.fastopen_max_qlen) return true;
  const oldest = sk.fastopen_rst_queue[0];
  if (oldest === undefined || oldest.timeout > sk.net.now) {
    sk.net.mib.inc(Counter.TcpExtTCPFastOpenListenOverflow);
    return false;
  }
  sk.fastopen_rst_queue.shift();
  sk.fastopen_qlen--;
  return true;
}

/** Whether a cookie is needed at all. */
function no_cookie(sk: TcpSock, flag: number): boolean {
  return (sk.tcp.sysctl.fastopen.value & flag) !== 0 || sk.fastopen_no_cookie ||
    sk.sk_dst_cache?.metrics.fastopen_no_cookie === true;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Outcome of {@link tcp_try_fastopen}: a child, or a cookie to give, or neither. */
export interface FastopenAttempt {
  readonly child: TcpSock | undefined;
  readonly cookie: FastopenCookie | undefined;
}

const NOTHING: FastopenAttempt = { child: undefined, cookie: undefined };

/** A SYN that may be a Fast Open (`tcp_try_fastopen`). */
export function tcp_try_fastopen(sk: TcpSock, req: RequestSock, seg: Segment): FastopenAttempt {
  const mib = sk.net.mib;
  const { opt, packet } = seg;
  const syn_data = seg.end_seq !== ((seg.seq + 1) >>> 0);
  const len = opt.foc_offset < 0 ? -1 : opt.foc_len;
  if (len === 0) mib.inc(Counter.TcpExtTCPFastOpenCookieReqd);
  if (
    !(sk.tcp.sysctl.fastopen.value & TFO.SERVER_ENABLE) || !(syn_data || len >= 0) || !tcp_fastopen_queue_check(sk)
  ) return NOTHING;
  const context = context_of(sk);
  let matched = 0;
  let valid: FastopenCookie | undefined;
  const generate = (index: number): FastopenCookie => {
    const bytes = fastopen_cookie_gen(req.daddr, req.rcv_saddr, context.keys[index]!);
    return { len: bytes.length, exp: opt.foc_exp, bytes };
  };
  if (!no_cookie(sk, TFO.SERVER_COOKIE_NOT_REQD)) {
    if (len < 0) return NOTHING;
    valid = generate(0);
    if (len === 0) return { child: undefined, cookie: valid };
    const given = packet.bytes.slice(opt.foc_offset, opt.foc_offset + len);
    matched = context.keys.findIndex((_, i) => same(generate(i).bytes, given)) + 1;
    if (matched === 0) {
      mib.inc(Counter.TcpExtTCPFastOpenPassiveFail);
      return { child: undefined, cookie: valid };
    }
  }
  const child = create_child(sk, seg, req);
  if (child === undefined) {
    mib.inc(Counter.TcpExtTCPFastOpenPassiveFail);
    return { child: undefined, cookie: valid };
  }
  mib.inc(Counter.TcpExtTCPFastOpenPassive);
  if (matched <= 1) return { child, cookie: undefined };
  // An old key's cookie still counts; the client gets one of the new key.
  mib.inc(Counter.TcpExtTCPFastOpenPassiveAltKey);
  return { child, cookie: valid };
}

/** The child that gets the SYN's data before its handshake is complete. */
function create_child(listener: TcpSock, seg: Segment, req: RequestSock): TcpSock | undefined {
  const child = tcp_v4_syn_recv_sock(listener, seg, req);
  if (child === undefined) return undefined;
  listener.fastopen_qlen++;
  child.fastopen_rsk = req;
  child.tfo_child = true;
  child.listener = listener;
  // The window of a SYN is never scaled.
  child.snd_wnd = seg.window;
  child.max_window = child.snd_wnd;
  req.timeout = TCP_TIMEOUT_INIT;
  tcp_reset_xmit_timer(child, ICSK_TIME_RETRANS, req.timeout);
  listener.tcp.ehash.insert(child);
  tcp_init_transfer(child);
  child.rcv_nxt = (seg.seq + 1) >>> 0;
  fastopen_add_segment(child, seg);
  req.rcv_nxt = child.rcv_nxt;
  child.rcv_wup = child.rcv_nxt;
  return child;
}

/** The handshake of a Fast Open child is complete (`tcp_rcv_synrecv_state_fastopen`). */
export function tcp_rcv_synrecv_state_fastopen(sk: TcpSock): void {
  if (sk.icsk_ca_state === TCP_CA_Loss && sk.packets_out === 0) tcp_try_undo_recovery(sk);
  sk.retrans_stamp = 0;
  sk.icsk_retransmits = 0;
  reqsk_fastopen_remove(sk, sk.fastopen_rsk!, false);
  tcp_rearm_rto(sk);
}

/** A child no longer waits for its handshake; one that was reset counts against the queue for a while. */
export function reqsk_fastopen_remove(sk: TcpSock, req: RequestSock, reset: boolean): void {
  const { listener } = req;
  sk.fastopen_rsk = undefined;
  req.child = undefined;
  req.tfo_listener = false;
  listener.fastopen_qlen--;
  if (!reset || listener.sk_state !== TCP_LISTEN || listener.accept_queue.includes(sk)) return;
  req.timeout = sk.net.now + RST_QUEUE_TIME;
  listener.fastopen_rst_queue.push(req);
  listener.fastopen_qlen++;
}

/** The SYN+ACK of a Fast Open child is due again (`tcp_fastopen_synack_timer`). */
export function tcp_fastopen_synack_timer(sk: TcpSock, req: RequestSock): void {
  const max_retries = sk.icsk_syn_retries || sk.tcp.sysctl.synack_retries.value + 1;
  if (req.num_timeout >= max_retries) {
    tcp_write_err(sk);
    return;
  }
  if (sk.icsk_retransmits === 1) tcp_enter_loss(sk);
  tcp_rtx_synack(req);
  req.num_timeout++;
  if (sk.icsk_retransmits === 0) {
    sk.total_rto_recoveries++;
    sk.rto_stamp = sk.tcp_time_stamp;
  }
  sk.icsk_retransmits++;
  sk.total_rto++;
  if (sk.retrans_stamp === 0) sk.retrans_stamp = sk.tcp_time_stamp;
  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, req.timeout * 2 ** req.num_timeout);
}

// Client.

/** Fills `cookie` and the MSS from what is remembered of the server; whether data may go with the SYN. */
export function tcp_fastopen_cookie_check(sk: TcpSock, cookie: FastopenCookie): boolean {
  const entry = sk.tcp.metrics.get(sk.saddr, sk.daddr, false);
  if (entry !== undefined) {
    if (entry.fastopen_mss !== 0) sk.rx_opt.mss_clamp = entry.fastopen_mss;
    cookie.len = entry.fastopen_cookie.len;
    cookie.exp = entry.fastopen_cookie.exp;
    cookie.bytes = entry.fastopen_cookie.bytes;
    if (cookie.len <= 0 && entry.fastopen_try_exp === 1) cookie.exp = true;
  }
  if (tcp_fastopen_active_should_disable(sk)) {
    cookie.len = -1;
    return false;
  }
  if (no_cookie(sk, TFO.CLIENT_NO_COOKIE)) {
    cookie.len = -1;
    return true;
  }
  if (cookie.len > 0) return true;
  sk.fastopen_client_fail = TFO_COOKIE_UNAVAILABLE;
  return false;
}

/** With TCP_FASTOPEN_CONNECT and a cookie, the SYN waits for the first write. */
export function tcp_fastopen_defer_connect(sk: TcpSock): boolean {
  if (!sk.fastopen_connect || sk.fastopen_req !== undefined) return false;
  const cookie: FastopenCookie = { len: 0, exp: false, bytes: new Uint8Array(0) };
  const clamp = sk.rx_opt.mss_clamp;
  const usable = tcp_fastopen_cookie_check(sk, cookie);
  sk.rx_opt.mss_clamp = clamp;
  if (usable) {
    sk.defer_connect = true;
    return true;
  }
  // So that the SYN asks for a cookie.
  sk.fastopen_req = { cookie, data: new Uint8Array(0), copied: 0 };
  return false;
}

/** The MSS that a SYN+ACK announced, whatever the program's own limit. */
function synack_mss(sk: TcpSock, seg: Segment): number {
  const clamp = sk.rx_opt.mss_clamp;
  return clamp === sk.rx_opt.user_mss ? seg.opt.mss_clamp : clamp;
}

/** The SYN+ACK of a client's Fast Open; true when data must be sent again (`tcp_rcv_fastopen_synack`). */
export function tcp_rcv_fastopen_synack(sk: TcpSock, seg: Segment): boolean {
  const mib = sk.net.mib;
  const data = sk.syn_data ? sk.rtx_queue.head : undefined;
  const { opt } = seg;
  let len = opt.foc_offset < 0 ? -1 : opt.foc_len;
  let syn_drop = false;
  let try_exp = 0;
  if (!sk.syn_fastopen) len = -1;
  else if (sk.total_retrans !== 0) syn_drop = len < 0 && data !== undefined;
  else if (len < 0 && !sk.syn_data) try_exp = sk.syn_fastopen_exp ? 2 : 1;
  cache_set(sk, synack_mss(sk, seg), seg, len, syn_drop, try_exp);
  if (data !== undefined) {
    sk.fastopen_client_fail = sk.total_retrans !== 0 ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
    for (let skb: typeof data | undefined = data; skb !== undefined; skb = skb.next) tcp_mark_skb_lost(sk, skb);
    tcp_non_congestion_loss_retransmit(sk);
    mib.inc(Counter.TcpExtTCPFastOpenActiveFail);
    return true;
  }
  sk.syn_data_acked = sk.syn_data;
  if (sk.syn_data_acked) {
    mib.inc(Counter.TcpExtTCPFastOpenActive);
    // SYN and data were one packet.
    if (sk.delivered > 1) sk.delivered--;
  }
  fastopen_add_segment(sk, seg);
  return false;
}

/** Remembers what a SYN+ACK said of the server's Fast Open. */
function cache_set(sk: TcpSock, mss: number, seg: Segment, len: number, syn_lost: boolean, try_exp: number): void {
  const entry = sk.tcp.metrics.get(sk.saddr, sk.daddr, true)!;
  if (mss !== 0) entry.fastopen_mss = mss;
  if (len > 0) {
    const bytes = seg.packet.bytes.slice(seg.opt.foc_offset, seg.opt.foc_offset + len);
    entry.fastopen_cookie = { len, exp: seg.opt.foc_exp, bytes };
  } else if (try_exp > entry.fastopen_try_exp && entry.fastopen_cookie.len <= 0 && !entry.fastopen_cookie.exp) {
    entry.fastopen_try_exp = try_exp;
  }
  if (syn_lost) {
    entry.fastopen_syn_loss++;
    entry.fastopen_last_syn_loss = sk.net.now;
  } else entry.fastopen_syn_loss = 0;
}

/** Something on the path swallows Fast Open: stay away from it for a while. */
export function tcp_fastopen_active_disable(sk: TcpSock): void {
  if (sk.tcp.sysctl.fastopen_blackhole_timeout_sec.value === 0) return;
  sk.tcp.tfo_active_disable_times++;
  sk.tcp.tfo_active_disable_stamp = sk.net.now;
  sk.net.mib.inc(Counter.TcpExtTCPFastOpenBlackhole);
}

function tcp_fastopen_active_should_disable(sk: TcpSock): boolean {
  const times = sk.tcp.tfo_active_disable_times;
  if (times === 0) return false;
  const timeout = 2 ** Math.min(times - 1, 6) * sk.tcp.sysctl.fastopen_blackhole_timeout_sec.value * 1e6;
  if (sk.net.now < sk.tcp.tfo_active_disable_stamp + timeout) return true;
  sk.syn_fastopen_ch = true;
  return false;
}

/** Repeated timeouts of a Fast Open connection look like a black hole. */
export function tcp_fastopen_active_detect_blackhole(sk: TcpSock, expired: boolean): void {
  const timeouts = sk.icsk_retransmits;
  if (
    (sk.syn_fastopen || sk.syn_data || sk.syn_data_acked) && (timeouts === 2 || (timeouts < 2 && expired))
  ) tcp_fastopen_active_disable(sk);
}
