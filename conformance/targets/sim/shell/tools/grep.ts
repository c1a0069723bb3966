/**
 * `grep`, `egrep`, `fgrep`.
 *
 * @module
 */
import { quoteSource } from "../pattern.ts";
import { posixSource } from "../regular_expression.ts";
import { readText } from "../streams.ts";
import { type Command, failed, type Invocation } from "../world.ts";
import { joinLines, linesOf, missing, sources } from "./input.ts";
import { parseOptions } from "./options.ts";

const LONG = {
  quiet: "q",
  silent: "q",
  "invert-match": "v",
  count: "c",
  "ignore-case": "i",
  "extended-regexp": "E",
  "fixed-strings": "F",
  "basic-regexp": "G",
  "no-messages": "s",
  "no-filename": "h",
  "with-filename": "H",
  "only-matching": "o",
  "word-regexp": "w",
  "line-regexp": "x",
  "line-number": "n",
  "files-with-matches": "l",
  text: "a",
  regexp: "e",
  file: "f",
  "max-count": "m",
  "after-context": "A",
  "before-context": "B",
  context: "C",
};

/** The patterns of `-e`, `-f` or the first operand, as one expression. Throws `SyntaxError`. */
function expressionOf(patterns: readonly string[], flags: ReadonlySet<string>): RegExp {
  const source = patterns.flatMap((pattern) => pattern.split("\n")).map((pattern) => {
    const own = flags.has("F") ? quoteSource(pattern) : posixSource(pattern, flags.has("E"));
    return flags.has("x")
      ? `^(?:${own})$`
      : flags.has("w")
      ? `(?<![A-Za-z0-9_])(?:${own})(?![A-Za-z0-9_])`
      : `(?:${own})`;
  }).join("|");
  return new RegExp(source, `g${flags.has("i") ? "i" : ""}`);
}

interface Lines {
  /** What is printed, less the name of the file. */
  readonly shown: readonly { readonly number: number; readonly text: string; readonly separator: ":" | "-" }[];
  readonly count: number;
}

function select(
  text: string,
  expression: RegExp,
  flags: ReadonlySet<string>,
  limit: number,
  before: number,
  after: number,
): Lines {
  const lines = linesOf(text);
  const hits: number[] = [];
  for (const [i, line] of lines.entries()) {
    if (hits.length >= limit) break;
    expression.lastIndex = 0;
    if (expression.test(line) !== flags.has("v")) hits.push(i);
  }
  if (flags.has("o")) {
    const shown = hits.flatMap((i) =>
      [...lines[i]!.matchAll(expression)].filter((match) => match[0] !== "")
        .map((match) => ({ number: i + 1, text: match[0], separator: ":" as const }))
    );
    return { shown: flags.has("v") ? [] : shown, count: hits.length };
  }
  const wanted = new Map<number, ":" | "-">();
  for (const hit of hits) {
    for (let i = Math.max(0, hit - before); i <= Math.min(lines.length - 1, hit + after); i++) {
      if (wanted.get(i) !== ":") wanted.set(i, i === hit ? ":" : "-");
    }
  }
  const shown = [...wanted].sort(([a], [b]) => a - b)
    .map(([i, separator]) => ({ number: i + 1, text: lines[i]!, separator }));
  return { shown, count: hits.length };
}

/** `grep [OPTION…] PATTERN [FILE…]`. */
function run(invocation: Invocation, given: string): ReturnType<Command> {
  const options = parseOptions("grep", invocation.args, "qvciEFGshHownlxa", "efmABC", LONG);
  const flags = new Set([...options.flags, ...given]);
  const operands = [...options.operands];
  const { values } = options;
  const patterns = [...values.get("e") ?? []];
  for (const name of values.get("f") ?? []) {
    const text = readText(invocation.path(name), invocation.world);
    if (text === undefined) return failed(2, missing("grep", name).trimEnd());
    patterns.push(...linesOf(text));
  }
  if (!values.has("e") && !values.has("f")) {
    const first = operands.shift();
    if (first === undefined) return failed(2, "Usage: grep [OPTION]... PATTERNS [FILE]...");
    patterns.push(first);
  }
  let expression: RegExp;
  try {
    expression = expressionOf(patterns, flags);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(2, `grep: ${error.message}`);
  }
  const number = (letter: string) => Number(values.get(letter)?.at(-1) ?? values.get("C")?.at(-1) ?? 0);
  const limit = Number(values.get("m")?.at(-1) ?? Infinity);
  const named = flags.has("H") || (operands.length > 1 && !flags.has("h"));
  let stderr = "";
  let matched = false;
  const output: string[] = [];
  for (const { name, text } of sources(operands, invocation)) {
    if (text === undefined) {
      stderr += missing("grep", name);
      continue;
    }
    const label = name === "-" ? "(standard input)" : name;
    const { shown, count } = select(text, expression, flags, limit, number("B"), number("A"));
    matched ||= count > 0;
    if (flags.has("l")) output.push(...count > 0 ? [label] : []);
    else if (flags.has("c")) output.push(`${named ? `${label}:` : ""}${count}`);
    else {
      for (const [i, line] of shown.entries()) {
        const gap = i > 0 && line.number > shown[i - 1]!.number + 1 && number("A") + number("B") > 0;
        if (gap) output.push("--");
        const at = flags.has("n") ? `${line.number}${line.separator}` : "";
        output.push(`${named ? `${label}${line.separator}` : ""}${at}${line.text}`);
      }
    }
  }
  const quiet = flags.has("q");
  const status = matched && (stderr === "" || quiet) ? 0 : stderr === "" ? 1 : 2;
  return { status, stdout: quiet ? "" : joinLines(output), stderr: flags.has("s") ? "" : stderr };
}

export const grep: Command = (invocation) => run(invocation, "");
export const egrep: Command = (invocation) => run(invocation, "E");
export const fgrep: Command = (invocation) => run(invocation, "F");
