import { assertEquals, assertStringIncludes } from "@std/assert";
import { places, treeOf } from "./_plant.ts";
import { boundToRuntime } from "./portable.ts";

Deno.test("portable: what a browser comes to run by way of imports uses neither Deno nor Node", () => {
  const found = boundToRuntime(treeOf({
    "playground/worker/main.ts": 'import "../../conformance/run.ts";',
    "conformance/run.ts": 'import { join } from "node:path";\nimport { a, type B } from "./a.ts";',
    "conformance/a.ts": 'export const a = 1;\nexport * from "./b.ts";',
    "conformance/b.ts": 'export const text = Deno.readTextFileSync("x");',
  }));
  assertEquals(places(found), ["conformance/run.ts:1", "conformance/b.ts:1"]);
  assertStringIncludes(found[1]!.message, "by way of conformance/a.ts");
});

Deno.test("portable: types leave nothing behind, and other programs may do as they like", () => {
  const found = boundToRuntime(treeOf({
    "playground/page/main.ts": 'import type { Info } from "../../a.ts";\nimport { type B } from "../../a.ts";\n' +
      'export type { C } from "../../a.ts";\ntype D = import("../../a.ts").D;\nimport "../../conformance/paths.ts";',
    "a.ts": 'import "node:fs";\nDeno.exit();',
    "conformance/paths.ts": "Deno.cwd();",
    "apps/main.ts": "Deno.exit();",
  }));
  assertEquals(places(found), []);
});
