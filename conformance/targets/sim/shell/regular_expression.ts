/**
 * POSIX regular expressions, basic and extended with GNU's additions, in JavaScript's terms.
 *
 * @module
 */

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: " \\t\\n\\v\\f\\r",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/** The set `[…]` that begins at `start`, with where it ends; undefined if it does not end. */
export function characterClass(text: string, start: number): { source: string; end: number } | undefined {
  let at = start + 1;
  let source = "[";
  if (text[at] === "!" || text[at] === "^") {
    source += "^";
    at++;
  }
  for (let first = true;; first = false) {
    const c = text[at];
    if (c === undefined) return undefined;
    if (c === "]" && !first) break;
    const named = /^\[:([a-z]+):\]/.exec(text.slice(at, at + 12));
    if (named !== null && CLASSES[named[1]!] !== undefined) {
      source += CLASSES[named[1]!];
      at += named[0].length;
    } else {
      // A minus makes a range as in POSIX; all else that JavaScript would read is quoted.
      source += /[\\\]^[]/.test(c) ? `\\${c}` : c;
      at++;
    }
  }
  return { source: source === "[" ? "(?!)" : `${source}]`, end: at + 1 };
}

/** What a backslash before a letter means to GNU tools. */
const ESCAPES: Readonly<Record<string, string>> = {
  w: "[A-Za-z0-9_]",
  W: "[^A-Za-z0-9_]",
  s: "[ \\t\\n\\v\\f\\r]",
  S: "[^ \\t\\n\\v\\f\\r]",
  b: "\\b",
  B: "\\B",
  "<": "\\b(?=[A-Za-z0-9_])",
  ">": "\\b(?<=[A-Za-z0-9_])",
  "`": "^",
  "'": "$",
  n: "\\n",
  t: "\\t",
};

/** `{2,5}` at a place, or `\\{2,5\\}` in a basic expression. */
function interval(pattern: string, at: number, extended: boolean): { source: string; length: number } | undefined {
  const form = extended ? /^\{(\d*)(,?)(\d*)\}/ : /^\\\{(\d*)(,?)(\d*)\\\}/;
  const match = form.exec(pattern.slice(at, at + 16));
  if (match === null || match[0].length - (extended ? 2 : 4) === 0) return undefined;
  return { source: `{${match[1] || "0"}${match[2]}${match[3]}}`, length: match[0].length };
}

/** The source of a JavaScript regular expression that matches as the POSIX one does. */
export function posixSource(pattern: string, extended: boolean): string {
  let source = "";
  /** There is nothing yet that a star could repeat. */
  let begins = true;
  for (let at = 0; at < pattern.length;) {
    const c = pattern[at]!;
    const starts = begins;
    begins = false;
    const repeated = interval(pattern, at, extended);
    if (repeated !== undefined && !starts) {
      source += repeated.source;
      at += repeated.length;
      continue;
    }
    if (c === "[") {
      const set = characterClass(pattern, at);
      if (set === undefined) throw new SyntaxError("Unmatched [");
      source += set.source;
      at = set.end;
      continue;
    }
    if (c === "\\") {
      const following = pattern[at + 1];
      if (following === undefined) throw new SyntaxError("Trailing backslash");
      at += 2;
      const operator = !extended && "()|+?".includes(following);
      source += operator
        ? following
        : /[1-9]/.test(following)
        ? `\\${following}`
        : ESCAPES[following] ?? quote(following);
      begins = operator && (following === "(" || following === "|");
      continue;
    }
    at++;
    if (extended && "^$()|+?".includes(c)) {
      source += starts && "+?".includes(c) ? `\\${c}` : c;
      begins = "(|^".includes(c);
    } else if (c === ".") source += "[^\\n]";
    else if (c === "*") source += starts ? "\\*" : "*";
    else if (c === "^" && starts) {
      source += "^";
      begins = true;
    } else if (c === "$" && /^($|\\\)|\\\|)/.test(pattern.slice(at))) source += "$";
    else source += quote(c);
  }
  return source;
}

/** A character that stands for itself. */
function quote(text: string): string {
  return /[.*+?^${}()|[\]\\/]/.test(text) ? `\\${text}` : text;
}

/** A POSIX regular expression. Throws `SyntaxError`. */
export function posixRegExp(pattern: string, extended: boolean, flags = ""): RegExp {
  return new RegExp(posixSource(pattern, extended), flags);
}
