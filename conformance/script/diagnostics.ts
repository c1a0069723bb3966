/** Problems found in a script, and how they are told: place, line, underline, what was expected, what to do. */
import { printableName } from "../printable.ts";
import type { SourceText } from "./source.ts";
import type { Script, Span } from "./syntax.ts";

/**
 * `error`: packetdrill refuses the script before it runs. `run-time`: the script is well formed, but packetdrill would
 * fail it at this place if it got there. `warning`: suspicious only.
 */
export type Severity = "error" | "run-time" | "warning";

/** What kind of rule was broken. `option` and `semantic` are packetdrill's own words. */
export type ProblemKind = "syntax" | "semantic" | "option" | "check";

/** One problem of a script. */
export interface Problem {
  /** How bad it is. */
  readonly severity: Severity;
  /** Which sort of rule was broken. */
  readonly kind: ProblemKind;
  /** Path as given to the parser. */
  readonly path: string;
  /** Where. */
  readonly span: Span;
  /** One sentence; packetdrill's own words where it has some. */
  readonly message: string;
  /** What would have been accepted here; empty if that does not apply. */
  readonly expected: readonly string[];
  /** What to do about it. */
  readonly hint: string | undefined;
}

/** Thrown for a script that packetdrill would refuse. `message` is the formatted text of all problems. */
export class ScriptError extends Error {
  /** Class name, for messages. */
  override readonly name = "ScriptError";

  /**
   * Put the problems into words.
   *
   * @param problems at least one, in order of place
   * @param source the text that they speak of
   * @param needsWireMode the script sets `--psp_udp_port`: packetdrill itself runs it only between two machines
   * @param unsupported the protocol that the script tests, if it is one that netproof does not read
   * @param partial what could be read: every event without a problem of its own syntax. For further checks only
   */
  constructor(
    readonly problems: readonly Problem[],
    readonly source: SourceText,
    readonly needsWireMode: boolean = false,
    readonly partial: Script | undefined = undefined,
    readonly unsupported: string | undefined = undefined,
  ) {
    super(formatProblems(problems.slice(0, MAX_TOLD), source) + andMore(problems));
  }
}

/** A file that is no script at all has a problem in every line: these many are told. */
const MAX_TOLD = 8;

function andMore(problems: readonly Problem[]): string {
  const more = problems.length - MAX_TOLD;
  return more > 0
    ? `\n\n${printableName(problems[0]!.path)}: and ${more} more ${more === 1 ? "problem" : "problems"}`
    : "";
}

/** All problems, one block each, separated by empty lines. */
export function formatProblems(problems: readonly Problem[], source: SourceText): string {
  return problems.map((problem) => formatProblem(problem, source)).join("\n\n");
}

const MAX_LINE = 160;

/**
 * A problem as people read it:
 *
 * ```text
 * x.pkt:3:9: error: inconsistent TCP sequence numbers and payload size
 *   3 | +0 > P. 1:1001(900) ack 1
 *     |         ^^^^^^^^^^^
 *     = expected 1:901(900) or 1:1001(1000)
 * ```
 */
export function formatProblem(problem: Problem, source: SourceText): string {
  const { span } = problem;
  const word = problem.severity === "run-time" ? "run-time error" : problem.severity;
  const out = [`${printableName(problem.path)}:${span.line}:${span.column}: ${word}: ${problem.message}`];
  const gutter = String(span.line).length + 2;
  const blank = " ".repeat(gutter);
  let text = source.lineText(span.line);
  let from = span.column - 1;
  let length = span.endLine === span.line ? Math.max(1, span.endColumn - span.column) : Math.max(1, text.length - from);
  if (text.length > MAX_LINE) {
    const cut = Math.max(0, from - 40);
    text = (cut > 0 ? "…" : "") + text.slice(cut, cut + MAX_LINE) + "…";
    from = from - cut + (cut > 0 ? 1 : 0);
    length = Math.min(length, MAX_LINE);
  }
  // Tabs are repeated under the line so that the mark stands where the reader's terminal shows the token.
  const indent = text.slice(0, from).replace(/[^\t]/g, " ").padEnd(from, " ");
  out.push(`${String(span.line).padStart(gutter)} | ${text}`, `${blank} | ${indent}${"^".repeat(length)}`);
  if (problem.expected.length > 0) out.push(`${blank} = expected ${joinAlternatives(problem.expected)}`);
  if (problem.hint !== undefined) out.push(`${blank} = hint: ${problem.hint}`);
  return out.join("\n");
}

/** `a`, `a or b`, `a, b or c`. */
export function joinAlternatives(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}

/** The candidate nearest to a misspelt word, if it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 64) return undefined;
  const limit = word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
