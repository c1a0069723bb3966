/**
 * `deno task bundle`: makes the committed bundles anew.
 *
 * @module
 */
import { bundle, BUNDLES, ROOT } from "./bundle.ts";

for (const one of BUNDLES) {
  const text = await bundle(one);
  await Deno.writeTextFile(ROOT + one.output, text);
  console.log(`${one.output}: ${(text.length / 1000).toFixed(1)} KB`);
}
