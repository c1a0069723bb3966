/**
 * IPv6 send path: `net/ipv6/ip6_output.c`.
 *
 * @module
 */
import { ICMPV6_PKT_TOOBIG } from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import { EMSGSIZE, EPERM } from "../../abi/errno.ts";
import { IFF_LOOPBACK } from "../link/device.ts";
import { skb_gso_network_seglen, skb_gso_segment } from "../link/segment.ts";
import { Counter } from "../mib.ts";
import { hashBytes } from "../wire/address.ts";
import type { Setting } from "../sysctl.ts";
import { get32 } from "../wire/bytes.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import { ip6_do_fragment } from "./fragment.ts";
import { Hook } from "./hooks.ts";
import { type IpSendOptions, PmtuDiscovery } from "./interface.ts";
import { neigh_output, type OutputFloor } from "./output.ts";
import type { Rtable } from "./rtable.ts";

/** What sending over IPv6 asks of the floor. */
export interface Output6Floor extends OutputFloor {
  /** `net.ipv6.auto_flowlabels` */
  readonly auto_flowlabels: Setting;
  /** Makes flow labels that nobody can foretell. */
  readonly flow_secret: number;
}

/** Puts an IPv6 header in front of a transport packet and sends it (`ip6_xmit`, `ip6_push_pending_frames`). 0 or `-errno`. */
export function ip6_xmit(ip: Output6Floor, packet: PacketBuffer, route: Rtable, options: IpSendOptions): number {
  const payload = packet.length;
  if (payload > ipv6.MAX_PAYLOAD_LENGTH && packet.gso_size === 0) return -EMSGSIZE;
  packet.transport_header = packet.data;
  const at = packet.push(ipv6.HEADER_LENGTH);
  const { bytes } = packet;
  packet.network_header = at;
  packet.family = 6;
  packet.protocol = options.protocol;
  packet.tos = options.tos;
  packet.frag_max_size = 0;
  packet.forwarded = false;
  packet.mc_loop = options.loop !== false;
  packet.nhoff = 6;
  ipv6.setSource(bytes, at, options.source);
  ipv6.setDestination(bytes, at, options.destination);
  const label = options.flowlabel !== undefined && options.flowlabel !== 0
    ? options.flowlabel
    : ip6_make_flowlabel(ip, packet, options);
  // RFC8200-7-tclass
  ipv6.setVersionClassFlow(bytes, at, options.tos, label);
  ipv6.setPayloadLength(bytes, at, Math.min(payload, ipv6.MAX_PAYLOAD_LENGTH));
  ipv6.setNextHeader(bytes, at, options.protocol);
  // RFC1122-3.2.1.7-ttl-set
  ipv6.setHopLimit(bytes, at, options.ttl !== 0 ? options.ttl : route.type === "multicast" ? 1 : route.hoplimit());
  // With PROBE and above the path MTU plays no role (`ip6_sk_accept_pmtu`, `ip6_skb_dst_mtu`).
  const mtu = options.pmtudisc < PmtuDiscovery.PROBE ? route.mtu() : route.device_mtu();
  // TCP is never fragmented by its own host: it learns that it is too long. Datagrams are, unless DO or PROBE forbids it.
  packet.ignore_df = options.df !== true &&
    (options.pmtudisc < PmtuDiscovery.DO || options.pmtudisc === PmtuDiscovery.OMIT);
  return ip6_local_out(ip, packet, route, mtu);
}

/** A label that stays the same for a flow (`ip6_make_flowlabel`, RFC 6438). */
function ip6_make_flowlabel(ip: Output6Floor, packet: PacketBuffer, options: IpSendOptions): number {
  const mode = ip.auto_flowlabels.value;
  // 1 and 3: on unless the socket says otherwise or at all; 2: only for sockets that ask.
  if (mode === 0 || mode === 2) return 0;
  let hash = options.hash ?? packet.hash;
  if (hash === 0) {
    const { bytes, transport_header: at } = packet;
    // RFC6437-3-same-flow, RFC6437-3-source, RFC8200-6-flowlabel
    const ports = options.protocol === IPPROTO_TCP || options.protocol === IPPROTO_UDP ? get32(bytes, at) : 0;
    const seed = (ip.flow_secret ^ ports ^ Math.imul(options.protocol + 1, 0x9e3779b1)) | 0;
    hash = hashBytes(bytes, packet.network_header + ipv6.SOURCE, 32, seed);
  }
  return ((hash << 16) | (hash >>> 16)) & 0xfffff;
}

/** Sends a packet whose header is there; LOCAL_OUT is passed. 0 or `-errno`. */
export function ip6_local_out(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number = route.mtu()): number {
  packet.route = route;
  packet.device = route.device;
  ip.net.mib.inc(Counter.Ip6OutRequests);
  const payload = packet.length - ipv6.HEADER_LENGTH;
  ipv6.setPayloadLength(packet.bytes, packet.network_header, payload > ipv6.MAX_PAYLOAD_LENGTH ? 0 : payload);
  if (!ip.hooks.pass(Hook.LOCAL_OUT, packet, 6, undefined, route.device)) return -EPERM;
  return ip6_output(ip, packet, route, mtu);
}

/** Where a route leads a packet on its way out. 0 or `-errno`. */
export function ip6_output(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  if (route.error !== 0) return -route.error;
  const { mib } = ip.net;
  if (route.in_device.disable_ipv6.value !== 0) {
    mib.inc(Counter.Ip6OutDiscards);
    return 0;
  }
  if (!ip.hooks.pass(Hook.POST_ROUTING, packet, 6, undefined, route.device)) return -EPERM;
  return ip6_finish_output(ip, packet, route, mtu);
}

function ip6_finish_output(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  if (packet.gso_size > 0) {
    if (skb_gso_network_seglen(packet) <= mtu) return ip6_finish_output2(ip, packet, route);
    let result = 0;
    for (const segment of skb_gso_segment(packet)) {
      const sent = ip6_finish_output(ip, segment, route, mtu);
      if (sent < 0 && result === 0) result = sent;
    }
    return result;
  }
  if (packet.length > mtu || packet.frag_max_size > mtu) return ip6_fragment(ip, packet, route, mtu);
  return ip6_finish_output2(ip, packet, route);
}

/** As `ip6_fragment`: datagrams of this host are fragmented; otherwise packet too big goes to the sender. */
function ip6_fragment(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  const { mib } = ip.net;
  const refused = !packet.ignore_df || packet.forwarded || (packet.frag_max_size > 0 && packet.frag_max_size > mtu) ||
    mtu < ipv6.HEADER_LENGTH + 8 + 8;
  if (refused) {
    mib.inc(Counter.Ip6FragFails);
    ip.icmp?.icmp6_send(packet, ICMPV6_PKT_TOOBIG, 0, mtu);
    return -EMSGSIZE;
  }
  return ip6_do_fragment(ip, packet, mtu, (fragment) => ip6_finish_output2(ip, fragment, route));
}

/** To the neighbour; a multicast for a group joined here also comes in again. */
function ip6_finish_output2(ip: OutputFloor, packet: PacketBuffer, route: Rtable): number {
  const { mib } = ip.net;
  if (route.type === "multicast") {
    const heard = packet.mc_loop && !packet.forwarded && route.in_device.isMember(route.destination);
    if (heard && (route.device.flags & IFF_LOOPBACK) === 0) {
      const copy = packet.copy();
      copy.pkt_type = "loopback";
      if (copy.ip_summed === "partial") copy.ip_summed = "unnecessary";
      ip.routes.loopback.transmit(copy);
      if (ipv6.hopLimit(packet.bytes, packet.network_header) === 0) {
        mib.inc(Counter.Ip6OutDiscards);
        return 0;
      }
    }
    mib.inc(Counter.Ip6OutMcastPkts);
    mib.add(Counter.Ip6OutMcastOctets, packet.length);
    // RFC 4291 section 2.7: scope 1 does not leave the interface.
    if (ipv6.multicastScope(packet.bytes, packet.network_header + ipv6.DESTINATION) <= 1) {
      if ((route.device.flags & IFF_LOOPBACK) === 0) return 0;
    }
  }
  mib.inc(Counter.Ip6OutTransmits);
  mib.add(Counter.Ip6OutOctets, packet.length);
  return neigh_output(ip, packet, route);
}
