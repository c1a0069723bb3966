import { assert, assertEquals } from "@std/assert";
import { OPENING, PASSED, REFUSED } from "./_runs.ts";
import { diagramOf } from "./build.ts";
import type { ArrowRow, CallRow, DiagramRow, DiagramRun } from "./model.ts";
import { packetWords } from "./words.ts";

const told = (row: DiagramRow) =>
  row.kind === "arrow" ? `${row.from} ${row.text.slice(0, 10)}` : `${row.kind} ${row.text}`;
const arrows = (run: DiagramRun) => diagramOf(run).rows.filter((row): row is ArrowRow => row.kind === "arrow");
const at = (run: DiagramRun) => {
  const { rows, failing } = diagramOf(run);
  return rows.findIndex((row) => row.key === failing);
};

Deno.test("diagram: rows in the order of time, a call and its return in one where nothing lies between", () => {
  assertEquals(diagramOf(PASSED).rows.map(told), [
    "command sysctl -q net.ipv4.tcp_sack=1 = 0",
    "call socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
    "call connect(3, ..., ...) = 0",
    "stack S 0:0(0) w",
    "runner S. 9000:90",
    "call connect(3, ..., ...) = 0",
    "stack . 1:1(0) a",
    "call write(3, ..., 10) = 10",
    "stack P. 1:11(10",
  ]);
  const calls = diagramOf(PASSED).rows.filter((row): row is CallRow => row.kind === "call");
  assertEquals(calls.map(({ name, part, result }) => [name, part, result]), [
    ["socket", "whole", "3"],
    ["connect", "begins", undefined],
    ["connect", "returns", "0"],
    ["write", "whole", "10"],
  ]);
});

Deno.test("diagram: a call that waits does so in the rows between, and one that never returns to the end", () => {
  const waiting = (run: DiagramRun) => diagramOf(run).rows.map((row) => row.waiting.length);
  assertEquals(waiting(PASSED), [0, 0, 0, 1, 1, 0, 0, 0, 0]);
  const evidence = OPENING.filter(({ kind, line }) => kind !== "return" || line !== 6);
  assertEquals(waiting({ ...PASSED, evidence }), [0, 0, 0, 1, 1, 1, 1, 1]);
});

Deno.test("diagram: times and what passed between", () => {
  const { rows, from_us, to_us, failing } = diagramOf(PASSED);
  assertEquals([from_us, to_us, failing], [0, 220000, undefined]);
  assertEquals(rows.map(({ since_us }) => since_us), [0, 0, 0, 0, 10000, 0, 0, 0, 210000]);
});

Deno.test("diagram: every field of a packet, sequence numbers from the SYN's", () => {
  const last = arrows(PASSED).at(-1)!;
  assertEquals(last.layers.map(({ name, start, end }) => [name, start, end]), [
    ["IPv4", 0, 20],
    ["TCP", 20, 40],
    ["payload", 40, 50],
  ]);
  const field = (name: string) => last.layers.flatMap(({ fields }) => fields).find((one) => one.name === name);
  assertEquals(field("source"), { name: "source", value: "192.168.0.1" });
  assertEquals(field("sequence number")?.meaning, "1 from the SYN's");
  assertEquals(field("acknowledgment number"), {
    name: "acknowledgment number",
    value: "9001",
    meaning: "1 from the SYN's",
  });
  assertEquals(field("flags")?.meaning, "P.");
  assertEquals(field("time to live")?.value, "64");
  assertEquals(field("octets")?.value, "00 00 00 00 00 00 00 00 00 00");
  const syn = arrows(PASSED)[0]!.layers[1]!.fields.at(-1)!;
  assertEquals(syn, { name: "options", value: "mss 1460,sackOK,TS val 828707407 ecr 0,nop,wscale 10" });
});

Deno.test("diagram: octets that are no packet, or are cut off, still make a row", () => {
  for (const bytes of ["", "45", "60000000ffff", "ff".repeat(40), "4500ffff" + "00".repeat(16)]) {
    const evidence = [{ kind: "outbound", time_us: 1, text: "raw", bytes } as const];
    assertEquals(arrows({ ...PASSED, evidence }).map(({ text }) => text), ["raw"]);
  }
});

Deno.test("diagram: a packet that the line does not want stands below the one that it wants", () => {
  const { rows, failing } = diagramOf(REFUSED);
  const [wanted, came] = rows.slice(-2) as [ArrowRow, ArrowRow];
  assertEquals([wanted.fate, wanted.text, wanted.line, wanted.entries], ["expected", "P. 1:12(11) ack 1", 11, []]);
  assertEquals([came.fate, came.key, came.since_us], ["refused", failing, 0]);
  assertEquals(
    came.failure,
    "error handling packet: live packet field tcp_seq: expected: 11 (0xb) vs actual: 1 (0x1)",
  );
});

Deno.test("diagram: a packet that never came is an arrow that was not there, before the cleanup", () => {
  const cleanup = { kind: "command", time_us: 900000, text: "rm x = 0" } as const;
  const run: DiagramRun = {
    ...REFUSED,
    failure: { kind: "missing-packet", expected: "1.5 . 1:1(0) ack 2" },
    evidence: [...OPENING, cleanup],
  };
  const { rows, failing } = diagramOf(run);
  assertEquals(failing, "expected");
  assertEquals(rows.slice(-2).map(told), ["stack . 1:1(0) a", "command rm x = 0"]);
  assert(rows.at(-2)!.failure !== undefined);
});

Deno.test("diagram: the failing row by the kind of failure", () => {
  const fail = (kind: NonNullable<DiagramRun["failure"]>["kind"], line: number, more: DiagramRun["evidence"] = []) => ({
    ...REFUSED,
    line,
    failure: { kind },
    evidence: [...OPENING, ...more],
  });
  // A call that waited failed where it returned.
  assertEquals(at(fail("call-time", 6)), 5);
  assertEquals(at(fail("call", 10)), 7);
  // The assertion stands in line 14 of a block that begins in line 12.
  const block = { kind: "code", time_us: 220000, line: 12, text: "code sees tcpi_snd_cwnd 10" } as const;
  assertEquals(at(fail("code", 14, [block])), 9);
  const stray = { kind: "outbound", time_us: 300000, text: "R 1:1(0)", fate: "unclaimed" } as const;
  assertEquals(at(fail("unexpected-packet", 11, [stray])), 9);
  // Nothing of the line happened.
  const none = diagramOf(fail("blocked", 99));
  assertEquals([none.rows.at(-1)?.kind, none.failing], ["verdict", "verdict"]);
});

Deno.test("diagram: runs that did not fail have no failing row", () => {
  assertEquals(at(PASSED), -1);
  assertEquals(at({ ...REFUSED, verdict: "unexpected-pass" }), -1);
  assertEquals(at({ ...REFUSED, verdict: "skip" }), -1);
  assertEquals(diagramOf({ verdict: "pass", message: "" }).rows, []);
});

Deno.test("diagram: what of a packet's words comes first", () => {
  assertEquals(packetWords("P. 1:11(10) ack 1 win 9 <nop>"), { lead: "P. 1:11(10) ack 1", rest: "win 9 <nop>" });
  assertEquals(packetWords("[ect0] S 0:0(0) win 9"), { lead: "[ect0] S 0:0(0)", rest: "win 9" });
  assertEquals(packetWords("icmp unreachable port"), { lead: "icmp", rest: "unreachable port" });
  assertEquals(packetWords(""), { lead: "", rest: "" });
});
