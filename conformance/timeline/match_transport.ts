/**
 * Comparing TCP, UDP and ICMP headers.
 *
 * @module
 */
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { PacketAction, TcpSegment } from "../script/syntax.ts";
import { UnsupportedError } from "../targets/target.ts";
import { quotedPacket } from "./build.ts";
import { type Comparison, octetsOf } from "./fields.ts";
import { aceOf } from "./format.ts";
import type { LivePacket } from "./live.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import { compareMessage } from "./messages.ts";
import { encodeOptions, isOpen } from "./options.ts";

/** Compares the innermost header of a packet that is whole. */
export function compareTransport(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { transport } = packet;
  const { live } = mapped;
  if (packet.fragment !== undefined) return;
  switch (transport.kind) {
    case "tcp":
      if (transport.psp !== undefined) throw new UnsupportedError("PSP encapsulation");
      if (transport.udpEncapsulation !== undefined) throw new UnsupportedError("outbound TCP inside UDP");
      if (transport.subflow !== undefined) throw new UnsupportedError("MPTCP subflows by their addresses");
      return compareTcp(comparison, mapped, transport, context);
    case "udp": {
      const at = octetsOf(udp.FIELDS, "length", live.transport);
      const wanted = transport.lengthField ?? udp.HEADER_LENGTH + transport.length;
      comparison.number("udp_len", wanted, udp.length(live.bytes, live.transport), at);
      comparePorts(comparison, mapped, packet, context);
      if (transport.checksum?.kind === "value") {
        const range = octetsOf(udp.FIELDS, "checksum", live.transport);
        comparison.number("udp_checksum", transport.checksum.value, udp.checksum(live.bytes, live.transport), range);
      }
      return;
    }
    case "icmp":
      return compareIcmp(comparison, live, packet, context);
    case "message":
      return compareMessage(comparison, live, transport);
    case "ip":
    case "arp":
      return;
  }
}

/** Ports written in a script that uses the superset; packetdrill itself never compares them. */
function comparePorts(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { transport } = packet;
  if ((transport.kind !== "tcp" && transport.kind !== "udp") || transport.ports === undefined) return;
  if (!context.ports && !transport.exact) return;
  const at = mapped.live.transport;
  const { source, destination } = transport.ports;
  const { bytes } = mapped.live;
  if (source !== 0) {
    comparison.number("source_port", source, udp.sourcePort(bytes, at), octetsOf(udp.FIELDS, "sourcePort", at));
  }
  if (destination !== 0) {
    const range = octetsOf(udp.FIELDS, "destinationPort", at);
    comparison.number("destination_port", destination, udp.destinationPort(bytes, at), range);
  }
}

/** Whether an expected segment leaves the number open, within bounds. */
function isInRange({ ack, ackEnd }: TcpSegment, came: number): boolean {
  return ack !== undefined && ackEnd !== undefined && ack <= came && came <= ackEnd;
}

function compareTcp(
  comparison: Comparison,
  mapped: MappedPacket,
  segment: TcpSegment,
  context: MatchContext,
): void {
  const { header, live } = mapped;
  const at = live.transport;
  const where = (name: string) => octetsOf(tcp.FIELDS, name, at);
  const options = isOpen(segment.options)
    ? live.payload - at - tcp.MIN_HEADER_LENGTH
    : encodeOptions(segment.options).length;
  const words = segment.dataOffset ?? (tcp.MIN_HEADER_LENGTH + options + 3) >> 2;
  comparison.number("tcp_data_offset", words, header[at + 12]! >> 4, where("dataOffset"));
  const wanted = segment.flags.bits;
  const came = tcp.flags(header, at);
  const flag = (field: string, mask: number) =>
    comparison.number(field, wanted & mask ? 1 : 0, came & mask ? 1 : 0, where("flags"));
  flag("tcp_fin", tcp.FIN);
  flag("tcp_syn", tcp.SYN);
  flag("tcp_rst", tcp.RST);
  if (!segment.flags.anyPush) flag("tcp_psh", tcp.PSH);
  flag("tcp_ack", tcp.ACK);
  flag("tcp_urg", tcp.URG);
  if (segment.flags.ace !== undefined) {
    comparison.number("tcp_ace", segment.flags.ace, aceOf(came), where("flags"));
  } else {
    flag("tcp_ece", tcp.ECE);
    flag("tcp_cwr", tcp.CWR);
    flag("tcp_ae", tcp.AE);
  }
  comparison.number("tcp_reserved_bits", segment.reserved ?? 0, tcp.reserved(header, at), where("reserved"));
  if (!segment.seq.wildcard) {
    comparison.number("tcp_seq", segment.seq.start, tcp.sequenceNumber(header, at), where("sequenceNumber"));
  }
  const ack = tcp.acknowledgmentNumber(header, at);
  if (!isInRange(segment, ack)) comparison.number("tcp_ack_seq", segment.ack ?? 0, ack, where("acknowledgmentNumber"));
  if (segment.window !== undefined) {
    comparison.number("tcp_window", segment.window, tcp.window(header, at), where("window"));
  }
  comparison.number("tcp_urg_ptr", segment.urgent ?? 0, tcp.urgentPointer(header, at), where("urgentPointer"));
  if (segment.checksum?.kind === "value") {
    comparison.number("tcp_checksum", segment.checksum.value, tcp.checksum(live.bytes, at), where("checksum"));
  }
  if ((context.ports || segment.exact) && segment.ports !== undefined) {
    const { source, destination } = segment.ports;
    if (source !== 0) comparison.number("source_port", source, tcp.sourcePort(header, at), where("sourcePort"));
    if (destination !== 0) {
      comparison.number("destination_port", destination, tcp.destinationPort(header, at), where("destinationPort"));
    }
  }
}

function compareIcmp(
  comparison: Comparison,
  live: LivePacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { transport } = packet;
  if (transport.kind !== "icmp") return;
  const { bytes } = live;
  const at = live.transport;
  const four = live.family === 4;
  const octets = (from: number, length: number) => ({ start: at + from, end: at + from + length });
  comparison.number("icmp_type", transport.type, icmpv4.type(bytes, at), octets(0, 1));
  comparison.number("icmp_code", transport.code, icmpv4.code(bytes, at), octets(1, 1));
  if (!transport.exact) return;
  if (transport.id !== undefined) {
    comparison.number("icmp_id", transport.id, icmpv4.identifier(bytes, at), octets(4, 2));
  }
  if (transport.sequence !== undefined) {
    comparison.number("icmp_seq", transport.sequence, icmpv4.sequenceNumber(bytes, at), octets(6, 2));
  }
  if (transport.mtu !== undefined) {
    const actual = four ? icmpv4.nextHopMtu(bytes, at) : icmpv6.mtu(bytes, at);
    comparison.number("icmp_mtu", transport.mtu, actual, four ? octets(6, 2) : octets(4, 4));
  }
  if (transport.pointer !== undefined) {
    const actual = four ? icmpv4.pointer(bytes, at) : icmpv6.pointer(bytes, at);
    comparison.number("icmp_pointer", transport.pointer, actual, four ? octets(4, 1) : octets(4, 4));
  }
  const { quoted } = transport;
  if (quoted?.kind === "packet") {
    const built = quotedPacket(quoted, {
      socket: context.socket,
      ecrScaled: false,
      nplab: context.nplab,
      mptcp: context.mptcp,
    });
    const length = quoted.transport.truncate === undefined ? Math.min(built.length, live.payloadLength) : built.length;
    compareOctets(comparison, live, "icmp_quote", built.subarray(0, length));
  } else if (transport.dataLength !== undefined) {
    const data = new Uint8Array(transport.dataLength);
    if (transport.payload !== undefined) data.set(transport.payload.bytes.subarray(0, data.length));
    compareOctets(comparison, live, "icmp_data", data);
  }
}

function compareOctets(comparison: Comparison, live: LivePacket, field: string, expected: Uint8Array): void {
  for (let i = 0; i < expected.length; i++) {
    const at = live.payload + i;
    const actual = at < live.end ? live.bytes[at] : undefined;
    if (actual === expected[i]) continue;
    const wanted = `0x${expected[i]!.toString(16)}`;
    const came = actual === undefined ? "nothing" : `0x${actual.toString(16)}`;
    comparison.differ(
      `${field}[${i}]`,
      wanted,
      came,
      `live packet field ${field}: byte ${i}: expected: ${wanted} vs actual: ${came}`,
      { start: at, end: at + 1 },
    );
    return;
  }
}
