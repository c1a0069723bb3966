/**
 * One segment onto the wire (`tcp_transmit_skb`): header, options, window, checksum, and what sending it changes.
 *
 * @module
 */
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { Counter } from "../mib.ts";
import { EHOSTUNREACH, ENOBUFS } from "../../abi/errno.ts";
import { TCP_LISTEN } from "../../abi/tcp_constants.ts";
import type { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import {
  setAcknowledgmentNumber,
  setChecksum,
  setDestinationPort,
  setHeaderLengthAndFlags,
  setSequenceNumber,
  setSourcePort,
  setUrgentPointer,
  setWindow,
} from "../wire/tcp.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import {
  ICSK_ACK_SCHED,
  TCP_ATO_MIN,
  TCP_ECN_DEMAND_CWR,
  TCP_ECN_OK,
  TCP_ECN_QUEUE_CWR,
  TCPCB_EVER_RETRANS,
  TCPHDR_ACK,
  TCPHDR_CWR,
  TCPHDR_ECE,
  TCPHDR_PSH,
  TCPHDR_SYN,
  TCPHDR_URG,
} from "./constants.ts";
import { OutOptions, tcp_established_options, tcp_options_write } from "./options.ts";
import { tcp_update_skb_after_send } from "./pacing.ts";
import { tcp_rate_skb_sent } from "./rate.ts";
import { tcp_enter_cwr } from "./recovery.ts";
import type { TcpSkb } from "./skb.ts";
import { tcp_packets_in_flight, tcp_urg_mode, type TcpSock } from "./state.ts";
import { tcp_syn_options } from "./syn_options.ts";
import { tcp_tx_timestamp_sent } from "./timestamping.ts";
import { tcp_select_window } from "./window.ts";

/** Prepares the checksum: the pseudo-header's part; IP or the device does the rest. */
export function tcp_send_check(packet: PacketBuffer, source: IpAddress, destination: IpAddress): void {
  setChecksum(packet.bytes, packet.data, pseudoHeaderSum(source, destination, IPPROTO_TCP, packet.length));
  packet.ip_summed = "partial";
}

/** ACK bookkeeping after a segment with ACK left (`tcp_event_ack_sent`). */
function tcp_event_ack_sent(sk: TcpSock, rcv_nxt: number): void {
  if (sk.compressed_ack !== 0) {
    sk.net.mib.add(Counter.TcpExtTCPAckCompressed, sk.compressed_ack);
    sk.compressed_ack = 0;
    sk.compressed_ack_timer.cancel();
  }
  if (rcv_nxt !== sk.rcv_nxt) return;
  const ack = sk.icsk_ack;
  if (ack.quick !== 0) {
    const used = ack.pending & ICSK_ACK_SCHED ? 1 : 0;
    if (used >= ack.quick) {
      ack.quick = 0;
      ack.ato = TCP_ATO_MIN;
    } else ack.quick -= used;
  }
  ack.pending = 0;
  ack.retry = 0;
  sk.delack_timer.cancel();
}

/** A reply within the ACK timeout makes the connection an interactive one (`tcp_event_data_sent`). */
function tcp_event_data_sent(sk: TcpSock): void {
  const now = sk.jiffies;
  if (tcp_packets_in_flight(sk) === 0) sk.icsk_ca?.cwnd_event(sk, "tx_start");
  sk.lsndtime = now;
  if ((now - sk.icsk_ack.lrcvtime) * 1000 < sk.icsk_ack.ato && sk.icsk_ack.pingpong < 255) sk.icsk_ack.pingpong++;
}

/** ECN bits of the TCP flags and of the IP header for one segment (`tcp_ecn_send`). */
function tcp_ecn_send(sk: TcpSock, skb: TcpSkb | undefined, flags: number): { flags: number; ect: number } {
  if (!(sk.ecn_flags & TCP_ECN_OK) || flags & TCPHDR_SYN) return { flags, ect: 0 };
  let ect = 0;
  let out = flags;
  if (skb !== undefined && skb.len > 0 && !(skb.sacked & TCPCB_EVER_RETRANS)) {
    ect = 2;
    if (sk.ecn_flags & TCP_ECN_QUEUE_CWR) {
      sk.ecn_flags &= ~TCP_ECN_QUEUE_CWR;
      out |= TCPHDR_CWR;
    }
  }
  if (sk.ecn_flags & TCP_ECN_DEMAND_CWR) out |= TCPHDR_ECE;
  return { flags: out, ect };
}

const options = new OutOptions();

/**
 * Sends one segment: a queued skb, or with `skb` undefined a segment without data such as a pure ACK.
 *
 * @param seq sequence number
 * @param wanted flags, `TCPHDR_*`
 * @param rcv_nxt acknowledgment number
 * @returns 0; `-errno`; positive when this host's own queue was full
 */
export function tcp_transmit(
  sk: TcpSock,
  skb: TcpSkb | undefined,
  seq: number,
  wanted: number,
  rcv_nxt: number,
): number {
  const len = skb === undefined ? 0 : skb.len;
  const segs = skb === undefined ? 1 : skb.gso_segs;
  const prior_wstamp = sk.tcp_wstamp;
  sk.tcp_wstamp = Math.max(sk.tcp_wstamp, sk.net.now);
  if (skb !== undefined) {
    skb.skb_mstamp = sk.net.now;
    tcp_rate_skb_sent(sk, skb);
  }
  let flags = wanted;
  if (flags & TCPHDR_SYN) tcp_syn_options(sk, skb, options);
  else {
    tcp_established_options(sk, options);
    // A PSH on every super-segment lets the receiver's aggregation end at once.
    if (segs > 1) flags |= TCPHDR_PSH;
  }
  const header = 20 + options.size;
  const packet = PacketBuffer.allocate(header + len, MAX_HEADER);
  const { bytes, data } = packet;
  if (skb !== undefined && len > 0) skb.copyTo(bytes, data + header, 0, len);
  packet.transport_header = data;
  packet.family = sk.wire_family;
  packet.protocol = IPPROTO_TCP;
  packet.priority = sk.so.priority;
  packet.mark = sk.so.mark;
  packet.gso_size = segs > 1 ? skb!.gso_size : 0;
  setSourcePort(bytes, data, sk.num || sk.last_num);
  setDestinationPort(bytes, data, sk.dport);
  setSequenceNumber(bytes, data, seq);
  setAcknowledgmentNumber(bytes, data, flags & TCPHDR_ACK ? rcv_nxt : 0);
  setWindow(bytes, data, flags & TCPHDR_SYN ? Math.min(sk.rcv_wnd, 65535) : tcp_select_window(sk));
  if (tcp_urg_mode(sk) && ((sk.snd_up - seq) | 0) > 0) {
    if (sk.snd_up - seq >>> 0 < 0x10000) {
      setUrgentPointer(bytes, data, (sk.snd_up - seq) >>> 0);
      flags |= TCPHDR_URG;
    } else if (((seq + 0xffff - sk.snd_nxt) | 0) > 0) {
      setUrgentPointer(bytes, data, 0xffff);
      flags |= TCPHDR_URG;
    }
  }
  const ecn = tcp_ecn_send(sk, skb, flags);
  flags = ecn.flags;
  setHeaderLengthAndFlags(bytes, data, header, flags);
  const md5_at = tcp_options_write(bytes, data + 20, options, sk);
  if (md5_at >= 0) sk.md5_keys!.sign(sk, packet, md5_at);
  if (flags & TCPHDR_ACK) tcp_event_ack_sent(sk, rcv_nxt);
  if (len > 0) {
    tcp_event_data_sent(sk);
    sk.data_segs_out += segs;
    sk.bytes_sent += len;
  }
  sk.net.mib.add(Counter.TcpOutSegs, segs);
  sk.segs_out += segs;
  if (skb !== undefined && skb.tx_flags !== 0) tcp_tx_timestamp_sent(sk, skb);
  const route = sk.sk_state === TCP_LISTEN ? sk.sk_dst_check() ?? -EHOSTUNREACH : sk.route();
  if (typeof route === "number") {
    sk.tcp_wstamp = prior_wstamp;
    return route;
  }
  const xmit = sk.xmit_options;
  xmit.fill(sk, route, (sk.tos & ~3) | ecn.ect);
  tcp_send_check(packet, xmit.source, xmit.destination);
  const error = sk.ip.queue_xmit(packet, route, xmit);
  if (error === 0 && skb !== undefined) tcp_update_skb_after_send(sk, skb, prior_wstamp);
  if (error !== -ENOBUFS) return error;
  // A full queue on this host is congestion as good as any.
  tcp_enter_cwr(sk);
  return ENOBUFS;
}

/** Sends a queued skb (`tcp_transmit_skb`). */
export function tcp_transmit_skb(sk: TcpSock, skb: TcpSkb): number {
  return tcp_transmit(sk, skb, skb.seq, skb.tcp_flags, sk.rcv_nxt);
}
