/**
 * Commands about the machine: `uname`, `id`, `hostname`, `nproc`, `date`, `printenv`; and `seq`, `expr`.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { MACHINE } from "../machine.ts";
import { posixRegExp } from "../regular_expression.ts";
import { type Command, failed } from "../world.ts";
import { formatFloat, parseFormat } from "./escapes.ts";
import { joinLines } from "./input.ts";
import { parseOptions } from "./options.ts";

/** `uname [-asnrvmpio]`. */
export const uname: Command = ({ args }) => {
  const { flags, operands } = parseOptions("uname", args, "asnrvmpio", "", {
    all: "a",
    "kernel-name": "s",
    nodename: "n",
    "kernel-release": "r",
    "kernel-version": "v",
    machine: "m",
    processor: "p",
    "hardware-platform": "i",
    "operating-system": "o",
  });
  if (operands[0] !== undefined) return failed(1, `uname: extra operand '${operands[0]}'`);
  const names = Object.keys(MACHINE) as (keyof typeof MACHINE)[];
  const wanted = flags.has("a")
    // With all of them, what is unknown is left out.
    ? names.filter((name) => MACHINE[name] !== "unknown")
    : names.filter((name) => flags.has(name));
  return {
    status: 0,
    stdout: `${(wanted.length === 0 ? ["s" as const] : wanted).map((name) => MACHINE[name]).join(" ")}\n`,
  };
};

/** `id [-u] [-g] [-n]`: root. */
export const id: Command = ({ args }) => {
  const { flags, operands } = parseOptions("id", args, "ugnrG");
  if (operands.length > 0) throw new UnsupportedError(`id ${operands[0]} on the simulated stack`);
  if (flags.size === 0) return { status: 0, stdout: "uid=0(root) gid=0(root) groups=0(root)\n" };
  return { status: 0, stdout: flags.has("n") ? "root\n" : "0\n" };
};

export const whoami: Command = () => ({ status: 0, stdout: "root\n" });
export const nproc: Command = () => ({ status: 0, stdout: "1\n" });

export const hostname: Command = ({ args }) => {
  if (args.length > 0) throw new UnsupportedError(`hostname ${args[0]} on the simulated stack`);
  return { status: 0, stdout: `${MACHINE.n}\n` };
};

/** `date [+FORMAT]`: the world's clock, in UTC. */
export const date: Command = ({ args, world }) => {
  const { operands } = parseOptions("date", args, "u");
  const format = operands[0] ?? "+%a %b %e %H:%M:%S UTC %Y";
  if (!format.startsWith("+")) throw new UnsupportedError(`date ${format} on the simulated stack`);
  const { net } = world.stack;
  const now_us = net.now + net.realtime_offset_us;
  const at = new Date(Math.floor(now_us / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const names: Readonly<Record<string, () => string>> = {
    s: () => String(Math.floor(now_us / 1e6)),
    N: () => `${String(now_us % 1e6).padStart(6, "0")}000`,
    Y: () => String(at.getUTCFullYear()),
    m: () => two(at.getUTCMonth() + 1),
    d: () => two(at.getUTCDate()),
    e: () => String(at.getUTCDate()).padStart(2),
    H: () => two(at.getUTCHours()),
    M: () => two(at.getUTCMinutes()),
    S: () => two(at.getUTCSeconds()),
    F: () => at.toISOString().slice(0, 10),
    T: () => at.toISOString().slice(11, 19),
    a: () => at.toUTCString().slice(0, 3),
    b: () => at.toUTCString().slice(8, 11),
    Z: () => "UTC",
    "%": () => "%",
  };
  const text = format.slice(1).replace(/%(.)/g, (whole, letter: string) => {
    const own = names[letter];
    if (own === undefined) throw new UnsupportedError(`date ${whole} on the simulated stack`);
    return own();
  });
  return { status: 0, stdout: `${text}\n` };
};

/** `printenv [NAME…]`. */
export const printenv: Command = ({ args, environment }) => {
  if (args.length === 0) {
    return {
      status: 0,
      stdout: joinLines([...environment].map(([name, value]) => `${name}=${value}`)),
    };
  }
  const values = args.map((name) => environment.get(name));
  return {
    status: values.includes(undefined) ? 1 : 0,
    stdout: joinLines(values.filter((value) => value !== undefined)),
  };
};

/** Numbers that `seq` prints at most. */
const MAX_NUMBERS = 1_000_000;

/** `seq [-w] [-s TEXT] [-f FORMAT] [FIRST [STEP]] LAST`. */
export const seq: Command = ({ args }) => {
  // Negative numbers are no options.
  const first = args.findIndex((word) => !word.startsWith("-") || /^-[\d.]/.test(word));
  const options = args.slice(0, first < 0 ? args.length : first);
  const valued = /^-[sf]$/.test(options.at(-1) ?? "");
  const { flags, values } = parseOptions("seq", valued ? [...options, args[first] ?? ""] : options, "w", "sf");
  const numbers = args.slice(first < 0 ? args.length : first + (valued ? 1 : 0));
  const wrong = numbers.find((word) => !/^-?\d*\.?\d+$/.test(word));
  if (wrong !== undefined) return failed(1, `seq: invalid floating point argument: '${wrong}'`);
  if (numbers.length === 0 || numbers.length > 3) return failed(1, "seq: missing operand");
  const from = Number(numbers.length > 1 ? numbers[0] : 1);
  const step = Number(numbers.length > 2 ? numbers[1] : 1);
  const to = Number(numbers.at(-1));
  if (step === 0) return failed(1, "seq: invalid Zero increment value: '0'");
  const digits = Math.max(...numbers.map((word) => word.split(".")[1]?.length ?? 0));
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > MAX_NUMBERS) throw new UnsupportedError("seq of more than a million numbers");
  const format = values.get("f")?.at(-1);
  const texts = Array.from({ length: Math.max(0, count) }, (_, i) => {
    const value = from + i * step;
    if (format === undefined) return value.toFixed(digits);
    return parseFormat(format).map((part) => typeof part === "string" ? part : formatFloat(value, part)).join("");
  });
  const width = flags.has("w") ? Math.max(...texts.map((text) => text.length), 0) : 0;
  const padded = texts.map((text) =>
    text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0")
  );
  const separator = values.get("s")?.at(-1) ?? "\n";
  return { status: 0, stdout: padded.length === 0 ? "" : `${padded.join(separator)}\n` };
};

/** `expr EXPRESSION`: `|`, `&`, comparisons, sums, products, `:`. */
export const expr: Command = ({ args }) => {
  let at = 0;
  const integer = (text: string) => {
    if (!/^-?\d+$/.test(text)) throw new SyntaxError("non-integer argument");
    return BigInt(text);
  };
  const isZero = (text: string) => text === "" || /^-?0+$/.test(text);
  const primary = (): string => {
    const word = args[at++];
    if (word === undefined) throw new SyntaxError("missing argument");
    if (word !== "(") return word;
    const value = level(0);
    if (args[at++] !== ")") throw new SyntaxError("expecting ')'");
    return value;
  };
  const match = (text: string, pattern: string): string => {
    const found = posixRegExp(`^${pattern.replace(/^\^/, "")}`, false).exec(text);
    if (pattern.includes("\\(")) return found?.[1] ?? "";
    return String(found?.[0].length ?? 0);
  };
  const compare = (operator: string, a: string, b: string): string => {
    const [x, y] = /^-?\d+$/.test(a) && /^-?\d+$/.test(b) ? [BigInt(a), BigInt(b)] : [a, b];
    const holds = operator === "=" || operator === "=="
      ? x === y
      : operator === "!="
      ? x !== y
      : operator === "<"
      ? x < y
      : operator === "<="
      ? x <= y
      : operator === ">"
      ? x > y
      : x >= y;
    return holds ? "1" : "0";
  };
  const apply = (operator: string, a: string, b: string): string => {
    switch (operator) {
      case "|":
        return isZero(a) ? isZero(b) ? "0" : b : a;
      case "&":
        return isZero(a) || isZero(b) ? "0" : a;
      case "+":
        return String(integer(a) + integer(b));
      case "-":
        return String(integer(a) - integer(b));
      case "*":
        return String(integer(a) * integer(b));
      case "/":
      case "%":
        if (integer(b) === 0n) throw new SyntaxError("division by zero");
        return String(operator === "/" ? integer(a) / integer(b) : integer(a) % integer(b));
      case ":":
        return match(a, b);
      default:
        return compare(operator, a, b);
    }
  };
  const LEVELS = [["|"], ["&"], ["=", "==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"], [":"]];
  const level = (depth: number): string => {
    const operators = LEVELS[depth];
    if (operators === undefined) return primary();
    let left = level(depth + 1);
    while (operators.includes(args[at] ?? "")) left = apply(args[at++]!, left, level(depth + 1));
    return left;
  };
  try {
    const value = level(0);
    if (at < args.length) throw new SyntaxError(`syntax error: unexpected argument '${args[at]}'`);
    return { status: isZero(value) ? 1 : 0, stdout: `${value}\n` };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failed(2, `expr: ${error.message}`);
  }
};
