import { assertEquals } from "@std/assert";
import { FILE_LINES, FUNCTION_LINES, largeObjects, longFiles, longFunctions, OBJECT_FIELDS } from "./sizes.ts";
import { treeOf } from "./_plant.ts";

const lines = (count: number) => "\n".repeat(count);

Deno.test("sizes: files, tests included", () => {
  const tree = treeOf({ "a.ts": lines(FILE_LINES), "b.ts": lines(FILE_LINES + 1), "c_test.ts": lines(500) });
  assertEquals(longFiles(tree).map(({ subject, size }) => [subject, size]), [["b.ts", FILE_LINES + 1], [
    "c_test.ts",
    500,
  ]]);
});

Deno.test("sizes: functions of every form, each by its name", () => {
  const body = `{${lines(FUNCTION_LINES)}}`;
  const fits = `function fits() {${lines(FUNCTION_LINES - 1)}}`;
  const text =
    `${fits}\nfunction f() ${body}\nconst g = () => ${body};\nclass A {\n constructor() ${body}\n m() ${body}\n}`;
  const found = longFunctions(treeOf({ "a.ts": text, "a_test.ts": text }));
  assertEquals(found.map(({ subject }) => subject), ["a.ts#f", "a.ts#g", "a.ts#A.constructor", "a.ts#m"]);
  assertEquals(found[0]!.size, FUNCTION_LINES + 1);
});

Deno.test("sizes: lines that only name clauses do not count, others do", () => {
  const clauses = "// RFC9293-MUST-13, RFC793-3.1-a\n".repeat(9);
  const tree = treeOf({ "a.ts": clauses + lines(FILE_LINES), "b.ts": `// RFC9293-MUST-13: why\n${lines(FILE_LINES)}` });
  assertEquals(longFiles(tree).map(({ subject }) => subject), ["b.ts"]);
  const text = `function f() {\n${clauses}${lines(FUNCTION_LINES - 2)}}`;
  assertEquals(longFunctions(treeOf({ "a.ts": text })), []);
});

Deno.test("sizes: fields of classes and interfaces, those of the constructor too", () => {
  const fields = Array.from({ length: OBJECT_FIELDS }, (_, i) => `f${i} = 0;`).join("\n");
  const text = `class A {\n${fields}\n}\nclass B {\n${fields}\nconstructor(readonly more: number) {}\nmethod() {}\n}`;
  assertEquals(largeObjects(treeOf({ "a.ts": text })).map(({ subject, size }) => [subject, size]), [
    ["a.ts#B", OBJECT_FIELDS + 1],
  ]);
});
