import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseRange } from "./range.ts";

Deno.test("range: first and last octet, from, last so many (RFC 9110 section 14.1.2)", () => {
  assertEquals(parseRange("bytes=0-499", 1000), { start: 0, end: 500 });
  assertEquals(parseRange("bytes=500-", 1000), { start: 500, end: 1000 });
  assertEquals(parseRange("bytes=-500", 1000), { start: 500, end: 1000 });
  assertEquals(parseRange("bytes=900-2000", 1000), { start: 900, end: 1000 });
  assertEquals(parseRange("bytes=-2000", 1000), { start: 0, end: 1000 });
  assertEquals(parseRange("bytes=1000-", 1000), "unsatisfiable");
  assertEquals(parseRange("bytes=-0", 1000), "unsatisfiable");
  assertEquals(parseRange("bytes=0-", 0), "unsatisfiable");
  for (const field of [undefined, "bytes=5-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"]) {
    assertEquals(parseRange(field, 1000), undefined);
  }
});

Deno.test("range: whatever is asked for lies within the file", () => {
  const number = fc.oneof(fc.constant(""), fc.nat(2000).map(String));
  fc.assert(fc.property(number, number, fc.nat(1500), (first, last, size) => {
    const range = parseRange(`bytes=${first}-${last}`, size);
    if (typeof range !== "object") return;
    assert(range.start >= 0 && range.start < range.end && range.end <= size);
  }));
});
