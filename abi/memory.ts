/**
 * Integers, times and strings in memory as 64-bit little-endian Linux lays them out.
 *
 * @module
 */

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

/** The 16-bit unsigned integer at `at`. */
export function getShort(bytes: Uint8Array, at = 0): number {
  return view(bytes).getUint16(at, true);
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

/** A 32-bit integer with its octets in the other order: from the host's to the network's, or back (`htonl`). */
export function htonl(value: number): number {
  return ((value & 0xff) << 24 | (value & 0xff00) << 8 | (value >>> 8) & 0xff00 | value >>> 24) >>> 0;
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
