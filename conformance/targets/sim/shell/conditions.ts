/**
 * `test`, `[` and the operators of `[[`.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";

/** What conditions ask of the world. */
export interface ConditionContext {
  /** What is at a path. */
  kind(path: string): "file" | "directory" | "device" | undefined;
  /** Size of what is at a path, octets. */
  size(path: string): number;
  /** Whether a file can be executed. */
  executable(path: string): boolean;
  /** Whether a variable is set. */
  isSet(name: string): boolean;
}

/** An expression that can't be evaluated. */
export class ConditionError extends Error {
  override name = "ConditionError";
}

/** `-e path`, `-n text` … */
export function unary(operator: string, operand: string, context: ConditionContext): boolean {
  switch (operator) {
    case "-n":
      return operand !== "";
    case "-z":
      return operand === "";
    case "-e":
    case "-a":
    case "-r":
    case "-w":
      return context.kind(operand) !== undefined;
    case "-f":
      return context.kind(operand) === "file";
    case "-d":
      return context.kind(operand) === "directory";
    case "-c":
      return context.kind(operand) === "device";
    case "-x":
      return context.kind(operand) === "directory" || context.executable(operand);
    case "-s":
      return context.size(operand) > 0;
    case "-v":
      return context.isSet(operand);
    case "-t":
    case "-b":
    case "-p":
    case "-S":
    case "-L":
    case "-h":
      return false;
    default:
      throw new UnsupportedError(`shell: condition ${operator}`);
  }
}

function integer(text: string): bigint {
  const trimmed = text.trim();
  if (!/^[-+]?\d+$/.test(trimmed)) throw new ConditionError(`${text}: integer expression expected`);
  return BigInt(trimmed.replace(/^\+/, ""));
}

const COMPARE: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  "-eq": (a, b) => a === b,
  "-ne": (a, b) => a !== b,
  "-lt": (a, b) => a < b,
  "-le": (a, b) => a <= b,
  "-gt": (a, b) => a > b,
  "-ge": (a, b) => a >= b,
};

/** Whether a word compares two texts. */
export function isBinary(operator: string): boolean {
  return COMPARE[operator] !== undefined || ["=", "==", "!=", "<", ">", "-nt", "-ot", "-ef"].includes(operator);
}

/** `a = b`, `1 -lt 2` … */
export function binary(left: string, operator: string, right: string, toInteger = integer): boolean {
  const compare = COMPARE[operator];
  if (compare !== undefined) return compare(toInteger(left), toInteger(right));
  switch (operator) {
    case "=":
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    default:
      throw new UnsupportedError(`shell: condition ${operator}`);
  }
}

/** The words of `test` read by the number of them, as POSIX says, and by precedence where there are more than four. */
class TestParser {
  #at = 0;

  constructor(readonly words: readonly string[], readonly context: ConditionContext) {}

  evaluate(): boolean {
    const value = this.#of(0, this.words.length);
    if (value !== undefined) return value;
    const result = this.#or();
    if (this.#at !== this.words.length) throw new ConditionError("too many arguments");
    return result;
  }

  /** Up to four words have one meaning each. */
  #of(from: number, count: number): boolean | undefined {
    const [a, b, c] = this.words.slice(from, from + count) as [string, string, string];
    switch (count) {
      case 0:
        return false;
      case 1:
        return a !== "";
      case 2:
        if (a === "!") return b === "";
        if (!/^-[a-zA-Z]$/.test(a)) throw new ConditionError(`${a}: unary operator expected`);
        return unary(a, b, this.context);
      case 3:
        if (isBinary(b)) return binary(a, b, c);
        if (b === "-a") return a !== "" && c !== "";
        if (b === "-o") return a !== "" || c !== "";
        if (a === "!") return !this.#of(from + 1, 2);
        if (a === "(" && c === ")") return b !== "";
        throw new ConditionError(`${b}: binary operator expected`);
      case 4:
        return a === "!" ? !this.#of(from + 1, 3) : undefined;
      default:
        return undefined;
    }
  }

  #or(): boolean {
    let value = this.#and();
    while (this.words[this.#at] === "-o") {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#primary();
    while (this.words[this.#at] === "-a") {
      this.#at++;
      value = this.#primary() && value;
    }
    return value;
  }

  #primary(): boolean {
    const word = this.words[this.#at];
    if (word === undefined) throw new ConditionError("argument expected");
    const operator = this.words[this.#at + 1];
    const right = this.words[this.#at + 2];
    if (operator !== undefined && right !== undefined && isBinary(operator)) {
      this.#at += 3;
      return binary(word, operator, right);
    }
    this.#at++;
    if (word === "!") return !this.#primary();
    if (word === "(") {
      const value = this.#or();
      if (this.words[this.#at++] !== ")") throw new ConditionError("`)' expected");
      return value;
    }
    if (/^-[a-zA-Z]$/.test(word) && this.#at < this.words.length) {
      return unary(word, this.words[this.#at++]!, this.context);
    }
    return word !== "";
  }
}

/** Evaluates the words of `test`. Throws {@link ConditionError}. */
export function evaluateTest(words: readonly string[], context: ConditionContext): boolean {
  return new TestParser(words, context).evaluate();
}
