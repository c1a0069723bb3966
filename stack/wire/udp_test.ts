import { assert, assertEquals, assertThrows } from "@std/assert";
import { udp as frame, udp6 } from "./_kernel_frames.ts";
import { assertRoundTrips, bytesStarting } from "./_round_trip_test.ts";
import { pseudoHeaderSum4, pseudoHeaderSum6 } from "./checksum.ts";
import { WireError } from "./error.ts";
import * as udp from "./udp.ts";

Deno.test("a kernel's datagrams", () => {
  const { header } = udp.parse(frame, 34);
  assertEquals(udp.format(header), "udp 60987 > 9 (5)");
  assert(udp.verifyChecksum(frame, 34, frame.length, pseudoHeaderSum4(frame, 26, 30, 17, 13)));
  assert(udp.verifyChecksum(udp6, 54, udp6.length, pseudoHeaderSum6(udp6, 22, 38, 17, 13)));
  const copy = udp6.slice();
  udp.setChecksum(copy, 54, 0);
  udp.fillChecksum(copy, 54, copy.length, pseudoHeaderSum6(udp6, 22, 38, 17, 13));
  assertEquals(copy, udp6);
});

Deno.test("a checksum of zero is sent as 0xffff", () => {
  const bytes = Uint8Array.of(0xff, 0xff - 8, 0, 0, 0, 8, 0, 0);
  udp.fillChecksum(bytes, 0, 8, 0);
  assertEquals(udp.checksum(bytes, 0), 0xffff);
  assert(udp.verifyChecksum(bytes, 0, 8, 0));
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const bytes = bytesStarting([[0, 1, 0, 2, 0, 8], [0xff, 0xff, 0, 2, 0, 20], [0, 1, 0, 2, 0, 7], [0, 1, 0, 2, 0, 90]]);
  assertRoundTrips({ parse: udp.parse, emit: udp.emit, format: udp.format, bytes });
  assertRoundTrips({ parse: udp.parseQuoted, emit: udp.emit, format: udp.format, bytes });
});

Deno.test("each problem is found", () => {
  const bytes = udp.emit({ sourcePort: 1, destinationPort: 2 }, 0);
  assertEquals(udp.check(bytes, 0, 8), undefined);
  assertEquals(udp.check(bytes, 0, 7), "truncated");
  udp.setLength(bytes, 0, 9);
  assertEquals(udp.check(bytes, 0, 8), "length");
  udp.setLength(bytes, 0, 7);
  assertEquals(udp.check(bytes, 0, 8), "length");
  assertThrows(() => udp.parse(bytes), WireError, "length");
});

Deno.test("accessors read what setters wrote", () => {
  const bytes = new Uint8Array(10);
  udp.setSourcePort(bytes, 1, 0xabcd);
  udp.setDestinationPort(bytes, 1, 53);
  udp.setLength(bytes, 1, 8);
  udp.setChecksum(bytes, 1, 0x1234);
  assertEquals([...bytes], [0, 0xab, 0xcd, 0, 53, 0, 8, 0x12, 0x34, 0]);
  assertEquals(
    [udp.sourcePort(bytes, 1), udp.destinationPort(bytes, 1), udp.length(bytes, 1), udp.checksum(bytes, 1)],
    [0xabcd, 53, 8, 0x1234],
  );
});
