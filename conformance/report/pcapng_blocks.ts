/**
 * What pcapng files are made of (draft-ietf-opsawg-pcapng): blocks and their options, little-endian.
 *
 * @module
 */

/** `length` rounded up to a multiple of 4. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** An option has at most so many octets. */
const MAX_OPTION = 0xffff;

/** An option of a block; what is longer than an option may be is cut. */
export function option(code: number, whole: Uint8Array): Uint8Array {
  const value = whole.subarray(0, MAX_OPTION);
  const out = new Uint8Array(4 + padded(value.length));
  const view = new DataView(out.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  out.set(value, 4);
  return out;
}

/** All parts in a row. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A block of a type, with its length at both ends. */
export function block(type: number, body: readonly Uint8Array[]): Uint8Array {
  const content = concatenate(body);
  const out = new Uint8Array(12 + content.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, out.length, true);
  out.set(content, 8);
  view.setUint32(out.length - 4, out.length, true);
  return out;
}

/** 32-bit numbers. */
export function words(...values: number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value >>> 0, true));
  return out;
}

/** What stands behind the last option of a block. */
export const END_OF_OPTIONS: Uint8Array = option(0, new Uint8Array());
