import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Breach } from "./breach.ts";
import { compare, parseExceptions, shrink } from "./exceptions.ts";

const breach = (path: string, line: number, size = 1): Breach => ({
  rule: size === 1 ? "offset" : "long-file",
  path,
  line,
  message: "m",
  subject: path,
  size,
});

Deno.test("exceptions: a breach without one is told with its place", () => {
  assertEquals(compare([breach("a.ts", 7)], {}), ["a.ts:7: offset: m"]);
});

Deno.test("exceptions: one breach more than allowed, or one line more, is told", () => {
  const breaches = [breach("a.ts", 1), breach("a.ts", 2), breach("b.ts", 1, 450)];
  assertEquals(compare(breaches, { offset: { "a.ts": 2 }, "long-file": { "b.ts": 450 } }), []);
  const complaints = compare(breaches, { offset: { "a.ts": 1 }, "long-file": { "b.ts": 449 } });
  assertEquals(complaints.length, 3);
  assertStringIncludes(complaints[2]!, "450 here, the exception allows 449");
});

Deno.test("exceptions: one that is not needed is told, so that the list shrinks", () => {
  const [complaint] = compare([], { state: { "a.ts": 1 } });
  assert(complaint?.startsWith("a.ts: state: holds now"));
});

Deno.test("exceptions: shrinking lowers and removes, and never adds", () => {
  const breaches = [breach("a.ts", 1), breach("new.ts", 1), breach("b.ts", 1, 450)];
  const list = { offset: { "a.ts": 5, "gone.ts": 1 }, "long-file": { "b.ts": 420 }, state: { "a.ts": 1 } };
  assertEquals(shrink(breaches, list), { offset: { "a.ts": 1 }, "long-file": { "b.ts": 420 } });
});

Deno.test("exceptions: the list is validated", () => {
  assertThrows(() => parseExceptions({ offset: { "a.ts": 0 } }));
});
