/**
 * The IPv4 header: RFC 791 section 3.1, with RFC 2474 (DSCP) and RFC 3168 (ECN) for the second byte. Options are in
 * `ipv4_options.ts`.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get32, set16, set32 } from "./bytes.ts";
import { internetChecksum, update16 } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";
import { emitOptions, formatOptions, type Ipv4Option, parseOptions } from "./ipv4_options.ts";
import { protocolName } from "./protocol.ts";

export type { Ipv4Option } from "./ipv4_options.ts";

/** The version field's value. */
export const VERSION = 4;
/** Length of a header without options. */
export const MIN_HEADER_LENGTH = 20;
/** Length of a header with 40 bytes of options. */
export const MAX_HEADER_LENGTH = 60;
/** Largest total length. */
export const MAX_TOTAL_LENGTH = 65535;
/** Every host must be able to receive a datagram of this size (RFC 791 section 3.1), RFC 1122's EMTU_R. */
export const MIN_REASSEMBLY = 576;
/** Smallest MTU of a link (RFC 791 section 3.2). */
export const MIN_MTU = 68;

/** Reserved flag, must be zero; as a bit of the 16-bit flags and fragment offset word. */
export const RF = 0x8000;
/** Don't fragment. */
export const DF = 0x4000;
/** More fragments. */
export const MF = 0x2000;
/** The fragment offset in units of 8 bytes. */
export const OFFSET_MASK = 0x1fff;

// Offsets of the fields in bytes.
const VERSION_IHL = 0;
const TYPE_OF_SERVICE = 1;
const TOTAL_LENGTH = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const TIME_TO_LIVE = 8;
const PROTOCOL = 9;
const HEADER_CHECKSUM = 10;
/** Offset of the source address. */
export const SOURCE = 12;
/** Offset of the destination address. */
export const DESTINATION = 16;

/** The fixed header's layout. */
export const FIELDS: readonly FieldLayout[] = [
  field("version", VERSION_IHL, 4),
  field("ihl", VERSION_IHL, 4, 4),
  field("dscp", TYPE_OF_SERVICE, 6),
  field("ecn", TYPE_OF_SERVICE, 2, 6),
  field("totalLength", TOTAL_LENGTH, 16),
  field("identification", IDENTIFICATION, 16),
  field("reservedFlag", FRAGMENT, 1),
  field("dontFragment", FRAGMENT, 1, 1),
  field("moreFragments", FRAGMENT, 1, 2),
  field("fragmentOffset", FRAGMENT, 13, 3),
  field("timeToLive", TIME_TO_LIVE, 8),
  field("protocol", PROTOCOL, 8),
  field("headerChecksum", HEADER_CHECKSUM, 16),
  field("source", SOURCE, 32),
  field("destination", DESTINATION, 32),
];

/** What can be wrong with a header. */
export type Problem = "truncated" | "version" | "header-length" | "total-length" | "checksum";

/** The version field. */
export function version(bytes: Uint8Array, offset: number): number {
  return bytes[offset + VERSION_IHL]! >> 4;
}

/** Header length in 32-bit words. */
export function ihl(bytes: Uint8Array, offset: number): number {
  return bytes[offset + VERSION_IHL]! & 0x0f;
}

/** Header length in bytes. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + VERSION_IHL]! & 0x0f) << 2;
}

/** Sets version 4 and the header length, in bytes, a multiple of 4. */
export function setVersionAndHeaderLength(bytes: Uint8Array, offset: number, length: number): void {
  bytes[offset + VERSION_IHL] = (VERSION << 4) | (length >> 2);
}

/** The whole type-of-service byte: DSCP and ECN. */
export function typeOfService(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TYPE_OF_SERVICE]!;
}

/** Writes {@link typeOfService}. */
export function setTypeOfService(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + TYPE_OF_SERVICE] = value;
}

/** Differentiated services code point, RFC 2474. */
export function dscp(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TYPE_OF_SERVICE]! >> 2;
}

/** The ECN field: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
export function ecn(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TYPE_OF_SERVICE]! & 3;
}

/** Sets the ECN field alone; does not update the checksum. */
export function setEcn(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + TYPE_OF_SERVICE] = (bytes[offset + TYPE_OF_SERVICE]! & 0xfc) | (value & 3);
}

/** Header and payload in bytes. */
export function totalLength(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + TOTAL_LENGTH);
}

/** Writes {@link totalLength}. */
export function setTotalLength(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + TOTAL_LENGTH, value);
}

/** What tells the fragments of a datagram from those of others, RFC 6864. */
export function identification(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + IDENTIFICATION);
}

/** Writes {@link identification}. */
export function setIdentification(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + IDENTIFICATION, value);
}

/** The 16-bit word of {@link RF}, {@link DF}, {@link MF} and the fragment offset, Linux's `frag_off`. */
export function flagsAndOffset(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + FRAGMENT);
}

/** Writes {@link flagsAndOffset}. */
export function setFlagsAndOffset(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + FRAGMENT, value);
}

/** The DF flag. */
export function dontFragment(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FRAGMENT]! & 0x40) !== 0;
}

/** The MF flag. */
export function moreFragments(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FRAGMENT]! & 0x20) !== 0;
}

/** Fragment offset in bytes, a multiple of 8. */
export function fragmentOffset(bytes: Uint8Array, offset: number): number {
  return (get16(bytes, offset + FRAGMENT) & OFFSET_MASK) << 3;
}

/** Whether the packet is a fragment: more fragments, or a fragment offset (`ip_is_fragment`). */
export function isFragment(bytes: Uint8Array, offset: number): boolean {
  return (get16(bytes, offset + FRAGMENT) & (MF | OFFSET_MASK)) !== 0;
}

/** The time to live, in hops. */
export function timeToLive(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TIME_TO_LIVE]!;
}

/** Writes {@link timeToLive}. */
export function setTimeToLive(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + TIME_TO_LIVE] = value;
}

/** Decrements the time to live and updates the checksum (`ip_decrease_ttl`); returns the new value. */
export function decrementTimeToLive(bytes: Uint8Array, offset: number): number {
  const before = get16(bytes, offset + TIME_TO_LIVE);
  const after = (before - 0x100) & 0xffff;
  set16(bytes, offset + TIME_TO_LIVE, after);
  set16(bytes, offset + HEADER_CHECKSUM, update16(get16(bytes, offset + HEADER_CHECKSUM), before, after));
  return after >> 8;
}

/** Protocol number of the payload. */
export function protocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset + PROTOCOL]!;
}

/** Writes {@link protocol}. */
export function setProtocol(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + PROTOCOL] = value;
}

/** The header checksum as it stands. */
export function headerChecksum(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + HEADER_CHECKSUM);
}

/** Writes {@link headerChecksum}. */
export function setHeaderChecksum(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + HEADER_CHECKSUM, value);
}

/** Computes and writes the header checksum (`ip_send_check`). */
export function fillHeaderChecksum(bytes: Uint8Array, offset: number): void {
  set16(bytes, offset + HEADER_CHECKSUM, 0);
  set16(bytes, offset + HEADER_CHECKSUM, internetChecksum(bytes, offset, offset + headerLength(bytes, offset)));
}

/** Whether the header checksum is right. */
export function verifyHeaderChecksum(bytes: Uint8Array, offset: number): boolean {
  return internetChecksum(bytes, offset, offset + headerLength(bytes, offset)) === 0;
}

/** The source address as a 32-bit integer. */
export function sourceU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + SOURCE);
}

/** Writes {@link sourceU32}. */
export function setSourceU32(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + SOURCE, value);
}

/** The destination address as a 32-bit integer. */
export function destinationU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + DESTINATION);
}

/** Writes {@link destinationU32}. */
export function setDestinationU32(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + DESTINATION, value);
}

/** The source address as an object; allocates only for one not seen lately. */
export function source(bytes: Uint8Array, offset: number): IpAddress {
  return IpAddress.from(bytes, offset + SOURCE, 4);
}

/** Writes {@link source}. */
export function setSource(bytes: Uint8Array, offset: number, value: IpAddress): void {
  value.write(bytes, offset + SOURCE);
}

/** The destination address as an object; allocates only for one not seen lately. */
export function destination(bytes: Uint8Array, offset: number): IpAddress {
  return IpAddress.from(bytes, offset + DESTINATION, 4);
}

/** Writes {@link destination}. */
export function setDestination(bytes: Uint8Array, offset: number, value: IpAddress): void {
  value.write(bytes, offset + DESTINATION);
}

/** As {@link check} without the checksum. */
export function checkLengths(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < MIN_HEADER_LENGTH) return "truncated";
  if (version(bytes, offset) !== VERSION) return "version";
  const length = headerLength(bytes, offset);
  if (length < MIN_HEADER_LENGTH) return "header-length";
  if (end - offset < length) return "truncated";
  const total = totalLength(bytes, offset);
  if (total < length) return "total-length";
  if (end - offset < total) return "truncated";
  return undefined;
}

/**
 * Checks a header at `bytes[offset, end)` as `ip_rcv` does. After undefined every accessor can be used, and
 * `offset + totalLength` is at most `end`. The order of checks: room for 20 bytes, version, header length, checksum,
 * total length against header length, room for the total length.
 */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < MIN_HEADER_LENGTH) return "truncated";
  if (version(bytes, offset) !== VERSION) return "version";
  const length = headerLength(bytes, offset);
  if (length < MIN_HEADER_LENGTH) return "header-length";
  if (end - offset < length) return "truncated";
  if (!verifyHeaderChecksum(bytes, offset)) return "checksum";
  const total = totalLength(bytes, offset);
  if (end - offset < total) return "truncated";
  if (total < length) return "total-length";
  return undefined;
}

/** A decoded header. */
export interface Ipv4Header {
  readonly version: number;
  /** Header length in 32-bit words. */
  readonly ihl: number;
  /** DSCP and ECN. */
  readonly typeOfService: number;
  /** Header and payload in bytes. */
  readonly totalLength: number;
  readonly identification: number;
  readonly reservedFlag: boolean;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly headerChecksum: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** In the order of the header, padding included. */
  readonly options: readonly Ipv4Option[];
}

/** What {@link emit} needs: absent lengths and checksum are computed, absent values are 0, time to live 64. */
export type Ipv4HeaderInit = Init<Ipv4Header, "protocol" | "source" | "destination">;

/** Decodes the header at `offset`. A wrong checksum is no problem here; it is kept. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Ipv4Header> {
  const problem = checkLengths(bytes, offset, end);
  if (problem !== undefined) throw new WireError("ipv4", problem, offset);
  const length = headerLength(bytes, offset);
  return {
    header: parseHeader(bytes, offset),
    headerLength: length,
    payloadOffset: offset + length,
    end: offset + totalLength(bytes, offset),
  };
}

/**
 * Decodes a header whose packet may be cut short, as one quoted by ICMP is: only the header itself must be there.
 * `end` of the result is the end of what is there. Throws {@link WireError}.
 */
export function parseQuoted(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Ipv4Header> {
  const problem = checkLengths(bytes, offset, end);
  const length = end - offset < MIN_HEADER_LENGTH ? 0 : headerLength(bytes, offset);
  if (problem !== undefined && !(problem === "truncated" && length > 0 && end - offset >= length)) {
    throw new WireError("ipv4", problem, offset);
  }
  return {
    header: parseHeader(bytes, offset),
    headerLength: length,
    payloadOffset: offset + length,
    end: Math.min(end, offset + totalLength(bytes, offset)),
  };
}

function parseHeader(bytes: Uint8Array, offset: number): Ipv4Header {
  const word = flagsAndOffset(bytes, offset);
  return {
    version: version(bytes, offset),
    ihl: ihl(bytes, offset),
    typeOfService: typeOfService(bytes, offset),
    totalLength: totalLength(bytes, offset),
    identification: identification(bytes, offset),
    reservedFlag: (word & RF) !== 0,
    dontFragment: (word & DF) !== 0,
    moreFragments: (word & MF) !== 0,
    fragmentOffset: (word & OFFSET_MASK) << 3,
    timeToLive: timeToLive(bytes, offset),
    protocol: protocol(bytes, offset),
    headerChecksum: headerChecksum(bytes, offset),
    source: source(bytes, offset),
    destination: destination(bytes, offset),
    options: parseOptions(bytes, offset + MIN_HEADER_LENGTH, offset + headerLength(bytes, offset)),
  };
}

/**
 * The header's bytes, options included and padded with EOL to a multiple of 4.
 *
 * @param payloadLength bytes that will follow, for a total length that is not given
 */
export function emit(header: Ipv4HeaderInit, payloadLength = 0): Uint8Array {
  const options = emitOptions(header.options ?? []);
  const length = MIN_HEADER_LENGTH + options.length;
  const bytes = new Uint8Array(length);
  bytes[VERSION_IHL] = ((header.version ?? VERSION) << 4) | ((header.ihl ?? length >> 2) & 0x0f);
  setTypeOfService(bytes, 0, header.typeOfService ?? 0);
  setTotalLength(bytes, 0, header.totalLength ?? length + payloadLength);
  setIdentification(bytes, 0, header.identification ?? 0);
  setFlagsAndOffset(
    bytes,
    0,
    (header.reservedFlag ? RF : 0) | (header.dontFragment ? DF : 0) | (header.moreFragments ? MF : 0) |
      (((header.fragmentOffset ?? 0) >> 3) & OFFSET_MASK),
  );
  setTimeToLive(bytes, 0, header.timeToLive ?? 64);
  setProtocol(bytes, 0, header.protocol);
  setSource(bytes, 0, header.source);
  setDestination(bytes, 0, header.destination);
  bytes.set(options, MIN_HEADER_LENGTH);
  setHeaderChecksum(bytes, 0, header.headerChecksum ?? internetChecksum(bytes, 0, length));
  return bytes;
}

/** "192.0.2.1 > 192.0.2.2 tcp ttl 64 id 7 [DF] length 40" and what is not at its usual value. */
export function format(header: Ipv4Header): string {
  const flags: string[] = [];
  if (header.reservedFlag) flags.push("RF");
  if (header.dontFragment) flags.push("DF");
  if (header.moreFragments) flags.push("MF");
  const fragment = header.moreFragments || header.fragmentOffset > 0 ? ` offset ${header.fragmentOffset}` : "";
  const tos = header.typeOfService === 0 ? "" : ` tos 0x${header.typeOfService.toString(16).padStart(2, "0")}`;
  const options = header.options.length === 0 ? "" : ` <${formatOptions(header.options)}>`;
  return `${header.source} > ${header.destination} ${protocolName(header.protocol)}${tos} ttl ${header.timeToLive}` +
    ` id ${header.identification}${flags.length > 0 ? ` [${flags.join(",")}]` : ""}${fragment}` +
    ` length ${header.totalLength}${options}`;
}
