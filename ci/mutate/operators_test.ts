import { assertEquals } from "@std/assert";
import { SourceFile } from "../house/source_tree.ts";
import { changeables } from "./operators.ts";

/** `operator: text → replacement` for all changes of a source. */
function changesOf(text: string): string[] {
  return changeables(new SourceFile("x.ts", text).tree).flatMap(({ node, changes }) =>
    changes.map(({ operator, replacement }) => `${operator}: ${node.getText()} → ${replacement}`)
  );
}

Deno.test("operators: a comparison is turned round, and moved by one at its edge", () => {
  assertEquals(changesOf("const a = b < c;"), ["comparison: b < c → b >= c", "boundary: b < c → b <= c"]);
  assertEquals(changesOf("const a = b === c;"), ["comparison: b === c → b !== c"]);
});

Deno.test("operators: comparisons of sequence numbers are comparisons", () => {
  assertEquals(changesOf("const a = lt(b, c + d);"), [
    "comparison: lt(b, c + d) → !lt(b, c + d)",
    "boundary: lt(b, c + d) → lt(b, c + d) || (b) === (c + d)",
  ]);
  assertEquals(changesOf("const a = geq(b, c);")[1], "boundary: geq(b, c) → geq(b, c) && (b) !== (c)");
});

Deno.test("operators: booleans and what joins them", () => {
  assertEquals(changesOf("const a = b && !c;"), ["boolean: b && !c → (b) || (!c)", "boolean: !c → c"]);
  assertEquals(changesOf("f(true);").slice(1), ["boolean: true → false"]);
  assertEquals(changesOf("a &&= b;")[1], "boolean: a &&= b → a ||= b");
});

Deno.test("operators: constants, but not names, types, enums and the cast to unsigned", () => {
  assertEquals(changesOf("const a = 0xff;"), ["constant: 0xff → 510"]);
  assertEquals(changesOf("const a = 15;"), ["constant: 15 → 16"]);
  assertEquals(changesOf("const a = 1;"), ["constant: 1 → 0"]);
  assertEquals(changesOf("const a = 2n;"), ["constant: 2n → 3n"]);
  assertEquals(changesOf("let a: 1 | true; enum E { A = 1 } type T = 2; const o = { 3: b >>> 0 };"), []);
});

Deno.test("operators: statements are dropped, branches swapped", () => {
  assertEquals(changesOf("if (a) b();"), ["swap: a → !(a)", "drop: a → false", "drop: b(); → "]);
  // Turned round, the condition is the comparison's own change.
  assertEquals(changesOf("function f() { if (a < b) return; }"), [
    "drop: a < b → false",
    "comparison: a < b → a >= b",
    "boundary: a < b → a <= b",
    "drop: return; → ",
  ]);
  assertEquals(changesOf("const a = b ? c : d;"), ["swap: b → !(b)"]);
  assertEquals(changesOf("function f() { return g(); }"), ["drop: g() → undefined"]);
});

Deno.test("operators: what only counts is left alone, and so is a constructor's call of its parent's", () => {
  assertEquals(changesOf("mib.inc(a < b ? Counter.One : Counter.Two);"), []);
  assertEquals(changesOf("function f() { return mib.inc(Counter.One); }"), []);
  assertEquals(changesOf("class A extends B { constructor() { super(); } }"), []);
});
