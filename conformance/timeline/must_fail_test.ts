/**
 * Every check can fail: a replay that a script accepts, and for each thing that is checked one that differs in it.
 */
import { assert, assertEquals } from "@std/assert";
import { parseFor, python, type Replay, replay } from "./_fake_session.ts";

const SYN = "0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7>\n";
const ACK = "+.01 < . 1:1(0) ack 1 win 257 <nop,nop,TS val 701 ecr 100>\n";
const SYNACK = "> S. 5:5(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 700,nop,wscale 8>";
/** The replay's own line for {@link SYNACK}: its script ISN is 0, so that live numbers start at LOCAL_ISN. */
const LIVE_SYNACK = "0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 9100 ecr 700,nop,wscale 8>";
const DATA = "> P. 1:1001(1000) ack 1 win 500 <nop,nop,TS val 200 ecr 701>";
const SCRIPT = `${SYN}+0 ${SYNACK}\n${ACK}+.1 ${DATA}\n`;

function live(data = DATA, at = "0.11"): string[] {
  // The replay writes live numbers of data segments relative to its ISN, as scripts do.
  return [LIVE_SYNACK, `${at} ${data}`];
}

Deno.test("the base of the table passes", async () => {
  const outcome = await replay(SCRIPT, { packets: live() });
  assertEquals(outcome.message, "");
  assertEquals(outcome.verdict, "pass");
});

/** A script line that differs from the live packet in one thing, and what is said. */
const PACKET_FIELDS: readonly [what: string, data: string, message: RegExp][] = [
  ["tos", "> (tos 0x10) P. 1:1001(1000) ack 1 <...>", /field tos: expected: 16 \(0x10\) vs actual: 0 \(0x0\)$/],
  ["ecn", "> [ect0] P. 1:1001(1000) ack 1 <...>", /field ip_ecn: expected: 2 \(0x2\) vs actual: 0 \(0x0\)$/],
  ["ect01", "> [ect01] P. 1:1001(1000) ack 1 <...>", /field ip_ecn: expected: 0x1 or 0x2 vs actual: 0x0$/],
  ["ttl", "> [ttl 64] P. 1:1001(1000) ack 1 <...>", /field ttl: expected: 64 \(0x40\) vs actual: 255 \(0xff\)$/],
  ["FIN", "> FP. 1:1001(1000) ack 1 <...>", /field tcp_fin: expected: 1 \(0x1\) vs actual: 0 \(0x0\)$/],
  ["RST", "> RP. 1:1001(1000) ack 1 <...>", /field tcp_rst: expected: 1/],
  ["PSH", "> . 1:1001(1000) ack 1 <...>", /field tcp_psh: expected: 0 \(0x0\) vs actual: 1/],
  ["ACK", "> P 1:1001(1000) <...>", /field tcp_ack: expected: 0/],
  ["URG", "> PU. 1:1001(1000) ack 1 <...>", /field tcp_urg: expected: 1/],
  ["ECE", "> PE. 1:1001(1000) ack 1 <...>", /field tcp_ece: expected: 1/],
  ["CWR", "> PW. 1:1001(1000) ack 1 <...>", /field tcp_cwr: expected: 1/],
  ["AE", "> PA. 1:1001(1000) ack 1 <...>", /field tcp_ae: expected: 1/],
  ["ACE", "> P.5 1:1001(1000) ack 1 <...>", /field tcp_ace: expected: 5 \(0x5\) vs actual: 0/],
  ["seq", "> P. 2:1002(1000) ack 1 <...>", /field tcp_seq: expected: 2 \(0x2\) vs actual: 1 \(0x1\)$/],
  ["ack", "> P. 1:1001(1000) ack 2 <...>", /field tcp_ack_seq: expected: 2 \(0x2\) vs actual: 1 \(0x1\)$/],
  ["win", "> P. 1:1001(1000) ack 1 win 5 <...>", /field tcp_window: expected: 5 \(0x5\) vs actual: 500 \(0x1f4\)$/],
  ["urg", "> P. 1:1001(1000) ack 1 urg 7 <...>", /field tcp_urg_ptr: expected: 7/],
  ["res", "> P. 1:1001(1000) ack 1 <...> res 1", /field tcp_reserved_bits: expected: 1/],
  ["length", "> P. 1:901(900) ack 1 <...>", /live packet payload: expected 900 bytes vs actual 1000 bytes$/],
  ["no options", "> P. 1:1001(1000) ack 1", /field ipv4_total_length: expected: 1040 \(0x410\) vs actual: 1052/],
  ["option order", "> P. 1:1001(1000) ack 1 <nop,TS val 200 ecr 701,nop>", /bad outbound TCP options$/],
  ["option value", "> P. 1:1001(1000) ack 1 <sack 5:6,nop,nop>", /bad outbound TCP options$/],
  [
    "kind of packet",
    "> udp (1000)",
    /no matching socket for script packet; the socket under test is of another protocol$/,
  ],
  ["payload", '> P. 1:1001(1000) ack 1 <...> payload "x"', /payload/],
];

for (const [what, data, message] of PACKET_FIELDS) {
  Deno.test(`a segment that differs in ${what} fails`, async () => {
    let text = `${SYN}+0 ${SYNACK}\n${ACK}+.1 ${data}\n`;
    if (what === "payload") text = text.replace('payload "x"', `payload "${"x".repeat(1000)}"`);
    const outcome = await replay(text, { packets: live() });
    // No stack can send a packet that its socket does not have: that one is the script's fault.
    assertEquals(outcome.verdict, what === "kind of packet" ? "error" : "fail", outcome.message);
    assert(message.test(outcome.message), outcome.message);
    assertEquals(outcome.line, 4);
    assertEquals(outcome.failure?.kind, "packet");
  });
}

/** A live packet that differs in one thing from what {@link SCRIPT} says. */
const LIVE_OPTIONS: readonly [what: string, synack: string, message: RegExp][] = [
  [
    "mss",
    LIVE_SYNACK.replace("mss 1460", "mss 1440"),
    /bad value in outbound TCP option \(kind=2\): expected: mss 1460 actual: mss 1440$/,
  ],
  ["wscale", LIVE_SYNACK.replace("wscale 8", "wscale 7"), /bad value in outbound TCP option \(kind=3\)/],
  ["sackOK", LIVE_SYNACK.replace("sackOK", "nop,nop"), /bad outbound TCP options$/],
  [
    "no timestamps",
    LIVE_SYNACK.replace("TS val 9100 ecr 700,nop", "opt 34 3021b9d889017eeb,nop"),
    /bad outbound TCP options$/,
  ],
  [
    "unknown kind",
    LIVE_SYNACK.replace("TS val 9100 ecr 700,nop", "opt 30 3021b9d889017eeb,nop"),
    /unexpected TCP option kind: 30$/,
  ],
];

for (const [what, synack, message] of LIVE_OPTIONS) {
  Deno.test(`a SYN+ACK whose options differ in ${what} fails`, async () => {
    const outcome = await replay(SCRIPT, { packets: [synack, `0.11 ${DATA}`] });
    assertEquals(outcome.verdict, "fail", outcome.message);
    assert(message.test(outcome.message), outcome.message);
    assertEquals(outcome.line, 2);
  });
}

Deno.test("SACK edges are compared in script numbers", async () => {
  const ack = (left: number, right: number) => `> . 1:1(0) ack 1 win 500 <nop,nop,sack ${left}:${right}>`;
  const text = `${SYN}+0 ${SYNACK}\n${ACK}+0 ${ack(1001, 2001)}\n`;
  const remote = { remoteIsn: 0 };
  assertEquals((await replay(text, { ...remote, packets: [LIVE_SYNACK, `0.01 ${ack(1001, 2001)}`] })).message, "");
  const outcome = await replay(text, { ...remote, packets: [LIVE_SYNACK, `0.01 ${ack(1001, 2002)}`] });
  assert(/kind=5\): expected: sack 1001:2001 actual: sack 1001:2002$/.test(outcome.message), outcome.message);
});

Deno.test("numbers are relative to the initial sequence numbers except on SYN segments", async () => {
  const text = `0 < S 123:123(0) win 1000\n+0 > S. 456:456(0) ack 124\n+0 < . 1:1(0) ack 1 win 1000\n` +
    `+0 > P. 1:11(10) ack 1\n`;
  const packets = ["0 > S. 0:0(0) ack 124 win 1", "0 > P. 1:11(10) ack 1 win 1"];
  assertEquals((await replay(text, { packets, remoteIsn: 123 })).message, "");
  const wrong = await replay(text.replace("ack 124", "ack 125"), { packets, remoteIsn: 123 });
  assert(/tcp_ack_seq: expected: 125 \(0x7d\) vs actual: 124/.test(wrong.message), wrong.message);
});

Deno.test("every difference is reported with its octets", async () => {
  const text = `${SYN}+0 ${SYNACK}\n${ACK}+.1 > . 1:1001(1000) ack 2 win 5 <...>\n`;
  const outcome = await replay(text, { packets: live(DATA.replace("val 200", "val 9200")) });
  const fields = outcome.failure?.differences?.map(({ field, start, end }) => [field, start, end]);
  assertEquals(fields, [["tcp_psh", 32, 34], ["tcp_ack_seq", 28, 32], ["tcp_window", 34, 36]]);
  assertEquals(outcome.failure?.expected, " 0.110000 . 1:1001(1000) ack 2 win 5 <...>");
  assertEquals(
    outcome.failure?.actual,
    " 0.110000 P. 1:1001(1000) ack 1 win 500 <nop,nop,TS val 200 ecr 701>",
  );
});

/** Octets changed on their way: what packetdrill does not see, and what its sniffer chokes on. */
const TAMPERED: readonly [what: string, tamper: (bytes: Uint8Array) => Uint8Array, kind: string, message: RegExp][] = [
  ["TCP checksum", (bytes) => flip(bytes, 36), "checksum", /outbound TCP checksum is wrong$/],
  ["IP checksum", (bytes) => flip(bytes, 11), "packet", /Bad IP checksum: packet of \d+ bytes:$/],
  ["payload octet", (bytes) => flip(bytes, bytes.length - 1), "checksum", /checksum is wrong$/],
  ["more fragments", (bytes) => fixIp(bytes, 6, 0x20), "packet", /More fragments remaining: packet of/],
  ["fragment offset", (bytes) => fixIp(bytes, 7, 1), "packet", /Non-zero fragment offset: packet of/],
  ["data offset", (bytes) => set(bytes, 32, 0x40), "packet", /TCP data offset is not consistent/],
  ["cut short", (bytes) => bytes.subarray(0, 50), "packet", /truncated/],
];

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return set(bytes, at, bytes[at]! ^ 0xff);
}

/** Sets an octet of the IPv4 header and corrects its checksum. */
function fixIp(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = set(bytes, at, value);
  copy[10] = copy[11] = 0;
  let sum = 0;
  for (let i = 0; i < 20; i += 2) sum += (copy[i]! << 8) | copy[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  copy[10] = (~sum >> 8) & 0xff;
  copy[11] = ~sum & 0xff;
  return copy;
}

for (const [what, tamper, kind, message] of TAMPERED) {
  Deno.test(`a packet damaged in its ${what} fails`, async () => {
    const packets = { packets: live(), tamper: (bytes: Uint8Array, i: number) => i === 1 ? tamper(bytes) : bytes };
    const outcome = await replay(SCRIPT, packets);
    assertEquals(outcome.failure?.kind, kind, outcome.message);
    assert(message.test(outcome.message), outcome.message);
  });
}

Deno.test("a checksum left to the device is not judged, and verification can be off", async () => {
  const tamper = (bytes: Uint8Array, i: number) => i === 1 ? flip(bytes, 36) : bytes;
  assertEquals((await replay(SCRIPT, { packets: live(), tamper, checksumPartial: true })).verdict, "pass");
  assertEquals((await replay(SCRIPT, { packets: live(), tamper }, { verifyChecksums: false })).verdict, "pass");
});

/** Times of the data segment, due at 0.11 with a tolerance of 12.5 % of 100 ms. */
const TIMES: readonly [at: string, spec: string, passes: boolean][] = [
  ["0.11", "+.1", true],
  ["0.1224", "+.1", true],
  ["0.1226", "+.1", false],
  ["0.0976", "+.1", true],
  ["0.0974", "+.1", false],
  ["0.1224", "0.11", true],
  ["0.1226", "0.11", false],
  ["0.18", "+.1~+.18", true],
  ["0.21", "+.1~+.18", false],
  ["0.0974", "+.1~+.18", false],
  ["0.25", "0.1~0.2", false],
  ["0.2", "0.1~0.2", true],
  ["50", "*", true],
];

for (const [at, spec, passes] of TIMES) {
  Deno.test(`a packet at ${at} ${passes ? "is in time" : "is not in time"} for ${spec}`, async () => {
    const outcome = await replay(`${SYN}+0 ${SYNACK}\n${ACK}${spec} ${DATA}\n`, { packets: live(DATA, at) });
    assertEquals(outcome.verdict, passes ? "pass" : "fail", outcome.message);
    if (passes) return;
    assertEquals(outcome.failure?.kind, "time");
    assert(/timing error: expected outbound packet (at|in)/.test(outcome.message), outcome.message);
  });
}

Deno.test("a packet that does not come is missing after two seconds and the gap", async () => {
  const outcome = await replay(SCRIPT, { packets: [LIVE_SYNACK] });
  assertEquals(outcome.failure?.kind, "missing-packet");
  assertEquals(outcome.message, "test.pkt:4: error handling packet: Timed out waiting for packet");
  assertEquals(outcome.session.now(), 2_010_000);
});

Deno.test("segments are merged unless the script says otherwise", async () => {
  const halves = ["0.11 > . 1:501(500) ack 1 win 500", "0.111 > P. 501:1001(500) ack 1 win 500"];
  const text = SCRIPT.replace(DATA, "> P. 1:1001(1000) ack 1 win 500");
  const packets = [LIVE_SYNACK, ...halves];
  assertEquals((await replay(text, { packets })).message, "");
  const strict = await replay(`--strict_segments\n${text}`, { packets });
  assert(/payload: expected 1000 bytes vs actual 500 bytes$/.test(strict.message), strict.message);
});

/** A second half that can't be merged with `. 1:501(500) ack 1 win 500`. */
const HALVES: readonly [half: string, message: RegExp][] = [
  ["> P. 501:1001(500) ack 1 win 501", /tcp_window: expected: 500 \(0x1f4\) vs actual: 501/],
  ["> P. 501:1001(500) ack 2 win 500", /tcp_ack_seq/],
  ["> P. 502:1002(500) ack 1 win 500", /tcp_seq/],
  ["> PE. 501:1001(500) ack 1 win 500", /tcp_ece/],
  [
    "> P. 501:901(400) ack 1 win 500",
    /fragment payload: expected 500 bytes vs actual 400 bytes; total payload: expected 1000 bytes vs actual 900 bytes$/,
  ],
  ["> P. 501:1002(501) ack 1 win 500", /fragment payload: expected 500 bytes vs actual 501 bytes/],
];

for (const [half, message] of HALVES) {
  Deno.test(`a segment is not merged with ${half}`, async () => {
    const packets = [LIVE_SYNACK, "0.11 > . 1:501(500) ack 1 win 500", `0.11 ${half}`];
    const outcome = await replay(SCRIPT.replace(DATA, "> P. 1:1001(1000) ack 1 win 500"), { packets });
    assert(message.test(outcome.message), outcome.message);
    assertEquals(outcome.verdict, "fail");
  });
}

Deno.test("--non_fatal=packet turns differences into warnings, but not lengths", async () => {
  const off = { packets: live(DATA.replace("win 500", "win 501")) };
  const outcome = await replay(`--non_fatal=packet\n${SCRIPT}`, off);
  assertEquals(outcome.verdict, "pass");
  assertEquals(outcome.warnings, [
    "test.pkt:5: warning handling packet: live packet field tcp_window: expected: 500 (0x1f4) vs actual: 501 (0x1f5)",
  ]);
  const short = await replay(`--non_fatal=packet\n${SCRIPT}`, { packets: live("> P. 1:901(900) ack 1 win 500") });
  assertEquals(short.verdict, "fail");
});

Deno.test("timestamp values are checked with a tick only, echo replies never", async () => {
  const off = { packets: live(DATA.replace("TS val 200 ecr 701", "TS val 9999 ecr 5")) };
  assertEquals((await replay(SCRIPT, off)).verdict, "pass");
  const outcome = await replay(`--tcp_ts_tick_usecs=1000\n${SCRIPT}`, off);
  assert(/bad outbound TCP timestamp value, tolerance 13750$/.test(outcome.message), outcome.message);
  const right = { packets: live(DATA.replace("TS val 200", "TS val 9200")) };
  assertEquals((await replay(`--tcp_ts_tick_usecs=1000\n${SCRIPT}`, right)).message, "");
});

Deno.test("an echo reply that was never sent can't be injected", async () => {
  const text = SCRIPT.replace("ecr 100", "ecr 0");
  const outcome = await replay(text, { packets: live() });
  assert(/unable to infer live TS ecr for script TS ecr 0; {2}no matching/.test(outcome.message), outcome.message);
  assertEquals(outcome.line, 3);
  assertEquals((await replay(`--tcp_ts_ecr_scaled\n${text}`, { packets: live() })).verdict, "pass");
});

/** IPv6 flow labels of two data segments, and the second line's expectation. */
const FLOW_LABELS: readonly [first: string, second: string, script: string, message: RegExp | undefined][] = [
  ["0x00111", "0x00111", "0x1", undefined],
  ["0x00111", "0x00222", "0x1", /inconsistent flowlabels for this packet: expected: 0x111 vs actual: 0x222$/],
  ["0x00111", "0x00111", "0x2", /expected a different flowlabel but got the same$/],
  ["0x00111", "0x00222", "0x2", undefined],
  ["0x00111", "0x0", "0x1", /flowlabel unmarked in the live packet$/],
];

for (const [first, second, script, message] of FLOW_LABELS) {
  Deno.test(`flow labels ${first} and ${second} where the script has ${script}`, async () => {
    const text = `0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 1000\n` +
      `+0 > (flowlabel 0x1) P. 1:11(10) ack 1\n+0 > (flowlabel ${script}) P. 11:21(10) ack 1\n`;
    const packets = [
      "0 > S. 0:0(0) ack 1 win 1",
      `0 > (flowlabel ${first}) P. 1:11(10) ack 1 win 1`,
      `0 > (flowlabel ${second}) P. 11:21(10) ack 1 win 1`,
    ];
    const outcome = await replay(text, { packets }, { variant: "ipv6" });
    if (message === undefined) assertEquals(outcome.message, "");
    else assert(message.test(outcome.message), outcome.message);
  });
}

Deno.test("strict: a packet that nobody expected fails, at the end and before", async () => {
  const extra = [...live(), "0.111 > . 1001:1001(0) ack 1 win 500"];
  assertEquals((await replay(SCRIPT, { packets: extra })).verdict, "pass");
  const option = await replay(SCRIPT, { packets: extra }, { strict: true });
  assertEquals(option.failure?.kind, "unexpected-packet");
  const header = await replay(`// strict: yes\n${SCRIPT}`, { packets: extra });
  assertEquals(header.failure?.kind, "unexpected-packet");
  const stranger = { packets: [LIVE_SYNACK, "0.1 > udp 9 > 9 (5)", `0.11 ${DATA}`] };
  assertEquals((await replay(SCRIPT, stranger)).verdict, "pass");
  assertEquals((await replay(`// strict: yes\n${SCRIPT}`, stranger)).failure?.kind, "unexpected-packet");
});

Deno.test("silence is broken by a packet", async () => {
  const text = `${SYN}+0 ${SYNACK}\n${ACK}+1 > none\n`;
  assertEquals((await replay(text, { packets: [LIVE_SYNACK] })).verdict, "pass");
  const outcome = await replay(text, { packets: live() });
  assertEquals(outcome.failure?.kind, "unexpected-packet");
  assertEquals((await replay(text, { packets: live(DATA, "1.02") })).verdict, "pass");
});

Deno.test("repeated and optional packets", async () => {
  const ack = "> . 1:1(0) ack 1 win 500";
  const times = (n: number): Replay => ({
    packets: [LIVE_SYNACK, ...Array.from({ length: n }, (_, i) => `0.0${i + 11} ${ack}`)],
  });
  const script = (mark: string) => `${SYN}+0 ${SYNACK}\n${ACK}+0~+1 >${mark} . 1:1(0) ack 1 win 500\n`;
  assertEquals((await replay(script("{2,4}"), times(1))).failure?.kind, "missing-packet");
  assertEquals((await replay(script("{2,4}"), times(2))).verdict, "pass");
  assertEquals((await replay(script("{2,4}"), times(5), { strict: true })).failure?.kind, "unexpected-packet");
  assertEquals((await replay(script("?"), times(0))).verdict, "pass");
  assertEquals((await replay(script("?"), times(1), { strict: true })).verdict, "pass");
  assertEquals((await replay(script("{3}"), times(2))).failure?.kind, "missing-packet");
});

/** UDP and ICMP of the superset: script, what comes, and what is said. */
const DATAGRAMS: readonly [script: string, live: string, message: RegExp | undefined][] = [
  ["> udp 8080 > 5000 (10)", "> udp 8080 > 5000 (10)", undefined],
  ["> udp 8080 > 5000 (10)", "> udp 8080 > 5000 (11)", /live packet payload: expected 10 bytes vs actual 11 bytes$/],
  ["> udp 8080 > 5000 (10)", "> udp 8081 > 5000 (10)", /source_port: expected: 8080/],
  ["> udp 8080 > 5000 (10)", "> udp 8080 > 5001 (10)", /destination_port: expected: 5000/],
  ['> udp 8080 > 5000 (2) payload "ok"', '> udp 8080 > 5000 (2) payload "no"', /incorrect outbound data payload$/],
  [
    "> udp 8080 > 5000 (10)",
    "> icmp echo_reply id 1 seq 1 (10)",
    /ipv4_protocol: expected: 17/,
  ],
  ["> icmp echo_reply id 5 seq 1 (8)", "> icmp echo_reply id 5 seq 1 (8)", undefined],
  ["> icmp echo_reply id 5 seq 1 (8)", "> icmp echo_reply id 6 seq 1 (8)", /icmp_id: expected: 5/],
  ["> icmp echo_reply id 5 seq 1 (8)", "> icmp echo_reply id 5 seq 2 (8)", /icmp_seq: expected: 1/],
  ["> icmp echo_reply id 5 seq 1 (8)", "> icmp echo_reply id 5 seq 1 (9)", /ipv4_total_length: expected: 36/],
  ['> icmp echo_reply id 5 seq 1 (4) payload "ping"', '> icmp echo_reply id 5 seq 1 (4) payload "pong"', /icmp_data/],
  ["> icmp unreachable port_unreachable exact", "> icmp unreachable host_unreachable", /icmp_code: expected: 3/],
  [
    "> icmp unreachable frag_needed mtu 1400 exact",
    "> icmp unreachable frag_needed mtu 1300",
    /icmp_mtu: expected: 1400/,
  ],
  ["> icmp parameter_problem pointer 3", "> icmp parameter_problem pointer 4", /icmp_pointer: expected: 3/],
  [
    "> icmp unreachable port_unreachable [(udp 1 > 9 (4))]",
    "> icmp unreachable port_unreachable [(udp 1 > 9 (4))]",
    undefined,
  ],
  [
    "> icmp unreachable port_unreachable [(udp 1 > 9 (4))]",
    "> icmp unreachable port_unreachable [(udp 2 > 9 (4))]",
    /icmp_quote/,
  ],
  ["> [id 7] udp 8080 > 5000 (10)", "> [id 8] udp 8080 > 5000 (10)", /ipv4_id: expected: 7/],
  ["> [df] udp 8080 > 5000 (10)", "> [-df] udp 8080 > 5000 (10)", /ipv4_df: expected: 1/],
  ["> [-rf] udp 8080 > 5000 (10)", "> [rf] udp 8080 > 5000 (10)", /ipv4_reserved: expected: 0/],
  ["> [options 01010101] udp 8080 > 5000 (10)", "> udp 8080 > 5000 (10)", /ipv4_header_length: expected: 6/],
  ["> [options 01010101] udp 8080 > 5000 (10)", "> [options 01010100] udp 8080 > 5000 (10)", /ipv4_options/],
  ["> udp 8080 > 5000 (10) csum 0", "> udp 8080 > 5000 (10)", /udp_checksum: expected: 0/],
  ["> ip proto 253 (8)", "> ip proto 253 (8)", undefined],
  ["> ip proto 253 (8)", "> ip proto 254 (8)", /ipv4_protocol: expected: 253/],
  ["> [id 9] frag 0:16 udp 8080 > 5000 (24)", "> [id 9] frag 0:16 udp 8080 > 5000 (24)", undefined],
  ["> frag 0:16 udp 8080 > 5000 (24)", "> frag 0:24 udp 8080 > 5000 (24)", /total_length|fragment_end/],
  ["> frag 16:32 udp 8080 > 5000 (24)", "> frag 8:24 udp 8080 > 5000 (24)", /fragment_start: expected: 16/],
  [
    "> frag 0:16 udp 8080 > 5000 (24)",
    "> frag 0:16 -mf udp 8080 > 5000 (24)",
    /UDP length is not that of the IP payload/,
  ],
  [
    "> frag 16:32 udp 8080 > 5000 (24)",
    "> frag 16:32 fill 0xff udp 8080 > 5000 (24)",
    /incorrect outbound fragment payload$/,
  ],
  ["> udp 8080 > 5000 (24)", "> frag 0:16 udp 8080 > 5000 (24)", /length|fragment|payload/],
];

for (const [script, came, message] of DATAGRAMS) {
  Deno.test(`${script} when ${came} comes`, async () => {
    const text = `0 < udp 5000 > 8080 (10) csum 0\n+0 ${script}\n`;
    const outcome = await replay(text, { packets: [`0 ${came}`] });
    if (message === undefined) assertEquals(outcome.message, "");
    else {
      assert(message.test(outcome.message), `${outcome.verdict}: ${outcome.message}`);
      assertEquals(outcome.verdict, "fail");
    }
  });
}

Deno.test("the timestamp echo is compared where it is asked for, and a comment asks for nothing", async () => {
  const wrong = SCRIPT.replace("ecr 701>\n", "ecr 702>\n");
  for (const text of [wrong, `// strict: yes\n// requires: RFC7323-3.2\n${wrong}`]) {
    assertEquals((await replay(text, { packets: live() })).message, "");
  }
  for (
    const asked of [wrong.replace("702>\n", "702> exact\n"), wrong.replace("TS val 200 ecr 702", "TS val * ecr 702")]
  ) {
    const outcome = await replay(asked, { packets: live() });
    assert(/tcp_ts_ecr: expected: 702 .* vs actual: 701/.test(outcome.message), outcome.message);
    assertEquals((await replay(asked.replace("ecr 702", "ecr 701"), { packets: live() })).message, "");
    assertEquals((await replay(asked.replace("ecr 702", "ecr *"), { packets: live() })).message, "");
  }
});

Deno.test("fragments of one datagram must have one identification", async () => {
  const fragment = (id: string, part: string) => `> ${id}frag ${part} udp 8080 > 5000 (24)`;
  const text = `0 < udp 5000 > 8080 (10) csum 0\n+0 ${fragment("", "0:16")}\n+0 ${fragment("", "16:32")}\n`;
  const came = (second: number) => [`0 ${fragment("[id 7] ", "0:16")}`, `0 ${fragment(`[id ${second}] `, "16:32")}`];
  assertEquals((await replay(text, { packets: came(7) })).message, "");
  const other = await replay(text, { packets: came(8) });
  assert(/fragment_id: expected: 7 \(0x7\) vs actual: 8/.test(other.message), other.message);
});

Deno.test("outer headers are compared", async () => {
  const inner = "P. 1:11(10) ack 1 win 1";
  const text = (outer: string) =>
    `0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 1000\n+0 > ${outer} ${inner}\n`;
  const gre = "ipv4 10.0.0.1 > 10.0.0.2: gre flags [none], sum 0, off 0, key 0, seq 0:";
  const packets = ["0 > S. 0:0(0) ack 1 win 1", `0 > ${gre} ${inner}`];
  assertEquals((await replay(text(gre), { packets })).message, "");
  const none = await replay(text(""), { packets });
  assert(/header layers: expected: 2 headers vs actual: 4 headers$/.test(none.message), none.message);
  const ipip = await replay(text("ipv4 10.0.0.1 > 10.0.0.2:"), { packets });
  assert(/header layers: expected: 3 headers vs actual: 4 headers$/.test(ipip.message), ipip.message);
});

Deno.test("counters must have grown as the script says", async () => {
  let value = 10;
  const counters = () => new Map([["Udp.InCsumErrors", value++]]);
  const text = (what: string) => `0 \`true\`\n+0 mib("Udp.InCsumErrors") ${what}\n`;
  for (const what of ["= +1", "= 11", ">= 11", "<= 11", ">= +1"]) {
    value = 10;
    assertEquals((await replay(text(what), { counters })).message, "", what);
  }
  for (const what of ["= +2", "= 10", ">= 12", "<= 10", "<= +0"]) {
    value = 10;
    assertEquals((await replay(text(what), { counters })).failure?.kind, "counter", what);
  }
  assertEquals((await replay(text("= +1").replaceAll("Udp.In", "No.Such"), { counters })).verdict, "skip");
});

Deno.test("scripts of the table parse without problems of their own", () => {
  assertEquals(parseFor(SCRIPT).script.superset, []);
});

Deno.test({ name: "the interpreter ends", fn: () => python.close(), sanitizeOps: false, sanitizeResources: false });
