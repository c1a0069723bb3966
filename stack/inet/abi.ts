/**
 * Integers, times and addresses in memory as Linux lays them out on x86-64 (little endian, LP64).
 *
 * @module
 */
import { IpAddress } from "../wire/address.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";
import type { SocketAddress } from "./sock.ts";

/** Size of `struct sockaddr_in`. */
export const SOCKADDR_IN_SIZE = 16;
/** Size of `struct sockaddr_in6`. */
export const SOCKADDR_IN6_SIZE = 28;
/** Smallest `struct sockaddr_in6` that Linux takes: without `sin6_scope_id` (RFC 2133). */
export const SIN6_LEN_RFC2133 = 24;

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The 32-bit signed integer at `at`. */
export function getInt(bytes: Uint8Array, at = 0): number {
  return view(bytes).getInt32(at, true);
}

/** The 32-bit unsigned integer at `at`. */
export function getUint(bytes: Uint8Array, at = 0): number {
  return view(bytes).getUint32(at, true);
}

/** The 64-bit signed integer at `at`. */
export function getLong(bytes: Uint8Array, at = 0): bigint {
  return view(bytes).getBigInt64(at, true);
}

/** Writes a 32-bit integer at `at`. */
export function putInt(bytes: Uint8Array, at: number, value: number): void {
  view(bytes).setInt32(at, value, true);
}

/** Writes a 64-bit integer at `at`. */
export function putLong(bytes: Uint8Array, at: number, value: bigint): void {
  view(bytes).setBigInt64(at, value, true);
}

/** An `int`. */
export function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putInt(bytes, 0, value);
  return bytes;
}

/** Several `int`s one after the other. */
export function ints(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => putInt(bytes, 4 * i, value));
  return bytes;
}

/** A 64-bit integer; numbers are exact up to 2^53. */
export function long(value: bigint | number): Uint8Array {
  const bytes = new Uint8Array(8);
  putLong(bytes, 0, BigInt(value));
  return bytes;
}

/** A `struct timeval` of so many µs. */
export function timeval(us: number): Uint8Array {
  return pair(Math.floor(us / 1e6), Math.floor(us % 1e6));
}

/** A `struct timespec` of so many µs. */
export function timespec(us: number): Uint8Array {
  return pair(Math.floor(us / 1e6), Math.floor(us % 1e6) * 1000);
}

function pair(first: number, second: number): Uint8Array {
  const bytes = new Uint8Array(16);
  putLong(bytes, 0, BigInt(first));
  putLong(bytes, 8, BigInt(second));
  return bytes;
}

/** A C string without its terminating zero. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** The octets of a C string of ASCII characters, terminating zero included. */
export function cBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length + 1);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** `sa_family` of a `sockaddr` of at least two octets. */
export function sockaddrFamily(bytes: Uint8Array): number {
  return bytes[0]! | (bytes[1]! << 8);
}

/** A `struct sockaddr_in`. IPv4-mapped addresses are unmapped. */
export function sockaddrIn(address: SocketAddress): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN_SIZE);
  bytes[0] = AF_INET;
  bytes[2] = address.port >>> 8;
  bytes[3] = address.port;
  const unmapped = address.address.unmapped();
  if (unmapped.family === 4) unmapped.write(bytes, 4);
  return bytes;
}

/** A `struct sockaddr_in6`. IPv4 addresses are mapped. */
export function sockaddrIn6(address: SocketAddress): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN6_SIZE);
  bytes[0] = AF_INET6;
  bytes[2] = address.port >>> 8;
  bytes[3] = address.port;
  const flowinfo = address.flowinfo ?? 0;
  bytes.set([flowinfo >>> 24, flowinfo >>> 16, flowinfo >>> 8, flowinfo], 4);
  address.address.toV4Mapped().write(bytes, 8);
  putInt(bytes, 24, address.scope_id ?? 0);
  return bytes;
}

/** The `sockaddr` that a socket of `family` (`AF_*`) gives to programs. */
export function encodeSockaddr(family: number, address: SocketAddress): Uint8Array {
  return family === AF_INET6 ? sockaddrIn6(address) : sockaddrIn(address);
}

/** Reads a `struct sockaddr_in` of at least 8 octets. */
export function decodeSockaddrIn(bytes: Uint8Array): SocketAddress {
  return { address: IpAddress.from(bytes, 4, 4), port: (bytes[2]! << 8) | bytes[3]! };
}

/** Reads a `struct sockaddr_in6` of at least 24 octets. */
export function decodeSockaddrIn6(bytes: Uint8Array): SocketAddress {
  return {
    address: IpAddress.from(bytes, 8, 6),
    port: (bytes[2]! << 8) | bytes[3]!,
    flowinfo: ((bytes[4]! << 24) | (bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!) >>> 0,
    scope_id: bytes.length >= SOCKADDR_IN6_SIZE ? getUint(bytes, 24) : 0,
  };
}
