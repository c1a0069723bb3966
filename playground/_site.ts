/**
 * The site, built once for all tests of a file, and served.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { buildSite, type BuiltFile } from "./build.ts";
import { endBundler } from "./bundle.ts";

/** The site in a folder of its own. */
export interface TestSite {
  readonly folder: string;
  readonly files: readonly BuiltFile[];
  remove(): Promise<void>;
}

/** Builds the site. */
export async function buildTestSite(): Promise<TestSite> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-site-" });
  const files = await buildSite(folder);
  await endBundler();
  return { folder, files, remove: () => Deno.remove(folder, { recursive: true }) };
}

/** A server of the site, in a process of its own. */
export interface TestServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a folder. */
export async function serve(folder: string): Promise<TestServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      `--allow-read=${folder}`,
      fileURLToPath(new URL("./_serve.ts", import.meta.url)),
      folder,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let url = "";
  while (!url.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the server did not start");
    url += value;
  }
  return {
    url: url.trim(),
    async stop() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}
