import { assertEquals } from "@std/assert";
import { SourceFile } from "../house/source_tree.ts";
import { regionsOf } from "./regions.ts";

function regions(text: string): string[] {
  return regionsOf(new SourceFile("stack/x.ts", text)).map(({ clause, start, end }) =>
    `${clause}: ${text.slice(start, end)}`
  );
}

Deno.test("regions: a comment behind a statement is about it", () => {
  assertEquals(regions("a();\nb(); // RFC793-1-a, RFC793-1-b.\nc();"), ["RFC793-1-a: b();", "RFC793-1-b: b();"]);
  assertEquals(regions("if (a) { // RFC793-1-a\n  b();\n}\nc();"), ["RFC793-1-a: if (a) { // RFC793-1-a\n  b();\n}"]);
});

Deno.test("regions: a comment with a line to itself is about the paragraph below", () => {
  assertEquals(regions("a();\n// RFC793-1-a: why\n// and more\nb();\nc();\n\nd();"), ["RFC793-1-a: b();\nc();"]);
  assertEquals(regions("// RFC793-1-a\nb();\n// another\nc();"), ["RFC793-1-a: b();"]);
});

Deno.test("regions: at the head of a branch a comment is about its condition, too", () => {
  assertEquals(regions("if (a) {\n  // RFC793-1-a\n  b();\n\n  // RFC793-1-b\n  c();\n}"), [
    "RFC793-1-a: a) {\n  // RFC793-1-a\n  b();",
    "RFC793-1-b: c();",
  ]);
});

Deno.test("regions: a definition stands for itself", () => {
  const text = "/** Sends. RFC793-1-a */\nfunction f() {\n  b();\n}\nfunction g() {}";
  assertEquals(regions(text), ["RFC793-1-a: function f() {\n  b();\n}"]);
  assertEquals(regions("class A {\n  /** RFC793-1-a */\n  f() { b(); }\n  g() {}\n}"), ["RFC793-1-a: f() { b(); }"]);
  assertEquals(regions("const t = {\n  a: 1, // RFC793-1-a\n  b: 2,\n};"), ["RFC793-1-a: a: 1"]);
});

Deno.test("regions: a comment inside an expression is about its line", () => {
  const text = "const a = b &&\n  c && // RFC793-1-a\n  d;";
  assertEquals(regions(text), ["RFC793-1-a:   c && "]);
  assertEquals(regions("if (\n  // RFC793-1-a\n  a &&\n  b\n) c();"), ["RFC793-1-a: a &&\n  b"]);
});

Deno.test("regions: what nothing follows is about nothing", () => {
  assertEquals(regions("function f() {\n  a();\n  // RFC793-1-a\n}"), []);
  assertEquals(regions('const a = "RFC793-1-a";'), []);
});
