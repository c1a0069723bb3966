/**
 * The scanner: longest match, rule order and quirks as packetdrill's, in one pass over the text.
 *
 * Substitution of `-D` symbols is not done here but by the parser's token cursor: it depends on where the options end.
 */
import { foreignCharacter } from "./foreign_characters.ts";
import { reservedWords } from "./reserved.ts";
import type { Comment, Dialect } from "./syntax.ts";
import type { SourceText } from "./source.ts";

/** Kinds of tokens. A `char` is any single character that no other rule matches. */
export type TokenKind =
  | "ellipsis"
  | "option"
  | "float"
  | "integer"
  | "hex"
  | "word"
  | "reserved"
  | "string"
  | "backquoted"
  | "code"
  | "ipv4"
  | "ipv6"
  | "mac"
  | "char"
  | "bad"
  | "eof";

/** A token. */
export interface Token {
  readonly kind: TokenKind;
  /** Its value: without quotes or marks for strings, commands and code; without dashes for options. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** For `bad`: what is wrong with it and what to do. */
  readonly problem?: { readonly message: string; readonly hint: string };
}

/** Text that `#ifdef` left out (nplab). */
export interface InactiveText {
  readonly start: number;
  readonly end: number;
}

/** What the scanner found. The last token is `eof`. */
export interface LexResult {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** `#ifdef`/`#endif` lines and what they leave out, in order. */
  readonly directives: readonly InactiveText[];
}

const enum C {
  TAB = 9,
  LF = 10,
  CR = 13,
  SPACE = 32,
  QUOTE = 34,
  HASH = 35,
  PERCENT = 37,
  STAR = 42,
  MINUS = 45,
  DOT = 46,
  SLASH = 47,
  ZERO = 48,
  NINE = 57,
  COLON = 58,
  UNDERSCORE = 95,
  BACKQUOTE = 96,
  BACKSLASH = 92,
  OPEN_BRACE = 123,
  CLOSE_BRACE = 125,
}

const isDigit = (c: number): boolean => c >= C.ZERO && c <= C.NINE;
const isHex = (c: number): boolean => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102);
const isWordChar = (c: number): boolean =>
  isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === C.UNDERSCORE;

/** Six bytes in hex, which no address of IP can be. */
const MAC = /[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?![0-9A-Fa-f]|:[0-9A-Fa-f])/y;
/** Words that nplab scans as one although they hold a dash. */
const DASHED = /(?:gen|exp|EXP)-[A-Za-z0-9]+|voice-admit/y;

/**
 * Scan a script.
 *
 * @param defined names for `#ifdef` (nplab dialect only)
 */
export function lex(
  source: SourceText,
  dialect: Dialect = "packetdrill",
  defined: ReadonlySet<string> = new Set(),
): LexResult {
  return new Lexer(source, dialect, defined).run();
}

class Lexer {
  readonly #text: string;
  readonly #reserved: ReadonlySet<string>;
  readonly #tokens: Token[] = [];
  readonly #comments: Comment[] = [];
  readonly #directives: InactiveText[] = [];
  #at = 0;
  #carriageReturnTold = false;
  readonly #foreignTold = new Set<number>();
  /** Start of the `#ifdef` that is open, -1 if none. */
  #ifdefAt = -1;

  constructor(
    readonly source: SourceText,
    readonly dialect: Dialect,
    readonly defined: ReadonlySet<string>,
  ) {
    this.#text = source.text;
    this.#reserved = reservedWords(dialect);
  }

  run(): LexResult {
    const length = this.#text.length;
    while (this.#at < length) this.#next(this.#text.charCodeAt(this.#at));
    if (this.#ifdefAt >= 0) {
      this.#bad(this.#ifdefAt, this.#ifdefAt + 6, "#ifdef without #endif", "close it with a line #endif");
    }
    this.#tokens.push({ kind: "eof", text: "", start: length, end: length });
    return { tokens: this.#tokens, comments: this.#comments, directives: this.#directives };
  }

  #code(offset: number): number {
    return offset < this.#text.length ? this.#text.charCodeAt(offset) : -1;
  }

  #push(kind: TokenKind, end: number, text?: string): void {
    const start = this.#at;
    this.#tokens.push({ kind, text: text ?? this.#text.slice(start, end), start, end });
    this.#at = end;
  }

  #bad(start: number, end: number, message: string, hint: string): void {
    const last = this.#tokens[this.#tokens.length - 1];
    // One report for a run of characters that nobody can read.
    if (last?.kind === "bad" && last.problem?.message === message && last.end === start) {
      this.#tokens[this.#tokens.length - 1] = { ...last, end };
    } else {
      this.#tokens.push({ kind: "bad", text: this.#text.slice(start, end), start, end, problem: { message, hint } });
    }
    this.#at = Math.max(this.#at, end);
  }

  #next(c: number): void {
    if (c === C.SPACE || c === C.TAB || c === C.LF) {
      this.#at++;
    } else if (c === C.SLASH) {
      this.#slash();
    } else if (c === C.QUOTE) {
      this.#quoted(C.QUOTE, "string");
    } else if (c === C.BACKQUOTE) {
      this.#quoted(C.BACKQUOTE, "backquoted");
    } else if (c === C.PERCENT && this.#code(this.#at + 1) === C.OPEN_BRACE) {
      this.#codeBlock();
    } else if (c === C.DOT || c === C.MINUS || c === C.COLON || isWordChar(c)) {
      this.#wordLike(c);
    } else if (c === C.HASH && this.dialect === "nplab") {
      this.#directive();
    } else if (c === C.HASH) {
      const end = this.#endOfLine();
      this.#bad(
        this.#at,
        end,
        "'#' starts nothing in a script",
        "comments start with // (#ifdef needs --dialect nplab)",
      );
    } else if (c === C.CR) {
      if (this.#carriageReturnTold) {
        this.#at++;
      } else {
        this.#carriageReturnTold = true;
        this.#bad(
          this.#at,
          this.#at + 1,
          "carriage return: packetdrill takes no CRLF line ends",
          "end the lines with LF alone: sed -i 's/\\r$//' FILE",
        );
      }
    } else if (c > 126) {
      this.#foreign();
    } else {
      this.#push("char", this.#at + (c >= 0xd800 && c <= 0xdbff ? Math.min(2, this.#text.length - this.#at) : 1));
    }
  }

  /** A character that packetdrill's language has no use for: mostly one that only looks like another. */
  #foreign(): void {
    const start = this.#at;
    const code = this.#text.codePointAt(start) ?? 0;
    const end = start + (code > 0xffff ? 2 : 1);
    const { name, remedy } = foreignCharacter(code);
    const number = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    const last = this.#tokens[this.#tokens.length - 1];
    // One report for each kind of character, not for each line of a file that is full of it.
    if (this.#foreignTold.has(code)) {
      this.#at = end;
      if (last?.kind === "bad" && last.end === start) this.#tokens[this.#tokens.length - 1] = { ...last, end };
      return;
    }
    this.#foreignTold.add(code);
    this.#bad(start, end, `${name} (${number}): packetdrill's language has ASCII only`, remedy);
  }

  #endOfLine(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end < 0 ? this.#text.length : end;
  }

  #slash(): void {
    const start = this.#at;
    const second = this.#code(start + 1);
    if (second === C.SLASH) {
      const end = this.#text.indexOf("\n", start);
      if (end < 0) {
        this.#bad(start, this.#text.length, "a // comment must end in a newline", "end the file with a newline");
        return;
      }
      this.#comments.push({ kind: "line", text: this.#text.slice(start, end), span: this.source.span(start, end) });
      this.#at = end + 1;
    } else if (second === C.STAR) {
      const end = this.#pairedEnd(start + 2, C.STAR, C.SLASH);
      if (end < 0) {
        const starred = this.#text.indexOf("**/", start) >= 0;
        const hint = starred ? "**/ does not close a comment: write * */ or one star" : "close it with */";
        this.#bad(start, this.#text.length, "comment is not closed", hint);
        return;
      }
      this.#comments.push({ kind: "block", text: this.#text.slice(start, end), span: this.source.span(start, end) });
      this.#at = end;
    } else {
      this.#push("char", start + 1);
    }
  }

  /** End of `([^a]|a[^b])*ab`, which takes an `a` and what follows as a pair: `aab` does not end it. -1: no end. */
  #pairedEnd(from: number, a: number, b: number): number {
    const first = String.fromCharCode(a);
    for (let at = this.#text.indexOf(first, from); at >= 0; at = this.#text.indexOf(first, at + 2)) {
      if (this.#code(at + 1) === b) return at + 2;
    }
    return -1;
  }

  #codeBlock(): void {
    const start = this.#at;
    const end = this.#pairedEnd(start + 2, C.CLOSE_BRACE, C.PERCENT);
    if (end < 0) {
      const hint = this.#text.indexOf("}}%", start) >= 0
        ? "}}% does not close a block: write } }%"
        : "close it with }%";
      this.#bad(start, this.#text.length, "code block is not closed", hint);
      return;
    }
    const text = this.#text.slice(start + 2, end - 2).replace(/^[ \t]+/, "");
    let last = text.length;
    while (last > 0 && (text[last - 1] === " " || text[last - 1] === "\t")) last--;
    this.#push("code", end, text.slice(0, last));
  }

  /**
   * `q(\\.|[^q])*q`, longest match: ends at the first quote that no backslash precedes, and for want of one at the
   * last quote there is.
   */
  #quoted(quote: number, kind: "string" | "backquoted"): void {
    const mark = String.fromCharCode(quote);
    let end = -1;
    for (let at = this.#text.indexOf(mark, this.#at + 1); at >= 0; at = this.#text.indexOf(mark, at + 1)) {
      end = at;
      if (at === this.#at + 1 || this.#code(at - 1) !== C.BACKSLASH) break;
    }
    if (end < 0) {
      const what = kind === "string" ? "string" : "back-quoted command";
      const stop = kind === "string" ? this.#endOfLine() : this.#text.length;
      this.#bad(this.#at, stop, `${what} is not closed`, `close it with ${mark}`);
      return;
    }
    this.#push(kind, end + 1, this.#text.slice(this.#at + 1, end));
  }

  #wordLike(c: number): void {
    const start = this.#at;
    if (c === C.DOT && this.#code(start + 1) === C.DOT && this.#code(start + 2) === C.DOT) {
      this.#push("ellipsis", start + 3);
      return;
    }
    if (c === C.MINUS && this.#code(start + 1) === C.MINUS && isWordChar(this.#code(start + 2))) {
      const end = this.#run(start + 2, isWordChar);
      this.#push("option", end, this.#text.slice(start + 2, end));
      return;
    }
    if (this.dialect === "nplab" && (c === 101 || c === 69 || c === 103 || c === 118)) {
      DASHED.lastIndex = start;
      const match = DASHED.exec(this.#text);
      if (match !== null) {
        this.#push(this.#reserved.has(match[0]) ? "reserved" : "word", start + match[0].length);
        return;
      }
    }
    if (isHex(c)) {
      MAC.lastIndex = start;
      if (MAC.test(this.#text)) {
        this.#push("mac", MAC.lastIndex);
        return;
      }
    }
    let kind: TokenKind = "char";
    let end = start + 1;
    const word = isWordChar(c) ? this.#run(start, isWordChar) : start;
    if (word > start) {
      kind = "word";
      end = word;
    }
    if (isDigit(c) || c === C.DOT || c === C.MINUS) {
      const digits = this.#run(c === C.MINUS ? start + 1 : start, isDigit);
      const signed = c === C.MINUS ? start + 1 : start;
      if (digits > signed && digits >= end) {
        kind = "integer";
        end = digits;
      } else if (c === C.ZERO && this.#code(start + 1) === 120) {
        const hex = this.#run(start + 2, isHex);
        if (hex > start + 2 && hex >= end) {
          kind = "hex";
          end = hex;
        }
      }
      if (this.#code(digits) === C.DOT && isDigit(this.#code(digits + 1))) {
        const fraction = this.#run(digits + 1, isDigit);
        if (fraction > end || (fraction === end && kind !== "integer")) {
          kind = "float";
          end = fraction;
        }
        const ipv4 = c === C.MINUS || c === C.DOT ? -1 : this.#ipv4End(fraction);
        if (ipv4 > end) {
          kind = "ipv4";
          end = ipv4;
        }
      }
    }
    if (isHex(c) || c === C.COLON) {
      const ipv6 = this.#ipv6End(start);
      if (ipv6 > end) {
        kind = "ipv6";
        end = ipv6;
      }
    }
    if (kind === "word" && end === word) {
      // `sequence#` is the one reserved word with another character in it.
      if (this.#code(end) === C.HASH && this.#text.startsWith("sequence#", start)) end++;
      if (this.#reserved.has(this.#text.slice(start, end))) kind = "reserved";
    }
    this.#push(kind, end);
  }

  #run(from: number, accepts: (c: number) => boolean): number {
    let at = from;
    while (at < this.#text.length && accepts(this.#text.charCodeAt(at))) at++;
    return at;
  }

  /** End of a dotted quad of which the first two groups end at `second`; -1 if it is none. */
  #ipv4End(second: number): number {
    let at = second;
    for (let group = 0; group < 2; group++) {
      if (this.#code(at) !== C.DOT || !isDigit(this.#code(at + 1))) return -1;
      at = this.#run(at + 1, isDigit);
    }
    return at;
  }

  /** End of the longest IPv6 address (with `::`, or all eight groups) at `start`; -1 if there is none. */
  #ipv6End(start: number): number {
    let at = start;
    let groups = 0;
    let compressed = false;
    let best = -1;
    if (this.#code(at) === C.COLON) {
      if (this.#code(at + 1) !== C.COLON) return -1;
      compressed = true;
      at += 2;
      best = at;
    }
    while (groups < 8) {
      let end = at;
      while (end < at + 4 && isHex(this.#code(end))) end++;
      if (end === at) break;
      if (compressed && groups <= 5 && isDigit(this.#code(at))) {
        const digits = this.#run(at, isDigit);
        if (digits <= at + 3 && this.#code(digits) === C.DOT && isDigit(this.#code(digits + 1))) {
          const quad = this.#ipv4End(this.#run(digits + 1, isDigit));
          if (quad > 0) return quad;
        }
      }
      groups++;
      at = end;
      if (compressed ? groups <= 7 : groups === 8) best = at;
      if (this.#code(at) !== C.COLON) break;
      if (this.#code(at + 1) === C.COLON) {
        if (compressed || groups > 7) break;
        compressed = true;
        at += 2;
        best = at;
      } else if (isHex(this.#code(at + 1))) {
        at++;
      } else {
        break;
      }
    }
    return best;
  }

  /** nplab's `#ifdef NAME` … `#endif`: no nesting, no `#else`. */
  #directive(): void {
    const start = this.#at;
    const lineEnd = this.#endOfLine();
    const line = this.#text.slice(start, lineEnd);
    const match = /^#ifdef[ \t]+([A-Za-z][A-Za-z0-9_]+)/.exec(line);
    if (match !== null && this.#ifdefAt < 0) {
      const name = match[1] ?? "";
      if (this.defined.has(name)) {
        this.#ifdefAt = start;
        this.#directives.push({ start, end: start + match[0].length });
        this.#at = start + match[0].length;
        return;
      }
      const close = this.#text.indexOf("#endif", start);
      if (close < 0) {
        this.#bad(start, lineEnd, "#ifdef without #endif", "close it with a line #endif");
        this.#at = this.#text.length;
        return;
      }
      this.#directives.push({ start, end: close + 6 });
      this.#at = close + 6;
    } else if (line.startsWith("#endif") && this.#ifdefAt >= 0) {
      this.#ifdefAt = -1;
      this.#directives.push({ start, end: start + 6 });
      this.#at = start + 6;
    } else {
      const message = line.startsWith("#ifdef") ? "#ifdef inside #ifdef, or without a name" : "unknown directive";
      this.#bad(start, lineEnd, message, "nplab knows #ifdef NAME … #endif, not nested");
    }
  }
}
