/**
 * Whole packets, decoded for people: layers, where each field lies, what is wrong. For harness and tools, not for hot paths.
 *
 * @module
 */
import * as arp from "./arp.ts";
import { type FieldLayout, type Parsed, WireError } from "./error.ts";
import * as ethernet from "./ethernet.ts";
import * as gre from "./gre.ts";
import * as icmpExtension from "./icmp_extension.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as igmp from "./igmp.ts";
import * as ipv4 from "./ipv4.ts";
import { optionLength as ipv4OptionLength } from "./ipv4_options.ts";
import * as ipv6 from "./ipv6.ts";
import * as extension from "./ipv6_extension.ts";
import * as mpls from "./mpls.ts";
import { emitNdOption } from "./nd.ts";
import * as protocols from "../../abi/socket_constants.ts";
import * as tcp from "./tcp.ts";
import { optionLength as tcpOptionLength } from "./tcp_options.ts";
import * as udp from "./udp.ts";

export { type ChecksumMismatch, verifyChecksums } from "./packet_checksum.ts";
export { formatLayer, formatPacket, hexDump } from "./packet_format.ts";

/** Where a field of a decoded packet lies. */
export interface FieldRange {
  /** The field's name in the decoded header; options are "options[0] mss". */
  readonly name: string;
  /** First byte that holds a bit of it. */
  readonly start: number;
  /** Byte after the last. */
  readonly end: number;
  /** Its first bit, counted from the most significant bit of `start`, 0 … 7. */
  readonly bit: number;
  /** Width in bits. */
  readonly bits: number;
}

interface LayerOf<Kind extends string, Header> {
  readonly kind: Kind;
  readonly header: Header;
  /** First byte of the header. */
  readonly start: number;
  /** First byte after it. */
  readonly payloadOffset: number;
  /** Byte after the last of what this layer carries. */
  readonly end: number;
  /** In the order of the header. */
  readonly fields: readonly FieldRange[];
}

/** The first eight bytes of a TCP or UDP header: all that an ICMP message must quote. */
export interface QuotedPorts {
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of TCP. */
  readonly sequenceNumber?: number;
}

/** A packet quoted by an ICMP error, and what RFC 4884 puts behind it. */
export interface Quote {
  readonly quoted?: DecodedPacket;
  readonly extension?: icmpExtension.IcmpExtension;
}

/** One layer of a packet. */
export type Layer =
  | LayerOf<"ethernet", ethernet.EthernetHeader>
  | LayerOf<"arp", arp.ArpPacket>
  | LayerOf<"ipv4", ipv4.Ipv4Header>
  | LayerOf<"ipv6", ipv6.Ipv6Header>
  | LayerOf<"ipv6-extension", extension.Ipv6Extension>
  | LayerOf<"gre", gre.GreHeader>
  | LayerOf<"mpls", mpls.MplsHeader>
  | LayerOf<"tcp", tcp.TcpHeader>
  | LayerOf<"udp", udp.UdpHeader>
  | (LayerOf<"icmpv4", icmpv4.Icmpv4Header> & Quote)
  | (LayerOf<"icmpv6", icmpv6.Icmpv6Header> & Quote)
  | LayerOf<"igmp", igmp.IgmpHeader>
  | LayerOf<"ports", QuotedPorts>
  /** The data of a fragment that is not the first; all of it is payload. */
  | LayerOf<"fragment", { readonly protocol: number }>
  /** A protocol that is not known here, or a header that could not be decoded; all of it is payload. */
  | LayerOf<"raw", { readonly protocol: number }>;

/** A layer's kind. */
export type LayerKind = Layer["kind"];

/** The layer of one kind. */
export type LayerByKind<K extends LayerKind> = Extract<Layer, { readonly kind: K }>;

/** Something wrong with a packet. */
export interface PacketProblem {
  /** The layer it is wrong in, as in {@link WireError}. */
  readonly layer: string;
  readonly problem: string;
  /** Byte offset where the header with the problem starts. */
  readonly offset: number;
}

/** A decoded packet. Offsets are into the bytes that were given. */
export interface DecodedPacket {
  /** Outermost first; empty only for bytes that are no packet at all. */
  readonly layers: readonly Layer[];
  /** What the innermost layer carries. */
  readonly payload: { readonly start: number; readonly end: number };
  /** Bytes after the packet by its own length field: link padding, or a mistake. */
  readonly trailing: { readonly start: number; readonly end: number };
  /** In the order they were found; empty for a well-formed packet. Checksums are not looked at, see {@link verifyChecksums}. */
  readonly problems: readonly PacketProblem[];
  /** It is an IP fragment, so that checksums of what it carries can't be verified. */
  readonly isFragment: boolean;
}

/** Tunnels in tunnels beyond this many layers are left raw. */
const MAX_LAYERS = 32;
/** Errors quoting errors: looked into this deep. */
const MAX_QUOTES = 2;

interface Context {
  readonly bytes: Uint8Array;
  readonly layers: Layer[];
  readonly problems: PacketProblem[];
  /** Inside a quote: being cut short is no problem. */
  readonly quoteDepth: number;
  isFragment: boolean;
  trailing: { start: number; end: number } | undefined;
}

/** Decodes the IP packet `bytes[start, end)`. Never throws. */
export function decodePacket(bytes: Uint8Array, start = 0, end = bytes.length): DecodedPacket {
  return decode(bytes, start, end, 0, decodeIp);
}

/** Decodes the Ethernet frame `bytes[start, end)` (without its check sequence). Never throws. */
export function decodeFrame(bytes: Uint8Array, start = 0, end = bytes.length): DecodedPacket {
  return decode(bytes, start, end, 0, decodeEthernet);
}

/** The first (outermost) layer of a kind. */
export function layerOf<K extends LayerKind>(packet: DecodedPacket, kind: K): LayerByKind<K> | undefined {
  return packet.layers.find((layer): layer is LayerByKind<K> => layer.kind === kind);
}

/** The last (innermost) layer of a kind. */
export function innermost<K extends LayerKind>(packet: DecodedPacket, kind: K): LayerByKind<K> | undefined {
  return packet.layers.findLast((layer): layer is LayerByKind<K> => layer.kind === kind);
}

/** Layers and fields that hold a bit of the byte at `offset`; none in the payload. */
export function fieldsAt(packet: DecodedPacket, offset: number): { layer: Layer; field: FieldRange }[] {
  return packet.layers.flatMap((layer) =>
    layer.fields.filter((field) => field.start <= offset && offset < field.end).map((field) => ({ layer, field }))
  );
}

/** A field's value as an unsigned integer. */
export function readField(bytes: Uint8Array, range: FieldRange): bigint {
  let value = 0n;
  for (let at = range.start; at < range.end; at++) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  const below = BigInt((range.end - range.start) * 8 - range.bit - range.bits);
  return (value >> below) & ((1n << BigInt(range.bits)) - 1n);
}

type Decoder = (context: Context, start: number, end: number) => void;

function decode(bytes: Uint8Array, start: number, end: number, quoteDepth: number, decoder: Decoder): DecodedPacket {
  const context: Context = { bytes, layers: [], problems: [], quoteDepth, isFragment: false, trailing: undefined };
  decoder(context, start, end);
  const last = context.layers.at(-1);
  return {
    layers: context.layers,
    payload: last === undefined ? { start, end } : { start: last.payloadOffset, end: last.end },
    trailing: context.trailing ?? { start: end, end },
    problems: context.problems,
    isFragment: context.isFragment,
  };
}

/** Adds the layer that `parse` decodes, or its problem and a raw layer. Returns what was decoded. */
function attempt<H>(
  context: Context,
  start: number,
  end: number,
  protocol: number,
  parse: () => Parsed<H>,
  add: (parsed: Parsed<H>) => Layer,
): Parsed<H> | undefined {
  let parsed: Parsed<H>;
  try {
    parsed = parse();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    context.problems.push({ layer: error.layer, problem: error.problem, offset: error.offset });
    raw(context, "raw", start, end, protocol);
    return undefined;
  }
  context.layers.push(add(parsed));
  return parsed;
}

function raw(context: Context, kind: "raw" | "fragment", start: number, end: number, protocol: number): void {
  if (start >= end && kind === "raw") return;
  context.layers.push({ kind, header: { protocol }, start, payloadOffset: start, end, fields: [] });
}

function ranges(layout: readonly FieldLayout[], start: number): FieldRange[] {
  return layout.map(({ name, bit, bits }) => ({
    name,
    start: start + (bit >> 3),
    end: start + ((bit + bits + 7) >> 3),
    bit: bit & 7,
    bits,
  }));
}

/** A range for each of some options that follow each other from `start`. */
function optionRanges<O extends { readonly name: string }>(
  options: readonly O[],
  start: number,
  lengthOf: (option: O) => number,
): FieldRange[] {
  let at = start;
  return options.map((option, i) => {
    const from = at;
    at += lengthOf(option);
    return { name: `options[${i}] ${option.name}`, start: from, end: at, bit: 0, bits: 8 * (at - from) };
  });
}

/** Notes options that could not be decoded. */
function noteOptions(
  context: Context,
  layer: string,
  offset: number,
  options: readonly { readonly name: string }[],
): void {
  if (options.some((option) => option.name === "malformed")) {
    context.problems.push({ layer, problem: "malformed-option", offset });
  }
}

function decodeEthernet(context: Context, start: number, end: number): void {
  const parsed = attempt(context, start, end, -1, () => ethernet.parse(context.bytes, start, end), (parsed) => ({
    kind: "ethernet",
    header: parsed.header,
    start,
    payloadOffset: parsed.payloadOffset,
    end,
    fields: ethernetRanges(parsed, start),
  }));
  if (parsed !== undefined) decodeEtherType(context, parsed.header.etherType, parsed.payloadOffset, end);
}

function ethernetRanges(parsed: Parsed<ethernet.EthernetHeader>, start: number): FieldRange[] {
  const fields = ranges(ethernet.FIELDS.slice(0, 2), start);
  const at = start + ethernet.HEADER_LENGTH - 2;
  parsed.header.tags.forEach((_, i) =>
    fields.push({
      name: `tags[${i}]`,
      start: at + ethernet.TAG_LENGTH * i,
      end: at + ethernet.TAG_LENGTH * (i + 1),
      bit: 0,
      bits: 8 * ethernet.TAG_LENGTH,
    })
  );
  fields.push({ name: "etherType", start: parsed.payloadOffset - 2, end: parsed.payloadOffset, bit: 0, bits: 16 });
  return fields;
}

function decodeEtherType(context: Context, etherType: number, start: number, end: number): void {
  if (context.layers.length >= MAX_LAYERS) return raw(context, "raw", start, end, -1);
  switch (etherType) {
    case ethernet.ETH_P_IP:
      return decodeIpv4(context, start, end);
    case ethernet.ETH_P_IPV6:
      return decodeIpv6(context, start, end);
    case ethernet.ETH_P_ARP:
      return decodeArp(context, start, end);
    case ethernet.ETH_P_MPLS_UC:
    case ethernet.ETH_P_MPLS_MC:
      return decodeMpls(context, start, end);
    case ethernet.ETH_P_TEB:
      return decodeEthernet(context, start, end);
    default:
      return raw(context, "raw", start, end, -1);
  }
}

function decodeArp(context: Context, start: number, end: number): void {
  const parsed = attempt(context, start, end, -1, () => arp.parse(context.bytes, start, end), (parsed) => ({
    kind: "arp",
    header: parsed.header,
    start,
    payloadOffset: parsed.payloadOffset,
    end: parsed.payloadOffset,
    fields: ranges(arp.FIELDS, start),
  }));
  if (parsed !== undefined) noteTrailing(context, parsed.payloadOffset, end);
}

/** The outermost header that knows its length says what is trailing. */
function noteTrailing(context: Context, packetEnd: number, end: number): void {
  context.trailing ??= { start: packetEnd, end };
}

function decodeIp(context: Context, start: number, end: number): void {
  if (start >= end) {
    context.problems.push({ layer: "ip", problem: "truncated", offset: start });
  } else if (ipv4.version(context.bytes, start) === ipv6.VERSION) {
    decodeIpv6(context, start, end);
  } else {
    decodeIpv4(context, start, end);
  }
}

function decodeIpv4(context: Context, start: number, end: number): void {
  const { bytes } = context;
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_IPIP,
    () => ipv4.parseQuoted(bytes, start, end),
    (parsed) => ({
      kind: "ipv4",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end: parsed.end,
      fields: [
        ...ranges(ipv4.FIELDS, start),
        ...optionRanges(parsed.header.options, start + ipv4.MIN_HEADER_LENGTH, ipv4OptionLength),
      ],
    }),
  );
  if (parsed === undefined) return;
  const { header } = parsed;
  noteTrailing(context, parsed.end, end);
  if (context.quoteDepth === 0 && start + header.totalLength > end) {
    context.problems.push({ layer: "ipv4", problem: "truncated", offset: start });
  }
  noteOptions(context, "ipv4", start, header.options);
  if (header.fragmentOffset > 0 || header.moreFragments) context.isFragment = true;
  if (header.fragmentOffset > 0) {
    return raw(context, "fragment", parsed.payloadOffset, parsed.end, header.protocol);
  }
  decodeProtocol(context, header.protocol, parsed.payloadOffset, parsed.end);
}

function decodeIpv6(context: Context, start: number, end: number): void {
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_IPV6,
    () => ipv6.parseQuoted(context.bytes, start, end),
    (parsed) => ({
      kind: "ipv6",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end: parsed.end,
      fields: ranges(ipv6.FIELDS, start),
    }),
  );
  if (parsed === undefined) return;
  noteTrailing(context, parsed.end, end);
  if (context.quoteDepth === 0 && parsed.payloadOffset + parsed.header.payloadLength > end) {
    context.problems.push({ layer: "ipv6", problem: "payload-length", offset: start });
  }
  decodeExtensions(context, parsed.header.nextHeader, parsed.payloadOffset, parsed.end);
}

function decodeExtensions(context: Context, nextHeader: number, start: number, end: number): void {
  let type = nextHeader;
  let at = start;
  for (let count = 0; extension.isExtension(type); count++) {
    if (type === protocols.IPPROTO_HOPOPTS && count > 0) {
      context.problems.push({ layer: "ipv6-extension", problem: "order", offset: at });
    }
    if (context.layers.length >= MAX_LAYERS) {
      context.problems.push({ layer: "ipv6-extension", problem: "too-many", offset: at });
      return raw(context, "raw", at, end, type);
    }
    const header = decodeExtension(context, type, at, end);
    if (header === undefined) return;
    at = context.layers.at(-1)!.payloadOffset;
    type = header.nextHeader;
    if (header.kind === "fragment") {
      // An atomic fragment (RFC 6946) is a whole packet.
      if (header.fragmentOffset > 0 || header.moreFragments) context.isFragment = true;
      if (header.fragmentOffset > 0) return raw(context, "fragment", at, end, type);
    }
  }
  decodeProtocol(context, type, at, end);
}

function decodeExtension(
  context: Context,
  type: number,
  start: number,
  end: number,
): extension.Ipv6Extension | undefined {
  const parsed = attempt(
    context,
    start,
    end,
    type,
    () => extension.parse(context.bytes, start, end, type),
    (parsed) => ({
      kind: "ipv6-extension",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: extensionRanges(parsed, start),
    }),
  );
  if (parsed !== undefined && "options" in parsed.header) {
    noteOptions(context, "ipv6-extension", start, parsed.header.options);
  }
  return parsed?.header;
}

function extensionRanges(parsed: Parsed<extension.Ipv6Extension>, start: number): FieldRange[] {
  const { header } = parsed;
  const fields = ranges(extension.fieldsOf(header), start);
  if (header.kind === "routing") {
    fields.push({ name: "data", start: start + 4, end: parsed.payloadOffset, bit: 0, bits: 8 * header.data.length });
  } else if (header.kind !== "fragment") {
    fields.push(...optionRanges(header.options, start + 2, extension.optionLength));
  }
  return fields;
}

function decodeProtocol(context: Context, protocol: number, start: number, end: number): void {
  if (context.layers.length >= MAX_LAYERS) return raw(context, "raw", start, end, protocol);
  switch (protocol) {
    case protocols.IPPROTO_TCP:
      return decodeTcp(context, start, end);
    case protocols.IPPROTO_UDP:
      return decodeUdp(context, start, end);
    case protocols.IPPROTO_ICMP:
      return decodeIcmpv4(context, start, end);
    case protocols.IPPROTO_ICMPV6:
      return decodeIcmpv6(context, start, end);
    case protocols.IPPROTO_IGMP:
      return decodeIgmp(context, start, end);
    case protocols.IPPROTO_IPIP:
      return decodeIpv4(context, start, end);
    case protocols.IPPROTO_IPV6:
      return decodeIpv6(context, start, end);
    case protocols.IPPROTO_GRE:
      return decodeGre(context, start, end);
    case protocols.IPPROTO_MPLS:
      return decodeMpls(context, start, end);
    default:
      return raw(context, "raw", start, end, protocol);
  }
}

/** What a quote holds of a transport header when it does not hold all of it. */
function decodePorts(context: Context, protocol: number, start: number, end: number): void {
  const { bytes } = context;
  if (end - start < 8) return raw(context, "raw", start, end, protocol);
  const ports = {
    protocol,
    sourcePort: tcp.sourcePort(bytes, start),
    destinationPort: tcp.destinationPort(bytes, start),
  };
  const isTcp = protocol === protocols.IPPROTO_TCP;
  context.layers.push({
    kind: "ports",
    header: isTcp ? { ...ports, sequenceNumber: tcp.sequenceNumber(bytes, start) } : ports,
    start,
    payloadOffset: start + 8,
    end,
    fields: ranges(tcp.FIELDS.slice(0, isTcp ? 3 : 2), start),
  });
}

function decodeTcp(context: Context, start: number, end: number): void {
  if (context.quoteDepth > 0 && tcp.check(context.bytes, start, end) !== undefined) {
    return decodePorts(context, protocols.IPPROTO_TCP, start, end);
  }
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_TCP,
    () => tcp.parse(context.bytes, start, end),
    (parsed) => ({
      kind: "tcp",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: [
        ...ranges(tcp.FIELDS, start),
        ...optionRanges(parsed.header.options, start + tcp.MIN_HEADER_LENGTH, tcpOptionLength),
      ],
    }),
  );
  if (parsed !== undefined) noteOptions(context, "tcp", start, parsed.header.options);
}

function decodeUdp(context: Context, start: number, end: number): void {
  // The length is that of the whole datagram, of which a fragment or a quote has a part.
  const partial = context.isFragment || context.quoteDepth > 0;
  const { bytes } = context;
  attempt(
    context,
    start,
    end,
    protocols.IPPROTO_UDP,
    () => partial ? udp.parseQuoted(bytes, start, end) : udp.parse(bytes, start, end),
    (parsed) => ({
      kind: "udp",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end: parsed.end,
      fields: ranges(udp.FIELDS, start),
    }),
  );
}

function decodeIcmpv4(context: Context, start: number, end: number): void {
  const { bytes } = context;
  attempt(
    context,
    start,
    end,
    protocols.IPPROTO_ICMP,
    () => icmpv4.parse(bytes, start, end),
    (parsed) => ({
      kind: "icmpv4",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: ranges(icmpv4.fieldsOf(parsed.header.body), start),
      ...(icmpv4.isError(parsed.header.type)
        ? decodeQuote(context, parsed.payloadOffset, icmpv4.quotedEnd(bytes, start, end), end, decodeIpv4)
        : {}),
    }),
  );
}

function decodeIcmpv6(context: Context, start: number, end: number): void {
  const { bytes } = context;
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_ICMPV6,
    () => icmpv6.parse(bytes, start, end),
    (parsed) => ({
      kind: "icmpv6",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: icmpv6Ranges(parsed.header, start),
      ...(icmpv6.isError(parsed.header.type)
        ? decodeQuote(context, parsed.payloadOffset, icmpv6.quotedEnd(bytes, start, end), end, decodeIpv6)
        : {}),
    }),
  );
  if (parsed !== undefined && "options" in parsed.header.body) {
    noteOptions(context, "icmpv6", start, parsed.header.body.options);
  }
}

function icmpv6Ranges(header: icmpv6.Icmpv6Header, start: number): FieldRange[] {
  const fields = ranges(icmpv6.fieldsOf(header.body), start);
  if ("options" in header.body) {
    const at = fields.at(-1)!.end;
    fields.push(...optionRanges(header.body.options, at, (option) => emitNdOption(option).length));
  }
  return fields;
}

function decodeQuote(context: Context, start: number, quotedEnd: number, end: number, decoder: Decoder): Quote {
  const quote: { quoted?: DecodedPacket; extension?: icmpExtension.IcmpExtension } = {};
  if (quotedEnd > start && context.quoteDepth < MAX_QUOTES) {
    quote.quoted = decode(context.bytes, start, quotedEnd, context.quoteDepth + 1, decoder);
  }
  if (quotedEnd < end && context.quoteDepth === 0) {
    try {
      quote.extension = icmpExtension.parse(context.bytes, quotedEnd, end).header;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      context.problems.push({ layer: error.layer, problem: error.problem, offset: error.offset });
    }
  }
  return quote;
}

function decodeIgmp(context: Context, start: number, end: number): void {
  attempt(
    context,
    start,
    end,
    protocols.IPPROTO_IGMP,
    () => igmp.parse(context.bytes, start, end),
    (parsed) => ({
      kind: "igmp",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: ranges(igmp.fieldsOf(parsed.header.body), start),
    }),
  );
}

function decodeGre(context: Context, start: number, end: number): void {
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_GRE,
    () => gre.parse(context.bytes, start, end),
    (parsed) => ({
      kind: "gre",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: ranges(gre.fieldsOf(parsed.header.flags), start),
    }),
  );
  if (parsed !== undefined) decodeEtherType(context, parsed.header.protocol, parsed.payloadOffset, end);
}

function decodeMpls(context: Context, start: number, end: number): void {
  const parsed = attempt(
    context,
    start,
    end,
    protocols.IPPROTO_MPLS,
    () => mpls.parse(context.bytes, start, end),
    (parsed) => ({
      kind: "mpls",
      header: parsed.header,
      start,
      payloadOffset: parsed.payloadOffset,
      end,
      fields: parsed.header.entries.flatMap((_, i) =>
        ranges(mpls.FIELDS, start + mpls.ENTRY_LENGTH * i).map((range) => ({
          ...range,
          name: `entries[${i}].${range.name}`,
        }))
      ),
    }),
  );
  if (parsed === undefined || parsed.payloadOffset >= end) return;
  // Nothing in a label stack says what it carries; the first four bits do for IP.
  const version = context.bytes[parsed.payloadOffset]! >> 4;
  if (version === ipv4.VERSION || version === ipv6.VERSION) decodeIp(context, parsed.payloadOffset, end);
  else raw(context, "raw", parsed.payloadOffset, end, protocols.IPPROTO_MPLS);
}
