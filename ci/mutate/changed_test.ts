import { assertEquals, assertRejects } from "@std/assert";
import { needing } from "../../host/test_support.ts";
import { addedLines, changedSince } from "./changed.ts";

Deno.test("changed: lines that a diff adds, by file", () => {
  const diff = `diff --git a/stack/a.ts b/stack/a.ts
--- a/stack/a.ts
+++ b/stack/a.ts
@@ -3 +3,2 @@ f
-x
+y
+z
@@ -9,2 +10,0 @@
-gone
--- a/stack/b.ts
+++ b/stack/b.ts
@@ -1,0 +2 @@
+new
`;
  assertEquals([...addedLines(diff)].map(([path, lines]) => [path, ...lines]), [["stack/a.ts", 3, 4], [
    "stack/b.ts",
    2,
  ]]);
});

needing(
  { programs: ["git"] },
  "changed: a revision that git does not know is named",
  async () => {
    await assertRejects(() => changedSince("no-such-revision"), Error, "git diff no-such-revision: ");
  },
);
