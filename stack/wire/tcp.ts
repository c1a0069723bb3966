/**
 * The TCP header: RFC 9293 section 3.1, flags of RFC 3168 and the AE flag of RFC 9768. Options are in `tcp_options.ts`.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { get16, get32, set16, set32 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";
import { formatOptions } from "./tcp_options.ts";

/** Length of a header without options. */
export const MIN_HEADER_LENGTH = 20;
/** Length of a header with 40 bytes of options. */
export const MAX_HEADER_LENGTH = 60;
const NO_OPTIONS = new Uint8Array(0);
/** MSS assumed without an MSS option over IPv4 (RFC 9293 MUST-15). */
export const MSS_DEFAULT = 536;
/** MSS assumed without an MSS option over IPv6 (RFC 9293 MUST-15). */
export const MSS_DEFAULT6 = 1220;
/** Largest window without scaling. */
export const MAX_WINDOW = 65535;

/** No more data from sender. */
export const FIN = 0x01;
/** Synchronize sequence numbers. */
export const SYN = 0x02;
/** Reset the connection. */
export const RST = 0x04;
/** Push function. */
export const PSH = 0x08;
/** Acknowledgment field is significant. */
export const ACK = 0x10;
/** Urgent pointer field is significant. */
export const URG = 0x20;
/** ECN echo. */
export const ECE = 0x40;
/** Congestion window reduced. */
export const CWR = 0x80;
/** Accurate ECN, formerly the nonce sum; the lowest of the four bits after the data offset. */
export const AE = 0x100;
/** The three bits after the data offset that are still reserved, in the 12-bit flags word. */
export const RESERVED = 0xe00;

// Offsets of the fields in bytes.
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const SEQUENCE_NUMBER = 4;
const ACKNOWLEDGMENT_NUMBER = 8;
const DATA_OFFSET = 12;
const FLAGS = 13;
const WINDOW = 14;
/** Offset of the checksum. */
export const CHECKSUM = 16;
const URGENT_POINTER = 18;

/** The fixed header's layout. */
export const FIELDS: readonly FieldLayout[] = [
  field("sourcePort", SOURCE_PORT, 16),
  field("destinationPort", DESTINATION_PORT, 16),
  field("sequenceNumber", SEQUENCE_NUMBER, 32),
  field("acknowledgmentNumber", ACKNOWLEDGMENT_NUMBER, 32),
  field("dataOffset", DATA_OFFSET, 4),
  field("reserved", DATA_OFFSET, 3, 4),
  field("flags", DATA_OFFSET, 9, 7),
  field("window", WINDOW, 16),
  field("checksum", CHECKSUM, 16),
  field("urgentPointer", URGENT_POINTER, 16),
];

/** What can be wrong with a header. */
export type Problem = "truncated" | "data-offset";

/** The source port. */
export function sourcePort(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + SOURCE_PORT);
}

/** Writes {@link sourcePort}. */
export function setSourcePort(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + SOURCE_PORT, value);
}

/** The destination port. */
export function destinationPort(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + DESTINATION_PORT);
}

/** Writes {@link destinationPort}. */
export function setDestinationPort(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + DESTINATION_PORT, value);
}

/** Sequence number of the first byte of data, or of SYN. */
export function sequenceNumber(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + SEQUENCE_NUMBER);
}

/** Writes {@link sequenceNumber}. */
export function setSequenceNumber(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + SEQUENCE_NUMBER, value);
}

/** Next sequence number that the sender expects; counts only with {@link ACK}. */
export function acknowledgmentNumber(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + ACKNOWLEDGMENT_NUMBER);
}

/** Writes {@link acknowledgmentNumber}. */
export function setAcknowledgmentNumber(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + ACKNOWLEDGMENT_NUMBER, value);
}

/** Header length in bytes. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + DATA_OFFSET]! >> 4) << 2;
}

/** The nine flags {@link FIN} … {@link AE}. */
export function flags(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + DATA_OFFSET) & 0x1ff;
}

/** Whether any of `mask` (below 0x100) is set. */
export function hasFlag(bytes: Uint8Array, offset: number, mask: number): boolean {
  return (bytes[offset + FLAGS]! & mask) !== 0;
}

/** The three reserved bits as a number 0 … 7. */
export function reserved(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + DATA_OFFSET]! >> 1) & 7;
}

/** Sets header length (bytes, a multiple of 4) and the flags; clears the reserved bits. */
export function setHeaderLengthAndFlags(bytes: Uint8Array, offset: number, length: number, flags: number): void {
  set16(bytes, offset + DATA_OFFSET, (length << 10) | (flags & 0x1ff));
}

/** Sets the reserved bits that are given as a number 0 … 7. */
export function setReserved(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + DATA_OFFSET] = (bytes[offset + DATA_OFFSET]! & ~0x0e) | ((value & 7) << 1);
}

/** Makes the CWR flag of a header that of another. */
export function copyCwr(from: Uint8Array, fromOffset: number, bytes: Uint8Array, offset: number): void {
  const cwr = from[fromOffset + DATA_OFFSET + 1]! & CWR;
  bytes[offset + DATA_OFFSET + 1] = (bytes[offset + DATA_OFFSET + 1]! & ~CWR) | cwr;
}

/** Receive window as in the header, not scaled. */
export function window(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + WINDOW);
}

/** Writes {@link window}. */
export function setWindow(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + WINDOW, value);
}

/** The checksum as it stands. */
export function checksum(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + CHECKSUM);
}

/** Writes {@link checksum}. */
export function setChecksum(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + CHECKSUM, value);
}

/** Offset from the sequence number to the end of urgent data; counts only with {@link URG}. */
export function urgentPointer(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + URGENT_POINTER);
}

/** Writes {@link urgentPointer}. */
export function setUrgentPointer(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + URGENT_POINTER, value);
}

/** Computes and writes the checksum of the segment `bytes[offset, end)`; `pseudo` is the pseudo-header's partial sum. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): void {
  set16(bytes, offset + CHECKSUM, 0);
  set16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, end, pseudo));
}

/** Whether the checksum of the segment `bytes[offset, end)` is right. */
export function verifyChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): boolean {
  return internetChecksum(bytes, offset, end, pseudo) === 0;
}

/** Sequence space the segment takes: payload, SYN and FIN. */
export function segmentLength(bytes: Uint8Array, offset: number, end: number): number {
  const bits = bytes[offset + FLAGS]!;
  return end - offset - headerLength(bytes, offset) + (bits & FIN) + ((bits & SYN) >> 1);
}

/** Checks a header at `bytes[offset, end)`. After undefined every accessor can be used, and the options lie before `end`. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < MIN_HEADER_LENGTH) return "truncated";
  const length = headerLength(bytes, offset);
  if (length < MIN_HEADER_LENGTH) return "data-offset";
  if (end - offset < length) return "truncated";
  return undefined;
}

/** A decoded header. */
export interface TcpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequenceNumber: number;
  readonly acknowledgmentNumber: number;
  /** Header length in 32-bit words. */
  readonly dataOffset: number;
  /** Three bits. */
  readonly reserved: number;
  /** {@link FIN} … {@link AE}. */
  readonly flags: number;
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  /** All octets behind the fixed part. `tcp_options.ts` takes them apart. */
  readonly options: Uint8Array;
}

/** What {@link emit} needs: an absent data offset is computed, every other absent value is 0. */
export type TcpHeaderInit = Init<TcpHeader, "sourcePort" | "destinationPort">;

/** Decodes the header at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<TcpHeader> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("tcp", problem, offset);
  const length = headerLength(bytes, offset);
  return {
    header: {
      sourcePort: sourcePort(bytes, offset),
      destinationPort: destinationPort(bytes, offset),
      sequenceNumber: sequenceNumber(bytes, offset),
      acknowledgmentNumber: acknowledgmentNumber(bytes, offset),
      dataOffset: length >> 2,
      reserved: reserved(bytes, offset),
      flags: flags(bytes, offset),
      window: window(bytes, offset),
      checksum: checksum(bytes, offset),
      urgentPointer: urgentPointer(bytes, offset),
      options: bytes.slice(offset + MIN_HEADER_LENGTH, offset + length),
    },
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

/**
 * The header's bytes, options included and padded with EOL to a multiple of 4. The checksum is the one given, else 0:
 * it covers the payload, so that {@link fillChecksum} comes after.
 */
export function emit(header: TcpHeaderInit): Uint8Array {
  const options = header.options ?? NO_OPTIONS;
  const length = MIN_HEADER_LENGTH + ((options.length + 3) & ~3);
  if (length > MAX_HEADER_LENGTH) throw new RangeError(`TCP options take ${options.length} bytes, 40 fit`);
  const bytes = new Uint8Array(length);
  setSourcePort(bytes, 0, header.sourcePort);
  setDestinationPort(bytes, 0, header.destinationPort);
  setSequenceNumber(bytes, 0, header.sequenceNumber ?? 0);
  setAcknowledgmentNumber(bytes, 0, header.acknowledgmentNumber ?? 0);
  const dataOffset = header.dataOffset ?? length >> 2;
  set16(bytes, DATA_OFFSET, (dataOffset << 12) | ((header.reserved ?? 0) & 7) << 9 | ((header.flags ?? 0) & 0x1ff));
  setWindow(bytes, 0, header.window ?? 0);
  setChecksum(bytes, 0, header.checksum ?? 0);
  setUrgentPointer(bytes, 0, header.urgentPointer ?? 0);
  bytes.set(options, MIN_HEADER_LENGTH);
  return bytes;
}

/** The flags as packetdrill writes them, in the order F S R P . U E W A; "-" for none. */
export function formatFlags(flags: number): string {
  let text = "";
  if (flags & FIN) text += "F";
  if (flags & SYN) text += "S";
  if (flags & RST) text += "R";
  if (flags & PSH) text += "P";
  if (flags & ACK) text += ".";
  if (flags & URG) text += "U";
  if (flags & ECE) text += "E";
  if (flags & CWR) text += "W";
  if (flags & AE) text += "A";
  return text === "" ? "-" : text;
}

/** As packetdrill writes a segment: "P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>". */
export function format(header: TcpHeader, payloadLength = 0): string {
  const end = (header.sequenceNumber + payloadLength) >>> 0;
  const ack = header.flags & ACK ? ` ack ${header.acknowledgmentNumber}` : "";
  const urg = header.flags & URG || header.urgentPointer !== 0 ? ` urg ${header.urgentPointer}` : "";
  const options = header.options.length === 0 ? "" : ` <${formatOptions(header.options, 0, header.options.length)}>`;
  return `${formatFlags(header.flags)} ${header.sequenceNumber}:${end}(${payloadLength})${ack}` +
    ` win ${header.window}${urg}${options}`;
}
