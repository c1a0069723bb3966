import { assertEquals } from "@std/assert";
import { siphash, sipKey } from "./siphash.ts";

Deno.test("siphash: the authors' test vectors", () => {
  const key = sipKey(Uint8Array.from({ length: 16 }, (_, i) => i));
  const message = Uint8Array.from({ length: 16 }, (_, i) => i);
  assertEquals(siphash(message.subarray(0, 0), key), 0x726fdb47dd0e0e31n);
  assertEquals(siphash(message.subarray(0, 1), key), 0x74f839c593dc67fdn);
  assertEquals(siphash(message.subarray(0, 7), key), 0xab0200f58b01d137n);
  assertEquals(siphash(message.subarray(0, 8), key), 0x93f5f5799a932462n);
  assertEquals(siphash(message.subarray(0, 15), key), 0xa129ca6149be45e5n);
});
