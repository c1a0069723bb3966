/**
 * Values of `awk`, and the fields of a line.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { posixRegExp } from "../regular_expression.ts";
import { formatFloat, formatInteger, formatText, general, parseFormat } from "./escapes.ts";

/** A text that came from input: a number where it looks like one. */
export class StringNumber {
  constructor(readonly text: string) {}
}

/** A value; undefined is what was never set. */
export type Value = string | number | StringNumber | undefined;

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/;

/** Whether a text is a number and nothing else. */
export function looksNumeric(text: string): boolean {
  const match = NUMBER.exec(text);
  return match !== null && text.slice(match[0].length).trim() === "";
}

/** A value as a number: as far as it looks like one. */
export function toNumber(value: Value): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  return Number(NUMBER.exec(typeof value === "string" ? value : value.text)?.[0] ?? 0);
}

/** A value as a text. */
export function toText(value: Value): string {
  if (typeof value === "string") return value;
  if (value === undefined) return "";
  if (value instanceof StringNumber) return value.text;
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : general(value, 6);
}

/** `sprintf`. */
export function formatValue(format: string, values: readonly Value[]): string {
  const rest = [...values];
  return parseFormat(format).map((part) => {
    if (typeof part === "string") return part;
    if (part.letter === "%") return "%";
    const width = part.width === "*" ? String(toNumber(rest.shift())) : part.width;
    const precision = part.precision === "*" ? String(toNumber(rest.shift())) : part.precision;
    const own = { ...part, width, precision };
    const value = rest.shift();
    if (/[diuxXo]/.test(part.letter)) return formatInteger(BigInt(Math.trunc(toNumber(value)) || 0), own);
    if (/[eEfFgG]/.test(part.letter)) return formatFloat(toNumber(value), own);
    if (part.letter === "c") {
      return formatText(typeof value === "number" ? String.fromCharCode(value) : toText(value).slice(0, 1), own);
    }
    if (part.letter === "s") return formatText(toText(value), own);
    throw new UnsupportedError(`awk's %${part.letter} on the simulated stack`);
  }).join("");
}

/** Splits a text by a separator as FS has it. */
export function splitText(text: string, separator: string | RegExp): string[] {
  if (separator === " ") return text.split(/[ \t\n]+/).filter((part) => part !== "");
  if (text === "") return [];
  if (separator === "") return [...text];
  return text.split(
    typeof separator !== "string"
      ? separator
      : separator.length === 1 && separator !== " "
      ? separator
      : posixRegExp(separator, true),
  );
}

/** The fields of the line, made when they are first asked for. */
export class Fields {
  #line = "";
  #fields: string[] | undefined;
  #stale = false;

  constructor(private readonly separator: () => string, private readonly joiner: () => string) {}

  setLine(line: string): void {
    this.#line = line;
    this.#fields = undefined;
    this.#stale = false;
  }

  get line(): string {
    if (this.#stale) {
      this.#line = this.#all().join(this.joiner());
      this.#stale = false;
    }
    return this.#line;
  }

  #all(): string[] {
    return this.#fields ??= splitText(this.#line, this.separator());
  }

  get count(): number {
    return this.#all().length;
  }

  setCount(count: number): void {
    const fields = this.#all();
    while (fields.length < count) fields.push("");
    fields.length = count;
    this.#stale = true;
  }

  get(index: number): Value {
    if (index === 0) return new StringNumber(this.line);
    const text = this.#all()[index - 1];
    return text === undefined ? undefined : new StringNumber(text);
  }

  set(index: number, text: string): void {
    if (index === 0) this.setLine(text);
    else {
      if (index > this.count) this.setCount(index);
      this.#all()[index - 1] = text;
      this.#stale = true;
    }
  }
}
