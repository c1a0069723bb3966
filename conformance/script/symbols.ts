/** Names for numbers: constants, errno, and the `-D NAME=value` definitions that the scanner substitutes. */
import type { Dialect } from "./syntax.ts";
import { ERRNO, errnoNumber } from "../../abi/errno_text.ts";
import { LINUX_SYMBOLS, NPLAB_SYMBOLS } from "./symbol_tables.ts";

/** The number of a symbol, or undefined if packetdrill does not know the name. */
export function symbolValue(name: string, dialect: Dialect = "packetdrill"): number | undefined {
  const value = LINUX_SYMBOLS.get(name) ?? errnoNumber(name);
  return value ?? (dialect === "nplab" ? NPLAB_SYMBOLS.get(name) : undefined);
}

/** All symbol names of a dialect, for suggestions. */
export function symbolNames(dialect: Dialect): string[] {
  const names = [...LINUX_SYMBOLS.keys(), ...ERRNO.keys()];
  return dialect === "nplab" ? names.concat(...NPLAB_SYMBOLS.keys()) : names;
}

/** What a defined word turns into. */
export interface Replacement {
  readonly kind: "string" | "backquoted" | "integer" | "hex" | "word";
  readonly text: string;
}

/** `strtol(text, &end, 0)` with nothing left over. */
const C_INTEGER = /^[ \t]*[+-]?(?:0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*)$/;

/**
 * The token that replaces a word defined as `value`. The value decides its kind; packetdrill never makes a
 * hex integer of it (so it cannot stand after `tos`), nplab does.
 */
export function replacement(value: string, dialect: Dialect = "packetdrill"): Replacement {
  if (value.startsWith('"')) return { kind: "string", text: value.replace(/^"|"$/g, "") };
  if (value.startsWith("`")) return { kind: "backquoted", text: value.replace(/^`|`$/g, "") };
  if (dialect === "nplab") {
    if (/^0x/.test(value)) return { kind: "hex", text: value };
    const digits = /^[0-9]+/.exec(value);
    return digits === null ? { kind: "word", text: value } : { kind: "integer", text: digits[0] };
  }
  if (C_INTEGER.test(value)) return { kind: "integer", text: cInteger(value.trim()).toString() };
  return { kind: "word", text: value };
}

function cInteger(text: string): bigint {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return negative ? -value : value;
}

/** `NAME=value` definitions: the command line's win over the script's. */
export class Definitions {
  readonly #commandLine: ReadonlyMap<string, string>;
  readonly #script = new Map<string, string>();

  constructor(commandLine: Readonly<Record<string, string>> = {}) {
    this.#commandLine = new Map(Object.entries(commandLine));
  }

  /** A `--define` of the script. */
  define(name: string, value: string): void {
    this.#script.set(name, value);
  }

  get(name: string): string | undefined {
    return this.#commandLine.get(name) ?? this.#script.get(name);
  }

  /** Every defined name. */
  names(): string[] {
    return [...this.#commandLine.keys(), ...this.#script.keys()];
  }
}
