/**
 * What each part of a script is, for editors that show it in colours.
 *
 * @module
 */
import { HEADER_KEYS } from "../script/header.ts";
import { lex, type Token } from "../script/lexer.ts";
import { SourceText } from "../script/source.ts";
import { symbolValue } from "../script/symbols.ts";
import type { Comment } from "../script/syntax.ts";

/** Kinds of parts. `in` and `out` are the marks of packets and their flags. */
export type HighlightKind =
  | "comment"
  | "key"
  | "option"
  | "time"
  | "in"
  | "out"
  | "word"
  | "number"
  | "string"
  | "command"
  | "code"
  | "call"
  | "symbol"
  | "address"
  | "error";

/** A part of a script. */
export interface Highlight {
  readonly start: number;
  readonly end: number;
  readonly kind: HighlightKind;
}

const KEY = new RegExp(`^(?://|/?\\*|\\s)[ \\t]*(${HEADER_KEYS.join("|")}):`);

/** The parts of a script, in order, none over another. What is not named is plain. */
export function highlight(text: string): Highlight[] {
  const { tokens, comments } = lex(new SourceText("", text));
  const parts = new Parts(text, tokens).run();
  const first = tokens.find(({ kind }) => kind !== "bad")?.start ?? text.length;
  for (const comment of comments) parts.push(...commentParts(comment, first));
  return parts.sort((a, b) => a.start - b.start);
}

function commentParts({ text, span }: Comment, firstToken: number): Highlight[] {
  const key = span.start < firstToken ? KEY.exec(text) : null;
  if (key === null) return [{ start: span.start, end: span.end, kind: "comment" }];
  const end = span.start + key[0].length;
  const start = end - key[1]!.length - 1;
  return [
    { start: span.start, end: start, kind: "comment" },
    { start, end, kind: "key" },
    { start: end, end: span.end, kind: "comment" },
  ];
}

/** Kinds of tokens that are what they are wherever they stand. */
const PLAIN: Partial<Record<Token["kind"], HighlightKind>> = {
  option: "option",
  float: "number",
  integer: "number",
  hex: "number",
  reserved: "word",
  string: "string",
  backquoted: "command",
  code: "code",
  ipv4: "address",
  ipv6: "address",
  mac: "address",
  bad: "error",
};

class Parts {
  readonly #parts: Highlight[] = [];
  #at = 0;

  constructor(readonly text: string, readonly tokens: readonly Token[]) {}

  run(): Highlight[] {
    while (this.#at < this.tokens.length) {
      if (this.#startsLine() && this.#event()) continue;
      this.#other(this.tokens[this.#at]!, this.tokens[this.#at + 1]);
      this.#at++;
    }
    return this.#parts;
  }

  #startsLine(): boolean {
    const before = this.#at === 0 ? 0 : this.tokens[this.#at - 1]!.end;
    const between = this.text.slice(before, this.tokens[this.#at]!.start);
    return this.#at === 0 || between.includes("\n");
  }

  #push(first: Token, last: Token, kind: HighlightKind): void {
    this.#parts.push({ start: first.start, end: last.end, kind });
  }

  /** A time at the start of a line, and the mark and the flags of a packet behind it. */
  #event(): boolean {
    const first = this.tokens[this.#at]!;
    const isTime = first.kind === "integer" || first.kind === "float" || first.text === "+" || first.text === "*";
    if (!isTime || first.kind === "string") return false;
    let last = first;
    let next = this.tokens[++this.#at];
    // `+0<` has no blank in front of the mark.
    while (next !== undefined && next.start === last.end && /^[-+~.\d]+$/.test(next.text)) {
      last = next;
      next = this.tokens[++this.#at];
    }
    this.#push(first, last, "time");
    if (next?.kind === "char" && (next.text === "<" || next.text === ">")) this.#packet(next);
    return true;
  }

  #packet(mark: Token): void {
    const kind = mark.text === "<" ? "in" : "out";
    this.#push(mark, mark, kind);
    this.#at++;
    const flags = this.tokens[this.#at];
    if (flags === undefined || !/^[SFRPUEWC.A-]+$/.test(flags.text)) return;
    let last = flags;
    this.#at++;
    for (
      let next = this.tokens[this.#at];
      next !== undefined && next.start === last.end;
      next = this.tokens[this.#at]
    ) {
      if (!/^[SFRPUEWC.A-]+$/.test(next.text)) break;
      last = next;
      this.#at++;
    }
    this.#push(flags, last, kind);
  }

  #other(token: Token, next: Token | undefined): void {
    const kind = token.kind === "word" ? this.#word(token, next) : PLAIN[token.kind];
    if (kind !== undefined) this.#push(token, token, kind);
  }

  #word({ text }: Token, next: Token | undefined): HighlightKind | undefined {
    if (symbolValue(text) !== undefined || /^(?:[A-Z][A-Z0-9]*_[A-Z0-9_]+|E[A-Z0-9]{2,})$/.test(text)) return "symbol";
    return next?.kind === "char" && next.text === "(" ? "call" : "word";
  }
}
