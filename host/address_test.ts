import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatAddress, parseAddress, parsePrefix } from "./address.ts";

Deno.test("addresses round-trip", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.constantFrom(0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((array) => new Uint8Array(array)),
  );
  fc.assert(fc.property(bytes, (address) => {
    assertEquals([...parseAddress(formatAddress(address))], [...address]);
  }));
});

Deno.test("the text form is that of RFC 5952", () => {
  for (
    const [text, canonical] of [
      ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
      ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
      ["::", "::"],
      ["::1", "::1"],
      ["fe80::", "fe80::"],
      ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
      ["1::2:0:0:0:3", "1:0:0:2::3"],
    ] as const
  ) {
    assertEquals(formatAddress(parseAddress(text)), canonical);
  }
});

Deno.test("what is not an address is refused", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4.5",
    ":",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "g::",
    "::1%eth0",
  ];
  for (const text of [...wrong, "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "1.2.3.4::", "12345::"]) {
    assertThrows(() => parseAddress(text), TypeError, "Not an IPv4 or IPv6 address");
  }
  for (const text of ["1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/-1"]) {
    assertThrows(() => parsePrefix(text), TypeError);
  }
  assertEquals(parsePrefix("10.1.2.3/8").prefixLength, 8);
  assertEquals(parsePrefix("::1").prefixLength, 128);
});
