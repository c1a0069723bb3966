/**
 * Between the numbers of a script and those on the wire.
 *
 * On SYN segments a script's numbers are absolute, on all others they count from the initial sequence numbers.
 *
 * @module
 */
import {
  type OptionPlace,
  setTimestampEcho,
  setTimestampValue,
  shiftSackEdges,
  TCPOLEN_TIMESTAMP,
  TCPOPT_SACK,
  TCPOPT_TIMESTAMP,
  timestampValue,
} from "../../stack/wire/tcp_options.ts";
import type { TcpSegment } from "../script/syntax.ts";
import { PacketMismatch } from "./failure.ts";
import type { MptcpConnection } from "./mptcp.ts";
import type { EncodedOptions } from "./options.ts";
import type { ScriptSocket } from "./sockets.ts";

/** Live sequence number of a segment to inject. */
export function inboundSeq(socket: ScriptSocket, segment: TcpSegment): number {
  const { start, absolute } = segment.seq;
  return absolute || segment.flags.syn ? start : (start + socket.liveRemoteIsn) >>> 0;
}

/** What is added to an ack number or SACK edge of a segment to inject. */
export function inboundAckOffset(socket: ScriptSocket, syn: boolean): number {
  return (syn ? socket.liveLocalIsn - socket.scriptLocalIsn : socket.liveLocalIsn) >>> 0;
}

/** What turning a packet of the stack's into script numbers depends on. */
export type OutboundNumbers = Pick<
  ScriptSocket,
  "liveLocalIsn" | "liveRemoteIsn" | "scriptLocalIsn" | "firstTimestamp"
>;

/** What is taken from the sequence number of a live segment to get the script's. */
export function outboundSeqOffset(socket: OutboundNumbers, syn: boolean): number {
  return (syn ? socket.liveLocalIsn - socket.scriptLocalIsn : socket.liveLocalIsn) >>> 0;
}

/** What is taken from the ack number and SACK edges of a live segment to get the script's. */
export function outboundAckOffset(socket: OutboundNumbers, syn: boolean): number {
  return syn ? 0 : socket.liveRemoteIsn;
}

/** The live TSecr for a script's, or a {@link PacketMismatch}. */
export function inboundEcr(socket: ScriptSocket, ecr: number, scaled: boolean, nplab: boolean): number {
  const live = socket.timestamps.get(ecr);
  if (live !== undefined) return live;
  if (nplab) throw new PacketMismatch(`unable to find mapping for timestamp ecr ${ecr}`, false);
  const first = socket.firstTimestamp;
  if (scaled && first !== undefined) return (ecr - first.script + first.live) >>> 0;
  throw new PacketMismatch(
    `unable to infer live TS ecr for script TS ecr ${ecr};  no matching or preceding outbound TS val`,
    false,
  );
}

/** The options of a segment to inject, in live numbers. */
export function inboundOptions(
  socket: ScriptSocket,
  segment: TcpSegment,
  encoded: EncodedOptions,
  scaled: boolean,
  nplab: boolean,
  mptcp: MptcpConnection,
): Uint8Array {
  const bytes = new Uint8Array(encoded.length);
  const ackOffset = inboundAckOffset(socket, segment.flags.syn);
  let at = 0;
  for (const { option, bytes: octets } of encoded.list) {
    bytes.set(octets, at);
    if (option.kind === "sack") {
      shiftSackEdges(bytes, at, octets.length, ackOffset);
    } else if (option.kind === "mptcp") {
      const data = segment.payload?.bytes ?? new Uint8Array(segment.seq.length);
      const around = { start: segment.seq.start, payload: data, remoteIp: socket.remoteIp };
      bytes.set(mptcp.octets(option, "in", around).bytes, at);
    } else if (option.kind === "timestamp" && segment.flags.ack && !option.ecrAbsolute && option.ecr !== "*") {
      setTimestampEcho(bytes, at, inboundEcr(socket, option.ecr, scaled, nplab));
    }
    at += octets.length;
  }
  return bytes;
}

/** Turns the SACK edges and the TSval of a live segment's options, in place in a copy of it, into script numbers. */
export function outboundOptions(
  socket: OutboundNumbers,
  bytes: Uint8Array,
  options: readonly OptionPlace[],
  syn: boolean,
): void {
  const ackOffset = outboundAckOffset(socket, syn);
  for (const { kind, offset, length } of options) {
    if (kind === TCPOPT_SACK && ackOffset !== 0) {
      shiftSackEdges(bytes, offset, length, -ackOffset);
    } else if (kind === TCPOPT_TIMESTAMP && length === TCPOLEN_TIMESTAMP && socket.firstTimestamp !== undefined) {
      const { script, live } = socket.firstTimestamp;
      setTimestampValue(bytes, offset, script + timestampValue(bytes, offset) - live);
    }
  }
}
