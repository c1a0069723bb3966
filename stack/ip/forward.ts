/**
 * Forwarding, both families: `net/ipv4/ip_forward.c`, `ip6_forward`.
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_EXC_TTL,
  ICMP_FRAG_NEEDED,
  ICMP_SR_FAILED,
  ICMP_TIME_EXCEEDED,
  ICMPV6_DEST_UNREACH,
  ICMPV6_EXC_HOPLIMIT,
  ICMPV6_NOT_NEIGHBOUR,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_TIME_EXCEED,
} from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import type { NetDevice } from "../link/device.ts";
import { skb_gso_network_seglen } from "../link/segment.ts";
import { rt_tos2priority } from "../link/priority.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as extension from "../wire/ipv6_extension.ts";
import { Hook } from "./hooks.ts";
import { ip6_output } from "./ip6_output.ts";
import { isStrictlyRouted, markForwarded } from "./options.ts";
import { ip_output, type OutputFloor } from "./output.ts";
import type { LearnedPaths } from "./pmtu.ts";
import { isDetour4, isDetour6, type RedirectLimit, type RedirectSender, tellOfBetterHop4 } from "./redirect.ts";
import type { Rtable } from "./rtable.ts";

/** What forwarding asks of the floor. */
export interface ForwardingFloor extends OutputFloor {
  /** `net.ipv4.ip_forward_use_pmtu` */
  readonly forward_use_pmtu: Setting;
  /** `net.ipv6.conf.all.forwarding`: IPv6 forwards for all interfaces or for none. */
  readonly forwarding6: Setting;
  readonly redirects: RedirectLimit;
  /** Tells the sender of a packet that its way by this host is a detour. */
  readonly redirecting6: ((packet: PacketBuffer, route: Rtable) => void) | undefined;
  readonly routes: { readonly loopback: NetDevice } & LearnedPaths & RedirectSender["routes"];
}

/** Passes a packet on (RFC 1812 section 5.3): TTL, source route, size, options. */
export function ip_forward(ip: ForwardingFloor, packet: PacketBuffer, route: Rtable): void {
  const { mib } = ip.net;
  // RFC1812-5.3.4-link-bcast, RFC1812-5.3.4-link-bcast-drop
  if (packet.pkt_type !== "host") return;
  const { bytes, network_header: at } = packet;
  // RFC1812-5.3.1-ttl-expire, RFC1812-5.2.7.3-te: a packet that would arrive dead is answered, not forwarded.
  if (ipv4.timeToLive(bytes, at) <= 1) {
    mib.inc(Counter.IpInHdrErrors);
    ip.icmp?.icmp_send(packet, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
    return;
  }
  // RFC1812-5.3.13.4-sr
  if (isStrictlyRouted(packet) && route.gateway !== undefined) {
    ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_SR_FAILED, 0);
    return;
  }
  mib.inc(Counter.IpForwDatagrams);
  packet.forwarded = true;
  const mtu = forwardMtu(ip, packet, route);
  // RFC1812-5.2.6-df
  if (lengthOnLink(packet) > mtu && ipv4.dontFragment(bytes, at) && !packet.ignore_df) {
    mib.inc(Counter.IpFragFails);
    ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
    return;
  }
  // RFC1812-5.3.1-ttl-dec, RFC1812-4.2.2.5-update
  ipv4.decrementTimeToLive(bytes, at);
  if (isDetour4(packet, route)) tellOfBetterHop4(ip, packet, route);
  packet.priority = rt_tos2priority(packet.tos);
  if (!ip.hooks.pass(Hook.FORWARD, packet, 4, packet.device, route.device)) return;
  // RFC1812-5.3.13.5-rr, RFC1812-5.3.13.6-ts, RFC1812-5.3.13.4-sr
  if (packet.opt !== undefined) {
    markForwarded(packet, route.source);
    ipv4.fillHeaderChecksum(bytes, at);
  }
  ip_output(ip, packet, route, mtu);
}

/** Whoever cuts an aggregate up, or fills in its checksum, has to know what is behind its extension headers. */
function findTransport(packet: PacketBuffer): void {
  const { bytes, network_header: header, tail } = packet;
  let next = ipv6.nextHeader(bytes, header);
  let at = header + ipv6.HEADER_LENGTH;
  while (extension.isExtension(next) && extension.check(bytes, at, tail, next) === undefined) {
    const length = extension.lengthOf(next, bytes, at);
    next = extension.nextHeader(bytes, at);
    at += length;
  }
  packet.protocol = next;
  packet.transport_header = at;
}

/** Octets of a packet as it goes over a link; of an aggregate, which leaves in its segments, of the longest of them. */
function lengthOnLink(packet: PacketBuffer): number {
  return packet.gso_size > 0 ? skb_gso_network_seglen(packet) : packet.length;
}

/** Routers trust learned path MTUs only when told to (`ip_forward_use_pmtu`): whoever sent them, it was not for its own packets. */
function forwardMtu(ip: ForwardingFloor, packet: PacketBuffer, route: Rtable): number {
  const { routes, forward_use_pmtu } = ip;
  const mtu = route.mtu();
  if (forward_use_pmtu.value === 0) return mtu;
  const learned = routes.exceptionAt(4, packet.bytes, packet.network_header + ipv4.DESTINATION);
  return routes.exceptions4.holds(learned) ? Math.min(mtu, learned.pmtu) : mtu;
}

/** Passes an IPv6 packet on (RFC 8200 section 3): hop limit, scope, size. */
export function ip6_forward(ip: ForwardingFloor, packet: PacketBuffer, route: Rtable): void {
  const { mib } = ip.net;
  const { bytes, network_header: at } = packet;
  // RFC8200-3-not-ours
  if (ip.forwarding6.value === 0) return mib.inc(Counter.Ip6InAddrErrors);
  findTransport(packet);
  if (packet.pkt_type !== "host") {
    mib.inc(Counter.Ip6InDiscards);
    return;
  }
  // RFC4443-3.3-te-send
  if (ipv6.hopLimit(bytes, at) <= 1) {
    mib.inc(Counter.Ip6InHdrErrors);
    ip.icmp?.icmp6_send(packet, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
    return;
  }
  if (route.device !== packet.device) {
    const source = IpAddress.from(bytes, at + ipv6.SOURCE, 6);
    if (source.isUnspecified || source.isMulticast || source.isLoopback) return mib.inc(Counter.Ip6InAddrErrors);
    if (source.isLinkLocal) {
      ip.icmp?.icmp6_send(packet, ICMPV6_DEST_UNREACH, ICMPV6_NOT_NEIGHBOUR, 0);
      return mib.inc(Counter.Ip6InAddrErrors);
    }
  }
  // A route's own MTU is looked at on the way out, unless it is locked (`ip6_dst_mtu_maybe_forward`).
  const mtu = Math.max(route.metrics.mtu_lock === true ? route.mtu() : route.device_mtu(), ipv6.MIN_MTU);
  packet.forwarded = true;
  mib.inc(Counter.Ip6OutForwDatagrams);
  // RFC4443-3.2-ptb-send, RFC8200-4.5-source-only
  if (lengthOnLink(packet) > mtu || packet.frag_max_size > mtu) {
    mib.inc(Counter.Ip6InTooBigErrors);
    mib.inc(Counter.Ip6FragFails);
    ip.icmp?.icmp6_send(packet, ICMPV6_PKT_TOOBIG, 0, mtu);
    return;
  }
  // RFC8200-3-hoplimit-dec
  ipv6.setHopLimit(bytes, at, ipv6.hopLimit(bytes, at) - 1);
  if (isDetour6(packet, route)) ip.redirecting6?.(packet, route);
  if (!ip.hooks.pass(Hook.FORWARD, packet, 6, packet.device, route.device)) return;
  const learned = ip.routes.exceptionAt(6, bytes, at + ipv6.DESTINATION);
  ip6_output(ip, packet, route, ip.routes.exceptions6.holds(learned) ? Math.min(mtu, learned.pmtu) : route.mtu());
}
