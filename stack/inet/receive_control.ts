/**
 * Control messages given with received datagrams (`sock_recv_timestamp`, `ip_cmsg_recv`, `ip6_datagram_recv_ctl`).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { int, putInt, timespec, timeval } from "../../abi/memory.ts";
import { sockaddrIn, sockaddrIn6 } from "./sockaddr.ts";
import {
  AF_INET6,
  SCM_TIMESTAMP,
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPNS,
  SO_MARK,
  SO_PRIORITY,
  SO_RXQ_OVFL,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_NEW,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from "../../abi/socket_constants.ts";
import type { InetSock } from "./inet_sock.ts";
import * as O from "../../abi/ip_constants.ts";
import type { ControlMessage } from "../../abi/control_message.ts";

/** Receive timestamps as the program asked for them. `time_us` is µs since the epoch. */
export function timestamp_control(sk: InetSock, time_us: number): ControlMessage[] {
  const control: ControlMessage[] = [];
  const so = sk.so;
  if (so.timestamp === "us") {
    control.push({
      level: SOL_SOCKET,
      type: so.timestamp_new ? SO_TIMESTAMP_NEW : SCM_TIMESTAMP,
      data: timeval(time_us),
    });
  } else if (so.timestamp === "ns") {
    const type = so.timestamp_new ? SO_TIMESTAMPNS_NEW : SCM_TIMESTAMPNS;
    control.push({ level: SOL_SOCKET, type, data: timespec(time_us) });
  }
  const wanted = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if ((so.timestamping & wanted) === wanted) {
    const data = new Uint8Array(48);
    data.set(timespec(time_us), 0);
    control.push({ level: SOL_SOCKET, type: SCM_TIMESTAMPING, data });
  }
  return control;
}

/** All control messages of a received packet, in Linux's order. `drops` is the counter when the packet was queued. */
export function receive_control(
  sk: InetSock,
  packet: PacketBuffer,
  destination: IpAddress,
  destination_port: number,
  drops: number,
): ControlMessage[] {
  const control = timestamp_control(sk, sk.realtime(packet.timestamp_us));
  if (sk.so.rxq_ovfl && drops > 0) control.push({ level: SOL_SOCKET, type: SO_RXQ_OVFL, data: int(drops) });
  if (sk.so.rcvmark) control.push({ level: SOL_SOCKET, type: SO_MARK, data: int(packet.mark) });
  if (sk.so.rcvpriority) control.push({ level: SOL_SOCKET, type: SO_PRIORITY, data: int(packet.priority) });
  if (sk.family === AF_INET6) pktinfo6(sk, packet, destination, control);
  if (packet.family === 4) control4(sk, packet, destination, destination_port, control);
  else control6(sk, packet, destination, destination_port, control);
  return control;
}

function control4(sk: InetSock, packet: PacketBuffer, to: IpAddress, port: number, control: ControlMessage[]): void {
  const wanted = sk.inet.cmsg;
  const ip = (type: number, data: Uint8Array) => control.push({ level: SOL_IP, type, data });
  // RFC1122-4.1.3.5-dst-up, RFC1122-3.4-ifident
  if (wanted.pktinfo) {
    const data = new Uint8Array(12);
    putInt(data, 0, packet.device?.ifindex ?? 0);
    // ipi_spec_dst is the address to answer from: the destination when that is ours.
    const own = sk.ip.address_type(to) === "local" ? to : packet.route?.source ?? to;
    if (own.family === 4) own.write(data, 4);
    to.write(data, 8);
    ip(O.IP_PKTINFO, data);
  }
  if (wanted.ttl) ip(O.IP_TTL, int(packet.ttl));
  if (wanted.tos) ip(O.IP_TOS, Uint8Array.of(packet.tos));
  if (wanted.recvopts && packet.network_header >= 0) {
    const start = packet.network_header + ipv4.MIN_HEADER_LENGTH;
    const end = packet.network_header + ipv4.headerLength(packet.bytes, packet.network_header);
    if (end > start) ip(O.IP_RECVOPTS, packet.bytes.slice(start, end));
  }
  if (wanted.origdstaddr) ip(O.IP_ORIGDSTADDR, sockaddrIn({ address: to, port }));
  if (wanted.fragsize && packet.frag_max_size !== 0) ip(O.IP_RECVFRAGSIZE, int(packet.frag_max_size));
}

/** IPV6_PKTINFO is also given for IPv4 packets on an AF_INET6 socket, with the mapped address. */
function pktinfo6(sk: InetSock, packet: PacketBuffer, to: IpAddress, control: ControlMessage[]): void {
  const { pktinfo, opktinfo } = sk.inet6.cmsg;
  if (!pktinfo && !opktinfo) return;
  const data = new Uint8Array(20);
  to.toV4Mapped().write(data, 0);
  putInt(data, 16, packet.device?.ifindex ?? 0);
  if (pktinfo) control.push({ level: SOL_IPV6, type: O.IPV6_PKTINFO, data });
  if (opktinfo) control.push({ level: SOL_IPV6, type: O.IPV6_2292PKTINFO, data });
}

function control6(sk: InetSock, packet: PacketBuffer, to: IpAddress, port: number, control: ControlMessage[]): void {
  const wanted = sk.inet6.cmsg;
  const ip = (type: number, data: Uint8Array) => control.push({ level: SOL_IPV6, type, data });
  if (wanted.hoplimit) ip(O.IPV6_HOPLIMIT, int(packet.ttl));
  if (wanted.ohoplimit) ip(O.IPV6_2292HOPLIMIT, int(packet.ttl));
  // RFC8200-7-tclass, RFC1122-4.1.4-tos-up
  if (wanted.tclass) ip(O.IPV6_TCLASS, int(packet.tos));
  if (wanted.flowinfo && packet.network_header >= 0) {
    const label = ipv6.flowLabel(packet.bytes, packet.network_header);
    const info = ((packet.tos << 20) | label) >>> 0;
    if (info !== 0) ip(O.IPV6_FLOWINFO, Uint8Array.of(info >>> 24, info >>> 16, info >>> 8, info));
  }
  if (wanted.origdstaddr) ip(O.IPV6_ORIGDSTADDR, sockaddrIn6({ address: to, port }));
  if (wanted.fragsize && packet.frag_max_size !== 0) ip(O.IPV6_RECVFRAGSIZE, int(packet.frag_max_size));
}
