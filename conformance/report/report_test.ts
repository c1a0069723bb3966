import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { XMLParser } from "fast-xml-parser";
import { dataOf } from "./_html_data.ts";
import { type ConsoleStyle, formatFailure, formatSummary, markedHexDump } from "./console.ts";
import { renderAnnotations, renderStepSummary } from "./github.ts";
import { renderHtml } from "./html.ts";
import { renderJUnit } from "./junit.ts";
import { joinResults } from "./page/document.ts";
import { pcapName, renderPcapng } from "./pcapng.ts";
import type { EvidenceEntry, Results, RunResult } from "./results.ts";
import { parseResults } from "./results_schema.ts";
import { exitStatus } from "./summary.ts";
import { renderTap } from "./tap.ts";

const BYTES = "4500001400000000400000000102030405060708";
const packet = (time_us: number, text: string, kind: EvidenceEntry["kind"] = "outbound"): EvidenceEntry => ({
  kind,
  time_us,
  line: 3,
  text,
  bytes: BYTES,
});

const pass: RunResult = {
  script: "f/a.pkt",
  variant: "ipv4",
  target: "sim",
  verdict: "pass",
  duration_us: 1500,
  message: "",
  evidence: [packet(0, "S 0:0(0)"), packet(10, ". 1:1(0) ack 1")],
};
const fail: RunResult = {
  ...pass,
  target: "kernel",
  verdict: "fail",
  message: "f/a.pkt:3: error handling packet: live packet field tcp_window: expected: 5 <x> \u0001",
  line: 3,
  failure: {
    kind: "packet",
    expected: ". 1:1(0) ack 1 win 5",
    actual: ". 1:1(0) ack 1 win 6",
    actual_bytes: "4500001400000000400000000102030405060708",
    differences: [{ field: "tcp_window", expected: "5", actual: "6", start: 2, end: 4 }],
    requirements: ["RFC9293-MUST-1"],
  },
  evidence: [packet(0, "S 0:0(0)"), { ...packet(12, "R 1:1(0)"), bytes: BYTES.replace("00004000", "00003f00") }],
};
const flaky: RunResult = {
  ...fail,
  verdict: "flaky",
  message: "did not come out the same",
  tries: [
    { verdict: "fail", jobs: 24, message: "f/a.pkt:3: late", line: 3, kind: "time", duration_us: 9 },
    { verdict: "pass", jobs: 4, message: "", duration_us: 8 },
  ],
};

function results(...runs: RunResult[]): Results {
  return parseResults({
    schema: 1,
    environment: {
      netproof: "0",
      deno: "2",
      os: "linux",
      kernel: "linux 6",
      started: "2026-01-01T00:00:00Z",
      targets: { sim: "a stack", kernel: "Linux" },
      left_out: [{ target: "tun", reason: "no root", remedy: "use sudo" }],
      command: [],
    },
    runs,
  });
}

const style: ConsoleStyle = { colour: false, verbose: true, source: () => "one\ntwo\n+0 > . 1:1(0) ack 1 win 5\nfour" };

Deno.test("console: a failure shows line, fields, octets and what happened", () => {
  const text = formatFailure(fail, style);
  assertStringIncludes(text, ">    3 | +0 > . 1:1(0) ack 1 win 5");
  assertStringIncludes(text, "tcp_window  5         6");
  assertStringIncludes(text, "45 00[00 14]");
  assertStringIncludes(text, "RFC9293-MUST-1");
  assertStringIncludes(text, "R 1:1(0)");
});

Deno.test("console: the summary compares targets and shows the first packet that differs", () => {
  const text = formatSummary(results(pass, fail), style);
  assertStringIncludes(text, "f/a.pkt  ipv4     pass  fail");
  assertStringIncludes(text, "sim and kernel differ");
  assert(/≠ +3 +0\.000010 > \. 1:1\(0\) ack 1 +0\.000012 > R 1:1\(0\)\n +ttl: 64 +63\n/.test(text), text);
  assertStringIncludes(text, "tun was left out: no root");
  assert(text.endsWith("1 passed, 1 failed"), text);
});

Deno.test("hex dump: marks reach over line ends", () => {
  const lines = markedHexDump(new Uint8Array(20), [[14, 18]]);
  assertStringIncludes(lines[0]!, "[00 00]");
  assertStringIncludes(lines[1]!, "[00 00]");
});

Deno.test("JUnit: parses as XML and counts", () => {
  const xml = renderJUnit(results(pass, fail));
  const parsed = new XMLParser({ ignoreAttributes: false }).parse(xml);
  const suites = parsed.testsuites.testsuite;
  assertEquals(suites.map((suite: Record<string, string>) => suite["@_failures"]), ["0", "1"]);
  assertStringIncludes(suites[1].testcase.failure["@_message"], "expected: 5 <x>");
});

Deno.test("TAP: plan, results, escapes", () => {
  const tap = renderTap(results(pass, fail, { ...pass, verdict: "skip", message: "needs #1" }));
  assertStringIncludes(tap, "1..3\nok 1 - f/a.pkt ipv4 sim");
  assertStringIncludes(tap, "not ok 2 - f/a.pkt ipv4 kernel");
  assertStringIncludes(tap, "# SKIP needs \\#1");
});

Deno.test("GitHub: annotations and summary", () => {
  const text = renderAnnotations(results(pass, { ...fail, message: "a\nb%" }));
  assertEquals(text, "::error file=f/a.pkt,line=3,title=fail%3A kernel%2C ipv4::a%0Ab%25\n");
  assertStringIncludes(renderStepSummary(results(pass, fail)), "| f/a.pkt | ipv4 | pass | fail |");
});

Deno.test("flaky: neither a pass nor a failure of the stack in any report, and not as expected", () => {
  const both = results(pass, flaky);
  assertEquals(exitStatus(both), 1);
  assert(formatSummary(both, style).endsWith("1 passed, 0 failed, 1 flaky"));
  assertStringIncludes(formatSummary(both, style), "kernel: 1 flaky of 1");
  const suite = new XMLParser({ ignoreAttributes: false }).parse(renderJUnit(both)).testsuites.testsuite[1];
  assertEquals([suite["@_failures"], suite.testcase.failure["@_type"]], ["1", "flaky"]);
  assertStringIncludes(renderTap(both), "not ok 2 - f/a.pkt ipv4 kernel\n  ---\n  verdict: flaky");
  assertStringIncludes(renderAnnotations(both), "title=flaky%3A kernel");
  assertStringIncludes(renderStepSummary(both), "| kernel | 0 | 0 | 1 | 0 | 0 | 0 | 0 |");
  // What came out both ways differs from nothing.
  assert(!formatSummary(both, style).includes("differ"));
});

Deno.test("HTML: what scripts and stacks say is in no place where a browser would take it for more than text", () => {
  const hostile = "</script><script>alert(1)</script><img onerror>";
  const html = renderHtml(results({ ...pass, target: hostile }, { ...fail, message: hostile }), () => hostile);
  assert(!html.includes("<script>"), html);
  assert(!html.includes("<img"), html);
  assertStringIncludes(html, "&lt;/script>");
  // The page's own program, by its digest, and nothing else may run.
  assert(/content="default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'unsafe-inline';/.test(html));
});

Deno.test("HTML: carries the whole document, its own program, and totals for browsers without scripts", () => {
  const both = results(pass, flaky);
  const html = renderHtml(both, (script) => `text of ${script}`);
  const split = dataOf(html);
  assertEquals(parseResults(joinResults(split)), parseResults(JSON.parse(JSON.stringify(both))));
  assertEquals(split.parts[0]!.sources, { 0: "text of f/a.pkt" });
  assertStringIncludes(
    html,
    '<th scope="row">kernel</th><td class="number">0</td><td class="number">0</td><td class="number">1</td>',
  );
  assert(!/(?:src|href)="?https?:/.test(html.replace(/<script type="module">[^]*?<\/script>/, "")));
});

Deno.test("pcapng: blocks are whole and hold the packets", () => {
  const bytes = renderPcapng(fail);
  const view = new DataView(bytes.buffer);
  const types: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at + 4, true);
    assertEquals(view.getUint32(at + length - 4, true), length);
    types.push(view.getUint32(at, true));
    at += length;
  }
  assertEquals(types, [0x0a0d0d0a, 1, 6, 6]);
  assertEquals(pcapName({ ...fail, script: "../x y/a.pkt" }), "x_y_a.pkt.ipv4.kernel.pcapng");
});

Deno.test("exit status: by the contract", () => {
  assertEquals(exitStatus(results(pass)), 0);
  assertEquals(exitStatus(results(pass, { ...fail, verdict: "expected-fail" })), 0);
  assertEquals(exitStatus(results(pass, fail)), 1);
  assertEquals(exitStatus(results({ ...pass, verdict: "skip" })), 2);
  assertEquals(exitStatus(results()), 2);
  assertEquals(exitStatus({ ...results(pass), interrupted: true }), 1);
});

Deno.test("summary: errors, and failures that are alike, are no differences between stacks", () => {
  const summary = (...runs: RunResult[]) => formatSummary(results(...runs), style);
  assert(!summary({ ...fail, target: "sim" }, fail).includes("differ"));
  assert(!summary({ ...fail, target: "sim" }, { ...fail, verdict: "error", line: 1 }).includes("differ"));
  assertStringIncludes(summary({ ...fail, target: "sim", line: 2 }, fail), "sim and kernel differ");
  assertStringIncludes(summary({ ...fail, target: "sim", verdict: "unexpected-pass" }, fail), "sim and kernel differ");
});

Deno.test("summary: what differs where no script looks is counted, and shown when asked for", () => {
  const other: RunResult = { ...fail, verdict: "pass", message: "", failure: undefined };
  const quiet = formatSummary(results(pass, other), { ...style, verbose: false });
  assertStringIncludes(quiet, "1 passed on all targets that do not do the same where the script does not look");
  assert(!quiet.includes("≠"));
  assertStringIncludes(formatSummary(results(pass, other), style), "sim and kernel pass, but differ");
  assert(!formatSummary(results(pass, { ...pass, target: "kernel" }), style).includes("do not do the same"));
});

Deno.test("summary: outdated entries of a baseline are told, many of a kind in one line", () => {
  const entry = { file: "b.json", script: "s.pkt", target: "smi", why: "there is no target smi" };
  const text = formatSummary({ ...results(pass), outdated: [{ ...entry, line: 7 }] }, style);
  assertStringIncludes(text, "b.json: the entry s.pkt, smi, line 7 no longer applies: there is no target smi");
  const many = { ...results(pass), outdated: Array.from({ length: 9 }, (_, i) => ({ ...entry, script: `${i}.pkt` })) };
  assertStringIncludes(
    formatSummary(many, style),
    "b.json: 9 entries no longer apply: there is no target smi (0.pkt, smi; 1.pkt, smi; 2.pkt, smi; …)",
  );
  assertStringIncludes(renderStepSummary(many), "9 entries no longer apply");
  assertStringIncludes(renderHtml(many, () => undefined), "9 entries no longer apply");
  assertEquals(parseResults(many).outdated?.length, 9);
});
