/** The options that netproof adds: what is read, what goes on the wire, and what is refused. */
import { assert, assertEquals } from "@std/assert";
import { parseScript } from "./parser.ts";
import { isExtended } from "./superset.ts";
import { assertProblems, parsePacketLine, parseTcpLine } from "./test_support.ts";
import { encodeTcpOptions, optionPattern } from "./tcp_options.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function listOf(options: string) {
  const { options: list } = parseTcpLine(`> . 1:1(0) ack 1 <${options}>`);
  assert(list.kind === "list");
  return list;
}

const WIRE: readonly (readonly [text: string, octets: string])[] = [
  ["AO keyid 1 rnextkeyid 2 mac 00112233445566778899aabb", "1d10010200112233445566778899aabb"],
  ["mpcapable v1 flags[flag_h] nokey", "1e040101"],
  ["mpcapable v1 flags[flag_b, flag_h] key[ckey=2, skey]", "1e14014100000000000000020000000000000000"],
  ["mpcapable v1 flags 0x41 key[5, 6] mpcdatalen 100,nop,nop", "1e1601410000000000000005000000000000000600640101"],
  ["dss dack4=1 dsn8=1 ssn=0 dll=1 nocs fin,nop,nop", "1e16201d0000000000000000000000000000000000010101"],
  ["dss dack8=101 dll=0 nocs", "1e0c20030000000000000000"],
  ['add_address address_id=1 addr[ep=inet_addr("198.51.100.2")] addr_echo', "1e08310100000000"],
  ["mp_prio backup=1 address_id=3", "1e045103"],
  ["mp_prio backup=1,nop", "1e035101"],
  ["mp_reset 1", "1e048001"],
  ["mp_fastclose ckey=7", "1e0c70000000000000000007"],
  ["remove_address address_id=[2, 3],nop,nop,nop", "1e05400203010101"],
];

for (const [text, octets] of WIRE) {
  // Names, sequence numbers and hashes are zeros until a run knows them.
  Deno.test(`<${text}> is ${octets}`, () => assertEquals(hex(encodeTcpOptions(listOf(text).options)), octets));
}

Deno.test("a wildcard leaves its octets open, and no others", () => {
  const [stamp] = listOf("TS val * ecr 5,nop,nop").options;
  assertEquals(hex(optionPattern(stamp!).compared), "ffff" + "00000000" + "ffffffff");
  const [cookie] = listOf("FO *,...").options;
  assertEquals([optionPattern(cookie!).anyLength, hex(optionPattern(cookie!).bytes)], [true, "2202"]);
});

Deno.test("sets and open lists need no padding", () => {
  assertEquals([listOf("{mss 1460,wscale *}").unordered, listOf("{mss 1460,wscale *}").rest], [true, false]);
  assertEquals([listOf("{wscale 7,...}").rest, listOf("wscale 7,...").unordered], [true, false]);
  assertProblems("0 > . 1:1(0) ack 1 <wscale *>\n", [
    "1:20: TCP options are not padded correctly to ensure TCP header is a multiple of 4 bytes: 3 excess bytes",
  ]);
});

const REFUSED: readonly (readonly [text: string, problem: string])[] = [
  ["< . 1:1(0) ack 1 win 5 <mss *>", "1:25: * can only be used with outbound packets"],
  ["< . 1:1(0) ack 1 win 5 <{mss 5}>", "1:24: <{…}> for TCP options can only be used with outbound packets"],
  ["< . 1:1(0) ack 1 win 5 <mss 5,...>", "1:24: ... among TCP options can only be used with outbound packets"],
  ["< . 1:1(0) ack 1 win 5 exact", "1:24: exact can only be used with outbound packets"],
  ["> . 1:1(0) ack 1 <{mss 5,nop}>", "1:26: padding does not count in <{…}>"],
  ["> . 1:1(0) ack 1 <raw 0203,...>", "1:19: raw bytes need a list in order, to its end"],
  ["> icmpv6 echo_request", "1:3: icmpv6 in an IPv4 packet"],
  ["> . 1:1(0) ack 1 <mpcapable v99 flags 0 nokey>", "1:29: bad MPTCP version 'v99'"],
  ["> . 1:1(0) ack 1 <AO keyid 256 rnextkeyid 0 mac 00112233>", "1:28: KeyID out of range: 256"],
];

for (const [text, problem] of REFUSED) {
  Deno.test(`refused: ${text}`, () => {
    const moved = problem.replace(/^1:(\d+)/, (_, column: string) => `1:${Number(column) + 2}`);
    assertProblems(`0 ${text}\n`, [moved]);
  });
}

Deno.test("what is said of one line leaves all others as packetdrill means them", () => {
  const lines = [
    "> . 1:1(0) ack 1 <mss *>",
    "> . 1:1(0) ack 1 <{mss 5}>",
    "> . 1:1(0) ack 1 <nop,nop,TS val 1 ecr 2> exact",
    "> . 1:1(0) ack 1 <mp_reset 1>",
    "> icmpv4 echo_reply",
  ];
  for (const line of lines) {
    const script = parseScript(`// strict: yes\n// requires: RFC9293-MUST-1\n0 ${line}\n`, { path: "t.pkt" });
    assertEquals([script.superset.length > 0, isExtended(script)], [true, false], line);
  }
  assert(isExtended(parseScript("0 > none\n", { path: "t.pkt" })));
});

Deno.test("the words of the listings", () => {
  const icmp = (text: string, ipVersion: "ipv4" | "ipv6") => parsePacketLine(text, { ipVersion }).transport;
  for (
    const [text, version] of [["icmpv6 echo_request id 1 seq 1 (8)", "ipv6"], ["icmpv4 echo_reply", "ipv4"]] as const
  ) {
    const plain = icmp(`> ${text.replace(/icmpv[46]/, "icmp")}`, version);
    const { span: _, ...named } = icmp(`> ${text}`, version);
    const { span: __, ...other } = plain;
    assertEquals(named, other);
  }
});

Deno.test("what packetdrill's first versions had in front of icmp", () => {
  const { transport } = parsePacketLine("< [1:1461(1460)] icmp unreachable frag_needed mtu 1200");
  const { transport: now } = parsePacketLine("< icmp unreachable frag_needed mtu 1200 [1:1461(1460)]");
  assert(
    transport.kind === "icmp" && now.kind === "icmp" && transport.quoted?.kind === "tcp" && now.quoted?.kind === "tcp",
  );
  assertEquals([transport.mtu, transport.quoted.seq.start, transport.quoted.seq.length], [1200, 1, 1460]);
  assertEquals(transport.exact, false);
});

Deno.test("SCTP is named, once, whatever else is not read", () => {
  const script = "0 socket(..., SOCK_STREAM, IPPROTO_SCTP) = 3\n+0 < sctp: INIT[flgs=0]\n+0 > sctp: INIT_ACK[flgs=0]\n";
  for (const dialect of ["auto", "packetdrill", "nplab"] as const) {
    assertProblems(script, ["2:6: the script tests SCTP, which netproof does not read"], { dialect });
  }
});

Deno.test("characters that only look right are named, each once", () => {
  assertProblems("0\u00a0close(3)\u00a0= 0\n", ["1:2: no-break space (U+00A0): packetdrill's language has ASCII only"]);
  assertProblems("\ufeff0 close(3) = 0\n", ["1:1: byte order mark (U+FEFF): packetdrill's language has ASCII only"]);
  assertProblems("0 close(3) = \u22121 EBADF (x)\n", [
    "1:14: minus sign (U+2212): packetdrill's language has ASCII only",
  ]);
});

Deno.test("nplab: iovecs and control messages by their fields, UDP-Lite", () => {
  const nplab = { dialect: "nplab" } as const;
  const { transport } = parsePacketLine("< udplite (1280, 8)", nplab);
  assert(transport.kind === "udp");
  assertEquals([transport.length, transport.coverage], [1280, 8]);
  const call =
    "recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{iov_base=..., iov_len=5}], msg_control(48)=[{cmsg_len=48, " +
    "cmsg_level=0, cmsg_type=11, cmsg_data=5}], msg_flags=0}, 0) = 5";
  const [event] = parseScript(`0 ${call}\n`, { path: "t.pkt", ...nplab }).events;
  assert(event?.action.kind === "syscall" && event.action.args[1]?.kind === "msghdr");
  assertEquals(event.action.args[1].iov.elements.map((one) => one.kind === "iovec" && one.length), [5]);
});

Deno.test("counters by the names of snmp6", () => {
  for (
    const [text, counter] of [["Ip6InReceives", "Ip6.InReceives"], ["Icmp6OutType133", "Icmp6.OutType133"], [
      "Ip.InReceives",
      "Ip.InReceives",
    ]]
  ) {
    const [event] = parseScript(`0 mib("${text}") = +1\n`, { path: "t.pkt" }).events;
    assert(event?.action.kind === "mib");
    assertEquals(event.action.counter, counter);
  }
  assertProblems('0 mib("InReceives") = +1\n', ['1:7: bad counter name "InReceives"']);
});
