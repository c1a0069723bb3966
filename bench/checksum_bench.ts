/**
 * The Internet checksum against its alternatives: `deno bench bench/checksum_bench.ts`. The baseline of each group is the
 * loop over 16-bit words that RFC 1071 section 4.1 has.
 *
 * @module
 */
import { fold, sum } from "../stack/wire/checksum.ts";

/** RFC 1071's loop. */
function naive(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (; at + 1 < end; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) total += bytes[at]! << 8;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return total;
}

/** Sixteen bytes a turn. */
function unrolled(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (const last = end - 15; at < last; at += 16) {
    total = (total + ((bytes[at]! << 8) | bytes[at + 1]!) + ((bytes[at + 2]! << 8) | bytes[at + 3]!) +
      ((bytes[at + 4]! << 8) | bytes[at + 5]!) + ((bytes[at + 6]! << 8) | bytes[at + 7]!) +
      ((bytes[at + 8]! << 8) | bytes[at + 9]!) + ((bytes[at + 10]! << 8) | bytes[at + 11]!) +
      ((bytes[at + 12]! << 8) | bytes[at + 13]!) + ((bytes[at + 14]! << 8) | bytes[at + 15]!)) | 0;
  }
  for (; at < end - 1; at += 2) total = (total + ((bytes[at]! << 8) | bytes[at + 1]!)) | 0;
  if (at < end) total = (total + (bytes[at]! << 8)) | 0;
  return fold(total >>> 0);
}

/** 16-bit words in the machine's order, through a view made for each call; aligned data on a little-endian machine only. */
function words16(bytes: Uint8Array, start: number, end: number): number {
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset + start, (end - start) >> 1);
  let total = 0;
  for (let i = 0; i < words.length; i++) total = (total + words[i]!) | 0;
  if ((end - start) & 1) total = (total + bytes[end - 1]!) | 0;
  total = fold(total >>> 0);
  return ((total & 0xff) << 8) | (total >>> 8);
}

/** 32-bit words through a DataView made for each call. */
function dataView(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let low = 0;
  let high = 0;
  let at = start;
  for (const last = end - 15; at < last; at += 16) {
    const a = view.getInt32(at);
    const b = view.getInt32(at + 4);
    const c = view.getInt32(at + 8);
    const d = view.getInt32(at + 12);
    low = (low + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
    high = (high + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
  }
  let total = fold(low) + fold(high);
  for (; at < end - 1; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) total += bytes[at]! << 8;
  return fold(total);
}

const packets = Array.from({ length: 16 }, (_, seed) => {
  const bytes = new Uint8Array(65552);
  for (let i = 0, state = seed + 1; i < bytes.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
});

type Sum = (bytes: Uint8Array, start: number, end: number) => number;

/** `start` is where an Ethernet or TUN payload would lie: sums start there. */
function bench(name: string, length: number, start: number, run: Sum, baseline = false): void {
  const bytes = packets[0]!;
  const expected = naive(bytes, start, start + length);
  if (run(bytes, start, start + length) !== expected) throw new Error(`${name} is wrong at ${length} bytes`);
  const end = start + length;
  Deno.bench({ name, group: `${length} bytes`, baseline, fn: () => void run(bytes, start, end) });
}

for (const length of [20, 64, 1500, 65535]) {
  bench("naive", length, 0, naive, true);
  bench("unrolled bytes", length, 0, unrolled);
  bench("Uint16Array", length, 0, words16);
  bench("DataView", length, 0, dataView);
  bench("sum", length, 0, sum);
  bench("sum, odd start", length, 3, sum);
  let turn = 0;
  Deno.bench({
    name: "sum, another buffer each time",
    group: `${length} bytes`,
    fn: () => void sum(packets[turn++ & 15]!, 0, length),
  });
}
