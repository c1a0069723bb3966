/**
 * Bundles programs for browsers, with the esbuild that comes with Deno's own version.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

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

/** Why a bundle could not be made, in the words of who made it. */
export class BundleError extends Error {
  override name = "BundleError";
}

/** The program as one minified module, with the licences of the packages in it, as text for a `<script>` element. */
export async function bundle({ entry }: Bundle): Promise<string> {
  const code = await deno("bundle", "--quiet", "--platform", "browser", "--minify", entry);
  // Only in strings and regular expressions can these stand, where the backslash means nothing.
  const safe = code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return `/*! Made by "deno task bundle" from ${entry}.\n${await licences(entry)}*/\n${safe}`;
}

async function deno(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (code !== 0) throw new BundleError(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const moduleGraph = z.object({
  modules: z.array(z.object({ npmPackage: z.string().optional() })),
  npmPackages: z.record(
    z.string(),
    z.object({ name: z.string(), version: z.string(), dependencies: z.array(z.string()) }),
  ),
});

/** The licences of all packages that the entry imports, types aside, each text once. */
async function licences(entry: string): Promise<string> {
  const { npmCache } = z.object({ npmCache: z.string() }).parse(JSON.parse(await deno("info", "--json")));
  const graph = moduleGraph.parse(JSON.parse(await deno("info", "--json", entry)));
  const names = new Set<string>();
  const visit = (key: string) => {
    const found = graph.npmPackages[key];
    if (names.has(key) || found === undefined || found.name.startsWith("@types/")) return;
    names.add(key);
    found.dependencies.forEach(visit);
  };
  for (const { npmPackage } of graph.modules) if (npmPackage !== undefined) visit(npmPackage);
  const texts = new Map<string, string[]>();
  for (const key of [...names].sort()) {
    const { name, version } = graph.npmPackages[key]!;
    const text = await licenceIn(join(npmCache, "registry.npmjs.org", name, version), `${name} ${version}`);
    texts.set(text, [...texts.get(text) ?? [], `${name} ${version}`]);
  }
  return [...texts].map(([text, packages]) => `\n${packages.join(", ")}:\n${text}\n`).join("").replaceAll("*/", "* /");
}

async function licenceIn(folder: string, what: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^licen[cs]e/i.test(name)) return (await Deno.readTextFile(join(folder, name))).trim();
  }
  throw new BundleError(`${what} has no licence in ${folder}`);
}
