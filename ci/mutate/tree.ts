/**
 * Copies of the project in which stacks have faults.
 *
 * @module
 */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../house/source_tree.ts";
import { instrument } from "./instrument.ts";
import type { Mutant } from "./mutants.ts";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
/** What a run of the fixtures on `sim` needs, the fixtures aside: those are read where they are. */
export const COPIED = ["abi", "stack", "conformance", "host", "runtime", "ci", "deno.json", "deno.lock"];

async function copy(from: string, to: string): Promise<void> {
  const info = await Deno.stat(from);
  if (!info.isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) await copy(join(from, entry.name), join(to, entry.name));
}

/** A copy of the project, to be disposed of. */
export class Tree implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  /** A copy of the project as it is. */
  static async make(): Promise<Tree> {
    const folder = await Deno.makeTempDir({ prefix: "netproof-mutate-" });
    for (const name of COPIED) await copy(join(ROOT, name), join(folder, name));
    return new Tree(folder);
  }

  /** Puts `mutants` behind their switches into the copies of `files`. */
  async instrument(files: readonly SourceFile[], mutants: readonly Mutant[]): Promise<void> {
    const byFile = Map.groupBy(mutants, ({ path }) => path);
    for (const file of files) {
      const own = byFile.get(file.path);
      if (own === undefined) continue;
      const module = relative(dirname(file.path), "ci/mutate/switch.ts");
      await this.write(file.path, instrument(file, own, module));
    }
  }

  /** Writes a file of the copy. */
  async write(path: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.folder, path), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}
