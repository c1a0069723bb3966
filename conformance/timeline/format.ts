/**
 * Packets as text, in the form that packetdrill dumps them and scripts are written.
 *
 * @module
 */
import { formatOption } from "../../stack/wire/tcp_options.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import { codeName as icmpv4CodeName, typeName as icmpv4TypeName } from "../../stack/wire/icmpv4_names.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import { codeName as icmpv6CodeName, typeName as icmpv6TypeName } from "../../stack/wire/icmpv6_names.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import { format as formatArp } from "../../stack/wire/arp.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type {
  Encapsulation,
  IcmpMessage,
  PacketAction,
  TcpFlags,
  TcpSegment,
  Transport,
  WireFamily,
} from "../script/syntax.ts";
import type { LivePacket } from "./live.ts";
import { formatLiveMessage, formatMessage } from "./messages.ts";
import { encodeOptions, formatScriptOption, liveOptions } from "./options.ts";

/** `%9.6f`. */
export function dumpTime(time_us: number): string {
  return (time_us / 1e6).toFixed(6).padStart(9);
}

function flagsText(bits: number, ace: number | undefined): string {
  let text = "";
  if (bits & tcp.FIN) text += "F";
  if (bits & tcp.SYN) text += "S";
  if (bits & tcp.RST) text += "R";
  if (bits & tcp.PSH) text += "P";
  if (bits & tcp.ACK) text += ".";
  if (bits & tcp.URG) text += "U";
  if (ace !== undefined) return text + ace;
  if (bits & tcp.ECE) text += "E";
  if (bits & tcp.CWR) text += "W";
  if (bits & tcp.AE) text += "A";
  return text === "" ? "-" : text;
}

/** The number that the three ECN bits make as an ACE counter. */
export function aceOf(bits: number): number {
  return (bits & tcp.ECE ? 1 : 0) | (bits & tcp.CWR ? 2 : 0) | (bits & tcp.AE ? 4 : 0);
}

/** A script packet as packetdrill dumps it. */
export function formatScriptPacket(packet: PacketAction, wire: WireFamily): string {
  const fragment = packet.fragment === undefined ? "" : `frag ${packet.fragment.start}:${packet.fragment.end} `;
  return packet.encapsulations.map(formatEncapsulation).join("") + fragment + formatTransport(packet.transport, wire);
}

function formatEncapsulation(outer: Encapsulation): string {
  switch (outer.kind) {
    case "gre":
      return `gre flags 0x${outer.gre.flags.toString(16)}: `;
    case "mpls":
      return `mpls ${
        outer.entries.map((entry) =>
          `(label ${entry.label}, tc ${entry.trafficClass},${entry.bottom ? " [S]," : ""} ttl ${entry.ttl})`
        ).join(" ")
      }: `;
    default:
      return `${outer.kind} ${outer.source} > ${outer.destination}: `;
  }
}

function formatTransport(transport: Transport, wire: WireFamily): string {
  switch (transport.kind) {
    case "tcp":
      return formatSegment(transport);
    case "udp":
      return `udp (${transport.length})`;
    case "icmp":
      return formatIcmp(transport, wire);
    case "ip":
      return `ip proto ${transport.protocol} (${transport.length})`;
    case "message":
      return formatMessage(transport.message);
    case "arp":
      return transport.operation === 1
        ? `arp who-has ${transport.target}${transport.sender === undefined ? "" : ` tell ${transport.sender}`}`
        : `arp reply ${transport.sender}`;
  }
}

function formatIcmp(message: IcmpMessage, wire: WireFamily): string {
  return wire === "ipv4"
    ? `icmpv4 ${icmpv4TypeName(message.type)} ${icmpv4CodeName(message.type, message.code)}`
    : `icmpv6 ${icmpv6TypeName(message.type)} ${icmpv6CodeName(message.type, message.code)}`;
}

function formatSegment(segment: TcpSegment): string {
  const { flags, seq } = segment;
  const list = segment.options.kind === "any"
    ? "<...>"
    : encodeOptions(segment.options).list.map(({ option, bytes }) => formatScriptOption(option, bytes)).join(",");
  const options = segment.options.kind === "list" ? optionListText(segment.options, list) : list;
  const range = seq.wildcard ? `...(${seq.length})` : `${seq.start}:${seq.start + seq.length}(${seq.length})`;
  return `${flagsOf(flags)} ${range} ` +
    (flags.ack ? `ack ${segment.ack ?? 0}${segment.ackEnd === undefined ? "" : `~${segment.ackEnd}`} ` : "") +
    (segment.window === undefined ? "" : `win ${segment.window} `) + options;
}

function optionListText({ unordered, rest }: { unordered: boolean; rest: boolean }, list: string): string {
  const all = rest ? `${list},...` : list;
  return unordered ? `<{${all}}>` : `<${all}>`;
}

function flagsOf(flags: TcpFlags): string {
  return flagsText(flags.bits, flags.ace);
}

/**
 * A live packet.
 *
 * @param header its octets up to the payload with script numbers in place, or as it is
 * @param ace write the ECN bits as a counter
 */
export function formatLivePacket(live: LivePacket, header: Uint8Array = live.bytes, ace = false): string {
  let text = "";
  for (const layer of live.layers.slice(0, -2)) {
    if (layer.kind === "IPv4") {
      text += `ipv4 ${ipv4.source(header, layer.offset)} > ${ipv4.destination(header, layer.offset)}: `;
    } else if (layer.kind === "IPv6") {
      text += `ipv6 ${ipv6.source(header, layer.offset)} > ${ipv6.destination(header, layer.offset)}: `;
    } else text += `${layer.kind.toLowerCase()}: `;
  }
  if (live.fragment !== undefined) {
    const { offset, more, id } = live.fragment;
    text += `frag ${offset}:${offset + live.end - live.transport}${more ? " mf" : ""} id ${id} `;
  }
  return text + formatInner(live, header, ace);
}

function formatInner(live: LivePacket, header: Uint8Array, ace: boolean): string {
  if (live.arp !== undefined) return formatArp(live.arp);
  const message = formatLiveMessage(live);
  if (message !== undefined) return message;
  const at = live.transport;
  switch (live.transportKind) {
    case "TCP":
      return formatTcpHeader(header, at, live.payload, live.payloadLength, ace);
    case "UDP":
      return `udp (${live.payloadLength})`;
    case "ICMPV4":
      return `icmpv4 ${icmpv4TypeName(icmpv4.type(header, at))} ${
        icmpv4CodeName(icmpv4.type(header, at), icmpv4.code(header, at))
      } (${live.payloadLength})`;
    case "ICMPV6":
      return `icmpv6 ${icmpv6TypeName(icmpv6.type(header, at))} ${
        icmpv6CodeName(icmpv6.type(header, at), icmpv6.code(header, at))
      } (${live.payloadLength})`;
    default:
      return `ip proto ${live.protocol} (${live.payloadLength})`;
  }
}

/** A TCP header at `at` whose options end at `end`. */
export function formatTcpHeader(
  bytes: Uint8Array,
  at: number,
  end: number,
  payloadLength: number,
  ace: boolean,
): string {
  const bits = tcp.flags(bytes, at);
  const seq = tcp.sequenceNumber(bytes, at);
  const urgent = tcp.urgentPointer(bytes, at);
  const found = liveOptions(bytes, at + tcp.MIN_HEADER_LENGTH, end, true);
  const options = typeof found === "string"
    ? "<?>"
    : found.length === 0
    ? ""
    : `<${found.map((option) => formatOption(bytes, option.offset, option.length)).join(",")}>`;
  return `${flagsText(bits, ace ? aceOf(bits) : undefined)} ${seq}:${seq + payloadLength}(${payloadLength}) ` +
    (bits & tcp.ACK ? `ack ${tcp.acknowledgmentNumber(bytes, at)} ` : "") + `win ${tcp.window(bytes, at)} ` +
    (urgent === 0 ? "" : `urg ${urgent} `) + options;
}
