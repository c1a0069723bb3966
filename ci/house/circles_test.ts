import { assertEquals } from "@std/assert";
import { findCircles, importCircles } from "./circles.ts";
import { places, treeOf } from "./_plant.ts";

Deno.test("circles: a type import closes one as well as any other", () => {
  const found = importCircles(treeOf({
    "a.ts": 'import { b } from "./b.ts";',
    "b.ts": 'import { z } from "zod";\nexport { c } from "./c.ts";',
    "c.ts": 'import type { A } from "./a.ts";',
    "d.ts": 'import { a } from "./a.ts";',
  }));
  assertEquals(places(found), ["a.ts:1", "b.ts:2", "c.ts:1"]);
  assertEquals(found.map(({ size }) => size), [3, 3, 3]);
});

Deno.test("circles: a file that imports itself, and two circles apart", () => {
  const graph = new Map([["a", ["a"]], ["b", ["c", "a"]], ["c", ["b"]], ["d", ["c", "gone"]], ["e", []]]);
  assertEquals(findCircles(graph).sort(), [["a"], ["b", "c"]]);
});

Deno.test("circles: ways that meet again are none", () => {
  assertEquals(findCircles(new Map([["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]])), []);
});
