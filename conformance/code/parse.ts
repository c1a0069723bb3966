/**
 * From the text of a code block to its tree.
 *
 * @module
 */
import { type BinaryOperator, type Comparison, type Expression, type Statement, UnknownConstruct } from "./syntax.ts";
import { type Token, tokenize } from "./tokens.ts";

/** Keywords that begin what is not understood, and what they are. */
const OTHERS: Readonly<Record<string, string>> = {
  async: "async",
  await: "await",
  break: "break",
  class: "a class",
  continue: "continue",
  def: "a function definition",
  del: "del",
  for: "a for loop",
  from: "an import",
  global: "global",
  import: "an import",
  lambda: "a lambda expression",
  nonlocal: "nonlocal",
  raise: "raise",
  return: "return",
  try: "try",
  while: "a while loop",
  with: "with",
  yield: "yield",
};

const KEYWORDS = new Set([
  ...Object.keys(OTHERS),
  ...["and", "as", "assert", "elif", "else", "except", "finally", "if", "in", "is", "not", "or", "pass"],
]);

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** From the weakest on: `|`, `^`, `&`, shifts, sums, products. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];

/** Brackets and signs within each other. */
const MAX_DEPTH = 100;

/** Reads a block. Throws {@link UnknownConstruct} for whatever it does not understand, be it Python or not. */
export function parseBlock(text: string): Statement[] {
  return new Parser(tokenize(text)).block("end");
}

class Parser {
  #at = 0;
  #depth = 0;

  constructor(readonly tokens: readonly Token[]) {}

  get #token(): Token {
    return this.tokens[this.#at]!;
  }

  #is(text: string): boolean {
    const { kind, text: found } = this.#token;
    return (kind === "operator" || kind === "name") && found === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #acceptKind(kind: Token["kind"]): boolean {
    if (this.#token.kind !== kind) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#unknown();
  }

  #unknown(): never {
    const { kind, text } = this.#token;
    const other = kind === "name" ? OTHERS[text] : undefined;
    if (other !== undefined) throw new UnknownConstruct(other);
    if (kind === "string") throw new UnknownConstruct(`the string ${JSON.stringify(text)} where it stands`);
    if (kind === "name" || kind === "number" || kind === "operator") {
      throw new UnknownConstruct(`'${text}' where it stands`);
    }
    throw new UnknownConstruct(kind === "indent" ? "a line that is indented" : "a line that ends too early");
  }

  /** Statements up to the end of a block. */
  block(end: "end" | "dedent"): Statement[] {
    const statements: Statement[] = [];
    while (!this.#acceptKind(end)) {
      if (this.#acceptKind("newline")) continue;
      if (this.#token.kind === "end") this.#unknown();
      if (this.#is("if")) statements.push(this.#if());
      else this.#simpleLine(statements);
    }
    return statements;
  }

  /** `a; b; c` to the end of the line. */
  #simpleLine(statements: Statement[]): void {
    do {
      if (this.#token.kind === "newline") break;
      statements.push(this.#simple());
    } while (this.#accept(";"));
    if (!this.#acceptKind("newline")) this.#unknown();
  }

  #if(): Statement {
    this.#at++;
    const condition = this.#expression();
    const yes = this.#suite();
    if (this.#is("elif")) return { kind: "if", condition, yes, no: [this.#nested(() => this.#if())] };
    return { kind: "if", condition, yes, no: this.#accept("else") ? this.#suite() : [] };
  }

  #suite(): Statement[] {
    this.#expect(":");
    if (!this.#acceptKind("newline")) {
      const statements: Statement[] = [];
      this.#simpleLine(statements);
      return statements;
    }
    if (!this.#acceptKind("indent")) this.#unknown();
    return this.#nested(() => this.block("dedent"));
  }

  #simple(): Statement {
    if (this.#accept("pass")) return { kind: "pass" };
    if (this.#accept("assert")) {
      const condition = this.#expression();
      return { kind: "assert", condition, message: this.#accept(",") ? this.#expression() : undefined };
    }
    const left = this.#expressions();
    const { kind, text } = this.#token;
    const update = kind === "operator" ? /^(\*\*|\/\/|<<|>>|[-+*/%&|^])=$/.exec(text) : null;
    if (update !== null) {
      this.#at++;
      const value = this.#expressions();
      return { kind: "update", name: nameOf(left), operator: update[1] as BinaryOperator, value };
    }
    if (!this.#is("=")) return { kind: "expression", value: left };
    const names = [nameOf(left)];
    let value = left;
    while (this.#accept("=")) {
      value = this.#expressions();
      if (this.#is("=")) names.push(nameOf(value));
    }
    return { kind: "assign", names, value };
  }

  /** One expression, or a tuple without brackets. */
  #expressions(): Expression {
    const first = this.#expression();
    if (!this.#is(",")) return first;
    const items = [first];
    while (this.#accept(",")) {
      if (this.#token.kind === "newline" || this.#is("=") || this.#is(";")) break;
      items.push(this.#expression());
    }
    return { kind: "sequence", type: "tuple", items };
  }

  #nested<T>(parse: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new UnknownConstruct("code nested this deep");
    const result = parse();
    this.#depth--;
    return result;
  }

  #expression(): Expression {
    return this.#nested(() => {
      const yes = this.#or();
      if (!this.#accept("if")) return yes;
      const condition = this.#or();
      this.#expect("else");
      return { kind: "choice", condition, yes, no: this.#expression() };
    });
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept("or")) left = { kind: "logical", operator: "or", left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#accept("and")) left = { kind: "logical", operator: "and", left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    if (!this.#accept("not")) return this.#comparison();
    return this.#nested(() => ({ kind: "unary", operator: "not", operand: this.#not() }));
  }

  #comparison(): Expression {
    const first = this.#binary(0);
    const rest: { operator: Comparison; operand: Expression }[] = [];
    for (let operator = this.#comparator(); operator !== undefined; operator = this.#comparator()) {
      rest.push({ operator, operand: this.#binary(0) });
    }
    return rest.length === 0 ? first : { kind: "comparison", first, rest };
  }

  #comparator(): Comparison | undefined {
    const { kind, text } = this.#token;
    if (kind === "operator" && COMPARISONS.has(text)) {
      this.#at++;
      return text as Comparison;
    }
    if (this.#accept("in")) return "in";
    if (this.#accept("is")) return this.#accept("not") ? "is not" : "is";
    if (!this.#accept("not")) return undefined;
    this.#expect("in");
    return "not in";
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = this.#token.kind === "operator"
        ? operators.find((each) => each === this.#token.text)
        : undefined;
      if (operator === undefined) return left;
      this.#at++;
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    for (const operator of ["-", "+", "~"] as const) {
      if (this.#accept(operator)) return this.#nested(() => ({ kind: "unary", operator, operand: this.#unary() }));
    }
    const base = this.#postfix();
    if (!this.#accept("**")) return base;
    return this.#nested(() => ({ kind: "binary", operator: "**", left: base, right: this.#unary() }));
  }

  #postfix(): Expression {
    let value = this.#atom();
    for (;;) {
      if (this.#is("(")) value = { kind: "call", name: calledName(value), args: this.#args() };
      else if (this.#accept("[")) {
        const index = this.#expression();
        if (this.#is(":")) throw new UnknownConstruct("a slice");
        this.#expect("]");
        value = { kind: "item", of: value, index };
      } else if (this.#accept(".")) throw new UnknownConstruct(`the attribute .${this.#token.text}`);
      else return value;
    }
  }

  #args(): Expression[] {
    this.#expect("(");
    const args: Expression[] = [];
    while (!this.#accept(")")) {
      if (this.#is("*") || this.#is("**")) throw new UnknownConstruct("starred arguments");
      args.push(this.#expression());
      if (this.#is("=")) throw new UnknownConstruct("keyword arguments");
      if (this.#is("for")) throw new UnknownConstruct("a generator expression");
      if (!this.#is(")")) this.#expect(",");
    }
    return args;
  }

  #atom(): Expression {
    const { kind, text } = this.#token;
    if (kind === "number") {
      this.#at++;
      return { kind: "constant", value: numberOf(text) };
    }
    if (kind === "string") {
      let value = "";
      while (this.#token.kind === "string") value += this.tokens[this.#at++]!.text;
      return { kind: "constant", value };
    }
    if (kind === "name" && !KEYWORDS.has(text)) {
      this.#at++;
      if (text === "True" || text === "False") return { kind: "constant", value: text === "True" };
      return text === "None" ? { kind: "constant", value: null } : { kind: "name", name: text };
    }
    if (this.#accept("(")) return this.#bracketed(")");
    if (this.#accept("[")) return this.#bracketed("]");
    if (this.#is("{")) throw new UnknownConstruct("a dictionary or a set");
    return this.#unknown();
  }

  #bracketed(close: ")" | "]"): Expression {
    const items: Expression[] = [];
    let comma = false;
    while (!this.#accept(close)) {
      items.push(this.#expression());
      if (this.#is("for")) throw new UnknownConstruct("a comprehension");
      comma = this.#accept(",");
      if (!comma && !this.#is(close)) this.#unknown();
    }
    if (close === ")" && items.length === 1 && !comma) return items[0]!;
    return { kind: "sequence", type: close === ")" ? "tuple" : "list", items };
  }
}

function nameOf(target: Expression): string {
  if (target.kind === "name") return target.name;
  throw new UnknownConstruct("an assignment to something that is not a name");
}

function calledName(called: Expression): string {
  if (called.kind === "name") return called.name;
  throw new UnknownConstruct("a call of something that is not a name");
}

function numberOf(text: string): bigint | number {
  if (/^0[xXoObB]/.test(text)) return BigInt(text.toLowerCase());
  if (/[.eE]/.test(text)) return Number(text);
  if (/^0+[1-9]/.test(text)) throw new UnknownConstruct(`the number ${text}, which begins with 0`);
  return BigInt(text);
}
