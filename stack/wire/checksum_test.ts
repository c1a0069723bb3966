import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { IpAddress } from "./address.ts";
import { fromHex } from "./bytes.ts";
import {
  blockAdd,
  finish,
  fold,
  internetChecksum,
  pseudoHeaderSum,
  pseudoHeaderSum4,
  pseudoHeaderSum6,
  sum,
  update16,
  update32,
} from "./checksum.ts";

/** By definition, with big integers: the sum modulo 2^16-1, and 0xffff for a multiple of it other than zero. */
function reference(bytes: Uint8Array, start: number, end: number): number {
  let total = 0n;
  for (let i = start; i < end; i++) total += BigInt(bytes[i]!) << ((i - start) & 1 ? 0n : 8n);
  return total === 0n ? 0 : Number((total - 1n) % 0xffffn) + 1;
}

Deno.test("RFC 1071 section 3's example", () => {
  const bytes = fromHex("0001f203f4f5f6f7");
  assertEquals(sum(bytes, 0, 8), 0xddf2);
  assertEquals(internetChecksum(bytes, 0, 8), 0x220d);
});

Deno.test("an IPv4 header's checksum", () => {
  const header = fromHex("4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7");
  assertEquals(internetChecksum(header, 0, 20), 0);
  header.set([0, 0], 10);
  assertEquals(internetChecksum(header, 0, 20), 0xb861);
});

Deno.test("sum is the definition's at every length and alignment", () => {
  const bytes = new Uint8Array(400);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 167 + 13) ^ (i >> 3);
  for (let base = 0; base < 4; base++) {
    const shifted = bytes.subarray(base);
    for (let start = 0; start < 5; start++) {
      for (let end = start; end < 380; end++) {
        assertEquals(sum(shifted, start, end), reference(shifted, start, end), `${base} ${start} ${end}`);
      }
    }
  }
});

Deno.test("sum keeps carries of large data", () => {
  for (const length of [65535, 65536, 131071, (1 << 22) + 3]) {
    const bytes = new Uint8Array(length).fill(0xff);
    assertEquals(sum(bytes, 0, length), reference(bytes, 0, length), String(length));
    assertEquals(sum(bytes, 1, length, 0xffff), reference(bytes, 1, length), String(length));
  }
});

Deno.test("parts combine, at odd offsets too", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600, size: "max" }),
      fc.nat(),
      fc.nat({ max: 0xffff }),
      (bytes, at, initial) => {
        const cut = bytes.length === 0 ? 0 : at % bytes.length;
        const whole = sum(bytes, 0, bytes.length);
        assertEquals(blockAdd(sum(bytes, 0, cut), sum(bytes, cut, bytes.length), cut), whole);
        if (cut % 2 === 0) assertEquals(sum(bytes, cut, bytes.length, sum(bytes, 0, cut)), whole);
        assertEquals(sum(bytes, 0, bytes.length, initial), fold(whole + initial));
      },
    ),
  );
});

Deno.test("incremental updates give what a new computation gives", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 20, maxLength: 20 }),
      fc.nat({ max: 7 }),
      fc.nat({ max: 0xffffffff }),
      (bytes, index, value) => {
        bytes[0] = 0x45; // a header is never all zero, where RFC 1624 has its corner case
        const old = internetChecksum(bytes, 0, 20);
        const at = 2 + 2 * index;
        const view = new DataView(bytes.buffer);
        const before = view.getUint32(at);
        view.setUint16(at, value >>> 16);
        assertEquals(update16(old, before >>> 16, value >>> 16), internetChecksum(bytes, 0, 20));
        view.setUint32(at, value);
        assertEquals(update32(old, before, value), internetChecksum(bytes, 0, 20));
      },
    ),
  );
});

Deno.test("RFC 1624 section 4's example", () => {
  assertEquals(update16(0xdd2f, 0x5555, 0x3285), 0x0000);
});

Deno.test("pseudo-headers in place and from addresses agree", () => {
  const bytes = fromHex("c0a80001 c0a800c7");
  const expected = reference(fromHex("c0a80001c0a800c700060028"), 0, 12);
  assertEquals(pseudoHeaderSum4(bytes, 0, 4, 6, 40), expected);
  assertEquals(pseudoHeaderSum(IpAddress.from(bytes, 0, 4), IpAddress.from(bytes, 4, 4), 6, 40), expected);
  const a = IpAddress.parse("2001:db8::ff");
  const b = IpAddress.parse("fe80::1234:5678");
  const both = new Uint8Array(40);
  a.write(both, 0);
  b.write(both, 16);
  both.set([0, 1, 0, 3, 0, 0, 0, 58], 32);
  assertEquals(pseudoHeaderSum6(both, 0, 16, 58, 0x10003), reference(both, 0, 40));
  assertEquals(pseudoHeaderSum(a, b, 58, 0x10003), reference(both, 0, 40));
  assert(finish(reference(both, 0, 40)) === internetChecksum(both, 0, 40));
});
