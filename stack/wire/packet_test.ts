import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  arpReply,
  data,
  fragment1,
  fragment2,
  fragment62,
  KERNEL_FRAMES,
  mld2Report,
  portUnreachable,
  portUnreachable6,
  recordRoute,
  syn,
  udp as udpFrame,
} from "./_kernel_frames.ts";
import { IpAddress } from "./address.ts";
import { concatBytes, fromHex } from "./bytes.ts";
import * as gre from "./gre.ts";
import * as icmpExtension from "./icmp_extension.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as ipv4 from "./ipv4.ts";
import * as ipv6 from "./ipv6.ts";
import * as extension from "./ipv6_extension.ts";
import * as mpls from "./mpls.ts";
import {
  type DecodedPacket,
  decodeFrame,
  decodePacket,
  fieldsAt,
  formatPacket,
  hexDump,
  innermost,
  type Layer,
  layerOf,
  readField,
  verifyChecksums,
} from "./packet.ts";

const kinds = (packet: DecodedPacket) => packet.layers.map((layer) => layer.kind).join(" ");

Deno.test("a kernel's frames are well formed, with right checksums", () => {
  for (const [name, frame] of Object.entries(KERNEL_FRAMES)) {
    const packet = decodeFrame(frame);
    assertEquals(packet.problems, [], name);
    assertEquals(verifyChecksums(packet, frame), [], name);
    assertEquals(packet.layers.some((layer) => layer.kind === "raw"), false, name);
    assertFieldsTile(packet, name);
    if (name.startsWith("arp")) continue;
    assertEquals(kinds(decodePacket(frame, 14)), kinds(packet).replace("ethernet ", ""), name);
  }
});

/** Every bit of every header belongs to exactly one field. */
function assertFieldsTile(packet: DecodedPacket, name: string): void {
  for (const layer of packet.layers) {
    let bit = layer.start * 8;
    for (const field of layer.fields) {
      assertEquals(field.start * 8 + field.bit, bit, `${name} ${layer.kind} ${field.name}`);
      assertEquals(field.end, Math.ceil((bit + field.bits) / 8), `${name} ${layer.kind} ${field.name}`);
      bit += field.bits;
    }
    assertEquals(bit, layer.payloadOffset * 8, `${name} ${layer.kind}`);
  }
}

Deno.test("layers, payload and one line", () => {
  const packet = decodeFrame(data);
  assertEquals(kinds(packet), "ethernet ipv4 tcp");
  assertEquals(packet.payload, { start: 66, end: 166 });
  assertEquals(layerOf(packet, "tcp")?.header.window, 63);
  assertEquals(innermost(packet, "ipv4")?.header.totalLength, 152);
  assertEquals(
    formatPacket(decodePacket(syn, 14)),
    "192.0.2.1 > 192.0.2.2 tcp ttl 64 id 1846 [DF] length 60: " +
      "52552 > 8080 S 451875360:451875360(0) win 64240 <mss 1460,sackOK,TS val 3157358877 ecr 0,nop,wscale 10>",
  );
  assertStringIncludes(
    formatPacket(decodePacket(mld2Report, 14)),
    "hop-by-hop icmpv6 <router-alert 0,padN 0>: icmpv6 multicast_listener_report_v2 [to_ex ff02::1:ff00:1 {}]",
  );
  assertEquals(kinds(decodeFrame(arpReply)), "ethernet arp");
});

Deno.test("fields of a byte", () => {
  const packet = decodePacket(syn, 14);
  assertEquals(fieldsAt(packet, 14).map(({ field }) => field.name), ["version", "ihl"]);
  assertEquals(fieldsAt(packet, 14 + 6).map(({ field }) => field.name).at(-1), "fragmentOffset");
  assertEquals(fieldsAt(packet, 55).map(({ layer, field }) => `${layer.kind} ${field.name}`), ["tcp options[0] mss"]);
  const value = (kind: Layer["kind"], name: string) =>
    readField(syn, layerOf(packet, kind)!.fields.find((field) => field.name === name)!);
  assertEquals(value("ipv4", "dontFragment"), 1n);
  assertEquals(value("ipv4", "fragmentOffset"), 0n);
  assertEquals(value("ipv4", "source"), 0xc0000201n);
  assertEquals(value("tcp", "dataOffset"), 10n);
  assertEquals(value("tcp", "flags"), 2n);
  assertEquals(value("tcp", "options[2] TS"), 0x080abc31791d00000000n);
});

Deno.test("quotes", () => {
  const packet = decodePacket(portUnreachable, 14);
  const quoted = layerOf(packet, "icmpv4")?.quoted;
  assert(quoted !== undefined);
  assertEquals(kinds(quoted), "ipv4 udp");
  assertEquals(layerOf(quoted, "udp")?.header.destinationPort, 9);
  assertEquals(quoted.problems, []);
  const six = layerOf(decodePacket(portUnreachable6, 14), "icmpv6")?.quoted;
  assertEquals(six === undefined ? "" : kinds(six), "ipv6 udp");
});

Deno.test("a quote of eight bytes, and an extension structure behind it", () => {
  const quote = concatBytes(syn.slice(14, 14 + 28), new Uint8Array(100));
  const mplsObject = { classNum: 1, cType: 1, payload: fromHex("03e80101") };
  const body = { kind: "time-exceeded", unused: 0, length: 32, unused2: 0 } as const;
  const message = concatBytes(
    icmpv4.emit({ type: 11, body }),
    quote,
    icmpExtension.emit({ objects: [mplsObject] }),
  );
  icmpv4.fillChecksum(message, 0, message.length);
  const addresses = { source: IpAddress.parse("192.0.2.9"), destination: IpAddress.parse("192.0.2.1") };
  const bytes = concatBytes(ipv4.emit({ ...addresses, protocol: 1 }, message.length), message);
  const packet = decodePacket(bytes);
  assertEquals([packet.problems, verifyChecksums(packet, bytes)], [[], []]);
  const layer = layerOf(packet, "icmpv4");
  assertEquals(layer?.extension?.objects, [mplsObject]);
  const short = decodePacket(concatBytes(
    ipv4.emit({ ...addresses, protocol: 1 }, 36),
    icmpv4.emit({ type: 11 }),
    syn.slice(14, 42),
  ));
  assertEquals(layerOf(layerOf(short, "icmpv4")!.quoted!, "ports")?.header, {
    protocol: 6,
    sourcePort: 52552,
    destinationPort: 8080,
    sequenceNumber: 451875360,
  });
  assertStringIncludes(
    formatPacket(short),
    "[192.0.2.1 > 192.0.2.2 tcp ttl 64 id 1846 [DF] length 60: tcp 52552 > 8080 seq 451875360]",
  );
});

Deno.test("fragments", () => {
  const first = decodePacket(fragment1, 14);
  assertEquals([kinds(first), first.isFragment], ["ipv4 icmpv4", true]);
  const later = decodePacket(fragment2, 14);
  assertEquals([kinds(later), later.isFragment], ["ipv4 fragment", true]);
  assertEquals(later.payload, { start: 34, end: 1514 });
  assertEquals(kinds(decodePacket(fragment62, 14)), "ipv6 ipv6-extension fragment");
  const address = IpAddress.LOOPBACK6;
  const atomic = concatBytes(
    ipv6.emit({ nextHeader: 44, source: address, destination: address }, 8),
    extension.emitFragment({ nextHeader: 59 }),
  );
  assertEquals(decodePacket(atomic).isFragment, false);
});

Deno.test("tunnels", () => {
  const inner = udpFrame.slice(14);
  const addresses = { source: IpAddress.parse("10.0.0.1"), destination: IpAddress.parse("10.0.0.2") };
  const outer = (protocol: number, header: Uint8Array) =>
    concatBytes(ipv4.emit({ ...addresses, protocol }, header.length + inner.length), header, inner);
  const greHeader = gre.emit({ flags: gre.GRE_CSUM | gre.GRE_KEY, protocol: 0x0800, key: 5 });
  const inGre = outer(47, greHeader);
  gre.fillChecksum(inGre, 20, inGre.length);
  const entries = [{ label: 5, trafficClass: 0, bottomOfStack: true, timeToLive: 64 }];
  const cases: [Uint8Array, string][] = [
    [inGre, "ipv4 gre ipv4 udp"],
    [outer(4, new Uint8Array(0)), "ipv4 ipv4 udp"],
    [outer(137, mpls.emit({ entries })), "ipv4 mpls ipv4 udp"],
  ];
  for (const [bytes, layers] of cases) {
    const packet = decodePacket(bytes);
    assertEquals(kinds(packet), layers);
    assertEquals([packet.problems, verifyChecksums(packet, bytes)], [[], []]);
    assertFieldsTile(packet, layers);
    assertEquals(bytes.slice(packet.payload.start, packet.payload.end), fromHex("68656c6c6f"));
  }
  inGre[inGre.length - 1]! ^= 1;
  assertEquals(verifyChecksums(decodePacket(inGre), inGre).map(({ layer }) => layer), ["gre", "udp"]);
});

Deno.test("a wrong checksum is told with the right one", () => {
  for (const [kind, at] of [["ipv4", 24], ["tcp", 50]] as const) {
    const bytes = syn.slice();
    const expected = (bytes[at]! << 8) | bytes[at + 1]!;
    bytes.set([0x12, 0x34], at);
    const field = kind === "ipv4" ? "headerChecksum" : "checksum";
    assertEquals(verifyChecksums(decodeFrame(bytes), bytes), [{ layer: kind, field, expected, actual: 0x1234 }]);
  }
  const none = udpFrame.slice();
  none.set([0, 0], 40);
  assertEquals(verifyChecksums(decodeFrame(none), none), []);
});

Deno.test("UDP without a checksum is wrong over IPv6", () => {
  const bytes = KERNEL_FRAMES.udp6!.slice();
  bytes.set([0, 0], 60);
  assertEquals(verifyChecksums(decodeFrame(bytes), bytes), [
    { layer: "udp", field: "checksum", expected: 0xdba1, actual: 0 },
  ]);
});

Deno.test("padding after the packet, and packets cut short", () => {
  const padded = concatBytes(udpFrame, new Uint8Array(13));
  assertEquals(decodeFrame(padded).trailing, { start: 47, end: 60 });
  assertEquals(decodeFrame(padded).problems, []);
  assertStringIncludes(formatPacket(decodeFrame(padded)), "trailing (13)");
  const cut = decodeFrame(data, 0, 100);
  assertEquals(cut.problems, [{ layer: "ipv4", problem: "truncated", offset: 14 }]);
  assertEquals(cut.payload, { start: 66, end: 100 });
  assertEquals(decodePacket(new Uint8Array(0)).problems.length, 1);
  const options = recordRoute.slice();
  options[35] = 60;
  assertEquals(decodeFrame(options).problems, [{ layer: "ipv4", problem: "malformed-option", offset: 14 }]);
  assertStringIncludes(formatPacket(decodeFrame(options)), "!ipv4 malformed-option at 14");
});

Deno.test("nothing is thrown for cut or changed packets, nor for random bytes", () => {
  const all = Object.values(KERNEL_FRAMES).map((frame) => frame.slice(0, 200));
  const changes = fc.array(fc.tuple(fc.nat(199), fc.nat(255)), { maxLength: 6 });
  const changed = fc.tuple(fc.constantFrom(...all), changes, fc.nat(200)).map(([frame, changes, length]) => {
    const bytes = frame.slice(0, length);
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(changed, changed, fc.uint8Array({ maxLength: 200, size: "max" })), (bytes) => {
      for (const packet of [decodeFrame(bytes), decodePacket(bytes), decodePacket(bytes, Math.min(14, bytes.length))]) {
        verifyChecksums(packet, bytes);
        assert(formatPacket(packet).length > 0);
        assertFieldsTileWhereDecoded(packet);
        assert(packet.payload.start <= packet.payload.end && packet.payload.end <= bytes.length);
      }
    }),
    { numRuns: 1500 },
  );
});

function assertFieldsTileWhereDecoded(packet: DecodedPacket): void {
  assertFieldsTile({ ...packet, layers: packet.layers.filter((layer) => layer.fields.length > 0) }, "random");
}

Deno.test("encrypted and unknown payloads stay raw", () => {
  const addresses = { source: IpAddress.LOOPBACK6, destination: IpAddress.LOOPBACK6 };
  for (const [protocol, name] of [[50, "esp"], [51, "ah"], [253, "253"]] as const) {
    const packet = decodePacket(concatBytes(ipv6.emit({ ...addresses, nextHeader: protocol }, 24), new Uint8Array(24)));
    assertEquals(kinds(packet), "ipv6 raw");
    assertStringIncludes(formatPacket(packet), `: raw ${name} (24)`);
    assertEquals(packet.problems, []);
  }
});

Deno.test("tunnels in tunnels end", () => {
  const address = IpAddress.LOOPBACK4;
  let bytes: Uint8Array = new Uint8Array(0);
  for (let i = 0; i < 60; i++) {
    bytes = concatBytes(ipv4.emit({ protocol: 4, source: address, destination: address }, bytes.length), bytes);
  }
  assertEquals(decodePacket(bytes).layers.length <= 33, true);
});

Deno.test("a hex dump marks ranges", () => {
  const dump = hexDump(udpFrame.slice(14), [{ start: 2, end: 4 }, { start: 15, end: 17 }]).split("\n");
  assertEquals(dump, [
    "0000  45 00 00 21 a0 40 40 00  40 11 16 88 c0 00 02 01  E..!.@@.@.......",
    "            ^^ ^^                                   ^^",
    "0010  c0 00 02 02 ee 3b 00 09  00 0d 49 b9 68 65 6c 6c  .....;....I.hell",
    "      ^^",
    "0020  6f                                                o",
  ]);
  assertEquals(hexDump(new Uint8Array(0)), "");
});
