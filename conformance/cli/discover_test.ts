import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { discoverScripts } from "./discover.ts";
import { UsageError } from "./usage_error.ts";

async function withTree(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/b/c`, { recursive: true });
    await Deno.mkdir(`${root}/empty`);
    for (const path of ["b/2.pkt", "b/c/3.pkt", "a.pkt", "b/notes.md"]) await Deno.writeTextFile(`${root}/${path}`, "");
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("discover: folders are searched in order, each script comes once", () =>
  withTree(async (root) => {
    const found = await discoverScripts([root, `${root}/b/2.pkt`]);
    assertEquals(found.map((path) => path.slice(root.length + 1)), ["a.pkt", "b/2.pkt", "b/c/3.pkt"]);
  }));

Deno.test("discover: a path that does not exist is said", () =>
  withTree(async (root) => {
    const error = await assertRejects(() => discoverScripts([`${root}/none`]), UsageError);
    assertStringIncludes(error.message, "no such file or folder");
  }));

Deno.test("discover: a folder without scripts is said", () =>
  withTree(async (root) => {
    const error = await assertRejects(() => discoverScripts([`${root}/empty`]), UsageError);
    assertStringIncludes(error.message, "no scripts (*.pkt)");
  }));
