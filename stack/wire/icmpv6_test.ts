import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  dadSolicitation,
  fragment61,
  fragment62,
  fragment63,
  mld2Report,
  neighborAdvertisement,
  neighborSolicitation,
  portUnreachable6,
  routerSolicitation,
  udp6,
} from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { concatBytes } from "./bytes.ts";
import { pseudoHeaderSum6 } from "./checksum.ts";
import { WireError } from "./error.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as names from "./icmpv6_names.ts";

Deno.test("a kernel's messages", () => {
  const cases: [Uint8Array, number, string][] = [
    [mld2Report, 62, "icmpv6 multicast_listener_report_v2 [to_ex ff02::1:ff00:1 {}]"],
    [dadSolicitation, 54, "icmpv6 neighbor_solicitation who has 2001:db8::1 nonce db8bdf027d94"],
    [routerSolicitation, 54, "icmpv6 router_solicitation source-link-layer 020000000001"],
    [neighborSolicitation, 54, "icmpv6 neighbor_solicitation who has 2001:db8::2 source-link-layer 020000000001"],
    [neighborAdvertisement, 54, "icmpv6 neighbor_advertisement 2001:db8::2 [SO] target-link-layer 020000000002"],
    [portUnreachable6, 54, "icmpv6 unreachable port_unreachable"],
  ];
  for (const [frame, offset, text] of cases) {
    const pseudo = pseudoHeaderSum6(frame, 22, 38, 58, frame.length - offset);
    assertEquals(icmpv6.check(frame, offset, frame.length), undefined);
    assert(icmpv6.verifyChecksum(frame, offset, frame.length, pseudo), text);
    const { header, payloadOffset } = icmpv6.parse(frame, offset);
    assertEquals(icmpv6.format(header), text);
    assertEquals(icmpv6.emit(header), frame.slice(offset, payloadOffset));
    const copy = frame.slice();
    icmpv6.setChecksum(copy, offset, 0);
    icmpv6.fillChecksum(copy, offset, copy.length, pseudo);
    assertEquals(copy, frame);
    assertTruncates({ ...icmpv6, parse: icmpv6.parse }, frame.slice(offset));
  }
  assertEquals(portUnreachable6.slice(62), udp6.slice(14));
});

Deno.test("a kernel's echo request, put together from its fragments", () => {
  const message = concatBytes(fragment61.slice(62), fragment62.slice(62), fragment63.slice(62));
  assertEquals(message.length, 3008);
  assert(icmpv6.verifyChecksum(message, 0, message.length, pseudoHeaderSum6(fragment61, 22, 38, 58, 3008)));
  assertEquals(icmpv6.format(icmpv6.parse(message).header), "icmpv6 echo_request id 18136 seq 1");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const types = [1, 2, 3, 4, 5, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143, 200].map((type) => [type]);
  assertRoundTrips({ ...icmpv6, parse: icmpv6.parse, bytes: bytesStarting(types, 80) }, 1000);
});

Deno.test("error bodies", () => {
  const cases: [icmpv6.Icmpv6HeaderInit, string][] = [
    [{ type: 2, body: { kind: "packet-too-big", mtu: 1280 } }, "icmpv6 packet_too_big mtu 1280"],
    [
      { type: 4, code: 2, body: { kind: "parameter-problem", pointer: 42 } },
      "icmpv6 parameter_problem unknown_option pointer 42",
    ],
    [{ type: 3, body: { kind: "time-exceeded", length: 16, unused: 5 } }, "icmpv6 time_exceeded exceeded_hop_limit"],
    [{ type: 1, body: { kind: "unreachable", length: 0, unused: 0 } }, "icmpv6 unreachable no_route"],
    [{ type: 129, body: { kind: "echo", identifier: 1, sequenceNumber: 65535 } }, "icmpv6 echo_reply id 1 seq 65535"],
    [{ type: 200 }, "icmpv6 type_200"],
  ];
  for (const [init, text] of cases) {
    const { header } = icmpv6.parse(icmpv6.emit(init));
    if (init.body !== undefined) assertEquals(header.body, init.body);
    assertEquals(icmpv6.format(header), text);
  }
});

Deno.test("names and numbers", () => {
  assertEquals(names.typeByName("packet_too_big"), 2);
  assertEquals(names.codeByName(1, "net_unreachable"), 0);
  assertEquals(names.codeByName(1, "no_route"), 0);
  assertEquals(names.codeByName(2, "no_route"), undefined);
  assertEquals(names.codeByName(2, "code_9"), 9);
  for (const type of [1, 3, 4]) {
    for (let code = 0; code < 9; code++) assertEquals(names.codeByName(type, names.codeName(type, code)), code);
  }
  for (let type = 0; type < 256; type++) assertEquals(names.typeByName(names.typeName(type)), type);
});

Deno.test("accessors read what setters wrote", () => {
  const bytes = new Uint8Array(8);
  icmpv6.setType(bytes, 0, 2);
  icmpv6.setCode(bytes, 0, 1);
  icmpv6.setMtu(bytes, 0, 0xfedcba98);
  assertEquals([...bytes], [2, 1, 0, 0, 0xfe, 0xdc, 0xba, 0x98]);
  assertEquals([icmpv6.type(bytes, 0), icmpv6.code(bytes, 0)], [2, 1]);
  assertEquals([icmpv6.mtu(bytes, 0), icmpv6.pointer(bytes, 0), icmpv6.rest(bytes, 0)], new Array(3).fill(0xfedcba98));
  icmpv6.setIdentifier(bytes, 0, 5);
  icmpv6.setSequenceNumber(bytes, 0, 6);
  assertEquals([icmpv6.identifier(bytes, 0), icmpv6.sequenceNumber(bytes, 0)], [5, 6]);
  icmpv6.setPointer(bytes, 0, 40);
  assertEquals(icmpv6.pointer(bytes, 0), 40);
});

Deno.test("where a quote ends, and truncation", () => {
  const bytes = new Uint8Array(8 + 128 + 8);
  bytes[0] = 1;
  bytes[4] = 16;
  assertEquals(icmpv6.quotedEnd(bytes, 0, bytes.length), 136);
  bytes[0] = 2;
  assertEquals(icmpv6.quotedEnd(bytes, 0, bytes.length), bytes.length);
  assertEquals(icmpv6.check(bytes, 0, 7), "truncated");
  assertThrows(() => icmpv6.parse(bytes, 0, 7), WireError, "truncated");
  assertEquals([1, 127, 128, 255].map(icmpv6.isError), [true, true, false, false]);
});
