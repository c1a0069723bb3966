import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { fragment61, fragment62, fragment63, mld2Report } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { IpAddress } from "./address.ts";
import { concatBytes, fromHex } from "./bytes.ts";
import * as ipv6 from "./ipv6.ts";
import * as extension from "./ipv6_extension.ts";
import {
  IPPROTO_DSTOPTS,
  IPPROTO_FRAGMENT,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMPV6,
  IPPROTO_NONE,
  IPPROTO_ROUTING,
  IPPROTO_TCP,
} from "../../abi/socket_constants.ts";

const TYPES = [IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_DSTOPTS];

/** A packet whose headers have these types, each 8 bytes long, before `last`. */
function packet(types: readonly number[], last = IPPROTO_TCP, offset = 0): Uint8Array {
  const headers = types.map((type, i) => {
    const nextHeader = types[i + 1] ?? last;
    if (type === IPPROTO_FRAGMENT) {
      return extension.emitFragment({ nextHeader, fragmentOffset: offset, identification: 7 });
    }
    if (type === IPPROTO_ROUTING) {
      return extension.emit({ kind: "routing", nextHeader, routingType: 2, segmentsLeft: 0, data: new Uint8Array(4) });
    }
    return extension.emit({
      kind: type === IPPROTO_HOPOPTS ? "hop-by-hop" : "destination-options",
      nextHeader,
      options: [],
    });
  });
  const payload = concatBytes(...headers, new Uint8Array(20));
  const nextHeader = types[0] ?? last;
  const address = IpAddress.LOOPBACK6;
  return concatBytes(ipv6.emit({ nextHeader, source: address, destination: address }, payload.length), payload);
}

Deno.test("a kernel's hop-by-hop options and fragments", () => {
  const report = extension.walk(mld2Report, 14, mld2Report.length);
  assertEquals([report.hopByHop, report.protocol, report.offset], [54, IPPROTO_ICMPV6, 62]);
  const { header } = extension.parse(mld2Report, 54, mld2Report.length, IPPROTO_HOPOPTS);
  assertEquals(extension.format(header), "hop-by-hop icmpv6 <router-alert 0,padN 0>");
  const offsets = [fragment61, fragment62, fragment63].map((frame) => {
    const chain = extension.walk(frame, 14, frame.length);
    assertEquals([chain.fragment, chain.fragmentField, chain.offset, chain.protocol], [54, 20, 62, IPPROTO_ICMPV6]);
    assertEquals([chain.unfragmentableEnd, chain.unfragmentableField], [54, 20]);
    assertEquals(chain.laterFragment, frame !== fragment61);
    assertEquals(extension.identification(frame, 54), 0xb22747ca);
    return [extension.fragmentOffset(frame, 54), extension.moreFragments(frame, 54)];
  });
  assertEquals(offsets, [[0, true], [1448, true], [2896, false]]);
});

Deno.test("a chain of everything", () => {
  const types = [IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_DSTOPTS];
  const bytes = packet(types);
  const chain = extension.walk(bytes, 0, bytes.length);
  assertEquals(chain.problem, undefined);
  assertEquals([chain.hopByHop, chain.routing, chain.fragment, chain.destinationOptions], [40, 56, 64, 72]);
  assertEquals([chain.unfragmentableEnd, chain.unfragmentableField, chain.fragmentField], [64, 56, 56]);
  assertEquals([chain.protocol, chain.offset, chain.protocolField, chain.count], [IPPROTO_TCP, 80, 72, 5]);
});

Deno.test("destination options before a fragment header can be fragmented without a routing header", () => {
  const bytes = packet([IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_FRAGMENT]);
  const chain = extension.walk(bytes, 0, bytes.length);
  assertEquals([chain.unfragmentableEnd, chain.unfragmentableField], [48, 40]);
});

Deno.test("a later fragment ends the walk, whatever its next header says", () => {
  const bytes = packet([IPPROTO_FRAGMENT, IPPROTO_DSTOPTS], IPPROTO_TCP, 64);
  const chain = extension.walk(bytes, 0, bytes.length);
  assertEquals([chain.protocol, chain.offset, chain.laterFragment], [IPPROTO_DSTOPTS, 48, true]);
});

Deno.test("problems end the walk", () => {
  const late = packet([IPPROTO_DSTOPTS, IPPROTO_HOPOPTS]);
  const order = extension.walk(late, 0, late.length);
  assertEquals([order.problem, order.problemOffset], ["order", 40]);
  const many = packet(new Array(17).fill(IPPROTO_DSTOPTS));
  assertEquals(extension.walk(many, 0, many.length).problem, "too-many");
  assertEquals(extension.walk(many, 0, many.length, { maxHeaders: 17, maxLength: 999 }).problem, undefined);
  assertEquals(extension.walk(many, 0, many.length, { maxHeaders: 17, maxLength: 100 }).problem, "too-long");
  const cut = packet([IPPROTO_HOPOPTS, IPPROTO_DSTOPTS]);
  for (const end of [40, 47, 48, 55]) assertEquals(extension.walk(cut, 0, end).problem, "truncated");
  assertEquals(extension.walk(cut, 0, 56).problem, undefined);
  const none = packet([], IPPROTO_NONE);
  assertEquals(extension.walk(none, 0, none.length).protocol, IPPROTO_NONE);
});

Deno.test("walking any bytes ends, within them or with a problem", () => {
  const type = fc.constantFrom(...TYPES, ...TYPES, IPPROTO_TCP, 50, 51, 59);
  const piece = fc.tuple(type, fc.constantFrom(0, 0, 1, 3, 255), fc.uint8Array({ minLength: 6, maxLength: 6 }));
  fc.assert(fc.property(type, fc.array(piece, { maxLength: 20, size: "max" }), (first, pieces) => {
    const bytes = concatBytes(
      new Uint8Array(40),
      ...pieces.map(([type, length, rest]) => Uint8Array.of(type, length, ...rest)),
    );
    bytes[6] = first;
    const chain = extension.walk(bytes, 0, bytes.length);
    if (chain.problem === undefined) {
      assert(chain.offset >= 40 && chain.offset <= bytes.length);
      assertEquals(bytes[chain.protocolField], chain.protocol);
      assert(chain.laterFragment || !extension.isExtension(chain.protocol));
    } else {
      assert(chain.problemOffset >= 6 && chain.problemOffset <= bytes.length);
    }
    assert(chain.unfragmentableEnd <= bytes.length);
    assertEquals(
      extension.walk(bytes, 0, bytes.length, extension.DEFAULT_LIMITS, chain),
      extension.walk(bytes, 0, bytes.length),
    );
  }));
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  for (const type of TYPES) {
    const length = fc.constantFrom(0, 0, 1, 2, 14);
    const bytes = fc.tuple(length, bytesStarting([[6], [0], [44]], 130)).map(([length, bytes]) => {
      bytes[1] = length;
      return bytes;
    });
    assertRoundTrips({
      parse: (bytes, offset, end) => extension.parse(bytes, offset, end, type),
      emit: (header) => extension.emit(header),
      format: extension.format,
      bytes: type === IPPROTO_FRAGMENT ? fc.uint8Array({ maxLength: 20 }) : bytes,
    });
  }
});

Deno.test("options of every kind", () => {
  const header: extension.Ipv6Extension = {
    kind: "destination-options",
    nextHeader: 6,
    options: [
      { name: "pad1", type: 0 },
      { name: "jumbo", type: 0xc2, length: 100000 },
      { name: "home-address", type: 0xc9, address: IpAddress.parse("2001:db8::7") },
      { name: "unknown", type: 0x9e, data: fromHex("0102") },
    ],
  };
  const bytes = extension.emit(header);
  assertEquals(bytes.length % 8, 0);
  const parsed = extension.parse(bytes, 0, bytes.length, IPPROTO_DSTOPTS).header;
  assert(parsed.kind === "destination-options");
  assertEquals(parsed.options.slice(0, 4), header.options);
  assertEquals(
    extension.format(header),
    "destination-options tcp <pad1,jumbo 100000,home-address 2001:db8::7,option 0x9e 0102>",
  );
  assertTruncates({
    parse: (bytes, offset, end) => extension.parse(bytes, offset, end, IPPROTO_DSTOPTS),
    emit: (header) => extension.emit(header),
    format: extension.format,
  }, bytes);
  assertEquals([0x1e, 0x5e, 0x9e, 0xde].map(extension.unknownOptionAction), [
    "skip",
    "discard",
    "report",
    "report-unicast",
  ]);
  assertEquals(extension.nextOption(fromHex("00"), 0, 1), 1);
  assertEquals(extension.nextOption(fromHex("0102"), 0, 2), -1);
  assertEquals(extension.nextOption(fromHex("05"), 0, 1), -1);
});

Deno.test("a type 0 routing header", () => {
  const addresses = [IpAddress.parse("2001:db8::1"), IpAddress.parse("2001:db8::2")];
  const data = concatBytes(new Uint8Array(4), ...addresses.map((address) => address.bytes));
  const header = { kind: "routing", nextHeader: 6, routingType: 0, segmentsLeft: 2, data } as const;
  const bytes = extension.emit(header);
  assertEquals(extension.headerLength(bytes, 0), 40);
  assertEquals([extension.routingType(bytes, 0), extension.segmentsLeft(bytes, 0)], [0, 2]);
  assertEquals(extension.routingAddresses(header), addresses);
  assertEquals(extension.format(header), "routing tcp type 0 left 2 <2001:db8::1,2001:db8::2>");
});

Deno.test("fragment header accessors", () => {
  const bytes = new Uint8Array(8);
  extension.setNextHeader(bytes, 0, 17);
  extension.setOffsetAndMore(bytes, 0, 1448 | extension.IP6_MF);
  extension.setIdentification(bytes, 0, 0xfedcba98);
  assertEquals(extension.nextHeader(bytes, 0), 17);
  assertEquals(extension.fragmentOffset(bytes, 0), 1448);
  assertEquals(extension.offsetAndMore(bytes, 0), 1449);
  assert(extension.moreFragments(bytes, 0));
  assertEquals(extension.identification(bytes, 0), 0xfedcba98);
});
