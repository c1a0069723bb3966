/**
 * Generic routing encapsulation, version 0: RFC 2784, key and sequence number RFC 2890.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { get16, set16, set32 } from "./bytes.ts";

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

/** What a header with every optional field has, in order: names as packetdrill has them, offset and length in octets. */
export const WHOLE: readonly (readonly [name: string, offset: number, length: 2 | 4])[] = [
  ["flags", FLAGS, 2],
  ["proto", PROTOCOL, 2],
  ["sum", 4, 2],
  ["off", 6, 2],
  ["key", 8, 4],
  ["seq", 12, 4],
];

/** What can be wrong with a header. */
export type Problem = "truncated" | "version" | "routing";

/** The 16-bit word of {@link GRE_CSUM} … and the version. */
export function flags(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + FLAGS);
}

/** Writes {@link flags}. */
export function setFlags(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + FLAGS, value);
}

/** EtherType of the payload. */
export function protocol(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + PROTOCOL);
}

/** Length of a header with these flags. */
export function lengthOf(flags: number): number {
  return MIN_HEADER_LENGTH + (flags & GRE_CSUM ? 4 : 0) + (flags & GRE_KEY ? 4 : 0) + (flags & GRE_SEQ ? 4 : 0);
}

/** Length in octets, optional fields included. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  return lengthOf(flags(bytes, offset));
}

/** Checks a header at `bytes[offset, end)`. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < MIN_HEADER_LENGTH) return "truncated";
  const word = flags(bytes, offset);
  if ((word & GRE_VERSION) !== 0) return "version";
  if ((word & GRE_ROUTING) !== 0) return "routing";
  return end - offset < lengthOf(word) ? "truncated" : undefined;
}

/** The fields of a header. One that the flags do not announce is not written. */
export interface GreFields {
  /** The whole 16-bit word: {@link GRE_CSUM} … , reserved bits, version. */
  readonly flags: number;
  /** EtherType of the payload. */
  readonly protocol: number;
  readonly checksum: number;
  /** RFC 1701's offset, reserved since. */
  readonly offset: number;
  readonly key: number;
  readonly sequence: number;
}

/** A header's octets. The checksum is the one given. */
export function emit(header: GreFields): Uint8Array {
  const word = header.flags;
  const bytes = new Uint8Array(lengthOf(word));
  set16(bytes, FLAGS, word);
  set16(bytes, PROTOCOL, header.protocol);
  let at = OPTIONAL;
  if (word & GRE_CSUM) {
    set16(bytes, at, header.checksum);
    set16(bytes, at + 2, header.offset);
    at += 4;
  }
  if (word & GRE_KEY) {
    set32(bytes, at, header.key);
    at += 4;
  }
  if (word & GRE_SEQ) set32(bytes, at, header.sequence);
  return bytes;
}
