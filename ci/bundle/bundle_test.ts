import { assert, assertEquals } from "@std/assert";
import { bundle, BundleError, BUNDLES, ROOT } from "./bundle.ts";

/** The bundle, or that it can't be made: Deno fetches esbuild when it is first asked to bundle. */
async function made(one: typeof BUNDLES[number]): Promise<string | undefined> {
  try {
    return await bundle(one);
  } catch (error) {
    if (error instanceof BundleError && /registry|download|network|dns/i.test(error.message)) return undefined;
    throw error;
  }
}

for (const one of BUNDLES) {
  const text = await made(one);
  const needs = text === undefined ? " [needs esbuild: Deno fetches it once, from the npm registry]" : "";
  Deno.test(`bundle: ${one.output} is what its sources make${needs}`, { ignore: text === undefined }, async () => {
    assertEquals(text, await Deno.readTextFile(ROOT + one.output), `${one.output} is out of date: deno task bundle`);
  });
}

Deno.test("bundle: what is committed can stand in a page, and has the licences of what is in it", async () => {
  for (const { output } of BUNDLES) {
    const text = await Deno.readTextFile(ROOT + output);
    assert(!/<\/script|<!--/i.test(text), "it would end its own element");
    assert(text.includes("Permission is hereby granted"), output);
  }
});
