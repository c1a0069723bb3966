import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SystemError } from "./errno.ts";
import { attribute, concat, NetlinkSocket, parseAttributes, stringOf, u32, zstring } from "./netlink.ts";

Deno.test("attributes round-trip", () => {
  const list = fc.array(fc.tuple(fc.nat(0x3fff), fc.uint8Array({ maxLength: 40 })));
  fc.assert(fc.property(list, (attributes) => {
    const bytes = concat(...attributes.map(([type, payload]) => attribute(type, payload)));
    const parsed = parseAttributes(bytes).map(({ type, payload }) => [type, [...payload]]);
    assertEquals(parsed, attributes.map(([type, payload]) => [type, [...payload]]));
  }));
});

Deno.test("no bytes make the parser read beyond them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    let total = 0;
    for (const { payload } of parseAttributes(new Uint8Array(bytes))) total += 4 + payload.length;
    assert(total <= bytes.length);
  }));
});

Deno.test("strings end at their zero byte", () => {
  assertEquals(stringOf(zstring("eth0")), "eth0");
  assertEquals(stringOf(new TextEncoder().encode("no end")), "no end");
});

Deno.test("an unknown request is the kernel's error", () => {
  using socket = new NetlinkSocket();
  assertThrows(() => socket.request(0x7f0, 0, u32(0), "nonsense"), SystemError, "nonsense: EOPNOTSUPP");
  assertThrows(() => attribute(1, new Uint8Array(70_000)), RangeError);
});
