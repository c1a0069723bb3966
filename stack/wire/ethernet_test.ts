import { assertEquals, assertThrows } from "@std/assert";
import { arpRequest, syn } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { MacAddress } from "./address.ts";
import { WireError } from "./error.ts";
import * as ethernet from "./ethernet.ts";

const codec = { ...ethernet, parse: ethernet.parse };

Deno.test("a kernel's frames", () => {
  const { header, payloadOffset } = ethernet.parse(arpRequest);
  assertEquals(payloadOffset, 14);
  assertEquals(ethernet.format(header), "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff type 0x0806");
  assertEquals(ethernet.emit(header), arpRequest.slice(0, 14));
  assertEquals([ethernet.isMulticast(arpRequest, 0), ethernet.isMulticast(syn, 0)], [true, false]);
});

Deno.test("tags", () => {
  const header = {
    destination: MacAddress.BROADCAST,
    source: MacAddress.parse("02:00:00:00:00:01"),
    tags: [
      { type: ethernet.ETH_P_8021AD, pcp: 7, dei: true, vid: 100 },
      { type: ethernet.ETH_P_8021Q, pcp: 0, dei: false, vid: 4095 },
    ],
    etherType: ethernet.ETH_P_IP,
  };
  const bytes = ethernet.emit(header);
  assertEquals(bytes.length, 22);
  assertEquals(ethernet.parse(bytes).header, header);
  assertEquals(ethernet.etherType(bytes, 0), ethernet.ETH_P_8021AD);
  assertEquals(ethernet.payloadType(bytes, 0), ethernet.ETH_P_IP);
  assertEquals(ethernet.headerLength(bytes, 0), 22);
  assertEquals(ethernet.format(header), "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff vlan 100 vlan 4095 type 0x0800");
  assertTruncates(codec, bytes);
  for (let end = 0; end < 22; end++) assertEquals(ethernet.check(bytes, 0, end), "truncated");
  assertThrows(() => ethernet.parse(bytes, 0, 18), WireError, "truncated");
  ethernet.setEtherType(bytes, 0, 0x1234);
  assertEquals(ethernet.headerLength(bytes, 0), 14);
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const macs = new Array(12).fill(1);
  const prefixes = [[], macs, [...macs, 0x81, 0, 0, 5], [...macs, 0x88, 0xa8, 0, 5, 0x81, 0, 0xff, 6]];
  assertRoundTrips({ ...codec, bytes: bytesStarting(prefixes, 40) });
});
