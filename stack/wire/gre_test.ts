import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { concatBytes, fromHex } from "./bytes.ts";
import { WireError } from "./error.ts";
import * as gre from "./gre.ts";

const codec = { ...gre, parse: gre.parse };

Deno.test("every combination of fields", () => {
  const flags = fc.subarray([gre.GRE_CSUM, gre.GRE_KEY, gre.GRE_SEQ]).map((set) => set.reduce((a, b) => a | b, 0));
  fc.assert(fc.property(flags, fc.nat(0xffffffff), fc.nat(0xffffffff), (flags, key, sequenceNumber) => {
    const bytes = gre.emit({ flags, protocol: 0x0800, key, sequenceNumber });
    assertEquals(bytes.length, gre.lengthOf(flags));
    const { header } = gre.parse(bytes);
    assertEquals(header.key, flags & gre.GRE_KEY ? key : 0);
    assertEquals(header.sequenceNumber, flags & gre.GRE_SEQ ? sequenceNumber : 0);
    assertEquals(gre.fieldsOf(flags).at(-1)!.bit + gre.fieldsOf(flags).at(-1)!.bits, 8 * bytes.length);
    assertTruncates(codec, bytes);
  }));
});

Deno.test("the layout of RFC 2890", () => {
  const bytes = gre.emit({ flags: 0xb000, protocol: 0x86dd, checksum: 0x1234, offset: 0, key: 7, sequenceNumber: 9 });
  assertEquals(bytes, fromHex("b00086dd 12340000 00000007 00000009"));
  assertEquals(gre.format(gre.parse(bytes).header), "gre flags 0xb000 proto 0x86dd sum 0x1234 off 0 key 7 seq 9");
});

Deno.test("the checksum covers header and payload", () => {
  const packet = concatBytes(gre.emit({ flags: gre.GRE_CSUM, protocol: 0x0800 }), fromHex("0102030405"));
  assert(!gre.verifyChecksum(packet, 0, packet.length));
  gre.fillChecksum(packet, 0, packet.length);
  assert(gre.verifyChecksum(packet, 0, packet.length));
  packet[10]! ^= 1;
  assert(!gre.verifyChecksum(packet, 0, packet.length));
  const without = gre.emit({ protocol: 0x0800 });
  gre.fillChecksum(without, 0, 4);
  assertEquals(without, fromHex("00000800"));
  assert(gre.verifyChecksum(without, 0, 4));
});

Deno.test("each problem is found", () => {
  assertEquals(gre.check(fromHex("000008"), 0, 3), "truncated");
  assertEquals(gre.check(fromHex("80000800"), 0, 4), "truncated");
  assertEquals(gre.check(fromHex("00010800"), 0, 4), "version");
  assertEquals(gre.check(fromHex("40000800"), 0, 4), "routing");
  assertThrows(() => gre.parse(fromHex("00010800")), WireError, "version");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  assertRoundTrips({ ...codec, bytes: bytesStarting([[0, 0], [0xb0, 0], [0x2f, 0xf8], [0x80, 0]], 30) });
});
