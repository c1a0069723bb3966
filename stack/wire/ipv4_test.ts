import { assert, assertEquals, assertThrows } from "@std/assert";
import { recordRoute, syn } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { IpAddress } from "./address.ts";
import { WireError } from "./error.ts";
import * as ipv4 from "./ipv4.ts";
import { parseOptions } from "./ipv4_options.ts";

const addresses = { source: IpAddress.parse("192.0.2.1"), destination: IpAddress.parse("192.0.2.2") };

Deno.test("a kernel's header", () => {
  const end = syn.length;
  assertEquals(ipv4.check(syn, 14, end), undefined);
  const { header, payloadOffset } = ipv4.parse(syn, 14);
  assertEquals(payloadOffset, 34);
  assertEquals(header.totalLength, 60);
  assertEquals(header.dontFragment, true);
  assertEquals(header.headerChecksum, 0xaf82);
  assertEquals(ipv4.format(header), "192.0.2.1 > 192.0.2.2 tcp ttl 64 id 1846 [DF] length 60");
  assertEquals(ipv4.emit({ ...header, headerChecksum: undefined }), syn.slice(14, 34));
});

Deno.test("a kernel's record route option", () => {
  const { header } = ipv4.parse(recordRoute, 14);
  assertEquals(header.ihl, 15);
  assertEquals(
    ipv4.format(header).split("<")[1],
    "rr ptr 16 192.0.2.1 192.0.2.2 192.0.2.2 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0,eol>",
  );
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const prefixes: number[][] = [];
  for (const ihl of [5, 5, 6, 8, 10, 15]) {
    for (const total of [20, 40, 60, 61]) prefixes.push([0x40 | ihl, 0, 0, total]);
  }
  prefixes.push([0x45, 0, 0, 200], [0x44, 0, 0, 40], [0x65, 0, 0, 40]);
  assertRoundTrips({
    parse: ipv4.parse,
    emit: ipv4.emit,
    format: ipv4.format,
    bytes: bytesStarting(prefixes),
  });
});

Deno.test("options of every kind are decoded and encoded", () => {
  const options: ipv4.Ipv4Option[] = [
    { name: "nop", type: 1 },
    { name: "lsrr", type: 131, pointer: 4, route: [addresses.source] },
    { name: "ra", type: 148, value: 0 },
    {
      name: "timestamp",
      type: 68,
      pointer: 5,
      overflow: 2,
      flag: 1,
      entries: [{ address: addresses.source, timestamp: 7 }],
    },
    { name: "unknown", type: 130, data: Uint8Array.of(1, 2, 3) },
    { name: "eol", type: 0 },
    { name: "padding", data: Uint8Array.of(9, 0, 0, 0, 0, 0) },
  ];
  const bytes = ipv4.emit({ ...addresses, protocol: 6, options });
  assertEquals(bytes.length, 56);
  assertEquals(ipv4.parse(bytes).header.options, options);
  assertTruncates(ipv4, bytes);
});

Deno.test("options that do not end in the header", () => {
  for (const bytes of [[7], [7, 1, 0, 0], [7, 0, 0, 0], [148, 5, 0, 0]]) {
    const options = parseOptions(Uint8Array.from(bytes), 0, bytes.length);
    assertEquals(options, [{ name: "malformed", data: Uint8Array.from(bytes) }]);
  }
});

Deno.test("too many options are refused", () => {
  const option: ipv4.Ipv4Option = { name: "unknown", type: 130, data: new Uint8Array(40) };
  assertThrows(() => ipv4.emit({ ...addresses, protocol: 6, options: [option] }), RangeError, "44");
});

Deno.test("accessors read what setters wrote, and nothing else", () => {
  const bytes = new Uint8Array(24);
  ipv4.setVersionAndHeaderLength(bytes, 2, 20);
  ipv4.setTypeOfService(bytes, 2, 0xb9);
  ipv4.setTotalLength(bytes, 2, 0x1234);
  ipv4.setIdentification(bytes, 2, 0xabcd);
  ipv4.setFlagsAndOffset(bytes, 2, ipv4.MF | 185);
  ipv4.setTimeToLive(bytes, 2, 63);
  ipv4.setProtocol(bytes, 2, 17);
  ipv4.setSource(bytes, 2, addresses.source);
  ipv4.setDestinationU32(bytes, 2, 0xc0000202);
  ipv4.fillHeaderChecksum(bytes, 2);
  assertEquals([bytes[0], bytes[1], bytes[22], bytes[23]], [0, 0, 0, 0]);
  assertEquals(ipv4.version(bytes, 2), 4);
  assertEquals(ipv4.headerLength(bytes, 2), 20);
  assertEquals([ipv4.dscp(bytes, 2), ipv4.ecn(bytes, 2)], [0x2e, 1]);
  assertEquals(ipv4.totalLength(bytes, 2), 0x1234);
  assertEquals(ipv4.identification(bytes, 2), 0xabcd);
  assertEquals(ipv4.fragmentOffset(bytes, 2), 1480);
  assert(ipv4.moreFragments(bytes, 2) && !ipv4.dontFragment(bytes, 2) && ipv4.isFragment(bytes, 2));
  assertEquals(ipv4.timeToLive(bytes, 2), 63);
  assertEquals(ipv4.protocol(bytes, 2), 17);
  assertEquals(ipv4.sourceU32(bytes, 2), 0xc0000201);
  assert(ipv4.destination(bytes, 2).equals(addresses.destination));
  assert(ipv4.verifyHeaderChecksum(bytes, 2));
  assertEquals(ipv4.decrementTimeToLive(bytes, 2), 62);
  assert(ipv4.verifyHeaderChecksum(bytes, 2));
  ipv4.setEcn(bytes, 2, 3);
  assertEquals(ipv4.typeOfService(bytes, 2), 0xbb);
});

Deno.test("each problem is found", () => {
  const good = ipv4.emit({ ...addresses, protocol: 6 }, 10);
  const packet = new Uint8Array(30);
  packet.set(good);
  assertEquals(ipv4.check(packet, 0, 30), undefined);
  const broken = (at: number, value: number, fix = true) => {
    const copy = packet.slice();
    copy[at] = value;
    if (fix) ipv4.fillHeaderChecksum(copy, 0);
    return ipv4.check(copy, 0, copy.length);
  };
  assertEquals(ipv4.check(packet, 0, 19), "truncated");
  assertEquals(ipv4.check(packet, 0, 29), "truncated");
  assertEquals(broken(0, 0x55), "version");
  assertEquals(broken(0, 0x44), "header-length");
  assertEquals(broken(0, 0x4f), "truncated");
  assertEquals(broken(3, 19), "total-length");
  assertEquals(broken(3, 31), "truncated");
  assertEquals(broken(8, 1, false), "checksum");
  assertThrows(() => ipv4.parse(packet, 0, 29), WireError, "truncated");
  assertEquals(ipv4.parseQuoted(packet, 0, 28).end, 28);
});

Deno.test("any field can be given a wrong value", () => {
  const bytes = ipv4.emit({
    ...addresses,
    protocol: 6,
    version: 5,
    ihl: 7,
    totalLength: 9,
    headerChecksum: 0xdead,
    reservedFlag: true,
    fragmentOffset: 65528,
  });
  assertEquals(bytes.length, 20);
  assertEquals(ipv4.version(bytes, 0), 5);
  assertEquals(ipv4.ihl(bytes, 0), 7);
  assertEquals(ipv4.totalLength(bytes, 0), 9);
  assertEquals(ipv4.headerChecksum(bytes, 0), 0xdead);
  assertEquals(ipv4.flagsAndOffset(bytes, 0), 0x9fff);
});
