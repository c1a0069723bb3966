import { assertEquals } from "@std/assert";
import { ambientUses, foreignLibraries } from "./ambient.ts";
import { places, treeOf } from "./_plant.ts";

const linesOf = (text: string) => places(ambientUses(treeOf({ "stack/a.ts": text }))).map((at) => Number(at.slice(11)));

Deno.test("ambient: time, waiting, chance, printing, the world outside", () => {
  const text = [
    "Deno.readTextFileSync(name);",
    "const now = Date.now();",
    "setTimeout(() => {}, 1);",
    "function f(): Promise<void> {}",
    "async function g() {}",
    "const dice = Math.random();",
    "console.log(now);",
    "const t = performance.now();",
    "const made = new Date();",
  ];
  assertEquals(linesOf(text.join("\n")), text.map((_, i) => i + 1));
});

Deno.test("ambient: the same words as names of our own", () => {
  const text = [
    "interface P { readonly process: number; Date: string }",
    "const a = p.process + Math.max(1, 2);",
    "const b = { console: 1 };",
    "function f(process: P) { return process.a; }",
    "// Deno, Date and Promise in a comment",
    'const c = "Deno.exit";',
  ];
  assertEquals(linesOf(text.join("\n")), []);
});

Deno.test("ambient: the stack alone is asked, and not its tests", () => {
  const tree = treeOf({ "runtime/a.ts": "Date.now();", "stack/a_test.ts": "Deno.test(f);" });
  assertEquals(ambientUses(tree), []);
});

Deno.test("dlopen: only host/ opens libraries", () => {
  const text = 'const { dlopen } = Deno;\nDeno.dlopen("libc.so.6", {});';
  const found = foreignLibraries(treeOf({ "host/a.ts": text, "bench/a.ts": text, "stack/a_test.ts": "f();" }));
  assertEquals(places(found), ["bench/a.ts:1", "bench/a.ts:2"]);
});
