/**
 * Whether a live packet is the one that a script expects: packetdrill's checks, in packetdrill's order, with its words.
 *
 * @module
 */
import * as ipv4 from "../../stack/wire/ipv4.ts";
import { get32, set32 } from "../../stack/wire/bytes.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { TCPOPT_EOL, TCPOPT_NOP, TCPOPT_TIMESTAMP } from "../../stack/wire/tcp_options.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { PacketAction, TcpSegment } from "../script/syntax.ts";
import { Comparison } from "./fields.ts";
import { PacketMismatch } from "./failure.ts";
import type { LivePacket } from "./live.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import { compareLayers } from "./match_headers.ts";
import { type EncodedOptions, encodeOptions, formatOptionBytes, type LiveOption, liveOptions } from "./options.ts";
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
  const found = liveOptions(live.bytes, at + tcp.MIN_HEADER_LENGTH, live.payload, context.extended || context.nplab);
  if (typeof found === "string") throw new PacketMismatch(found, false);
  const transport = packet.transport.kind === "tcp" ? packet.transport : undefined;
  if (transport !== undefined) learnTimestamp(live, found, transport, socket);
  const header = live.bytes.slice(0, live.payload);
  const bits = tcp.flags(header, at);
  const syn = (bits & tcp.SYN) !== 0;
  if (transport?.seq.absolute !== true) {
    set32(header, at + 4, (get32(header, at + 4) - outboundSeqOffset(socket, syn)) >>> 0);
  }
  if (bits & tcp.ACK) set32(header, at + 8, (get32(header, at + 8) - outboundAckOffset(socket, syn)) >>> 0);
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
  set32(header, at + 4, (get32(header, at + 4) - outboundSeqOffset(socket, syn)) >>> 0);
  if (bits & tcp.ACK) set32(header, at + 8, (get32(header, at + 8) - outboundAckOffset(socket, syn)) >>> 0);
  const found = liveOptions(header, at + tcp.MIN_HEADER_LENGTH, live.payload, true);
  if (typeof found !== "string") outboundOptions(socket, header, found, syn);
  return header;
}

function learnTimestamp(
  live: LivePacket,
  options: readonly LiveOption[],
  segment: TcpSegment,
  socket: ScriptSocket,
): void {
  if (segment.options.kind !== "list") return;
  const wanted = segment.options.options.find((option) => option.kind === "timestamp");
  if (wanted === undefined || wanted.val === undefined) return;
  const there = options.find((option) => option.kind === TCPOPT_TIMESTAMP && option.length === 10);
  if (there !== undefined) recordTimestamp(socket, wanted.val, get32(live.bytes, there.offset + 2));
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
  if (packet.fragment === undefined && transport.kind !== "icmp") comparePayload(comparison, mapped.live, packet);
  comparison.done();
}

function compareOptions(
  comparison: Comparison,
  mapped: MappedPacket,
  segment: TcpSegment,
  time_us: number,
  context: MatchContext,
): void {
  if (segment.options.kind === "any") return;
  const expected = encodeOptions(segment.options);
  const { header, options, live } = mapped;
  const at = { start: live.transport + tcp.MIN_HEADER_LENGTH, end: live.payload };
  if (expected.raw) return compareRawOptions(comparison, expected, header, at);
  const same = expected.list.length === options.length &&
    expected.list.every((one, i) => one.bytes[0] === options[i]!.kind);
  if (!same) {
    const wanted = expected.list.map(({ bytes }) => formatOptionBytes(bytes, 0, bytes.length)).join(",");
    const came = options.map((one) => formatOptionBytes(header, one.offset, one.length)).join(",");
    comparison.differ("tcp_options", wanted, came, "bad outbound TCP options", at);
    return;
  }
  expected.list.forEach(({ option, bytes }, i) => {
    const actual = options[i]!;
    if (actual.kind === TCPOPT_EOL || actual.kind === TCPOPT_NOP) return;
    if (option.kind === "timestamp") {
      if (option.val !== undefined) compareTimestamp(comparison, option.val, header, actual, time_us, context.config);
      if (context.extended) compareEcho(comparison, option.ecr, header, actual);
      return;
    }
    compareOption(comparison, bytes, header, actual, context.nplab);
  });
}

function compareRawOptions(
  comparison: Comparison,
  expected: EncodedOptions,
  header: Uint8Array,
  at: { readonly start: number; readonly end: number },
): void {
  const wanted = expected.list.flatMap(({ bytes }) => [...bytes]);
  const actual = header.subarray(at.start, at.end);
  if (wanted.length === actual.length && wanted.every((byte, i) => byte === actual[i])) return;
  const hex = (bytes: Iterable<number>) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  comparison.differ("tcp_options", hex(wanted), hex(actual), "bad outbound TCP options", at);
}

function compareOption(
  comparison: Comparison,
  expected: Uint8Array,
  header: Uint8Array,
  actual: LiveOption,
  nplab: boolean,
): void {
  const kind = actual.kind;
  let differs = false;
  for (let i = 2; i < Math.min(expected.length, actual.length); i++) {
    if (expected[i] !== header[actual.offset + i]) differs = true;
  }
  if (!differs && expected.length === actual.length) return;
  const wanted = formatOptionBytes(expected, 0, expected.length);
  const came = formatOptionBytes(header, actual.offset, actual.length);
  const reason = nplab
    ? differs ? `bad value outbound TCP option ${kind}` : `bad lengths for outbound TCP option ${kind}`
    : `bad ${differs ? "value" : "length"} in outbound TCP option (kind=${kind}): expected: ${wanted} actual: ${came}`;
  comparison.differ("tcp_options", wanted, came, reason, {
    start: actual.offset,
    end: actual.offset + actual.length,
  });
}

function compareTimestamp(
  comparison: Comparison,
  val: number,
  header: Uint8Array,
  actual: LiveOption,
  time_us: number,
  config: ScriptConfig,
): void {
  const tick = config.tcp_ts_tick_usecs;
  if (tick === 0) return;
  const came = get32(header, actual.offset + 2);
  const allowed = Math.max(config.tolerance_usecs, Math.trunc((config.tolerance_percent / 100) * time_us));
  if (Math.abs(came - val) * tick <= allowed) return;
  comparison.differ(
    "tcp_ts_val",
    String(val),
    String(came),
    `bad outbound TCP timestamp value, tolerance ${allowed}`,
    { start: actual.offset + 2, end: actual.offset + 6 },
  );
}

/** The echo, which packetdrill never compares. It is the peer's own number, so it is the script's. */
function compareEcho(comparison: Comparison, ecr: number, header: Uint8Array, actual: LiveOption): void {
  const at = { start: actual.offset + 6, end: actual.offset + 10 };
  comparison.number("tcp_ts_ecr", ecr, get32(header, at.start), at);
}

function comparePayload(comparison: Comparison, live: LivePacket, packet: PacketAction): void {
  const { transport } = packet;
  if (transport.kind === "icmp") return;
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
