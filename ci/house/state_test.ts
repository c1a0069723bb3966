import { assertEquals } from "@std/assert";
import { moduleState } from "./state.ts";
import { places, treeOf } from "./_plant.ts";

const linesOf = (text: string) => places(moduleState(treeOf({ "stack/a.ts": text }))).map((at) => Number(at.slice(11)));

Deno.test("state: what can be assigned again", () => {
  assertEquals(linesOf("let a = 1;\nvar b = 2;\nconst c = 3;\nfunction f() {\n  let d = 4;\n  return d++;\n}"), [1, 2]);
  assertEquals(linesOf("class A {\n  static n = 0;\n  static readonly m = 0;\n  x = 0;\n}"), [2]);
});

Deno.test("state: collections that are not declared readonly", () => {
  const text = [
    "const a = new Map<string, number>();",
    "const b: ReadonlyMap<string, number> = new Map();",
    "const c = [1, 2];",
    "const d = [1, 2] as const;",
    "const e: readonly number[] = [1];",
    "const f = { a: 1 };",
    "const g: Readonly<Record<string, number>> = { a: 1 };",
    "const h = Object.freeze({ a: 1 });",
    "class K { static readonly all = new Set<number>(); }",
  ];
  assertEquals(linesOf(text.join("\n")), [9, 1, 3, 6]);
});

Deno.test("state: storage to write to, and tables", () => {
  assertEquals(
    linesOf("const a = new Uint8Array(20);\nconst b = new Uint8Array([1, 2]);\nconst c = new Uint8Array(0);"),
    [1],
  );
});

Deno.test("state: objects of our own whose fields can be assigned", () => {
  const text = "class Open { n = 0; }\nclass Shut { constructor(readonly n: number) {} }\n" +
    "const a = new Open();\nconst b = new Shut(1);\nconst c = new TextEncoder();";
  assertEquals(linesOf(text), [3]);
  const found = moduleState(treeOf({
    "stack/a.ts": 'import { Made } from "./b.ts";\nconst a = new Made();',
    "stack/b.ts": "export class Made {\n  #count = 0;\n}",
  }));
  assertEquals(places(found), ["stack/a.ts:2"]);
});

Deno.test("state: what is called as the module is loaded may keep something", () => {
  assertEquals(linesOf("const next = (() => {\n  let n = 0;\n  return () => n++;\n})();"), [1]);
});

Deno.test("state: a change, however deep, of what a constant holds", () => {
  const declared = "const POOLS: readonly Uint8Array[][] = load();\n";
  assertEquals(linesOf(declared + "export const f = () => POOLS[0]!.pop();"), [2]);
  assertEquals(linesOf(declared + "export function f() {\n  POOLS[0]![1] = x;\n  delete POOLS[0];\n}"), [3, 4]);
  assertEquals(linesOf("const at: Readonly<A> = load();\nat.b.c++;"), [2]);
  assertEquals(linesOf(declared + "export function f(POOLS: number[]) {\n  POOLS.push(1);\n}"), []);
  assertEquals(linesOf(declared + "export function f() {\n  return [...POOLS].sort();\n}"), []);
});

Deno.test("state: only the stack's, and not that of tests", () => {
  assertEquals(moduleState(treeOf({ "host/a.ts": "let a = 1;", "stack/a_test.ts": "let a = 1;" })), []);
});
