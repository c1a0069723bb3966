/**
 * Python's own functions that code blocks call.
 *
 * @module
 */
import { combine, compare } from "./arithmetic.ts";
import { UnknownConstruct } from "./syntax.ts";
import {
  isSequence,
  isTrue,
  numberIn,
  PythonError,
  representation,
  textOf,
  toFloat,
  typeName,
  type Value,
} from "./values.ts";

/** A function; `print` is told what it is to print. */
type PythonFunction = (args: readonly Value[], print: (text: string) => void) => Value;

/** Names that Python knows by itself and that are not understood here. */
export const OTHER_NAMES: ReadonlySet<string> = new Set(
  (`sys traceback __name__ ascii bin breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir
  divmod enumerate eval exec filter format frozenset getattr globals hasattr hash help id input isinstance issubclass
  iter list locals map memoryview next object oct open ord pow property range reversed set setattr slice sorted
  staticmethod super tuple type vars zip __import__ __build_class__ Ellipsis NotImplemented copyright credits exit quit
  license __debug__ __doc__ __loader__ __package__ __spec__ __builtins__ ArithmeticError AssertionError AttributeError
  BaseException Exception ImportError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError OSError
  OverflowError RuntimeError StopIteration SyntaxError SystemExit TypeError UnicodeError ValueError Warning
  ZeroDivisionError`).split(/\s+/),
);

export const FUNCTIONS: ReadonlyMap<string, PythonFunction> = new Map<string, PythonFunction>([
  ["abs", ([value], _print) => absolute(value!)],
  ["all", ([value]) => itemsOf(value!).every(isTrue)],
  ["any", ([value]) => itemsOf(value!).some(isTrue)],
  ["bool", ([value]) => isTrue(value!)],
  ["float", ([value]) => toFloat(numeric(value!, "float"))],
  ["hex", ([value]) => hexadecimal(value!)],
  ["int", ([value]) => whole(value!)],
  ["len", ([value]) => lengthOf(value!)],
  ["max", (values) => extreme("max", ">", values)],
  ["min", (values) => extreme("min", "<", values)],
  ["print", (values, print) => {
    print(`${values.map(textOf).join(" ")}\n`);
    return null;
  }],
  ["repr", ([value]) => representation(value!)],
  ["round", ([value]) => rounded(value!)],
  ["str", ([value]) => textOf(value!)],
  ["sum", ([value]) => itemsOf(value!).reduce<Value>((sum, item) => combine("+", sum, item), 0n)],
]);

/** Calls a function. */
export function call(name: string, args: readonly Value[], print: (text: string) => void): Value {
  const called = FUNCTIONS.get(name);
  if (called === undefined) throw new UnknownConstruct(`${name}()`);
  const any = name === "print" || name === "max" || name === "min";
  if (!any && args.length !== 1) throw new UnknownConstruct(`${name}() with ${args.length} arguments`);
  return called(args, print);
}

function numeric(value: Value, what: string): bigint | number {
  const number = numberIn(value);
  if (number === undefined) throw new UnknownConstruct(`${what}() of a ${typeName(value)}`);
  return number;
}

function absolute(value: Value): Value {
  const number = numberIn(value);
  if (number === undefined) throw new PythonError("TypeError", `bad operand type for abs(): '${typeName(value)}'`);
  return typeof number === "number" ? Math.abs(number) : number < 0n ? -number : number;
}

function itemsOf(value: Value): readonly Value[] {
  if (isSequence(value)) return value.items;
  if (typeof value === "string") return [...value];
  throw new PythonError("TypeError", `'${typeName(value)}' object is not iterable`);
}

function lengthOf(value: Value): bigint {
  if (isSequence(value)) return BigInt(value.items.length);
  if (typeof value === "string") return BigInt([...value].length);
  throw new PythonError("TypeError", `object of type '${typeName(value)}' has no len()`);
}

function hexadecimal(value: Value): string {
  const number = numberIn(value);
  if (typeof number !== "bigint") {
    throw new PythonError("TypeError", `'${typeName(value)}' object cannot be interpreted as an integer`);
  }
  return number < 0n ? `-0x${(-number).toString(16)}` : `0x${number.toString(16)}`;
}

function whole(value: Value): bigint {
  const number = numeric(value, "int");
  if (typeof number === "bigint") return number;
  if (Number.isNaN(number)) throw new PythonError("ValueError", "cannot convert float NaN to integer");
  if (!Number.isFinite(number)) throw new PythonError("OverflowError", "cannot convert float infinity to integer");
  return BigInt(Math.trunc(number));
}

/** Half goes to the even neighbour. */
function rounded(value: Value): bigint {
  const number = numeric(value, "round");
  if (typeof number === "bigint") return number;
  if (!Number.isFinite(number)) return whole(number);
  const floor = Math.floor(number);
  const rest = number - floor;
  if (rest !== 0.5) return BigInt(rest < 0.5 ? floor : floor + 1);
  return BigInt(floor % 2 === 0 ? floor : floor + 1);
}

function extreme(name: string, operator: "<" | ">", args: readonly Value[]): Value {
  if (args.length === 0) throw new PythonError("TypeError", `${name} expected at least 1 argument, got 0`);
  const values = args.length === 1 ? itemsOf(args[0]!) : args;
  const [first, ...others] = values;
  if (first === undefined) throw new PythonError("ValueError", `${name}() iterable argument is empty`);
  return others.reduce((best, value) => compare(operator, value, best) ? value : best, first);
}
