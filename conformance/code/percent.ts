/**
 * `'…' % values`.
 *
 * @module
 */
import { UnknownConstruct } from "./syntax.ts";
import { isSequence, numberIn, PythonError, representation, textOf, toFloat, typeName, type Value } from "./values.ts";

const PLACE = /%(?:(%)|([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z])|(.|$))/g;
const MAX_WIDTH = 1000;

/** What fills the places of a format. */
export function formatted(format: string, values: Value): string {
  const items = isSequence(values) && values.type === "tuple" ? values.items : [values];
  let next = 0;
  const text = format.replace(
    PLACE,
    (_all, percent?: string, flags = "", width = "", precision?: string, letter = "", other?: string) => {
      if (percent !== undefined) return "%";
      if (other !== undefined) throw new UnknownConstruct(`%${other} in a format`);
      if (Number(width) > MAX_WIDTH || Number(precision ?? 0) > 100) throw new UnknownConstruct("a width this large");
      const value = items[next++];
      if (value === undefined) throw new PythonError("TypeError", "not enough arguments for format string");
      return padded(one(letter, value, flags, precision), flags, Number(width), letter);
    },
  );
  if (next < items.length) {
    throw new PythonError("TypeError", "not all arguments converted during string formatting");
  }
  return text;
}

function padded(text: string, flags: string, width: number, letter: string): string {
  if (text.length >= width) return text;
  if (flags.includes("-")) return text.padEnd(width);
  if (
    !flags.includes("0") || letter === "s" || letter === "r" || /[a-z]/.test(text.replace(/^[-+]?0x|[0-9a-f]/g, ""))
  ) {
    return text.padStart(width);
  }
  const sign = /^[-+ ]/.test(text) ? text[0]! : "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function one(letter: string, value: Value, flags: string, precision: string | undefined): string {
  if (letter === "s" || letter === "r") {
    const text = letter === "s" ? textOf(value) : representation(value);
    return precision === undefined ? text : [...text].slice(0, Number(precision)).join("");
  }
  if (flags.includes("#")) throw new UnknownConstruct("# in a format");
  const number = numberIn(value);
  if (number === undefined) {
    const wanted = letter === "f" || letter === "F"
      ? "must be real number, not "
      : `%${letter} format: a real number is required, not `;
    throw new PythonError("TypeError", wanted + typeName(value));
  }
  return withSign(digits(letter, number, precision), flags);
}

function withSign(text: string, flags: string): string {
  if (text.startsWith("-")) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

function digits(letter: string, number: bigint | number, precision: string | undefined): string {
  if (letter === "f" || letter === "F") {
    const float = toFloat(number);
    if (!Number.isFinite(float) || Math.abs(float) >= 1e21) throw new UnknownConstruct(`%f of ${float}`);
    return Object.is(float, -0) ? `-${(0).toFixed(Number(precision ?? 6))}` : float.toFixed(Number(precision ?? 6));
  }
  if (precision !== undefined) throw new UnknownConstruct(`a precision for %${letter}`);
  if ("diu".includes(letter)) {
    if (typeof number === "number" && !Number.isFinite(number)) throw new UnknownConstruct(`%${letter} of ${number}`);
    return String(typeof number === "number" ? BigInt(Math.trunc(number)) : number);
  }
  if (!"xXo".includes(letter)) throw new UnknownConstruct(`%${letter} in a format`);
  if (typeof number === "number") {
    throw new PythonError("TypeError", `%${letter} format: an integer is required, not float`);
  }
  const text = number.toString(letter === "o" ? 8 : 16);
  return letter === "X" ? text.toUpperCase() : text;
}
