/**
 * What differs between IPv4, IPv6 and IPv4 spoken by an AF_INET6 socket, after `inet_connection_sock_af_ops`.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Family, IpSendOptions, Route } from "../ip/interface.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import type { IpAddress } from "../wire/address.ts";
import { sockaddrIn, sockaddrIn6 } from "./sockaddr.ts";
import { EAFNOSUPPORT } from "../../abi/errno.ts";
import type { InetSock } from "./inet_sock.ts";
import { ip_getsockopt, ip_setsockopt } from "./ip_sockglue.ts";
import { ipv6_getsockopt, ipv6_setsockopt } from "./ipv6_sockglue.ts";
import type { SocketAddress } from "./sock.ts";

/** The per-family operations of a socket. Errors are `-errno`. */
export interface AfOperations {
  readonly name: string;
  /** IP version on the wire. */
  readonly family: Family;
  /** Octets of an IP header without options. */
  readonly net_header_len: number;
  /** Octets of a `sockaddr` for programs. */
  readonly sockaddr_len: number;
  /** Smallest path MTU that the family allows to learn. */
  readonly min_mtu: number;
  /** Sends a packet whose `data` is at the transport header, through `route`. */
  queue_xmit(sk: InetSock, packet: PacketBuffer, route: Route, options: IpSendOptions): number;
  /** Partial sum of the pseudo-header, for the transport checksum (`send_check`). */
  pseudo_header_sum(source: IpAddress, destination: IpAddress, protocol: number, length: number): number;
  /** Looks the route to the connected peer up afresh and caches it. */
  rebuild_header(sk: InetSock): Route | number;
  /** A peer address as the program sees it. */
  addr2sockaddr(address: SocketAddress): Uint8Array;
  /** An ICMP error told a smaller path MTU: records it and returns the route's MTU afterwards. */
  mtu_reduced(sk: InetSock, mtu: number): number;
  setsockopt(sk: InetSock, level: number, name: number, value: Uint8Array): number;
  getsockopt(sk: InetSock, level: number, name: number, length: number): Uint8Array | number;
}

function rebuild_header(sk: InetSock): Route | number {
  if (sk.daddr.family !== sk.wire_family) return -EAFNOSUPPORT;
  const route = sk.ip.route_output({
    family: sk.wire_family,
    destination: sk.inet.first_hop(sk.daddr),
    source: sk.saddr.isUnspecified ? undefined : sk.saddr,
    oif: sk.sk_bound_dev_if,
    tos: sk.tos,
    mark: sk.so.mark,
    anysrc: sk.inet.transparent || sk.inet.freebind,
  });
  if (typeof route !== "number") sk.sk_dst_cache = route;
  return route;
}

function mtu_reduced(sk: InetSock, mtu: number): number {
  const route = sk.route();
  if (typeof route === "number") return mtu;
  sk.ip.update_pmtu(route, mtu);
  const fresh = sk.route();
  return typeof fresh === "number" ? mtu : fresh.mtu();
}

function queue_xmit(sk: InetSock, packet: PacketBuffer, route: Route, options: IpSendOptions): number {
  return sk.ip.queue_xmit(packet, route, options);
}

/** AF_INET sockets. */
export const ipv4_specific: AfOperations = {
  name: "ipv4",
  family: 4,
  net_header_len: 20,
  sockaddr_len: 16,
  min_mtu: 68,
  queue_xmit,
  pseudo_header_sum: pseudoHeaderSum,
  rebuild_header,
  addr2sockaddr: sockaddrIn,
  mtu_reduced,
  setsockopt: ip_setsockopt,
  getsockopt: ip_getsockopt,
};

/** AF_INET6 sockets that talk IPv6. */
export const ipv6_specific: AfOperations = {
  name: "ipv6",
  family: 6,
  net_header_len: 40,
  sockaddr_len: 28,
  min_mtu: 1280,
  queue_xmit,
  pseudo_header_sum: pseudoHeaderSum,
  rebuild_header,
  addr2sockaddr: sockaddrIn6,
  mtu_reduced,
  setsockopt: ipv6_setsockopt,
  getsockopt: ipv6_getsockopt,
};

/** AF_INET6 sockets that talk IPv4 (`ipv6_mapped`). */
export const ipv6_mapped: AfOperations = {
  ...ipv4_specific,
  name: "ipv6-mapped",
  sockaddr_len: 28,
  addr2sockaddr: sockaddrIn6,
  setsockopt: ipv6_setsockopt,
  getsockopt: ipv6_getsockopt,
};
