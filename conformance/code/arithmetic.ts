/**
 * Python's operators.
 *
 * @module
 */
import { formatted } from "./percent.ts";
import { type BinaryOperator, type Comparison, UnknownConstruct } from "./syntax.ts";
import { areEqual, isSequence, numberIn, PythonError, toFloat, typeName, type Value } from "./values.ts";

/** Bits of a whole number, and characters of a text, that are still worked with. */
const MAX_BITS = 1n << 14n;
const MAX_TEXT = 1 << 16;

type Numeric = bigint | number;

/** `left operator right`. */
export function combine(operator: BinaryOperator, left: Value, right: Value): Value {
  const [one, other] = [numberIn(left), numberIn(right)];
  if (one !== undefined && other !== undefined) {
    const result = ofNumbers(operator, one, other);
    const logical = operator === "&" || operator === "|" || operator === "^";
    if (result === undefined) return mismatch(operator, left, right);
    return logical && typeof left === "boolean" && typeof right === "boolean" ? result !== 0n : result;
  }
  if (operator === "%" && typeof left === "string") return formatted(left, right);
  if (operator === "+") return joined(left, right);
  if (operator === "*") return repeated(left, right);
  return mismatch(operator, left, right);
}

function mismatch(operator: BinaryOperator, left: Value, right: Value): never {
  const [one, other] = [typeName(left), typeName(right)];
  const sign = operator === "**" ? "** or pow()" : operator;
  throw new PythonError("TypeError", `unsupported operand type(s) for ${sign}: '${one}' and '${other}'`);
}

function joined(left: Value, right: Value): Value {
  if (typeof left === "string" && typeof right === "string") return bounded(left + right);
  if (isSequence(left) && isSequence(right) && left.type === right.type) {
    return { type: left.type, items: [...left.items, ...right.items] };
  }
  return mismatch("+", left, right);
}

function repeated(left: Value, right: Value): Value {
  const [what, times] = typeof left === "string" || isSequence(left) ? [left, right] : [right, left];
  const count = numberIn(times);
  if (typeof count !== "bigint" || typeof what !== "string" && !isSequence(what)) return mismatch("*", left, right);
  if (BigInt.asIntN(64, count) !== count) {
    throw new PythonError("OverflowError", "cannot fit 'int' into an index-sized integer");
  }
  const length = BigInt(typeof what === "string" ? what.length : what.items.length);
  // However often nothing is repeated, it stays nothing.
  if (length === 0n) return what;
  if (count * length > BigInt(MAX_TEXT)) throw new UnknownConstruct("a text or list this long");
  const number = Math.max(0, Number(count));
  if (typeof what === "string") return what.repeat(number);
  return { type: what.type, items: Array.from({ length: number }, () => what.items).flat() };
}

function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new UnknownConstruct("a text this long");
  return text;
}

function ofNumbers(operator: BinaryOperator, one: Numeric, other: Numeric): Numeric | undefined {
  if (typeof one === "bigint" && typeof other === "bigint") return small(ofInts(operator, one, other));
  return ofFloats(operator, toFloat(one), toFloat(other));
}

function small(value: Numeric): Numeric {
  if (typeof value === "bigint" && (value >= 1n << MAX_BITS || -value >= 1n << MAX_BITS)) {
    throw new UnknownConstruct("a number this large");
  }
  return value;
}

function ofInts(operator: BinaryOperator, one: bigint, other: bigint): Numeric {
  switch (operator) {
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      return quotient(one, other);
    case "//":
      return floorDivision(one, other);
    case "%":
      return one - floorDivision(one, other, "integer modulo by zero") * other;
    case "**":
      return power(one, other);
    case "&":
      return one & other;
    case "|":
      return one | other;
    case "^":
      return one ^ other;
    default:
      if (other < 0n) throw new PythonError("ValueError", "negative shift count");
      if (other > MAX_BITS) throw new UnknownConstruct("a shift this far");
      return operator === "<<" ? one << other : one >> other;
  }
}

function quotient(one: bigint, other: bigint): number {
  if (other === 0n) throw new PythonError("ZeroDivisionError", "division by zero");
  const exact = (value: bigint) => value <= 1n << 53n && -value <= 1n << 53n;
  if (!exact(one) || !exact(other)) throw new UnknownConstruct("a quotient of numbers this large");
  return Number(one) / Number(other);
}

function floorDivision(one: bigint, other: bigint, problem = "integer division or modulo by zero"): bigint {
  if (other === 0n) throw new PythonError("ZeroDivisionError", problem);
  const truncated = one / other;
  return truncated * other !== one && (one < 0n) !== (other < 0n) ? truncated - 1n : truncated;
}

function power(base: bigint, exponent: bigint): Numeric {
  if (exponent < 0n) return ofFloats("**", toFloat(base), toFloat(exponent))!;
  const bits = BigInt(base.toString(2).length);
  if (bits * exponent > MAX_BITS) throw new UnknownConstruct("a power this large");
  return base ** exponent;
}

function ofFloats(operator: BinaryOperator, one: number, other: number): number | undefined {
  switch (operator) {
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      if (other === 0) throw new PythonError("ZeroDivisionError", "float division by zero");
      return one / other;
    case "//":
    case "%":
      return floatDivision(operator, one, other);
    case "**":
      return floatPower(one, other);
    default:
      return undefined;
  }
}

/** As Python defines it: the remainder has the divisor's sign, and the quotient is what is left without it. */
function floatDivision(operator: "//" | "%", one: number, other: number): number {
  if (other === 0) {
    throw new PythonError("ZeroDivisionError", operator === "//" ? "float floor division by zero" : "float modulo");
  }
  let remainder = one % other;
  if (remainder !== 0 && (other < 0) !== (remainder < 0)) remainder += other;
  if (operator === "%") return remainder === 0 ? (other < 0 ? -0 : 0) : remainder;
  const division = (one - remainder) / other;
  if (division === 0) return one / other < 0 || Object.is(one / other, -0) ? -0 : 0;
  const floor = Math.floor(division);
  return division - floor > 0.5 ? floor + 1 : floor;
}

function floatPower(one: number, other: number): number {
  if (one === 0 && other < 0) {
    throw new PythonError("ZeroDivisionError", "zero to a negative power");
  }
  if (one < 0 && Number.isFinite(one) && Number.isFinite(other) && !Number.isInteger(other)) {
    throw new UnknownConstruct("a complex number");
  }
  // Python has 1 ** nan and (-1) ** inf as 1.
  if (one === 1 || one === -1 && !Number.isFinite(other) && !Number.isNaN(other)) return 1;
  const result = one ** other;
  if (!Number.isFinite(result) && Number.isFinite(one) && Number.isFinite(other)) {
    throw new PythonError("OverflowError", "(34, 'Numerical result out of range')");
  }
  return result;
}

/** A sign in front of a value. */
export function signed(operator: "+" | "-" | "~", value: Value): Value {
  const number = numberIn(value);
  if (number === undefined || operator === "~" && typeof number === "number") {
    throw new PythonError("TypeError", `bad operand type for unary ${operator}: '${typeName(value)}'`);
  }
  if (operator === "+") return number;
  return typeof number === "number" ? -number : operator === "-" ? -number : ~number;
}

/** `left operator right` for a comparison. */
export function compare(operator: Comparison, left: Value, right: Value): boolean {
  switch (operator) {
    case "==":
      return areEqual(left, right);
    case "!=":
      return !areEqual(left, right);
    case "is":
    case "is not":
      if (left !== null && right !== null) throw new UnknownConstruct(`'${operator}' but with None`);
      return (left === right) === (operator === "is");
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    default:
      return ordered(operator, left, right);
  }
}

function contains(container: Value, value: Value): boolean {
  if (typeof container === "string") {
    if (typeof value === "string") return container.includes(value);
    const message = `'in <string>' requires string as left operand, not ${typeName(value)}`;
    throw new PythonError("TypeError", message);
  }
  if (isSequence(container)) return container.items.some((item) => areEqual(item, value));
  throw new PythonError("TypeError", `argument of type '${typeName(container)}' is not iterable`);
}

function ordered(operator: "<" | "<=" | ">" | ">=", left: Value, right: Value): boolean {
  const [one, other] = [numberIn(left), numberIn(right)];
  if (one !== undefined && other !== undefined) return holds(operator, one, other);
  if (typeof left === "string" && typeof right === "string") {
    return holds(operator, codePoints(left), codePoints(right));
  }
  if (isSequence(left) && isSequence(right) && left.type === right.type) {
    const at = left.items.findIndex((item, i) => i >= right.items.length || !areEqual(item, right.items[i]!));
    const [a, b] = [left.items[at], right.items[at]];
    if (at >= 0 && a !== undefined && b !== undefined) return ordered(operator, a, b);
    return holds(operator, left.items.length, right.items.length);
  }
  const types = `'${typeName(left)}' and '${typeName(right)}'`;
  throw new PythonError("TypeError", `'${operator}' not supported between instances of ${types}`);
}

/** A text whose order of UTF-16 units is that of its characters. */
function codePoints(text: string): string {
  if (/[\ud800-\udfff]/.test(text)) throw new UnknownConstruct("the order of texts with rare characters");
  return text;
}

function holds<T extends Numeric | string>(operator: "<" | "<=" | ">" | ">=", one: T, other: T): boolean {
  if (operator === "<") return one < other;
  if (operator === "<=") return one <= other;
  return operator === ">" ? one > other : one >= other;
}
