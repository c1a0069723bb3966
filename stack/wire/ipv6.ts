/**
 * The IPv6 fixed header: RFC 8200 section 3. Extension headers are in `ipv6_extension.ts`.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get24, set16 } from "./bytes.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";
import { protocolName } from "./protocol.ts";

/** The version field's value. */
export const VERSION = 6;
/** Length of the fixed header. */
export const HEADER_LENGTH = 40;
/** Smallest MTU of a link (RFC 8200 section 5). */
export const MIN_MTU = 1280;
/** Largest payload length; jumbograms (RFC 2675) are not known here. */
export const MAX_PAYLOAD_LENGTH = 65535;

// Offsets of the fields in bytes.
const PAYLOAD_LENGTH = 4;
const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
/** Offset of the source address. */
export const SOURCE = 8;
/** Offset of the destination address. */
export const DESTINATION = 24;

/** The fixed header's layout. */
export const FIELDS: readonly FieldLayout[] = [
  field("version", 0, 4),
  field("dscp", 0, 6, 4),
  field("ecn", 1, 2, 2),
  field("flowLabel", 1, 20, 4),
  field("payloadLength", PAYLOAD_LENGTH, 16),
  field("nextHeader", NEXT_HEADER, 8),
  field("hopLimit", HOP_LIMIT, 8),
  field("source", SOURCE, 128),
  field("destination", DESTINATION, 128),
];

/** Scope of the multicast address at `offset`: RFC 4291 section 2.7. */
export function multicastScope(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1]! & 0x0f;
}

/** Whether a multicast address is at `offset`: RFC 4291 section 2.7. */
export function isMulticastAt(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xff;
}

/** Whether the loopback address is at `offset`: RFC 4291 section 2.5.3. */
export function isLoopbackAt(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 15; i++) if (bytes[offset + i] !== 0) return false;
  return bytes[offset + 15] === 1;
}

/** What can be wrong with a header. */
export type Problem = "truncated" | "version" | "payload-length";

/** The version field. */
export function version(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! >> 4;
}

/** DSCP and ECN, 8 bits. */
export function trafficClass(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! & 0x0f) << 4) | (bytes[offset + 1]! >> 4);
}

/** The ECN field: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
export function ecn(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 1]! >> 4) & 3;
}

/** Sets the ECN field alone. */
export function setEcn(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + 1] = (bytes[offset + 1]! & 0xcf) | ((value & 3) << 4);
}

/** 20 bits. */
export function flowLabel(bytes: Uint8Array, offset: number): number {
  return get24(bytes, offset + 1) & 0xfffff;
}

/** Sets version 6, the traffic class and the flow label. */
export function setVersionClassFlow(bytes: Uint8Array, offset: number, trafficClass: number, flowLabel: number): void {
  bytes[offset] = (VERSION << 4) | (trafficClass >> 4);
  bytes[offset + 1] = ((trafficClass & 0x0f) << 4) | ((flowLabel >>> 16) & 0x0f);
  set16(bytes, offset + 2, flowLabel);
}

/** Bytes after the fixed header, extension headers included. */
export function payloadLength(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + PAYLOAD_LENGTH);
}

/** Writes {@link payloadLength}. */
export function setPayloadLength(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + PAYLOAD_LENGTH, value);
}

/** Type of the header that follows. */
export function nextHeader(bytes: Uint8Array, offset: number): number {
  return bytes[offset + NEXT_HEADER]!;
}

/** Writes {@link nextHeader}. */
export function setNextHeader(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + NEXT_HEADER] = value;
}

/** The hop limit. */
export function hopLimit(bytes: Uint8Array, offset: number): number {
  return bytes[offset + HOP_LIMIT]!;
}

/** Writes {@link hopLimit}. */
export function setHopLimit(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + HOP_LIMIT] = value;
}

/** The source address as an object; allocates only for one not seen lately. */
export function source(bytes: Uint8Array, offset: number): IpAddress {
  return IpAddress.from(bytes, offset + SOURCE, 6);
}

/** Writes {@link source}. */
export function setSource(bytes: Uint8Array, offset: number, value: IpAddress): void {
  value.write(bytes, offset + SOURCE);
}

/** The destination address as an object; allocates only for one not seen lately. */
export function destination(bytes: Uint8Array, offset: number): IpAddress {
  return IpAddress.from(bytes, offset + DESTINATION, 6);
}

/** Writes {@link destination}. */
export function setDestination(bytes: Uint8Array, offset: number, value: IpAddress): void {
  value.write(bytes, offset + DESTINATION);
}

/**
 * Checks a header at `bytes[offset, end)` as `ipv6_rcv` does. After undefined every accessor can be used, and
 * `offset + 40 + payloadLength` is at most `end`. "payload-length": more payload announced than there is.
 */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < HEADER_LENGTH) return "truncated";
  if (version(bytes, offset) !== VERSION) return "version";
  if (end - offset - HEADER_LENGTH < payloadLength(bytes, offset)) return "payload-length";
  return undefined;
}

/** A decoded header. */
export interface Ipv6Header {
  readonly version: number;
  /** DSCP and ECN. */
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** Bytes after the fixed header. */
  readonly payloadLength: number;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}

/** What {@link emit} needs: an absent payload length is computed, absent values are 0, hop limit 64. */
export type Ipv6HeaderInit = Init<Ipv6Header, "nextHeader" | "source" | "destination">;

/** Decodes the header at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Ipv6Header> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("ipv6", problem, offset);
  return parseQuoted(bytes, offset, end);
}

/** Decodes a header whose packet may be cut short, as one quoted by ICMPv6 is. Throws {@link WireError}. */
export function parseQuoted(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Ipv6Header> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined && problem !== "payload-length") throw new WireError("ipv6", problem, offset);
  const header: Ipv6Header = {
    version: version(bytes, offset),
    trafficClass: trafficClass(bytes, offset),
    flowLabel: flowLabel(bytes, offset),
    payloadLength: payloadLength(bytes, offset),
    nextHeader: nextHeader(bytes, offset),
    hopLimit: hopLimit(bytes, offset),
    source: source(bytes, offset),
    destination: destination(bytes, offset),
  };
  const payloadOffset = offset + HEADER_LENGTH;
  return {
    header,
    headerLength: HEADER_LENGTH,
    payloadOffset,
    end: Math.min(end, payloadOffset + header.payloadLength),
  };
}

/**
 * The header's 40 bytes.
 *
 * @param payloadLength bytes that will follow, for a payload length that is not given
 */
export function emit(header: Ipv6HeaderInit, payloadLength = 0): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  setVersionClassFlow(bytes, 0, header.trafficClass ?? 0, header.flowLabel ?? 0);
  bytes[0] = ((header.version ?? VERSION) << 4) | (bytes[0]! & 0x0f);
  setPayloadLength(bytes, 0, header.payloadLength ?? payloadLength);
  setNextHeader(bytes, 0, header.nextHeader);
  setHopLimit(bytes, 0, header.hopLimit ?? 64);
  setSource(bytes, 0, header.source);
  setDestination(bytes, 0, header.destination);
  return bytes;
}

/** "fe80::1 > ff02::1 icmpv6 hlim 255 length 32" and what is not at its usual value. */
export function format(header: Ipv6Header): string {
  const tclass = header.trafficClass === 0 ? "" : ` class 0x${header.trafficClass.toString(16).padStart(2, "0")}`;
  const label = header.flowLabel === 0 ? "" : ` flowlabel 0x${header.flowLabel.toString(16).padStart(5, "0")}`;
  return `${header.source} > ${header.destination} ${protocolName(header.nextHeader)}${tclass}${label}` +
    ` hlim ${header.hopLimit} length ${header.payloadLength}`;
}

/** Whether the address at `bytes[offset]` holds on its link only (fe80::/10). */
export function isLinkLocal(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset] === 0xfe && (bytes[offset + 1]! & 0xc0) === 0x80;
}
