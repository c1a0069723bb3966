import { assertEquals } from "@std/assert";
import { fromHex } from "./bytes.ts";
import * as mpls from "./mpls.ts";

Deno.test("the layout of RFC 3032", () => {
  const bytes = mpls.emit([
    { label: 0xfffff, trafficClass: 0, bottom: false, ttl: 64 },
    { label: 16, trafficClass: 5, bottom: true, ttl: 255 },
  ]);
  assertEquals(bytes, fromHex("fffff040 00010bff"));
  assertEquals(mpls.word(bytes, 4), 0x00010bff);
});

Deno.test("a stack ends at its bottom, or is none", () => {
  const bytes = fromHex("fffff040 00010bff 00000100");
  assertEquals(mpls.stackLength(bytes, 0, 12), 8);
  assertEquals(mpls.stackLength(bytes, 0, 8), 8);
  assertEquals(mpls.stackLength(bytes, 0, 7), 0);
  assertEquals(mpls.stackLength(new Uint8Array(400), 0, 400), 0);
});
