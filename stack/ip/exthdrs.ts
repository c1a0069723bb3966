/**
 * IPv6 extension headers on the way in: `net/ipv6/exthdrs.c`, RFC 8200 section 4.
 *
 * @module
 */
import { ICMPV6_HDR_FIELD, ICMPV6_PARAMPROB, ICMPV6_UNK_OPTION } from "../../abi/icmp_constants.ts";
import { PacketBuffer } from "../buffer.ts";
import { Counter } from "../mib.ts";
import { get16, get32 } from "../wire/bytes.ts";
import { ICMPV6_HDR_INCOMP } from "../wire/icmpv6.ts";
import * as ipv6 from "../wire/ipv6.ts";
import {
  IPPROTO_AH,
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMPV6,
  IPPROTO_NONE,
  IPPROTO_ROUTING,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../abi/socket_constants.ts";
import type { Setting } from "../sysctl.ts";
import { ip6_frag_queue, type ReassemblyFloor } from "./reassemble.ts";

/** What extension headers ask of the floor. */
export interface ExtensionFloor extends ReassemblyFloor {
  readonly max_dst_opts_number: Setting;
  readonly max_hbh_opts_number: Setting;
  readonly max_dst_opts_length: Setting;
  readonly max_hbh_length: Setting;
}

const OPTION_PAD1 = 0;
const OPTION_PADN = 1;
const OPTION_ROUTER_ALERT = 5;
const OPTION_CALIPSO = 7;
const OPTION_IOAM = 0x31;
const OPTION_JUMBO = 0xc2;
/** Payloads up to this have no business in a jumbogram. */
const MAX_NORMAL_PAYLOAD = 65535;

/**
 * Hop-by-hop options, `transport_header` at the header. False drops the packet (an ICMP error may have gone out); true
 * moved `transport_header` on.
 */
export function ipv6_parse_hopopts(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const length = optionsLength(packet, ip.max_hbh_length.value);
  if (length < 0) return false;
  const at = packet.transport_header;
  if (!ip6_parse_tlv(ip, packet, true, at, length, ip.max_hbh_opts_number.value)) return false;
  packet.nhoff = at - packet.network_header;
  packet.transport_header = at + length;
  return true;
}

/** Destination options. False drops the packet; true moved `transport_header` on. */
export function ipv6_destopt_rcv(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const { mib } = ip.net;
  const at = packet.transport_header;
  const length = optionsLength(packet, ip.max_dst_opts_length.value);
  if (length < 0 || !ip6_parse_tlv(ip, packet, false, at, length, ip.max_dst_opts_number.value)) {
    mib.inc(Counter.Ip6InHdrErrors);
    return false;
  }
  packet.nhoff = at - packet.network_header;
  packet.transport_header = at + length;
  return true;
}

/** Routing header. Only those with nothing left to visit are passed over (RFC 5095 took type 0 away). */
export function ipv6_rthdr_rcv(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const { mib } = ip.net;
  const { bytes } = packet;
  const at = packet.transport_header;
  if (packet.tail - at < 8 || packet.tail - at < (bytes[at + 1]! + 1) << 3) {
    mib.inc(Counter.Ip6InHdrErrors);
    return false;
  }
  if (bytes[packet.network_header + ipv6.DESTINATION] === 0xff || packet.pkt_type !== "host") {
    mib.inc(Counter.Ip6InAddrErrors);
    return false;
  }
  const type = bytes[at + 2]!;
  // Segment routing (RFC 8754) and RPL (RFC 6554) are off unless an interface allows them, and then not known here.
  if (type === 4 || type === 3) return false;
  if (bytes[at + 3] !== 0) {
    mib.inc(Counter.Ip6InHdrErrors);
    parameterProblem(ip, packet, ICMPV6_HDR_FIELD, at + 2 - packet.network_header);
    return false;
  }
  packet.nhoff = at - packet.network_header;
  packet.transport_header = at + ((bytes[at + 1]! + 1) << 3);
  return true;
}

/** Fragment header. The packet to go on with, or `undefined` when there is none (yet). */
export function ipv6_frag_rcv(ip: ExtensionFloor, packet: PacketBuffer): PacketBuffer | undefined {
  const { mib } = ip.net;
  const { bytes, network_header: header } = packet;
  const at = packet.transport_header;
  const failed = (): undefined => {
    mib.inc(Counter.Ip6InHdrErrors);
    parameterProblem(ip, packet, ICMPV6_HDR_FIELD, at - header);
    return undefined;
  };
  // A fragment inside a reassembled datagram.
  if (packet.frag_max_size !== 0) return failed();
  mib.inc(Counter.Ip6ReasmReqds);
  if (ipv6.payloadLength(bytes, header) === 0 || packet.tail - at < 8) return failed();
  if ((get16(bytes, at + 2) & 0xfff9) === 0) {
    // RFC 6946: an atomic fragment is a whole datagram, whatever else is being reassembled.
    mib.inc(Counter.Ip6ReasmOKs);
    packet.frag_max_size = ipv6.payloadLength(bytes, header) + ipv6.HEADER_LENGTH;
    packet.nhoff = at - header;
    packet.transport_header = at + 8;
    return packet;
  }
  if (firstFragmentIncomplete(packet, at)) {
    mib.inc(Counter.Ip6InHdrErrors);
    parameterProblem(ip, packet, ICMPV6_HDR_INCOMP, 0);
    return undefined;
  }
  packet.data = at;
  const whole = ip6_frag_queue(ip, packet);
  if (whole === undefined) return undefined;
  if (whole instanceof PacketBuffer) return whole;
  mib.inc(Counter.Ip6InHdrErrors);
  parameterProblem(ip, packet, ICMPV6_HDR_FIELD, whole.pointer);
  return undefined;
}

/** RFC 8200 section 4.5: the first fragment has to hold all headers, the upper-layer one included. */
function firstFragmentIncomplete(packet: PacketBuffer, fragment: number): boolean {
  const { bytes, tail } = packet;
  if ((get16(bytes, fragment + 2) & 0xfff8) !== 0) return false;
  let next = bytes[fragment]!;
  let at = fragment + 8;
  while (next === IPPROTO_HOPOPTS || next === IPPROTO_ROUTING || next === IPPROTO_DSTOPTS || next === IPPROTO_AH) {
    // As `ipv6_skip_exthdr`, which says nothing of a header that is cut off.
    if (at + 2 > tail) return false;
    const length = next === IPPROTO_AH ? (bytes[at + 1]! + 2) << 2 : (bytes[at + 1]! + 1) << 3;
    next = bytes[at]!;
    at += length;
  }
  if (next === IPPROTO_NONE || next === IPPROTO_FRAGMENT) return false;
  const needed = next === IPPROTO_TCP ? 20 : next === IPPROTO_UDP || next === IPPROTO_ICMPV6 ? 8 : 1;
  return at + needed > tail;
}

/** Length of an options header whose octets are all there, or -1. */
function optionsLength(packet: PacketBuffer, max: number): number {
  const at = packet.transport_header;
  if (packet.tail - at < 8) return -1;
  const length = (packet.bytes[at + 1]! + 1) << 3;
  return packet.tail - at < length || length > max ? -1 : length;
}

/** Goes through options; false when one of them says so, or when they are malformed. */
function ip6_parse_tlv(
  ip: ExtensionFloor,
  packet: PacketBuffer,
  hopByHop: boolean,
  start: number,
  length: number,
  max_count: number,
): boolean {
  const { bytes } = packet;
  const end = start + length;
  const refuseUnknown = max_count < 0;
  const limit = Math.abs(max_count);
  let at = start + 2;
  let padding = 0;
  let count = 0;
  while (at < end) {
    const type = bytes[at]!;
    if (type === OPTION_PAD1) {
      if (++padding > 7) return false;
      at++;
      continue;
    }
    if (end - at < 2) return false;
    const size = bytes[at + 1]! + 2;
    if (size > end - at) return false;
    if (type === OPTION_PADN) {
      // RFC 4942 section 2.1.9.5: padding is no place for data.
      padding += size;
      if (padding > 7) return false;
      for (let i = 2; i < size; i++) if (bytes[at + i] !== 0) return false;
    } else {
      if (++count > limit) return false;
      if (!oneOption(ip, packet, hopByHop, at, size, refuseUnknown)) return false;
      padding = 0;
    }
    at += size;
  }
  return true;
}

function oneOption(
  ip: ExtensionFloor,
  packet: PacketBuffer,
  hopByHop: boolean,
  at: number,
  size: number,
  refuseUnknown: boolean,
): boolean {
  const type = packet.bytes[at]!;
  if (hopByHop && type === OPTION_ROUTER_ALERT) return size === 4;
  if (hopByHop && type === OPTION_JUMBO) return jumbo(ip, packet, at);
  // In situ OAM (RFC 9486) is ignored unless an interface takes part, but has to be aligned.
  if (hopByHop && type === OPTION_IOAM) return ((at - packet.network_header) & 3) === 0;
  // A security label (RFC 5570) of a domain that is not configured.
  if (hopByHop && type === OPTION_CALIPSO) return false;
  return ip6_tlvopt_unknown(ip, packet, at - packet.network_header, refuseUnknown);
}

/** Jumbo payload option (RFC 2675); no device here carries one, so it is only ever wrong or cut off. */
function jumbo(ip: ExtensionFloor, packet: PacketBuffer, at: number): boolean {
  const { mib } = ip.net;
  const { bytes, network_header: header } = packet;
  if (bytes[at + 1] !== 4 || ((at - header) & 3) !== 2) return false;
  const length = get32(bytes, at + 2);
  if (length <= MAX_NORMAL_PAYLOAD) {
    parameterProblem(ip, packet, ICMPV6_HDR_FIELD, at + 2 - header);
    return false;
  }
  if (ipv6.payloadLength(bytes, header) !== 0) {
    parameterProblem(ip, packet, ICMPV6_HDR_FIELD, at - header);
    return false;
  }
  if (length > packet.tail - header - ipv6.HEADER_LENGTH) {
    mib.inc(Counter.Ip6InTruncatedPkts);
    return false;
  }
  packet.trim(length + ipv6.HEADER_LENGTH);
  return true;
}

/** The two high bits of an unknown option's type say what to do (RFC 8200 section 4.2). */
function ip6_tlvopt_unknown(ip: ExtensionFloor, packet: PacketBuffer, offset: number, refuse: boolean): boolean {
  if (refuse) return false;
  const { bytes, network_header: header } = packet;
  switch (bytes[header + offset]! >> 6) {
    case 0:
      return true;
    case 1:
      return false;
    case 3:
      if (bytes[header + ipv6.DESTINATION] === 0xff) return false;
  }
  parameterProblem(ip, packet, ICMPV6_UNK_OPTION, offset);
  return false;
}

function parameterProblem(ip: ExtensionFloor, packet: PacketBuffer, code: number, pointer: number): void {
  ip.icmp?.icmp6_send(packet, ICMPV6_PARAMPROB, code, pointer);
}
