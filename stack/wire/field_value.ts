/**
 * Reading a field by its layout, for listings of all fields of a header.
 *
 * @module
 */
import type { FieldLayout } from "./error.ts";

/** The bits of a field of the header at `offset`, as an unsigned number. Octets behind the end read as zero. */
export function fieldValue(bytes: Uint8Array, offset: number, { bit, bits }: FieldLayout): bigint {
  const first = offset + (bit >> 3);
  const last = offset + ((bit + bits - 1) >> 3);
  let value = 0n;
  for (let at = first; at <= last; at++) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  const behind = (last - offset + 1) * 8 - bit - bits;
  return (value >> BigInt(behind)) & ((1n << BigInt(bits)) - 1n);
}
