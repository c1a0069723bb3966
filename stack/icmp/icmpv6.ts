/**
 * ICMP for IPv6: `net/ipv6/icmp.c`, RFC 4443.
 *
 * @module
 */
import {
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_MGM_QUERY,
  ICMPV6_MGM_REDUCTION,
  ICMPV6_MGM_REPORT,
  ICMPV6_MLD2_REPORT,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_UNK_OPTION,
} from "../../abi/icmp_constants.ts";
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { type IcmpError, PmtuDiscovery } from "../ip/interface.ts";
import type { Rtable } from "../ip/rtable.ts";
import { addressOn6 } from "../ip/source_address.ts";
import { IFF_LOOPBACK } from "../link/device.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum, pseudoHeaderSum6 } from "../wire/checksum.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv6 from "../wire/ipv6.ts";
import {
  IPPROTO_AH,
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMPV6,
  IPPROTO_ROUTING,
} from "../../abi/socket_constants.ts";
import { icmpv6_err_convert } from "./err_convert.ts";
import type { IcmpShared } from "./shared.ts";
import * as extension from "../wire/ipv6_extension.ts";

/** What ICMP for IPv6 asks of the floor: settings by the last part of their names. */
export interface Icmp6Floor extends IcmpShared {
  readonly echo_ignore_all6: Setting;
  readonly echo_ignore_multicast6: Setting;
  readonly flowlabel_reflect: Setting;
  readonly ratelimit6: Setting;
  /** ICMPv6 types that are rate limited. */
  readonly ratemask6: Uint8Array;
  /** Who takes messages, by type. */
  readonly handlers6: ReadonlyMap<number, (packet: PacketBuffer) => void>;
}

/** Set in the type of informational messages. */
const INFOMSG_MASK = 0x80;
/** RFC 4443 section 2.4 (c): as much as fits without exceeding the minimum MTU. */
// RFC4443-2.4-c-quote
const MAX_QUOTE = ipv6.MIN_MTU - ipv6.HEADER_LENGTH - icmpv6.HEADER_LENGTH;
/** `FLOWLABEL_REFLECT_ICMPV6_ECHO_REPLIES` */
const REFLECT_ECHO_REPLIES = 4;

/** Counts a message that is sent. */
export function icmpv6_out_count(icmp: Icmp6Floor, type: number): void {
  icmp.net.mib.inc(Counter.Icmp6OutMsgs);
  icmp.net.mib.icmp6Out(type);
}

/** Where the upper-layer header of a packet starts, as far as it can be seen (`ipv6_skip_exthdr`). */
interface UpperLayer {
  /** Offset in the buffer, or -1 when the chain is cut off. */
  readonly at: number;
  readonly protocol: number;
  /** Fragment offset field when there is a fragment header, flags included. */
  readonly fragment: number;
}

function skipExtensionHeaders(bytes: Uint8Array, header: number, tail: number): UpperLayer {
  let next = ipv6.nextHeader(bytes, header);
  let at = header + ipv6.HEADER_LENGTH;
  let fragment = 0;
  for (;;) {
    let length: number;
    switch (next) {
      case IPPROTO_HOPOPTS:
      case IPPROTO_ROUTING:
      case IPPROTO_DSTOPTS:
        if (at + 2 > tail) return { at: -1, protocol: next, fragment };
        length = extension.headerLength(bytes, at);
        break;
      case IPPROTO_AH:
        if (at + 2 > tail) return { at: -1, protocol: next, fragment };
        length = extension.authenticationLength(bytes, at);
        break;
      case IPPROTO_FRAGMENT:
        if (at + 8 > tail) return { at: -1, protocol: next, fragment };
        fragment = extension.offsetAndMore(bytes, at);
        // What a later fragment starts with is not a header, whatever its fragment header says.
        if ((fragment & 0xfff8) !== 0) return { at, protocol: next, fragment };
        length = extension.FRAGMENT_LENGTH;
        break;
      default:
        return { at, protocol: next, fragment };
    }
    next = extension.nextHeader(bytes, at);
    at += length;
  }
}

/** Whether a packet is an ICMPv6 error, or may be one (`is_ineligible`; RFC 4443 section 2.4 (e.1)). */
function isIneligible(packet: PacketBuffer): boolean {
  const upper = skipExtensionHeaders(packet.bytes, packet.network_header, packet.tail);
  // RFC4443-2.4-e1-err
  if (upper.at < 0 || upper.protocol !== IPPROTO_ICMPV6) return false;
  if (upper.at >= packet.tail) return upper.fragment === 0;
  return (packet.bytes[upper.at]! & INFOMSG_MASK) === 0;
}

function isLimited(icmp: Icmp6Floor, type: number): boolean {
  return type > 255 || icmp.ratemask6[type] !== 0;
}

/** Sends an ICMPv6 error about `about`, where the rules allow one (`icmp6_send`; RFC 4443 section 2.4). */
export function icmpv6_send(icmp: Icmp6Floor, about: PacketBuffer, type: number, code: number, info: number): void {
  const { ip, net } = icmp;
  const { bytes, network_header: at } = about;
  const { device } = about;
  if (device === undefined || about.tail - at < ipv6.HEADER_LENGTH) return;
  const destination = ipv6.destination(bytes, at);
  const source = ipv6.source(bytes, at);
  let from: IpAddress | undefined = ip.routes.local6.getAddress(destination) === undefined ? undefined : destination;
  if (destination.isMulticast || (about.pkt_type !== "host" && about.pkt_type !== "loopback")) {
    const unrecognized = type === ICMPV6_PARAMPROB && code === ICMPV6_UNK_OPTION &&
      (bytes[at + info]! & 0xc0) === 0x80;
    // RFC4443-2.4-e3-mcast
    if (type !== ICMPV6_PKT_TOOBIG && !unrecognized) return;
    from = undefined;
  }
  // RFC4443-2.4-e6-src
  if (source.isUnspecified || source.isMulticast) return;
  // RFC4443-2.4-e1-err, RFC4443-2.4-e2-redirect
  if (isIneligible(about)) return;
  from ??= addressOn6(ip.routes.devices, device, source);
  const limited = isLimited(icmp, type);
  // RFC4443-2.4-f-rate
  if (limited && (device.flags & IFF_LOOPBACK) === 0 && !icmp.rate.hostAllows()) {
    return net.mib.inc(Counter.IcmpOutRateLimitGlobal);
  }
  const found = ip.route_output({
    family: 6,
    destination: source,
    source: from,
    oif: source.isLinkLocal ? device.ifindex : 0,
  });
  if (typeof found === "number") {
    if (limited) net.mib.inc(Counter.Icmp6OutRateLimitHost);
    return;
  }
  if (!peerAllows(icmp, found, limited)) return;
  // RFC4443-2.4-c-quote
  const quoted = Math.min(about.tail - at, MAX_QUOTE);
  const message = PacketBuffer.allocate(icmpv6.HEADER_LENGTH + quoted, MAX_HEADER);
  const out = message.data;
  icmpv6.setType(message.bytes, out, type);
  icmpv6.setCode(message.bytes, out, code);
  icmpv6.setRest(message.bytes, out, info >>> 0);
  message.bytes.set(bytes.subarray(at, at + quoted), out + icmpv6.HEADER_LENGTH);
  push_reply(icmp, message, found, 0, 0);
}

/** `icmpv6_xrlim_allow` */
function peerAllows(icmp: Icmp6Floor, route: Rtable, limited: boolean): boolean {
  if (!limited || (route.device.flags & IFF_LOOPBACK) !== 0) return true;
  // RFC4443-2.4-f-rate
  if (!icmp.rate.destinationAllows(6, route.destination, icmp.ratelimit6.value)) {
    icmp.net.mib.inc(Counter.Icmp6OutRateLimitHost);
    return false;
  }
  icmp.rate.spend();
  return true;
}

function push_reply(icmp: Icmp6Floor, message: PacketBuffer, route: Rtable, tos: number, flowlabel: number): void {
  const pseudo = pseudoHeaderSum(route.source, route.destination, IPPROTO_ICMPV6, message.length);
  // RFC4443-2.3-checksum
  icmpv6.fillChecksum(message.bytes, message.data, message.tail, pseudo);
  icmpv6_out_count(icmp, icmpv6.type(message.bytes, message.data));
  icmp.ip.queue_xmit(message, route, {
    source: route.source,
    destination: route.destination,
    protocol: IPPROTO_ICMPV6,
    tos,
    ttl: 0,
    pmtudisc: PmtuDiscovery.WANT,
    flowlabel,
  });
}

/** An ICMPv6 message for this host, `data` at its header (`icmpv6_rcv`). */
export function icmpv6_rcv(icmp: Icmp6Floor, packet: PacketBuffer): void {
  const { mib } = icmp.net;
  const { bytes, data: at, tail, network_header: header } = packet;
  mib.inc(Counter.Icmp6InMsgs);
  const pseudo = pseudoHeaderSum6(
    bytes,
    header + ipv6.SOURCE,
    header + ipv6.DESTINATION,
    IPPROTO_ICMPV6,
    tail - at,
  );
  // RFC4443-2.3-checksum
  if (packet.ip_summed === "none" && !icmpv6.verifyChecksum(bytes, at, tail, pseudo)) {
    mib.inc(Counter.Icmp6InCsumErrors);
    return mib.inc(Counter.Icmp6InErrors);
  }
  // RFC4443-2.3-checksum
  if (tail - at < icmpv6.HEADER_LENGTH) return mib.inc(Counter.Icmp6InErrors);
  const type = icmpv6.type(bytes, at);
  mib.icmp6In(type);
  packet.data = at + icmpv6.HEADER_LENGTH;
  switch (type) {
    case ICMPV6_ECHO_REQUEST:
      // RFC4443-4.1-echo
      if (icmp.echo_ignore_all6.value === 0) icmpv6_echo_reply(icmp, packet);
      return;
    // RFC4443-4.2-pass
    case ICMPV6_ECHO_REPLY:
      for (const receiver of icmp.ping_receivers) if (receiver(packet)) return;
      return;
    case ICMPV6_MGM_QUERY:
    case ICMPV6_MGM_REPORT:
    case ICMPV6_MGM_REDUCTION:
    case ICMPV6_MLD2_REPORT:
      return icmp.ip.mld.receive(packet);
    default: {
      const handler = icmp.handlers6.get(type);
      if (handler !== undefined) return handler(packet);
      // Informational messages that are not known are for nobody; errors that are not known are for the transport.
      // RFC4443-2.4-b-unknown-info, RFC4443-3.1-notify, RFC4443-3.2-ptb-pass, RFC4443-3.3-te-pass,
      // RFC4443-3.4-pp-notify
      if ((type & INFOMSG_MASK) === 0) icmpv6_notify(icmp, packet, type);
    }
  }
}

/** Answers an echo request from the address it was sent to; a multicast one from one of ours (RFC 4443 section 4.2). */
function icmpv6_echo_reply(icmp: Icmp6Floor, packet: PacketBuffer): void {
  const { ip } = icmp;
  const { bytes, network_header: header, transport_header: at, tail } = packet;
  const destination = ipv6.destination(bytes, header);
  const source = ipv6.source(bytes, header);
  // RFC4443-4.2-mcast
  if (destination.isMulticast && icmp.echo_ignore_multicast6.value !== 0) return;
  // There is no way to a host without an address.
  if (source.isUnspecified) return icmp.net.mib.inc(Counter.Ip6OutNoRoutes);
  const limited = isLimited(icmp, ICMPV6_ECHO_REPLY);
  if (limited && !icmp.rate.hostAllows()) return icmp.net.mib.inc(Counter.IcmpOutRateLimitGlobal);
  const found = ip.route_output({
    family: 6,
    destination: source,
    // RFC4443-4.2-mcast-src
    source: destination.isMulticast ? undefined : destination,
    // RFC4443-4.2-mcast-src: of the interface that the request came in by.
    oif: source.isLinkLocal || destination.isMulticast ? packet.device?.ifindex ?? 0 : 0,
  });
  if (typeof found === "number" || !peerAllows(icmp, found, limited)) return;
  const reply = PacketBuffer.allocate(tail - at, MAX_HEADER);
  // RFC4443-4.2-data
  reply.bytes.set(bytes.subarray(at, tail), reply.data);
  icmpv6.setType(reply.bytes, reply.data, ICMPV6_ECHO_REPLY);
  const reflect = (icmp.flowlabel_reflect.value & REFLECT_ECHO_REPLIES) !== 0;
  push_reply(icmp, reply, found, packet.tos, reflect ? ipv6.flowLabel(bytes, header) : 0);
}

/** An error about a packet sent from here; `data` at what it quotes (`icmpv6_notify`). */
function icmpv6_notify(icmp: Icmp6Floor, packet: PacketBuffer, type: number): void {
  const { mib } = icmp.net;
  const { bytes, data: quoted, tail } = packet;
  if (packet.length < ipv6.HEADER_LENGTH) return mib.inc(Counter.Icmp6InErrors);
  const upper = skipExtensionHeaders(bytes, quoted, tail);
  // RFC4443-2.4-d-upper
  if (upper.at < 0 || tail - upper.at < 8) return mib.inc(Counter.Icmp6InErrors);
  const header = packet.transport_header;
  const code = icmpv6.code(bytes, header);
  const { errno, fatal } = icmpv6_err_convert(type, code);
  const error: IcmpError = {
    family: 6,
    type,
    code,
    info: icmpv6.rest(bytes, header),
    offender: ipv6.source(bytes, packet.network_header),
    errno,
    fatal,
    device: packet.device,
  };
  packet.network_header = quoted;
  // RFC4443-2.4-d-upper
  packet.transport_header = packet.data = upper.at;
  packet.protocol = upper.protocol;
  icmp.deliverError(6, upper.protocol, packet, error);
}

/** An error about an ICMPv6 message sent from here (`icmpv6_err`). */
export function icmpv6_error(icmp: Icmp6Floor, packet: PacketBuffer, error: IcmpError): void {
  const { ip } = icmp;
  if (icmpv6.type(packet.bytes, packet.data) === ICMPV6_ECHO_REQUEST) {
    for (const receiver of icmp.ping_error_receivers) receiver(packet, error);
  }
  if (error.type !== ICMPV6_PKT_TOOBIG) return;
  const route = ip.route_output({
    family: 6,
    destination: ipv6.destination(packet.bytes, packet.network_header),
    source: ipv6.source(packet.bytes, packet.network_header),
  });
  if (typeof route !== "number") ip.update_pmtu(route, error.info);
}
