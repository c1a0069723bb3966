/**
 * Which lines changed since a revision.
 *
 * @module
 */
import { ROOT } from "./tree.ts";

/** Lines by path that are not in `revision` as they stand now. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number>>;

/** Lines that a unified diff without context adds. */
export function addedLines(diff: string): ChangedLines {
  const changed = new Map<string, Set<number>>();
  let path = "";
  for (const line of diff.split("\n")) {
    const file = /^\+\+\+ b\/(.*)$/.exec(line);
    if (file !== null) path = file[1]!;
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    const lines = changed.get(path) ?? new Set<number>();
    changed.set(path, lines);
    const count = hunk[2] === undefined ? 1 : Number(hunk[2]);
    for (let i = 0; i < count; i++) lines.add(Number(hunk[1]) + i);
  }
  return changed;
}

/**
 * Lines of `stack/` that changed since `revision`, what is not committed included.
 *
 * @throws {Error} with git's words when it does not know the revision
 */
export async function changedSince(revision: string): Promise<ChangedLines> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args: ["diff", "--unified=0", "--no-color", "--no-ext-diff", revision, "--", "stack"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`git diff ${revision}: ${new TextDecoder().decode(stderr).trim()}`);
  return addedLines(new TextDecoder().decode(stdout));
}
