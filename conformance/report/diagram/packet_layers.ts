/**
 * All fields of a packet, header by header, for whoever looks at one arrow of a diagram.
 *
 * @module
 */
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_IGMP, IPPROTO_TCP, IPPROTO_UDP } from "../../../abi/socket_constants.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import * as arp from "../../../stack/wire/arp.ts";
import { toHex } from "../../../stack/wire/bytes.ts";
import type { FieldLayout } from "../../../stack/wire/error.ts";
import { fieldValue } from "../../../stack/wire/field_value.ts";
import * as icmpv4 from "../../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../../stack/wire/icmpv6.ts";
import * as ipv4 from "../../../stack/wire/ipv4.ts";
import * as ipv6 from "../../../stack/wire/ipv6.ts";
import * as tcp from "../../../stack/wire/tcp.ts";
import { formatOptions } from "../../../stack/wire/tcp_options.ts";
import * as udp from "../../../stack/wire/udp.ts";
import type { Layer, LivePacket } from "../../timeline/live.ts";
import type { Direction, NumberedConnection } from "../../timeline/numbering.ts";

/** A field of a header. */
export interface PacketField {
  /** Its name in words, as `sequence number`. */
  readonly name: string;
  /** Its value: a number, an address, or octets in hex. */
  readonly value: string;
  /** What the value means, where that is not plain. */
  readonly meaning?: string | undefined;
}

/** A header, or the payload, with its fields in the packet's order. */
export interface PacketLayer {
  /** As `IPv4`, `TCP`, `payload`. */
  readonly name: string;
  /** First octet, from the IP header on. */
  readonly start: number;
  /** Behind the last octet. */
  readonly end: number;
  readonly fields: readonly PacketField[];
}

/** Octets that are written out in hex where a field has no other form. */
const MAX_HEX = 64;

const LAYOUTS: Readonly<Partial<Record<Layer["kind"], readonly FieldLayout[]>>> = {
  ARP: arp.FIELDS,
  IPv4: ipv4.FIELDS,
  IPv6: ipv6.FIELDS,
  TCP: tcp.FIELDS,
  UDP: udp.FIELDS,
};

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [IPPROTO_ICMP, "ICMP"],
  [IPPROTO_IGMP, "IGMP"],
  [IPPROTO_TCP, "TCP"],
  [IPPROTO_UDP, "UDP"],
  [IPPROTO_ICMPV6, "ICMPv6"],
]);

const ECN_NAMES = ["Not-ECT", "ECT(1)", "ECT(0)", "CE"];

/**
 * The headers of a packet, outermost first, and its payload.
 *
 * @param kept octets that are there; behind them the packet is known by its length only
 * @param connection tells where sequence numbers start
 */
export function packetLayers(
  live: LivePacket,
  kept: number,
  direction: Direction,
  connection: NumberedConnection | undefined,
): PacketLayer[] {
  const layers = live.layers.filter(({ length }) => length > 0).map((layer): PacketLayer => {
    const fields = layoutOf(live, layer).map((field) => described(live, layer, field, direction, connection));
    return {
      name: layer.kind,
      start: layer.offset,
      end: layer.offset + layer.length,
      fields: [...fields, ...optionFields(live, layer)],
    };
  });
  for (const { offset, length, kind } of live.extensions) {
    const value = hex(live.bytes, offset, offset + length);
    layers.push({
      name: `extension header ${kind}`,
      start: offset,
      end: offset + length,
      fields: [{ name: "octets", value }],
    });
  }
  layers.sort((a, b) => a.start - b.start);
  if (live.payloadLength > 0 && live.fault === undefined) layers.push(payloadLayer(live, kept));
  return layers;
}

function payloadLayer({ bytes, payload, end }: LivePacket, kept: number): PacketLayer {
  const fields: PacketField[] = [{ name: "length", value: String(end - payload) }];
  const known = Math.min(end, kept);
  if (known > payload) fields.push({ name: "octets", value: hex(bytes, payload, known) });
  return { name: "payload", start: payload, end, fields };
}

function hex(bytes: Uint8Array, start: number, end: number): string {
  const shown = Math.min(end, start + MAX_HEX);
  const octets = Array.from(bytes.subarray(start, shown), (octet) => octet.toString(16).padStart(2, "0")).join(" ");
  return shown < end ? `${octets} … ${end - shown} more` : octets;
}

/** The layout of a header; of an ICMP message by its type. One that can't be read has what all messages have. */
function layoutOf(live: LivePacket, { kind, offset }: Layer): readonly FieldLayout[] {
  try {
    if (kind === "ICMPV4") return icmpv4.fieldsOf(icmpv4.parse(live.bytes, offset, live.end).header.body);
    if (kind === "ICMPV6") return icmpv6.fieldsOf(icmpv6.parse(live.bytes, offset, live.end).header.body);
  } catch {
    return icmpv4.FIELDS;
  }
  return LAYOUTS[kind] ?? [];
}

function described(
  { bytes }: LivePacket,
  { kind, offset }: Layer,
  layout: FieldLayout,
  direction: Direction,
  connection: NumberedConnection | undefined,
): PacketField {
  const name = layout.name.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  const number = fieldValue(bytes, offset, layout);
  if (isAddress(kind, layout)) {
    return { name, value: IpAddress.from(bytes, offset + layout.bit / 8, layout.bits === 32 ? 4 : 6).toString() };
  }
  const meaning = meaningOf(kind, layout.name, Number(number), direction, connection);
  return { name, value: layout.bits > 32 ? `0x${number.toString(16)}` : String(number), meaning };
}

function isAddress(kind: Layer["kind"], { name, bits }: FieldLayout): boolean {
  if (kind === "ARP") return bits === 32;
  return (bits === 32 || bits === 128) && /^(source|destination|gateway|target|group)/i.test(name);
}

function meaningOf(
  kind: Layer["kind"],
  name: string,
  value: number,
  direction: Direction,
  connection: NumberedConnection | undefined,
): string | undefined {
  switch (name) {
    case "protocol":
    case "nextHeader":
      return PROTOCOLS.get(value);
    case "ecn":
      return ECN_NAMES[value];
    case "ihl":
    case "dataOffset":
      return `${value * 4} octets`;
    case "fragmentOffset":
      return value === 0 ? undefined : `octet ${value * 8}`;
    case "flags":
      return tcp.formatFlags(value);
    case "checksum":
    case "headerChecksum":
    case "identification":
    case "flowLabel":
      return `0x${value.toString(16).padStart(4, "0")}`;
    case "sequenceNumber":
    case "acknowledgmentNumber":
      return kind === "TCP" ? relative(name, value, direction, connection) : undefined;
    default:
      return undefined;
  }
}

function relative(
  name: string,
  value: number,
  direction: Direction,
  connection: NumberedConnection | undefined,
): string | undefined {
  if (connection === undefined) return undefined;
  const ofStack = (direction === "outbound") === (name === "sequenceNumber");
  const isn = ofStack ? connection.liveLocalIsn : connection.liveRemoteIsn;
  return `${(value - isn) >>> 0} from the SYN's`;
}

function optionFields({ bytes }: LivePacket, { kind, offset, length }: Layer): PacketField[] {
  const end = offset + length;
  if (kind === "TCP" && length > tcp.MIN_HEADER_LENGTH) {
    return [{ name: "options", value: formatOptions(bytes, offset + tcp.MIN_HEADER_LENGTH, end) }];
  }
  if (kind === "IPv4" && length > ipv4.MIN_HEADER_LENGTH) {
    return [{ name: "options", value: hex(bytes, offset + ipv4.MIN_HEADER_LENGTH, end) }];
  }
  if (kind === "GRE" || kind === "MPLS") return [{ name: "octets", value: toHex(bytes.subarray(offset, end)) }];
  return [];
}
