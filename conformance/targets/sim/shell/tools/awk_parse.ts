/**
 * The language of `awk`, as a tree.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { posixRegExp } from "../regular_expression.ts";
import { KEYWORDS, type Token, tokenize } from "./awk_tokens.ts";

/** An expression. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "regexp"; readonly expression: RegExp }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "element"; readonly name: string; readonly index: readonly Expression[] }
  | { readonly kind: "field"; readonly index: Expression }
  | { readonly kind: "assign"; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: "step"; readonly target: Expression; readonly by: 1 | -1; readonly prefix: boolean }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "in"; readonly index: readonly Expression[]; readonly name: string }
  | { readonly kind: "choice"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] };

/** A statement. */
export type AwkStatement =
  | { readonly kind: "expression"; readonly value: Expression }
  | { readonly kind: "print" | "printf"; readonly values: readonly Expression[]; readonly error: boolean }
  | { readonly kind: "block"; readonly body: readonly AwkStatement[] }
  | {
    readonly kind: "if";
    readonly test: Expression;
    readonly then: AwkStatement;
    readonly else: AwkStatement | undefined;
  }
  | { readonly kind: "while"; readonly test: Expression; readonly body: AwkStatement; readonly first: boolean }
  | {
    readonly kind: "for";
    readonly begin: AwkStatement | undefined;
    readonly test: Expression | undefined;
    readonly step: AwkStatement | undefined;
    readonly body: AwkStatement;
  }
  | { readonly kind: "each"; readonly name: string; readonly array: string; readonly body: AwkStatement }
  | { readonly kind: "delete"; readonly name: string; readonly index: readonly Expression[] | undefined }
  | { readonly kind: "next" | "break" | "continue" }
  | { readonly kind: "exit"; readonly status: Expression | undefined };

/** `pattern { action }`. */
export interface Rule {
  readonly when: "begin" | "end" | "line";
  readonly pattern: Expression | undefined;
  /** End of a range. */
  readonly to: Expression | undefined;
  /** Undefined: print the line. */
  readonly body: AwkStatement | undefined;
}

/** Binary operators from the weakest; all but `^` from left to right. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["in"],
  ["~", "!~"],
  ["<", "<=", "!=", "==", ">", ">="],
  [" "],
  ["+", "-"],
  ["*", "/", "%"],
];

class AwkParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  /** Inside the values of an unbracketed `print`, where `>` sends output elsewhere. */
  #printing = false;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "end of program" };
  }

  #is(...texts: readonly string[]): boolean {
    const { kind, text } = this.#token;
    return (kind === "operator" || kind === "name") && texts.includes(text);
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#fault();
  }

  #fault(): SyntaxError {
    const { kind, text } = this.#token;
    return new SyntaxError(`syntax error at ${kind === "newline" ? "the end of a line" : text}`);
  }

  #skip(): void {
    while (this.#token.kind === "newline" || this.#is(";")) this.#at++;
  }

  #lines(): void {
    while (this.#token.kind === "newline") this.#at++;
  }

  program(): Rule[] {
    const rules: Rule[] = [];
    this.#skip();
    while (this.#token.kind !== "end") {
      rules.push(this.#rule());
      this.#skip();
    }
    return rules;
  }

  #rule(): Rule {
    if (this.#is("function", "func")) throw new UnsupportedError("awk's functions on the simulated stack");
    const when = this.#take("BEGIN") ? "begin" : this.#take("END") ? "end" : "line";
    let pattern: Expression | undefined;
    let to: Expression | undefined;
    if (when === "line" && !this.#is("{")) {
      pattern = this.#expression();
      if (this.#take(",")) {
        this.#lines();
        to = this.#expression();
      }
    }
    return { when, pattern, to, body: this.#is("{") ? this.#block() : undefined };
  }

  #block(): AwkStatement {
    this.#expect("{");
    const body: AwkStatement[] = [];
    this.#skip();
    while (!this.#take("}")) {
      if (this.#token.kind === "end") throw this.#fault();
      body.push(this.#statement());
      this.#skip();
    }
    return { kind: "block", body };
  }

  #statement(): AwkStatement {
    if (this.#is("{")) return this.#block();
    const { kind, text } = this.#token;
    if (kind !== "name" || !KEYWORDS.has(text)) return this.#ended(this.#simple());
    switch (text) {
      case "if":
        return this.#if();
      case "while": {
        this.#at++;
        const test = this.#bracketed();
        return { kind: "while", test, body: this.#body(), first: false };
      }
      case "do": {
        this.#at++;
        const body = this.#body();
        this.#skip();
        this.#expect("while");
        return this.#ended({ kind: "while", test: this.#bracketed(), body, first: true });
      }
      case "for":
        return this.#for();
      default:
        return this.#ended(this.#simple());
    }
  }

  /** A statement ends at a semicolon, a newline or a closing brace. */
  #ended(statement: AwkStatement): AwkStatement {
    const { kind } = this.#token;
    if (kind !== "newline" && kind !== "end" && !this.#is(";", "}")) throw this.#fault();
    if (this.#is(";")) this.#at++;
    return statement;
  }

  #bracketed(): Expression {
    this.#expect("(");
    const value = this.#expression();
    this.#expect(")");
    return value;
  }

  /** What a condition or loop is about. */
  #body(): AwkStatement {
    this.#lines();
    if (this.#take(";")) return { kind: "block", body: [] };
    return this.#statement();
  }

  #if(): AwkStatement {
    this.#at++;
    const test = this.#bracketed();
    const then = this.#body();
    const before = this.#at;
    this.#skip();
    if (this.#take("else")) return { kind: "if", test, then, else: this.#body() };
    this.#at = before;
    return { kind: "if", test, then, else: undefined };
  }

  #for(): AwkStatement {
    this.#at++;
    this.#expect("(");
    const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (name?.kind === "name" && word?.text === "in" && array?.kind === "name" && close?.text === ")") {
      this.#at += 4;
      return { kind: "each", name: name.text, array: array.text, body: this.#body() };
    }
    const begin = this.#is(";") ? undefined : this.#simple();
    this.#expect(";");
    this.#lines();
    const test = this.#is(";") ? undefined : this.#expression();
    this.#expect(";");
    this.#lines();
    const step = this.#is(")") ? undefined : this.#simple();
    this.#expect(")");
    return { kind: "for", begin, test, step, body: this.#body() };
  }

  #simple(): AwkStatement {
    const { text } = this.#token;
    if (this.#is("print", "printf")) return this.#print(text as "print" | "printf");
    if (this.#is("next", "break", "continue")) {
      this.#at++;
      return { kind: text as "next" | "break" | "continue" };
    }
    if (this.#take("exit")) {
      const none = this.#token.kind === "newline" || this.#token.kind === "end" || this.#is(";", "}");
      return { kind: "exit", status: none ? undefined : this.#expression() };
    }
    if (this.#take("delete")) {
      const name = this.#token.text;
      this.#at++;
      return { kind: "delete", name, index: this.#is("[") ? this.#index() : undefined };
    }
    if (this.#is("getline", "return", "nextfile")) throw new UnsupportedError(`awk's ${text} on the simulated stack`);
    return { kind: "expression", value: this.#expression() };
  }

  #print(kind: "print" | "printf"): AwkStatement {
    this.#at++;
    const values = this.#printed();
    let error = false;
    if (this.#take(">")) {
      const target = this.#token;
      this.#at++;
      if (target.kind !== "text" || target.text !== "/dev/stderr") {
        throw new UnsupportedError("awk's output to files on the simulated stack");
      }
      error = true;
    }
    if (this.#is(">>", "|")) throw new UnsupportedError(`awk's ${this.#token.text} on the simulated stack`);
    return { kind, values, error };
  }

  #endsPrint(): boolean {
    const { kind } = this.#token;
    return kind === "newline" || kind === "end" || this.#is(";", "}", ">", ">>", "|");
  }

  #printed(): Expression[] {
    if (this.#endsPrint()) return [];
    if (this.#is("(")) {
      // All values may stand in one pair of brackets.
      const before = this.#at;
      this.#at++;
      const values = this.#list(")");
      this.#at++;
      if (this.#endsPrint()) return values;
      this.#at = before;
    }
    this.#printing = true;
    const values = [this.#expression()];
    while (this.#take(",")) {
      this.#lines();
      values.push(this.#expression());
    }
    this.#printing = false;
    return values;
  }

  #list(end: string): Expression[] {
    const printing = this.#printing;
    this.#printing = false;
    const values: Expression[] = [];
    this.#lines();
    while (!this.#is(end)) {
      values.push(this.#expression());
      this.#lines();
      if (!this.#take(",")) break;
      this.#lines();
    }
    if (!this.#is(end)) throw this.#fault();
    this.#printing = printing;
    return values;
  }

  #index(): Expression[] {
    this.#expect("[");
    const values = this.#list("]");
    this.#expect("]");
    return values;
  }

  #expression(): Expression {
    const test = this.#binary(0);
    if (this.#take("?")) {
      const yes = this.#expression();
      this.#expect(":");
      return { kind: "choice", test, yes, no: this.#expression() };
    }
    const operator = this.#token.text;
    if (/^([-+*/%^]?=)$/.test(operator) && this.#token.kind === "operator" && isTarget(test)) {
      this.#at++;
      this.#lines();
      return { kind: "assign", operator: operator.slice(0, -1), target: test, value: this.#expression() };
    }
    return test;
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      if (operators[0] === " ") {
        if (!this.#beginsOperand()) return left;
        left = { kind: "binary", operator: " ", left, right: this.#binary(level + 1) };
        continue;
      }
      const operator = this.#token.text;
      if (!this.#is(...operators) || (operator === ">" && this.#printing)) return left;
      this.#at++;
      if (operator === "in") {
        left = { kind: "in", index: [left], name: this.#token.text };
        this.#at++;
        continue;
      }
      if (operator === "&&" || operator === "||") this.#lines();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  /** Whether what follows is joined to what was before. */
  #beginsOperand(): boolean {
    const { kind, text } = this.#token;
    if (kind === "number" || kind === "text" || kind === "regexp" || kind === "call") return true;
    if (kind === "name") return !KEYWORDS.has(text);
    return kind === "operator" && ["(", "$", "!", "-", "+", "++", "--"].includes(text) && !["-", "+"].includes(text);
  }

  #unary(): Expression {
    const operator = this.#token.text;
    if (this.#is("!", "-", "+")) {
      this.#at++;
      return { kind: "unary", operator, operand: this.#unary() };
    }
    const base = this.#postfix();
    if (this.#take("^")) return { kind: "binary", operator: "^", left: base, right: this.#unary() };
    return base;
  }

  #postfix(): Expression {
    if (this.#is("++", "--")) {
      const by = this.#token.text === "++" ? 1 : -1;
      this.#at++;
      return { kind: "step", target: this.#primary(), by, prefix: true };
    }
    const value = this.#primary();
    if (isTarget(value) && this.#is("++", "--")) {
      const by = this.#token.text === "++" ? 1 : -1;
      this.#at++;
      return { kind: "step", target: value, by, prefix: false };
    }
    return value;
  }

  #primary(): Expression {
    const token = this.#token;
    this.#at++;
    switch (token.kind) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "text":
        return { kind: "text", value: token.text };
      case "regexp":
        return { kind: "regexp", expression: posixRegExp(token.text, true) };
      case "call": {
        this.#expect("(");
        const args = this.#list(")");
        this.#expect(")");
        return { kind: "call", name: token.text, args };
      }
      case "name":
        if (KEYWORDS.has(token.text)) break;
        if (this.#is("[")) return { kind: "element", name: token.text, index: this.#index() };
        return token.text === "length"
          ? { kind: "call", name: "length", args: [] }
          : { kind: "variable", name: token.text };
      case "operator":
        if (token.text === "$") {
          return { kind: "field", index: this.#is("++", "--") ? this.#postfix() : this.#primary() };
        }
        if (token.text === "(") return this.#group();
    }
    this.#at--;
    if (this.#is("getline")) throw new UnsupportedError("awk's getline on the simulated stack");
    throw this.#fault();
  }

  /** `(value)`, or `(i, j) in array`. */
  #group(): Expression {
    const values = this.#list(")");
    this.#expect(")");
    if (values.length > 1) {
      this.#expect("in");
      const name = this.#token.text;
      this.#at++;
      return { kind: "in", index: values, name };
    }
    if (values[0] === undefined) throw this.#fault();
    // Brackets end what an assignment could be to.
    return isTarget(values[0]) ? { kind: "unary", operator: "()", operand: values[0] } : values[0];
  }
}

function isTarget(value: Expression): boolean {
  return value.kind === "variable" || value.kind === "element" || value.kind === "field";
}

/** Parses a program. Throws `SyntaxError`. */
export function parseAwk(text: string): readonly Rule[] {
  return new AwkParser(text).program();
}
