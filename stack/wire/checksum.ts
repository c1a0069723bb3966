/**
 * The Internet checksum: RFC 1071, and RFC 1624 for incremental updates.
 *
 * A *partial sum* is a ones' complement sum that has been folded to 16 bits and not yet complemented. Partial sums
 * chain through `initial`.
 *
 * @module
 */
import { get16, set16, set32 } from "./bytes.ts";

/** Folds carries until 16 bits are left; does not complement. `sum` is a non-negative integer below 2^32. */
export function fold(sum: number): number {
  sum = (sum & 0xffff) + (sum >>> 16);
  return (sum & 0xffff) + (sum >>> 16);
}

/** The checksum field's value for a partial sum: folded and complemented. */
export function finish(sum: number): number {
  return ~fold(sum) & 0xffff;
}

/** Below this many bytes a loop over bytes is faster than one over words with its set-up; measured in `bench/checksum_bench.ts`. */
const WORDS_WORTH_IT = 128;

/** Bytes that are summed in a double without rounding: 2^20 words of 32 bits stay far below 2^53. */
const CHUNK = 1 << 22;

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

// Packets that share one ArrayBuffer share one view, so that a batch of them allocates nothing.
let viewed: ArrayBufferLike = new ArrayBuffer(0);
let view: Uint32Array = new Uint32Array(viewed);

function wordsOf(buffer: ArrayBufferLike): Uint32Array {
  if (buffer !== viewed) {
    viewed = buffer;
    view = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }
  return view;
}

/**
 * Partial sum of `bytes[start, end)` as big-endian 16-bit words, added to `initial` (below 2^31); a last odd byte is
 * padded with zero. The first byte counts as the first of a word wherever it lies in memory; for a part that starts at
 * an odd offset of the data being summed, see {@link blockAdd}.
 */
export function sum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  if (end - start < WORDS_WORTH_IT) return sumBytes(bytes, start, end, initial);
  const words = wordsOf(bytes.buffer);
  let total = initial;
  for (; end - start > CHUNK; start += CHUNK) total = sumWords(bytes, words, start, start + CHUNK, total);
  return sumWords(bytes, words, start, end, total);
}

/** {@link sum} for fewer than 2^15 bytes, byte by byte. */
function sumBytes(bytes: Uint8Array, start: number, end: number, initial: number): number {
  let total = fold(initial);
  let at = start;
  for (const last = end - 1; at < last; at += 2) total = (total + ((bytes[at]! << 8) | bytes[at + 1]!)) | 0;
  if (at < end) total = (total + (bytes[at]! << 8)) | 0;
  return fold(total);
}

/**
 * {@link sum} for at most {@link CHUNK} bytes, 32 bits at a time in the machine's byte order, which RFC 1071 section 2
 * allows: the sum of swapped words is the swapped sum. Four running sums because each addition waits for the one before;
 * doubles because they hold the carries.
 */
function sumWords(bytes: Uint8Array, words: Uint32Array, start: number, end: number, initial: number): number {
  const base = bytes.byteOffset;
  let total = fold(initial);
  let at = start;
  while (((base + at) & 3) !== 0 && at < end) total += (at++ - start) & 1 ? bytes[at - 1]! : bytes[at - 1]! << 8;
  const swapped = ((at - start) & 1) === 0 ? LITTLE_ENDIAN : !LITTLE_ENDIAN;
  let word = (base + at) >>> 2;
  const stop = (base + end) >>> 2;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (const last = stop - 7; word < last; word += 8) {
    a += words[word]! + words[word + 4]!;
    b += words[word + 1]! + words[word + 5]!;
    c += words[word + 2]! + words[word + 6]!;
    d += words[word + 3]! + words[word + 7]!;
  }
  for (; word < stop; word++) a += words[word]!;
  const wide = a + b + c + d;
  const native = fold(fold(wide >>> 0) + fold(Math.floor(wide / 0x100000000)));
  for (let i = Math.max(at, stop * 4 - base); i < end; i++) total += (i - start) & 1 ? bytes[i]! : bytes[i]! << 8;
  return fold(total + (swapped ? ((native & 0xff) << 8) | (native >>> 8) : native));
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

/** What stands behind the addresses in a pseudo-header, for who needs its octets (RFC 9293 section 3.1, RFC 8200 section 8.1). */
export function pseudoHeaderTail(family: 4 | 6, protocol: number, length: number): Uint8Array {
  const tail = new Uint8Array(family === 4 ? 4 : 8);
  tail[family === 4 ? 1 : 7] = protocol;
  if (family === 4) set16(tail, 2, length);
  else set32(tail, 0, length);
  return tail;
}
