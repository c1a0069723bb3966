/**
 * Generic routing encapsulation, version 0: RFC 2784, key and sequence number RFC 2890.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { get16, get32, set16, set32 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of a header without optional fields. */
export const MIN_HEADER_LENGTH = 4;

/** Checksum present, in the 16-bit word of flags and version. */
export const GRE_CSUM = 0x8000;
/** Routing present (RFC 1701); not understood here. */
export const GRE_ROUTING = 0x4000;
/** Key present. */
export const GRE_KEY = 0x2000;
/** Sequence number present. */
export const GRE_SEQ = 0x1000;
/** The version. */
export const GRE_VERSION = 0x0007;

const FLAGS = 0;
const PROTOCOL = 2;
const OPTIONAL = 4;
/** Offset of the checksum, where the flags announce one. */
export const CHECKSUM = OPTIONAL;

/** Layout of the part that all headers have. */
export const FIELDS: readonly FieldLayout[] = [
  field("flags", FLAGS, 13),
  field("version", FLAGS + 1, 3, 5),
  field("protocol", PROTOCOL, 16),
];

/** The layout of a header with these flags. */
export function fieldsOf(flags: number): readonly FieldLayout[] {
  const fields = [...FIELDS];
  let at = OPTIONAL;
  const add = (name: string, bits: number) => {
    fields.push(field(name, at, bits));
    at += bits / 8;
  };
  if (flags & GRE_CSUM) {
    add("checksum", 16);
    add("offset", 16);
  }
  if (flags & GRE_KEY) add("key", 32);
  if (flags & GRE_SEQ) add("sequenceNumber", 32);
  return fields;
}

/** What can be wrong with a header. */
export type Problem = "truncated" | "version" | "routing";

/** The 16-bit word of {@link GRE_CSUM} … and the version. */
export function flags(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + FLAGS);
}

/** EtherType of the payload. */
export function protocol(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + PROTOCOL);
}

/** Length of a header with these flags. */
export function lengthOf(flags: number): number {
  return MIN_HEADER_LENGTH + (flags & GRE_CSUM ? 4 : 0) + (flags & GRE_KEY ? 4 : 0) + (flags & GRE_SEQ ? 4 : 0);
}

/** Length in bytes, optional fields included. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  return lengthOf(flags(bytes, offset));
}

/** Whether the checksum over header and payload is right, or absent. */
export function verifyChecksum(bytes: Uint8Array, offset: number, end: number): boolean {
  return (flags(bytes, offset) & GRE_CSUM) === 0 || internetChecksum(bytes, offset, end) === 0;
}

/** Computes and writes the checksum over header and payload, if the header has one. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number): void {
  if ((flags(bytes, offset) & GRE_CSUM) === 0) return;
  set16(bytes, offset + OPTIONAL, 0);
  set16(bytes, offset + OPTIONAL, internetChecksum(bytes, offset, end));
}

/** Checks a header at `bytes[offset, end)`. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < MIN_HEADER_LENGTH) return "truncated";
  const word = flags(bytes, offset);
  if ((word & GRE_VERSION) !== 0) return "version";
  if ((word & GRE_ROUTING) !== 0) return "routing";
  return end - offset < lengthOf(word) ? "truncated" : undefined;
}

/** A decoded header. A field that the flags do not announce is 0. */
export interface GreHeader {
  /** The whole 16-bit word: {@link GRE_CSUM} … , reserved bits, version. */
  readonly flags: number;
  /** EtherType of the payload. */
  readonly protocol: number;
  readonly checksum: number;
  /** RFC 1701's offset, reserved since. */
  readonly offset: number;
  readonly key: number;
  readonly sequenceNumber: number;
}

/** What {@link emit} needs: every absent value is 0. */
export type GreHeaderInit = Init<GreHeader, "protocol">;

/** Decodes the header at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<GreHeader> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("gre", problem, offset);
  const word = flags(bytes, offset);
  const checksum = offset + OPTIONAL;
  const key = checksum + (word & GRE_CSUM ? 4 : 0);
  const sequence = key + (word & GRE_KEY ? 4 : 0);
  const length = lengthOf(word);
  return {
    header: {
      flags: word,
      protocol: protocol(bytes, offset),
      checksum: word & GRE_CSUM ? get16(bytes, checksum) : 0,
      offset: word & GRE_CSUM ? get16(bytes, checksum + 2) : 0,
      key: word & GRE_KEY ? get32(bytes, key) : 0,
      sequenceNumber: word & GRE_SEQ ? get32(bytes, sequence) : 0,
    },
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

/** The header's bytes. The checksum is the one given, else 0: it covers the payload, so that {@link fillChecksum} comes after. */
export function emit(header: GreHeaderInit): Uint8Array {
  const word = header.flags ?? 0;
  const bytes = new Uint8Array(lengthOf(word));
  set16(bytes, FLAGS, word);
  set16(bytes, PROTOCOL, header.protocol);
  let at = OPTIONAL;
  if (word & GRE_CSUM) {
    set16(bytes, at, header.checksum ?? 0);
    set16(bytes, at + 2, header.offset ?? 0);
    at += 4;
  }
  if (word & GRE_KEY) {
    set32(bytes, at, header.key ?? 0);
    at += 4;
  }
  if (word & GRE_SEQ) set32(bytes, at, header.sequenceNumber ?? 0);
  return bytes;
}

/** As packetdrill's dumps: "gre flags 0x2000 proto 0x800 key 7". */
export function format(header: GreHeader): string {
  const sum = header.flags & GRE_CSUM ? ` sum 0x${header.checksum.toString(16)} off ${header.offset}` : "";
  const key = header.flags & GRE_KEY ? ` key ${header.key}` : "";
  const seq = header.flags & GRE_SEQ ? ` seq ${header.sequenceNumber}` : "";
  return `gre flags 0x${header.flags.toString(16)} proto 0x${header.protocol.toString(16)}${sum}${key}${seq}`;
}
