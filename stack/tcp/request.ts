/**
 * Passive open: requests, SYN+ACKs and their retransmission, the child that an ACK makes (RFC 9293 section 3.10.7.2 and
 * the SYN-RECEIVED state), SYN cookies.
 *
 * @module
 */
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { POLLIN, POLLRDNORM } from "../../abi/file_constants.ts";
import { Counter } from "../mib.ts";
import { TCP_SYN_RECV } from "../../abi/tcp_constants.ts";
import { IpAddress } from "../wire/address.ts";
import { after } from "../wire/seq.ts";
import {
  setAcknowledgmentNumber,
  setDestinationPort,
  setHeaderLengthAndFlags,
  setSequenceNumber,
  setSourcePort,
  setWindow,
} from "../wire/tcp.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { tcp_oow_rate_limited } from "./challenge.ts";
import {
  FLAG_SYN_ACKED,
  SOCK_RCVBUF_LOCK,
  TCP_ECN_OK,
  TCP_INFINITE_SSTHRESH,
  TCP_INIT_CWND,
  TCP_MSS_DEFAULT,
  TCP_TIMEOUT_INIT,
  TCPHDR_ACK,
  TCPHDR_CWR,
  TCPHDR_ECE,
  TCPHDR_SYN,
} from "./constants.ts";
import { cookie_check, cookie_init_sequence } from "./syncookies.ts";
import { reqsk_fastopen_remove, tcp_try_fastopen } from "./fastopen.ts";
import type { FastopenCookie } from "./fastopen_cookie.ts";
import { tcp_reset } from "./input.ts";
import { sk_setup_caps, tcp_mss_clamp, tcp_sync_mss } from "./mss.ts";
import { OutOptions, tcp_options_write } from "./options.ts";
import { tcp_initialize_rcv_mss } from "./rcvbuf.ts";
import { RateSample } from "./rate.ts";
import { tcp_ack_update_rtt } from "./rtt.ts";
import { RequestSock } from "./request_sock.ts";
import type { Segment } from "./segment.ts";
import { tcp_full_space, type TcpSock } from "./state.ts";
import { tcp_synack_options } from "./syn_options.ts";
import { tcp_in_window } from "./timewait.ts";
import { tcp_paws_reject } from "./timestamps.ts";
import { tcp_keepalive_time_when, tcp_reset_keepalive_timer } from "./timers.ts";
import { tcp_send_check } from "./transmit.ts";
import { tcp_select_initial_window } from "./window.ts";
import type { Route } from "../ip/interface.ts";

const options = new OutOptions();

/** Looks up the route of answers to a request. */
function route_req(req: RequestSock): Route | number {
  return req.listener.tcp.ip.route_output({
    family: req.daddr.family,
    destination: req.daddr,
    source: req.rcv_saddr,
    oif: req.sk_bound_dev_if,
    tos: req.listener.tos,
    mark: req.mark,
  });
}

/** Sends the SYN+ACK of a request; `cookie` goes with it. 0 or `-errno` (`tcp_v4_send_synack`, `tcp_make_synack`). */
export function tcp_send_synack(req: RequestSock, cookie: FastopenCookie | undefined, first: boolean): number {
  const { listener } = req;
  const { tcp } = listener;
  const route = route_req(req);
  if (typeof route === "number") return route;
  const tsval = (tcp.time_stamp + req.ts_off) >>> 0;
  const md5 = listener.md5_keys?.lookup(req.daddr) !== undefined;
  const mss = tcp_mss_clamp(listener.rx_opt.user_mss, route.advmss());
  tcp_synack_options(req, mss, tsval, cookie, md5, options);
  if (first) {
    req.snt_tsval_first = tsval;
    req.snt_synack = tcp.net.now;
  }
  req.snt_tsval_last = tsval;
  const header = 20 + options.size;
  const packet = PacketBuffer.allocate(header, MAX_HEADER);
  const { bytes, data } = packet;
  packet.transport_header = data;
  packet.family = req.daddr.family;
  packet.protocol = IPPROTO_TCP;
  packet.priority = listener.so.priority;
  packet.mark = req.mark;
  setSourcePort(bytes, data, req.num);
  setDestinationPort(bytes, data, req.dport);
  setSequenceNumber(bytes, data, req.snt_isn);
  setAcknowledgmentNumber(bytes, data, req.rcv_nxt);
  setWindow(bytes, data, Math.min(req.rsk_rcv_wnd, 65535));
  setHeaderLengthAndFlags(bytes, data, header, TCPHDR_SYN | TCPHDR_ACK | (req.ecn_ok ? TCPHDR_ECE : 0));
  const md5_at = tcp_options_write(bytes, data + 20, options, undefined);
  if (md5_at >= 0) listener.md5_keys!.sign_for(req.rcv_saddr, req.daddr, packet, md5_at);
  tcp.net.mib.inc(Counter.TcpOutSegs);
  const xmit = listener.xmit_options;
  xmit.fill_for(listener, req.rcv_saddr, req.daddr, route);
  tcp_send_check(packet, req.rcv_saddr, req.daddr);
  return tcp.ip.queue_xmit(packet, route, xmit);
}

/** Retransmits the SYN+ACK (`tcp_rtx_synack`). */
export function tcp_rtx_synack(req: RequestSock): number {
  const error = tcp_send_synack(req, undefined, false);
  if (error !== 0) return error;
  const mib = req.listener.net.mib;
  mib.inc(Counter.TcpRetransSegs);
  mib.inc(Counter.TcpExtTCPSynRetrans);
  req.num_retrans++;
  if (req.child !== undefined) req.child.total_retrans++;
  return 0;
}

/** Time to the next retransmission, µs. */
export function reqsk_timeout(req: RequestSock): number {
  return Math.min(req.timeout * 2 ** req.num_timeout, req.listener.icsk_rto_max);
}

/** The request's timer went off (`reqsk_timer_handler`). */
function reqsk_timer_handler(req: RequestSock): void {
  const { listener } = req;
  const sysctl = listener.tcp.sysctl;
  const max_retries = listener.icsk_syn_retries || sysctl.synack_retries.value;
  const defer = listener.rskq_defer_accept;
  let expire = req.num_timeout >= max_retries;
  let resend = true;
  if (defer !== 0) {
    expire = req.num_timeout >= max_retries && (!req.acked || req.num_timeout >= defer);
    resend = !req.acked || req.num_timeout >= defer - 1;
  }
  listener.net.mib.inc(Counter.TcpExtTCPTimeouts);
  if (!expire && (!resend || tcp_rtx_synack(req) === 0 || req.acked)) {
    if (req.num_timeout++ === 0) listener.qlen_young--;
    req.timer!.arm(listener.net.now + reqsk_timeout(req));
    return;
  }
  reqsk_queue_drop(req);
}

/** Takes a request out of its listener's queue. */
export function reqsk_queue_removed(req: RequestSock): void {
  const { listener } = req;
  req.timer?.cancel();
  listener.tcp.ehash.remove(req);
  if (!listener.requests.delete(req)) return;
  if (req.num_timeout === 0) listener.qlen_young--;
  listener.qlen--;
}

/** Forgets a request. */
export function reqsk_queue_drop(req: RequestSock): void {
  reqsk_queue_removed(req);
}

/** Adds a request to its listener's queue and starts its timer. */
function reqsk_queue_hash_add(req: RequestSock): void {
  const { listener } = req;
  listener.qlen++;
  listener.qlen_young++;
  listener.requests.add(req);
  listener.tcp.ehash.insert(req);
  req.timer = listener.net.timers.create("tcp request", () => reqsk_timer_handler(req));
  req.timer.arm(listener.net.now + req.timeout);
}

/** Whether no more connections may wait for accept. */
export function sk_acceptq_is_full(sk: TcpSock): boolean {
  return sk.accept_queue.length > sk.sk_max_ack_backlog;
}

/** Fills a request from a SYN. */
function openreq_init(listener: TcpSock, seg: Segment): RequestSock {
  const { packet, opt } = seg;
  const { sysctl } = listener.tcp;
  const req = new RequestSock(listener);
  const family = packet.family;
  const ip = packet.network_header;
  req.daddr = IpAddress.from(packet.bytes, ip + (family === 4 ? 12 : 8), family);
  req.rcv_saddr = IpAddress.from(packet.bytes, ip + (family === 4 ? 16 : 24), family);
  req.num = listener.num;
  req.dport = (packet.bytes[packet.data]! << 8) | packet.bytes[packet.data + 1]!;
  req.sk_bound_dev_if = listener.sk_bound_dev_if ||
    (req.daddr.isLinkLocal && family === 6 ? packet.device?.ifindex ?? 0 : 0);
  req.rcv_isn = seg.seq;
  req.rcv_nxt = (seg.seq + 1) >>> 0;
  const user_mss = listener.rx_opt.user_mss;
  const default_mss = family === 4 ? TCP_MSS_DEFAULT : 1220;
  req.mss = opt.mss_clamp === 0 ? default_mss : opt.mss_clamp;
  if (user_mss !== 0 && user_mss < req.mss) req.mss = user_mss;
  req.tstamp_ok = opt.saw_tstamp && sysctl.timestamps.value !== 0;
  req.ts_recent = req.tstamp_ok ? opt.rcv_tsval : 0;
  req.sack_ok = opt.sack_ok && sysctl.sack.value !== 0;
  req.wscale_ok = opt.wscale_ok && sysctl.window_scaling.value !== 0;
  req.snd_wscale = req.wscale_ok ? opt.snd_wscale : 0;
  req.timeout = TCP_TIMEOUT_INIT;
  req.mark = listener.so.mark;
  req.syn_tos = seg.ip_dsfield;
  return req;
}

/** ECN as a SYN offers it and the settings allow (`tcp_ecn_create_request`). */
function ecn_create_request(req: RequestSock, seg: Segment, route: Route): void {
  const { sysctl } = req.listener.tcp;
  if (!(seg.flags & TCPHDR_ECE) || !(seg.flags & TCPHDR_CWR)) return;
  // ECT on a SYN is not allowed by RFC 3168: something on the path sets it.
  const ect = (seg.ip_dsfield & 3) !== 0;
  const wanted = sysctl.ecn.value !== 0 || route.metrics.features_ecn === true;
  if ((!ect && wanted) || req.listener.icsk_ca?.needs_ecn) req.ecn_ok = true;
}

/** The window that a SYN+ACK offers. */
export function openreq_init_rwin(req: RequestSock, route: Route): void {
  const { listener } = req;
  const mss = tcp_mss_clamp(listener.rx_opt.user_mss, route.advmss());
  let full_space = tcp_full_space(listener);
  let clamp = listener.window_clamp;
  if (listener.sk_userlocks & SOCK_RCVBUF_LOCK && (clamp > full_space || clamp === 0)) clamp = full_space;
  const init = route.metrics.initrwnd ?? 0;
  if (init > 0 && full_space < init * mss) full_space = init * mss;
  const initial = tcp_select_initial_window(
    listener.tcp,
    full_space,
    mss - (req.tstamp_ok ? 12 : 0),
    clamp,
    req.wscale_ok,
    init,
  );
  req.rsk_rcv_wnd = initial.rcv_wnd;
  req.rsk_window_clamp = initial.window_clamp;
  req.rcv_wscale = initial.rcv_wscale;
}

/** A SYN for a listener (`tcp_conn_request`). */
export function tcp_conn_request(listener: TcpSock, seg: Segment): void {
  const { tcp } = listener;
  const { sysctl } = tcp;
  const mib = tcp.net.mib;
  const syncookies = sysctl.syncookies.value;
  let want_cookie = false;
  if (syncookies === 2 || listener.qlen >= listener.sk_max_ack_backlog) {
    want_cookie = syncookies !== 0;
    mib.inc(want_cookie ? Counter.TcpExtTCPReqQFullDoCookies : Counter.TcpExtTCPReqQFullDrop);
    if (!want_cookie) {
      mib.inc(Counter.TcpExtListenDrops);
      return;
    }
  }
  if (sk_acceptq_is_full(listener)) {
    mib.inc(Counter.TcpExtListenOverflows);
    mib.inc(Counter.TcpExtListenDrops);
    return;
  }
  const req = openreq_init(listener, seg);
  if (want_cookie && !req.tstamp_ok) {
    // Without timestamps there is nowhere to keep options.
    req.sack_ok = req.wscale_ok = false;
    req.snd_wscale = 0;
  }
  const route = route_req(req);
  if (typeof route === "number") {
    mib.inc(Counter.TcpExtListenDrops);
    return;
  }
  req.ts_off = sysctl.timestamps.value === 1 && req.tstamp_ok
    ? tcp.secrets.timestamp_offset(req.rcv_saddr, req.daddr)
    : 0;
  const max_backlog = sysctl.max_syn_backlog.value;
  if (!want_cookie && syncookies === 0 && max_backlog - listener.qlen < max_backlog >> 2) {
    mib.inc(Counter.TcpExtListenDrops);
    return;
  }
  req.snt_isn = tcp.secrets.isn(req.rcv_saddr, req.daddr, req.num, req.dport, tcp.net.now);
  ecn_create_request(req, seg, route);
  if (want_cookie) {
    req.snt_isn = cookie_init_sequence(req);
    if (!req.tstamp_ok) req.ecn_ok = false;
  }
  openreq_init_rwin(req, route);
  if (want_cookie) {
    if (req.tstamp_ok) req.ts_off = tcp.cookies.timestamp_offset(req);
    mib.inc(Counter.TcpExtSyncookiesSent);
    tcp.last_synq_overflow = tcp.net.now;
    tcp_send_synack(req, undefined, true);
    return;
  }
  if (listener.save_syn !== 0) {
    req.saved_syn = seg.packet.bytes.slice(seg.packet.network_header, seg.payload);
  }
  const attempt = tcp_try_fastopen(listener, req, seg);
  if (attempt.child !== undefined) {
    req.tfo_listener = true;
    req.child = attempt.child;
    tcp_send_synack(req, attempt.cookie, true);
    listener.accept_queue.push(attempt.child);
    listener.wait.wake(POLLIN | POLLRDNORM);
    return;
  }
  reqsk_queue_hash_add(req);
  tcp_send_synack(req, attempt.cookie, true);
}

/** Sends an ACK for a request: a segment came that was not acceptable (`tcp_v4_reqsk_send_ack`). */
function reqsk_send_ack(req: RequestSock): void {
  const { tcp } = req.listener;
  const window = Math.floor(req.rsk_rcv_wnd / 2 ** (req.wscale_ok ? req.rcv_wscale : 0));
  tcp.send_bare({
    local: req.rcv_saddr,
    remote: req.daddr,
    num: req.num,
    dport: req.dport,
    seq: req.child !== undefined ? req.child.snd_nxt : (req.snt_isn + 1) >>> 0,
    ack: req.rcv_nxt,
    flags: TCPHDR_ACK,
    window: Math.min(window, 65535),
    ts: req.tstamp_ok ? { val: (tcp.time_stamp + req.ts_off) >>> 0, ecr: req.ts_recent } : undefined,
    oif: req.sk_bound_dev_if,
    mark: req.mark,
  });
}

/**
 * A segment for a request (`tcp_check_req`): the socket to go on with (the child; the listener when it must answer with a
 * RST), or `undefined` when the segment is done with. With `fastopen`, `sk` is the child that exists already.
 */
export function tcp_check_req(sk: TcpSock, seg: Segment, req: RequestSock, fastopen: boolean): TcpSock | undefined {
  const { tcp } = sk;
  const mib = sk.net.mib;
  const { opt } = seg;
  let paws_reject = false;
  const saw_tstamp = opt.saw_tstamp && req.tstamp_ok;
  let tsecr_reject = false;
  if (saw_tstamp) {
    if (!fastopen && seg.ack && opt.rcv_tsecr !== 0) {
      tsecr_reject = after(req.snt_tsval_first, opt.rcv_tsecr) || after(opt.rcv_tsecr, req.snt_tsval_last);
    }
    const stamp = tcp.seconds - Math.floor(reqsk_timeout(req) / 1e6);
    paws_reject = tcp_paws_reject(
      { ts_recent: req.ts_recent, ts_recent_stamp: stamp, rcv_tsval: opt.rcv_tsval },
      seg.rst,
      tcp.seconds,
    );
  }
  if (seg.seq === req.rcv_isn && seg.syn && !seg.ack && !seg.rst && !paws_reject) {
    // The SYN again.
    if (!tcp_oow_rate_limited(tcp, seg, Counter.TcpExtTCPACKSkippedSynRecv, req) && tcp_rtx_synack(req) === 0) {
      if (!fastopen) req.timer?.arm(sk.net.now + reqsk_timeout(req));
    }
    return undefined;
  }
  if (seg.ack && !fastopen && seg.ack_seq !== ((req.snt_isn + 1) >>> 0)) return sk;
  const window_end = (req.rcv_nxt + req.rsk_rcv_wnd) >>> 0;
  if (paws_reject || tsecr_reject || !tcp_in_window(seg.seq, seg.end_seq, req.rcv_nxt, window_end)) {
    if (!seg.rst && !tcp_oow_rate_limited(tcp, seg, Counter.TcpExtTCPACKSkippedSynRecv, req)) reqsk_send_ack(req);
    if (paws_reject) mib.inc(Counter.TcpExtPAWSEstab);
    else if (tsecr_reject) mib.inc(Counter.TcpExtTSEcrRejected);
    return undefined;
  }
  if (saw_tstamp && !after(seg.seq, req.rcv_nxt)) req.ts_recent = opt.rcv_tsval;
  const syn = seg.syn && seg.seq !== req.rcv_isn;
  if (seg.rst || syn) {
    mib.inc(Counter.TcpAttemptFails);
    embryonic_reset(sk, seg, req, fastopen);
    return undefined;
  }
  if (!seg.ack) return undefined;
  if (fastopen) return sk;
  if (req.num_timeout < sk.rskq_defer_accept && seg.end_seq === ((req.rcv_isn + 1) >>> 0)) {
    req.acked = true;
    mib.inc(Counter.TcpExtTCPDeferAcceptDrop);
    return undefined;
  }
  const child = tcp_v4_syn_recv_sock(sk, seg, req);
  if (child === undefined) {
    if (tcp.sysctl.abort_on_overflow.value === 0) req.acked = true;
    else embryonic_reset(sk, seg, req, fastopen);
    return undefined;
  }
  reqsk_queue_removed(req);
  tcp.ehash.insert(child);
  tcp_synack_rtt_meas(child, req);
  sk.accept_queue.push(child);
  child.listener = sk;
  return child;
}

function embryonic_reset(sk: TcpSock, seg: Segment, req: RequestSock, fastopen: boolean): void {
  if (!seg.rst) sk.tcp.send_reset(seg);
  else if (fastopen) {
    reqsk_fastopen_remove(sk, req, true);
    tcp_reset(sk);
  }
  if (!fastopen) {
    if (req.listener.requests.has(req)) sk.net.mib.inc(Counter.TcpExtEmbryonicRsts);
    reqsk_queue_drop(req);
  }
}

const rate = new RateSample();

/** RTT of the handshake, unless the SYN+ACK was retransmitted (Karn). */
export function tcp_synack_rtt_meas(child: TcpSock, req: RequestSock | undefined): void {
  const rtt_us = req !== undefined && req.num_retrans === 0 ? child.net.now - req.snt_synack : -1;
  rate.reset();
  tcp_ack_update_rtt(child, FLAG_SYN_ACKED, rtt_us, -1, rtt_us, rate);
}

/** Makes the connection of a request whose handshake is complete (`tcp_v4_syn_recv_sock`); undefined when it can't. */
export function tcp_v4_syn_recv_sock(listener: TcpSock, seg: Segment, req: RequestSock): TcpSock | undefined {
  const { tcp } = listener;
  const mib = listener.net.mib;
  if (sk_acceptq_is_full(listener)) {
    mib.inc(Counter.TcpExtListenOverflows);
    mib.inc(Counter.TcpExtListenDrops);
    return undefined;
  }
  const route = route_req(req);
  if (typeof route === "number") {
    mib.inc(Counter.TcpExtListenDrops);
    return undefined;
  }
  const child = tcp_create_openreq_child(listener, seg, req);
  child.sk_dst_cache = route;
  sk_setup_caps(child);
  tcp.ca_dst_init(child, route);
  child.icsk_ext_hdr_len = child.wire_family === 4 ? child.inet.options?.length ?? 0 : 0;
  tcp_sync_mss(child, route.mtu());
  child.advmss = tcp_mss_clamp(listener.rx_opt.user_mss, route.advmss());
  tcp_initialize_rcv_mss(child);
  tcp.bind_table.inherit(listener, child);
  return child;
}

/** A child with what handshake and listener gave it (`tcp_create_openreq_child`). */
function tcp_create_openreq_child(listener: TcpSock, seg: Segment, req: RequestSock): TcpSock {
  const child = listener.tcp.clone_listener(listener);
  child.sk_state = TCP_SYN_RECV;
  child.num = req.num;
  child.dport = req.dport;
  child.rcv_saddr = req.rcv_saddr;
  child.saddr = req.rcv_saddr;
  child.daddr = req.daddr;
  child.sk_bound_dev_if = req.sk_bound_dev_if;
  child.so.mark = req.mark;
  child.select_af_ops(req.daddr);
  const seq = (req.rcv_isn + 1) >>> 0;
  child.rcv_wup = child.copied_seq = child.rcv_nxt = seq;
  child.segs_in = 1;
  const snd = (req.snt_isn + 1) >>> 0;
  child.snd_sml =
    child.snd_una =
    child.snd_nxt =
    child.snd_up =
    child.write_seq =
    child.pushed_seq =
      snd;
  child.snd_wl1 = req.rcv_isn;
  child.mdev_us = TCP_TIMEOUT_INIT;
  child.icsk_rto = TCP_TIMEOUT_INIT;
  child.snd_ssthresh = TCP_INFINITE_SSTHRESH;
  child.snd_cwnd = TCP_INIT_CWND;
  child.lsndtime = child.jiffies;
  child.icsk_ack.lrcvtime = child.jiffies;
  child.rx_opt.tstamp_ok = req.tstamp_ok;
  child.rx_opt.sack_ok = req.sack_ok;
  child.window_clamp = req.rsk_window_clamp;
  child.rcv_ssthresh = req.rsk_rcv_wnd;
  child.rcv_wnd = req.rsk_rcv_wnd;
  child.rx_opt.wscale_ok = req.wscale_ok;
  if (req.wscale_ok) {
    child.rx_opt.snd_wscale = req.snd_wscale;
    child.rx_opt.rcv_wscale = req.rcv_wscale;
  } else {
    child.rx_opt.snd_wscale = child.rx_opt.rcv_wscale = 0;
    child.window_clamp = Math.min(child.window_clamp, 65535);
  }
  child.snd_wnd = seg.window * 2 ** child.rx_opt.snd_wscale;
  child.max_window = child.snd_wnd;
  child.tcp_header_len = 20;
  if (req.tstamp_ok) {
    child.rx_opt.ts_recent = req.ts_recent;
    child.rx_opt.ts_recent_stamp = child.seconds;
    child.tcp_header_len += 12;
  }
  if (listener.md5_keys?.lookup(req.daddr) !== undefined) {
    child.md5_keys = listener.md5_keys.copy_for(req.daddr);
    child.tcp_header_len += 20;
  }
  if (req.num_timeout !== 0) {
    child.undo_marker = req.snt_isn;
    child.retrans_stamp = child.tcp_time_stamp - Math.floor((child.net.now - req.snt_synack) / 1000) >>> 0;
  }
  child.total_retrans = req.num_retrans;
  child.tsoffset = req.ts_off;
  if (seg.len + seg.header_len >= TCP_MSS_DEFAULT + child.tcp_header_len) {
    child.icsk_ack.last_seg_size = seg.len + seg.header_len - child.tcp_header_len;
  }
  child.rx_opt.mss_clamp = req.mss;
  child.ecn_flags = req.ecn_ok ? TCP_ECN_OK : 0;
  child.saved_syn = req.saved_syn;
  if (child.so.keepalive) tcp_reset_keepalive_timer(child, tcp_keepalive_time_when(child));
  listener.net.mib.inc(Counter.TcpPassiveOpens);
  return child;
}

/** A segment without SYN for a listener may complete a handshake that only a cookie remembers. */
export function tcp_v4_cookie_check(listener: TcpSock, seg: Segment): TcpSock | undefined {
  const req = cookie_check(listener, seg, openreq_init);
  if (req === undefined) return undefined;
  const route = route_req(req);
  if (typeof route === "number") return undefined;
  openreq_init_rwin(req, route);
  const child = tcp_v4_syn_recv_sock(listener, seg, req);
  if (child === undefined) return undefined;
  listener.tcp.ehash.insert(child);
  listener.accept_queue.push(child);
  child.listener = listener;
  return child;
}
