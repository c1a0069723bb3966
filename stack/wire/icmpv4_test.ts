import { ICMP_TIME_EXCEEDED } from "../../abi/icmp_constants.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { fragment1, fragment2, fragment3, portUnreachable, udp } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { IpAddress } from "./address.ts";
import { concatBytes } from "./bytes.ts";
import { WireError } from "./error.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as names from "./icmpv4_names.ts";

Deno.test("a kernel's port unreachable quotes the datagram", () => {
  const end = portUnreachable.length;
  assertEquals(icmpv4.check(portUnreachable, 34, end), undefined);
  const { header, payloadOffset } = icmpv4.parse(portUnreachable, 34);
  assertEquals(icmpv4.format(header), "icmp unreachable port_unreachable");
  assertEquals(portUnreachable.slice(payloadOffset), udp.slice(14));
  assertEquals(icmpv4.quotedEnd(portUnreachable, 34, end), end);
});

Deno.test("a kernel's echo request, put together from its fragments", () => {
  const message = concatBytes(fragment1.slice(34), fragment2.slice(34), fragment3.slice(34));
  assertEquals(message.length, 3008);
  assertEquals(icmpv4.check(message, 0, message.length), undefined);
  assertEquals(icmpv4.format(icmpv4.parse(message).header), "icmp echo_request id 18134 seq 1");
  message[2000] = 1;
  assertEquals(icmpv4.check(message, 0, message.length), "checksum");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const types = [0, 3, 4, 5, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 40, 255].map((type) => [type]);
  assertRoundTrips({ ...icmpv4, parse: icmpv4.parse, bytes: bytesStarting(types, 40) }, 800);
});

Deno.test("every body", () => {
  const cases: [icmpv4.Icmpv4HeaderInit, string][] = [
    [{ type: 8, body: { kind: "echo", identifier: 7, sequenceNumber: 9 } }, "icmp echo_request id 7 seq 9"],
    [
      { type: 3, code: 4, body: { kind: "unreachable", unused: 0, length: 0, nextHopMtu: 1400 } },
      "icmp unreachable frag_needed mtu 1400",
    ],
    [
      { type: 3, code: 0, body: { kind: "unreachable", unused: 0, length: 0, nextHopMtu: 0 } },
      "icmp unreachable net_unreachable",
    ],
    [
      { type: 11, code: 1, body: { kind: "time-exceeded", unused: 0, length: 0, unused2: 0 } },
      "icmp time_exceeded code_1",
    ],
    [
      { type: 12, body: { kind: "parameter-problem", pointer: 20, length: 0, unused: 0 } },
      "icmp parameter_problem pointer 20",
    ],
    [
      { type: 5, code: 1, body: { kind: "redirect", gateway: IpAddress.parse("192.0.2.254") } },
      "icmp redirect code_1 gateway 192.0.2.254",
    ],
    [
      {
        type: 14,
        body: { kind: "timestamp", identifier: 1, sequenceNumber: 2, originate: 3, receive: 4, transmit: 0xffffffff },
      },
      "icmp timestamp_reply id 1 seq 2 3 4 4294967295",
    ],
    [
      { type: 17, body: { kind: "address-mask", identifier: 1, sequenceNumber: 2, mask: 0 } },
      "icmp address_mask_request id 1 seq 2",
    ],
    [{ type: 4 }, "icmp source_quench"],
    [{ type: 200, code: 3 }, "icmp type_200 code_3"],
  ];
  for (const [init, text] of cases) {
    const bytes = icmpv4.emit(init);
    icmpv4.fillChecksum(bytes, 0, bytes.length);
    assertEquals(icmpv4.check(bytes, 0, bytes.length), undefined, text);
    const { header } = icmpv4.parse(bytes);
    if (init.body !== undefined) assertEquals(header.body, init.body);
    assertEquals(icmpv4.format(header), text);
    assertTruncates({ ...icmpv4, parse: icmpv4.parse }, bytes);
  }
});

Deno.test("names and numbers", () => {
  assertEquals(names.typeByName("time_exceeded"), ICMP_TIME_EXCEEDED);
  assertEquals(names.typeByName("type_77"), 77);
  assertEquals(names.typeByName("type_256"), undefined);
  assertEquals(names.typeByName("nonsense"), undefined);
  assertEquals(names.codeByName(3, "precedence_cutoff"), 15);
  assertEquals(names.codeByName(11, "net_unreachable"), undefined);
  assertEquals(names.codeByName(11, "code_1"), 1);
  for (let code = 0; code < 16; code++) assertEquals(names.codeByName(3, names.codeName(3, code)), code);
  for (let type = 0; type < 256; type++) assertEquals(names.typeByName(names.typeName(type)), type);
});

Deno.test("accessors read what setters wrote", () => {
  const bytes = new Uint8Array(10);
  icmpv4.setType(bytes, 1, 3);
  icmpv4.setCode(bytes, 1, 4);
  icmpv4.setChecksum(bytes, 1, 0xabcd);
  icmpv4.setNextHopMtu(bytes, 1, 1400);
  assertEquals([...bytes], [0, 3, 4, 0xab, 0xcd, 0, 0, 5, 0x78, 0]);
  assertEquals([icmpv4.type(bytes, 1), icmpv4.code(bytes, 1), icmpv4.checksum(bytes, 1)], [3, 4, 0xabcd]);
  assertEquals(icmpv4.nextHopMtu(bytes, 1), 1400);
  icmpv4.setRest(bytes, 1, 0xc0000201);
  assertEquals([icmpv4.rest(bytes, 1), icmpv4.gatewayU32(bytes, 1)], [0xc0000201, 0xc0000201]);
  assertEquals(icmpv4.pointer(bytes, 1), 0xc0);
  icmpv4.setIdentifier(bytes, 1, 5);
  icmpv4.setSequenceNumber(bytes, 1, 0xffff);
  assertEquals([icmpv4.identifier(bytes, 1), icmpv4.sequenceNumber(bytes, 1)], [5, 0xffff]);
});

Deno.test("where a quote ends", () => {
  const bytes = new Uint8Array(8 + 128 + 8);
  bytes[0] = 11;
  bytes[5] = 32;
  assertEquals(icmpv4.quotedEnd(bytes, 0, bytes.length), 136);
  bytes[5] = 200;
  assertEquals(icmpv4.quotedEnd(bytes, 0, bytes.length), bytes.length);
  bytes[5] = 32;
  bytes[0] = 5;
  assertEquals(icmpv4.quotedEnd(bytes, 0, bytes.length), bytes.length);
  assertEquals([3, 4, 5, 11, 12, 8, 0, 13].map(icmpv4.isError), [true, true, true, true, true, false, false, false]);
});

Deno.test("truncation", () => {
  assertEquals(icmpv4.check(portUnreachable, 34, 41), "truncated");
  assertThrows(() => icmpv4.parse(portUnreachable, 34, 41), WireError, "truncated");
  assert(icmpv4.verifyChecksum(portUnreachable, 34, portUnreachable.length));
});
