import { assertEquals, assertThrows } from "@std/assert";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { fromHex } from "./bytes.ts";
import { WireError } from "./error.ts";
import * as extension from "./icmp_extension.ts";

// As traceroute shows it: one MPLS label (RFC 4950), label 16000, bottom of stack, time to live 1.
const MPLS = { classNum: extension.CLASS_MPLS, cType: 1, payload: fromHex("03e80101") };

Deno.test("a structure with a label stack", () => {
  const bytes = extension.emit({ objects: [MPLS] });
  assertEquals(bytes.slice(0, 2), fromHex("2000"));
  assertEquals(extension.check(bytes, 0, bytes.length), undefined);
  const { header } = extension.parse(bytes);
  assertEquals(header.objects, [MPLS]);
  assertEquals(extension.format(header), "extension <class 1 type 1 (4)>");
  assertTruncates({ ...extension, parse: extension.parse }, bytes);
});

Deno.test("each problem is found", () => {
  const bytes = extension.emit({ objects: [MPLS] });
  assertEquals(extension.check(bytes, 0, 3), "truncated");
  const wrong = bytes.slice();
  wrong[8]! ^= 1;
  assertEquals(extension.check(wrong, 0, wrong.length), "checksum");
  assertEquals(extension.parse(wrong).header.objects.length, 1);
  wrong.set([0, 0], 2); // no checksum was computed
  assertEquals(extension.check(wrong, 0, wrong.length), undefined);
  wrong[5] = 9;
  assertEquals(extension.check(wrong, 0, wrong.length), "object-length");
  wrong[5] = 3;
  assertThrows(() => extension.parse(wrong), WireError, "object-length");
  wrong[0] = 0x10;
  assertEquals(extension.check(wrong, 0, wrong.length), "version");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const bytes = bytesStarting(
    [[0x20, 0, 0, 0], [0x20, 0, 0, 0, 0, 4, 1, 1], [0x2f, 1, 0x12, 0x34, 0, 6, 1, 1, 9, 9]],
    4,
  );
  assertRoundTrips({ ...extension, parse: extension.parse, bytes });
});
