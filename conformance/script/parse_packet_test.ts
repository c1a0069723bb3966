import { assert, assertEquals } from "@std/assert";
import { assertProblems, parsePacketLine, parseTcpLine } from "./test_support.ts";
import { encodeTcpOptions } from "./tcp_options.ts";

const V6 = { ipVersion: "ipv6" } as const;
const NPLAB = { dialect: "nplab" } as const;

const FLAGS: readonly (readonly [text: string, bits: number, ace: number | undefined])[] = [
  ["S", 0x002, undefined],
  ["S.", 0x012, undefined],
  [".", 0x010, undefined],
  ["-", 0x000, undefined],
  ["FSRPU", 0x02f, undefined],
  ["SEWA", 0x1c2, undefined],
  ["EAP.", 0x158, undefined],
  ["P.5", 0x158, 5],
  [".5", 0x150, 5],
  ["S5", 0x142, 5],
  [".0", 0x010, undefined],
  ["S2.", 0x092, 2],
];

for (const [text, bits, ace] of FLAGS) {
  Deno.test(`flags ${text}`, () => {
    const { flags } = parseTcpLine(`> ${text} 1:1(0)`);
    assertEquals([flags.bits, flags.ace], [bits, ace]);
    assertEquals([flags.ack, flags.syn, flags.ae], [(bits & 0x10) !== 0, (bits & 2) !== 0, (bits & 0x100) !== 0]);
  });
}

Deno.test("numbers of a segment", () => {
  const segment = parseTcpLine("< 5000 > 80 P. 1:1001(1000) ack 2 win 300 urg 4");
  assertEquals([segment.ports?.source, segment.ports?.destination], [5000, 80]);
  assertEquals([segment.seq.start, segment.seq.end, segment.seq.length], [1, 1001, 1000]);
  assertEquals([segment.ack, segment.window, segment.urgent, segment.options.kind], [2, 300, 4, "none"]);
  assertEquals(parseTcpLine("> . 4294967295:4294967295(0)").seq.start, 0xffffffff);
});

const OPTIONS: readonly (readonly [text: string, hex: string])[] = [
  ["mss 1460,nop,wscale 7", "020405b401030307"],
  ["sackOK,eol,eol", "04020000"],
  ["nop,nop,sack 1:2 4294967295:3", "010105120000000100000002ffffffff00000003"],
  ["TS val 100 ecr 4294967295,nop,nop", "080a00000064ffffffff0101"],
  ["md5 00112233445566778899aabbccddeeff,nop,nop", "131200112233445566778899aabbccddeeff0101"],
  ["FO,nop,nop", "22020101"],
  ["FO abcd1234,nop,nop", "2206abcd12340101"],
  ["FO 12345678,nop,nop", "2206123456780101"],
  ["FOEXP", "fe04f989"],
  ["FOEXP abcd", "fe06f989abcd" + "0101"],
  ["ECN e0b 1 ceb 2 e1b 3,nop", "ac0b00000100000200000301"],
  ["ECN e1b 16777215,nop,nop,nop", "ae05ffffff010101"],
  ["opt 30 0081", "1e040081"],
  ["opt 99,nop,nop", "63020101"],
  ["raw 0204", "0204"],
];

for (const [text, hex] of OPTIONS) {
  Deno.test(`options <${text}>`, () => {
    const padded = text === "FOEXP abcd" ? "FOEXP abcd,nop,nop" : text;
    const { options } = parseTcpLine(`> . 1:1(0) <${padded}>`);
    assert(options.kind === "list");
    assertEquals(toHex(encodeTcpOptions(options.options)), hex);
    assertEquals(options.length, hex.length / 2);
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

Deno.test("<...> leaves options unchecked", () => {
  assertEquals(parseTcpLine("> . 1:1(0) <...>").options.kind, "any");
});

Deno.test("IP info as packetdrill has it is no superset", () => {
  for (
    const text of [
      "[ect0]",
      "(tos 0x1F)",
      "[ttl 0]",
      "[flowlabel 0xabcde]",
      "[ect01,flowlabel 0x1]",
      "(tos 0x02,flowlabel 0x1)",
    ]
  ) {
    const packet = parsePacketLine(`> ${text} . 1:1(0)`);
    assert(packet.ip !== undefined, text);
  }
  const { ip } = parsePacketLine("> (tos 0x1F,flowlabel 0xabcde) . 1:1(0)");
  assertEquals([ip?.tos, ip?.flowLabel, ip?.ecn, ip?.ttl], [0x1f, 0xabcde, undefined, undefined]);
});

Deno.test("encapsulation", () => {
  const packet = parsePacketLine(
    "< ipv4 [tos 0x3] 1.2.3.4 > 5.6.7.8: gre flags [checksum present, key present], sum 1, off 2, key=3, seq 4: " +
      "mpls (label 16, tc 1, [S], ttl 64): ipv6 ::1 > 2::2: udp (10)",
  );
  assertEquals(packet.encapsulations.map(({ kind }) => kind), ["ipv4", "gre", "mpls", "ipv6"]);
  const [outer, gre, mpls] = packet.encapsulations;
  assert(outer?.kind === "ipv4" && gre?.kind === "gre" && mpls?.kind === "mpls");
  assertEquals([outer.source, outer.destination, outer.ip?.tos], ["1.2.3.4", "5.6.7.8", 3]);
  assertEquals(gre.gre, { flags: 0xa000, checksum: 1, offset: 2, key: 3, sequence: 4 });
  const [entry] = mpls.entries;
  assertEquals([entry?.label, entry?.trafficClass, entry?.bottom, entry?.ttl], [16, 1, true, 64]);
  assertEquals(parsePacketLine("> gre: . 1:1(0)").encapsulations.length, 1);
  assertEquals(parseTcpLine("> encap psp spi 23 P. 1:2(1) ack 1").psp?.spi, 23);
});

Deno.test("UDP", () => {
  const { transport } = parsePacketLine("< udp 53 > 5353 (512)");
  assert(transport.kind === "udp");
  assertEquals([transport.ports?.source, transport.ports?.destination, transport.length], [53, 5353, 512]);
});

const ICMP: readonly (readonly [text: string, six: boolean, type: number, code: number])[] = [
  ["icmp unreachable frag_needed mtu 1400", false, 3, 4],
  ["icmp unreachable frag_needed mtu 1400 [1:11(10)]", false, 3, 4],
  ["icmp time_exceeded", false, 11, 0],
  ["icmp type_200 code_7 [udp(5)]", false, 200, 7],
  ["icmp echo_request id 9 [raw(20)]", false, 8, 0],
  ["icmp packet_too_big mtu 1280", true, 2, 0],
  ["icmp unreachable port_unreachable", true, 1, 4],
  ["icmp parameter_problem unknown_option", true, 4, 2],
];

for (const [text, six, type, code] of ICMP) {
  Deno.test(`${text}${six ? " (IPv6)" : ""}`, () => {
    const { transport } = parsePacketLine(`< ${text}`, six ? V6 : {});
    assert(transport.kind === "icmp");
    assertEquals([transport.type, transport.code, transport.exact], [type, code, false]);
  });
}

Deno.test("superset: IP header fields", () => {
  const { ip } = parsePacketLine(
    "< [id 7, df, -mf, rf, off 1480, ttl 3, tos 0x10, proto 99, ihl 7, len 60, version 5, csum bad, options 9404] udp (3)",
  );
  assert(ip !== undefined);
  assertEquals([ip.id, ip.df, ip.mf, ip.reserved, ip.fragmentOffset], [7, true, false, true, 1480]);
  assertEquals([ip.ttl, ip.tos, ip.protocol, ip.headerLength, ip.totalLength, ip.version], [3, 0x10, 99, 7, 60, 5]);
  assertEquals([ip.checksum?.kind, toHex(ip.options ?? new Uint8Array())], ["bad", "9404"]);
  const six = parsePacketLine("< [hlim 9, hopopts 0100, dstopts 0000, nexthdr 59] udp (3)", V6).ip;
  assertEquals([six?.ttl, six?.protocol, six?.extensions.map(({ kind }) => kind)], [9, 59, [
    "hop-by-hop",
    "destination",
  ]]);
});

Deno.test("superset: fragments", () => {
  const { fragment } = parsePacketLine("< [id 7] frag 8:24 -mf fill 0xff udp (30)");
  assertEquals([fragment?.start, fragment?.end, fragment?.mf, fragment?.fill], [8, 24, false, 255]);
  assertEquals(parsePacketLine("> frag 0:8 udp (30)").fragment?.mf, undefined);
});

Deno.test("superset: TCP and UDP fields", () => {
  const segment = parseTcpLine('< P. 1:6(5) ack 1 win 9 <nop,nop> csum 0x12 res 5 doff 4 trunc 12 payload "hello"');
  assertEquals([segment.reserved, segment.dataOffset, segment.truncate], [5, 4, 12]);
  assert(segment.checksum?.kind === "value");
  assertEquals([segment.checksum.value, new TextDecoder().decode(segment.payload?.bytes)], [0x12, "hello"]);
  const { transport } = parsePacketLine("< udp (3) csum 0 len 50 payload 00ff10 trunc 6");
  assert(transport.kind === "udp" && transport.checksum?.kind === "value");
  assertEquals([transport.checksum.value, transport.lengthField, transport.truncate], [0, 50, 6]);
  assertEquals(toHex(transport.payload?.bytes ?? new Uint8Array()), "00ff10");
});

Deno.test("superset: ICMP echo, quotes, and what is then compared", () => {
  const echo = parsePacketLine('> icmp echo_reply id 5 seq 1 (4) payload "ping"').transport;
  assert(echo.kind === "icmp");
  assertEquals([echo.id, echo.sequence, echo.dataLength, echo.exact], [5, 1, 4, true]);
  const error =
    parsePacketLine("> icmp unreachable port_unreachable [([ttl 3] udp 5000 > 53 (10) trunc 16)]").transport;
  assert(error.kind === "icmp" && error.quoted?.kind === "packet" && error.quoted.transport.kind === "udp");
  assertEquals([error.exact, error.quoted.direction, error.quoted.ip?.ttl], [true, "in", 3]);
  assertEquals([error.quoted.transport.length, error.quoted.transport.truncate], [10, 16]);
  const bare = parsePacketLine("> icmp unreachable frag_needed mtu 1400 exact").transport;
  assert(bare.kind === "icmp");
  assertEquals(bare.exact, true);
  const pointer = parsePacketLine("> icmp parameter_problem pointer 20").transport;
  assert(pointer.kind === "icmp");
  assertEquals([pointer.pointer, pointer.code], [20, 0]);
});

Deno.test("superset: other protocols, addresses, repetition", () => {
  const { transport, addresses } = parsePacketLine("< 192.0.2.9 > *: ip proto 253 (64)");
  assert(transport.kind === "ip");
  assertEquals([transport.protocol, transport.length], [253, 64]);
  assertEquals([addresses?.source, addresses?.destination], ["192.0.2.9", undefined]);
  const counts = ["?", "{3}", "{2,4}", "{2,}"].map((text) => parsePacketLine(`>${text} . 1:1(0)`).repeat);
  assertEquals(counts.map((repeat) => [repeat?.min, repeat?.max]), [[0, 1], [3, 3], [2, 4], [2, Infinity]]);
});

Deno.test("nplab: what its segments add", () => {
  const segment = parseTcpLine("> S.E 5:5(0)! ack 1 <nop,nop,md5 valid>/udp(9811 > 1)", NPLAB);
  assertEquals([segment.flags.bits, segment.seq.absolute], [0x52, true]);
  assertEquals([segment.udpEncapsulation?.source, segment.udpEncapsulation?.destination], [9811, 1]);
  assertEquals(parseTcpLine("> R. ...(7) ack 1", NPLAB).seq.wildcard, true);
  assertEquals(parseTcpLine("> R 1:9(8) [code 1, pen 2]", NPLAB).resetDiagnostic?.pen, 2);
  const { options } = parseTcpLine("> . 1:1(0) <TS val ... ecr 5!,gen-30 0081,exp-FO 1234>", NPLAB);
  assert(options.kind === "list" && options.options[0]?.kind === "timestamp");
  assertEquals([options.options[0].val, options.options[0].ecrAbsolute], [undefined, true]);
  const { ip } = parsePacketLine("> [dscp af11, ecn ect0, hlim 4] . 1:1(0)", NPLAB);
  assertEquals([ip?.dscp, ip?.ecn, ip?.ttl], [10, "ect0", 4]);
});

const REFUSED: readonly (readonly [text: string, problem: string])[] = [
  ["> .P 1:1(0)", "1:7: syntax error at 'P'"],
  ["> Sx 0:0(0)", "1:6: Invalid TCP flag: 'x'"],
  ["> .8 1:1(0)", "1:6: Invalid TCP flag: '8'"],
  ["> S12 1:1(0)", "1:6: Conflicting TCP flag: '2'"],
  ["> SE5 1:1(0)", "1:6: Conflicting TCP flag: '5'"],
  ["> S5E 1:1(0)", "1:6: Conflicting TCP flag: 'E'"],
  ["> .5:5(0)", "1:8: syntax error at ':'"],
  ["> . 1:2(0)", "1:8: inconsistent TCP sequence numbers and payload size"],
  ["> . 4294967296:1(0)", "1:8: start sequence number out of range: 4294967296"],
  ["> . 1:65537(65536)", "1:16: payload length out of range: 65536"],
  ["< . 1:1(0) ack 1", "1:6: window must be specified for inbound packets"],
  ["> . 1:1(0) win 65536", "1:19: window value out of range: 65536"],
  ["< . 1:1(0) win 1 <...>", "1:21: <...> for TCP options can only be used with outbound packets"],
  ["> . 1:1(0) <mss 65536>", "1:20: mss value out of range: 65536"],
  ["> . 1:1(0) <FO abc,nop,nop>", "1:19: TCP fast open cookie has an odd number of digits"],
  ["> . 1:1(0) <ECN ceb 1>", "1:20: syntax error at 'ceb'"],
  ["> . 1:1(0) <nop nop>", "1:20: syntax error at 'nop'"],
  ["> [tos 16] . 1:1(0)", "1:11: syntax error at '16'"],
  ["< [ect01] . 1:1(0) win 1", "1:7: [ect01] can only be used with outbound packets"],
  ["> [ect0] udp (5)", "1:6: ECN can only be used with TCP packets"],
  ["> [df, df] . 1:1(0)", "1:11: IP header field given twice"],
  ["< icmp nonsense", "1:11: bad ICMP type nonsense"],
  ["< icmp unreachable frag_neded", "1:23: bad ICMP code frag_neded"],
  ["< icmp time_exceeded exceeded_hop_limit", "1:25: bad ICMP code exceeded_hop_limit"],
  ["< icmp unreachable mtu 1400", "1:23: ICMP mtu cannot be given for this type and code"],
  ["< [off 4] udp (5)", "1:11: fragment offset is not a multiple of 8"],
  ["< frag 16:8 udp (30)", "1:6: fragment ends before it starts"],
  ["< {2,3} . 1:1(0) win 1", "1:6: an inbound packet needs one count"],
  ["< . 1:1(0) ack 1~2 win 1", "1:20: an inbound packet has one ack number"],
  ["> . 1:1(0) ack 2~1", "1:20: the range of ack numbers is backwards"],
  ["< udp (5) payload 00", "1:14: payload has 1 bytes, the packet says 5"],
  ["< ::1 > *: udp (5)", "1:6: an IPv6 address in an ipv4 packet"],
  ["< ipv4 1.2.3.999 > 1.2.3.4: udp (5)", "1:11: bad IPv4 address: 1.2.3.999"],
  ["< gre: gre: gre: gre: gre: udp (5)", "1:4: too many headers"],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`refused: ${text}`, () => assertProblems(`+0 ${text}\n`, [problem]));
}

Deno.test("too many options", () => {
  assertProblems(`+0 > . 1:1(0) <${new Array(44).fill("nop").join(",")}>\n`, ["1:15: TCP option list too long"]);
});

Deno.test("IPv6 scripts have IPv6's types, and no df", () => {
  assertProblems("+0 < icmp unreachable frag_needed\n", ["1:23: bad ICMP code frag_needed"], V6);
  assertProblems("+0 < [df] udp (5)\n", ["1:7: IPv6 has no 'df'"], V6);
  assertProblems("+0 < [hopopts 00] udp (5)\n", ["1:7: IPv4 has no 'hopopts'"]);
});
