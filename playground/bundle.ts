/**
 * Bundles TypeScript of the project with esbuild, for browsers and for Node.
 *
 * @module
 */
import * as esbuild from "esbuild";
import { dirname, join } from "node:path";

/** What is bundled, and for whom. */
export interface BundleOptions {
  /** The first file. */
  readonly entry: string;
  readonly platform: "browser" | "node";
  /** Where `deno install` has put packages. */
  readonly packages: string;
  /** Modules that are made up, by the name that they are imported by. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Modules that are there where the bundle runs. */
  readonly external?: readonly string[];
}

/** A bundle. */
export interface Bundle {
  readonly code: string;
  /** Folders of the packages in it. */
  readonly packages: readonly string[];
}

/** Oldest browsers that have all that the page uses: module-less workers of blobs, compression streams, `dialog`. */
const BROWSERS = ["chrome111", "firefox115", "safari16.4"];

/** Bundles and minifies. Throws with esbuild's messages. */
export async function bundle(options: BundleOptions): Promise<Bundle> {
  const { entry, platform, packages, texts = {}, external = [] } = options;
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: platform === "browser" ? "iife" : "cjs",
    platform,
    target: platform === "browser" ? BROWSERS : ["node20"],
    charset: "utf8",
    legalComments: "none",
    nodePaths: [packages],
    external: [...external],
    plugins: [madeUp(texts)],
    // What the project imports is told by its import map, never by a configuration file.
    tsconfigRaw: {},
    logLevel: "silent",
  });
  const folders = new Set(Object.keys(metafile.inputs).flatMap((path) => packageFolder(path) ?? []));
  return { code: outputFiles[0]!.text, packages: [...folders].sort() };
}

function madeUp(texts: Readonly<Record<string, string>>): esbuild.Plugin {
  return {
    name: "made-up modules",
    setup(build) {
      build.onResolve({ filter: /^made-up:/ }, ({ path }) => ({ path, namespace: "made-up" }));
      build.onLoad({ filter: /./, namespace: "made-up" }, ({ path }) => {
        const contents = texts[path];
        return contents === undefined ? null : { contents, loader: "text" };
      });
    },
  };
}

/** `…/node_modules/name` of a file in a package. */
function packageFolder(path: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}

/** The licences of packages, as their authors want them to go along. */
export async function licences(folders: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const folder of folders) {
    const { name, version } = JSON.parse(await Deno.readTextFile(join(folder, "package.json"))) as {
      readonly name: string;
      readonly version: string;
    };
    const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((file) => /^licen[cs]e/i.test(file));
    if (files.length === 0) throw new Error(`${name} has no licence in ${dirname(folder)}`);
    texts.push(`${name} ${version}\n\n${(await Deno.readTextFile(join(folder, files[0]!))).trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** Ends esbuild's process. */
export async function endBundler(): Promise<void> {
  await esbuild.stop();
}
