/** Which of the clauses that a script names a line of it stands for. */
import type { Script } from "./syntax.ts";

function namedIn(text: string, ids: readonly string[]): string[] {
  const words = new Set(text.match(/RFC[0-9]+-[A-Za-z0-9._-]*[A-Za-z0-9]/g) ?? []);
  return ids.filter((id) => words.has(id));
}

/**
 * The clauses of the header's `requires:` that the event at `line` stands for: those that a comment behind it names, else
 * those of the nearest comment above that has a line to itself and names some, else all.
 */
export function clausesAt({ source, header }: Script, line: number | undefined): string[] {
  const all = header.requires.map(({ value }) => value);
  if (line === undefined || all.length < 2) return all;
  const lines = source.split("\n");
  const behind = namedIn(lines[line - 1]?.split("//").slice(1).join("//") ?? "", all);
  if (behind.length > 0) return behind;
  const headerEnd = Math.max(...header.requires.map(({ span }) => span.endLine));
  for (let above = line - 1; above > headerEnd; above--) {
    const text = lines[above - 1]!;
    const named = /^\s*(\/\/|\*|\/\*)/.test(text) ? namedIn(text, all) : [];
    if (named.length > 0) return named;
  }
  return all;
}

/** The same as part of a failure: nothing where the script names no clause. */
export function clausesBroken(script: Script, line: number | undefined): { readonly requirements?: readonly string[] } {
  const requirements = clausesAt(script, line);
  return requirements.length === 0 ? {} : { requirements };
}
