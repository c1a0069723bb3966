import { assert, assertEquals, assertThrows } from "@std/assert";
import { udp6 } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { IpAddress } from "./address.ts";
import { WireError } from "./error.ts";
import * as ipv6 from "./ipv6.ts";

Deno.test("a kernel's header", () => {
  assertEquals(ipv6.check(udp6, 14, udp6.length), undefined);
  const { header, payloadOffset, end } = ipv6.parse(udp6, 14);
  assertEquals([payloadOffset, end], [54, udp6.length]);
  assertEquals(ipv6.format(header), "2001:db8::1 > 2001:db8::2 udp flowlabel 0xb679f hlim 64 length 13");
  assertEquals(ipv6.emit({ ...header, payloadLength: undefined }, 13), udp6.slice(14, 54));
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const bytes = bytesStarting([[0x60, 0, 0, 0, 0, 0], [0x6f, 0xff, 1, 2, 0, 20], [0x6a, 0x31, 1, 2, 0, 1], [0x40]]);
  assertRoundTrips({ parse: ipv6.parse, emit: ipv6.emit, format: ipv6.format, bytes });
});

Deno.test("accessors read what setters wrote", () => {
  const bytes = new Uint8Array(42);
  const a = IpAddress.parse("2001:db8::a");
  ipv6.setVersionClassFlow(bytes, 1, 0xb9, 0xfabcd);
  ipv6.setPayloadLength(bytes, 1, 0xfedc);
  ipv6.setNextHeader(bytes, 1, 58);
  ipv6.setHopLimit(bytes, 1, 255);
  ipv6.setSource(bytes, 1, a);
  ipv6.setDestination(bytes, 1, IpAddress.LOOPBACK6);
  assertEquals([bytes[0], bytes[41]], [0, 0]);
  assertEquals(ipv6.version(bytes, 1), 6);
  assertEquals(ipv6.trafficClass(bytes, 1), 0xb9);
  assertEquals(ipv6.ecn(bytes, 1), 1);
  assertEquals(ipv6.flowLabel(bytes, 1), 0xfabcd);
  assertEquals(ipv6.payloadLength(bytes, 1), 0xfedc);
  assertEquals(ipv6.nextHeader(bytes, 1), 58);
  assertEquals(ipv6.hopLimit(bytes, 1), 255);
  assert(ipv6.source(bytes, 1).equals(a) && ipv6.destination(bytes, 1).equals(IpAddress.LOOPBACK6));
  ipv6.setEcn(bytes, 1, 3);
  assertEquals(ipv6.trafficClass(bytes, 1), 0xbb);
  assertEquals(ipv6.flowLabel(bytes, 1), 0xfabcd);
});

Deno.test("each problem is found", () => {
  const bytes = ipv6.emit({ nextHeader: 59, source: IpAddress.ANY6, destination: IpAddress.LOOPBACK6 });
  assertEquals(ipv6.check(bytes, 0, 40), undefined);
  assertEquals(ipv6.check(bytes, 0, 39), "truncated");
  ipv6.setPayloadLength(bytes, 0, 1);
  assertEquals(ipv6.check(bytes, 0, 40), "payload-length");
  assertThrows(() => ipv6.parse(bytes), WireError, "payload-length");
  assertEquals(ipv6.parseQuoted(bytes).end, 40);
  ipv6.setPayloadLength(bytes, 0, 0);
  assertTruncates(ipv6, bytes);
  bytes[0] = 0x50;
  assertEquals(ipv6.check(bytes, 0, 40), "version");
});
