/**
 * What differs between IPv4, IPv6, and IPv4 spoken by an AF_INET6 socket: one table of operations for each, after Linux's
 * `inet_connection_sock_af_ops`. A socket's {@link AfOperations} follow the family that it talks on the wire.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { firstHopOf } from "../ip/header_options.ts";
import type { Flow, Ip, IpSendOptions, Route } from "../ip/interface.ts";
import type { Family, IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { FRAGMENT_LENGTH } from "../wire/ipv6_extension.ts";
import { EAFNOSUPPORT } from "../../abi/errno.ts";
import { AF_INET } from "../../abi/socket_constants.ts";
import { ip_getsockopt, ip_setsockopt } from "./ip_level.ts";
import { ipv6_getsockopt, ipv6_setsockopt } from "./ipv6_level.ts";
import type { OptionSocket } from "./option_socket.ts";
import type { FamilyOptions } from "./options.ts";
import { overlap4, overlap6, type PortOwner } from "./ports.ts";
import type { SocketAddress } from "./sock.ts";
import type { SocketRoutes } from "./socket_routes.ts";
import { sockaddrIn, sockaddrIn6 } from "./sockaddr.ts";

/** A socket as these operations see it. */
export interface FamilySocket extends OptionSocket {
  /** Source address of what is sent; unspecified lets the route choose. */
  readonly saddr: IpAddress;
  /** Scope of a link-local peer address. */
  readonly scope_id: number;
  readonly routes: SocketRoutes;
  /** The cached destination, or a fresh lookup for the connected peer. */
  route(): Route | number;
}

/** The operations of one family. Errors are `-errno`. */
export interface AfOperations {
  readonly name: "ipv4" | "ipv6" | "ipv6-mapped";
  /** IP version on the wire. */
  readonly family: Family;
  /** Octets of an IP header without options. */
  readonly net_header_len: number;
  /** Octets that being a fragment costs beside that header. */
  readonly net_frag_header_len: number;
  /** The options of the socket that are about packets of the family. */
  options(socket: OptionSocket): FamilyOptions;
  /** Puts an IP header in front of a packet whose `data` is at the transport header, and sends it through `route`. */
  queue_xmit(ip: Ip, packet: PacketBuffer, route: Route, options: IpSendOptions): number;
  /** The sum of the pseudo-header, which a transport's checksum begins with. */
  send_check(source: IpAddress, destination: IpAddress, protocol: number, length: number): number;
  /** Looks the route to the connected peer up afresh and caches it. */
  rebuild_header(socket: FamilySocket): Route | number;
  /** Keeps the route that a packet from the connected peer came by, for those after it. */
  sk_rx_dst_set(socket: FamilySocket, packet: PacketBuffer): void;
  /** An address as a program gets it. */
  addr2sockaddr(address: SocketAddress): Uint8Array;
  /** Whether the local address of a socket that is to be bound is in the way of another's, or that of it. */
  bind_conflict(socket: PortOwner, other: PortOwner): boolean;
  /** A smaller path MTU was told of: records it for `route` and gives what counts from then on. */
  mtu_reduced(ip: Ip, route: Route, mtu: number): number;
  setsockopt(socket: OptionSocket, level: number, name: number, value: Uint8Array): number;
  getsockopt(socket: OptionSocket, level: number, name: number, length: number): Uint8Array | number;
}

/** The tables that a socket may go by. */
export interface FamilyTables<Operations extends AfOperations = AfOperations> {
  /** AF_INET sockets. */
  readonly ipv4: Operations;
  /** AF_INET6 sockets that talk IPv6. */
  readonly ipv6: Operations;
  /** AF_INET6 sockets that talk IPv4. */
  readonly mapped: Operations;
}

function rebuild(socket: FamilySocket, family: Family, options: FamilyOptions, oif: number): Route | number {
  // Between an address and a peer of the other family there is no way.
  if (socket.daddr.family !== family) return -EAFNOSUPPORT;
  const flow: Flow = {
    family,
    destination: firstHopOf(options.options, socket.daddr),
    source: socket.saddr.isUnspecified ? undefined : socket.saddr,
    oif,
    tos: options.tos,
    mark: socket.so.mark,
    onlink: socket.so.dontroute,
    anysrc: socket.inet.transparent || socket.inet.freebind,
  };
  const route = socket.ip.route_output(flow);
  if (typeof route !== "number") socket.routes.output = route;
  return route;
}

/** A link-local peer is reached through the interface that its scope names. */
function interfaceTo(socket: FamilySocket): number {
  if (socket.sk_bound_dev_if !== 0 || !socket.daddr.isLinkLocal) return socket.sk_bound_dev_if;
  return socket.scope_id;
}

/** A packet to this host alone; one that went to a group or came around the loopback device is no sign of the peer's way. */
function keepRoute(socket: FamilySocket, { route, pkt_type }: PacketBuffer): void {
  if (route?.type === "local" && pkt_type === "host") socket.routes.input = route;
}

/** What the route then says may be more than what was told: each family has a least MTU that it believes. */
function reduce(ip: Ip, route: Route, mtu: number): number {
  ip.update_pmtu(route, mtu);
  return route.mtu();
}

/** AF_INET sockets. */
export const ipv4_specific: AfOperations = Object.freeze<AfOperations>({
  name: "ipv4",
  family: 4,
  net_header_len: ipv4.MIN_HEADER_LENGTH,
  net_frag_header_len: 0,
  options: (socket) => socket.inet,
  queue_xmit: (ip, packet, route, options) => ip.ip_queue_xmit(packet, route, options),
  send_check: pseudoHeaderSum,
  rebuild_header: (socket) => rebuild(socket, 4, socket.inet, socket.sk_bound_dev_if),
  sk_rx_dst_set: keepRoute,
  addr2sockaddr: sockaddrIn,
  bind_conflict: overlap4,
  mtu_reduced: reduce,
  setsockopt: ip_setsockopt,
  getsockopt: ip_getsockopt,
});

/** AF_INET6 sockets that talk IPv6. */
export const ipv6_specific: AfOperations = Object.freeze<AfOperations>({
  name: "ipv6",
  family: 6,
  net_header_len: ipv6.HEADER_LENGTH,
  net_frag_header_len: FRAGMENT_LENGTH,
  options: (socket) => socket.inet6,
  queue_xmit: (ip, packet, route, options) => ip.ip6_xmit(packet, route, options),
  send_check: pseudoHeaderSum,
  rebuild_header: (socket) => rebuild(socket, 6, socket.inet6, interfaceTo(socket)),
  sk_rx_dst_set: keepRoute,
  addr2sockaddr: sockaddrIn6,
  bind_conflict: overlap6,
  mtu_reduced: reduce,
  setsockopt: ipv6_setsockopt,
  getsockopt: ipv6_getsockopt,
});

/** AF_INET6 sockets that talk IPv4 (`ipv6_mapped`): IPv4 to the network, IPv6 to the program. */
export const ipv6_mapped: AfOperations = Object.freeze<AfOperations>({
  ...ipv4_specific,
  name: "ipv6-mapped",
  addr2sockaddr: sockaddrIn6,
  setsockopt: ipv6_setsockopt,
  getsockopt: ipv6_getsockopt,
});

/** The operations that all transports share. */
export const FAMILY_TABLES: FamilyTables = Object.freeze<FamilyTables>({
  ipv4: ipv4_specific,
  ipv6: ipv6_specific,
  mapped: ipv6_mapped,
});

/** The operations of a socket of `socketFamily` (AF_INET or AF_INET6) for packets of IP version `family`. */
export function operationsFor<Operations extends AfOperations>(
  { ipv4, ipv6, mapped }: FamilyTables<Operations>,
  socketFamily: number,
  family: Family,
): Operations {
  if (socketFamily === AF_INET) return ipv4;
  return family === 4 ? mapped : ipv6;
}

/** The operations for packets of IP version `family` that belong to no socket. */
export function operationsOf(family: Family): AfOperations {
  return family === 4 ? ipv4_specific : ipv6_specific;
}
