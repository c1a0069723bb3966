/**
 * The Internet checksum: RFC 1071, and RFC 1624 for incremental updates.
 *
 * A *partial sum* is a ones' complement sum that has been folded to 16 bits and not yet complemented. Partial sums
 * chain through `initial`.
 *
 * @module
 */
import { get16 } from "./bytes.ts";

/** Folds carries until 16 bits are left; does not complement. `sum` is a non-negative integer below 2^32. */
export function fold(sum: number): number {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** The checksum field's value for a partial sum: folded and complemented. */
export function finish(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/**
 * Partial sum of `bytes[start, end)` as big-endian 16-bit words, added to `initial` (below 2^31); a last odd byte is
 * padded with zero. The first byte counts as the first of a word wherever it lies in memory; for a part that starts at
 * an odd offset of the data being summed, see {@link blockAdd}.
 */
export function sum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let total = fold(initial);
  let at = start;
  while (at < end) {
    // 32,768 words of 0xffff and the folded total fit 32 bits.
    const stop = end - at > 0xffff ? at + 0x10000 - 2 : end - 1;
    for (; at < stop; at += 2) total = (total + ((bytes[at]! << 8) | bytes[at + 1]!)) >>> 0;
    if (at === end - 1) {
      total = (total + (bytes[at]! << 8)) >>> 0;
      at++;
    }
    total = fold(total);
  }
  return total;
}

/** Adds the partial sum of a part that starts `offset` bytes into the data: one at an odd offset counts swapped (`csum_block_add`). */
export function blockAdd(total: number, part: number, offset: number): number {
  part = fold(part);
  if (offset & 1) part = ((part & 0xff) << 8) | (part >>> 8);
  return fold(fold(total) + part);
}

/** The checksum field's value over `bytes[start, end)`. Over data that holds its own checksum, 0 says it is right. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return ~sum(bytes, start, end, initial) & 0xffff;
}

/**
 * Partial sum of the IPv4 pseudo-header (RFC 9293 section 3.1) from addresses in place.
 *
 * @param source offset of the 4-byte source address in `bytes`
 * @param destination offset of the 4-byte destination address
 * @param length length of the upper-layer header and data in bytes
 */
export function pseudoHeaderSum4(
  bytes: Uint8Array,
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  return fold(
    get16(bytes, source) + get16(bytes, source + 2) + get16(bytes, destination) + get16(bytes, destination + 2) +
      protocol + length,
  );
}

/** Partial sum of the IPv6 pseudo-header (RFC 8200 section 8.1) from 16-byte addresses in place; as {@link pseudoHeaderSum4}. */
export function pseudoHeaderSum6(
  bytes: Uint8Array,
  source: number,
  destination: number,
  protocol: number,
  length: number,
): number {
  let total = protocol + (length & 0xffff) + (length >>> 16);
  for (let i = 0; i < 16; i += 2) total += get16(bytes, source + i) + get16(bytes, destination + i);
  return fold(total);
}

/** Partial sum of the pseudo-header from two addresses of the same family, for {@link IpAddress} or anything with its `bytes`. */
export function pseudoHeaderSum(
  source: { readonly bytes: Uint8Array },
  destination: { readonly bytes: Uint8Array },
  protocol: number,
  length: number,
): number {
  let total = protocol + (length & 0xffff) + (length >>> 16);
  const a = source.bytes;
  const b = destination.bytes;
  for (let i = 0; i < a.length; i += 2) total += get16(a, i);
  for (let i = 0; i < b.length; i += 2) total += get16(b, i);
  return fold(total);
}

/** The checksum after a 16-bit word it covers changed from `before` to `after`: RFC 1624 equation 3. */
export function update16(checksum: number, before: number, after: number): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff;
}

/** As {@link update16} for a 32-bit field at an even offset. */
export function update32(checksum: number, before: number, after: number): number {
  return update16(
    update16(checksum, before >>> 16, after >>> 16),
    before & 0xffff,
    after & 0xffff,
  );
}
