/**
 * `deno task playground`: builds the playground, a site without a server, into `dist/`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clausesOf } from "../conformance/assist/clauses.ts";
import { DIAGRAM_STYLE } from "../conformance/report/diagram/mod.ts";
import { loadCatalogue } from "../conformance/requirements/catalogue.ts";
import { bundle, endBundler, licences } from "./bundle.ts";
import { readExamples } from "./examples.ts";
import { installPackages } from "./packages.ts";

const ROOT = new URL("../", import.meta.url);

/** What the page and its worker import from npm. */
const PACKAGES = [
  "@codemirror/autocomplete",
  "@codemirror/commands",
  "@codemirror/language",
  "@codemirror/lint",
  "@codemirror/search",
  "@codemirror/state",
  "@codemirror/view",
  "@noble/hashes",
  "preact",
  "preact-render-to-string",
  "unbash",
  "zod",
];

/** A file of the site, and its size. */
export interface BuiltFile {
  readonly name: string;
  readonly bytes: number;
  /** As a server sends it. */
  readonly compressed: number;
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** The site's files by name. */
async function makeSite(): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-playground-" });
  try {
    const packages = await installPackages(ROOT, PACKAGES, folder);
    const browser = { platform: "browser" as const, packages };
    const worker = await bundle({ ...browser, entry: pathOf("playground/worker/main.ts") });
    const page = await bundle({
      ...browser,
      entry: pathOf("playground/page/main.ts"),
      texts: { "made-up:worker": worker.code },
    });
    const examples = await readExamples(pathOf("fixtures"));
    return new Map([
      ["index.html", await Deno.readTextFile(pathOf("playground/page/index.html"))],
      ["style.css", DIAGRAM_STYLE + await Deno.readTextFile(pathOf("playground/page/style.css"))],
      ["app.js", page.code],
      ["examples.js", `globalThis.netproofExamples=${JSON.stringify(examples)};\n`],
      ["clauses.js", `globalThis.netproofClauses=${JSON.stringify([...clausesOf(await loadCatalogue())])};\n`],
      ["licences.txt", await licences([...new Set([...worker.packages, ...page.packages])].sort())],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Builds the site into a folder. What was in it is removed. */
export async function buildSite(out: string): Promise<BuiltFile[]> {
  const files = await makeSite();
  await Deno.remove(out, { recursive: true }).catch(() => {});
  await Deno.mkdir(out, { recursive: true });
  const built: BuiltFile[] = [];
  for (const [name, text] of files) {
    await Deno.writeTextFile(join(out, name), text);
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    const compressed = (await new Response(packed).arrayBuffer()).byteLength;
    built.push({ name, bytes: new TextEncoder().encode(text).length, compressed });
  }
  return built;
}

if (import.meta.main) {
  const out = pathOf("dist");
  const built = await buildSite(out);
  await endBundler();
  for (const { name, bytes, compressed } of built) {
    console.log(`${name.padEnd(14)} ${String(bytes).padStart(9)} octets, ${String(compressed).padStart(7)} compressed`);
  }
  const total = built.reduce((sum, { compressed }) => sum + compressed, 0);
  console.log(`${total} octets compressed in all; open ${join(out, "index.html")}`);
}
