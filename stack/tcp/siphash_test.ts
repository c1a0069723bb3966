import { assertEquals } from "@std/assert";
import { SipHash } from "./siphash.ts";

// The vectors of the paper's appendix A: key 00 01 … 0f, messages 00 01 … of growing length.
Deno.test("SipHash-2-4 gives the published values", () => {
  const hash = SipHash.fromKey(Uint8Array.from({ length: 16 }, (_, i) => i));
  const message = (length: number) => Uint8Array.from({ length }, (_, i) => i);
  assertEquals(hash.hash64(message(0)), 0x726fdb47dd0e0e31n);
  assertEquals(hash.hash64(message(1)), 0x74f839c593dc67fdn);
  assertEquals(hash.hash64(message(15)), 0xa129ca6149be45e5n);
});
