/**
 * A packet of a results document as named fields, so that two can be held against each other. What differs from run to run
 * without meaning anything is left out or told as the script would: ports by the number of their connection, sequence
 * numbers from where they start. Checksums, identifications, flow labels and values of time stamps are left out.
 *
 * @module
 */
import {
  formatOption,
  shiftSackEdges,
  TCPOLEN_TIMESTAMP,
  TCPOPT_EXP,
  TCPOPT_FASTOPEN,
  TCPOPT_MD5SIG,
  TCPOPT_SACK,
  TCPOPT_TIMESTAMP,
  timestampEcho,
} from "../../stack/wire/tcp_options.ts";
import { toHex } from "../../stack/wire/bytes.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as extension from "../../stack/wire/ipv6_extension.ts";
import { IPPROTO_FRAGMENT, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import { type Layer, LivePacket } from "../timeline/live.ts";
import type { NumberedConnection, Numbering } from "../timeline/numbering.ts";
import { liveOptions } from "../timeline/options.ts";
import { fromHex } from "./hex.ts";
import type { EvidenceEntry } from "./results.ts";
import { ipVersion } from "../../stack/wire/ip_version.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";

/** Fields of a packet by name, in the order of the packet. */
export type PacketFields = ReadonlyMap<string, string>;

/** The packet of an entry. Octets that the document leaves out are zeros. */
export function packetOf(entry: EvidenceEntry): LivePacket {
  const kept = fromHex(entry.bytes ?? "");
  const bytes = new Uint8Array(Math.max(kept.length, lengthOf(kept)));
  bytes.set(kept);
  return new LivePacket({ bytes, time_us: entry.time_us, checksumPartial: true, gsoSize: 0 });
}

/** Length that the IP header tells, octets. */
export function lengthOf(bytes: Uint8Array): number {
  if (bytes.length >= ipv6.HEADER_LENGTH && ipVersion(bytes, 0) === ipv6.VERSION) {
    return ipv6.HEADER_LENGTH + ipv6.payloadLength(bytes, 0);
  }
  return bytes.length >= ipv4.MIN_HEADER_LENGTH && ipVersion(bytes, 0) === ipv4.VERSION
    ? ipv4.totalLength(bytes, 0)
    : 0;
}

/**
 * The fields of a packet that a stack sent.
 *
 * @param numbering has seen the packets before it and the packet itself
 */
export function packetFields(
  live: LivePacket,
  connection: NumberedConnection | undefined,
  numbering: Numbering,
): PacketFields {
  const fields = new Map<string, string>();
  if (live.fault !== undefined) fields.set("fault", live.fault);
  const seen = new Map<string, number>();
  for (const layer of live.layers) {
    // Of nested headers of a kind the outer ones are told apart by their number.
    const count = (seen.get(layer.kind) ?? 0) + 1;
    seen.set(layer.kind, count);
    const more = live.layers.filter((one) => one.kind === layer.kind).length > count;
    const set = (name: string, value: string | number) => fields.set(more ? `${name}#${count}` : name, String(value));
    layerFields(set, live, layer, connection, numbering);
  }
  payloadFields(fields, live);
  return fields;
}

type SetField = (name: string, value: string | number) => void;

function layerFields(
  set: SetField,
  live: LivePacket,
  layer: Layer,
  connection: NumberedConnection | undefined,
  numbering: Numbering,
): void {
  const { bytes } = live;
  const { offset, length } = layer;
  switch (layer.kind) {
    case "IPv4":
      return ipv4Fields(set, live, layer);
    case "IPv6":
      return ipv6Fields(set, live, layer);
    case "TCP":
      set("connection", `#${connection?.index}`);
      return tcpFields(set, bytes, offset, live.payload, connection);
    case "UDP":
      set("connection", `#${connection?.index}`);
      set("udp_length", udp.length(bytes, offset));
      if (udp.checksum(bytes, offset) === 0) set("udp_checksum", "none");
      return;
    case "ICMPV4":
    case "ICMPV6":
      set("icmp_type", icmpv4.type(bytes, offset));
      set("icmp_code", icmpv4.code(bytes, offset));
      set("icmp_rest", toHex(bytes.subarray(offset + 4, offset + 8)));
      return quotedFields(set, live, numbering);
    case "GRE":
    case "MPLS":
      set(layer.kind.toLowerCase(), toHex(bytes.subarray(offset, offset + length)));
      return;
    case "payload":
      set("protocol", live.protocol);
  }
}

function ipv4Fields(set: SetField, live: LivePacket, { offset, length }: Layer): void {
  const { bytes } = live;
  set("source", ipv4.source(bytes, offset).toString());
  set("destination", ipv4.destination(bytes, offset).toString());
  set("tos", ipv4.typeOfService(bytes, offset) & ~3);
  set("ip_ecn", ipv4.ecn(bytes, offset));
  set("ttl", ipv4.timeToLive(bytes, offset));
  set("ip_protocol", ipv4.protocol(bytes, offset));
  const flags = ipv4.flagsAndOffset(bytes, offset);
  set("ip_df", flags & ipv4.DF ? 1 : 0);
  set("ip_mf", flags & ipv4.MF ? 1 : 0);
  set("ip_reserved", flags & ipv4.RF ? 1 : 0);
  set("fragment_offset", ipv4.fragmentOffset(bytes, offset));
  if (length > ipv4.MIN_HEADER_LENGTH) {
    set("ip_options", toHex(bytes.subarray(offset + ipv4.MIN_HEADER_LENGTH, offset + length)));
  }
}

function ipv6Fields(set: SetField, live: LivePacket, { offset }: Layer): void {
  const { bytes } = live;
  set("source", ipv6.source(bytes, offset).toString());
  set("destination", ipv6.destination(bytes, offset).toString());
  set("traffic_class", ipv6.trafficClass(bytes, offset) & ~3);
  set("ip_ecn", ipv6.ecn(bytes, offset));
  set("hop_limit", ipv6.hopLimit(bytes, offset));
  if (offset !== live.ip) return;
  live.extensions.forEach((header, i) => {
    const octets = bytes.slice(header.offset, header.offset + header.length);
    // The identification is the stack's own choice.
    if (header.kind === IPPROTO_FRAGMENT) extension.setIdentification(octets, 0, 0);
    set(`extension_${i + 1}`, `${header.kind} ${toHex(octets)}`);
  });
  set("next_header", live.protocol);
}

const FLAGS: readonly (readonly [string, number])[] = [
  ["tcp_fin", tcp.FIN],
  ["tcp_syn", tcp.SYN],
  ["tcp_rst", tcp.RST],
  ["tcp_psh", tcp.PSH],
  ["tcp_ack", tcp.ACK],
  ["tcp_urg", tcp.URG],
  ["tcp_ece", tcp.ECE],
  ["tcp_cwr", tcp.CWR],
  ["tcp_ae", tcp.AE],
];

function tcpFields(
  set: SetField,
  bytes: Uint8Array,
  at: number,
  end: number,
  connection: NumberedConnection | undefined,
): void {
  const bits = tcp.flags(bytes, at);
  const syn = (bits & tcp.SYN) !== 0;
  for (const [name, mask] of FLAGS) set(name, bits & mask ? 1 : 0);
  set("tcp_reserved_bits", tcp.reserved(bytes, at));
  // A reset that answers what has no ACK has no number of the connection's.
  const unnumbered = (bits & tcp.RST) !== 0 && tcp.sequenceNumber(bytes, at) === 0;
  set("tcp_seq", unnumbered ? 0 : (tcp.sequenceNumber(bytes, at) - (connection?.liveLocalIsn ?? 0)) >>> 0);
  const ackOffset = syn ? 0 : connection?.liveRemoteIsn ?? 0;
  if (bits & tcp.ACK) set("tcp_ack_seq", (tcp.acknowledgmentNumber(bytes, at) - ackOffset) >>> 0);
  set("tcp_window", tcp.window(bytes, at));
  set("tcp_urg_ptr", tcp.urgentPointer(bytes, at));
  set("tcp_options", optionsText(bytes, at + tcp.MIN_HEADER_LENGTH, end, ackOffset));
}

function optionsText(bytes: Uint8Array, start: number, end: number, ackOffset: number): string {
  const found = liveOptions(bytes, start, end, true);
  if (typeof found === "string") return `${toHex(bytes.subarray(start, end))} (${found})`;
  return found.map(({ kind, offset, length }) => {
    switch (kind) {
      case TCPOPT_TIMESTAMP:
        return length === TCPOLEN_TIMESTAMP
          ? `TS ecr ${timestampEcho(bytes, offset)}`
          : formatOption(bytes, offset, length);
      // Cookies and digests depend on keys and ports.
      case TCPOPT_FASTOPEN:
      case TCPOPT_MD5SIG:
        return `${kind === TCPOPT_MD5SIG ? "md5" : "FO"} (${length - 2} octets)`;
      case TCPOPT_EXP:
        return formatOption(bytes, offset, Math.min(length, 4)) + ` (${length - 2} octets)`;
      case TCPOPT_SACK: {
        const option = bytes.slice(offset, offset + length);
        shiftSackEdges(option, 0, length, -ackOffset);
        return formatOption(option, 0, length);
      }
      default:
        return formatOption(bytes, offset, length);
    }
  }).join(",");
}

/** ICMP message types that quote a packet. */
const QUOTING = { ICMPV4: new Set([3, 4, 5, 11, 12]), ICMPV6: new Set([1, 2, 3, 4]) };

function quotedFields(set: SetField, live: LivePacket, numbering: Numbering): void {
  const kind = live.transportKind;
  if ((kind !== "ICMPV4" && kind !== "ICMPV6") || !QUOTING[kind].has(live.bytes[live.transport]!)) return;
  const quoted = live.bytes.slice(live.payload, live.end);
  const { ports, protocol } = quotedTransport(quoted);
  set("quoted_length", quoted.length);
  const known = (protocol === IPPROTO_TCP || protocol === IPPROTO_UDP) && ports + 8 <= quoted.length;
  set("quoted_header", toHex(known ? quoted.subarray(0, ports) : quoted));
  if (!known) return;
  // UDP has its ports where TCP has them.
  const [from, to] = [tcp.sourcePort(quoted, ports), tcp.destinationPort(quoted, ports)];
  const connection = numbering.find(protocol, to, from) ?? numbering.find(protocol, from, to);
  set("quoted_connection", connection === undefined ? "none" : `#${connection.index}`);
  if (protocol === IPPROTO_UDP) return set("quoted_payload", toHex(quoted.subarray(ports + 8)));
  set("quoted_tcp_seq", (tcp.sequenceNumber(quoted, ports) - (connection?.liveRemoteIsn ?? 0)) >>> 0);
}

/** Where the transport header of a quoted packet starts, and which it is; behind the packet where that is not quoted. */
function quotedTransport(quoted: Uint8Array): { readonly ports: number; readonly protocol: number } {
  const none = { ports: quoted.length, protocol: 0 };
  if (quoted.length < ipv4.MIN_HEADER_LENGTH) return none;
  if (ipVersion(quoted, 0) === ipv4.VERSION) {
    if (ipv4.fragmentOffset(quoted, 0) > 0) return none;
    return { ports: ipv4.headerLength(quoted, 0), protocol: ipv4.protocol(quoted, 0) };
  }
  if (quoted.length < ipv6.HEADER_LENGTH) return none;
  let protocol = ipv6.nextHeader(quoted, 0);
  let ports = ipv6.HEADER_LENGTH;
  while (extension.isExtension(protocol) && ports + 8 <= quoted.length) {
    const length = extension.lengthOf(protocol, quoted, ports);
    if (protocol === IPPROTO_FRAGMENT && extension.fragmentOffset(quoted, ports) !== 0) return none;
    protocol = extension.nextHeader(quoted, ports);
    ports += length;
  }
  return { ports, protocol };
}

function payloadFields(fields: Map<string, string>, live: LivePacket): void {
  const kind = live.transportKind;
  if (QUOTING.ICMPV4.has(live.bytes[live.transport] ?? 0) && kind === "ICMPV4") return;
  if (QUOTING.ICMPV6.has(live.bytes[live.transport] ?? 0) && kind === "ICMPV6") return;
  fields.set("payload_length", String(live.payloadLength));
}
