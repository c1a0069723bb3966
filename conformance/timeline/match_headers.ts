/**
 * Comparing the header layers of a script packet with those of a live one.
 *
 * @module
 */
import { get16, get32, toHex } from "../../stack/wire/bytes.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import {
  IPPROTO_GRE,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IPIP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from "../../stack/wire/protocol.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { ScriptConfig } from "../script/options.ts";
import type {
  Encapsulation,
  GreHeader,
  IpInfo,
  MplsEncapsulation,
  PacketAction,
  TcpSegment,
} from "../script/syntax.ts";
import { UnsupportedError } from "../targets/target.ts";
import { endpointsOf, outboundTransport, quotedPacket } from "./build.ts";
import { greHeader, mplsEntry, tosOctet } from "./build_ip.ts";
import { type Comparison, octetsOf } from "./fields.ts";
import { aceOf } from "./format.ts";
import { greHeaderLength, type Layer, type LayerKind, type LivePacket } from "./live.ts";
import { encodeOptions, type LiveOption } from "./options.ts";
import type { ScriptSocket } from "./sockets.ts";

/** What matching depends on beyond the two packets. */
export interface MatchContext {
  readonly config: ScriptConfig;
  readonly socket: ScriptSocket;
  readonly extended: boolean;
  readonly nplab: boolean;
}

/** A live packet with its header in script numbers. */
export interface MappedPacket {
  readonly live: LivePacket;
  /** Octets up to the payload, a copy for TCP. */
  readonly header: Uint8Array;
  /** Options of a TCP segment. */
  readonly options: readonly LiveOption[];
}

/** Compares the number, kinds and contents of all headers, outermost first, then the flow label. */
export function compareLayers(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { live } = mapped;
  const kinds = expectedKinds(packet, live.family);
  if (kinds.length !== live.layers.length) {
    comparison.differ(
      "headers",
      kinds.join(" "),
      live.layers.map((layer) => layer.kind).join(" "),
      `live packet header layers: expected: ${kinds.length} headers vs actual: ${live.layers.length} headers`,
    );
    return;
  }
  // Lengths of the layers further in, octets.
  let inner = expectedLength(packet, mapped);
  const lengths: (number | undefined)[] = [];
  for (let i = kinds.length - 1; i >= 0; i--) {
    lengths[i] = inner;
    if (i < packet.encapsulations.length && inner !== undefined) {
      inner += outerLength(packet.encapsulations[i]!);
    } else if (i === packet.encapsulations.length && inner !== undefined) {
      inner += ipHeaderLength(packet.ip, live.family) + extensionsLength(packet, live.family);
    }
  }
  for (let i = 0; i < kinds.length; i++) {
    const layer = live.layers[i]!;
    if (layer.kind !== kinds[i]) {
      comparison.differ(
        "header",
        kinds[i]!,
        layer.kind,
        `live packet header layer ${i}: expected: ${kinds[i]} header vs actual: ${layer.kind} header`,
      );
      return;
    }
    const outer = packet.encapsulations[i];
    if (outer !== undefined) {
      compareOuter(comparison, mapped, layer, outer, packet, kinds[i + 1]!, lengths[i], context);
    } else if (i === packet.encapsulations.length) {
      compareIp(comparison, mapped, layer, packet.ip, packet.ip, protocolOf(packet, live.family), {
        headerLength: ipHeaderLength(packet.ip, live.family),
        payload: lengths[i] === undefined ? undefined : lengths[i]! + extensionsLength(packet, live.family),
        extensions: packet.ip?.extensions.length ?? 0,
      }, context);
      compareFragment(comparison, mapped, packet, context);
    } else {
      compareTransport(comparison, mapped, packet, context);
    }
  }
  compareFlowLabel(comparison, live, packet.ip?.flowLabel, context.socket);
}

/** What a flow label check needs to remember is remembered, whether it holds or not. */
function compareFlowLabel(
  comparison: Comparison,
  live: LivePacket,
  expected: number | undefined,
  socket: ScriptSocket,
): void {
  if (live.family !== 6 || expected === undefined || expected === 0) return;
  const actual = ipv6.flowLabel(live.bytes, live.ip);
  const at = { start: live.ip + 1, end: live.ip + 4 };
  const hex = (value: number) => `0x${value.toString(16)}`;
  if (actual === 0) {
    comparison.differ("flowlabel", hex(expected), "0x0", "flowlabel unmarked in the live packet", at);
    return;
  }
  const known = socket.flowLabel;
  if (known === undefined) {
    socket.flowLabel = { script: expected, live: actual };
  } else if (known.script === expected) {
    if (known.live !== actual) {
      const reason = `inconsistent flowlabels for this packet: expected: ${hex(known.live)} vs actual: ${hex(actual)}`;
      comparison.differ("flowlabel", hex(known.live), hex(actual), reason, at);
    }
  } else if (known.live === actual) {
    const reason = "expected a different flowlabel but got the same";
    comparison.differ("flowlabel", `not ${hex(known.live)}`, hex(actual), reason, at);
  } else {
    socket.flowLabel = { script: expected, live: actual };
  }
}

function expectedKinds(packet: PacketAction, family: 4 | 6): LayerKind[] {
  const kinds: LayerKind[] = packet.encapsulations.map((outer) =>
    ({ gre: "GRE", mpls: "MPLS", ipv4: "IPv4", ipv6: "IPv6" } as const)[outer.kind]
  );
  kinds.push(family === 4 ? "IPv4" : "IPv6");
  const { transport } = packet;
  if ((packet.fragment?.start ?? 0) > 0 || transport.kind === "ip") kinds.push("payload");
  else if (transport.kind === "icmp") kinds.push(family === 4 ? "ICMPV4" : "ICMPV6");
  else kinds.push(transport.kind === "tcp" && transport.udpEncapsulation === undefined ? "TCP" : "UDP");
  return kinds;
}

function protocolOf(packet: PacketAction, family: 4 | 6): number {
  const { transport } = packet;
  switch (transport.kind) {
    case "tcp":
      return transport.udpEncapsulation === undefined ? IPPROTO_TCP : IPPROTO_UDP;
    case "udp":
      return IPPROTO_UDP;
    case "icmp":
      return family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    case "ip":
      return transport.protocol;
  }
}

/** Octets of the transport header and its data; undefined where the script leaves that open. */
function expectedLength(packet: PacketAction, mapped: MappedPacket): number | undefined {
  const { transport, fragment } = packet;
  const { live } = mapped;
  if (fragment !== undefined) return fragment.end - fragment.start;
  if (transport.kind === "ip") return transport.length;
  if (transport.kind === "udp") return udp.HEADER_LENGTH + transport.length;
  if (transport.kind === "tcp") {
    const options = transport.options.kind === "any"
      ? live.isTcp ? live.payload - live.transport - tcp.MIN_HEADER_LENGTH : 0
      : encodeOptions(transport.options).length;
    const tunnel = transport.udpEncapsulation === undefined ? 0 : udp.HEADER_LENGTH;
    return tunnel + tcp.MIN_HEADER_LENGTH + options + transport.seq.length;
  }
  if (transport.dataLength !== undefined) return icmpv4.HEADER_LENGTH + transport.dataLength;
  const { quoted } = transport;
  if (quoted?.kind === "raw") return Math.max(icmpv4.HEADER_LENGTH, quoted.length);
  if (quoted?.kind === "packet" || (quoted === undefined && transport.exact)) return undefined;
  return icmpv4.HEADER_LENGTH + (live.family === 4 ? ipv4.MIN_HEADER_LENGTH : ipv6.HEADER_LENGTH) + 8;
}

function ipHeaderLength(ip: IpInfo | undefined, family: 4 | 6): number {
  if (family === 6) return ipv6.HEADER_LENGTH;
  return ipv4.MIN_HEADER_LENGTH + (((ip?.options?.length ?? 0) + 3) & ~3);
}

function extensionsLength(packet: PacketAction, family: 4 | 6): number {
  if (family === 4) return 0;
  const own = (packet.ip?.extensions ?? []).reduce((sum, one) => sum + ((one.data.length + 2 + 7) & ~7), 0);
  return own + (packet.fragment === undefined ? 0 : 8);
}

function outerLength(outer: Encapsulation): number {
  switch (outer.kind) {
    case "gre":
      return greHeaderLength(outer.gre.flags);
    case "mpls":
      return outer.entries.length * 4;
    case "ipv4":
      return ipHeaderLength(outer.ip, 4);
    case "ipv6":
      return ipv6.HEADER_LENGTH;
  }
}

function compareOuter(
  comparison: Comparison,
  mapped: MappedPacket,
  layer: Layer,
  outer: Encapsulation,
  packet: PacketAction,
  next: LayerKind,
  inner: number | undefined,
  context: MatchContext,
): void {
  switch (outer.kind) {
    case "gre":
      return compareGre(comparison, mapped.live, layer, outer.gre, next);
    case "mpls":
      return compareMpls(comparison, mapped.live, layer, outer);
    default: {
      const family = outer.kind === "ipv4" ? 4 : 6;
      const protocol = next === "GRE" ? IPPROTO_GRE : next === "IPv4" ? IPPROTO_IPIP : IPPROTO_IPV6;
      // The TOS rule of the script packet applies to every IP layer of it.
      compareIp(comparison, mapped, layer, outer.ip, packet.ip ?? outer.ip, protocol, {
        headerLength: ipHeaderLength(outer.ip, family),
        payload: inner,
        extensions: 0,
      }, context);
    }
  }
}

function compareGre(comparison: Comparison, live: LivePacket, layer: Layer, gre: GreHeader, next: LayerKind): void {
  const expected = greHeader(gre, next === "IPv4" ? 0x0800 : next === "IPv6" ? 0x86dd : 0x8847);
  const at = layer.offset;
  comparison.number("gre_len", expected.length, layer.length, { start: at, end: at + layer.length });
  const check = (field: string, from: number, length: 2 | 4) => {
    if (from + length > Math.min(expected.length, layer.length)) return;
    const read = length === 2 ? get16 : get32;
    const wanted = read(expected, from);
    const came = read(live.bytes, at + from);
    if (wanted === came) return;
    comparison.differ(
      `gre_${field}`,
      `0x${wanted.toString(16)}`,
      `0x${came.toString(16)}`,
      `mismatch in GRE ${field}`,
      {
        start: at + from,
        end: at + from + length,
      },
    );
  };
  check("flags", 0, 2);
  check("proto", 2, 2);
  check("sum", 4, 2);
  check("off", 6, 2);
  check("key", 8, 4);
  check("seq", 12, 4);
}

function compareMpls(comparison: Comparison, live: LivePacket, layer: Layer, outer: MplsEncapsulation): void {
  comparison.number("mpls_stack_depth", outer.entries.length, layer.length / 4);
  outer.entries.slice(0, layer.length / 4).forEach((entry, i) => {
    const wanted = mplsEntry(entry);
    const came = get32(live.bytes, layer.offset + 4 * i);
    if (wanted === came) return;
    const at = { start: layer.offset + 4 * i, end: layer.offset + 4 * i + 4 };
    comparison.differ(
      "mpls",
      `0x${wanted.toString(16)}`,
      `0x${came.toString(16)}`,
      `mismatch in MPLS label ${i}`,
      at,
    );
  });
}

interface IpShape {
  readonly headerLength: number;
  /** Octets behind the IP header, undefined: unchecked. */
  readonly payload: number | undefined;
  readonly extensions: number;
}

function compareIp(
  comparison: Comparison,
  mapped: MappedPacket,
  layer: Layer,
  info: IpInfo | undefined,
  tosInfo: IpInfo | undefined,
  protocol: number,
  shape: IpShape,
  context: MatchContext,
): void {
  const bytes = mapped.live.bytes;
  const at = layer.offset;
  const four = layer.kind === "IPv4";
  const where = (name: string) => octetsOf(four ? ipv4.FIELDS : ipv6.FIELDS, name, at);
  if (four) {
    comparison.number("ipv4_version", info?.version ?? 4, bytes[at]! >> 4, where("version"));
    comparison.number("ipv4_protocol", info?.protocol ?? protocol, ipv4.protocol(bytes, at), where("protocol"));
    const words = info?.headerLength ?? shape.headerLength >> 2;
    comparison.number("ipv4_header_length", words, ipv4.ihl(bytes, at), where("ihl"));
    const total = info?.totalLength ?? (shape.payload === undefined ? undefined : shape.headerLength + shape.payload);
    if (total !== undefined) {
      comparison.number("ipv4_total_length", total, ipv4.totalLength(bytes, at), where("totalLength"));
    }
  } else {
    comparison.number("ipv6_version", info?.version ?? 6, bytes[at]! >> 4, where("version"));
    const total = info?.totalLength ?? shape.payload;
    if (total !== undefined) {
      comparison.number("ipv6_payload_len", total, ipv6.payloadLength(bytes, at), where("payloadLength"));
    }
    if (shape.extensions === 0 && mapped.live.fragment === undefined) {
      comparison.number(
        "ipv6_next_header",
        info?.protocol ?? protocol,
        ipv6.nextHeader(bytes, at),
        where("nextHeader"),
      );
    } else {
      compareExtensions(comparison, mapped.live, info, protocol);
    }
  }
  compareTos(comparison, bytes, layer, tosInfo, context);
  const ttl = tosInfo?.ttl;
  if (ttl !== undefined && ttl !== 0 && ttl !== 255) {
    const actual = four ? ipv4.timeToLive(bytes, at) : ipv6.hopLimit(bytes, at);
    comparison.number("ttl", ttl, actual, where(four ? "timeToLive" : "hopLimit"));
  }
  if (four && info !== undefined) compareIpv4Superset(comparison, bytes, at, info);
}

function compareExtensions(comparison: Comparison, live: LivePacket, info: IpInfo | undefined, protocol: number): void {
  comparison.number("ipv6_next_header", info?.protocol ?? protocol, live.protocol);
  const wanted = (info?.extensions ?? []).map((one) =>
    ({ "hop-by-hop": 0, "routing": 43, "destination": 60 })[one.kind]
  );
  if (live.fragment !== undefined) wanted.push(44);
  const came = live.extensions.map((one) => one.kind);
  if (wanted.join() === came.join()) return;
  comparison.differ(
    "ipv6_extensions",
    wanted.join(","),
    came.join(","),
    `live packet extension headers: expected: ${wanted.join(",")} vs actual: ${came.join(",")}`,
  );
}

function compareTos(
  comparison: Comparison,
  bytes: Uint8Array,
  layer: Layer,
  info: IpInfo | undefined,
  context: MatchContext,
): void {
  if (info === undefined) return;
  const four = layer.kind === "IPv4";
  const actual = four ? ipv4.typeOfService(bytes, layer.offset) : ipv6.trafficClass(bytes, layer.offset);
  const at = four ? { start: layer.offset + 1, end: layer.offset + 2 } : { start: layer.offset, end: layer.offset + 2 };
  if (info.ecn === "ect01") {
    if ((actual & 3) !== 1 && (actual & 3) !== 2) {
      const hex = `0x${(actual & 3).toString(16)}`;
      comparison.differ(
        "ip_ecn",
        "0x1 or 0x2",
        hex,
        `live packet field ip_ecn: expected: 0x1 or 0x2 vs actual: ${hex}`,
        at,
      );
    }
  } else if (info.ecn !== undefined) {
    comparison.number(context.nplab ? "ecn" : "ip_ecn", tosOctet(info) & 3, actual & 3, at);
  }
  if (info.tos !== undefined) comparison.number("tos", info.tos, actual, at);
  if (info.dscp !== undefined) comparison.number("dscp", info.dscp, actual >> 2, at);
}

/** Fields that packetdrill never compares, as far as the script names them. */
function compareIpv4Superset(comparison: Comparison, bytes: Uint8Array, at: number, info: IpInfo): void {
  const where = (name: string) => octetsOf(ipv4.FIELDS, name, at);
  const word = ipv4.flagsAndOffset(bytes, at);
  const flag = (field: string, expected: boolean | undefined, mask: number, name: string) => {
    if (expected !== undefined) comparison.number(field, expected ? 1 : 0, word & mask ? 1 : 0, where(name));
  };
  if (info.id !== undefined) {
    comparison.number("ipv4_id", info.id, ipv4.identification(bytes, at), where("identification"));
  }
  flag("ipv4_reserved", info.reserved, ipv4.RF, "reservedFlag");
  flag("ipv4_df", info.df, ipv4.DF, "dontFragment");
  flag("ipv4_mf", info.mf, ipv4.MF, "moreFragments");
  if (info.fragmentOffset !== undefined) {
    comparison.number("ipv4_frag_off", info.fragmentOffset, ipv4.fragmentOffset(bytes, at), where("fragmentOffset"));
  }
  if (info.checksum?.kind === "value") {
    comparison.number(
      "ipv4_checksum",
      info.checksum.value,
      ipv4.headerChecksum(bytes, at),
      where("headerChecksum"),
    );
  }
  if (info.options !== undefined) {
    const wanted = new Uint8Array((info.options.length + 3) & ~3);
    wanted.set(info.options);
    const range = { start: at + ipv4.MIN_HEADER_LENGTH, end: at + ipv4.headerLength(bytes, at) };
    const came = toHex(bytes.subarray(range.start, range.end));
    if (toHex(wanted) !== came) {
      comparison.differ(
        "ipv4_options",
        toHex(wanted),
        came,
        `live packet field ipv4_options: expected: ${toHex(wanted)} vs actual: ${came}`,
        range,
      );
    }
  }
}

/** Offset, more-fragments flag and contents of a fragment. */
function compareFragment(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { live } = mapped;
  const wanted = packet.fragment;
  const came = live.fragment;
  const named = packet.ip?.mf !== undefined || packet.ip?.fragmentOffset !== undefined;
  if (wanted === undefined) {
    if (came !== undefined && !named) {
      const text = `${came.offset}:${came.offset + live.end - live.transport}`;
      comparison.differ("fragment", "none", text, `live packet is a fragment: ${text}`);
    }
    return;
  }
  const offset = came?.offset ?? 0;
  const length = live.end - live.transport;
  comparison.number("fragment_start", wanted.start, offset);
  comparison.number("fragment_end", wanted.end, offset + length);
  const datagram = outboundTransport(packet.transport, endpointsOf(packet, context.socket), {
    socket: context.socket,
    ecrScaled: false,
    nplab: context.nplab,
  });
  const more = wanted.mf ?? wanted.end < datagram.length;
  comparison.number("fragment_mf", more ? 1 : 0, came?.more ? 1 : 0);
  if (packet.ip?.id !== undefined && came !== undefined && live.family === 6) {
    comparison.number("fragment_id", packet.ip.id, came.id);
  }
  for (let i = 0; i < length; i++) {
    const expected = wanted.fill ?? datagram[wanted.start + i] ?? 0;
    const actual = live.bytes[live.transport + i]!;
    if (expected === actual) continue;
    const at = { start: live.transport + i, end: live.transport + i + 1 };
    comparison.differ(
      `fragment[${offset + i}]`,
      `0x${expected.toString(16)}`,
      `0x${actual.toString(16)}`,
      "incorrect outbound fragment payload",
      at,
    );
    return;
  }
}

function compareTransport(
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
    case "ip":
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
  if (!context.extended || (transport.kind !== "tcp" && transport.kind !== "udp") || transport.ports === undefined) {
    return;
  }
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

function compareTcp(
  comparison: Comparison,
  mapped: MappedPacket,
  segment: TcpSegment,
  context: MatchContext,
): void {
  const { header, live } = mapped;
  const at = live.transport;
  const where = (name: string) => octetsOf(tcp.FIELDS, name, at);
  const options = segment.options.kind === "any"
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
  comparison.number(
    "tcp_ack_seq",
    segment.ack ?? 0,
    tcp.acknowledgmentNumber(header, at),
    where("acknowledgmentNumber"),
  );
  if (segment.window !== undefined) {
    comparison.number("tcp_window", segment.window, tcp.window(header, at), where("window"));
  }
  comparison.number("tcp_urg_ptr", segment.urgent ?? 0, tcp.urgentPointer(header, at), where("urgentPointer"));
  if (segment.checksum?.kind === "value") {
    comparison.number("tcp_checksum", segment.checksum.value, tcp.checksum(live.bytes, at), where("checksum"));
  }
  if (context.extended && segment.ports !== undefined) {
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
  if (transport.id !== undefined) comparison.number("icmp_id", transport.id, get16(bytes, at + 4), octets(4, 2));
  if (transport.sequence !== undefined) {
    comparison.number("icmp_seq", transport.sequence, get16(bytes, at + 6), octets(6, 2));
  }
  if (transport.mtu !== undefined) {
    const actual = four ? get16(bytes, at + 6) : icmpv6.mtu(bytes, at);
    comparison.number("icmp_mtu", transport.mtu, actual, four ? octets(6, 2) : octets(4, 4));
  }
  if (transport.pointer !== undefined) {
    const actual = four ? bytes[at + 4]! : icmpv6.pointer(bytes, at);
    comparison.number("icmp_pointer", transport.pointer, actual, four ? octets(4, 1) : octets(4, 4));
  }
  const { quoted } = transport;
  if (quoted?.kind === "packet") {
    const built = quotedPacket(quoted, { socket: context.socket, ecrScaled: false, nplab: context.nplab });
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
