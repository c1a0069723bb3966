/**
 * Big-endian integers in byte arrays, without allocation and without bounds checks: callers have checked the length.
 *
 * @module
 */

/** Reads the unsigned 16-bit integer at `at`. */
export function get16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Reads the unsigned 24-bit integer at `at`. */
export function get24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Reads the unsigned 32-bit integer at `at`. */
export function get32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** Writes the low 16 bits of `value` at `at`. */
export function set16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 24 bits of `value` at `at`. */
export function set24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}

/** Writes the low 32 bits of `value` at `at`. */
export function set32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Whether `length` bytes at `a[aAt]` and `b[bAt]` are the same. */
export function equalBytes(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aAt + i] !== b[bAt + i]) return false;
  return true;
}

/** The bytes as lower-case hexadecimal digits without separators. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** Bytes of hexadecimal digits; white space between bytes is skipped. Throws `TypeError` on anything else. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new TypeError("expected an even number of hexadecimal digits");
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Joins byte arrays. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** So few octets are copied one by one: a view of them costs more. */
const FEW = 32;

/** Copies `count` octets. */
export function copyOctets(from: Uint8Array, start: number, count: number, to: Uint8Array, at: number): void {
  if (count > FEW) return to.set(from.subarray(start, start + count), at);
  for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}
