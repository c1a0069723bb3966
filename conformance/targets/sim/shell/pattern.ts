/**
 * The shell's patterns: `*`, `?`, `[a-z]`, `[!0-9]`, `[[:digit:]]`.
 *
 * @module
 */
import { characterClass } from "./regular_expression.ts";

/** A text that stands for itself in a pattern. */
export function quotePattern(text: string): string {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}

/** Whether a text has anything that a pattern gives a meaning. */
export function isPattern(text: string): boolean {
  return /(^|[^\\])(\\\\)*[*?[]/.test(text);
}

/** A pattern as the source of a JavaScript regular expression; `slash` false: nothing but a slash itself matches one. */
export function patternSource(pattern: string, lazy = false, slash = true): string {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const c = pattern[at]!;
    if (c === "*") source += `${slash ? "[^]" : "[^/]"}*${lazy ? "?" : ""}`;
    else if (c === "?") source += slash ? "[^]" : "[^/]";
    else if (c === "\\" && at + 1 < pattern.length) source += quoteSource(pattern[++at]!);
    else if (c === "[") {
      const set = characterClass(pattern, at);
      if (set === undefined) source += "\\[";
      else {
        source += set.source;
        at = set.end - 1;
      }
    } else source += quoteSource(c);
  }
  return source;
}

/** A text as the source of a regular expression that matches it. */
export function quoteSource(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/** Whether a whole text matches a pattern. */
export function matchesPattern(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${patternSource(pattern)})$`).test(text);
}
