import { assertEquals } from "@std/assert";
import { copyOctets } from "./bytes.ts";

Deno.test("bytes: a stretch is copied to its place and nothing else is touched, few octets or many", () => {
  const from = Uint8Array.from({ length: 200 }, (_, i) => i + 1);
  for (const count of [0, 1, 31, 32, 33, 100]) {
    const to = new Uint8Array(120);
    copyOctets(from, 50, count, to, 10);
    assertEquals(to.subarray(10, 10 + count), from.subarray(50, 50 + count));
    assertEquals([...to.subarray(0, 10), ...to.subarray(10 + count)].every((octet) => octet === 0), true);
  }
});
