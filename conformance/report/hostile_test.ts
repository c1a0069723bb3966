/** Names and messages that mean no good: no report is driven by them. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { printableName } from "../printable.ts";
import { formatFailure, formatRunLine, formatSummary } from "./console.ts";
import { renderAnnotations, renderStepSummary } from "./github.ts";
import { dataOf } from "./_html_data.ts";
import { renderHtml } from "./html.ts";
import { renderJUnit } from "./junit.ts";
import { captureStems, renderPcapng } from "./pcapng.ts";
import { readable, readableRun } from "./readable.ts";
import type { Results, RunResult } from "./results.ts";
import { parseResults } from "./results_schema.ts";
import { renderTap } from "./tap.ts";

/** What drives a terminal, ends a line somewhere, turns the direction of writing, or is markup in some report. */
const PARTS = [
  ..."\u001b[2J|\u001b[31mred|\u001b]0;t\u0007|\r|\n|\r\n|\t|\u0007|\b|\0|\u007f|\u0085|\u009b2J|\u2028|\u2029|\u202e"
    .split(
      "|",
    ),
  ..."\u2066|\u2069|\u200f|\u061c|\ufeff|\ud800|\udc00|\uffff|😀|é| |x|1".split("|"),
  ..."\n::error::x|::add-mask::x|##[error]x|%0A::warning::x|%|,|:|\nok 9 - x|\n  ...\n|# SKIP|# TODO|\\|\\#|1..9|'|\""
    .split("|"),
  ...["|", "\\|", "`", "<script>alert(1)</script>", "<!--", "]]>", "</pre></details>", "&lt;", "[x](javascript:x)"],
  ...["![x](http://192.0.2.1/x)", "\n| a | b |", "\n# x", "\n```\n", "{{x}}", "$&", "$1"],
];
const DRIVING = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\uffff]|\p{Cs}/u;

const text = fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }).map((parts) => parts.join(""));
const run: fc.Arbitrary<RunResult> = fc.record({
  script: fc.oneof(text.map((name) => `${name}.pkt`), fc.constant("a.pkt")),
  variant: fc.constantFrom("ipv4", "ipv6"),
  target: fc.constantFrom("sim", "kernel", "x\r\n::error::y|z"),
  verdict: fc.constantFrom("pass", "fail", "flaky", "skip", "error", "expected-fail", "unexpected-pass"),
  duration_us: fc.nat(),
  message: text,
  line: fc.constant(2),
  reason: text,
  failure: fc.record({
    kind: fc.constantFrom("packet", "code"),
    expected: text,
    actual: text,
    differences: fc.tuple(fc.record({ field: text, expected: text, actual: text })),
    requirements: fc.tuple(text),
  }),
  evidence: fc.tuple(fc.record({ kind: fc.constantFrom("note", "command", "outbound"), time_us: fc.nat(), text })),
});

function documentOf(runs: RunResult[], word: string): Results {
  const left = { target: word, reason: word, remedy: word };
  return parseResults({
    schema: 1,
    environment: {
      netproof: word,
      deno: word,
      os: word,
      kernel: word,
      started: "2026-01-01T00:00:00Z",
      targets: { sim: word, [word]: word },
      left_out: [left],
      limits: [left],
      command: [word],
    },
    runs,
    outdated: [{ file: word, script: word, target: word, why: word }],
  });
}

const results = fc.tuple(fc.array(run, { minLength: 1, maxLength: 4 }), text).map(([runs, word]) =>
  documentOf(runs, word)
);
const source = (word: string) => () => `${word}\n${word}\n${word}`;

function holds(check: (results: Results, word: string) => void): void {
  fc.assert(fc.property(results, text, check), { numRuns: 300, seed: 20261128 });
}

function assertHarmless(report: string): void {
  const at = report.search(DRIVING);
  assert(at < 0, JSON.stringify(report.slice(Math.max(0, at - 60), at + 20)));
}

Deno.test("terminal: nothing that drives it, and a name has one line", () =>
  holds((results, word) => {
    for (const colour of [false, true]) {
      const style = { colour, verbose: true, source: (): string => word };
      const texts = [formatSummary(readable(results), style)];
      for (const run of results.runs) {
        texts.push(
          formatRunLine(readableRun(run), style),
          formatFailure(readableRun(run), { ...style, source: () => "" }),
        );
        assertEquals(formatRunLine(readableRun(run), style).split("\n").length, 1);
      }
      // deno-lint-ignore no-control-regex -- colours of the report itself
      for (const each of texts) assertHarmless(each.replace(/\u001b\[(1|2|22|31|32|33|39)m/g, ""));
    }
  }));

Deno.test("TAP: as many lines as it says, whatever ends a line", () =>
  holds((results) => {
    const tap = renderTap(results);
    assertHarmless(tap);
    assertEquals(tap, tap.replaceAll("\t", ""));
    const lines = tap.trimEnd().split("\n");
    assertEquals(lines[1], `1..${results.runs.length}`);
    const points = lines.filter((line) => /^(not )?ok /.test(line));
    assertEquals(points.length, results.runs.length);
    points.forEach((point, i) => {
      const { verdict } = results.runs[i]!;
      const directive = /(?<!\\)(?:\\\\)*# (.*)$/.exec(point)?.[1]?.split(" ")[0];
      assertEquals(directive, verdict === "skip" ? "SKIP" : verdict === "expected-fail" ? "TODO" : undefined, point);
    });
    for (const line of lines.slice(2)) {
      assert(/^((not )?ok \d+ - | {2}(---|verdict: [a-z-]+|message: ".*"|line: \d+|\.\.\.)$)/.test(line), line);
    }
  }));

Deno.test("JUnit: well-formed, and a case for each run", () =>
  holds((results) => {
    const xml = renderJUnit(results);
    assertHarmless(xml);
    assertEquals(XMLValidator.validate(xml), true);
    const parsed = new XMLParser({ ignoreAttributes: false, isArray: (name) => /^test(suite|case)$/.test(name) }).parse(
      xml,
    );
    const cases = parsed.testsuites.testsuite.flatMap((suite: { testcase: unknown[] }) => suite.testcase);
    assertEquals(cases.length, results.runs.length);
  }));

Deno.test("GitHub: an annotation for each failure and no other command", () =>
  holds((results) => {
    const annotations = renderAnnotations(results);
    assertHarmless(annotations);
    const bad = results.runs.filter(({ verdict }) => ["fail", "flaky", "error", "unexpected-pass"].includes(verdict));
    const lines = annotations.split("\n").slice(0, -1);
    assertEquals(lines.length, bad.length);
    for (const line of lines) assert(/^::error file=[^:,]*,line=2,title=[^:,]*::/.test(line), line);
  }));

Deno.test("Markdown: tables keep their columns, and nothing is markup", () =>
  holds((results) => {
    const markdown = renderStepSummary(results).replaceAll("\\|", "");
    assertHarmless(markdown);
    assert(!/[<`\\]|\]\(/.test(markdown), markdown);
    const targets = new Set(results.runs.map(({ target }) => target)).size;
    for (const line of markdown.split("\n").filter((each) => each.startsWith("|"))) {
      const columns = line.split("|").length - 2;
      assert(columns === 8 || columns === 3 + targets, line);
    }
  }));

Deno.test("HTML: no element that the report did not make", () =>
  holds((results, word) => {
    const html = renderHtml(results, source(word));
    assertHarmless(html);
    assert(!/<script>alert|<!--|<\/pre><\/details>(?!<\/td>)/.test(html), html);
  }));

Deno.test("a name is shown as it is in a literal, and what is harmless stays", () => {
  assertEquals(printableName("a b/é\n\t\u001b\u202e.pkt"), "a b/é\\n\\t\\x1b\\u{202e}.pkt");
  const shown = readableRun({
    script: "a\nb.pkt",
    variant: "ipv4",
    target: "sim",
    verdict: "fail",
    duration_us: 0,
    message: "a\nb.pkt:3: x\nmore",
  });
  assertEquals([shown.script, shown.message], ["a\\nb.pkt", "a\\nb.pkt:3: x\nmore"]);
});

Deno.test("HTML: the lines of a script whose name is not printable are still found", () => {
  const [script, message] = ["a\n.pkt", "a\n.pkt:2: x"];
  const run = { script, variant: "ipv4", target: "sim", verdict: "fail", duration_us: 0, message, line: 2 } as const;
  const html = renderHtml(documentOf([run], "x"), (path) => path === script ? "one\ntwo\u001b\nthree" : undefined);
  assertEquals(dataOf(html).parts[0]!.sources, { 0: "one\ntwo\\x1b\nthree" });
});

Deno.test("captures: no two scripts share a file, whatever they are called, and each name is short enough", () => {
  const stems = captureStems(["a/b.pkt", "a_b.pkt", "./a b.pkt", "A_B.pkt", "ä.pkt", "ö.pkt", "a/b.pkt"]);
  assertEquals([...stems.values()], ["a_b.pkt", "a_b.pkt~2", "a_b.pkt~3", "A_B.pkt~4", "ä.pkt", "ö.pkt"]);
  const [long] = captureStems([`${"é/".repeat(500)}end\n.pkt`]).values();
  assert(
    new TextEncoder().encode(long).length <= 200 && long!.endsWith("é_end_.pkt") && !long!.includes("\ufffd"),
    long,
  );
});

Deno.test("captures: a comment that is too long for its field leaves the file whole", () => {
  const run: RunResult = {
    script: "a.pkt",
    variant: "ipv4",
    target: "sim",
    verdict: "fail",
    duration_us: 0,
    message: "x".repeat(100_000),
    evidence: [{ kind: "inbound", time_us: 0, text: "y".repeat(70_000), bytes: "45" }],
  };
  const bytes = renderPcapng(run);
  const view = new DataView(bytes.buffer);
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at + 4, true)) types.push(view.getUint32(at, true));
  assertEquals(types, [0x0a0d0d0a, 1, 6]);
  // The options of the first block: a comment of 65,535 octets, padded, and then the next option.
  assertEquals([view.getUint16(24, true), view.getUint16(26, true)], [1, 0xffff]);
  assertEquals(view.getUint16(28 + 0x10000, true), 4);
});
