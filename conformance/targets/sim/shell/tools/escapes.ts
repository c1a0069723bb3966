/**
 * Backslash sequences and formats as `echo -e`, `printf` and awk have them.
 *
 * @module
 */
const SIMPLE: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  e: "\x1b",
  "\\": "\\",
  '"': '"',
};

/** Replaces backslash sequences. `\c` ends the text. */
export function unescape(text: string): { text: string; ended: boolean } {
  const end = text.search(/(?<!\\)(\\\\)*\\c/);
  const cut = end < 0 ? text : text.slice(0, text.indexOf("\\c", end));
  const replaced = cut.replace(/\\(0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)/g, (whole, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8) & 255);
    if (/^x[0-9a-fA-F]/.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    return SIMPLE[code] ?? whole;
  });
  return { text: replaced, ended: end >= 0 };
}

/** One `%…` of a format. */
export interface Conversion {
  readonly flags: string;
  readonly width: string;
  readonly precision: string | undefined;
  readonly letter: string;
}

/** A format taken apart: texts and conversions. */
export function parseFormat(format: string): (string | Conversion)[] {
  const parts: (string | Conversion)[] = [];
  let last = 0;
  for (const match of format.matchAll(/%([-+ 0#]*)(\d*|\*)(?:\.(\d*|\*))?[hlLqjzt]*([a-zA-Z%])/g)) {
    if (match.index > last) parts.push(format.slice(last, match.index));
    parts.push({ flags: match[1]!, width: match[2]!, precision: match[3], letter: match[4]! });
    last = match.index + match[0].length;
  }
  if (last < format.length) parts.push(format.slice(last));
  return parts;
}

/** Pads to a width. */
function pad(text: string, { flags, width }: Conversion): string {
  const size = Number(width || 0);
  if (flags.includes("-")) return text.padEnd(size);
  if (!flags.includes("0")) return text.padStart(size);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(size - sign.length, "0");
}

function signed(text: string, flags: string): string {
  if (text.startsWith("-")) return text;
  return flags.includes("+") ? `+${text}` : flags.includes(" ") ? ` ${text}` : text;
}

/** An integer by `%d %i %u %x %X %o`. */
export function formatInteger(value: bigint, conversion: Conversion): string {
  const { letter, flags, precision } = conversion;
  const unsigned = BigInt.asUintN(64, value);
  const digits = letter === "x"
    ? unsigned.toString(16)
    : letter === "X"
    ? unsigned.toString(16).toUpperCase()
    : letter === "o"
    ? unsigned.toString(8)
    : letter === "u"
    ? unsigned.toString()
    : (value < 0n ? -value : value).toString();
  const prefix = flags.includes("#") && unsigned !== 0n ? { x: "0x", X: "0X", o: "0" }[letter] ?? "" : "";
  const full = prefix + digits.padStart(Number(precision || 0), "0");
  return pad(letter === "d" || letter === "i" ? signed(value < 0n ? `-${full}` : full, flags) : full, conversion);
}

/** A number by `%f %e %g`. */
export function formatFloat(value: number, conversion: Conversion): string {
  const digits = conversion.precision === undefined ? 6 : Number(conversion.precision || 0);
  const { letter } = conversion;
  const exponent = (text: string) => text.replace(/e([-+])(\d)$/, "e$10$2");
  let text: string;
  if (letter === "f" || letter === "F") text = value.toFixed(digits);
  else if (letter === "e" || letter === "E") text = exponent(value.toExponential(digits));
  else text = general(value, digits || 1);
  return pad(signed(letter === "E" || letter === "G" ? text.toUpperCase() : text, conversion.flags), conversion);
}

/** `%g`. */
export function general(value: number, digits: number): string {
  if (value === 0) return "0";
  const exponent = Number(value.toExponential(digits - 1).split("e")[1]);
  if (exponent < -4 || exponent >= digits) {
    const [mantissa, power] = value.toExponential(digits - 1).split("e") as [string, string];
    return `${trimZeros(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return trimZeros(value.toFixed(digits - 1 - exponent));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A text by `%s`. */
export function formatText(text: string, conversion: Conversion): string {
  const { precision, flags } = conversion;
  return pad(precision === undefined ? text : text.slice(0, Number(precision || 0)), {
    ...conversion,
    flags: flags.replaceAll("0", ""),
  });
}
