/**
 * Whether a live packet is the one that a script expects: packetdrill's checks, in packetdrill's order, with its words.
 *
 * @module
 */
import { type OptionPlace, timestampValue } from "../../stack/wire/tcp_options.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { ArpMessage, IcmpMessage, PacketAction, TcpSegment, Transport, WordedMessage } from "../script/syntax.ts";
import { Comparison } from "./fields.ts";
import { PacketMismatch } from "./failure.ts";
import type { LivePacket } from "./live.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import { compareLayers } from "./match_headers.ts";
import { compareOptions, learnOptions, liveTimestamp } from "./match_options.ts";
import { liveOptions } from "./options.ts";
import { recordTimestamp, type ScriptSocket } from "./sockets.ts";
import { outboundAckOffset, type OutboundNumbers, outboundOptions, outboundSeqOffset } from "./translate.ts";

/**
 * Brings a live packet into script numbers.
 *
 * @throws {PacketMismatch} for options that can't be read
 */
export function mapOutbound(live: LivePacket, packet: PacketAction, context: MatchContext): MappedPacket {
  if (!live.isTcp) return { live, header: live.bytes, options: [] };
  const { socket } = context;
  const at = live.transport;
  const anyKind = context.extended || context.nplab;
  const found = liveOptions(live.bytes, at + tcp.MIN_HEADER_LENGTH, live.payload, anyKind, context.optionKinds);
  if (typeof found === "string") throw new PacketMismatch(found, false);
  const transport = packet.transport.kind === "tcp" ? packet.transport : undefined;
  if (transport !== undefined) {
    learnTimestamp(live, found, transport, socket);
    learnOptions({ live, options: found }, transport, context);
  }
  const header = live.bytes.slice(0, live.payload);
  const bits = tcp.flags(header, at);
  const syn = (bits & tcp.SYN) !== 0;
  if (transport?.seq.absolute !== true) {
    tcp.setSequenceNumber(header, at, (tcp.sequenceNumber(header, at) - outboundSeqOffset(socket, syn)) >>> 0);
  }
  if (bits & tcp.ACK) {
    tcp.setAcknowledgmentNumber(
      header,
      at,
      (tcp.acknowledgmentNumber(header, at) - outboundAckOffset(socket, syn)) >>> 0,
    );
  }
  outboundOptions(socket, header, found, syn);
  return { live, header, options: found };
}

/** The header of a live packet with script numbers as far as its socket knows them; for people only. */
export function mappedForDisplay(live: LivePacket, socket: OutboundNumbers | undefined): Uint8Array {
  if (!live.isTcp || socket === undefined) return live.bytes;
  const at = live.transport;
  const header = live.bytes.slice(0, live.payload);
  const bits = tcp.flags(header, at);
  const syn = (bits & tcp.SYN) !== 0;
  tcp.setSequenceNumber(header, at, (tcp.sequenceNumber(header, at) - outboundSeqOffset(socket, syn)) >>> 0);
  if (bits & tcp.ACK) {
    tcp.setAcknowledgmentNumber(
      header,
      at,
      (tcp.acknowledgmentNumber(header, at) - outboundAckOffset(socket, syn)) >>> 0,
    );
  }
  const found = liveOptions(header, at + tcp.MIN_HEADER_LENGTH, live.payload, true);
  if (typeof found !== "string") outboundOptions(socket, header, found, syn);
  return header;
}

function learnTimestamp(
  live: LivePacket,
  options: readonly OptionPlace[],
  segment: TcpSegment,
  socket: ScriptSocket,
): void {
  if (segment.options.kind !== "list") return;
  const wanted = segment.options.options.find((option) => option.kind === "timestamp");
  if (wanted === undefined || wanted.val === undefined) return;
  const there = liveTimestamp(options);
  if (there !== undefined) recordTimestamp(socket, wanted.val, timestampValue(live.bytes, there.offset));
}

/**
 * Steps 3 to 6 of verification: headers, flow label, options, payload.
 *
 * @param time_us the event's own script time
 * @throws {PacketMismatch} the first difference, with all others
 */
export function verifyOutbound(
  mapped: MappedPacket,
  packet: PacketAction,
  time_us: number,
  context: MatchContext,
): void {
  const comparison = new Comparison();
  compareLayers(comparison, mapped, packet, context);
  const { transport } = packet;
  if (transport.kind === "tcp" && mapped.live.isTcp) {
    compareOptions(comparison, mapped, transport, time_us, context);
  }
  comparison.done();
  if (packet.fragment === undefined && hasPayload(transport)) comparePayload(comparison, mapped.live, packet);
  comparison.done();
}

/** Whether it carries data that is compared apart from its header. */
function hasPayload(transport: Transport): transport is Exclude<Transport, IcmpMessage | WordedMessage | ArpMessage> {
  return transport.kind !== "icmp" && transport.kind !== "message" && transport.kind !== "arp";
}

function comparePayload(comparison: Comparison, live: LivePacket, packet: PacketAction): void {
  const { transport } = packet;
  if (!hasPayload(transport)) return;
  const wanted = transport.payload?.bytes;
  const { bytes, payload, end } = live;
  for (let at = payload; at < end; at++) {
    const expected = wanted?.[at - payload] ?? 0;
    if (bytes[at] === expected) continue;
    const hex = (value: number) => `0x${value.toString(16).padStart(2, "0")}`;
    comparison.differ(
      `payload[${at - payload}]`,
      hex(expected),
      hex(bytes[at]!),
      "incorrect outbound data payload",
      { start: at, end: at + 1 },
    );
    return;
  }
}

/** Step 1: the header checksum of the innermost IPv4 header. */
export function verifyIpChecksum(live: LivePacket): void {
  if (live.family !== 4 || ipv4.verifyHeaderChecksum(live.bytes, live.ip)) return;
  throw new PacketMismatch("bad outbound IP checksum", false);
}
