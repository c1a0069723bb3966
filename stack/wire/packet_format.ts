/**
 * Decoded packets as text.
 *
 * @module
 */
import * as arp from "./arp.ts";
import * as ethernet from "./ethernet.ts";
import * as gre from "./gre.ts";
import * as icmpExtension from "./icmp_extension.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as igmp from "./igmp.ts";
import * as ipv4 from "./ipv4.ts";
import * as ipv6 from "./ipv6.ts";
import * as extension from "./ipv6_extension.ts";
import * as mpls from "./mpls.ts";
import type { DecodedPacket, Layer, Quote } from "./packet.ts";
import { protocolName } from "./protocol.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";

/** One layer, in the form its file's `format` has. */
export function formatLayer(layer: Layer): string {
  const length = layer.end - layer.payloadOffset;
  switch (layer.kind) {
    case "ethernet":
      return ethernet.format(layer.header);
    case "arp":
      return arp.format(layer.header);
    case "ipv4":
      return ipv4.format(layer.header);
    case "ipv6":
      return ipv6.format(layer.header);
    case "ipv6-extension":
      return extension.format(layer.header);
    case "gre":
      return gre.format(layer.header);
    case "mpls":
      return mpls.format(layer.header);
    case "tcp":
      return `${layer.header.sourcePort} > ${layer.header.destinationPort} ${tcp.format(layer.header, length)}`;
    case "udp":
      return udp.format(layer.header);
    case "icmpv4":
      return icmpv4.format(layer.header) + formatQuote(layer, length);
    case "icmpv6":
      return icmpv6.format(layer.header) + formatQuote(layer, length);
    case "igmp":
      return igmp.format(layer.header);
    case "ports": {
      const { protocol, sourcePort, destinationPort, sequenceNumber } = layer.header;
      const seq = sequenceNumber === undefined ? "" : ` seq ${sequenceNumber}`;
      return `${protocolName(protocol)} ${sourcePort} > ${destinationPort}${seq}`;
    }
    case "fragment":
      return `fragment data (${length})`;
    case "raw":
      return `raw ${layer.header.protocol < 0 ? "" : `${protocolName(layer.header.protocol)} `}(${length})`;
  }
}

function formatQuote(layer: Quote, length: number): string {
  const extended = layer.extension === undefined ? "" : ` ${icmpExtension.format(layer.extension)}`;
  if (layer.quoted !== undefined) return ` [${formatPacket(layer.quoted)}]${extended}`;
  return (length > 0 ? ` (${length})` : "") + extended;
}

/** A packet on one line: its layers, outermost first, and what is wrong with it. */
export function formatPacket(packet: DecodedPacket): string {
  const parts = packet.layers.map(formatLayer);
  if (packet.trailing.end > packet.trailing.start) {
    parts.push(`trailing (${packet.trailing.end - packet.trailing.start})`);
  }
  parts.push(...packet.problems.map(({ layer, problem, offset }) => `!${layer} ${problem} at ${offset}`));
  return parts.length === 0 ? "empty" : parts.join(": ");
}

/** A range of bytes to mark in a {@link hexDump}. */
export interface Mark {
  readonly start: number;
  readonly end: number;
}

/** Lines of 16 bytes: offset, hexadecimal, ASCII; below a line with marked bytes one with carets under them. */
export function hexDump(bytes: Uint8Array, marks: readonly Mark[] = []): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex: string[] = [];
    const carets: string[] = [];
    let ascii = "";
    row.forEach((byte, i) => {
      const gap = i === 8 ? " " : "";
      const marked = marks.some((mark) => mark.start <= at + i && at + i < mark.end);
      hex.push(gap + byte.toString(16).padStart(2, "0"));
      carets.push(gap + (marked ? "^^" : "  "));
      ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".";
    });
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.join(" ").padEnd(48)}  ${ascii}`);
    const under = carets.join(" ");
    if (under.includes("^")) lines.push(`      ${under.trimEnd()}`);
  }
  return lines.join("\n");
}
