/**
 * Files with planted breaches, for the tests of the rules.
 *
 * @module
 */
import type { Breach } from "./breach.ts";
import { SourceFile } from "./source_tree.ts";

/** A tree of the given files. */
export function treeOf(files: Readonly<Record<string, string>>): SourceFile[] {
  return Object.entries(files).map(([path, text]) => new SourceFile(path, text));
}

/** Each breach as `path:line`. */
export function places(breaches: readonly Breach[]): string[] {
  return breaches.map(({ path, line }) => `${path}:${line}`);
}
