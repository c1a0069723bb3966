import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 as crc32OfZlib } from "node:zlib";
import { crc32 } from "./crc32.ts";

Deno.test("CRC-32 is that of zlib", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assertEquals(crc32(bytes), crc32OfZlib(bytes))));
});
