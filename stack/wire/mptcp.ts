/**
 * Fields of Multipath TCP's options, RFC 8684 section 3; `offset` is where an option begins.
 *
 * @module
 */
import { get32 } from "./bytes.ts";

const LENGTH = 1;
/** Where subtype and flags are. */
export const SUBTYPE = 2;
const ADDRESS_ID = 3;
const KEYS = 4;
const KEY_LENGTH = 8;
/** MP_JOIN: of the SYN behind the token, of the SYN-ACK behind the truncated code. */
const SYN_NONCE = 8;
const SYN_ACK_NONCE = 12;

/** Octets of an option. */
export function optionLength(bytes: Uint8Array, offset: number): number {
  return bytes[offset + LENGTH]!;
}

/** Which of the options it is. */
export function subtype(bytes: Uint8Array, offset: number): number {
  return bytes[offset + SUBTYPE]! >> 4;
}

/** Of ADD_ADDR, REMOVE_ADDR, MP_JOIN: which address is meant. */
export function addressId(bytes: Uint8Array, offset: number): number {
  return bytes[offset + ADDRESS_ID]!;
}

/** Octets that an MP_CAPABLE has at least which holds the key number `index`. */
export function lengthWithKey(index: number): number {
  return KEYS + KEY_LENGTH * (index + 1);
}

/** The 64-bit integer at `at`: a key, or the end of a digest. */
export function word64(bytes: Uint8Array, at: number): bigint {
  return (BigInt(get32(bytes, at)) << 32n) | BigInt(get32(bytes, at + 4));
}

/** Of MP_CAPABLE: the sender's key (0) or the receiver's (1). */
export function key(bytes: Uint8Array, offset: number, index: number): bigint {
  return word64(bytes, offset + KEYS + KEY_LENGTH * index);
}

/** Of the MP_JOIN of a SYN. */
export function synNonce(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + SYN_NONCE);
}

/** Of the MP_JOIN of a SYN-ACK. */
export function synAckNonce(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + SYN_ACK_NONCE);
}
