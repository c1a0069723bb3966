/**
 * IPv4 send path: `net/ipv4/ip_output.c`.
 *
 * @module
 */
import { ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED } from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import { EINVAL, EMSGSIZE, EPERM } from "../../abi/errno.ts";
import { IFF_LOOPBACK, type NetDevice } from "../link/device.ts";
import type { Neighbours } from "../link/neighbours.ts";
import { skb_gso_network_seglen, skb_gso_segment } from "../link/segment.ts";
import { Counter } from "../mib.ts";
import type { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { type FragmentationFloor, ip_do_fragment } from "./fragment.ts";
import { Hook, type Hooks } from "./hooks.ts";
import type { WithIcmp } from "./icmp_sender.ts";
import { type IpSendOptions, PmtuDiscovery } from "./interface.ts";
import { putOptions, type Recorder } from "./options.ts";
import type { Rtable } from "./rtable.ts";

/** What sending asks of the floor, in either family. */
export interface OutputFloor extends FragmentationFloor, WithIcmp {
  readonly hooks: Hooks;
  readonly neighbours: Neighbours;
  /** Where packets of this host to itself go. */
  readonly routes: { readonly loopback: NetDevice };
}

/** What sending over IPv4 asks of the floor. */
export interface Output4Floor extends OutputFloor {
  /** How this host records itself in options. */
  recorder(address: IpAddress): Recorder;
}

/**
 * Puts an IPv4 header in front of a transport packet and sends it (`__ip_queue_xmit`, `ip_push_pending_frames`). 0 or
 * `-errno`.
 */
export function ip_queue_xmit(ip: Output4Floor, packet: PacketBuffer, route: Rtable, options: IpSendOptions): number {
  const option_length = options.options?.octets.length ?? 0;
  if (option_length > 40 || option_length % 4 !== 0) return -EINVAL;
  const header_length = ipv4.MIN_HEADER_LENGTH + option_length;
  const length = packet.length + header_length;
  if (length > ipv4.MAX_TOTAL_LENGTH && packet.gso_size === 0) return -EMSGSIZE;
  packet.transport_header = packet.data;
  const at = packet.push(header_length);
  const { bytes } = packet;
  packet.network_header = at;
  packet.family = 4;
  packet.protocol = options.protocol;
  packet.tos = options.tos;
  packet.opt = undefined;
  packet.frag_max_size = 0;
  packet.forwarded = false;
  packet.mc_loop = options.loop !== false;

  const df = wantsDf(route, options, packet.gso_size > 0 ? 0 : length);
  // RFC791-3.1-version
  ipv4.setVersionAndHeaderLength(bytes, at, header_length);
  // RFC1122-3.2.1.6-tos-set, RFC1122-4.1.4-spec
  ipv4.setTypeOfService(bytes, at, options.tos);
  // RFC1191-df-bit, RFC791-3.1-flag-reserved
  ipv4.setFlagsAndOffset(bytes, at, df ? ipv4.DF : 0);
  // RFC1122-3.2.1.7-ttl-set, RFC1122-4.1.4-spec, RFC1112-6.1-ttl
  ipv4.setTimeToLive(bytes, at, options.ttl !== 0 ? options.ttl : route.type === "multicast" ? 1 : route.hoplimit());
  // RFC768-ip-proto
  ipv4.setProtocol(bytes, at, options.protocol);
  ipv4.setSource(bytes, at, options.source);
  ipv4.setDestination(bytes, at, options.options?.firstHop ?? options.destination);
  if (options.options !== undefined && option_length > 0) {
    putOptions(bytes, at, options.options, options.destination, ip.recorder(options.source));
  }
  // RFC 6864: a datagram that is never fragmented needs no identification; a socket's own counter goes before all.
  const id = options.id ??
    (df && !packet.ignore_df ? 0 : ip.idents.select(options.source, options.destination, options.protocol));
  ipv4.setIdentification(bytes, at, id);
  return ip_local_out(ip, packet, route, mtuOf(route, options));
}

/** `ip_dont_fragment` for streams; for datagrams also in the modes that set it whatever the path (`__ip_make_skb`). */
function wantsDf(route: Rtable, options: IpSendOptions, length: number): boolean {
  const mode = options.pmtudisc;
  if (options.df === false) return false;
  if (mode === PmtuDiscovery.DO || mode === PmtuDiscovery.PROBE) return true;
  // RFC1191-df-bit
  if (options.df === true) return !route.mtuLocked();
  return mode === PmtuDiscovery.WANT && !route.mtuLocked() && length <= route.mtu();
}

/** Modes PROBE, INTERFACE and OMIT look at the device alone (`ip_sk_use_pmtu`). */
function mtuOf(route: Rtable, options: IpSendOptions): number {
  return options.pmtudisc < PmtuDiscovery.PROBE ? route.mtu() : route.device_mtu();
}

/** Sends a packet whose header is there: length and checksum are filled in, LOCAL_OUT is passed. 0 or `-errno`. */
export function ip_local_out(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number = route.mtu()): number {
  const { bytes, network_header: at } = packet;
  packet.route = route;
  packet.device = route.device;
  ip.net.mib.inc(Counter.IpOutRequests);
  // RFC791-3.1-checksum-send
  ipv4.setTotalLength(bytes, at, Math.min(packet.length, ipv4.MAX_TOTAL_LENGTH));
  ipv4.fillHeaderChecksum(bytes, at);
  if (!ip.hooks.pass(Hook.LOCAL_OUT, packet, 4, undefined, route.device)) return -EPERM;
  return ip_output(ip, packet, route, mtu);
}

/** Where a route leads a packet on its way out (`dst_output`, `ip_output`, `ip_mc_output`). 0 or `-errno`. */
export function ip_output(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  if (route.error !== 0) return -route.error;
  if (route.type === "multicast" || route.type === "broadcast") {
    if (!packet.forwarded && (route.device.flags & IFF_LOOPBACK) === 0) loopBack(ip, packet, route);
    // Multicasts with TTL 0 never leave this host.
    if (route.type === "multicast" && ipv4.timeToLive(packet.bytes, packet.network_header) === 0) return 0;
  }
  if (!ip.hooks.pass(Hook.POST_ROUTING, packet, 4, undefined, route.device)) return -EPERM;
  return ip_finish_output(ip, packet, route, mtu);
}

/** A copy of a multicast for a group joined here, or of a broadcast, comes in again (`ip_mc_finish_output`). */
function loopBack(ip: OutputFloor, packet: PacketBuffer, route: Rtable): void {
  if (route.type === "multicast" && (!packet.mc_loop || !route.in_device.isMember(route.destination))) return;
  const copy = packet.copy();
  copy.pkt_type = "loopback";
  if (copy.ip_summed === "partial") copy.ip_summed = "unnecessary";
  ip.routes.loopback.transmit(copy);
}

/** Fragments what is longer than `mtu`, or refuses to. */
function ip_finish_output(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  if (packet.gso_size > 0) {
    if (skb_gso_network_seglen(packet) <= mtu) return ip_finish_output2(ip, packet, route);
    // The path shrank after the aggregate was made: its segments are judged one by one (`ip_finish_output_gso`).
    let result = 0;
    for (const segment of skb_gso_segment(packet)) {
      const sent = ip_finish_output(ip, segment, route, mtu);
      if (sent < 0 && result === 0) result = sent;
    }
    return result;
  }
  if (packet.length > mtu || packet.frag_max_size > 0) return ip_fragment(ip, packet, route, mtu);
  return ip_finish_output2(ip, packet, route);
}

/** As `ip_fragment`: with DF, ICMP fragmentation needed to the sender and `-EMSGSIZE`. */
function ip_fragment(ip: OutputFloor, packet: PacketBuffer, route: Rtable, mtu: number): number {
  if (
    // RFC791-3.1-df
    ipv4.dontFragment(packet.bytes, packet.network_header) &&
    (!packet.ignore_df || (packet.frag_max_size > 0 && packet.frag_max_size > mtu))
  ) {
    ip.net.mib.inc(Counter.IpFragFails);
    ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
    return -EMSGSIZE;
  }
  return ip_do_fragment(ip, packet, mtu, (fragment) => ip_finish_output2(ip, fragment, route));
}

/** To the neighbour. */
function ip_finish_output2(ip: OutputFloor, packet: PacketBuffer, route: Rtable): number {
  const { mib } = ip.net;
  if (route.type === "multicast") {
    mib.inc(Counter.IpExtOutMcastPkts);
    mib.add(Counter.IpExtOutMcastOctets, packet.length);
  } else if (route.type === "broadcast") {
    mib.inc(Counter.IpExtOutBcastPkts);
    mib.add(Counter.IpExtOutBcastOctets, packet.length);
  }
  mib.inc(Counter.IpOutTransmits);
  mib.add(Counter.IpExtOutOctets, packet.length);
  return neigh_output(ip, packet, route);
}

/** Hands a packet to whom is next on the link (`ip_finish_output2`, `neigh_output`). */
export function neigh_output(ip: OutputFloor, packet: PacketBuffer, route: Rtable): number {
  const cast = route.type === "multicast" || route.type === "broadcast" ? route.type : "unicast";
  return ip.neighbours.neigh_output(packet, route.device, nextHop(packet, route), cast);
}

/** Routes of what is passed on are for many destinations; without a gateway each is on the link itself. */
function nextHop(packet: PacketBuffer, route: Rtable): IpAddress {
  if (route.input === undefined || route.gateway !== undefined || route.device.address === undefined) {
    return route.next_hop;
  }
  const { bytes, network_header: at } = packet;
  return route.family === 4 ? ipv4.destination(bytes, at) : ipv6.destination(bytes, at);
}
