import { assertEquals, assertThrows } from "@std/assert";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { fromHex } from "./bytes.ts";
import { WireError } from "./error.ts";
import * as mpls from "./mpls.ts";

const codec = { ...mpls, parse: mpls.parse };

Deno.test("the layout of RFC 3032", () => {
  const header: mpls.MplsHeader = {
    entries: [
      { label: 0xfffff, trafficClass: 0, bottomOfStack: false, timeToLive: 64 },
      { label: 16, trafficClass: 5, bottomOfStack: true, timeToLive: 255 },
    ],
  };
  const bytes = mpls.emit(header);
  assertEquals(bytes, fromHex("fffff040 00010bff"));
  assertEquals(mpls.parse(bytes).header, header);
  assertEquals(mpls.format(header), "mpls (label 1048575, tc 0, ttl 64) (label 16, tc 5, [S], ttl 255)");
  assertEquals([mpls.label(bytes, 4), mpls.trafficClass(bytes, 4), mpls.timeToLive(bytes, 4)], [16, 5, 255]);
  assertTruncates(codec, bytes);
});

Deno.test("each problem is found", () => {
  assertEquals(mpls.check(fromHex("fffff0"), 0, 3), "truncated");
  assertEquals(mpls.check(fromHex("fffff040"), 0, 4), "truncated");
  assertEquals(mpls.check(new Uint8Array(400), 0, 400), "too-many");
  assertThrows(() => mpls.parse(new Uint8Array(400)), WireError, "too-many");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  assertRoundTrips({ ...codec, bytes: bytesStarting([[0, 0, 1, 64], [0, 1, 0, 64, 0, 0, 1, 64], []], 40) });
});
