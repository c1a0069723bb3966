/**
 * IPv4 receive path: `net/ipv4/ip_input.c`.
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_HOST_UNREACH,
  ICMP_NET_UNREACH,
  ICMP_PARAMETERPROB,
  ICMP_PKT_FILTERED,
  ICMP_PROT_UNREACH,
} from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import { EACCES, EHOSTUNREACH, ENETUNREACH, EXDEV } from "../../abi/errno.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import type { OptionInPlace } from "../wire/ipv4_option_area.ts";
import { type ForwardingFloor, ip_forward } from "./forward.ts";
import { Hook } from "./hooks.ts";
import type { InetProtocol } from "./interface.ts";
import { isStrictlyRouted, receiveOptions, type Recorder, sourceRouteHop } from "./options.ts";
import { ip_defrag, type ReassemblyFloor } from "./reassemble.ts";
import type { RoutingTables } from "./route.ts";
import { ip_route_input } from "./route_input.ts";
import type { Rtable } from "./rtable.ts";

/** Who is handed the packets for this host. */
export interface Receivers {
  /** Sees every packet before its transport does. */
  readonly raw_taps: readonly ((packet: PacketBuffer) => boolean)[];
  /** Shows a packet to raw sockets; whether one took a copy. */
  rawDeliver(packet: PacketBuffer): boolean;
}

/** What receiving over IPv4 asks of the floor. */
export interface Input4Floor extends ForwardingFloor, ReassemblyFloor, Receivers {
  readonly routes: RoutingTables;
  /** `net.ipv4.ip_early_demux`, for both families */
  readonly early_demux: Setting;
  /** Transports by protocol number. */
  readonly protocols4: readonly (InetProtocol | undefined)[];
  /** How this host records itself in options. */
  recorder(address: IpAddress): Recorder;
}

/**
 * A packet from a device (RFC 791, RFC 1122 section 3.2.1): version, header length, total length and header checksum are
 * checked in Linux's order, so that each counter counts what Linux's counts; link padding is trimmed.
 */
export function ip_rcv(ip: Input4Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  const { bytes, data } = packet;
  const length = packet.tail - data;
  packet.family = 4;
  packet.network_header = data;
  packet.opt = undefined;
  packet.frag_max_size = 0;
  packet.forwarded = false;
  packet.ignore_df = false;
  if (packet.pkt_type === "otherhost") return;
  mib.inc(Counter.IpInReceives);
  mib.add(Counter.IpExtInOctets, length);

  if (length < ipv4.MIN_HEADER_LENGTH) return mib.inc(Counter.IpInHdrErrors);
  const header_length = ipv4.headerLength(bytes, data);
  // RFC791-3.1-ihl-min, RFC1122-3.2.1.1-version
  if (ipv4.version(bytes, data) !== 4 || header_length < ipv4.MIN_HEADER_LENGTH) return mib.inc(Counter.IpInHdrErrors);
  packet.tos = ipv4.typeOfService(bytes, data);
  mib.inc(Counter.IpExtInNoECTPkts + (packet.tos & 3));
  // RFC791-3.1-ihl-exceeds
  if (length < header_length) return mib.inc(Counter.IpInHdrErrors);
  // RFC791-3.1-checksum-recv, RFC1122-3.2.1.2-checksum
  if (!ipv4.verifyHeaderChecksum(bytes, data)) {
    mib.inc(Counter.IpExtInCsumErrors);
    return mib.inc(Counter.IpInHdrErrors);
  }
  const total = ipv4.totalLength(bytes, data);
  // RFC791-3.1-totlen-short
  if (length < total) return mib.inc(Counter.IpExtInTruncatedPkts);
  if (total < header_length) return mib.inc(Counter.IpInHdrErrors);
  // RFC791-3.1-totlen-padding
  packet.trim(total);
  packet.transport_header = data + header_length;
  packet.protocol = ipv4.protocol(bytes, data);
  packet.ttl = ipv4.timeToLive(bytes, data);

  if (!ip.hooks.pass(Hook.PRE_ROUTING, packet, 4, packet.device, undefined)) return;
  ip_rcv_finish(ip, packet);
}

/** Routes a received packet, goes through its options, and hands it to its destination. */
function ip_rcv_finish(ip: Input4Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  let route = packet.route as Rtable | undefined;
  if (route === undefined || !route.isValid()) route = knownRoute(ip, packet);
  if (route === undefined) {
    const found = ip_route_input(ip, packet);
    if (typeof found === "number") {
      if (found === -EXDEV) mib.inc(Counter.TcpExtIPReversePathFilter);
      return;
    }
    packet.route = route = found;
  }
  const header_length = ipv4.headerLength(packet.bytes, packet.network_header);
  // RFC791-3.1-opt-parse-all
  if (header_length > ipv4.MIN_HEADER_LENGTH) {
    if (!readOptions(ip, packet, route)) return;
    route = packet.route as Rtable;
  }
  if (route.type === "multicast") {
    mib.inc(Counter.IpExtInMcastPkts);
    mib.add(Counter.IpExtInMcastOctets, packet.length);
  } else if (route.type === "broadcast") {
    mib.inc(Counter.IpExtInBcastPkts);
    mib.add(Counter.IpExtInBcastOctets, packet.length);
  }
  dst_input(ip, packet, route);
}

/** The route that the packet's endpoint knows (`net.ipv4.ip_early_demux`); no fragment says which that is. */
function knownRoute(ip: Input4Floor, packet: PacketBuffer): Rtable | undefined {
  if (ip.early_demux.value === 0 || ipv4.isFragment(packet.bytes, packet.network_header)) return undefined;
  const route = ip.protocols4[packet.protocol]?.early_demux?.(packet) as Rtable | undefined;
  if (route !== undefined) packet.route = route;
  return route;
}

/** Where a route leads (`dst_input`). */
function dst_input(ip: Input4Floor, packet: PacketBuffer, route: Rtable): void {
  if (route.error !== 0) return ip_error(ip, packet, route);
  switch (route.type) {
    case "local":
    case "multicast":
      return ip_local_deliver(ip, packet);
    case "broadcast":
      // RFC1812-5.3.5.2-directed
      return isOnward(route) ? ip_forward(ip, packet, route) : ip_local_deliver(ip, packet);
    case "unicast":
      return ip_forward(ip, packet, route);
    default:
      return;
  }
}

/** Whether a broadcast is for another link than it came from. What is looped back has the route that it was sent by. */
function isOnward(route: Rtable): boolean {
  return route.input !== undefined && route.device !== route.input;
}

/** A packet for which there is no route (`ip_error`). */
function ip_error(ip: Input4Floor, packet: PacketBuffer, route: Rtable): void {
  const { mib } = ip.net;
  const unreachable = route.error === EHOSTUNREACH;
  // RFC1122-3.2.1.3-dst-not-ours, RFC1122-3.1-gw-default-off
  if (route.in_device.forwarding4.value === 0) {
    mib.inc(unreachable ? Counter.IpInAddrErrors : Counter.IpExtInNoRoutes);
    return;
  }
  if (route.error === ENETUNREACH) mib.inc(Counter.IpExtInNoRoutes);
  // RFC1812-4.3.3.1-du, RFC1812-5.2.7.1-codes, RFC1812-5.2.4.3-noroute
  const code = unreachable ? ICMP_HOST_UNREACH : route.error === EACCES ? ICMP_PKT_FILTERED : ICMP_NET_UNREACH;
  const source = ipv4.source(packet.bytes, packet.network_header);
  if (ip.icmp?.routeErrorAllowed(source) === true) ip.icmp.icmp_send(packet, ICMP_DEST_UNREACH, code, 0);
}

/** Options of a received packet; false drops it. */
function readOptions(ip: Input4Floor, packet: PacketBuffer, route: Rtable): boolean {
  const fault = receiveOptions(packet, ip.recorder(recordedAs(ip, packet, route)));
  if (fault !== 0) {
    // RFC1122-3.2.2.5-pp-send
    parameterProblem(ip, packet, fault);
    ip.net.mib.inc(Counter.IpInHdrErrors);
    return false;
  }
  const way = packet.opt?.sourceRoute;
  if (way === undefined) return true;
  const state = packet.device === undefined ? undefined : ip.routes.devices.get(packet.device.ifindex);
  // RFC1122-3.3.5-sr-default-off
  if (state !== undefined && !state.accept_source_route.and) return false;
  return packet.pkt_type === "host" && followSourceRoute(ip, packet, route, way);
}

/** By which address this host was reached, or the sender would know it; what is passed on is recorded anew by the one that it leaves by. */
function recordedAs(ip: Input4Floor, packet: PacketBuffer, route: Rtable): IpAddress {
  if (route.type === "local") return route.destination;
  const back = ip.routes.route_output({ family: 4, destination: ipv4.source(packet.bytes, packet.network_header) });
  return typeof back === "number" ? route.source : back.source;
}

function parameterProblem(ip: Input4Floor, packet: PacketBuffer, pointer: number): void {
  ip.icmp?.icmp_send(packet, ICMP_PARAMETERPROB, 0, (pointer << 24) >>> 0);
}

/**
 * RFC 791: where the destination is reached and the route is not used up, its next address is the destination. That may
 * be this host once more. False drops the packet.
 */
function followSourceRoute(ip: Input4Floor, packet: PacketBuffer, route: Rtable, way: OptionInPlace): boolean {
  if (route.type === "unicast") {
    // Only a loose route may lead through hosts that it does not name.
    if (isStrictlyRouted(packet)) parameterProblem(ip, packet, ipv4.DESTINATION);
    return !isStrictlyRouted(packet);
  }
  if (route.type !== "local") return false;
  for (let used = 0;; used++) {
    const hop = sourceRouteHop(way, used);
    // RFC1122-3.2.1.8c-sr-up
    if (hop === undefined) return true;
    if (hop === "cut") {
      parameterProblem(ip, packet, way.pointerAt - packet.network_header);
      return false;
    }
    const next = ip_route_input(ip, packet, hop);
    if (typeof next === "number" || next.error !== 0) return false;
    if (next.type !== "local" && next.type !== "unicast") return false;
    packet.route = next;
    if (next.type === "unicast") {
      packet.opt!.nextHop = hop;
      return true;
    }
    ipv4.setDestination(packet.bytes, packet.network_header, hop);
  }
}

/** A packet for this host: reassembled, then past LOCAL_IN. */
export function ip_local_deliver(ip: Input4Floor, packet: PacketBuffer): void {
  let whole: PacketBuffer | undefined = packet;
  // RFC1122-3.2.1.4-reassembly, RFC1122-3.3.2-able, RFC791-3.2-reass-whole, RFC6864-4.1-atomic-ignore
  if (ipv4.isFragment(packet.bytes, packet.network_header)) {
    whole = ip_defrag(ip, packet);
    if (whole === undefined) return;
  }
  if (!ip.hooks.pass(Hook.LOCAL_IN, whole, 4, whole.device, undefined)) return;
  ip_local_deliver_finish(ip, whole);
}

/** To raw sockets and to the transport by protocol number; ICMP protocol unreachable if nobody wants it. */
function ip_local_deliver_finish(ip: Input4Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  packet.data = packet.transport_header;
  const protocol = packet.protocol;
  const raw = ip.raw_taps.length > 0 && ip.rawDeliver(packet);
  const handler = ip.protocols4[protocol];
  if (handler !== undefined) {
    mib.inc(Counter.IpInDelivers);
    handler.receive(packet);
    return;
  }
  if (raw) return mib.inc(Counter.IpInDelivers);
  mib.inc(Counter.IpInUnknownProtos);
  // RFC1122-3.2.2.1-du-gen, RFC792-du-proto
  ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0);
}
