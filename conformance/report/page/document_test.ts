import { assertEquals } from "@std/assert";
import { HOSTILE, RESULTS, source } from "./_page.ts";
import { commonFolder, joinResults, splitResults, titleOf } from "./document.ts";

Deno.test("page document: its parts together are the results document", () => {
  const split = splitResults(RESULTS, source);
  assertEquals(joinResults(split), RESULTS);
  // So they are when they come out of the page.
  assertEquals(joinResults(JSON.parse(JSON.stringify(split))), JSON.parse(JSON.stringify(RESULTS)));
});

Deno.test("page document: the index is read without what was recorded", () => {
  const { index, parts } = splitResults(RESULTS, source);
  assertEquals(JSON.stringify(index).includes("evidence"), false);
  assertEquals(index.scripts.map(({ title }) => title), [
    "Title of fixtures/a.pkt",
    "Title of fixtures/b.pkt",
    `Title of ${HOSTILE}`,
    undefined,
  ]);
  assertEquals(parts[0]!.runs[1]!.failure?.kind, "packet");
  assertEquals(Object.keys(parts[0]!.sources), ["0", "1", "2"]);
});

Deno.test("page document: runs of a script are in one part, and no part is large", () => {
  const runs = Array.from(
    { length: 300 },
    (_, i) => ({ ...RESULTS.runs[0]!, script: `${i >> 1}.pkt`, target: `${i & 1}` }),
  );
  const { index, parts } = splitResults({ ...RESULTS, runs }, () => undefined);
  assertEquals(parts.map((part) => Object.keys(part.runs).length), [64, 64, 64, 64, 44]);
  assertEquals(index.runs.every((run, i) => i in parts[index.scripts[run.script]!.part]!.runs), true);
});

Deno.test("page document: a title stands in the comments in front", () => {
  assertEquals(titleOf("\n// requires: x\n// title:  A b \n"), "A b");
  assertEquals(titleOf("/* x\n * title: A\n */"), "A");
  assertEquals(titleOf("0 socket() = 3\n// title: A"), undefined);
  assertEquals(titleOf(""), undefined);
});

Deno.test("page document: the folder that all scripts are in", () => {
  const common = (...paths: string[]) => commonFolder(paths.map((path) => ({ path, part: 0 })));
  assertEquals(common("a/b/c.pkt", "a/b/d/e.pkt"), "a/b/");
  assertEquals(common("/a/b.pkt", "/c/d.pkt"), "/");
  assertEquals(common("a/b.pkt", "b.pkt"), "");
  assertEquals(common("a/b.pkt"), "");
  assertEquals(common("ab/c.pkt", "a/c.pkt"), "");
});
