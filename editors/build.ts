/**
 * `deno task vscode`: builds the extension for Visual Studio Code and packages it as `editors/netproof-packetdrill.vsix`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, endBundler, licences } from "../playground/bundle.ts";
import { installPackages } from "../playground/packages.ts";

const ROOT = new URL("../", import.meta.url);
const FILES = ["package.json", "README.md", "language-configuration.json", "syntaxes/packetdrill.tmLanguage.json"];
const PACKAGES = ["vscode-languageclient", "vscode-languageserver", "vscode-languageserver-textdocument", "zod"];

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, ROOT));
}

/** Puts the extension as an editor loads it into a folder. */
export async function buildExtension(out: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-vscode-" });
  try {
    const node = { platform: "node" as const, packages: await installPackages(ROOT, PACKAGES, folder) };
    const server = await bundle({ ...node, entry: pathOf("editors/server/main.ts") });
    const client = await bundle({ ...node, entry: pathOf("editors/client/extension.ts"), external: ["vscode"] });
    await Deno.mkdir(join(out, "out"), { recursive: true });
    await Deno.mkdir(join(out, "syntaxes"));
    await Deno.writeTextFile(join(out, "out/server.js"), server.code);
    await Deno.writeTextFile(join(out, "out/extension.js"), client.code);
    const others = [...new Set([...server.packages, ...client.packages])].sort();
    await Deno.writeTextFile(join(out, "out/licences.txt"), await licences(others));
    await Deno.copyFile(pathOf("LICENSE"), join(out, "LICENSE"));
    for (const file of FILES) await Deno.copyFile(pathOf(`editors/vscode/${file}`), join(out, file));
  } finally {
    await Deno.remove(folder, { recursive: true });
    await endBundler();
  }
}

/** Packages a built extension. */
export async function packageExtension(folder: string, vsix: string): Promise<void> {
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-run"];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", ...permissions, VSCE, "package"],
      ...["--no-dependencies", "--allow-missing-repository", "--out", vsix],
    ],
    cwd: folder,
    stdin: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  throw new Error(`vsce: ${said.trim()}`);
}

/** What makes packages of extensions. */
const VSCE = "npm:@vscode/vsce@4.1.0";

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "netproof-extension-" });
  const vsix = pathOf("editors/netproof-packetdrill.vsix");
  try {
    await buildExtension(folder);
    await packageExtension(folder, vsix);
    console.log(`${vsix}: code --install-extension ${vsix}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
