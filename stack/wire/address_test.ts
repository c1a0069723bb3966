import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatPrefix, hashBytes, IpAddress, MacAddress, maskToLength, parsePrefix } from "./address.ts";

Deno.test("IPv4 text", () => {
  const address = IpAddress.parse("192.0.2.1");
  assertEquals(address.family, 4);
  assertEquals([...address.bytes], [192, 0, 2, 1]);
  assertEquals(address.u32, 0xc0000201);
  assertEquals(String(IpAddress.fromU32(0xc0000201)), "192.0.2.1");
});

Deno.test("text that is no address", () => {
  const wrong = ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "1..2.3", ":", ":::", "1:2:3:4:5:6:7", "::1::2"];
  wrong.push("1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4:5:6:7::8:9", "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:");
  wrong.push("1:2:3:4:5:6:7:8::", "1.2.3.4 ", "0x1.2.3.4");
  for (const text of wrong) {
    assertThrows(() => IpAddress.parse(text), SyntaxError, JSON.stringify(text));
    assertEquals(IpAddress.tryParse(text), undefined, text);
  }
});

Deno.test("IPv6 text is canonical by RFC 5952", () => {
  const cases: [string, string][] = [
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ];
  for (const [text, canonical] of cases) assertEquals(IpAddress.parse(text).key, canonical);
});

Deno.test("text of any address parses to the address", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }).map((values) =>
      Uint8Array.from(values)
    ),
  );
  fc.assert(fc.property(bytes, (bytes) => {
    const address = new IpAddress(bytes);
    const again = IpAddress.parse(address.toString());
    assert(again.equals(address));
    assertEquals(again.key, address.key);
    assertEquals(again.hash, address.hash);
  }));
});

Deno.test("kinds of addresses", () => {
  const kinds = (text: string) => {
    const a = IpAddress.parse(text);
    return [
      a.isUnspecified && "unspecified",
      a.isLoopback && "loopback",
      a.isMulticast && "multicast",
      a.isLinkLocal && "link-local",
      a.isLinkLocalMulticast && "link-local multicast",
      a.isBroadcast && "broadcast",
      a.isV4Mapped && "mapped",
    ].filter((kind) => kind !== false).join();
  };
  assertEquals(kinds("0.0.0.0"), "unspecified");
  assertEquals(kinds("::"), "unspecified");
  assertEquals(kinds("127.9.9.9"), "loopback");
  assertEquals(kinds("::1"), "loopback");
  assertEquals(kinds("::ffff:127.0.0.1"), "loopback,mapped");
  assertEquals(kinds("224.0.0.22"), "multicast,link-local multicast");
  assertEquals(kinds("239.255.255.255"), "multicast");
  assertEquals(kinds("240.0.0.0"), "");
  assertEquals(kinds("ff02::1"), "multicast,link-local multicast");
  assertEquals(kinds("ff05::2"), "multicast");
  assertEquals(kinds("169.254.1.1"), "link-local");
  assertEquals(kinds("fe80::1"), "link-local");
  assertEquals(kinds("febf::1"), "link-local");
  assertEquals(kinds("fec0::1"), "");
  assertEquals(kinds("255.255.255.255"), "broadcast");
  assertEquals(kinds("192.0.2.1"), "");
});

Deno.test("mapped addresses", () => {
  const v4 = IpAddress.parse("192.0.2.1");
  const mapped = v4.toV4Mapped();
  assertEquals(mapped.key, "::ffff:192.0.2.1");
  assert(mapped.unmapped().equals(v4));
  assert(v4.unmapped() === v4);
  assertFalse(mapped.equals(v4));
});

Deno.test("prefixes", () => {
  const { address, length } = parsePrefix("192.0.2.128/25");
  assertEquals([address.key, length], ["192.0.2.128", 25]);
  assert(IpAddress.parse("192.0.2.200").inPrefix(address, length));
  assertFalse(IpAddress.parse("192.0.2.127").inPrefix(address, length));
  assertFalse(IpAddress.parse("::1").inPrefix(IpAddress.ANY4, 0));
  assert(IpAddress.parse("203.0.113.9").inPrefix(IpAddress.ANY4, 0));
  const six = parsePrefix("2001:db8::/33");
  assert(IpAddress.parse("2001:db8:7fff::1").inPrefix(six.address, six.length));
  assertFalse(IpAddress.parse("2001:db8:8000::1").inPrefix(six.address, six.length));
  assertEquals(parsePrefix("2001:db8::1").length, 128);
  assertEquals(formatPrefix(parsePrefix("10.0.0.0/8")), "10.0.0.0/8");
  for (const text of ["1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/x", "/8"]) assertThrows(() => parsePrefix(text));
  assertEquals(IpAddress.parse("192.0.2.77").masked(26).key, "192.0.2.64");
  assertEquals(IpAddress.parse("192.0.2.77").filled(26).key, "192.0.2.127");
  assertEquals(IpAddress.parse("192.0.2.77").masked(0).key, "0.0.0.0");
  for (let bits = 0; bits <= 32; bits++) assertEquals(maskToLength(IpAddress.BROADCAST4.masked(bits)), bits);
  assertEquals(maskToLength(IpAddress.parse("255.0.255.0")), undefined);
});

Deno.test("multicast and solicited-node addresses", () => {
  assertEquals(IpAddress.parse("2001:db8::1:2345:6789").solicitedNode().key, "ff02::1:ff45:6789");
  assertEquals(MacAddress.forMulticast(IpAddress.parse("239.129.2.3")).key, "01:00:5e:01:02:03");
  assertEquals(MacAddress.forMulticast(IpAddress.parse("ff02::1:ff45:6789")).key, "33:33:ff:45:67:89");
});

Deno.test("MAC addresses", () => {
  const mac = MacAddress.parse("02:00:5E:10:00:01");
  assertEquals(mac.key, "02:00:5e:10:00:01");
  assertFalse(mac.isMulticast);
  assert(MacAddress.BROADCAST.isMulticast && MacAddress.BROADCAST.isBroadcast);
  assertEquals([...mac.eui64()], [0x00, 0x00, 0x5e, 0xff, 0xfe, 0x10, 0x00, 0x01]);
  for (const text of ["", "02:00:5e:10:00", "02:00:5e:10:00:01:02", "zz:00:00:00:00:00"]) {
    assertThrows(() => MacAddress.parse(text), SyntaxError);
  }
});

Deno.test("an address is not changed through the bytes it was made from", () => {
  const bytes = Uint8Array.of(192, 0, 2, 1);
  const address = new IpAddress(bytes);
  bytes[0] = 10;
  assertEquals(address.key, "192.0.2.1");
});

Deno.test("addresses in place are those bytes, whatever was seen before", () => {
  // Few values and many slots' collisions: a stale address would show.
  const bytes = new Uint8Array(20);
  for (let i = 0; i < 5000; i++) {
    for (let at = 0; at < 20; at++) bytes[at] = Math.imul(i, 0x9e3779b1 + at) >>> 29;
    const offset = i & 3;
    assertEquals(IpAddress.from(bytes, offset, 4).bytes, bytes.slice(offset, offset + 4));
    assertEquals(IpAddress.from(bytes, offset, 6).bytes, bytes.slice(offset, offset + 16));
    bytes.fill(0xff);
  }
  const one = IpAddress.from(Uint8Array.of(192, 0, 2, 1), 0, 4);
  assert(IpAddress.from(Uint8Array.of(9, 192, 0, 2, 1), 1, 4) === one);
});

Deno.test("hashes depend on every byte and on the seed", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const hash = hashBytes(bytes, 0, 4);
  for (let i = 0; i < 4; i++) {
    const other = bytes.slice();
    other[i]! ^= 1;
    assert(hashBytes(other, 0, 4) !== hash);
  }
  assert(hashBytes(bytes, 0, 4, 7) !== hash);
  assertEquals(hashBytes(Uint8Array.of(9, 1, 2, 3, 4, 9), 1, 4), hash);
  // The low bits of hashes of neighbouring addresses are spread.
  const buckets = new Set<number>();
  for (let i = 0; i < 256; i++) buckets.add(IpAddress.fromU32(0x0a000000 + i).hash & 0xff);
  assert(buckets.size > 140, `${buckets.size} of 256 buckets`);
});
