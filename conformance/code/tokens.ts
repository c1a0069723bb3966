/**
 * Python's tokens, as far as code blocks need them.
 *
 * @module
 */
import { UnknownConstruct } from "./syntax.ts";

/** A token. `newline` ends a statement; `indent` and `dedent` are blocks' ends. */
export interface Token {
  readonly kind: "name" | "number" | "string" | "operator" | "newline" | "indent" | "dedent" | "end";
  /** As written; of a string, its value. */
  readonly text: string;
}

const SPACE = /[ \t\f]*(?:\\\r?\n[ \t\f]*)*/y;
const COMMENT = /#[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z_0-9]*/y;
const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])*(?:[eE][+-]?[0-9]+)?|[0-9](?:_?[0-9])*\.?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /([A-Za-z]{0,2})("""|'''|"|')/y;
const OPERATOR = /\*\*=|\/\/=|<<=|>>=|\*\*|\/\/|<<|>>|[<>=!+\-*/%&|^]=|[-+*/%&|^~<>=(){}[\],:.;@]/y;

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
};

/** Takes a block apart. */
export function tokenize(text: string): Token[] {
  return new Tokenizer(text).run();
}

class Tokenizer {
  readonly #tokens: Token[] = [];
  readonly #indents = [0];
  #at = 0;
  #brackets = 0;

  constructor(readonly text: string) {}

  run(): Token[] {
    this.#startLine();
    while (this.#at < this.text.length) this.#next();
    if (this.#tokens.at(-1)?.kind !== "newline") this.#push("newline", "");
    for (let i = 1; i < this.#indents.length; i++) this.#push("dedent", "");
    this.#push("end", "");
    return this.#tokens;
  }

  #push(kind: Token["kind"], text: string): void {
    this.#tokens.push({ kind, text });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  /** Indentation of the next line that holds something. */
  #startLine(): void {
    for (;;) {
      const start = this.#at;
      const indent = this.#match(/[ \t\f]*/y) ?? "";
      this.#match(COMMENT);
      if (this.#match(/\r?\n/y) !== undefined) continue;
      if (this.#at >= this.text.length) return;
      this.#at = start + indent.length;
      this.#indent(indent.replaceAll("\t", " ".repeat(8)).length);
      return;
    }
  }

  #indent(width: number): void {
    if (width > this.#indents.at(-1)!) {
      this.#indents.push(width);
      this.#push("indent", "");
      return;
    }
    while (width < this.#indents.at(-1)!) {
      this.#indents.pop();
      this.#push("dedent", "");
    }
    if (width !== this.#indents.at(-1)) throw new UnknownConstruct("lines that are indented like none before them");
  }

  #next(): void {
    this.#match(SPACE);
    this.#match(COMMENT);
    if (this.#at >= this.text.length) return;
    if (this.#match(/\r?\n/y) !== undefined) {
      if (this.#brackets > 0) return;
      this.#push("newline", "");
      this.#startLine();
      return;
    }
    STRING.lastIndex = this.#at;
    const string = STRING.exec(this.text);
    if (string !== null) return this.#string(string[1] ?? "", string[2] ?? "");
    const name = this.#match(NAME);
    if (name !== undefined) return this.#push("name", name);
    const number = this.#match(NUMBER);
    if (number !== undefined) {
      if (this.#match(/[A-Za-z_]/y) !== undefined) {
        throw new UnknownConstruct(`the number ${number} with letters behind`);
      }
      return this.#push("number", number.replaceAll("_", ""));
    }
    const operator = this.#match(OPERATOR);
    if (operator === undefined) throw new UnknownConstruct(`the character ${JSON.stringify(this.text[this.#at])}`);
    if ("([{".includes(operator)) this.#brackets++;
    if (")]}".includes(operator)) this.#brackets--;
    this.#push("operator", operator);
  }

  #string(prefix: string, quote: string): void {
    if (prefix !== "" && !/^r$/i.test(prefix)) throw new UnknownConstruct(`a string with the prefix ${prefix}`);
    this.#at += prefix.length + quote.length;
    let value = "";
    for (;;) {
      if (this.text.startsWith(quote, this.#at)) break;
      const character = this.text[this.#at];
      if (character === undefined || (character === "\n" && quote.length === 1)) {
        throw new UnknownConstruct("a string that is not closed");
      }
      this.#at++;
      if (character !== "\\") value += character;
      else value += this.#escape(prefix !== "");
    }
    this.#at += quote.length;
    this.#push("string", value);
  }

  #escape(raw: boolean): string {
    const character = this.text[this.#at++] ?? "";
    if (raw) return `\\${character}`;
    const known = ESCAPES[character];
    if (known === undefined) throw new UnknownConstruct(`the escape \\${character} in a string`);
    return known;
  }
}
