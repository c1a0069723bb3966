/**
 * Fragmentation, both families: RFC 791 section 2.3, RFC 8200 section 4.5.
 *
 * @module
 */
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { skb_checksum_help } from "../link/segment.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import { set16, set32 } from "../wire/bytes.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { IPPROTO_DSTOPTS, IPPROTO_FRAGMENT, IPPROTO_HOPOPTS, IPPROTO_ROUTING } from "../../abi/socket_constants.ts";
import type { IpIdents } from "./ident.ts";
import { keepCopiedOptions } from "./options.ts";

/** What fragmentation asks of the floor. */
export interface FragmentationFloor {
  readonly net: Net;
  readonly idents: IpIdents;
}

/** Length of the IPv6 fragment header. */
const FRAGMENT_HEADER = 8;

/**
 * Splits an IPv4 packet into fragments of at most `mtu` octets and sends each (`ip_do_fragment`). Options without the
 * copy bit go into the first one only. 0 or the first `-errno` of `output`.
 */
export function ip_do_fragment(
  ip: FragmentationFloor,
  packet: PacketBuffer,
  mtu: number,
  output: (fragment: PacketBuffer) => number,
): number {
  const { mib } = ip.net;
  if (packet.ip_summed === "partial") skb_checksum_help(packet);
  const { bytes, network_header: header } = packet;
  const header_length = ipv4.headerLength(bytes, header);
  const limit = packet.frag_max_size > 0 && packet.frag_max_size < mtu ? packet.frag_max_size : mtu;
  // RFC791-3.2-frag-8byte, RFC1812-4.2.2.7-fragment, RFC1812-4.2.2.7-min, RFC1812-5.2.6-frag
  const unit = (limit - header_length) & ~7;
  const total = packet.tail - header;
  if (unit < 8) {
    mib.inc(Counter.IpFragFails);
    return 0;
  }
  // A fragment that is fragmented again keeps its place in the datagram.
  const base = ipv4.fragmentOffset(bytes, header);
  const more = ipv4.moreFragments(bytes, header);
  const df = packet.frag_max_size > 0 && ipv4.dontFragment(bytes, header) ? ipv4.DF : 0;
  let offset = 0;
  let left = total - header_length;
  let result = 0;
  while (left > 0) {
    // RFC1812-4.2.2.7-order
    const last = left <= limit - header_length;
    const length = last ? left : unit;
    const fragment = PacketBuffer.allocate(header_length + length, MAX_HEADER);
    const at = fragment.data;
    fragment.bytes.set(bytes.subarray(header, header + header_length), at);
    const from = header + header_length + offset;
    fragment.bytes.set(bytes.subarray(from, from + length), at + header_length);
    inherit(fragment, packet, at, header_length);
    // RFC791-3.2-frag-fields
    ipv4.setFlagsAndOffset(fragment.bytes, at, df | (!last || more ? ipv4.MF : 0) | ((base + offset) >> 3));
    ipv4.setTotalLength(fragment.bytes, at, header_length + length);
    ipv4.fillHeaderChecksum(fragment.bytes, at);
    // From the second fragment on, options without the copy bit are blanked.
    if (offset === 0 && header_length > ipv4.MIN_HEADER_LENGTH) keepCopiedOptions(bytes, header);
    left -= length;
    offset += length;
    const sent = output(fragment);
    if (sent < 0) {
      result = sent;
      break;
    }
    mib.inc(Counter.IpFragCreates);
  }
  mib.inc(result === 0 ? Counter.IpFragOKs : Counter.IpFragFails);
  return result;
}

/** Splits an IPv6 packet of this host (`ip6_fragment`). 0 or the first `-errno` of `output`. */
export function ip6_do_fragment(
  ip: FragmentationFloor,
  packet: PacketBuffer,
  mtu: number,
  output: (fragment: PacketBuffer) => number,
): number {
  const { mib } = ip.net;
  if (packet.ip_summed === "partial") skb_checksum_help(packet);
  const { bytes, network_header: header } = packet;
  const { length: unfragmentable, nextHeaderAt } = unfragmentablePart(packet);
  const limit = packet.frag_max_size > 0 && packet.frag_max_size < mtu ? packet.frag_max_size : mtu;
  // RFC8200-4.5-frag-8, RFC8200-4.5-frag-fit
  const unit = (limit - unfragmentable - FRAGMENT_HEADER) & ~7;
  if (unit < 8) {
    mib.inc(Counter.Ip6FragFails);
    return 0;
  }
  const next = bytes[header + nextHeaderAt]!;
  const id = ip.idents.select6();
  let offset = 0;
  let left = packet.tail - header - unfragmentable;
  let result = 0;
  while (left > 0) {
    const last = left <= limit - unfragmentable - FRAGMENT_HEADER;
    const length = last ? left : unit;
    const fragment = PacketBuffer.allocate(unfragmentable + FRAGMENT_HEADER + length, MAX_HEADER);
    const at = fragment.data;
    // RFC8200-4.5-perfrag
    fragment.bytes.set(bytes.subarray(header, header + unfragmentable), at);
    fragment.bytes[at + nextHeaderAt] = IPPROTO_FRAGMENT;
    const fragment_header = at + unfragmentable;
    fragment.bytes[fragment_header] = next;
    set16(fragment.bytes, fragment_header + 2, offset | (last ? 0 : 1));
    set32(fragment.bytes, fragment_header + 4, id);
    // RFC8200-4.5-no-overlap-send
    const from = header + unfragmentable + offset;
    fragment.bytes.set(bytes.subarray(from, from + length), fragment_header + FRAGMENT_HEADER);
    inherit(fragment, packet, at, unfragmentable + FRAGMENT_HEADER);
    ipv6.setPayloadLength(fragment.bytes, at, fragment.length - ipv6.HEADER_LENGTH);
    left -= length;
    offset += length;
    const sent = output(fragment);
    if (sent < 0) {
      result = sent;
      break;
    }
    mib.inc(Counter.Ip6FragCreates);
  }
  mib.inc(result === 0 ? Counter.Ip6FragOKs : Counter.Ip6FragFails);
  return result;
}

function inherit(fragment: PacketBuffer, packet: PacketBuffer, at: number, header_length: number): void {
  fragment.network_header = at;
  fragment.transport_header = at + header_length;
  fragment.family = packet.family;
  fragment.protocol = packet.protocol;
  fragment.device = packet.device;
  fragment.route = packet.route;
  fragment.tos = packet.tos;
  fragment.priority = packet.priority;
  fragment.mark = packet.mark;
  fragment.hash = packet.hash;
  fragment.forwarded = packet.forwarded;
}

/**
 * The headers that every fragment repeats: hop-by-hop, routing, and destination options before a routing header
 * (`ip6_find_1stfragopt`).
 */
function unfragmentablePart(packet: PacketBuffer): { readonly length: number; readonly nextHeaderAt: number } {
  const { bytes, network_header: header, tail } = packet;
  let length = ipv6.HEADER_LENGTH;
  let nextHeaderAt = 6;
  let result = { length, nextHeaderAt };
  let next = bytes[header + nextHeaderAt]!;
  while (header + length + 8 <= tail) {
    if (next !== IPPROTO_HOPOPTS && next !== IPPROTO_ROUTING && next !== IPPROTO_DSTOPTS) break;
    const at = header + length;
    const own = next;
    nextHeaderAt = length;
    length += (bytes[at + 1]! + 1) << 3;
    if (header + length > tail) break;
    next = bytes[at]!;
    if (own !== IPPROTO_DSTOPTS) result = { length, nextHeaderAt };
  }
  return result;
}
