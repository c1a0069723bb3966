import { assertEquals } from "@std/assert";
import { field } from "./error.ts";
import { fieldValue } from "./field_value.ts";
import * as ipv6 from "./ipv6.ts";
import * as tcp from "./tcp.ts";

Deno.test("field: bits inside an octet, over octets, and of whole words", () => {
  const bytes = Uint8Array.of(0xff, 0x45, 0x12, 0x34, 0x56, 0x78);
  assertEquals(fieldValue(bytes, 1, field("a", 0, 4)), 4n);
  assertEquals(fieldValue(bytes, 1, field("b", 0, 4, 4)), 5n);
  assertEquals(fieldValue(bytes, 1, field("c", 0, 9, 7)), 0x112n);
  assertEquals(fieldValue(bytes, 1, field("d", 1, 32)), 0x12345678n);
  assertEquals(fieldValue(bytes, 1, field("e", 3, 32)), 0x56780000n);
});

Deno.test("field: every layout of a header agrees with its accessor", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, i) => (i * 37 + 11) & 255);
  const value = (fields: typeof tcp.FIELDS, name: string) =>
    Number(fieldValue(bytes, 0, fields.find((one) => one.name === name)!));
  assertEquals(value(tcp.FIELDS, "sequenceNumber"), tcp.sequenceNumber(bytes, 0));
  assertEquals(value(tcp.FIELDS, "flags"), tcp.flags(bytes, 0) & 0x1ff);
  assertEquals(value(tcp.FIELDS, "dataOffset") * 4, tcp.headerLength(bytes, 0));
  assertEquals(value(ipv6.FIELDS, "flowLabel"), ipv6.flowLabel(bytes, 0));
  assertEquals(value(ipv6.FIELDS, "dscp") * 4 + value(ipv6.FIELDS, "ecn"), ipv6.trafficClass(bytes, 0));
});
