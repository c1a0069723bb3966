/**
 * ICMP errors about our segments: soft and hard errors, path MTU (RFC 1191, RFC 8201), with RFC 5927's checks.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { IcmpError } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import { SO_EE_ORIGIN_ICMP, SO_EE_ORIGIN_ICMP6 } from "../../abi/socket_constants.ts";
import { EHOSTUNREACH } from "../../abi/errno.ts";
import { TCP_CLOSE, TCP_LISTEN, TCP_SYN_RECV, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { between } from "../wire/seq.ts";
import { destinationPort, sequenceNumber, sourcePort } from "../wire/tcp.ts";
import { TCP_TIMEOUT_INIT } from "./constants.ts";
import { tcp_sync_mss } from "./mss.ts";
import { tcp_fastopen_active_disable } from "./fastopen.ts";
import { tcp_simple_retransmit } from "./recovery.ts";
import { reqsk_queue_drop } from "./request.ts";
import { RequestSock } from "./request_sock.ts";
import { TcpSock } from "./state.ts";
import type { Tcp } from "./tcp.ts";
import { tcp_done_with_error } from "./tcp_state.ts";
import { tcp_retransmit_timer } from "./timers.ts";
import { tcp_reset_xmit_timer } from "./xmit_timer.ts";
import { ICSK_TIME_RETRANS } from "./constants.ts";

const ICMP_DEST_UNREACH = 3;
const ICMP_NET_UNREACH = 0;
const ICMP_HOST_UNREACH = 1;
const ICMP_FRAG_NEEDED = 4;
const ICMP_SOURCE_QUENCH = 4;
const ICMP_REDIRECT = 5;
const ICMPV6_PKT_TOOBIG = 2;
const ICMPV6_DEST_UNREACH = 1;

/** An ICMP error: `packet` is at the quoted headers (`tcp_v4_err`). */
export function tcp_v4_err(tcp: Tcp, packet: PacketBuffer, error: IcmpError): void {
  const { bytes, data } = packet;
  const mib = tcp.net.mib;
  const six = packet.family === 6;
  const at = packet.network_header + (six ? 8 : 12);
  const width = six ? 16 : 4;
  // The quoted packet is ours: its source is local, its destination the peer.
  const ifindex = error.device?.ifindex ?? 0;
  const dport = destinationPort(bytes, data);
  const num = sourcePort(bytes, data);
  const entry = tcp.ehash.lookup(bytes, at + width, at, width, dport, num, ifindex) ??
    tcp.listeners.lookup(bytes, at + width, at, width, dport, num, ifindex);
  if (entry === undefined) {
    mib.inc(six ? Counter.Icmp6InErrors : Counter.IcmpInErrors);
    return;
  }
  const seq = sequenceNumber(bytes, data);
  if (entry instanceof RequestSock) {
    request_error(entry, seq, error);
    return;
  }
  if (entry instanceof TcpSock) sock_error(entry, seq, error);
}

function is_pmtu(error: IcmpError): boolean {
  return error.family === 6
    ? error.type === ICMPV6_PKT_TOOBIG
    : error.type === ICMP_DEST_UNREACH && error.code === ICMP_FRAG_NEEDED;
}

/** Errors that only end a handshake's attempt: nothing came back from the peer. */
function request_error(req: RequestSock, seq: number, error: IcmpError): void {
  const mib = req.listener.net.mib;
  if (seq !== req.snt_isn) {
    mib.inc(Counter.TcpExtOutOfWindowIcmps);
    return;
  }
  const unreachable = error.family === 4
    ? error.type === ICMP_DEST_UNREACH && (error.code === ICMP_NET_UNREACH || error.code === ICMP_HOST_UNREACH)
    : error.type === ICMPV6_DEST_UNREACH;
  if (is_pmtu(error)) return;
  if (error.fatal || unreachable) {
    reqsk_queue_drop(req);
    mib.inc(Counter.TcpExtListenDrops);
  }
}

/** Whether the error is about data that is outstanding (RFC 5927 section 4.1). */
function in_window(sk: TcpSock, seq: number): boolean {
  // For a Fast Open child the SYN+ACK is outstanding too.
  const una = sk.fastopen_rsk !== undefined ? sk.fastopen_rsk.snt_isn : sk.snd_una;
  return sk.sk_state === TCP_LISTEN || between(seq, una, sk.snd_nxt);
}

function sock_error(sk: TcpSock, seq: number, error: IcmpError): void {
  const mib = sk.net.mib;
  if (sk.sk_state === TCP_CLOSE) return;
  if (!in_window(sk, seq)) {
    mib.inc(Counter.TcpExtOutOfWindowIcmps);
    return;
  }
  if (error.family === 4 && (error.type === ICMP_REDIRECT || error.type === ICMP_SOURCE_QUENCH)) {
    if (error.type === ICMP_REDIRECT) sk.sk_dst_reset();
    return;
  }
  if (is_pmtu(error)) {
    // A listener sends nothing that could be too large.
    if (sk.sk_state !== TCP_LISTEN) tcp_mtu_reduced(sk, error.info);
    return;
  }
  if (sk.sk_state === TCP_LISTEN) return;
  if (revert_backoff_wanted(error)) tcp_ld_RTO_revert(sk, seq);
  report(sk, error);
}

function revert_backoff_wanted(error: IcmpError): boolean {
  return error.family === 4
    ? error.type === ICMP_DEST_UNREACH && (error.code === ICMP_NET_UNREACH || error.code === ICMP_HOST_UNREACH)
    : error.type === ICMPV6_DEST_UNREACH && error.code === 0;
}

/** RFC 6069: unreachable routers do not count as congestion; the RTO's backoff is taken back. */
function tcp_ld_RTO_revert(sk: TcpSock, seq: number): void {
  if (seq !== sk.snd_una || sk.icsk_retransmits === 0 || sk.icsk_backoff === 0) return;
  const skb = sk.rtx_queue.head;
  if (skb === undefined) return;
  sk.icsk_backoff--;
  const base = sk.srtt_us !== 0 ? Math.floor(sk.srtt_us / 8) + sk.rttvar_us : TCP_TIMEOUT_INIT;
  sk.icsk_rto = Math.min(base * 2 ** sk.icsk_backoff, sk.icsk_rto_max);
  const remaining = sk.icsk_rto - (sk.net.now - skb.skb_mstamp);
  if (remaining > 0) tcp_reset_xmit_timer(sk, ICSK_TIME_RETRANS, remaining);
  else tcp_retransmit_timer(sk);
}

/** Gives the error to the program: hard during the handshake, and with IP_RECVERR; soft else. */
function report(sk: TcpSock, error: IcmpError): void {
  const errno = error.errno || EHOSTUNREACH;
  const handshake = sk.sk_state === TCP_SYN_SENT || sk.sk_state === TCP_SYN_RECV;
  // A Fast Open child that was accepted counts as connected.
  const accepted = sk.fastopen_rsk !== undefined && sk.listener === undefined;
  if (handshake && !accepted) {
    queue_error(sk, error, errno);
    tcp_done_with_error(sk, errno);
    return;
  }
  if (sk.syn_fastopen && sk.data_segs_in === 0) tcp_fastopen_active_disable(sk);
  if (sk.recverr) {
    queue_error(sk, error, errno);
    sk.sk_err = errno;
    sk.error_report();
  } else sk.sk_err_soft = errno;
}

function queue_error(sk: TcpSock, error: IcmpError, errno: number): void {
  if (!sk.recverr) return;
  sk.error_queue.queue({
    ee_errno: errno,
    ee_origin: error.family === 6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP,
    ee_type: error.type,
    ee_code: error.code,
    ee_info: error.info,
    ee_data: 0,
    offender: error.offender,
    payload: new Uint8Array(0),
  });
}

/** A smaller path MTU: what was too large is sent again at once (`tcp_v4_mtu_reduced`). */
function tcp_mtu_reduced(sk: TcpSock, mtu: number): void {
  if (mtu === 0) return;
  const reduced = sk.af_ops.mtu_reduced(sk, mtu);
  // IP_PMTUDISC_DONT, INTERFACE and OMIT pay no heed.
  if (sk.pmtudisc === 0 || sk.pmtudisc >= 4 || sk.icsk_pmtu_cookie <= reduced) return;
  tcp_sync_mss(sk, reduced);
  tcp_simple_retransmit(sk);
}
