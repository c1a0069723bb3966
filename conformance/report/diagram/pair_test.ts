import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../results.ts";
import { OPENING, REFUSED } from "./_runs.ts";
import { pairedDiagramOf } from "./pair.ts";
import { renderPair } from "./render_pair.tsx";

const common = { script: "a.pkt", variant: "ipv4", duration_us: 1 } as const;
const passed: RunResult = { ...common, target: "rfc", verdict: "pass", message: "", evidence: OPENING };
const refused: RunResult = { ...common, ...REFUSED, target: "sim" };

Deno.test("pair: what both did is in one row, in the script's order", () => {
  const { rows, first } = pairedDiagramOf(passed, passed);
  assertEquals(first, undefined);
  assertEquals(rows.map(({ left, right }) => [left?.line, right?.line]), [1, 4, 6, 7, 8, 9, 10, 11].map((n) => [n, n]));
  assertEquals(rows.map(({ left }) => left?.kind).slice(0, 4), ["command", "call", "call", "arrow"]);
});

Deno.test("pair: the first row that differs, and the fields in which it does", () => {
  const evidence = OPENING.map((entry) =>
    entry.line !== 9 ? entry : { ...entry, bytes: entry.bytes!.replace("5010faf0", "5010faf1") }
  );
  const { rows, first } = pairedDiagramOf(passed, { ...passed, target: "kernel", evidence });
  const differing = rows.filter(({ differs }) => differs);
  assertEquals(differing.map(({ left, fields }) => [left?.line, fields]), [
    [9, [{ field: "tcp_window", left: "64240", right: "64241" }]],
  ]);
  assertEquals(first, differing[0]!.left!.key);
});

Deno.test("pair: a packet that one sent and the other did not", () => {
  const missing: RunResult = {
    ...refused,
    failure: { kind: "missing-packet", expected: "P. 1:11(10) ack 1" },
    evidence: OPENING.slice(0, -1),
  };
  const { rows } = pairedDiagramOf(passed, missing);
  const last = rows.at(-1)!;
  assertEquals([last.left?.kind, last.right?.key, last.differs], ["arrow", "right-expected", true]);
  assert(last.right?.failure?.startsWith("error handling packet"));
});

Deno.test("pair: what one did behind the other's end is there, and is no difference", () => {
  const ended: RunResult = {
    ...refused,
    line: 8,
    message: "a.pkt:8: no",
    failure: { kind: "machine" },
    evidence: OPENING.slice(0, 5),
  };
  const { rows } = pairedDiagramOf(ended, passed);
  assert(rows.some(({ beyond, right, differs }) => beyond && !differs && right?.line === 11));
});

Deno.test("pair as HTML: a row for both, differences by sign and words, escaped", () => {
  const evidence = refused.evidence!.map((entry) => ({ ...entry, text: `<img onerror> ${entry.text}` }));
  const pair = pairedDiagramOf({ ...refused, evidence }, passed);
  const html = renderPair(pair, { caption: "<b>", left: "<i>", right: "rfc" });
  assert(!/<img|<b>\s*<\/caption|<i></.test(html.replaceAll("<i>expected", "")), html);
  assertStringIncludes(html, "≠");
  assertStringIncludes(html, "differs:");
  assertEquals(html.match(/tabindex="0"/g)?.length, 1);
  const keys = [...html.matchAll(/data-row="([^"]*)"/g)].map(([, key]) => key);
  assertEquals(new Set(keys).size, keys.length);
});
