/**
 * ICMPv6: RFC 4443; bodies of neighbour discovery and multicast listener messages are in `nd.ts` and `mld.ts`.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { codeName, hasCodeNames, typeName } from "./icmpv6_names.ts";
import {
  ICMPV6_DEST_UNREACH,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_TIME_EXCEED,
} from "../../abi/icmp_constants.ts";
import { get16, get32, set16, set32 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";
import { emitMld, formatMld, isMldType, type MldBody, mldFields, parseMld } from "./mld.ts";
import {
  emitNd,
  formatNd,
  isNdType,
  type NdBody,
  ndFields,
  NDISC_NEIGHBOUR_ADVERTISEMENT,
  NDISC_NEIGHBOUR_SOLICITATION,
  NDISC_REDIRECT,
  NDISC_ROUTER_ADVERTISEMENT,
  NDISC_ROUTER_SOLICITATION,
  parseNd,
} from "./nd.ts";

export {
  NDISC_NEIGHBOUR_ADVERTISEMENT,
  NDISC_NEIGHBOUR_SOLICITATION,
  NDISC_REDIRECT,
  NDISC_ROUTER_ADVERTISEMENT,
  NDISC_ROUTER_SOLICITATION,
};

/** Length of the header that all messages have. */
export const HEADER_LENGTH = 8;

/** Type: extended echo request, RFC 8335. */
export const ICMPV6_EXT_ECHO_REQUEST = 160;
/** Type: extended echo reply, RFC 8335. */
export const ICMPV6_EXT_ECHO_REPLY = 161;

/** The first fragment lacks the whole header chain, RFC 7112. */
export const ICMPV6_HDR_INCOMP = 3;

// Offsets of the fields in bytes.
const TYPE = 0;
const CODE = 1;
/** Offset of the checksum. */
export const CHECKSUM = 2;
const REST = 4;

/** Layout of the part that all messages have; what `rest` means depends on the type. */
export const FIELDS: readonly FieldLayout[] = [
  field("type", TYPE, 8),
  field("code", CODE, 8),
  field("checksum", CHECKSUM, 16),
  field("rest", REST, 32),
];

/** The layout of a message with this body, options not included. */
export function fieldsOf(body: Icmpv6Body): readonly FieldLayout[] {
  return [...FIELDS.slice(0, 3), ...bodyFields(body)];
}

function bodyFields(body: Icmpv6Body): readonly FieldLayout[] {
  switch (body.kind) {
    case "unreachable":
    case "time-exceeded":
      return [field("length", REST, 8), field("unused", REST + 1, 24)];
    case "packet-too-big":
      return [field("mtu", REST, 32)];
    case "parameter-problem":
      return [field("pointer", REST, 32)];
    case "echo":
      return [field("identifier", REST, 16), field("sequenceNumber", REST + 2, 16)];
    case "opaque":
      return [field("rest", REST, 32)];
    case "mld-query":
    case "mld-report":
    case "mld-done":
    case "mld2-report":
      return mldFields(body);
    default:
      return ndFields(body);
  }
}

/** What can be wrong with a message. */
export type Problem = "truncated";

/** The message's type. */
export function type(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TYPE]!;
}

/** Writes {@link type}. */
export function setType(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + TYPE] = value;
}

/** The message's code; what it means depends on the type. */
export function code(bytes: Uint8Array, offset: number): number {
  return bytes[offset + CODE]!;
}

/** Writes {@link code}. */
export function setCode(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + CODE] = value;
}

/** The checksum as it stands. */
export function checksum(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + CHECKSUM);
}

/** Writes {@link checksum}. */
export function setChecksum(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + CHECKSUM, value);
}

/** The second word of the header as one number: MTU of packet too big, pointer of parameter problem. */
export function rest(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + REST);
}

/** Writes {@link rest}. */
export function setRest(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + REST, value);
}

/** MTU of a packet too big message. */
export function mtu(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + REST);
}

/** Writes {@link mtu}. */
export function setMtu(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + REST, value);
}

/** Byte of the quoted packet that a parameter problem is about. */
export function pointer(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + REST);
}

/** Writes {@link pointer}. */
export function setPointer(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + REST, value);
}

/** Of echo messages. */
export function identifier(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + REST);
}

/** Writes {@link identifier}. */
export function setIdentifier(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + REST, value);
}

/** Of echo messages. */
export function sequenceNumber(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + REST + 2);
}

/** Writes {@link sequenceNumber}. */
export function setSequenceNumber(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + REST + 2, value);
}

/** Whether messages of this type report errors (RFC 4443 section 2.1); known ones quote a packet after {@link HEADER_LENGTH} bytes. */
export function isError(type: number): boolean {
  return type < 128;
}

/** Whether messages of this type may carry an extension structure (RFC 4884 section 4). */
export function isExtensible(type: number): boolean {
  return type === ICMPV6_DEST_UNREACH || type === ICMPV6_TIME_EXCEED;
}

/** Length of the quoted packet in 64-bit words by RFC 4884; 0: not an extended message. */
export function quotedWords(bytes: Uint8Array, offset: number): number {
  return bytes[offset + REST]!;
}

/**
 * Where the quoted packet of the error message `bytes[offset, end)` ends: at `end`, or where an RFC 4884 extension
 * structure starts. A length field that points beyond `end` is not believed.
 */
export function quotedEnd(bytes: Uint8Array, offset: number, end: number): number {
  if (!isExtensible(type(bytes, offset))) return end;
  const words = quotedWords(bytes, offset);
  const stop = offset + HEADER_LENGTH + 8 * words;
  return words === 0 || stop > end ? end : stop;
}

/** Computes and writes the checksum of the message `bytes[offset, end)`; `pseudo` is the pseudo-header's partial sum. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): void {
  set16(bytes, offset + CHECKSUM, 0);
  set16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, end, pseudo));
}

/** Whether the checksum of the message `bytes[offset, end)` is right. */
export function verifyChecksum(bytes: Uint8Array, offset: number, end: number, pseudo: number): boolean {
  return internetChecksum(bytes, offset, end, pseudo) === 0;
}

/** Checks a message at `bytes[offset, end)`. After undefined the accessors of the 8-byte header can be used. */
export function check(_bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  return end - offset < HEADER_LENGTH ? "truncated" : undefined;
}

/** What follows type, code and checksum. */
export type Icmpv6Body =
  | {
    readonly kind: "unreachable" | "time-exceeded";
    /** {@link quotedWords}. */
    readonly length: number;
    /** 24 bits. */
    readonly unused: number;
  }
  | { readonly kind: "packet-too-big"; readonly mtu: number }
  | { readonly kind: "parameter-problem"; readonly pointer: number }
  | { readonly kind: "echo"; readonly identifier: number; readonly sequenceNumber: number }
  | NdBody
  | MldBody
  /** Any other type, and messages too short for their type. */
  | { readonly kind: "opaque"; readonly rest: number };

/** A decoded message up to its payload: the quoted packet of errors, the data of echo messages. */
export interface Icmpv6Header {
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  readonly body: Icmpv6Body;
}

/** What {@link emit} needs: absent code and checksum are 0, an absent body is zero. */
export type Icmpv6HeaderInit = Init<Icmpv6Header, "type">;

/** Decodes the message at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Icmpv6Header> {
  if (end - offset < HEADER_LENGTH) throw new WireError("icmpv6", "truncated", offset);
  const { body, length } = parseBody(bytes, offset, end);
  return {
    header: { type: type(bytes, offset), code: code(bytes, offset), checksum: checksum(bytes, offset), body },
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

function parseBody(bytes: Uint8Array, offset: number, end: number): { body: Icmpv6Body; length: number } {
  const messageType = type(bytes, offset);
  const length = HEADER_LENGTH;
  switch (messageType) {
    case ICMPV6_DEST_UNREACH:
    case ICMPV6_TIME_EXCEED: {
      const kind = messageType === ICMPV6_DEST_UNREACH ? "unreachable" : "time-exceeded";
      const word = rest(bytes, offset);
      return { body: { kind, length: word >>> 24, unused: word & 0xffffff }, length };
    }
    case ICMPV6_PKT_TOOBIG:
      return { body: { kind: "packet-too-big", mtu: mtu(bytes, offset) }, length };
    case ICMPV6_PARAMPROB:
      return { body: { kind: "parameter-problem", pointer: pointer(bytes, offset) }, length };
    case ICMPV6_ECHO_REQUEST:
    case ICMPV6_ECHO_REPLY:
      return {
        body: {
          kind: "echo",
          identifier: identifier(bytes, offset),
          sequenceNumber: sequenceNumber(bytes, offset),
        },
        length,
      };
  }
  return (isNdType(messageType) ? parseNd(bytes, offset, end) : undefined) ??
    (isMldType(messageType) ? parseMld(bytes, offset, end) : undefined) ??
    { body: { kind: "opaque", rest: rest(bytes, offset) }, length };
}

/** The message's bytes up to its payload. The checksum is the one given, else 0: {@link fillChecksum} comes after. */
export function emit(header: Icmpv6HeaderInit): Uint8Array {
  const bytes = emitBody(header.body ?? { kind: "opaque", rest: 0 });
  setType(bytes, 0, header.type);
  setCode(bytes, 0, header.code ?? 0);
  setChecksum(bytes, 0, header.checksum ?? 0);
  return bytes;
}

function emitBody(body: Icmpv6Body): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  switch (body.kind) {
    case "unreachable":
    case "time-exceeded":
      setRest(bytes, 0, (body.length << 24) | (body.unused & 0xffffff));
      return bytes;
    case "packet-too-big":
      setMtu(bytes, 0, body.mtu);
      return bytes;
    case "parameter-problem":
      setPointer(bytes, 0, body.pointer);
      return bytes;
    case "echo":
      setIdentifier(bytes, 0, body.identifier);
      setSequenceNumber(bytes, 0, body.sequenceNumber);
      return bytes;
    case "opaque":
      setRest(bytes, 0, body.rest);
      return bytes;
    case "mld-query":
    case "mld-report":
    case "mld-done":
    case "mld2-report":
      return emitMld(body);
    default:
      return emitNd(body);
  }
}

/** "icmpv6 packet_too_big mtu 1280", "icmpv6 neighbor_solicitation who has fe80::2". */
export function format(header: Icmpv6Header): string {
  const { type, code, body } = header;
  const coded = hasCodeNames(type) || code !== 0 ? ` ${codeName(type, code)}` : "";
  return `icmpv6 ${typeName(type)}${coded}${formatBody(body)}`;
}

function formatBody(body: Icmpv6Body): string {
  switch (body.kind) {
    case "unreachable":
    case "time-exceeded":
    case "opaque":
      return "";
    case "packet-too-big":
      return ` mtu ${body.mtu}`;
    case "parameter-problem":
      return ` pointer ${body.pointer}`;
    case "echo":
      return ` id ${body.identifier} seq ${body.sequenceNumber}`;
    case "mld-query":
    case "mld-report":
    case "mld-done":
    case "mld2-report":
      return ` ${formatMld(body)}`;
    default:
      return ` ${formatNd(body)}`.trimEnd();
  }
}
