/**
 * The UDP header: RFC 768.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { get16, set16 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of the header. */
export const HEADER_LENGTH = 8;
/** Largest value of the length field. */
export const MAX_LENGTH = 65535;

// Offsets of the fields in bytes.
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const LENGTH = 4;
/** Offset of the checksum. */
export const CHECKSUM = 6;

/** The header's layout. */
export const FIELDS: readonly FieldLayout[] = [
  field("sourcePort", SOURCE_PORT, 16),
  field("destinationPort", DESTINATION_PORT, 16),
  field("length", LENGTH, 16),
  field("checksum", CHECKSUM, 16),
];

/** What can be wrong with a header. "length": below 8, or beyond the end. */
export type Problem = "truncated" | "length";

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

/** Header and payload in bytes. */
export function length(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + LENGTH);
}

/** Writes {@link length}. */
export function setLength(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + LENGTH, value);
}

/** 0: none was computed (IPv4 only). */
export function checksum(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + CHECKSUM);
}

/** Writes {@link checksum}. */
export function setChecksum(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + CHECKSUM, value);
}

/** Computes and writes the checksum of the datagram `bytes[offset, end)`; a result of 0 is sent as 0xffff. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): void {
  set16(bytes, offset + CHECKSUM, 0);
  const value = internetChecksum(bytes, offset, end, pseudo);
  set16(bytes, offset + CHECKSUM, value === 0 ? 0xffff : value);
}

/**
 * Whether the checksum of the datagram `bytes[offset, end)` is right; `end` is by the length field. A field of 0 is not
 * "none" here: over IPv4 the caller asks {@link checksum} first, over IPv6 such datagrams are discarded (RFC 8200 section 8.1).
 */
export function verifyChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): boolean {
  return internetChecksum(bytes, offset, end, pseudo) === 0;
}

/** Checks a header at `bytes[offset, end)`. After undefined every accessor can be used, and `offset + length` is at most `end`. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < HEADER_LENGTH) return "truncated";
  const total = length(bytes, offset);
  if (total < HEADER_LENGTH || total > end - offset) return "length";
  return undefined;
}

/** A decoded header. */
export interface UdpHeader {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Header and payload in bytes. */
  readonly length: number;
  readonly checksum: number;
}

/** What {@link emit} needs: an absent length is computed, an absent checksum is 0. */
export type UdpHeaderInit = Init<UdpHeader, "sourcePort" | "destinationPort">;

/** Decodes the header at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<UdpHeader> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("udp", problem, offset);
  return parseQuoted(bytes, offset, end);
}

/** Decodes a header whose datagram may be cut short or a first fragment: the length is not checked. Throws {@link WireError}. */
export function parseQuoted(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<UdpHeader> {
  if (end - offset < HEADER_LENGTH) throw new WireError("udp", "truncated", offset);
  const total = length(bytes, offset);
  return {
    header: {
      sourcePort: sourcePort(bytes, offset),
      destinationPort: destinationPort(bytes, offset),
      length: total,
      checksum: checksum(bytes, offset),
    },
    headerLength: HEADER_LENGTH,
    payloadOffset: offset + HEADER_LENGTH,
    end: total < HEADER_LENGTH ? end : Math.min(end, offset + total),
  };
}

/** The header's 8 bytes; {@link fillChecksum} comes after. */
export function emit(header: UdpHeaderInit, payloadLength = 0): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  setSourcePort(bytes, 0, header.sourcePort);
  setDestinationPort(bytes, 0, header.destinationPort);
  setLength(bytes, 0, header.length ?? HEADER_LENGTH + payloadLength);
  setChecksum(bytes, 0, header.checksum ?? 0);
  return bytes;
}

/** "udp 8080 > 53 (12)". */
export function format(header: UdpHeader): string {
  return `udp ${header.sourcePort} > ${header.destinationPort} (${header.length - HEADER_LENGTH})`;
}
