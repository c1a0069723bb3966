/**
 * `$((…))`: 64-bit integers, all of C's operators, assignments, variables.
 *
 * @module
 */
import { type ArithmeticExpression, type ArithmeticWord, parse } from "unbash";
import { type Run, ShellError } from "./control.ts";

/** Variables that name variables, and so on. */
const MAX_DEPTH = 32;

/** What an expression needs of its shell. */
export interface ArithmeticHost {
  /** Expands what stands in a word. */
  expandWord(word: ArithmeticWord): Run<string>;
  /** Runs a command and gives what it printed. */
  substituteText(text: string): Run<string>;
  /** A variable's value, "" if it is not set. */
  variable(name: string, index: number): string;
  /** Sets a variable. */
  assign(name: string, index: number | undefined, value: string): void;
}

/** Parses the inside of `$((…))`. */
export function parseArithmetic(text: string): ArithmeticExpression | undefined {
  const tree = parse(`((${text}\n))`);
  const command = tree.commands[0]?.command;
  if (tree.errors !== undefined || tree.commands.length !== 1 || command?.type !== "ArithmeticCommand") {
    throw fault(text);
  }
  return command.expression;
}

function fault(text: string): ShellError {
  return new ShellError(`${text}: arithmetic syntax error`, 1);
}

const wrap = (value: bigint) => BigInt.asIntN(64, value);
const truth = (value: boolean) => value ? 1n : 0n;

/** A number as C and Bash write them: decimal, octal, hexadecimal, `base#digits`. */
function number(text: string): bigint | undefined {
  if (/^(0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/.test(text)) return wrap(BigInt(text));
  if (/^0[0-7]+$/.test(text)) return wrap(BigInt(`0o${text.slice(1)}`));
  const based = /^([2-9]|[12][0-9]|3[0-6])#([0-9a-zA-Z]+)$/.exec(text);
  if (based === null) return undefined;
  const base = BigInt(based[1]!);
  let value = 0n;
  for (const digit of based[2]!.toLowerCase()) {
    const own = BigInt(parseInt(digit, 36));
    if (own >= base) throw new ShellError(`${text}: value too great for base`, 1);
    value = value * base + own;
  }
  return wrap(value);
}

interface Place {
  readonly name: string;
  readonly index: number | undefined;
}

/** Evaluates expressions for one shell. */
export class Arithmetic {
  constructor(private readonly host: ArithmeticHost) {}

  /** The value of a text. */
  *text(text: string, depth = 0): Run<bigint> {
    const trimmed = text.trim();
    if (trimmed === "") return 0n;
    const plain = number(trimmed);
    if (plain !== undefined) return plain;
    const expression = parseArithmetic(trimmed);
    return expression === undefined ? 0n : yield* this.evaluate(expression, depth + 1);
  }

  /** The value of an expression. */
  *evaluate(node: ArithmeticExpression, depth = 0): Run<bigint> {
    if (depth > MAX_DEPTH) throw new ShellError("expression recursion level exceeded", 1);
    switch (node.type) {
      case "ArithmeticGroup":
        return yield* this.evaluate(node.expression, depth);
      case "ArithmeticTernary":
        return yield* this.evaluate(
          (yield* this.evaluate(node.test, depth)) !== 0n ? node.consequent : node.alternate,
          depth,
        );
      case "ArithmeticCommandExpansion":
        return yield* this.text(yield* this.host.substituteText(node.text), depth);
      case "ArithmeticWord":
        return yield* this.#word(node, depth);
      case "ArithmeticUnary":
        return yield* this.#unary(node, depth);
      case "ArithmeticBinary":
        return yield* this.#binary(node, depth);
    }
  }

  *#word(node: ArithmeticWord, depth: number): Run<bigint> {
    const isPlain = node.parts === undefined && !/[$`"'\\]/.test(node.value);
    const text = isPlain ? node.value : yield* this.host.expandWord(node);
    const plain = number(text);
    if (plain !== undefined) return plain;
    if (/^[A-Za-z_]\w*(\[.*\])?$/s.test(text)) {
      const { name, index } = yield* this.#place(text, depth);
      return yield* this.text(this.host.variable(name, index ?? 0), depth + 1);
    }
    // What was expanded may be an expression itself.
    if (isPlain) throw fault(text);
    return yield* this.text(text, depth + 1);
  }

  *#place(text: string, depth: number): Run<Place> {
    const match = /^([A-Za-z_]\w*)(?:\[(.*)\])?$/s.exec(text);
    if (match === null) throw new ShellError(`${text}: attempted assignment to non-variable`, 1);
    return {
      name: match[1]!,
      index: match[2] === undefined ? undefined : Number(yield* this.text(match[2], depth + 1)),
    };
  }

  *#store(target: ArithmeticExpression, value: bigint, depth: number): Run<bigint> {
    const text = target.type === "ArithmeticWord" ? target.value : "expression";
    const { name, index } = yield* this.#place(text, depth);
    this.host.assign(name, index, String(value));
    return value;
  }

  *#unary(node: Extract<ArithmeticExpression, { type: "ArithmeticUnary" }>, depth: number): Run<bigint> {
    const value = yield* this.evaluate(node.operand, depth);
    switch (node.operator) {
      case "-":
        return wrap(-value);
      case "+":
        return value;
      case "!":
        return truth(value === 0n);
      case "~":
        return ~value;
      case "++":
      case "--": {
        const changed = wrap(node.operator === "++" ? value + 1n : value - 1n);
        yield* this.#store(node.operand, changed, depth);
        return node.prefix ? changed : value;
      }
      default:
        throw fault(node.operator);
    }
  }

  *#binary(node: Extract<ArithmeticExpression, { type: "ArithmeticBinary" }>, depth: number): Run<bigint> {
    const { operator } = node;
    if (operator === "=") return yield* this.#store(node.left, yield* this.evaluate(node.right, depth), depth);
    const left = yield* this.evaluate(node.left, depth);
    if (operator === "&&" && left === 0n) return 0n;
    if (operator === "||" && left !== 0n) return 1n;
    const right = yield* this.evaluate(node.right, depth);
    if (/^([-+*/%&|^]|<<|>>)=$/.test(operator)) {
      return yield* this.#store(node.left, apply(operator.slice(0, -1), left, right), depth);
    }
    return apply(operator, left, right);
  }
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case ",":
      return b;
    case "+":
      return wrap(a + b);
    case "-":
      return wrap(a - b);
    case "*":
      return wrap(a * b);
    case "**":
      if (b < 0n) throw new ShellError("exponent less than 0", 1);
      return wrap(a ** BigInt.asUintN(12, b));
    case "/":
    case "%":
      if (b === 0n) throw new ShellError("division by 0", 1);
      return wrap(operator === "/" ? a / b : a % b);
    case "<<":
      return wrap(a << (b & 63n));
    case ">>":
      return a >> (b & 63n);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case "<":
      return truth(a < b);
    case ">":
      return truth(a > b);
    case "<=":
      return truth(a <= b);
    case ">=":
      return truth(a >= b);
    case "&&":
      return truth(a !== 0n && b !== 0n);
    case "||":
      return truth(a !== 0n || b !== 0n);
    default:
      throw fault(operator);
  }
}
