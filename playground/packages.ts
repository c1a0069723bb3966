/**
 * The npm packages that the page is made of, where a bundler finds them: Deno lays them out in a folder of that kind.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod";

const configuration = z.object({ imports: z.record(z.string(), z.string()) });

/** The names, each in the version that the project's import map pins. */
export type PackageNames = readonly string[];

/** Makes `node_modules` in `folder` and gives its path. */
export async function installPackages(root: URL, names: PackageNames, folder: string): Promise<string> {
  const { imports } = configuration.parse(JSON.parse(await Deno.readTextFile(new URL("deno.json", root))));
  const wanted = Object.fromEntries(names.map((name) => {
    const pinned = imports[name];
    if (pinned === undefined) throw new Error(`deno.json does not import ${name}`);
    return [name, pinned];
  }));
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "auto", imports: wanted }));
  await Deno.copyFile(new URL("deno.lock", root), join(folder, "deno.lock"));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--quiet"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`deno install: ${new TextDecoder().decode(stderr).trim()}`);
  return join(folder, "node_modules");
}
