/** The parser's view of the tokens: one effective token ahead, `-D` substitution, and problems with what was expected. */
import type { Problem, ProblemKind, Severity } from "./diagnostics.ts";
import type { Token } from "./lexer.ts";
import type { SourceText } from "./source.ts";
import { type Definitions, replacement } from "./symbols.ts";
import type { Dialect, Span, SupersetUse, WireFamily } from "./syntax.ts";

/** Thrown inside the parser to give up the current event; never leaves it. */
export class SyntaxFailure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** A token after substitution. */
export interface EffectiveToken extends Token {
  /** The defined word that this token stands for. */
  readonly symbol?: string;
}

/** Largest unsigned 32-bit number. */
export const U32 = 0xffffffff;

/** See the module's comment. */
export class Cursor {
  readonly problems: Problem[] = [];
  readonly superset: SupersetUse[] = [];
  /** From this token on words are substituted. */
  substituteFrom = Number.POSITIVE_INFINITY;
  #index = 0;
  #expected: string[] = [];
  readonly #effective: (EffectiveToken | undefined)[] = [];

  constructor(
    readonly source: SourceText,
    readonly tokens: readonly Token[],
    readonly dialect: Dialect,
    readonly definitions: Definitions,
    readonly wire: WireFamily,
  ) {}

  /** Index of the current token. */
  get index(): number {
    return this.#index;
  }

  set index(value: number) {
    this.#index = value;
    this.#expected = [];
  }

  /** The token `ahead` of the current one. */
  peek(ahead = 0): EffectiveToken {
    const at = Math.min(this.#index + ahead, this.tokens.length - 1);
    const known = this.#effective[at];
    if (known !== undefined) return known;
    const token = this.tokens[at];
    if (token === undefined) throw new RangeError("no tokens");
    if (at < this.substituteFrom || token.kind !== "word") return token;
    const value = this.definitions.get(token.text);
    const effective = value === undefined
      ? token
      : { ...token, ...replacement(value, this.dialect), symbol: token.text };
    this.#effective[at] = effective;
    return effective;
  }

  /** Take the current token. */
  next(): EffectiveToken {
    const token = this.peek();
    if (this.#index < this.tokens.length - 1) this.#index++;
    this.#expected = [];
    return token;
  }

  /** End of the token before the current one. */
  get previousEnd(): number {
    return this.tokens[this.#index - 1]?.end ?? 0;
  }

  /** Span from an offset to the end of what was taken last. */
  spanFrom(start: number): Span {
    return this.source.span(start, Math.max(start, this.previousEnd));
  }

  tokenSpan(token: Token): Span {
    return this.source.span(token.start, token.end);
  }

  /** Whether the token is this word of the language (reserved or contextual), not a substituted symbol. */
  static isKeyword(token: EffectiveToken, text: string): boolean {
    return token.text === text && token.symbol === undefined && (token.kind === "reserved" || token.kind === "word");
  }

  isChar(char: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "char" && token.text === char;
  }

  isKeyword(text: string, ahead = 0): boolean {
    return Cursor.isKeyword(this.peek(ahead), text);
  }

  isKind(kind: Token["kind"], ahead = 0): boolean {
    return this.peek(ahead).kind === kind;
  }

  acceptChar(char: string): boolean {
    if (this.isChar(char)) {
      this.next();
      return true;
    }
    this.expecting(`'${char}'`);
    return false;
  }

  acceptKeyword(text: string): boolean {
    if (this.isKeyword(text)) {
      this.next();
      return true;
    }
    this.expecting(`'${text}'`);
    return false;
  }

  expectChar(char: string, hint?: string): EffectiveToken {
    if (!this.isChar(char)) {
      this.expecting(`'${char}'`);
      this.fail(hint);
    }
    return this.next();
  }

  expectKeyword(text: string, hint?: string): EffectiveToken {
    if (!this.isKeyword(text)) {
      this.expecting(`'${text}'`);
      this.fail(hint);
    }
    return this.next();
  }

  expectKind(kind: Token["kind"], what: string, hint?: string): EffectiveToken {
    if (!this.isKind(kind)) {
      this.expecting(what);
      this.fail(hint);
    }
    return this.next();
  }

  /** Note what would be accepted here, for the message in case nothing fits. */
  expecting(what: string): void {
    if (!this.#expected.includes(what)) this.#expected.push(what);
  }

  /** Give up the current event: the current token fits nowhere. */
  fail(hint?: string, message?: string): never {
    const token = this.peek();
    throw new SyntaxFailure(
      this.#problem("error", "syntax", this.tokenSpan(token), message ?? this.#syntaxMessage(token), hint),
    );
  }

  #syntaxMessage(token: EffectiveToken): string {
    if (token.kind === "eof") return "syntax error at the end of the script";
    const raw = this.source.text.slice(token.start, token.end);
    const shown = raw.length > 40 ? `${raw.slice(0, 40).replaceAll("\n", " ")}…` : raw.replaceAll("\n", " ");
    const meant = token.symbol === undefined ? "" : ` (defined as ${token.text})`;
    return `syntax error at '${shown}'${meant}`;
  }

  /** Record what packetdrill calls a semantic error; parsing goes on. */
  semantic(span: Span, message: string, hint?: string, expected: readonly string[] = []): void {
    this.report({ severity: "error", kind: "semantic", path: this.source.path, span, message, expected, hint });
  }

  report(problem: Problem): void {
    this.problems.push(problem);
  }

  /** Record that the script uses something that packetdrill does not have. */
  uses(feature: string, span: Span): void {
    this.superset.push({ feature, span, local: false });
  }

  /** As {@link uses}, for what leaves the meaning of all other lines alone. */
  usesHere(feature: string, span: Span): void {
    this.superset.push({ feature, span, local: true });
  }

  /** A decimal INTEGER token within bounds; out of bounds is a semantic error and gives 0. */
  integer(what: string, max: number = U32, min = 0): number {
    const token = this.expectKind("integer", `a decimal number (${what})`, this.#numberHint());
    return this.bounded(token, what, min, max);
  }

  /** A decimal or hex number. */
  anyInteger(what: string, max: number = U32, min = 0): number {
    if (!this.isKind("hex")) return this.integer(what, max, min);
    return this.bounded(this.next(), what, min, max);
  }

  /** Check a number token against bounds. */
  bounded(token: EffectiveToken, what: string, min: number, max: number): number {
    const value = Number(token.text);
    if (value >= min && value <= max) return value;
    this.semantic(
      this.tokenSpan(token),
      `${what} out of range: ${token.text}`,
      `it must be ${min} to ${max}`,
    );
    return min > 0 ? min : 0;
  }

  #numberHint(): string | undefined {
    const token = this.peek();
    if (token.kind === "hex") return "only decimal numbers are read here";
    if (token.kind === "float") return "put white space in front of a '.' that ends the flags, and none into a number";
    if (token.kind === "word" && /^[A-Z_][A-Z0-9_]*$/.test(token.text)) return `define it: -D ${token.text}=…`;
    return undefined;
  }

  /** Bytes written as hex digits: a word, an integer or (superset) `0x…`. Semantic error if odd or not hex. */
  hexBytes(what: string, max: number): Uint8Array {
    const token = this.peek();
    if (token.kind !== "word" && token.kind !== "integer" && token.kind !== "hex") {
      this.expecting(`hex digits (${what})`);
      this.fail();
    }
    this.next();
    return this.decodeHex(token, what, max);
  }

  /** The bytes of a hex token. packetdrill reads an all-digit symbol's *name* as the digits, and so fails on it. */
  decodeHex(token: EffectiveToken, what: string, max: number): Uint8Array {
    const source = token.kind === "integer" && token.symbol !== undefined ? token.symbol : token.text;
    const digits = token.kind === "hex" ? source.slice(2) : source;
    const span = this.tokenSpan(token);
    const bad = /[^0-9A-Fa-f]/.exec(digits);
    if (bad !== null) {
      const hint = token.symbol !== undefined && token.kind === "integer"
        ? "a symbol whose value is all digits cannot be used here: write the digits out"
        : undefined;
      this.semantic(span, `${what}: '${bad[0]}' is not a hex digit`, hint);
      return new Uint8Array();
    }
    if (digits.length % 2 !== 0) {
      this.semantic(span, `${what} has an odd number of digits`, "write two digits for each byte");
      return new Uint8Array();
    }
    if (digits.length / 2 > max) {
      this.semantic(span, `${what} is too long: ${digits.length / 2} bytes`, `at most ${max}`);
      return new Uint8Array();
    }
    return Uint8Array.from(
      { length: digits.length / 2 },
      (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
    );
  }

  #problem(severity: Severity, kind: ProblemKind, span: Span, message: string, hint: string | undefined): Problem {
    return { severity, kind, path: this.source.path, span, message, expected: this.#expected, hint };
  }
}
