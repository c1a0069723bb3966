/**
 * The part of the POSIX shell's language that scripts use, as a tree.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";

/** A piece of a word. */
export type WordPart =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | {
    readonly kind: "variable";
    readonly name: string;
    readonly fallback: string | undefined;
    readonly quoted: boolean;
  }
  | { readonly kind: "arithmetic"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "command"; readonly text: string; readonly quoted: boolean };

/** A word before expansion. */
export type Word = readonly WordPart[];

/** `2>file`, `>&1`, `<file`. */
export interface Redirection {
  readonly fd: number;
  readonly operator: ">" | ">>" | "<" | ">&";
  readonly target: Word;
}

/** A command. */
export type Node =
  | {
    readonly kind: "simple";
    readonly assignments: readonly { readonly name: string; readonly value: Word }[];
    readonly words: readonly Word[];
    readonly redirections: readonly Redirection[];
  }
  | { readonly kind: "pipeline"; readonly commands: readonly Node[]; readonly negated: boolean }
  | { readonly kind: "and" | "or"; readonly left: Node; readonly right: Node }
  | { readonly kind: "list"; readonly commands: readonly Node[] }
  | { readonly kind: "background"; readonly command: Node }
  | { readonly kind: "if"; readonly condition: Node; readonly then: Node; readonly otherwise: Node | undefined }
  | { readonly kind: "for"; readonly name: string; readonly words: readonly Word[]; readonly body: Node };

/** Text that is no shell command. */
export class ShellSyntaxError extends Error {
  override name = "ShellSyntaxError";
}

type Token =
  | { readonly kind: "word"; readonly word: Word }
  | { readonly kind: "operator"; readonly text: string }
  | {
    readonly kind: "redirection";
    readonly fd: number;
    readonly operator: Redirection["operator"];
    readonly both: boolean;
  }
  | { readonly kind: "end" };

const OPERATORS = ["&&", "||", ";;", ";", "&", "|", "(", ")", "\n"];

class Lexer {
  #at = 0;

  constructor(readonly text: string) {}

  next(): Token {
    const { text } = this;
    for (;;) {
      const c = text[this.#at];
      if (c === " " || c === "\t" || c === "\r") this.#at++;
      else if (c === "\\" && text[this.#at + 1] === "\n") this.#at += 2;
      else if (c === "#") { while (this.#at < text.length && text[this.#at] !== "\n") this.#at++; }
      else break;
    }
    if (this.#at >= text.length) return { kind: "end" };
    const redirection = /^(\d*)(>>|>&|<|>)/.exec(text.slice(this.#at, this.#at + 16));
    if (redirection !== null) {
      this.#at += redirection[0].length;
      const operator = redirection[2] as Redirection["operator"];
      const fd = redirection[1] === "" ? operator === "<" ? 0 : 1 : Number(redirection[1]);
      return { kind: "redirection", fd, operator, both: false };
    }
    const operator = OPERATORS.find((one) => text.startsWith(one, this.#at));
    if (operator !== undefined) {
      this.#at += operator.length;
      return { kind: "operator", text: operator };
    }
    return { kind: "word", word: this.#word() };
  }

  #word(): Word {
    const parts: WordPart[] = [];
    const { text } = this;
    const add = (piece: string, quoted: boolean) => parts.push({ kind: "text", text: piece, quoted });
    while (this.#at < text.length) {
      const c = text[this.#at]!;
      if (" \t\n\r;&|()<>".includes(c)) break;
      if (c === "\\") {
        const following = text[this.#at + 1];
        if (following !== "\n") add(following ?? "\\", true);
        this.#at += 2;
      } else if (c === "'") {
        const end = text.indexOf("'", this.#at + 1);
        if (end < 0) throw new ShellSyntaxError("Unterminated quoted string");
        add(text.slice(this.#at + 1, end), true);
        this.#at = end + 1;
      } else if (c === '"') this.#doubleQuoted(parts);
      else if (c === "$" || c === "`") this.#dollar(parts, false);
      else {
        let end = this.#at + 1;
        while (end < text.length && !" \t\n\r;&|()<>\\'\"$`".includes(text[end]!)) end++;
        add(text.slice(this.#at, end), false);
        this.#at = end;
      }
    }
    return parts;
  }

  #doubleQuoted(parts: WordPart[]): void {
    const { text } = this;
    this.#at++;
    let piece = "";
    const flush = () => {
      parts.push({ kind: "text", text: piece, quoted: true });
      piece = "";
    };
    for (;;) {
      const c = text[this.#at];
      if (c === undefined) throw new ShellSyntaxError("Unterminated quoted string");
      if (c === '"') {
        this.#at++;
        break;
      }
      if (c === "\\" && '$`"\\\n'.includes(text[this.#at + 1] ?? "x")) {
        if (text[this.#at + 1] !== "\n") piece += text[this.#at + 1];
        this.#at += 2;
      } else if (c === "$" || c === "`") {
        flush();
        this.#dollar(parts, true);
      } else {
        piece += c;
        this.#at++;
      }
    }
    flush();
  }

  /** `$name`, `${name}`, `$((…))`, `$(…)`, or a lone dollar. */
  #dollar(parts: WordPart[], quoted: boolean): void {
    const rest = this.text.slice(this.#at);
    if (rest.startsWith("$((")) {
      const end = rest.indexOf("))");
      if (end < 0) throw new ShellSyntaxError("missing '))'");
      parts.push({ kind: "arithmetic", text: rest.slice(3, end), quoted });
      this.#at += end + 2;
      return;
    }
    if (rest.startsWith("$(") || rest.startsWith("`")) {
      const end = rest[0] === "`" ? rest.indexOf("`", 1) : closing(rest);
      if (end < 0) throw new ShellSyntaxError("unterminated command substitution");
      parts.push({ kind: "command", text: rest.slice(rest[0] === "`" ? 1 : 2, end), quoted });
      this.#at += end + 1;
      return;
    }
    const braced = /^\$\{([A-Za-z_][A-Za-z0-9_]*|[0-9?#@*$!])(?::?-([^}]*))?\}/.exec(rest);
    const plain = braced ?? /^\$([A-Za-z_][A-Za-z0-9_]*|[0-9?#@*$!])/.exec(rest);
    if (plain === null) {
      if (rest.startsWith("${")) throw new UnsupportedError(`shell: parameter expansion ${rest.slice(0, 20)}`);
      parts.push({ kind: "text", text: "$", quoted });
      this.#at++;
      return;
    }
    parts.push({ kind: "variable", name: plain[1]!, fallback: braced?.[2], quoted });
    this.#at += plain[0].length;
  }
}

/** Index of the parenthesis that closes the one at 1. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 1; i < text.length; i++) {
    if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  return -1;
}

class Parser {
  readonly #lexer: Lexer;
  #token: Token;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#token = this.#lexer.next();
  }

  #next(): void {
    this.#token = this.#lexer.next();
  }

  #isOperator(...texts: readonly string[]): boolean {
    return this.#token.kind === "operator" && texts.includes(this.#token.text);
  }

  /** The text of the current token if it is one unquoted literal word. */
  #keyword(): string | undefined {
    if (this.#token.kind !== "word" || this.#token.word.length !== 1) return undefined;
    const part = this.#token.word[0]!;
    return part.kind === "text" && !part.quoted ? part.text : undefined;
  }

  script(): Node {
    const list = this.#list([]);
    if (this.#token.kind !== "end") throw this.#unexpected();
    return list;
  }

  #unexpected(): ShellSyntaxError {
    const what = this.#token.kind === "operator"
      ? `"${this.#token.text === "\n" ? "newline" : this.#token.text}"`
      : this.#token.kind === "end"
      ? "end of file"
      : "word";
    return new ShellSyntaxError(`Syntax error: ${what} unexpected`);
  }

  #list(stops: readonly string[]): Node {
    const commands: Node[] = [];
    for (;;) {
      while (this.#isOperator(";", "\n")) this.#next();
      if (this.#token.kind === "end" || this.#isOperator(")", ";;")) break;
      const word = this.#keyword();
      if (word !== undefined && stops.includes(word)) break;
      const command = this.#andOr();
      if (this.#isOperator("&")) {
        commands.push({ kind: "background", command });
        this.#next();
        continue;
      }
      commands.push(command);
      if (!this.#isOperator(";", "\n")) break;
    }
    return { kind: "list", commands };
  }

  #andOr(): Node {
    let left = this.#pipeline();
    while (this.#isOperator("&&", "||")) {
      const kind = this.#isOperator("&&") ? "and" : "or";
      this.#next();
      while (this.#isOperator("\n")) this.#next();
      left = { kind, left, right: this.#pipeline() };
    }
    return left;
  }

  #pipeline(): Node {
    let negated = false;
    while (this.#keyword() === "!") {
      negated = !negated;
      this.#next();
    }
    const commands = [this.#command()];
    while (this.#isOperator("|")) {
      this.#next();
      while (this.#isOperator("\n")) this.#next();
      commands.push(this.#command());
    }
    return commands.length === 1 && !negated ? commands[0]! : { kind: "pipeline", commands, negated };
  }

  #command(): Node {
    if (this.#isOperator("(")) {
      this.#next();
      const list = this.#list([]);
      if (!this.#isOperator(")")) throw this.#unexpected();
      this.#next();
      return list;
    }
    switch (this.#keyword()) {
      case "{":
        return this.#group();
      case "if":
        return this.#if();
      case "for":
        return this.#for();
      case "while":
      case "until":
      case "case":
      case "function":
        throw new UnsupportedError(`shell: '${this.#keyword()}'`);
    }
    return this.#simple();
  }

  #group(): Node {
    this.#next();
    const list = this.#list(["}"]);
    this.#expect("}");
    return list;
  }

  #expect(word: string): void {
    if (this.#keyword() !== word) throw this.#unexpected();
    this.#next();
  }

  #if(): Node {
    this.#next();
    const condition = this.#list(["then"]);
    this.#expect("then");
    const then = this.#list(["elif", "else", "fi"]);
    if (this.#keyword() === "elif") return { kind: "if", condition, then, otherwise: this.#if() };
    let otherwise: Node | undefined;
    if (this.#keyword() === "else") {
      this.#next();
      otherwise = this.#list(["fi"]);
    }
    this.#expect("fi");
    return { kind: "if", condition, then, otherwise };
  }

  #for(): Node {
    this.#next();
    const name = this.#keyword();
    if (name === undefined) throw this.#unexpected();
    this.#next();
    while (this.#isOperator("\n")) this.#next();
    const words: Word[] = [];
    if (this.#keyword() === "in") {
      this.#next();
      while (this.#token.kind === "word") {
        words.push(this.#token.word);
        this.#next();
      }
    }
    while (this.#isOperator(";", "\n")) this.#next();
    this.#expect("do");
    const body = this.#list(["done"]);
    this.#expect("done");
    return { kind: "for", name, words, body };
  }

  #simple(): Node {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      const token = this.#token;
      if (token.kind === "redirection") {
        this.#next();
        if (this.#token.kind !== "word") throw this.#unexpected();
        redirections.push({ fd: token.fd, operator: token.operator, target: this.#token.word });
        this.#next();
        continue;
      }
      if (token.kind !== "word") break;
      const first = token.word[0];
      const match = words.length === 0 && first?.kind === "text" && !first.quoted
        ? /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(first.text)
        : null;
      if (match !== null) {
        const value: Word = [{ kind: "text", text: match[2]!, quoted: false }, ...token.word.slice(1)];
        assignments.push({ name: match[1]!, value });
      } else {
        words.push(token.word);
      }
      this.#next();
    }
    if (words.length === 0 && assignments.length === 0 && redirections.length === 0) throw this.#unexpected();
    return { kind: "simple", assignments, words, redirections };
  }
}

const parsed = new Map<string, Node>();
/** Trees kept: scripts share their set-up commands. */
const MAX_PARSED = 256;

/** The tree of a command. Throws {@link ShellSyntaxError}. */
export function parseShell(text: string): Node {
  let tree = parsed.get(text);
  if (tree === undefined) {
    tree = new Parser(text).script();
    if (parsed.size < MAX_PARSED) parsed.set(text, tree);
  }
  return tree;
}
