/**
 * `echo` and `printf`.
 *
 * @module
 */
import type { Command } from "../world.ts";
import { UnsupportedError } from "../../../target.ts";
import { type Conversion, formatFloat, formatInteger, formatText, parseFormat, unescape } from "./escapes.ts";

/** `echo [-neE] [TEXT…]`. */
export const echo: Command = ({ args }) => {
  let newline = true;
  let escapes = false;
  let at = 0;
  for (; /^-[neE]+$/.test(args[at] ?? ""); at++) {
    for (const flag of args[at]!.slice(1)) {
      if (flag === "n") newline = false;
      else escapes = flag === "e";
    }
  }
  const text = args.slice(at).join(" ");
  if (!escapes) return { status: 0, stdout: text + (newline ? "\n" : "") };
  const { text: replaced, ended } = unescape(text);
  return { status: 0, stdout: replaced + (newline && !ended ? "\n" : "") };
};

/** A number as `printf` reads it; `'a` is the character's code. */
function integer(word: string): bigint | undefined {
  if (word === "") return 0n;
  if (/^['"]./.test(word)) return BigInt(word.charCodeAt(1));
  const match = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(word);
  if (match === null) return undefined;
  const digits = match[2]!;
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : /^0\d/.test(digits) ? "0" : digits);
  return match[1] === "-" ? -value : value;
}

/** `printf FORMAT [ARGUMENT…]`: the format again while there are arguments. */
export const printf: Command = ({ args }) => {
  if (args[0] === "-v") throw new UnsupportedError("printf -v on the simulated stack");
  const [format, ...rest] = args[0] === "--" ? args.slice(1) : args;
  if (format === undefined) return { status: 2, stderr: "printf: usage: printf format [arguments]\n" };
  const parts = parseFormat(unescape(format).text);
  let stdout = "";
  let stderr = "";
  let ended = false;
  const next = () => rest.shift() ?? "";
  const convert = (given: Conversion): string => {
    if (given.letter === "%") return "%";
    const width = given.width === "*" ? next() : given.width;
    const own: Conversion = {
      ...given,
      width: width.replace("-", ""),
      flags: width.startsWith("-") ? `${given.flags}-` : given.flags,
      precision: given.precision === "*" ? next() : given.precision,
    };
    const word = next();
    switch (own.letter) {
      case "s":
        return formatText(word, own);
      case "c":
        return formatText(word.slice(0, 1), own);
      case "q":
        return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
      case "b": {
        const { text, ended: stop } = unescape(word);
        ended ||= stop;
        return formatText(text, own);
      }
      case "d":
      case "i":
      case "u":
      case "x":
      case "X":
      case "o": {
        const value = integer(word);
        if (value === undefined) stderr += `printf: ${word}: invalid number\n`;
        return formatInteger(value ?? BigInt(/^-?\d+/.exec(word)?.[0] ?? 0), own);
      }
      case "e":
      case "E":
      case "f":
      case "F":
      case "g":
      case "G": {
        const value = word === "" ? 0 : Number(word);
        if (Number.isNaN(value)) stderr += `printf: ${word}: invalid number\n`;
        return formatFloat(Number.isNaN(value) ? 0 : value, own);
      }
      default:
        throw new UnsupportedError(`printf %${own.letter} on the simulated stack`);
    }
  };
  do {
    const before = rest.length;
    for (const part of parts) {
      stdout += typeof part === "string" ? part : convert(part);
      if (ended) return { status: 0, stdout, stderr };
    }
    if (rest.length === before) break;
  } while (rest.length > 0);
  return { status: stderr === "" ? 0 : 1, stdout, stderr };
};
