import { assert, assertEquals } from "@std/assert";
import { renderPcapng } from "../report/pcapng.ts";
import type { EvidenceEntry, RunResult } from "../report/results.ts";
import { FakeSession, parseFor, python, type Replay, replay } from "./_fake_session.ts";
import { runScript } from "./mod.ts";

const SCRIPT = `\`init\`
0 < S 0:0(0) win 32792 <mss 1000>
+0 > S. 7:7(0) ack 1 <...>
+.01 < . 1:1(0) ack 1 win 257
+.1 > P. 1:201(200) ack 1 <...>
`;
const SYNACK = "0 > S. 0:0(0) ack 1 win 65535 <mss 1460>";

async function evidence(what: Replay, script = SCRIPT) {
  const { verdict, message, line, failure, evidence } = await replay(script, what);
  return { verdict, message, line, failure, evidence };
}

function outbound(entries: readonly EvidenceEntry[]) {
  return entries.filter((entry) => entry.kind === "outbound").map((
    { line, text, fate, joined },
  ) => [line, text.split(" win")[0], fate ?? (joined === true ? "joined" : "taken")]);
}

Deno.test("evidence: a packet has the line that took it, in script numbers, and one that nobody took says so", async () => {
  // Of an unknown protocol, so that no script of packetdrill's sees it.
  const tamper = (bytes: Uint8Array, index: number) => {
    if (index !== 1) return bytes;
    bytes[9] = 200;
    return withChecksum(bytes);
  };
  const packets = [
    SYNACK,
    "0.05 > P. 5:6(1) ack 1 win 500",
    "0.11 > P. 1:201(200) ack 1 win 500",
    "0.11 > F. 201:201(0) ack 1 win 500",
  ];
  const run = await evidence({ packets, tamper });
  assertEquals([run.verdict, run.message], ["pass", ""]);
  assertEquals(outbound(run.evidence), [
    [3, "S. 7:7(0) ack 1", "taken"],
    [undefined, "ip proto 200 (21)", "unclaimed"],
    [5, "P. 1:201(200) ack 1", "taken"],
    // It was there at the end; nobody ever asked for it.
    [undefined, "F. 201:201(0) ack 1", "unclaimed"],
  ]);
});

Deno.test("evidence: what came in parts is joined, and messages about it have the script's numbers", async () => {
  const parts = ["0.11 > . 1:101(100) ack 1 win 500", "0.11 > P. 101:201(100) ack 1 win 500"];
  const run = await evidence({ packets: [SYNACK, ...parts] });
  assertEquals(run.verdict, "pass", run.message);
  assertEquals(outbound(run.evidence).slice(1), [
    [5, ". 1:101(100) ack 1", "taken"],
    [5, "P. 101:201(100) ack 1", "joined"],
  ]);
  const gap = await evidence({ packets: [SYNACK, parts[0]!, "0.11 > P. 111:211(100) ack 1 win 500"] });
  assertEquals(
    gap.message,
    "test.pkt:5: error handling packet: live packet field tcp_seq: expected: 101 (0x65) vs actual: 111 (0x6f)",
  );
  assertEquals(outbound(gap.evidence).slice(1).map(([line, , fate]) => [line, fate]), [[5, "refused"], [5, "refused"]]);
  const ack = await evidence({ packets: [SYNACK, parts[0]!, "0.11 > P. 101:201(100) ack 3 win 500"] });
  assert(ack.message.endsWith("field tcp_ack_seq: expected: 1 (0x1) vs actual: 3 (0x3)"), ack.message);
});

Deno.test("evidence: a packet that an event refused has that event's line", async () => {
  const run = await evidence({ packets: [SYNACK, "0.11 > P. 1:201(200) ack 9 win 500"] });
  assertEquals([run.verdict, run.line], ["fail", 5]);
  assertEquals(outbound(run.evidence).at(-1), [5, "P. 1:201(200) ack 9", "refused"]);
});

Deno.test("evidence: a capture has what nobody took, with a comment", async () => {
  const packets = [SYNACK, "0.11 > P. 1:201(200) ack 9 win 500", "0.11 > F. 201:201(0) ack 1 win 500"];
  const { verdict, message, evidence: entries } = await evidence({ packets });
  const run: RunResult = {
    script: "a.pkt",
    variant: "ipv4",
    target: "x",
    verdict,
    duration_us: 1,
    message,
    evidence: entries,
  };
  const text = new TextDecoder().decode(renderPcapng(run));
  assert(text.includes("line 3: S. 7:7(0) ack 1"));
  assert(text.includes("line 5, not as it expects: P. 1:201(200) ack 9"));
  assert(text.includes("no event of the script took it: F. 201:201(0) ack 1"));
});

/** A clock that counts from somewhere else until script time begins, as real ones do. */
class LateClock extends FakeSession {
  #origin_us = 0;
  #started = false;

  override get epoch_us(): number {
    return this.#started ? super.now() + this.#origin_us : 0;
  }

  override now(): number {
    return this.#started ? super.now() : 1e15 + this.commands.length * 100;
  }

  override start(): Promise<void> {
    this.#started = true;
    this.#origin_us = 1e15 + 500;
    return Promise.resolve();
  }
}

Deno.test("evidence: set-up commands stand before time 0, in order", async () => {
  const { script, config } = parseFor("`first\nand more`\n0 `second`\n");
  const session = new LateClock({}, []);
  const { evidence: entries, message } = await runScript(script, { ...config, init_scripts: ["zeroth"] }, session, {
    virtualTime: true,
    python,
    verifyChecksums: true,
  });
  assertEquals(message, "");
  assertEquals(entries.map(({ time_us, text }) => [time_us, text]), [
    [-400, "`zeroth` = 0"],
    [-300, "`first; and more` = 0"],
    [0, "`second` = 0"],
  ]);
});

Deno.test("evidence: a set-up that fails is told in times before the end", async () => {
  const { script, config } = parseFor("`first`\n0 `second`\n");
  const session = new LateClock({ command: () => ({ status: 1 }) }, []);
  const { verdict, evidence: entries } = await runScript(script, config, session, {
    virtualTime: true,
    python,
    verifyChecksums: true,
  });
  assertEquals([verdict, entries.map(({ time_us }) => time_us)], ["error", [0]]);
});

function withChecksum(bytes: Uint8Array): Uint8Array {
  bytes[10] = bytes[11] = 0;
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  bytes[10] = (~sum >> 8) & 0xff;
  bytes[11] = ~sum & 0xff;
  return bytes;
}
