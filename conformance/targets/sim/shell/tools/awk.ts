/**
 * `awk`: programs over lines, without functions of their own and without other files.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { posixRegExp } from "../regular_expression.ts";
import { readText } from "../streams.ts";
import { type Command, failed, type Invocation } from "../world.ts";
import { callFunction } from "./awk_functions.ts";
import { type AwkStatement, type Expression, parseAwk, type Rule } from "./awk_parse.ts";
import { Fields, formatValue, looksNumeric, StringNumber, toNumber, toText, type Value } from "./awk_values.ts";
import { unescape } from "./escapes.ts";
import { missing, sources } from "./input.ts";
import { parseOptions } from "./options.ts";

/** Statements that one program may run: loops must end. */
const MAX_STEPS = 5_000_000;

class AwkExit extends Error {}
class AwkNext extends Error {}
class AwkLoop extends Error {
  constructor(readonly kind: "break" | "continue") {
    super(kind);
  }
}

/** One run of a program. */
export class Awk {
  readonly fields: Fields;
  readonly #variables = new Map<string, Value>();
  readonly #arrays = new Map<string, Map<string, Value>>();
  readonly #ranges = new Set<Rule>();
  #steps = 0;
  stdout = "";
  stderr = "";
  status = 0;

  constructor(readonly rules: readonly Rule[]) {
    const defaults: Readonly<Record<string, Value>> = {
      FS: " ",
      OFS: " ",
      ORS: "\n",
      RS: "\n",
      SUBSEP: "\x1c",
      NR: 0,
      FNR: 0,
    };
    for (const [name, value] of Object.entries(defaults)) this.#variables.set(name, value);
    this.fields = new Fields(() => toText(this.get("FS")), () => toText(this.get("OFS")));
  }

  run(inputs: Iterable<{ readonly name: string; readonly text: string | undefined }>): void {
    try {
      for (const rule of this.rules) if (rule.when === "begin") this.#execute(rule.body!);
      if (this.rules.some((rule) => rule.when !== "begin")) this.#read(inputs);
    } catch (error) {
      if (!(error instanceof AwkExit)) throw error;
    }
    try {
      for (const rule of this.rules) if (rule.when === "end") this.#execute(rule.body!);
    } catch (error) {
      if (!(error instanceof AwkExit)) throw error;
    }
  }

  #read(inputs: Iterable<{ readonly name: string; readonly text: string | undefined }>): void {
    let number = 0;
    for (const { name, text } of inputs) {
      if (text === undefined) {
        this.stderr += missing("awk", name);
        this.status = 2;
        continue;
      }
      this.set("FILENAME", name === "-" ? "" : name);
      for (const [i, record] of this.#records(text).entries()) {
        this.set("NR", ++number);
        this.set("FNR", i + 1);
        this.fields.setLine(record);
        this.#line();
      }
    }
  }

  #records(text: string): string[] {
    const separator = toText(this.get("RS"));
    if (separator.length > 1) throw new UnsupportedError("awk's RS of several characters on the simulated stack");
    if (separator === "") {
      return text.split(/\n{2,}/).map((part) => part.replace(/^\n+|\n+$/g, "")).filter((part) => part !== "");
    }
    const records = text.split(separator);
    if (records.at(-1) === "") records.pop();
    return records;
  }

  #line(): void {
    try {
      for (const rule of this.rules) {
        if (rule.when !== "line" || !this.#matches(rule)) continue;
        if (rule.body === undefined) this.stdout += this.fields.line + toText(this.get("ORS"));
        else this.#execute(rule.body);
      }
    } catch (error) {
      if (!(error instanceof AwkNext)) throw error;
    }
  }

  #matches(rule: Rule): boolean {
    if (rule.pattern === undefined) return true;
    if (rule.to === undefined) return this.#truth(rule.pattern);
    if (!this.#ranges.has(rule)) {
      if (!this.#truth(rule.pattern)) return false;
      this.#ranges.add(rule);
    }
    if (this.#truth(rule.to)) this.#ranges.delete(rule);
    return true;
  }

  /** A variable's value. */
  get(name: string): Value {
    return name === "NF" ? this.fields.count : this.#variables.get(name) ?? undefined;
  }

  /** Sets a variable. */
  set(name: string, value: Value): void {
    if (name === "NF") this.fields.setCount(toNumber(value));
    else this.#variables.set(name, value);
  }

  /** An array, made when it is first named. */
  array(name: string): Map<string, Value> {
    let array = this.#arrays.get(name);
    if (array === undefined) this.#arrays.set(name, array = new Map());
    return array;
  }

  #execute(node: AwkStatement): void {
    if (++this.#steps > MAX_STEPS) throw new UnsupportedError("an awk program that runs without end");
    switch (node.kind) {
      case "block":
        for (const statement of node.body) this.#execute(statement);
        break;
      case "expression":
        this.value(node.value);
        break;
      case "print":
      case "printf":
        this.#print(node);
        break;
      case "if":
        if (this.#truth(node.test)) this.#execute(node.then);
        else if (node.else !== undefined) this.#execute(node.else);
        break;
      case "while":
        for (let first = node.first; first || this.#truth(node.test); first = false) if (!this.#turn(node.body)) break;
        break;
      case "for":
        if (node.begin !== undefined) this.#execute(node.begin);
        while (node.test === undefined || this.#truth(node.test)) {
          if (!this.#turn(node.body)) break;
          if (node.step !== undefined) this.#execute(node.step);
        }
        break;
      case "each":
        for (const key of [...this.array(node.array).keys()]) {
          this.set(node.name, new StringNumber(key));
          if (!this.#turn(node.body)) break;
        }
        break;
      case "delete":
        if (node.index === undefined) this.array(node.name).clear();
        else this.array(node.name).delete(this.#key(node.index));
        break;
      case "next":
        throw new AwkNext();
      case "break":
      case "continue":
        throw new AwkLoop(node.kind);
      case "exit":
        if (node.status !== undefined) this.status = toNumber(this.value(node.status)) & 255;
        throw new AwkExit();
    }
  }

  /** Runs a loop's body; false if the loop is left. */
  #turn(body: AwkStatement): boolean {
    try {
      this.#execute(body);
      return true;
    } catch (error) {
      if (!(error instanceof AwkLoop)) throw error;
      return error.kind === "continue";
    }
  }

  #print(node: Extract<AwkStatement, { kind: "print" | "printf" }>): void {
    const values = node.values.map((one) => this.value(one));
    const text = node.kind === "printf"
      ? formatValue(toText(values[0]), values.slice(1))
      : (values.length === 0 ? this.fields.line : values.map(toText).join(toText(this.get("OFS")))) +
        toText(this.get("ORS"));
    if (node.error) this.stderr += text;
    else this.stdout += text;
  }

  #key(index: readonly Expression[]): string {
    return index.map((one) => toText(this.value(one))).join(toText(this.get("SUBSEP")));
  }

  #truth(node: Expression): boolean {
    const value = this.value(node);
    if (typeof value === "number") return value !== 0;
    if (value instanceof StringNumber) return looksNumeric(value.text) ? toNumber(value) !== 0 : value.text !== "";
    return value !== undefined && value !== "";
  }

  /** A regular expression: as written, or what a value says. */
  regularExpression(node: Expression): RegExp {
    return node.kind === "regexp" ? node.expression : posixRegExp(toText(this.value(node)), true);
  }

  /** Assigns to a variable, element or field. */
  assign(target: Expression, value: Value): Value {
    if (target.kind === "variable") this.set(target.name, value);
    else if (target.kind === "element") this.array(target.name).set(this.#key(target.index), value);
    else if (target.kind === "field") this.fields.set(toNumber(this.value(target.index)), toText(value));
    else throw new SyntaxError("assignment to something that is no variable");
    return value;
  }

  /** The value of an expression. */
  value(node: Expression): Value {
    switch (node.kind) {
      case "number":
      case "text":
        return node.value;
      case "regexp":
        return node.expression.test(this.fields.line) ? 1 : 0;
      case "variable":
        return this.get(node.name);
      case "element": {
        const array = this.array(node.name);
        const key = this.#key(node.index);
        // Asking for an element makes it.
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case "field":
        return this.fields.get(toNumber(this.value(node.index)));
      case "assign": {
        const value = this.value(node.value);
        if (node.operator === "") return this.assign(node.target, value);
        return this.assign(node.target, arithmetic(node.operator, toNumber(this.value(node.target)), toNumber(value)));
      }
      case "step": {
        const before = toNumber(this.value(node.target));
        this.assign(node.target, before + node.by);
        return node.prefix ? before + node.by : before;
      }
      case "unary":
        if (node.operator === "()") return this.value(node.operand);
        if (node.operator === "!") return this.#truth(node.operand) ? 0 : 1;
        return node.operator === "-" ? -toNumber(this.value(node.operand)) : toNumber(this.value(node.operand));
      case "binary":
        return this.#binary(node);
      case "in":
        return this.array(node.name).has(this.#key(node.index)) ? 1 : 0;
      case "choice":
        return this.value(this.#truth(node.test) ? node.yes : node.no);
      case "call":
        return callFunction(node.name, node.args, this);
    }
  }

  #binary(node: Extract<Expression, { kind: "binary" }>): Value {
    const { operator } = node;
    if (operator === "&&") return this.#truth(node.left) && this.#truth(node.right) ? 1 : 0;
    if (operator === "||") return this.#truth(node.left) || this.#truth(node.right) ? 1 : 0;
    if (operator === "~" || operator === "!~") {
      const matches = this.regularExpression(node.right).test(toText(this.value(node.left)));
      return matches === (operator === "~") ? 1 : 0;
    }
    const [left, right] = [this.value(node.left), this.value(node.right)];
    if (operator === " ") return toText(left) + toText(right);
    if (["<", "<=", "==", "!=", ">", ">="].includes(operator)) return compare(operator, left, right) ? 1 : 0;
    return arithmetic(operator, toNumber(left), toNumber(right));
  }
}

function arithmetic(operator: string, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "^":
      return a ** b;
    default:
      if (b === 0) throw new SyntaxError("division by zero");
      return operator === "/" ? a / b : a % b;
  }
}

/** Numbers, and texts from input that look like one, are compared as numbers. */
function compare(operator: string, left: Value, right: Value): boolean {
  const numeric = (value: Value) =>
    typeof value === "number" || value === undefined || (value instanceof StringNumber && looksNumeric(value.text));
  const [a, b] = numeric(left) && numeric(right) ? [toNumber(left), toNumber(right)] : [toText(left), toText(right)];
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

/** `awk [-F FS] [-v NAME=VALUE] PROGRAM [FILE…]`. */
export const awk: Command = (invocation) => {
  const { values, operands } = splitArguments(invocation);
  let program = values.get("f")?.map((name) => readText(invocation.path(name), invocation.world)).join("\n");
  const files = [...operands];
  if (program === undefined) program = files.shift();
  if (program === undefined) return failed(2, "usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]");
  try {
    const run = new Awk(parseAwk(program));
    const separator = values.get("F")?.at(-1);
    if (separator !== undefined) run.set("FS", separator === "t" ? "\t" : unescape(separator).text);
    for (const word of values.get("v") ?? []) assignWord(run, word);
    for (const [name, value] of invocation.environment) run.array("ENVIRON").set(name, new StringNumber(value));
    run.run(inputs(run, files, invocation));
    return { status: run.status, stdout: run.stdout, stderr: run.stderr };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(2, `awk: ${error.message}`);
  }
};

/** Options stand before the program: what follows may begin with a minus. */
function splitArguments(
  { args }: Invocation,
): { values: ReadonlyMap<string, readonly string[]>; operands: readonly string[] } {
  let end = 0;
  while (end < args.length && /^-./.test(args[end]!) && args[end] !== "--") end += /^-[Fvf]$/.test(args[end]!) ? 2 : 1;
  const { values } = parseOptions("awk", args.slice(0, end), "", "Fvf");
  return { values, operands: args.slice(args[end] === "--" ? end + 1 : end) };
}

function assignWord(run: Awk, word: string): void {
  const at = word.indexOf("=");
  run.set(word.slice(0, at), new StringNumber(unescape(word.slice(at + 1)).text));
}

/** Operands: files, and assignments that are made when their turn comes. */
function* inputs(run: Awk, operands: readonly string[], invocation: Invocation) {
  const isAssignment = (word: string) => /^[A-Za-z_]\w*=/.test(word);
  if (operands.every(isAssignment)) {
    for (const word of operands) assignWord(run, word);
    yield* sources([], invocation);
    return;
  }
  for (const word of operands) {
    if (isAssignment(word)) assignWord(run, word);
    else yield* sources([word], invocation);
  }
}
