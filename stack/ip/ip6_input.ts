/**
 * IPv6 receive path: `net/ipv6/ip6_input.c`.
 *
 * @module
 */
import {
  ICMPV6_ADM_PROHIBITED,
  ICMPV6_DEST_UNREACH,
  ICMPV6_NOROUTE,
  ICMPV6_PARAMPROB,
  ICMPV6_UNK_NEXTHDR,
} from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import { EACCES, EINVAL } from "../../abi/errno.ts";
import { IFF_LOOPBACK } from "../link/device.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import * as ipv6 from "../wire/ipv6.ts";
import {
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_NONE,
  IPPROTO_ROUTING,
} from "../../abi/socket_constants.ts";
import { type ExtensionFloor, ipv6_destopt_rcv, ipv6_frag_rcv, ipv6_parse_hopopts, ipv6_rthdr_rcv } from "./exthdrs.ts";
import { type ForwardingFloor, ip6_forward } from "./forward.ts";
import { Hook } from "./hooks.ts";
import type { Receivers } from "./input.ts";
import type { InetProtocol } from "./interface.ts";
import type { RoutingTables } from "./route.ts";
import { ip6_route_input } from "./route_input.ts";
import type { Rtable } from "./rtable.ts";

/** What receiving over IPv6 asks of the floor. */
export interface Input6Floor extends ForwardingFloor, ExtensionFloor, Receivers {
  readonly routes: RoutingTables;
  /** `net.ipv4.ip_early_demux`, for both families */
  readonly early_demux: Setting;
  /** Transports by protocol number. */
  readonly protocols6: readonly (InetProtocol | undefined)[];
}

/** A packet from a device: RFC 8200 section 3 and the address checks of RFC 4291, in Linux's order. */
export function ip6_rcv(ip: Input6Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  const { bytes, data } = packet;
  const length = packet.tail - data;
  packet.family = 6;
  packet.network_header = data;
  packet.opt = undefined;
  packet.frag_max_size = 0;
  packet.forwarded = false;
  packet.ignore_df = false;
  if (packet.pkt_type === "otherhost") return;
  mib.inc(Counter.Ip6InReceives);
  mib.add(Counter.Ip6InOctets, length);
  const device = packet.device!;
  const state = ip.routes.devices.get(device.ifindex);
  if (state === undefined || state.disable_ipv6.value !== 0) return mib.inc(Counter.Ip6InDiscards);
  if (length < ipv6.HEADER_LENGTH || ipv6.version(bytes, data) !== 6) return mib.inc(Counter.Ip6InHdrErrors);
  packet.tos = ipv6.trafficClass(bytes, data);
  mib.inc(Counter.Ip6InNoECTPkts + (packet.tos & 3));
  if (!validAddresses(bytes, data, (device.flags & IFF_LOOPBACK) !== 0)) return mib.inc(Counter.Ip6InHdrErrors);

  packet.ttl = ipv6.hopLimit(bytes, data);
  packet.nhoff = 6;
  packet.transport_header = data + ipv6.HEADER_LENGTH;
  const next = ipv6.nextHeader(bytes, data);
  const payload = ipv6.payloadLength(bytes, data);
  // Payload length 0 with hop-by-hop options may be a jumbogram (RFC 2675).
  if (payload !== 0 || next !== IPPROTO_HOPOPTS) {
    // RFC8200-3-payload-len
    if (payload + ipv6.HEADER_LENGTH > length) return mib.inc(Counter.Ip6InTruncatedPkts);
    packet.trim(payload + ipv6.HEADER_LENGTH);
  }
  if (next === IPPROTO_HOPOPTS && !ipv6_parse_hopopts(ip, packet)) return mib.inc(Counter.Ip6InHdrErrors);
  if (!ip.hooks.pass(Hook.PRE_ROUTING, packet, 6, packet.device, undefined)) return;
  ip6_rcv_finish(ip, packet);
}

/** Addresses that may not be on a wire: RFC 4291 sections 2.5.3 and 2.7. */
function validAddresses(bytes: Uint8Array, header: number, loopback: boolean): boolean {
  const source = header + ipv6.SOURCE;
  const destination = header + ipv6.DESTINATION;
  // RFC4443-2.4-e6-src, RFC1122-4.1.3.6-bad-src
  if (bytes[source] === 0xff) return false;
  if (bytes[destination] === 0xff) {
    const scope = ipv6.multicastScope(bytes, destination);
    if (scope === 0 || (scope === 1 && !loopback)) return false;
  } else if (!loopback && ipv6.isLoopbackAt(bytes, destination)) return false;
  return loopback || !ipv6.isLoopbackAt(bytes, source);
}

function ip6_rcv_finish(ip: Input6Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  let route = packet.route as Rtable | undefined;
  if (route === undefined || !route.isValid()) route = knownRoute(ip, packet);
  if (route === undefined) {
    const found = ip6_route_input(ip, packet);
    if (typeof found === "number") return;
    packet.route = route = found;
  }
  if (route.error !== 0) return ip6_pkt_drop(ip, packet, route);
  switch (route.type) {
    case "local":
      return ip6_input(ip, packet);
    case "multicast":
      mib.inc(Counter.Ip6InMcastPkts);
      mib.add(Counter.Ip6InMcastOctets, packet.length);
      // Nothing is done with groups that nobody joined (`ipv6_chk_mcast_addr`).
      if (wanted(ip, packet, route)) ip6_input(ip, packet);
      return;
    case "unicast":
      return ip6_forward(ip, packet, route);
    default:
      return;
  }
}

/** The route that the packet's endpoint knows, where the transport's header follows at once. */
function knownRoute(ip: Input6Floor, packet: PacketBuffer): Rtable | undefined {
  if (ip.early_demux.value === 0) return undefined;
  const next = ipv6.nextHeader(packet.bytes, packet.network_header);
  const route = ip.protocols6[next]?.early_demux?.(packet) as Rtable | undefined;
  if (route !== undefined) packet.route = route;
  return route;
}

function wanted(ip: Input6Floor, packet: PacketBuffer, route: Rtable): boolean {
  const source = ipv6.source(packet.bytes, packet.network_header);
  return ip.routes.in_device(packet.device!).allows(route.destination, source);
}

/** A packet for which there is no route (`ip6_pkt_discard`, `ip6_pkt_prohibit`). */
function ip6_pkt_drop(ip: Input6Floor, packet: PacketBuffer, route: Rtable): void {
  const { mib } = ip.net;
  // Blackholes are silent.
  if (route.error === EINVAL) return;
  // RFC8200-3-not-ours
  const { isUnspecified } = ipv6.destination(packet.bytes, packet.network_header);
  mib.inc(isUnspecified ? Counter.Ip6InAddrErrors : Counter.Ip6InNoRoutes);
  const code = route.error === EACCES ? ICMPV6_ADM_PROHIBITED : ICMPV6_NOROUTE;
  ip.icmp?.icmp6_send(packet, ICMPV6_DEST_UNREACH, code, 0);
}

/** A packet for this host: past LOCAL_IN, then header after header until a transport takes it. */
function ip6_input(ip: Input6Floor, packet: PacketBuffer): void {
  if (!ip.hooks.pass(Hook.LOCAL_IN, packet, 6, packet.device, undefined)) return;
  ip6_protocol_deliver(ip, packet);
}

/** `ip6_protocol_deliver_rcu`: each step consumes at least eight octets, so the walk ends. */
function ip6_protocol_deliver(ip: Input6Floor, packet: PacketBuffer): void {
  const { mib } = ip.net;
  let current: PacketBuffer = packet;
  for (;;) {
    const next = current.bytes[current.network_header + current.nhoff]!;
    current.data = current.transport_header;
    current.protocol = next;
    const raw = ip.raw_taps.length > 0 && ip.rawDeliver(current);
    switch (next) {
      case IPPROTO_HOPOPTS:
        // Allowed only directly after the IPv6 header, where it has been dealt with already (RFC 8200 section 4.1).
        // RFC8200-4-hbh-first, RFC8200-4-nh-zero
        return unknownHeader(ip, current, raw);
      case IPPROTO_DSTOPTS:
        // RFC8200-4.6-destopt, RFC8200-4-order, RFC8200-4.1-any-order
        if (!ipv6_destopt_rcv(ip, current)) return;
        continue;
      case IPPROTO_ROUTING:
        if (!ipv6_rthdr_rcv(ip, current)) return;
        continue;
      case IPPROTO_FRAGMENT: {
        const whole = ipv6_frag_rcv(ip, current);
        if (whole === undefined) return;
        current = whole;
        continue;
      }
      case IPPROTO_NONE:
        // RFC8200-4.7-no-next
        return mib.inc(Counter.Ip6InDelivers);
    }
    const handler = ip.protocols6[next];
    if (handler === undefined) return unknownHeader(ip, current, raw);
    mib.inc(Counter.Ip6InDelivers);
    handler.receive(current);
    return;
  }
}

/** RFC 8200 section 4: parameter problem code 1, pointing to the next-header octet that names it. */
function unknownHeader(ip: Input6Floor, packet: PacketBuffer, raw: boolean): void {
  const { mib } = ip.net;
  if (raw) return mib.inc(Counter.Ip6InDelivers);
  mib.inc(Counter.Ip6InUnknownProtos);
  // RFC8200-4-nh-unrecognized, RFC4443-3.4-pp-send, RFC4443-3.4-pp-discard
  ip.icmp?.icmp6_send(packet, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, packet.nhoff);
}
