/**
 * Names of files that match a pattern.
 *
 * @module
 */
import type { WorldFiles } from "../files.ts";
import { isPattern, matchesPattern } from "./pattern.ts";

/** Paths that match, sorted; none if there are none. */
export function globFiles(pattern: string, cwd: string, files: WorldFiles): readonly string[] {
  const absolute = pattern.startsWith("/");
  let found: string[] = [absolute ? "/" : ""];
  const parts = pattern.split("/").filter((part) => part !== "");
  for (const part of parts) {
    const next: string[] = [];
    for (const base of found) {
      const folder = base === "" ? cwd : base.startsWith("/") ? base : `${cwd}/${base}`;
      const prefix = base === "" || base.endsWith("/") ? base : `${base}/`;
      if (!isPattern(part)) {
        const name = part.replace(/\\(.)/g, "$1");
        if (files.kind(`${folder}/${name}`) !== undefined) next.push(prefix + name);
        continue;
      }
      for (const name of files.list(folder)) {
        if (name.startsWith(".") && !part.startsWith(".")) continue;
        if (matchesPattern(part, name)) next.push(prefix + name);
      }
    }
    found = next;
  }
  return found.sort();
}
