import { assert, assertEquals } from "@std/assert";
import { type Replay, replay } from "../timeline/_fake_session.ts";
import { get32, set16, set32 } from "../../stack/wire/bytes.ts";
import { type ComparedStep, compareRuns } from "./compare.ts";
import { fromHex, toHex } from "./hex.ts";
import type { EvidenceEntry, RunResult } from "./results.ts";

const SCRIPT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000>
+0 > S. 5:5(0) ack 1 <...>
+.01 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
+.1 < P. 1:101(100) ack 1 win 257
+0 > . 1:1(0) ack 101 <...>
+0 write(4, ..., 200) = 200
+0 > P. 1:201(200) ack 101 <...>
`;
const PACKETS = [
  "0 > S. 0:0(0) ack 1 win 65535 <mss 1460>",
  "0.11 > . 1:1(0) ack 101 win 500 <nop,nop,sack 7:9>",
  "0.11 > P. 1:201(200) ack 101 win 500",
];
/** `sockaddr_in` of the peer that the replay plays. */
const PEER = Uint8Array.of(2, 0, 40_001 >> 8, 40_001 & 255, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0);

function stack(descriptors: number, more: Partial<Replay> = {}): Replay {
  return {
    packets: PACKETS,
    calls: (request) => {
      if (request.name === "socket") return { result: descriptors };
      if (request.name === "accept") return { result: descriptors + 1, address: PEER };
      return request.name === "write" ? { result: 200 } : undefined;
    },
    ...more,
  };
}

async function run(what: Replay = stack(3), script = SCRIPT): Promise<RunResult> {
  const { verdict, message, line, failure, evidence } = await replay(script, what);
  return { script: "a.pkt", variant: "ipv4", target: "x", verdict, duration_us: 1, message, line, failure, evidence };
}

function changed(result: RunResult, change: (entry: EvidenceEntry, index: number) => EvidenceEntry): RunResult {
  return { ...result, evidence: result.evidence!.map(change) };
}

/** What differs, in words. */
function differences(left: RunResult, right: RunResult): string[] {
  const steps = (compareRuns(left, right)?.steps ?? []).filter((step): step is ComparedStep => step?.differs === true);
  return steps.map(({ left, right, fields }) =>
    left === undefined || right === undefined
      ? `${left === undefined ? "more" : "missing"} ${(left ?? right)!.line}`
      : `${left.line} ${fields.map((one) => `${one.field} ${one.left} ${one.right}`).join(", ")}`
  );
}

Deno.test("compare: descriptors, ports, sequence numbers and time stamps are the script's", async () => {
  const left = await run();
  assertEquals([left.verdict, left.message], ["pass", ""]);
  const right = changed(await run(stack(120)), (entry) => {
    if (entry.bytes === undefined) return entry;
    const bytes = fromHex(entry.bytes);
    const [port, number] = entry.kind === "outbound" ? [22, 24] : [20, 28];
    set16(bytes, port, 51_000);
    if (entry.kind === "outbound" || (bytes[33]! & 0x10) !== 0) {
      set32(bytes, number, (get32(bytes, number) + 777) >>> 0);
    }
    return { ...entry, bytes: toHex(bytes) };
  });
  assertEquals(differences(left, right), []);
  assert(left.evidence!.some((entry) => entry.text.startsWith("socket(…) = 3")));
  assert((await run(stack(120))).evidence!.some((entry) => entry.text.startsWith("accept(…) = 4")));
});

/** Where an octet of the segment with data lies, what it becomes, and what is said. */
const OCTETS: readonly [what: string, at: number, value: number, said: string][] = [
  ["TOS", 1, 0x28, "11 tos 0 40"],
  ["ECN", 1, 2, "11 ip_ecn 0 2"],
  ["TTL", 8, 63, "11 ttl 255 63"],
  ["DF", 6, 0x40, "11 ip_df 0 1"],
  ["flags", 33, 0x39, "11 tcp_fin 0 1, tcp_urg 0 1"],
  ["window", 35, 0xf5, "11 tcp_window 500 501"],
  ["urgent pointer", 39, 9, "11 tcp_urg_ptr 0 9"],
  ["reserved bits", 32, 0x52, "11 tcp_reserved_bits 0 1"],
  ["sequence number", 27, 9, "11 tcp_seq 1 9"],
  ["acknowledgement", 31, 9, "11 tcp_ack_seq 101 9"],
  ["payload", 45, 7, "11 payload[5] 00 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00"],
  ["destination", 19, 77, "11 destination 192.0.2.1 192.0.2.77"],
];
for (const [what, at, value, said] of OCTETS) {
  Deno.test(`compare: a differing ${what} is marked`, async () => {
    const left = await run();
    const right = changed(left, (entry) => {
      if (entry.line !== 11 || entry.bytes === undefined) return entry;
      const bytes = fromHex(entry.bytes);
      bytes[at] = value;
      return { ...entry, bytes: toHex(ipChecksum(bytes)) };
    });
    assertEquals(differences(left, right), [said]);
  });
}

Deno.test("compare: options are compared in script numbers", async () => {
  const other = stack(3, { packets: PACKETS.map((packet) => packet.replace("sack 7:9", "sack 7:8")) });
  assertEquals(differences(await run(), await run(other)), ["9 tcp_options nop,nop,sack 7:9 nop,nop,sack 7:8"]);
  const mss = stack(3, { packets: PACKETS.map((packet) => packet.replace("mss 1460", "mss 1400")) });
  assertEquals(differences(await run(), await run(mss)), ["5 tcp_options mss 1460 mss 1400"]);
});

Deno.test("compare: a packet that does not come is missing, and moves nothing", async () => {
  const left = await run();
  assertEquals(differences(left, { ...left, evidence: left.evidence!.filter((entry) => entry.line !== 9) }), [
    "missing 9",
  ]);
  const right = await run(stack(3, { packets: [PACKETS[0]!] }));
  assertEquals([right.verdict, right.line], ["fail", 9]);
  assertEquals(differences(left, right), ["missing 9"]);
});

Deno.test("compare: what one stack sends beyond is more, and moves nothing", async () => {
  const script = SCRIPT.replace("+.1 <", "+.2 <");
  const later = PACKETS.map((packet) => packet.replace("0.11", "0.21"));
  const left = await run(stack(3, { packets: later }), script);
  const right = await run(stack(3, { packets: [...later, "0.1 > R 1:1(0) win 0"] }), script);
  assertEquals(left.verdict, "pass");
  // The segment is none of the script's, so its event fails.
  assertEquals(right.verdict, "fail");
  assertEquals(differences(left, right), ["more 9"]);
});

Deno.test("compare: behind the end of a run that failed nothing is missing", async () => {
  const right = await run(stack(3, {
    packets: [],
    calls: (request, index) => request.name === "listen" ? { result: -1, errno: 98 } : stack(3).calls!(request, index),
  }));
  assertEquals(right.line, 3);
  assertEquals(differences(await run(), right), ["3 result 0 -1, errno none EADDRINUSE"]);
});

Deno.test("compare: whether a call returns before its packet is seen is no difference", async () => {
  const left = await run();
  const segment = left.evidence!.find((entry) => entry.line === 11)!;
  const others = left.evidence!.filter((entry) => entry !== segment);
  const returned = others.findIndex((entry) => entry.line === 10 && entry.kind === "return");
  const before = { ...left, evidence: others.toSpliced(returned, 0, segment) };
  const behind = { ...left, evidence: others.toSpliced(returned + 1, 0, segment) };
  assertEquals(before.evidence.length, behind.evidence.length);
  assertEquals(differences(before, behind), []);
  assertEquals(differences(behind, before), []);
  const nobody = (run: RunResult) =>
    changed(run, (entry) => entry.line === 11 ? { ...entry, line: undefined, fate: "unclaimed" } : entry);
  assertEquals(differences(nobody(before), nobody(behind)), []);
});

Deno.test("compare: what the kernel sends by itself does not count, what a stack sends does", async () => {
  const left = await run();
  const solicitation = new Uint8Array(48);
  solicitation[0] = 0x60;
  solicitation[5] = 8;
  solicitation[6] = 58;
  solicitation[7] = 255;
  solicitation[40] = 133;
  const entry = (bytes: Uint8Array): EvidenceEntry => (
    { kind: "outbound", time_us: -500, text: "icmpv6", bytes: toHex(bytes), fate: "unclaimed" }
  );
  assertEquals(differences(left, { ...left, evidence: [entry(solicitation), ...left.evidence!] }), []);
  const echo = solicitation.slice();
  echo[40] = 128;
  assertEquals(differences(left, { ...left, evidence: [entry(echo), ...left.evidence!] }), ["more undefined"]);
});

Deno.test("compare: a time counts where a run failed for it, and shows both", async () => {
  const late = stack(3, { packets: PACKETS.map((packet) => packet.replace("0.11", "0.12")) });
  const right = await run(late);
  assertEquals([right.verdict, right.failure?.kind], ["fail", "time"]);
  assertEquals(differences(await run(), right), ["9 time 0.110000 s 0.120000 s"]);
});

Deno.test("compare: a field that is each stack's own counts where a check speaks of it", async () => {
  const script = SCRIPT.replace("+0 > P. 1:201(200)", "+0 > [id 0] P. 1:201(200)");
  const tamper = (bytes: Uint8Array, index: number) => {
    if (index !== 2) return bytes;
    const own = bytes.slice();
    own[4] = 0x12;
    return ipChecksum(own);
  };
  const left = await run(stack(3), script);
  const right = await run(stack(3, { tamper }), script);
  assertEquals([left.verdict, right.verdict], ["pass", "fail"], left.message);
  assertEquals(differences(left, right).length, 1);
  assert(differences(left, right)[0]!.startsWith("11 ipv4_id 0"), differences(left, right)[0]);
  // Without such a check the two are alike.
  assertEquals(differences(await run(stack(3)), await run(stack(3, { tamper }))), []);
});

function ipChecksum(bytes: Uint8Array): Uint8Array {
  set16(bytes, 10, 0);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  set16(bytes, 10, ~sum & 0xffff);
  return bytes;
}

Deno.test("compare: what a call gave beside its result is compared", async () => {
  const script = `${SCRIPT}+0 getsockopt(4, SOL_SOCKET, SO_RCVBUF, [100], [4]) = 0\n`;
  const giving = (value: number) =>
    stack(3, {
      calls: (request, index) =>
        request.name === "getsockopt"
          ? { result: 0, data: Uint8Array.of(value, 0, 0, 0) }
          : stack(3).calls!(request, index),
    });
  const [left, right] = [await run(giving(100), script), await run(giving(50), script)];
  assertEquals([left.verdict, right.verdict], ["pass", "fail"], left.message);
  assertEquals(differences(left, right), ["12 value_1 4 octets 64000000 4 octets 32000000"]);
});

Deno.test("compare: what a code block saw counts where its assertion failed", async () => {
  const left = await run();
  const code = (line: number, cwnd: string, rtt: string): EvidenceEntry => (
    { kind: "code", time_us: 200_000, line, text: "", seen: { tcpi_snd_cwnd: cwnd, tcpi_rtt: rtt } }
  );
  const blocks = (...entries: EvidenceEntry[]) => ({ ...left, evidence: [...left.evidence!, ...entries] });
  const passed = blocks(code(12, "10", "1"), code(20, "10", "5"));
  const other = blocks(code(12, "9", "1"), code(20, "9", "5"));
  assertEquals(differences(passed, other), []);
  // The line is that of the assertion, in the middle of the second block.
  const failed: RunResult = { ...other, verdict: "fail", line: 22, failure: { kind: "code" } };
  assertEquals(differences(passed, failed), ["20 tcpi_snd_cwnd 10 9"]);
});
