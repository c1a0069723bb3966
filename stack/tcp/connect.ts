/**
 * Active open: RFC 9293 section 3.10.1, with Fast Open's data on the SYN (RFC 7413).
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { ECONNREFUSED, EHOSTUNREACH, ENETUNREACH } from "../../abi/errno.ts";
import { TCP_CLOSE, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import type { SocketAddress } from "../inet/sock.ts";
import { tcp_chrono_start } from "./chrono.ts";
import {
  ICSK_TIME_RETRANS,
  SOCK_RCVBUF_LOCK,
  TCP_MSS_DEFAULT,
  TCP_TIMEOUT_INIT,
  TCPHDR_ACK,
  TCPHDR_CWR,
  TCPHDR_ECE,
  TCPHDR_PSH,
  TCPHDR_SYN,
} from "./constants.ts";
import { tcp_fastopen_cookie_check, tcp_fastopen_defer_connect } from "./fastopen.ts";
import { sk_setup_caps, tcp_mss_clamp, tcp_mtu_to_mss, tcp_mtup_init, tcp_sync_mss } from "./mss.ts";
import { tcp_initialize_rcv_mss } from "./rcvbuf.ts";
import { TcpSkb } from "./skb.ts";
import { tcp_full_space, type TcpSock } from "./state.ts";
import { tcp_done, tcp_set_state, tcp_write_queue_purge } from "./tcp_state.ts";
import { tcp_transmit_skb } from "./transmit.ts";
import { tcp_select_initial_window } from "./window.ts";
import { tcp_reset_xmit_timer } from "./xmit_timer.ts";

/** Begins a connection to a peer (`tcp_v4_connect`, `tcp_v6_connect`): 0 or `-errno`. The address is checked already. */
export function tcp_v4_connect(sk: TcpSock, address: SocketAddress): number {
  const { tcp } = sk;
  const destination = address.address;
  sk.select_af_ops(destination);
  const old = { rcv_saddr: sk.rcv_saddr, saddr: sk.saddr };
  const route = tcp.ip.route_output({
    family: destination.family,
    destination,
    source: sk.saddr.isUnspecified ? undefined : sk.saddr,
    oif: sk.sk_bound_dev_if || address.scope_id,
    tos: sk.tos,
    mark: sk.so.mark,
  });
  if (typeof route === "number") return route;
  if (route.type === "multicast" || route.type === "broadcast") return -ENETUNREACH;
  if (sk.saddr.isUnspecified || sk.saddr.family !== destination.family) sk.saddr = route.source;
  if (sk.rcv_saddr.isUnspecified || sk.rcv_saddr.family !== destination.family) sk.rcv_saddr = sk.saddr;
  if (sk.rx_opt.ts_recent_stamp !== 0 && !sk.daddr.equals(destination)) {
    sk.rx_opt.ts_recent = 0;
    sk.rx_opt.ts_recent_stamp = 0;
    sk.write_seq = 0;
  }
  sk.dport = address.port;
  sk.daddr = destination;
  sk.flow_label = address.flowinfo ?? 0;
  sk.icsk_ext_hdr_len = sk.wire_family === 4 ? sk.inet.options?.length ?? 0 : 0;
  sk.rx_opt.mss_clamp = sk.wire_family === 4 ? TCP_MSS_DEFAULT : 1220;
  tcp_set_state(sk, TCP_SYN_SENT);
  const bound = tcp.hash_connect(sk);
  if (bound < 0) {
    tcp_set_state(sk, TCP_CLOSE);
    sk.dport = 0;
    sk.saddr = old.saddr;
    sk.rcv_saddr = old.rcv_saddr;
    return bound;
  }
  sk.sk_dst_cache = route;
  sk_setup_caps(sk);
  if (sk.write_seq === 0) {
    sk.write_seq = tcp.secrets.isn(sk.saddr, destination, sk.num, sk.dport, sk.net.now) || 1;
  }
  sk.tsoffset = tcp.sysctl.timestamps.value === 1 ? tcp.secrets.timestamp_offset(sk.saddr, destination) : 0;
  if (tcp_fastopen_defer_connect(sk)) return 0;
  const error = tcp_connect(sk);
  if (error < 0) connect_failed(sk);
  return error;
}

/** A connection that could not begin leaves the socket as it was. */
export function connect_failed(sk: TcpSock): void {
  tcp_done(sk);
  sk.sk_shutdown = 0;
  sk.dport = 0;
  sk.sk_dst_reset();
}

/** Everything that a connection begins with (`tcp_connect_init`). */
function tcp_connect_init(sk: TcpSock): void {
  const { sysctl } = sk.tcp;
  const route = sk.sk_dst_cache!;
  sk.tcp_header_len = 20 + (sysctl.timestamps.value !== 0 ? 12 : 0);
  if (sk.md5_keys?.find(sk) !== undefined) sk.tcp_header_len += 20;
  if (sk.rx_opt.user_mss !== 0) sk.rx_opt.mss_clamp = sk.rx_opt.user_mss;
  sk.max_window = 0;
  tcp_mtup_init(sk);
  tcp_sync_mss(sk, route.mtu());
  sk.tcp.ca_dst_init(sk, route);
  sk.advmss = tcp_mss_clamp(sk.rx_opt.user_mss, route.advmss());
  tcp_initialize_rcv_mss(sk);
  const full = tcp_full_space(sk);
  if (sk.sk_userlocks & SOCK_RCVBUF_LOCK && (sk.window_clamp > full || sk.window_clamp === 0)) sk.window_clamp = full;
  const rcv_options = sk.rx_opt.ts_recent_stamp !== 0 ? sk.tcp_header_len - 20 : 0;
  const initial = tcp_select_initial_window(
    sk.tcp,
    full,
    sk.advmss - rcv_options,
    sk.window_clamp,
    sysctl.window_scaling.value !== 0,
    route.metrics.initrwnd ?? 0,
  );
  sk.rcv_wnd = initial.rcv_wnd;
  sk.window_clamp = initial.window_clamp;
  sk.rx_opt.rcv_wscale = initial.rcv_wscale;
  sk.rcv_ssthresh = sk.rcv_wnd;
  sk.sk_err = 0;
  sk.sock_done = false;
  sk.snd_wnd = 0;
  sk.snd_wl1 = 0;
  tcp_write_queue_purge(sk);
  sk.snd_una =
    sk.snd_sml =
    sk.snd_up =
    sk.snd_nxt =
      sk.write_seq;
  sk.rcv_nxt = 0;
  sk.rcv_wup = 0;
  sk.copied_seq = 0;
  sk.icsk_rto = TCP_TIMEOUT_INIT;
  sk.icsk_retransmits = 0;
  sk.retrans_out = sk.sacked_out = sk.lost_out = 0;
  sk.undo_marker = 0;
  sk.undo_retrans = -1;
}

/** Puts a SYN into the retransmit queue. */
function connect_queue_skb(sk: TcpSock, skb: TcpSkb): void {
  sk.write_seq = skb.end_seq;
  sk.sk_wmem_queued += skb.truesize;
  sk.packets_out += skb.gso_segs;
}

/** Sends the SYN (`tcp_connect`). 0 or `-errno`. */
export function tcp_connect(sk: TcpSock): number {
  const { sysctl } = sk.tcp;
  if (typeof sk.route() === "number") return -EHOSTUNREACH;
  tcp_connect_init(sk);
  const syn = new TcpSkb();
  syn.tcp_flags = TCPHDR_SYN;
  syn.seq = sk.write_seq;
  syn.end_seq = (sk.write_seq + 1) >>> 0;
  sk.retrans_stamp = sk.tcp_time_stamp;
  connect_queue_skb(sk, syn);
  const ecn = sysctl.ecn.value;
  sk.ecn_flags = 0;
  if (ecn === 1 || ecn === 3 || sk.sk_dst_cache?.metrics.features_ecn === true || sk.icsk_ca?.needs_ecn) {
    syn.tcp_flags |= TCPHDR_ECE | TCPHDR_CWR;
    sk.ecn_flags = 1;
  }
  sk.rtx_queue.push(syn);
  const error = sk.fastopen_req !== undefined ? tcp_send_syn_data(sk, syn) : tcp_transmit_skb(sk, syn);
  // Anything but a refusal here is like a loss: the timer repairs it.
  if (error === -ECONNREFUSED) return error;
  sk.snd_nxt = sk.write_seq;
  sk.pushed_seq = sk.write_seq;
  const waiting = sk.write_queue.head;
  if (waiting !== undefined) {
    sk.snd_nxt = waiting.seq;
    sk.pushed_seq = waiting.seq;
  }
  sk.net.mib.inc(Counter.TcpActiveOpens);
  tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, sk.icsk_rto);
  return 0;
}

/** A SYN with data: one packet on the wire, a SYN and a data segment in the queue (`tcp_send_syn_data`). */
function tcp_send_syn_data(sk: TcpSock, syn: TcpSkb): number {
  const request = sk.fastopen_req!;
  sk.rx_opt.mss_clamp = sk.advmss;
  const error = send_with_data(sk, syn);
  // A SYN that is sent again has no Fast Open option.
  request.cookie.len = -1;
  return error;
}

/** The regular SYN, which asks for a cookie unless Fast Open is off. */
function fallback(sk: TcpSock, syn: TcpSkb): number {
  const { cookie } = sk.fastopen_req!;
  if (cookie.len > 0) cookie.len = 0;
  const error = tcp_transmit_skb(sk, syn);
  if (error !== 0) sk.syn_fastopen = false;
  return error;
}

function send_with_data(sk: TcpSock, syn: TcpSkb): number {
  const request = sk.fastopen_req!;
  if (!tcp_fastopen_cookie_check(sk, request.cookie)) return fallback(sk, syn);
  sk.rx_opt.mss_clamp = tcp_mss_clamp(sk.rx_opt.user_mss, sk.rx_opt.mss_clamp);
  tcp_sync_mss(sk, sk.icsk_pmtu_cookie);
  // All option space stays free, for the SYN's own and for what is added on the way.
  const room = tcp_mtu_to_mss(sk, sk.icsk_pmtu_cookie) + (sk.tcp_header_len - 20) - 40;
  const space = Math.min(room, request.data.length);
  request.copied = Math.max(space, 0);
  if (space <= 0) return tcp_transmit_skb(sk, syn);
  const both = new TcpSkb();
  both.tcp_flags = syn.tcp_flags;
  both.seq = syn.seq;
  both.end_seq = (syn.end_seq + space) >>> 0;
  for (let at = 0; at < space;) {
    const piece = sk.tcp.page_frag.copy(request.data, at, space);
    both.append(piece);
    at += piece.length;
  }
  const data = new TcpSkb();
  data.seq = syn.end_seq;
  data.end_seq = both.end_seq;
  data.tcp_flags = TCPHDR_ACK | TCPHDR_PSH;
  for (const piece of both.frags) data.append(piece);
  data.truesize += data.len;
  data.zerocopy = request.zerocopy;
  if (data.zerocopy !== undefined) data.zerocopy.refcount++;
  connect_queue_skb(sk, data);
  tcp_chrono_start(sk, 1);
  const error = tcp_transmit_skb(sk, both);
  syn.skb_mstamp = both.skb_mstamp;
  if (error === 0) {
    sk.syn_data = true;
    data.skb_mstamp = both.skb_mstamp;
    data.tx_delivered_mstamp = both.tx_delivered_mstamp;
    data.tx_first_mstamp = both.tx_first_mstamp;
    sk.rtx_queue.push(data);
    sk.net.mib.inc(Counter.TcpExtTCPOrigDataSent);
    return 0;
  }
  // The data waits for the handshake.
  sk.packets_out -= data.gso_segs;
  sk.write_queue.push(data);
  return fallback(sk, syn);
}
