import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../stack/wire/bytes.ts";
import { renderPcapng } from "../report/pcapng.ts";
import { runText } from "../run_text.ts";
import { conversation, ENDS, framed, numbers, pcap, pcapng, segment, type Timed } from "./_testing.ts";
import { ByteStream, CaptureError } from "./capture/byte_stream.ts";
import { readFrames } from "./capture/read_capture.ts";
import { ChoiceError, parseLocal } from "./choose.ts";
import { record, type RecordOptions } from "./record.ts";

const OPTIONS: RecordOptions = {
  local: parseLocal(ENDS[4].local),
  connection: undefined,
  title: undefined,
  windows: false,
  tolerance_us: 10_000,
  source: "test.pcap",
};

function recorded(file: Uint8Array, options: Partial<RecordOptions> = {}) {
  return record(() => readFrames(ByteStream.of(file)), { ...OPTIONS, ...options });
}

/** The events of a script. */
function events(text: string): string[] {
  return text.split("\n").filter((line) => /^ *[+0-9*]/.test(line)).map((line) => line.trim());
}

function fromLines(lines: readonly string[], extra?: Parameters<typeof segment>[1]) {
  return recorded(pcap(conversation(lines, extra)), { local: parseLocal(ENDS[extra?.family ?? 4].local) });
}

function choice(file: Uint8Array, options: Partial<RecordOptions> = {}): string {
  const error = assertThrows(() => recorded(file, options), ChoiceError);
  return `${error.message} ${error.remedy ?? ""}`;
}

const MSS = [2, 4, 5, 0xb4];
const REQUEST = [
  "0 > S 0",
  "20 < S. 0 1",
  "20.1 > . 1 1",
  "20.2 > P. 1 (80) 1",
  "40.3 < . 1 81",
  "41 < P. 1 (204) 81",
  "41.1 > . 81 205",
  "50 < F. 205 81",
  "50.2 > F. 81 206",
  "70 < . 206 82",
];

Deno.test("a client's connection: the calls that explain it, numbers from the initial ones", async () => {
  const { text, doubts } = fromLines(REQUEST, { options: MSS });
  assertEquals(events(text), [
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
    "+0...0.02 connect(3, ..., ...) = 0",
    "+0 > S 0:0(0) <mss 1460>",
    "+0.02 < S. 0:0(0) ack 1 win 64000 <mss 1460>",
    "+0.0001 > . 1:1(0) ack 1 <mss 1460>",
    "+0.0001 write(3, ..., 80) = 80",
    "+0 > P. 1:81(80) ack 1 <mss 1460>",
    "+0.0201 < . 1:1(0) ack 81 win 64000 <mss 1460>",
    "+0.0007 < P. 1:205(204) ack 81 win 64000 <mss 1460>",
    "+0 read(3, ..., 204) = 204",
    "+0.0001 > . 81:81(0) ack 205 <mss 1460>",
    "+0.0089 < F. 205:205(0) ack 81 win 64000 <mss 1460>",
    "+0.0002 close(3) = 0",
    "+0 > F. 81:81(0) ack 206 <mss 1460>",
    "+0.0198 < . 206:206(0) ack 82 win 64000 <mss 1460>",
  ]);
  assertStringIncludes(text, "// title: A recorded connection, IPv4, opened by the stack\n// variants: ipv4\n");
  assertStringIncludes(text, "10.0.0.1:43210 (the stack under test) and 10.0.0.2:80");
  for (const doubt of doubts) assertStringIncludes(text, `//   - ${doubt}`);
  assert(doubts.some((doubt) => doubt.includes("closed the connection or only shut its sending side down")));
  // No stack sends MSS with everything; without it the script passes.
  const played = await runText(
    text.replaceAll(/ <mss 1460>$/gm, (all, at: number) => at < text.indexOf("> . 1") ? all : ""),
  );
  assertEquals([played.verdict, played.message], ["pass", ""]);
});

Deno.test("a refused connection, both ways, in both families", () => {
  for (const family of [4, 6] as const) {
    const out = fromLines(["0 > S 0", "0.3 < R. 0 1"], { family }).text.replace(" (0)", "");
    assertEquals(events(out).slice(0, 2), [
      "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
      "+0...0.0003 connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)",
    ]);
    const to = fromLines(["0 < S 0", "0.1 > R. 0 1"], { family }).text;
    assertEquals(events(to).map((line) => line.replace(/\+0\.0001/, "+0")), [
      "0 < S 0:0(0) win 64000",
      // The number of a RST from a closed port is 0 (RFC 9293 section 3.5.2); this one's is another.
      `+0 > R. ${ENDS.localIsn}:${ENDS.localIsn}(0) ack 1`,
    ]);
    if (family === 6) assertStringIncludes(to, "// variants: ipv6");
  }
});

Deno.test("refused on the wire as stacks do it: the script passes on ours", async () => {
  const made = await runText("0 < S 7000:7000(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 1\n");
  assertEquals(made.verdict, "pass");
  const { text } = recorded(renderPcapng(made), { local: parseLocal("192.168.0.1") });
  assertEquals(events(text), ["0 < S 0:0(0) win 65535 <mss 1460>", "+0 > R. 0:0(0) ack 1"]);
  assertEquals((await runText(text)).verdict, "pass");
});

/** What a script does on our stack, recorded and played again. */
async function again(script: string, local: string): Promise<{ text: string; verdict: string; message: string }> {
  const made = await runText(script);
  assertEquals([made.verdict, made.message], ["pass", ""]);
  const { text } = recorded(renderPcapng(made), { local: parseLocal(local) });
  const { verdict, message } = await runText(text);
  return { text, verdict, message };
}

const SERVER = `    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
   +0 bind(3, ..., ...) = 0
   +0 listen(3, 1) = 0
   +0 < S 0:0(0) win 65535 <mss 1000,nop,nop,sackOK>
   +0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
 +.02 < . 1:1(0) ack 1 win 65535
   +0 accept(3, ..., ...) = 4
`;

Deno.test("a download with loss: what was written at once, sent again, acknowledged in blocks", async () => {
  const { text, verdict, message } = await again(
    `// offload: no
${SERVER} +.01 < P. 1:101(100) ack 1 win 65535
   +0 read(4, ..., 100) = 100
   +0 > . 1:1(0) ack 101
   +0 write(4, ..., 12500) = 12500
   +0 > p. 1:10001(10000) ack 101
 +.02 < . 101:101(0) ack 2001 win 65535
   +0 > p. 10001:12501(2500) ack 101
 +.01 < . 101:101(0) ack 2001 win 65535 <nop,nop,sack 3001:4001>
   +0 < . 101:101(0) ack 2001 win 65535 <nop,nop,sack 3001:5001>
   +0 < . 101:101(0) ack 2001 win 65535 <nop,nop,sack 3001:6001>
+0~+.02 > p. 2001:3001(1000) ack 101
 +.02 < . 101:101(0) ack 12501 win 65535
`,
    "192.168.0.1",
  );
  assertEquals([verdict, message], ["pass", ""]);
  assertStringIncludes(text, "write(4, ..., 12500) = 12500");
  assertStringIncludes(text, "// Sent again.\n");
  assertMatch(text, /ack 2001 win 65535 <nop,nop,sack 3001:6001>/);
});

Deno.test("a window that closes and opens: the program reads when it opens", () => {
  const { text } = fromLines([
    "0 > S 0",
    "20 < S. 0 1",
    "20.1 > . 1 1",
    "30 < . 1 (1000) 1",
    "30.1 > . 1 1001",
    "40 < . 1001 (40000) 1",
    "40.1 > . 1 41001 win 24000",
    "60 < . 41001 (24000) 1",
    "60.1 > . 1 65001 win 0",
    "400 > . 1 65001",
    "420 < P. 65001 (10) 1",
    "420.1 > . 1 65011",
  ]);
  const reads = events(text).map((line, i, all) => line.includes("read(") ? [line, all[i + 1]] : []).flat();
  assertEquals(reads, [
    "+0 read(3, ..., 1000) = 1000",
    "+0.0001 > . 1:1(0) ack 1001",
    "+0.3399 read(3, ..., 64000) = 64000",
    "+0 > . 1:1(0) ack 65001",
    "+0 read(3, ..., 10) = 10",
    "+0.0001 > . 1:1(0) ack 65011",
  ]);
  assertStringIncludes(text, "// The window is closed.\n");
});

Deno.test("IPv6, time stamps and windows scaled: the script passes", async () => {
  const { text, verdict, message } = await again(
    `// variants: ipv6
--mtu=1500

${"`"}sysctl -q net.ipv4.tcp_rmem="4096 131072 6291456"${"`"}

    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.05 connect(3, ..., ...) = 0
   +0 > S 0:0(0) <mss 1440,sackOK,TS val 100 ecr 0,nop,wscale 7>
 +.05 < S. 0:0(0) ack 1 win 65535 <mss 1440,sackOK,TS val 700 ecr 100,nop,wscale 7>
   +0 > . 1:1(0) ack 1 <nop,nop,TS val 150 ecr 700>
   +0 write(3, ..., 3000) = 3000
   +0 > P. 1:3001(3000) ack 1 <nop,nop,TS val 150 ecr 700>
 +.05 < . 1:1(0) ack 3001 win 600 <nop,nop,TS val 750 ecr 150>
   +0 shutdown(3, SHUT_WR) = 0
   +0 > F. 3001:3001(0) ack 1 <nop,nop,TS val 200 ecr 750>
 +.05 < P. 1:401(400) ack 3002 win 600 <nop,nop,TS val 800 ecr 200>
   +0 > . 3002:3002(0) ack 401 <nop,nop,TS val 250 ecr 800>
   +0 < F. 401:401(0) ack 3002 win 600 <nop,nop,TS val 800 ecr 200>
   +0 > . 3002:3002(0) ack 402 <nop,nop,TS val 250 ecr 800>
`,
    "fd3d:0a0b:17d6::1",
  );
  assertEquals([verdict, message], ["pass", ""]);
  assertStringIncludes(text, "--mtu=1500");
  assertStringIncludes(text, 'net.ipv4.tcp_rmem="4096 131072 6291456"');
  assertStringIncludes(text, "shutdown(3, SHUT_WR) = 0");
  assertStringIncludes(text, "TS val 100 ecr 0");
});

Deno.test("what stacks acknowledge in a row is left open, its end is not", () => {
  const data = Array.from({ length: 6 }, (_, i) => [
    `${30 + i * 0.1} < . ${1 + i * 1000} (1000) 1`,
    ...(i % 2 === 1 ? [`${30 + i * 0.1} > . 1 ${1001 + i * 1000}`] : []),
  ]).flat();
  const { text } = fromLines(["0 > S 0", "20 < S. 0 1", "20.1 > . 1 1", ...data]);
  const tail = events(text).slice(-4);
  assertEquals(tail[0], "+0.0001 < . 5001:6001(1000) ack 1 win 64000");
  assertEquals(tail[1], "+0 read(3, ..., 6000) = 6000");
  assertEquals(tail[2], "* >{0,} . 1:1(0) ack 2001~6000 <...>");
  assertEquals(tail[3], "+0 > . 1:1(0) ack 6001");
});

Deno.test("short segments in flight together: TCP_NODELAY", () => {
  const start = ["0 > S 0", "20 < S. 0 1", "20.1 > . 1 1"];
  const patient = fromLines([...start, "30 > P. 1 (10) 1", "50 < . 1 11", "50.1 > P. 11 (10) 1"]).text;
  assert(!patient.includes("TCP_NODELAY"));
  const eager = fromLines([...start, "30 > P. 1 (10) 1", "35 > P. 11 (10) 1"]).text;
  assertMatch(eager, /TCP_NODELAY, \[1\], 4\) = 0\n *\+0 write\(3, \.\.\., 10\) = 10\n *\+0 > P. 11:21/);
});

Deno.test("a RST of the program's, a FIN with data, an abandoned connect", () => {
  const start = ["0 > S 0", "20 < S. 0 1", "20.1 > . 1 1"];
  const reset = events(fromLines([...start, "60 > R. 1 1"]).text).slice(-3);
  assertMatch(reset[0]!, /SO_LINGER, \{onoff=1, linger=0\}, 8\) = 0$/);
  assertEquals(reset.slice(1), ["+0 close(3) = 0", "+0 > R. 1:1(0) ack 1"]);
  const last = events(fromLines([...start, "60 > FP. 1 (10) 1"]).text).slice(-3);
  assertEquals(last, ["+0.0399 send(3, ..., 10, MSG_MORE) = 10", "+0 close(3) = 0", "+0 > FP. 1:11(10) ack 1"]);
  const alone = events(fromLines(["0 > S 0", "1000 > S 0"]).text);
  assertEquals(alone[2], "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
});

Deno.test("several connections: which there are, and how to choose", () => {
  const two = [...conversation(REQUEST), ...conversation(REQUEST, { port: 50_000 })];
  const file = pcapng(two);
  const said = choice(file);
  assertStringIncludes(said, "2 connections of 10.0.0.1 are in it:");
  assertStringIncludes(said, "  1  10.0.0.1:43210 > 10.0.0.2:80  after 0.000 s, 10 packets, 284 octets");
  assertStringIncludes(said, "--connection N");
  assertStringIncludes(recorded(file, { connection: 2 }).text, "10.0.0.1:50000 (the stack under test)");
  assertStringIncludes(recorded(file, { local: parseLocal("10.0.0.1:50000") }).text, "10.0.0.1:50000");
  assertStringIncludes(choice(file, { connection: 3 }), "connection 3 is not one of 10.0.0.1");
  assertStringIncludes(choice(file, { local: undefined }), "which end is the stack under test?");
  assertStringIncludes(choice(file, { local: parseLocal("10.9.9.9") }), "no connection of 10.9.9.9");
  assertStringIncludes(choice(pcap([])), "there is no TCP in it");
  const strange = pcap([{ time_us: 0, bytes: segment("> S 0") }], { linkType: 147 });
  assertStringIncludes(choice(strange), "1 frames of link type 147, which is not known");
});

Deno.test("the same ends connect again: two connections", () => {
  const first = conversation(REQUEST);
  const later = conversation(["100 > S 5", "120 < R. 0 6"]);
  const file = pcap([...first, ...later]);
  assertStringIncludes(choice(file), "2 connections");
  assertEquals(events(recorded(file, { connection: 2 }).text).length, 4);
});

Deno.test("a connection without its beginning is refused with the reason", () => {
  assertStringIncludes(choice(pcap(conversation(REQUEST.slice(3)))), "begins in the middle of the connection");
  assertStringIncludes(choice(pcap(conversation(["0 < S 0"]))), "never answers the SYN");
});

Deno.test("packets that several interfaces saw count once", () => {
  const cooked = (packet: Timed, index: number, type: number) => ({
    time_us: packet.time_us + index,
    bytes: concatBytes(
      numbers(false, [2, 0x0800], [2, 0], [4, index], [2, 1], [2, type << 8 | 6], [4, 0], [4, 0]),
      packet.bytes,
    ),
  });
  const packets = conversation(REQUEST);
  const twice = packets.flatMap((packet) => [cooked(packet, 3, 0), cooked(packet, 4, 4)]);
  const { text } = recorded(pcap(twice, { linkType: 276 }));
  assertStringIncludes(text, "10 packets were in the capture twice");
  assertEquals(events(text).length, events(recorded(pcap(packets)).text).length);
});

Deno.test("a capture from afar: what came in is put as much later as answers took", () => {
  const seen = ["0 < S 0", "30 > S. 0 1", "30.1 < . 1 1", "30.2 < P. 1 (80) 1", "60.2 > P. 1 (204) 81"];
  const { text, doubts } = fromLines(seen);
  assertEquals(events(text).slice(4).map((line) => line.replace(/ win 64000/, "")), [
    "+0 < S 0:0(0)",
    "+0 > S. 0:0(0) ack 1",
    "+0.0301 < . 1:1(0) ack 1",
    "+0 accept(3, ..., ...) = 4",
    "+0.0001 < P. 1:81(80) ack 1",
    "+0 write(4, ..., 204) = 204",
    "+0 > P. 1:205(204) ack 81",
    "+0 read(4, ..., 80) = 80",
  ]);
  assert(doubts.some((doubt) => doubt.includes("30.0 ms away")), doubts.join("\n"));
});

Deno.test("whatever a capture has in it: a script that parses, or an error for people", () => {
  const base = conversation(REQUEST).map(({ time_us, bytes }) => ({ time_us, bytes: framed(bytes) }));
  const change = fc.record({ packet: fc.nat(), at: fc.nat(), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.shuffledSubarray(base, { minLength: 1 }), (changes, some) => {
      const packets = some.map(({ time_us, bytes }) => ({ time_us, bytes: bytes.slice() }));
      for (const { packet, at, value } of changes) {
        const { bytes } = packets[packet % packets.length]!;
        // Behind the addresses, mostly: what belongs to another connection says nothing.
        bytes[(at % 2 === 0 ? 34 : 0) + at % 40] = value;
      }
      try {
        // Writing it parses it.
        assert(recorded(pcap(packets, { linkType: 1 })).text.includes("// title: "));
      } catch (error) {
        if (!(error instanceof ChoiceError) && !(error instanceof CaptureError)) throw error;
      }
    }),
    { seed: 20261128, numRuns: 1500 },
  );
});
