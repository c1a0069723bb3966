/**
 * ICMP for IPv4: RFC 792, path MTU RFC 1191, extended messages RFC 4884, address mask RFC 950.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { codeName, typeName } from "./icmpv4_names.ts";
import {
  ICMP_ADDRESS,
  ICMP_ADDRESSREPLY,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FRAG_NEEDED,
  ICMP_INFO_REPLY,
  ICMP_INFO_REQUEST,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
} from "../../abi/icmp_constants.ts";
import { IpAddress } from "./address.ts";
import { get16, get32, set16, set32 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of the header that all messages have. */
export const HEADER_LENGTH = 8;

/** Type: router advertisement, RFC 1256. */
export const ICMP_ROUTER_ADVERTISEMENT = 9;
/** Type: router solicitation, RFC 1256. */
export const ICMP_ROUTER_SOLICITATION = 10;

// Offsets of the fields in bytes.
const TYPE = 0;
const CODE = 1;
/** Offset of the checksum. */
export const CHECKSUM = 2;
const RECEIVE_TIMESTAMP = 12;
const TRANSMIT_TIMESTAMP = 16;
const REST = 4;
const LENGTH = 5;
const MTU = 6;

/** Layout of the part that all messages have; what `rest` means depends on the type. */
export const FIELDS: readonly FieldLayout[] = [
  field("type", TYPE, 8),
  field("code", CODE, 8),
  field("checksum", CHECKSUM, 16),
  field("rest", REST, 32),
];

const ECHO_FIELDS = [field("identifier", REST, 16), field("sequenceNumber", REST + 2, 16)];
const TIMESTAMP_FIELDS = [
  ...ECHO_FIELDS,
  field("originate", 8, 32),
  field("receive", 12, 32),
  field("transmit", 16, 32),
];
const BODY_FIELDS: { readonly [K in Icmpv4Body["kind"]]: readonly FieldLayout[] } = {
  "echo": ECHO_FIELDS,
  "unreachable": [field("unused", REST, 8), field("length", LENGTH, 8), field("nextHopMtu", MTU, 16)],
  "time-exceeded": [field("unused", REST, 8), field("length", LENGTH, 8), field("unused2", MTU, 16)],
  "parameter-problem": [field("pointer", REST, 8), field("length", LENGTH, 8), field("unused", MTU, 16)],
  "redirect": [field("gateway", REST, 32)],
  "timestamp": TIMESTAMP_FIELDS,
  "address-mask": [...ECHO_FIELDS, field("mask", 8, 32)],
  "opaque": [field("rest", REST, 32)],
};

/** The layout of a message with this body. */
export function fieldsOf(body: Icmpv4Body): readonly FieldLayout[] {
  return [...FIELDS.slice(0, 3), ...BODY_FIELDS[body.kind]];
}

/** What can be wrong with a message. */
export type Problem = "truncated" | "checksum";

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

/** The second word of the header as one number. */
export function rest(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + REST);
}

/** Writes {@link rest}. */
export function setRest(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + REST, value);
}

/** Of echo, timestamp, information and address mask messages. */
export function identifier(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + REST);
}

/** Writes {@link identifier}. */
export function setIdentifier(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + REST, value);
}

/** Of echo, timestamp, information and address mask messages. */
export function sequenceNumber(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + REST + 2);
}

/** Writes {@link sequenceNumber}. */
export function setSequenceNumber(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + REST + 2, value);
}

/** Next-hop MTU of a fragmentation needed message; 0 from routers older than RFC 1191. */
export function nextHopMtu(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + MTU);
}

/** Writes {@link nextHopMtu}. */
export function setNextHopMtu(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + MTU, value);
}

/** Byte of the quoted packet that a parameter problem is about. */
export function pointer(bytes: Uint8Array, offset: number): number {
  return bytes[offset + REST]!;
}

/** Writes {@link pointer}. */
export function setPointer(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset + REST] = value;
}

/** Of a timestamp message: when it came in, milliseconds since midnight UT. */
export function setReceiveTimestamp(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + RECEIVE_TIMESTAMP, value);
}

/** Of a timestamp message: when it was sent on. */
export function setTransmitTimestamp(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + TRANSMIT_TIMESTAMP, value);
}

/** Length of the quoted packet in 32-bit words by RFC 4884; 0: not an extended message. */
export function quotedWords(bytes: Uint8Array, offset: number): number {
  return bytes[offset + LENGTH]!;
}

/** The gateway of a redirect as a 32-bit integer. */
export function gatewayU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + REST);
}

/** Whether messages of this type report errors and quote a packet, which starts after {@link HEADER_LENGTH} bytes. */
export function isError(type: number): boolean {
  return type === ICMP_DEST_UNREACH || type === ICMP_SOURCE_QUENCH || type === ICMP_REDIRECT ||
    type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETERPROB;
}

/** Whether messages of this type may carry an extension structure (RFC 4884 section 4). */
export function isExtensible(type: number): boolean {
  return type === ICMP_DEST_UNREACH || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETERPROB;
}

/**
 * Where the quoted packet of the error message `bytes[offset, end)` ends: at `end`, or where an RFC 4884 extension
 * structure starts. A length field that points beyond `end` is not believed.
 */
export function quotedEnd(bytes: Uint8Array, offset: number, end: number): number {
  if (!isExtensible(type(bytes, offset))) return end;
  const words = quotedWords(bytes, offset);
  const stop = offset + HEADER_LENGTH + 4 * words;
  return words === 0 || stop > end ? end : stop;
}

/** Computes and writes the checksum of the message `bytes[offset, end)`. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number): void {
  set16(bytes, offset + CHECKSUM, 0);
  set16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, end));
}

/** Whether the checksum of the message `bytes[offset, end)` is right. */
export function verifyChecksum(bytes: Uint8Array, offset: number, end: number): boolean {
  return internetChecksum(bytes, offset, end) === 0;
}

/** Checks a message at `bytes[offset, end)`. After undefined the accessors of the 8-byte header can be used. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < HEADER_LENGTH) return "truncated";
  if (!verifyChecksum(bytes, offset, end)) return "checksum";
  return undefined;
}

/** What follows type, code and checksum. */
export type Icmpv4Body =
  /** Echo, and the obsolete information messages. */
  | { readonly kind: "echo"; readonly identifier: number; readonly sequenceNumber: number }
  | {
    readonly kind: "unreachable";
    readonly unused: number;
    /** {@link quotedWords}. */
    readonly length: number;
    readonly nextHopMtu: number;
  }
  | { readonly kind: "time-exceeded"; readonly unused: number; readonly length: number; readonly unused2: number }
  | { readonly kind: "parameter-problem"; readonly pointer: number; readonly length: number; readonly unused: number }
  | { readonly kind: "redirect"; readonly gateway: IpAddress }
  | {
    readonly kind: "timestamp";
    readonly identifier: number;
    readonly sequenceNumber: number;
    /** Milliseconds since midnight UT, as the next two. */
    readonly originate: number;
    readonly receive: number;
    readonly transmit: number;
  }
  | {
    readonly kind: "address-mask";
    readonly identifier: number;
    readonly sequenceNumber: number;
    readonly mask: number;
  }
  /** Any other type, source quench, and messages too short for their type. */
  | { readonly kind: "opaque"; readonly rest: number };

/** A decoded message up to its payload: the quoted packet of errors, the data of echo messages. */
export interface Icmpv4Header {
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  readonly body: Icmpv4Body;
}

/** What {@link emit} needs: absent code and checksum are 0, an absent body is zero. */
export type Icmpv4HeaderInit = Init<Icmpv4Header, "type">;

/** Decodes the message at `offset`. A wrong checksum is no problem here; it is kept. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<Icmpv4Header> {
  if (end - offset < HEADER_LENGTH) throw new WireError("icmpv4", "truncated", offset);
  const body = parseBody(bytes, offset, end);
  const headerLength = bodyEnd(body);
  return {
    header: { type: type(bytes, offset), code: code(bytes, offset), checksum: checksum(bytes, offset), body },
    headerLength,
    payloadOffset: offset + headerLength,
    end,
  };
}

function bodyEnd(body: Icmpv4Body): number {
  return body.kind === "timestamp" ? 20 : body.kind === "address-mask" ? 12 : HEADER_LENGTH;
}

function parseBody(bytes: Uint8Array, offset: number, end: number): Icmpv4Body {
  const length = quotedWords(bytes, offset);
  const ids = { identifier: identifier(bytes, offset), sequenceNumber: sequenceNumber(bytes, offset) };
  switch (type(bytes, offset)) {
    case ICMP_ECHO:
    case ICMP_ECHOREPLY:
    case ICMP_INFO_REQUEST:
    case ICMP_INFO_REPLY:
      return { kind: "echo", ...ids };
    case ICMP_DEST_UNREACH:
      return { kind: "unreachable", unused: bytes[offset + REST]!, length, nextHopMtu: nextHopMtu(bytes, offset) };
    case ICMP_TIME_EXCEEDED:
      return { kind: "time-exceeded", unused: bytes[offset + REST]!, length, unused2: get16(bytes, offset + MTU) };
    case ICMP_PARAMETERPROB:
      return {
        kind: "parameter-problem",
        pointer: pointer(bytes, offset),
        length,
        unused: get16(bytes, offset + MTU),
      };
    case ICMP_REDIRECT:
      return { kind: "redirect", gateway: IpAddress.from(bytes, offset + REST, 4) };
    case ICMP_TIMESTAMP:
    case ICMP_TIMESTAMPREPLY:
      if (end - offset >= 20) {
        return {
          kind: "timestamp",
          ...ids,
          originate: get32(bytes, offset + 8),
          receive: get32(bytes, offset + 12),
          transmit: get32(bytes, offset + 16),
        };
      }
      break;
    case ICMP_ADDRESS:
    case ICMP_ADDRESSREPLY:
      if (end - offset >= 12) return { kind: "address-mask", ...ids, mask: get32(bytes, offset + 8) };
      break;
  }
  return { kind: "opaque", rest: rest(bytes, offset) };
}

/** The message's bytes up to its payload. The checksum is the one given, else 0: {@link fillChecksum} comes after. */
export function emit(header: Icmpv4HeaderInit): Uint8Array {
  const body = header.body ?? { kind: "opaque", rest: 0 };
  const bytes = new Uint8Array(bodyEnd(body));
  setType(bytes, 0, header.type);
  setCode(bytes, 0, header.code ?? 0);
  setChecksum(bytes, 0, header.checksum ?? 0);
  switch (body.kind) {
    case "echo":
    case "timestamp":
    case "address-mask":
      setIdentifier(bytes, 0, body.identifier);
      setSequenceNumber(bytes, 0, body.sequenceNumber);
      if (body.kind === "address-mask") set32(bytes, 8, body.mask);
      if (body.kind === "timestamp") {
        set32(bytes, 8, body.originate);
        set32(bytes, 12, body.receive);
        set32(bytes, 16, body.transmit);
      }
      break;
    case "unreachable":
      bytes[REST] = body.unused;
      bytes[LENGTH] = body.length;
      set16(bytes, MTU, body.nextHopMtu);
      break;
    case "time-exceeded":
      bytes[REST] = body.unused;
      bytes[LENGTH] = body.length;
      set16(bytes, MTU, body.unused2);
      break;
    case "parameter-problem":
      bytes[REST] = body.pointer;
      bytes[LENGTH] = body.length;
      set16(bytes, MTU, body.unused);
      break;
    case "redirect":
      body.gateway.write(bytes, REST);
      break;
    case "opaque":
      setRest(bytes, 0, body.rest);
  }
  return bytes;
}

/** "icmp unreachable frag_needed mtu 1400", "icmp echo_request id 7 seq 1". */
export function format(header: Icmpv4Header): string {
  const { type, code, body } = header;
  const coded = type === ICMP_DEST_UNREACH || code !== 0 ? ` ${codeName(type, code)}` : "";
  return `icmp ${typeName(type)}${coded}${formatBody(code, body)}`;
}

function formatBody(code: number, body: Icmpv4Body): string {
  switch (body.kind) {
    case "echo":
    case "address-mask":
      return ` id ${body.identifier} seq ${body.sequenceNumber}`;
    case "timestamp":
      return ` id ${body.identifier} seq ${body.sequenceNumber} ${body.originate} ${body.receive} ${body.transmit}`;
    case "unreachable":
      return code === ICMP_FRAG_NEEDED ? ` mtu ${body.nextHopMtu}` : "";
    case "parameter-problem":
      return ` pointer ${body.pointer}`;
    case "redirect":
      return ` gateway ${body.gateway}`;
    default:
      return "";
  }
}
