/**
 * Python's values, and how they are written.
 *
 * @module
 */
import { UnknownConstruct } from "./syntax.ts";

/** A list or a tuple. */
export interface Sequence {
  readonly type: "list" | "tuple";
  readonly items: readonly Value[];
}

/** A value: an int is a bigint, a float a number. */
export type Value = bigint | number | boolean | string | null | Sequence;

/** An exception, as Python names it. */
export class PythonError extends Error {
  override name = "PythonError";

  /** `type`: its class. */
  constructor(readonly type: string, message: string) {
    super(message);
  }
}

/** Whether a value is a list or a tuple. */
export function isSequence(value: Value): value is Sequence {
  return typeof value === "object" && value !== null;
}

/** Name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return "NoneType";
  if (isSequence(value)) return value.type;
  return { bigint: "int", number: "float", boolean: "bool", string: "str" }[
    typeof value as "bigint" | "number" | "boolean" | "string"
  ];
}

/** Whether a value counts as true. */
export function isTrue(value: Value): boolean {
  if (isSequence(value)) return value.items.length > 0;
  return Boolean(value);
}

/** A number; a bool is one. Undefined for anything else. */
export function numberIn(value: Value): bigint | number | undefined {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "bigint" || typeof value === "number" ? value : undefined;
}

/** A whole number as a float, which Python rounds to nearest as we do. */
export function toFloat(value: bigint | number): number {
  const float = Number(value);
  if (typeof value === "bigint" && !Number.isFinite(float)) {
    throw new PythonError("OverflowError", "int too large to convert to float");
  }
  return float;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const plain = Object.is(value, -0)
    ? "-0"
    : power < 0
    ? value.toFixed(mantissa.replace(/\D/g, "").length - 1 - power)
    : String(value);
  return plain.includes(".") ? plain : `${plain}.0`;
}

/** As `str()` writes a value. */
export function textOf(value: Value): string {
  return typeof value === "string" ? value : representation(value);
}

/** As `repr()` writes a value. */
export function representation(value: Value): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return floatText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return quoted(value);
  const items = value.items.map(representation);
  if (value.type === "list") return `[${items.join(", ")}]`;
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

function quoted(text: string): string {
  if (/[^\n\r\t\x20-\x7e]/.test(text)) throw new UnknownConstruct("repr() of a string that is not plain ASCII");
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
  return `${mark}${mark === "'" ? escaped.replaceAll("'", "\\'") : escaped}${mark}`;
}

/** Whether two values are equal. */
export function areEqual(one: Value, other: Value): boolean {
  if (isSequence(one) || isSequence(other)) {
    if (!isSequence(one) || !isSequence(other) || one.type !== other.type) return false;
    return one.items.length === other.items.length && one.items.every((item, i) => areEqual(item, other.items[i]!));
  }
  const numbers = [numberIn(one), numberIn(other)] as const;
  // Exact between whole numbers and others, as in Python.
  // deno-lint-ignore eqeqeq -- a bigint is never identical to a number
  if (numbers[0] !== undefined && numbers[1] !== undefined) return numbers[0] == numbers[1];
  return one === other;
}
