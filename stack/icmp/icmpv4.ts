/**
 * ICMP for IPv4: `net/ipv4/icmp.c`, RFC 792, RFC 1122 section 3.2.2.
 *
 * @module
 */
import {
  ICMP_ADDRESS,
  ICMP_ADDRESSREPLY,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_EXC_FRAGTIME,
  ICMP_EXT_ECHO,
  ICMP_EXT_ECHOREPLY,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_REDIR_HOSTTOS,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
} from "../../abi/icmp_constants.ts";
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { type IcmpError, PmtuDiscovery } from "../ip/interface.ts";
import type { HeaderOptions } from "../ip/header_options.ts";
import type { InDevice } from "../ip/in_device.ts";
import { replyOptions } from "../ip/options.ts";
import type { Rtable } from "../ip/rtable.ts";
import { inet_select_addr } from "../ip/source_address.ts";
import { IFF_LOOPBACK } from "../link/device.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import { IpAddress } from "../wire/address.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { IPPROTO_ICMP, IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { icmp_err_convert } from "./err_convert.ts";
import type { IcmpShared } from "./shared.ts";

/** What ICMP for IPv4 asks of the floor: settings by the last part of their names. */
export interface Icmp4Floor extends IcmpShared {
  readonly echo_ignore_all: Setting;
  readonly echo_ignore_broadcasts: Setting;
  readonly ignore_bogus: Setting;
  readonly use_inbound_ifaddr: Setting;
  readonly no_pmtu_disc: Setting;
  readonly ratelimit4: Setting;
  readonly ratemask4: Setting;
}

/** The highest type that is known; what is above is nothing to answer or to act on. */
const NR_ICMP_TYPES = 18;
/** The highest code of destination unreachable. */
const NR_ICMP_UNREACH = 15;
/** RFC 1812 section 4.3.2.3: as much as fits without exceeding 576 octets. */
const MAX_ERROR_LENGTH = 576;
/** `IPTOS_PREC_INTERNETCONTROL`, RFC 1812 section 4.3.2.5. */
const PRECEDENCE_INTERNETCONTROL = 0xc0;
/** 224.0.0.0: from here on an address is a group, or reserved. */
const FIRST_GROUP = 0xe0000000;
/** Source when a host has no address at all (RFC 7600). */
const INADDR_DUMMY = IpAddress.parse("192.0.0.8");

/** As `icmp_pointers[type].error`: whatever is no query and no answer to one counts as an error. */
function isErrorType(type: number): boolean {
  // RFC1122-3.2.2-no-err-icmp, RFC792-intro-no-icmp-about-icmp
  if (type === ICMP_ECHOREPLY || type === ICMP_ECHO) return false;
  return type < ICMP_TIMESTAMP || type > NR_ICMP_TYPES;
}

/** Counts a message that is sent (`icmp_out_count`). */
export function icmp_out_count(icmp: Icmp4Floor, type: number): void {
  icmp.net.mib.inc(Counter.IcmpOutMsgs);
  icmp.net.mib.icmpOut(type);
}

/** Types and codes without a limit: those not in `icmp_ratemask`, and path MTU discovery. */
function unlimited(icmp: Icmp4Floor, type: number, code: number): boolean {
  if (type > NR_ICMP_TYPES) return true;
  if (type === ICMP_DEST_UNREACH && code === ICMP_FRAG_NEEDED) return true;
  return ((1 << type) & icmp.ratemask4.value) === 0;
}

/** `icmpv4_xrlim_allow` */
function peerAllows(icmp: Icmp4Floor, route: Rtable, limited: boolean): boolean {
  if (!limited || (route.device.flags & IFF_LOOPBACK) !== 0) return true;
  if (!icmp.rate.destinationAllows(4, route.destination, icmp.ratelimit4.value)) {
    icmp.net.mib.inc(Counter.IcmpOutRateLimitHost);
    return false;
  }
  icmp.rate.spend();
  return true;
}

/** Sends an ICMP error about `about`, where the rules allow one (`__icmp_send`; RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7). */
export function icmp_send(icmp: Icmp4Floor, about: PacketBuffer, type: number, code: number, info: number): void {
  const { ip, net } = icmp;
  const { bytes, network_header: at } = about;
  const route = about.route as Rtable | undefined;
  if (route === undefined || about.tail - at < ipv4.MIN_HEADER_LENGTH) return;
  if (about.pkt_type !== "host" && about.pkt_type !== "loopback") return;
  // RFC1122-3.2.2-no-err-bcast
  if (route.type === "broadcast" || route.type === "multicast") return;
  // RFC1122-3.2.2-no-err-frag, RFC792-intro-first-fragment
  if (ipv4.fragmentOffset(bytes, at) !== 0) return;
  const header_length = ipv4.headerLength(bytes, at);
  // RFC1122-3.2.2-no-err-icmp, RFC792-intro-no-icmp-about-icmp
  if (ipv4.protocol(bytes, at) === IPPROTO_ICMP) {
    if (at + header_length >= about.tail) return;
    if (isErrorType(bytes[at + header_length]!)) return;
  }
  const source = ipv4.source(bytes, at);
  // RFC1122-3.2.2-no-err-src
  if (!isSingleHost(source)) return;
  const limited = !unlimited(icmp, type, code);
  const fromLoopback = about.device !== undefined && (about.device.flags & IFF_LOOPBACK) !== 0;
  if (limited && !fromLoopback && !icmp.rate.hostAllows()) {
    net.mib.inc(Counter.IcmpOutRateLimitGlobal);
    return;
  }
  const echoed = replyOptions(about);
  const found = ip.route_output({
    family: 4,
    destination: echoed?.firstHop ?? source,
    source: errorSource(icmp, about, route),
    oif: 0,
  });
  if (typeof found === "number") return;
  if (!peerAllows(icmp, found, limited)) return;
  const options_length = echoed?.octets.length ?? 0;
  const room = Math.min(found.mtu(), MAX_ERROR_LENGTH) - ipv4.MIN_HEADER_LENGTH - options_length -
    icmpv4.HEADER_LENGTH;
  if (room <= ipv4.MIN_HEADER_LENGTH) return;
  // RFC1122-3.2.2-quote-more, RFC792-intro-quote, RFC1812-4.3.2.3-quote
  const quoted = Math.min(about.tail - at, room);
  const message = PacketBuffer.allocate(icmpv4.HEADER_LENGTH + quoted, MAX_HEADER);
  const out = message.data;
  icmpv4.setType(message.bytes, out, type);
  icmpv4.setCode(message.bytes, out, code);
  icmpv4.setRest(message.bytes, out, info >>> 0);
  // RFC1122-3.2.2-quote-same
  message.bytes.set(bytes.subarray(at, at + quoted), out + icmpv4.HEADER_LENGTH);
  const tos = (ipv4.typeOfService(bytes, at) & 0x1e) | PRECEDENCE_INTERNETCONTROL;
  push_reply(icmp, message, found, tos, source, echoed);
}

/** Whether an address stands for one host: not unspecified, broadcast, multicast or reserved (RFC 1122 section 3.2.2). */
function isSingleHost(address: IpAddress): boolean {
  return address.u32 < FIRST_GROUP && !address.isUnspecified;
}

/** The address the packet was for if it is ours; else the route back decides, or the interface it came in on. */
function errorSource(icmp: Icmp4Floor, about: PacketBuffer, route: Rtable): IpAddress | undefined {
  const { ip } = icmp;
  if (route.type === "local" && route.error === 0) return ipv4.destination(about.bytes, about.network_header);
  if (icmp.use_inbound_ifaddr.value === 0 || about.device === undefined) return undefined;
  return inet_select_addr(ip.routes.devices.values(), about.device, ipv4.source(about.bytes, about.network_header));
}

/** Checksum, count, and out (`icmp_push_reply`). */
function push_reply(
  icmp: Icmp4Floor,
  message: PacketBuffer,
  route: Rtable,
  tos: number,
  destination: IpAddress,
  options: HeaderOptions | undefined,
): void {
  // RFC792-intro-checksum
  icmpv4.fillChecksum(message.bytes, message.data, message.tail);
  icmp_out_count(icmp, icmpv4.type(message.bytes, message.data));
  icmp.ip.queue_xmit(message, route, {
    source: route.source.isUnspecified ? INADDR_DUMMY : route.source,
    destination,
    protocol: IPPROTO_ICMP,
    tos,
    ttl: 0,
    pmtudisc: PmtuDiscovery.DONT,
    options,
  });
}

/** An ICMP message for this host, `data` at its header (`icmp_rcv`). */
export function icmp_rcv(icmp: Icmp4Floor, packet: PacketBuffer): void {
  const { mib } = icmp.net;
  const { bytes, data: at, tail } = packet;
  mib.inc(Counter.IcmpInMsgs);
  // RFC792-intro-checksum
  if (packet.ip_summed === "none" && !icmpv4.verifyChecksum(bytes, at, tail)) {
    mib.inc(Counter.IcmpInCsumErrors);
    return mib.inc(Counter.IcmpInErrors);
  }
  // RFC792-intro-checksum
  if (tail - at < icmpv4.HEADER_LENGTH) return mib.inc(Counter.IcmpInErrors);
  const type = icmpv4.type(bytes, at);
  mib.icmpIn(type);
  // Extended echo (RFC 8335) is off unless `icmp_echo_enable_probe` says otherwise, and not known here.
  if (type === ICMP_EXT_ECHO) return;
  // RFC1122-3.2.2-unknown, RFC792-unknown-type
  if (type > NR_ICMP_TYPES && type !== ICMP_EXT_ECHOREPLY) return mib.inc(Counter.IcmpInErrors);
  packet.data = at + icmpv4.HEADER_LENGTH;
  const route = packet.route as Rtable;
  if (route.type === "broadcast" || route.type === "multicast") {
    const query = type === ICMP_ECHO || type === ICMP_TIMESTAMP;
    // RFC1122-3.2.2.6-echo-bcast, RFC1122-3.2.2.6-echo-mcast
    if (query && icmp.echo_ignore_broadcasts.value !== 0) return mib.inc(Counter.IcmpInErrors);
    if (!query && type !== ICMP_ADDRESS && type !== ICMP_ADDRESSREPLY) {
      return mib.inc(Counter.IcmpInErrors);
    }
  }
  switch (type) {
    // RFC1122-3.2.2.6-echo-pass
    case ICMP_ECHOREPLY:
    case ICMP_EXT_ECHOREPLY:
      for (const receiver of icmp.ping_receivers) if (receiver(packet)) return;
      return;
    case ICMP_DEST_UNREACH:
    case ICMP_SOURCE_QUENCH:
    // RFC1122-3.2.2.4-te-pass
    case ICMP_TIME_EXCEEDED:
    case ICMP_PARAMETERPROB:
      // RFC1122-3.2.2.1-du-pass, RFC1122-3.2.2.4-te-pass
      return icmp_unreach(icmp, packet, type);
    case ICMP_REDIRECT:
      return icmp_redirect(icmp, packet);
    case ICMP_ECHO:
      // RFC1122-3.2.2.6-echo-server, RFC792-echo-reply
      if (icmp.echo_ignore_all.value === 0) icmp_reply(icmp, packet, ICMP_ECHOREPLY);
      return;
    case ICMP_TIMESTAMP:
      if (packet.length < 4) return mib.inc(Counter.IcmpInErrors);
      return icmp_reply(icmp, packet, ICMP_TIMESTAMPREPLY);
    default:
      return;
  }
}

/** Answers a query from the address it was sent to (`icmp_reply`). */
function icmp_reply(icmp: Icmp4Floor, packet: PacketBuffer, type: number): void {
  const { ip } = icmp;
  const { bytes, network_header: ipAt, transport_header: at, tail } = packet;
  const limited = !unlimited(icmp, type, 0);
  if (limited && !icmp.rate.hostAllows()) return icmp.net.mib.inc(Counter.IcmpOutRateLimitGlobal);
  const echoed = replyOptions(packet);
  const local = (packet.route as Rtable).type === "local";
  const found = ip.route_output({
    family: 4,
    destination: echoed?.firstHop ?? ipv4.source(bytes, ipAt),
    // RFC1122-3.2.2.8-ts-src
    source: local ? ipv4.destination(bytes, ipAt) : undefined,
  });
  if (typeof found === "number" || !peerAllows(icmp, found, limited)) return;
  const timestamp = type === ICMP_TIMESTAMPREPLY;
  // RFC1122-3.2.2.6-echo-data, RFC792-echo-reply
  const length = timestamp ? icmpv4.HEADER_LENGTH + 12 : tail - at;
  const reply = PacketBuffer.allocate(length, MAX_HEADER);
  const out = reply.data;
  reply.bytes.set(bytes.subarray(at, Math.min(at + length, tail)), out);
  // The code stays, whatever it was.
  icmpv4.setType(reply.bytes, out, type);
  if (timestamp) {
    const now = ip.inet_current_timestamp();
    icmpv4.setReceiveTimestamp(reply.bytes, out, now);
    icmpv4.setTransmitTimestamp(reply.bytes, out, now);
  }
  push_reply(icmp, reply, found, packet.tos, ipv4.source(bytes, ipAt), echoed);
}

/** An error about a packet sent from here; `data` at what it quotes (`icmp_unreach`). */
function icmp_unreach(icmp: Icmp4Floor, packet: PacketBuffer, type: number): void {
  const { ip, net } = icmp;
  const { bytes, data: quoted } = packet;
  const header = packet.transport_header;
  const code = icmpv4.code(bytes, header);
  if (packet.length < ipv4.MIN_HEADER_LENGTH || ipv4.ihl(bytes, quoted) < 5) {
    return net.mib.inc(Counter.IcmpInErrors);
  }
  let info = 0;
  if (type === ICMP_DEST_UNREACH) {
    if ((code & 15) === ICMP_FRAG_NEEDED) {
      const mode = icmp.no_pmtu_disc.value;
      // 2 ignores it; 3 takes it only for protocols that check it against what they sent (`icmp_tag_validation`).
      if (mode === 2 || (mode === 3 && ipv4.protocol(bytes, quoted) !== IPPROTO_TCP)) return;
      if (mode === 0 || mode === 3) info = icmpv4.nextHopMtu(bytes, header);
    }
    if (code > NR_ICMP_UNREACH) return;
  } else if (type === ICMP_PARAMETERPROB) {
    info = icmpv4.pointer(bytes, header);
  } else if (type === ICMP_TIME_EXCEEDED && code === ICMP_EXC_FRAGTIME) {
    return;
  }
  if (icmp.ignore_bogus.value === 0 && ip.address_type(ipv4.destination(bytes, quoted)) === "broadcast") return;
  icmp_socket_deliver(icmp, packet, type, code, info);
}

/** `icmp_socket_deliver`: the header and eight octets of the transport have to be quoted. */
function icmp_socket_deliver(icmp: Icmp4Floor, packet: PacketBuffer, type: number, code: number, info: number): void {
  const { bytes, data: quoted } = packet;
  const header_length = ipv4.headerLength(bytes, quoted);
  // RFC1122-3.2.2-demux
  if (packet.length < header_length + 8) return icmp.net.mib.inc(Counter.IcmpInErrors);
  const { errno, fatal } = icmp_err_convert(type, code);
  const error: IcmpError = {
    family: 4,
    type,
    code,
    info,
    offender: ipv4.source(bytes, packet.network_header),
    errno,
    fatal,
    device: packet.device,
  };
  // RFC1122-3.2.2-demux
  const protocol = ipv4.protocol(bytes, quoted);
  packet.network_header = quoted;
  packet.transport_header = packet.data = quoted + header_length;
  packet.protocol = protocol;
  icmp.deliverError(4, protocol, packet, error);
}

/** A better first hop (`icmp_redirect`, `__ip_do_redirect`; RFC 1122 section 3.2.2.2). */
function icmp_redirect(icmp: Icmp4Floor, packet: PacketBuffer): void {
  const { ip, net } = icmp;
  const { bytes, data: quoted, device } = packet;
  if (packet.length < ipv4.MIN_HEADER_LENGTH) return net.mib.inc(Counter.IcmpInErrors);
  const code = icmpv4.code(bytes, packet.transport_header);
  if (code > ICMP_REDIR_HOSTTOS || device === undefined) return;
  const state = ip.routes.in_device(device);
  const gateway = IpAddress.fromU32(icmpv4.gatewayU32(bytes, packet.transport_header));
  const router = ipv4.source(bytes, packet.network_header);
  const route = ip.route_output({ family: 4, destination: ipv4.destination(bytes, quoted) });
  if (typeof route === "number" || route.device !== device) return;
  // RFC1122-3.2.2.2-rd-illegal
  if (route.gateway === undefined || !route.gateway.equals(router) || gateway.equals(router)) return;
  if (!acceptsRedirects(state) || !isSingleHost(gateway) || ip.address_type(gateway) !== "unicast") return;
  if (state.shared_media.or) {
    ip.routes.redirect(route, gateway);
    return;
  }
  const onLink = state.addresses4.some(({ address, prefix_length }) => gateway.inPrefix(address, prefix_length));
  if (onLink) ip.routes.redirect(route, gateway);
}

/** `IN_DEV_RX_REDIRECTS`: a router asks that both settings allow it, a host that one does. */
function acceptsRedirects(state: InDevice): boolean {
  return state.forwarding4.value !== 0 ? state.accept_redirects4.and : state.accept_redirects4.or;
}

/** An error about an ICMP message sent from here (`icmp_err`). */
export function icmp_error(icmp: Icmp4Floor, packet: PacketBuffer, error: IcmpError): void {
  const { ip } = icmp;
  const type = icmpv4.type(packet.bytes, packet.data);
  if (type === ICMP_ECHO) {
    for (const receiver of icmp.ping_error_receivers) receiver(packet, error);
  }
  if (error.type === ICMP_DEST_UNREACH && error.code === ICMP_FRAG_NEEDED) {
    const route = ip.route_output({
      family: 4,
      destination: ipv4.destination(packet.bytes, packet.network_header),
      source: ipv4.source(packet.bytes, packet.network_header),
    });
    if (typeof route !== "number") ip.update_pmtu(route, error.info);
  }
}
