/**
 * Socket addresses in memory: `struct sockaddr_in` and `struct sockaddr_in6` (ip(7), ipv6(7)).
 *
 * @module
 */
import { getUint, putInt } from "./memory.ts";
import { AF_INET, AF_INET6 } from "./socket_constants.ts";

/** Size of `struct sockaddr_in`. */
export const SOCKADDR_IN_SIZE = 16;
/** Size of `struct sockaddr_in6`. */
export const SOCKADDR_IN6_SIZE = 28;
/** Smallest `struct sockaddr_in6` that Linux takes: without `sin6_scope_id` (RFC 2133). */
export const SIN6_LEN_RFC2133 = 24;
/** Size of `struct sockaddr_storage`, which has room for every family's. */
export const SOCKADDR_STORAGE_SIZE = 128;

/** `struct sockaddr_in`: after family and port. */
const SIN_ADDR = 4;
const SIN_ADDR_END = 8;
/** `struct sockaddr_in6`: flow information, address, scope. */
const SIN6_FLOWINFO = 4;
const SIN6_ADDR = 8;
const SIN6_SCOPE_ID = 24;

/** What an IPv4 or IPv6 `sockaddr` says. */
export interface InternetAddress {
  /** 4 octets of IPv4, 16 of IPv6. */
  readonly address: Uint8Array;
  readonly port: number;
  /** IPv6: traffic class and flow label. */
  readonly flowinfo: number;
  /** IPv6: the interface of a link-local address. */
  readonly scope_id: number;
}

/** `sa_family` of a `sockaddr` of at least two octets. */
export function sockaddrFamily(bytes: Uint8Array): number {
  return bytes[0]! | (bytes[1]! << 8);
}

/** A `sockaddr` that has room for every family's, and says no more than which it is. */
export function encodeFamily(family: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SOCKADDR_STORAGE_SIZE);
  bytes[0] = family;
  bytes[1] = family >> 8;
  return bytes;
}

/** A `struct sockaddr_in` of an address of 4 octets. */
export function encodeSockaddrIn(address: Uint8Array, port: number): Uint8Array<ArrayBuffer> {
  const bytes = head(SOCKADDR_IN_SIZE, AF_INET, port);
  bytes.set(address, SIN_ADDR);
  return bytes;
}

/** A `struct sockaddr_in6` of an address of 16 octets. */
export function encodeSockaddrIn6(
  address: Uint8Array,
  port: number,
  flowinfo = 0,
  scope_id = 0,
): Uint8Array<ArrayBuffer> {
  const bytes = head(SOCKADDR_IN6_SIZE, AF_INET6, port);
  for (let i = 0; i < 4; i++) bytes[SIN6_FLOWINFO + i] = flowinfo >>> (24 - 8 * i);
  bytes.set(address, SIN6_ADDR);
  putInt(bytes, SIN6_SCOPE_ID, scope_id);
  return bytes;
}

function head(size: number, family: number, port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  bytes[0] = family;
  bytes[2] = port >>> 8;
  bytes[3] = port;
  return bytes;
}

/** Reads a `struct sockaddr_in` of at least 8 octets. The address is a view. */
export function decodeSockaddrIn(bytes: Uint8Array): InternetAddress {
  return { address: bytes.subarray(SIN_ADDR, SIN_ADDR_END), port: portOf(bytes), flowinfo: 0, scope_id: 0 };
}

/** Reads a `struct sockaddr_in6` of at least 24 octets. The address is a view. */
export function decodeSockaddrIn6(bytes: Uint8Array): InternetAddress {
  let flowinfo = 0;
  for (let i = 0; i < 4; i++) flowinfo = (flowinfo << 8 | bytes[SIN6_FLOWINFO + i]!) >>> 0;
  return {
    address: bytes.subarray(SIN6_ADDR, SIN6_SCOPE_ID),
    port: portOf(bytes),
    flowinfo,
    scope_id: bytes.length >= SOCKADDR_IN6_SIZE ? getUint(bytes, SIN6_SCOPE_ID) : 0,
  };
}

/** Reads a `sockaddr` of either family; undefined for other families and for too few octets. */
export function decodeSockaddr(bytes: Uint8Array): InternetAddress | undefined {
  if (bytes.length < SIN_ADDR_END) return undefined;
  const family = sockaddrFamily(bytes);
  if (family === AF_INET) return decodeSockaddrIn(bytes);
  if (family !== AF_INET6 || bytes.length < SIN6_LEN_RFC2133) return undefined;
  return decodeSockaddrIn6(bytes);
}

function portOf(bytes: Uint8Array): number {
  return (bytes[2]! << 8) | bytes[3]!;
}
