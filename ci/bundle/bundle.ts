/**
 * Bundles programs for browsers, with the esbuild that comes with Deno's own version.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A program for the browser that is committed as one file. */
export interface Bundle {
  /** Where it starts, from the root of the tree. */
  readonly entry: string;
  /** The committed file. */
  readonly output: string;
}

/** All of them. */
export const BUNDLES: readonly Bundle[] = [
  { entry: "conformance/report/page/main.tsx", output: "conformance/report/page/client.generated.js" },
];

/** The root of the tree. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** Why a bundle could not be made, in esbuild's words. */
export class BundleError extends Error {
  override name = "BundleError";
}

/** The program as one minified module, as text that can stand in a `<script>` element. */
export async function bundle({ entry }: Bundle): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", entry],
    cwd: ROOT,
    stdin: "null",
  }).output();
  if (code !== 0) throw new BundleError(new TextDecoder().decode(stderr));
  // Only in strings and regular expressions can these stand, where the backslash means nothing.
  return new TextDecoder().decode(stdout).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}
