/**
 * IPv6 extension headers of a packet that came in: RFC 8200 section 4. Each function takes the header that `data` and
 * `transport_header` are at, and steps over it, or says that the packet goes no further and has told and counted why.
 *
 * @module
 */
import { ICMPV6_HDR_FIELD, ICMPV6_PARAMPROB } from "../../abi/icmp_constants.ts";
import {
  IPPROTO_FRAGMENT,
  IPPROTO_ICMPV6,
  IPPROTO_NONE,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../abi/socket_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import { Counter } from "../mib.ts";
import type { Setting } from "../sysctl.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as extension from "../wire/ipv6_extension.ts";
import * as tcp from "../wire/tcp.ts";
import * as udp from "../wire/udp.ts";
import { fieldFault, judgeOptions, type OptionJudge, type OptionLimits, type OptionsVerdict } from "./ipv6_options.ts";
import { ip6_frag_queue, type ReassemblyFloor } from "./reassemble.ts";

/** What extension headers ask of the floor. */
export interface ExtensionFloor extends ReassemblyFloor {
  readonly max_dst_opts_number: Setting;
  readonly max_hbh_opts_number: Setting;
  readonly max_dst_opts_length: Setting;
  readonly max_hbh_length: Setting;
}

/** Routing types that a protocol takes which is off here: what it does not take vanishes. */
const TAKEN_ROUTING_TYPES: ReadonlySet<number> = new Set([extension.ROUTING_TYPE_RPL, extension.ROUTING_TYPE_SEGMENTS]);

/** No option of a destination is known here: the types of all of them say what is done. */
const DESTINATION_OPTIONS: ReadonlyMap<number, OptionJudge> = new Map();

// Where a packet stands.

/** Octets from the IP header to the header that is being looked at. */
function offsetOf(packet: PacketBuffer): number {
  return packet.transport_header - packet.network_header;
}

/** Steps over `length` octets of a header. */
function stepOver(packet: PacketBuffer, length: number): void {
  packet.nhoff = offsetOf(packet);
  packet.transport_header += length;
}

/** Length of the header at `transport_header`, of a kind that tells it; undefined if the packet ends in it. */
function wholeLength({ bytes, transport_header: at, tail }: PacketBuffer): number | undefined {
  if (at + extension.SHORTEST > tail) return undefined;
  const length = extension.headerLength(bytes, at);
  return at + length > tail ? undefined : length;
}

// Saying why not.

/** RFC 4443 section 3.4; `offset` counts from the IP header. */
function tell(ip: ExtensionFloor, packet: PacketBuffer, code: number, offset: number): void {
  ip.icmp?.icmp6_send(packet, ICMPV6_PARAMPROB, code, offset);
}

/** Counts a header that is wrong. */
function countFault(ip: ExtensionFloor): false {
  ip.net.mib.inc(Counter.Ip6InHdrErrors);
  return false;
}

/** Carries a verdict about options out: whether the packet goes on. */
function obey(ip: ExtensionFloor, packet: PacketBuffer, verdict: OptionsVerdict): boolean {
  if (verdict === "accept") return true;
  if (verdict !== "discard") {
    const { bytes, network_header: header } = packet;
    // RFC8200-4.2-act-10, RFC8200-4.2-act-11, RFC4443-3.4-pp-send: action 3 is silent about a packet to a group.
    const toGroup = ipv6.isMulticastAt(bytes, header + ipv6.DESTINATION);
    if (!verdict.unicastOnly || !toGroup) tell(ip, packet, verdict.code, verdict.at - header);
  }
  return false;
}

// Hop-by-hop and destination options.

/** RFC 2711: two octets say what routers are to look for. */
const judgeRouterAlert: OptionJudge = (bytes, at) =>
  extension.optionLength(bytes, at) === extension.ROUTER_ALERT_LENGTH ? "accept" : "discard";

/** RFC 2675 section 3: the length, its place and that of the IP header must go together; cuts the packet to it. */
function judgeJumbo(ip: ExtensionFloor, packet: PacketBuffer): OptionJudge {
  return (bytes, at) => {
    const header = packet.network_header;
    if (extension.optionLength(bytes, at) !== extension.JUMBO_LENGTH || !extension.isJumboAligned(at - header)) {
      return "discard";
    }
    const payload = extension.jumboPayload(bytes, at);
    if (payload <= ipv6.MAX_PAYLOAD_LENGTH) return fieldFault(extension.optionData(at));
    if (ipv6.payloadLength(bytes, header) !== 0) return fieldFault(at);
    const length = ipv6.HEADER_LENGTH + payload;
    if (length > packet.tail - header) {
      ip.net.mib.inc(Counter.Ip6InTruncatedPkts);
      return "discard";
    }
    packet.trim(length);
    return "accept";
  };
}

/** Refuses an option whose protocol is off: of CALIPSO there is no domain here, of IOAM no namespace. */
const refuse: OptionJudge = () => "discard";

/** Hop-by-hop options, directly behind the IPv6 header: false drops the packet, which the caller counts. */
export function ipv6_parse_hopopts(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const length = wholeLength(packet);
  if (length === undefined) return false;
  const { bytes, transport_header: at } = packet;
  const known = new Map<number, OptionJudge>([
    [extension.IPV6_TLV_ROUTERALERT, judgeRouterAlert],
    [extension.IPV6_TLV_JUMBO, judgeJumbo(ip, packet)],
    [extension.IPV6_TLV_CALIPSO, refuse],
    [extension.IPV6_TLV_IOAM, refuse],
  ]);
  const limits = limitsOf(ip.max_hbh_length, ip.max_hbh_opts_number);
  if (!obey(ip, packet, judgeOptions(bytes, at, at + length, known, limits))) return false;
  stepOver(packet, length);
  return true;
}

/** Destination options: false drops the packet. */
export function ipv6_destopt_rcv(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const length = wholeLength(packet);
  if (length === undefined) return countFault(ip);
  const { bytes, transport_header: at } = packet;
  // RFC8200-4.6-destopt, RFC8200-4.1-any-order
  const limits = limitsOf(ip.max_dst_opts_length, ip.max_dst_opts_number);
  const verdict = judgeOptions(bytes, at, at + length, DESTINATION_OPTIONS, limits);
  if (!obey(ip, packet, verdict)) return countFault(ip);
  stepOver(packet, length);
  return true;
}

function limitsOf(length: Setting, number: Setting): OptionLimits {
  return { length: length.value, number: number.value };
}

// Routing.

/**
 * A routing header: false drops the packet. This host is no node of any source route, so with segments left the type is
 * one that it does not know, as type 0 is by RFC 5095.
 */
export function ipv6_rthdr_rcv(ip: ExtensionFloor, packet: PacketBuffer): boolean {
  const length = wholeLength(packet);
  if (length === undefined) return countFault(ip);
  const { bytes, transport_header: at } = packet;
  // Who got the packet without being meant follows no route of it.
  if (packet.pkt_type !== "host" || ipv6.isMulticastAt(bytes, packet.network_header + ipv6.DESTINATION)) {
    ip.net.mib.inc(Counter.Ip6InAddrErrors);
    return false;
  }
  const type = extension.routingType(bytes, at);
  if (TAKEN_ROUTING_TYPES.has(type)) return false;
  // RFC8200-4.4-rh-unknown-sl, RFC8200-4.4-rh0
  if (extension.segmentsLeft(bytes, at) > 0) {
    tell(ip, packet, ICMPV6_HDR_FIELD, offsetOf(packet) + extension.ROUTING_TYPE);
    return countFault(ip);
  }
  // RFC8200-4.4-rh-unknown-sl0
  stepOver(packet, length);
  return true;
}

// Fragments.

/**
 * A fragment header: the packet as it goes on, which is the datagram where this was its last missing piece, or undefined
 * while it is not whole, or wrong.
 */
export function ipv6_frag_rcv(ip: ExtensionFloor, packet: PacketBuffer): PacketBuffer | undefined {
  const { bytes, transport_header: at, tail } = packet;
  const fault = (code: number, offset: number): undefined => {
    tell(ip, packet, code, offset);
    countFault(ip);
  };
  // What was put together is not taken apart again: a datagram has one fragment header.
  if (isFromFragments(packet)) return fault(ICMPV6_HDR_FIELD, offsetOf(packet));
  ip.net.mib.inc(Counter.Ip6ReasmReqds);
  if (at + extension.FRAGMENT_LENGTH > tail) return fault(ICMPV6_HDR_FIELD, offsetOf(packet));
  const place = extension.offsetAndMore(bytes, at);
  if (place === 0) {
    // RFC8200-4.5-atomic, RFC6946-4-independent, RFC6946-4-no-drop-queued, RFC6946-4-rebuild: an atomic fragment is
    // whole by itself, whatever others with its identification are about.
    stepOver(packet, extension.FRAGMENT_LENGTH);
    ip.net.mib.inc(Counter.Ip6ReasmOKs);
    return packet;
  }
  // RFC8200-4.5-first-incomplete, RFC7112-5-recv-drop, RFC7112-5-recv-icmp, RFC7112-5-icmp-code, RFC7112-5-icmp-pointer
  if (place === extension.IP6_MF && !hasWholeChain(packet)) return fault(icmpv6.ICMPV6_HDR_INCOMP, 0);
  const outcome = ip6_frag_queue(ip, packet);
  return outcome !== undefined && "pointer" in outcome ? fault(ICMPV6_HDR_FIELD, outcome.pointer) : outcome;
}

/** Whether a packet came in fragments, or in one that was atomic. */
function isFromFragments(packet: PacketBuffer): boolean {
  if (packet.frag_max_size > 0) return true;
  const { bytes, network_header: header, transport_header: end } = packet;
  let next = ipv6.nextHeader(bytes, header);
  for (let at = header + ipv6.HEADER_LENGTH; at < end;) {
    if (next === IPPROTO_FRAGMENT) return true;
    const length = extension.lengthOf(next, bytes, at);
    next = extension.nextHeader(bytes, at);
    at += length;
  }
  return false;
}

/** Whether a first fragment has all headers up to the transport's, that whole. */
function hasWholeChain({ bytes, transport_header, tail }: PacketBuffer): boolean {
  let next = extension.nextHeader(bytes, transport_header);
  let at = transport_header + extension.FRAGMENT_LENGTH;
  while (extension.isExtension(next)) {
    if (extension.check(bytes, at, tail, next) !== undefined) return false;
    const length = extension.lengthOf(next, bytes, at);
    next = extension.nextHeader(bytes, at);
    at += length;
  }
  return at + leastOf(next) <= tail;
}

/** Octets that a transport's header has at least. */
function leastOf(protocol: number): number {
  switch (protocol) {
    case IPPROTO_TCP:
      return tcp.MIN_HEADER_LENGTH;
    case IPPROTO_UDP:
      return udp.HEADER_LENGTH;
    case IPPROTO_ICMPV6:
      return icmpv6.HEADER_LENGTH;
    case IPPROTO_NONE:
      return 0;
    default:
      return 1;
  }
}
