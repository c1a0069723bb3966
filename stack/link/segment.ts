/**
 * What a device may leave to software: transport checksums and cutting TCP aggregates into segments.
 *
 * @module
 */
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { get16, get32, set16, set32 } from "../wire/bytes.ts";
import { internetChecksum, pseudoHeaderSum4, pseudoHeaderSum6 } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { finalDestinationAt } from "../wire/ipv4_option_area.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";

const TCP_SEQUENCE = 4;
const TCP_DATA_OFFSET = 12;
const TCP_FLAGS = 13;
const TCP_CHECKSUM = 16;
const UDP_LENGTH = 4;
const UDP_CHECKSUM = 6;
const ICMPV6_CHECKSUM = 2;
const FIN = 0x01;
const PSH = 0x08;
const CWR = 0x80;

/** Where the checksum field of a transport lies in its header, or -1. */
function checksumOffset(protocol: number): number {
  switch (protocol) {
    case IPPROTO_TCP:
      return TCP_CHECKSUM;
    case IPPROTO_UDP:
      return UDP_CHECKSUM;
    case IPPROTO_ICMPV6:
      return ICMPV6_CHECKSUM;
    default:
      return -1;
  }
}

/**
 * Fills in the transport checksum of a packet whose headers are set, whatever its field holds, and marks it done
 * (`skb_checksum_help`). False for a transport without a known checksum.
 */
export function skb_checksum_help(packet: PacketBuffer): boolean {
  const offset = checksumOffset(packet.protocol);
  if (offset < 0) return false;
  const { bytes, transport_header: at, network_header: ip, tail } = packet;
  const length = tail - at;
  const pseudo = packet.family === 4
    ? pseudoHeaderSum4(bytes, ip + ipv4.SOURCE, finalDestinationAt(bytes, ip), packet.protocol, length)
    : pseudoHeaderSum6(bytes, ip + ipv6.SOURCE, ip + ipv6.DESTINATION, packet.protocol, length);
  set16(bytes, at + offset, 0);
  const sum = internetChecksum(bytes, at, tail, pseudo);
  // In UDP zero means no checksum (RFC 768), so a sum of zero is sent as its other representation.
  set16(bytes, at + offset, sum === 0 && packet.protocol === IPPROTO_UDP ? 0xffff : sum);
  packet.ip_summed = "none";
  return true;
}

/** Length of each full segment of an aggregate, from its network header (`skb_gso_network_seglen`). */
export function skb_gso_network_seglen(packet: PacketBuffer): number {
  const { bytes, transport_header: transport, network_header: network } = packet;
  const transport_length = packet.protocol === IPPROTO_TCP ? (bytes[transport + TCP_DATA_OFFSET]! >> 4) << 2 : 8;
  return transport - network + transport_length + packet.gso_size;
}

/**
 * Cuts an aggregate of `gso_size` payload octets per segment: sequence numbers advance, FIN and PSH stay on the last,
 * CWR on the first, IPv4 identifications count up (`tcp_gso_segment`, `__udp_gso_segment`). Checksums are left `partial`.
 */
export function skb_gso_segment(packet: PacketBuffer): PacketBuffer[] {
  const { bytes, data, tail, transport_header: transport, network_header: network } = packet;
  const tcp = packet.protocol === IPPROTO_TCP;
  const transport_length = tcp ? (bytes[transport + TCP_DATA_OFFSET]! >> 4) << 2 : 8;
  const headers = transport + transport_length - data;
  const segments: PacketBuffer[] = [];
  const size = packet.gso_size;
  const payload = tail - data - headers;
  for (let offset = 0; offset < payload; offset += size) {
    const length = Math.min(size, payload - offset);
    const segment = PacketBuffer.allocate(headers + length, MAX_HEADER);
    const at = segment.data;
    segment.bytes.set(bytes.subarray(data, data + headers), at);
    segment.bytes.set(bytes.subarray(data + headers + offset, data + headers + offset + length), at + headers);
    segment.network_header = at + network - data;
    segment.transport_header = at + transport - data;
    segment.family = packet.family;
    segment.protocol = packet.protocol;
    segment.device = packet.device;
    segment.route = packet.route;
    segment.tos = packet.tos;
    segment.priority = packet.priority;
    segment.mark = packet.mark;
    segment.hash = packet.hash;
    segment.ip_summed = "partial";
    fixNetwork(segment, packet, segments.length);
    if (tcp) fixTcp(segment, offset, offset + length >= payload);
    else set16(segment.bytes, segment.transport_header + UDP_LENGTH, transport_length + length);
    segments.push(segment);
  }
  return segments;
}

function fixNetwork(segment: PacketBuffer, packet: PacketBuffer, index: number): void {
  const { bytes, network_header: at } = segment;
  if (packet.family === 6) {
    ipv6.setPayloadLength(bytes, at, segment.tail - at - ipv6.HEADER_LENGTH);
    return;
  }
  ipv4.setTotalLength(bytes, at, segment.tail - at);
  ipv4.setIdentification(bytes, at, ipv4.identification(bytes, at) + index);
  ipv4.fillHeaderChecksum(bytes, at);
}

function fixTcp(segment: PacketBuffer, offset: number, last: boolean): void {
  const { bytes, transport_header: at } = segment;
  set32(bytes, at + TCP_SEQUENCE, (get32(bytes, at + TCP_SEQUENCE) + offset) >>> 0);
  let flags = bytes[at + TCP_FLAGS]!;
  if (!last) flags &= ~(FIN | PSH);
  if (offset > 0) flags &= ~CWR;
  bytes[at + TCP_FLAGS] = flags;
}

/** The Internet checksum field of a transport header as it stands, for tests and traces; -1 for an unknown transport. */
export function transportChecksum(packet: PacketBuffer): number {
  const offset = checksumOffset(packet.protocol);
  return offset < 0 ? -1 : get16(packet.bytes, packet.transport_header + offset);
}
