import { assertEquals } from "@std/assert";
import { fromHex } from "./bytes.ts";
import * as gre from "./gre.ts";

const FIELDS = { protocol: 0x86dd, checksum: 0x1234, offset: 0, key: 7, sequence: 9 };

Deno.test("the layout of RFC 2890, with every combination of fields", () => {
  assertEquals(gre.emit({ ...FIELDS, flags: 0xb000 }), fromHex("b00086dd 12340000 00000007 00000009"));
  assertEquals(gre.emit({ ...FIELDS, flags: 0x3000 }), fromHex("300086dd 00000007 00000009"));
  assertEquals(gre.emit({ ...FIELDS, flags: 0x9000 }), fromHex("900086dd 12340000 00000009"));
  assertEquals(gre.emit({ ...FIELDS, flags: 0x2000 }), fromHex("200086dd 00000007"));
  assertEquals(gre.emit({ ...FIELDS, flags: 0 }), fromHex("000086dd"));
  const whole = gre.emit({ ...FIELDS, flags: 0xb000 });
  assertEquals([gre.flags(whole, 0), gre.protocol(whole, 0), gre.headerLength(whole, 0)], [0xb000, 0x86dd, 16]);
  const [, last, length] = gre.WHOLE.at(-1)!;
  assertEquals(last + length, whole.length);
});

Deno.test("each problem is found", () => {
  assertEquals(gre.check(fromHex("000008"), 0, 3), "truncated");
  assertEquals(gre.check(fromHex("80000800"), 0, 4), "truncated");
  assertEquals(gre.check(fromHex("00010800"), 0, 4), "version");
  assertEquals(gre.check(fromHex("40000800"), 0, 4), "routing");
  assertEquals(gre.check(fromHex("00000800"), 0, 4), undefined);
});
