/**
 * What a text that is written to a setting becomes, by the setting's kind: as Linux reads it.
 *
 * @module
 */
import { EACCES, EINVAL, EIO, EOVERFLOW } from "../abi/errno.ts";
import { IpAddress } from "./wire/address.ts";
import { toHex } from "./wire/bytes.ts";

/**
 * What a setting holds: `int` (32 bits with a sign), `uint` (without), `ulong` (64 bits), `seconds` (kept in ticks), `ms`
 * (kept in ticks, rounded up), `ticks` (hundredths of a second, kept in ticks, rounded down), `vec` (several numbers),
 * `bitmap` (numbers and ranges), `mask` (processors, hexadecimal), `key` (a Fast Open key or two), `secret` (an IPv6 address,
 * none at first), `text`, `ro` (read-only), `wo` (a switch that can only be written).
 */
export type SettingKind =
  | "int"
  | "uint"
  | "ulong"
  | "seconds"
  | "ms"
  | "ticks"
  | "vec"
  | "bitmap"
  | "mask"
  | "key"
  | "secret"
  | "text"
  | "ro"
  | "wo";

/** Ticks in a second (`CONFIG_HZ`): what times in ticks are rounded to. */
const HZ = 250;
/** Units in a second of what `ticks` shows (`USER_HZ`). */
const USER_HZ = 100;
/** Milliseconds of a tick. */
const TICK_MS = 1000 / HZ;

const UNSIGNED_64 = 1n << 64n;
const INT_MAX = 2147483647;
const INT_MIN = -2147483648;
/** Seconds whose ticks an `int` can hold. */
const MAX_SECONDS = Math.floor(INT_MAX / HZ);
/** Above so many hundredths of a second their ticks overflow a `long`. */
const MAX_USER_TICKS = ((1n << 63n) - 1n) / BigInt(HZ) * BigInt(USER_HZ);

/** The range of a kind whose line in the table names none. */
export function rangeOf(kind: SettingKind): readonly [min: number, max: number] {
  switch (kind) {
    case "seconds":
      return [-MAX_SECONDS, MAX_SECONDS];
    case "ms":
      return [0, INT_MAX];
    case "uint":
      return [0, 4294967295];
    default:
      return [INT_MIN, INT_MAX];
  }
}

/** What is checked against. */
export interface NumberLimits {
  readonly kind: SettingKind;
  readonly min: number;
  readonly max: number;
  /** Numbers there are. */
  readonly current: readonly string[];
}

/** A number at the beginning of a text: decimal, octal after 0, hexadecimal after 0x; no plus sign, and blank after it. */
function leadingNumber(text: string): { value: bigint; rest: string } | undefined {
  const match = /^\s*(-?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)(?=\s|$)/.exec(text);
  if (match === null) return undefined;
  const digits = match[2]!;
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (magnitude >= UNSIGNED_64) return undefined;
  return { value: match[1] === "-" ? -magnitude : magnitude, rest: text.slice(match[0].length) };
}

/** One number by its kind as it is shown afterwards; undefined if it is refused. */
function acceptNumber(value: bigint, { kind, min, max }: NumberLimits): string | undefined {
  const within = (number: bigint) => Number(number) >= min && Number(number) <= max;
  switch (kind) {
    case "ms": {
      // Read as an unsigned number of 32 bits; what would be negative is for ever, which no setting takes.
      const low = BigInt.asUintN(32, value);
      if (low > BigInt(INT_MAX) || !within(low)) return undefined;
      return String(Math.ceil(Number(low) / TICK_MS) * TICK_MS);
    }
    case "ticks": {
      const magnitude = value < 0n ? -value : value;
      if (magnitude > MAX_USER_TICKS) return undefined;
      if (value < 0n) return "-0";
      const ticks = BigInt.asIntN(32, value * BigInt(HZ) / BigInt(USER_HZ));
      return String(ticks * BigInt(USER_HZ) / BigInt(HZ));
    }
    case "ulong":
      return value >= 0n && within(value) ? String(value) : undefined;
    default:
      return within(value) ? String(value) : undefined;
  }
}

/** Fewer numbers than there are leave the rest; what comes after the last that is wanted is not looked at. */
export function acceptNumbers(text: string, limits: NumberLimits): string | number {
  const numbers = [...limits.current];
  let rest = text;
  for (let at = 0; at < numbers.length; at++) {
    if (rest.trim() === "") {
      if (at === 0) return -EINVAL;
      break;
    }
    const number = leadingNumber(rest);
    const shown = number === undefined ? undefined : acceptNumber(number.value, limits);
    if (number === undefined || shown === undefined) return -EINVAL;
    numbers[at] = shown;
    rest = number.rest;
  }
  return numbers.join("\t");
}

/** What is kept of a vector whose text has a fault: the numbers before it. */
export function takenBeforeFault(
  text: string,
  limits: { readonly kind: SettingKind; readonly min: number; readonly max: number; readonly text: string },
): string {
  let current = limits.text.split("\t");
  const words = text.trim().split(/\s+/);
  for (let count = 1; count <= Math.min(words.length, current.length); count++) {
    const taken = acceptNumbers(words.slice(0, count).join(" "), { ...limits, current });
    if (typeof taken === "number") break;
    current = taken.split("\t");
  }
  return current.join("\t");
}

/** Numbers and ranges up to `max`, separated by commas or line ends, merged. */
export function acceptBitmap(text: string, max: number): string | number {
  const ranges: [number, number][] = [];
  const lines = text.replace(/^\n+|\n+$/g, "");
  if (lines === "") return "";
  for (const part of lines.split(/[,\n]/)) {
    const match = /^(0[xX][0-9a-fA-F]+|\d+)(?:-(0[xX][0-9a-fA-F]+|\d+))?$/.exec(part);
    const [low, high] = [bitNumber(match?.[1]), bitNumber(match?.[2] ?? match?.[1])];
    if (low === undefined || high === undefined || low > high || high > max) return -EINVAL;
    ranges.push([low, high]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged.map(([low, high]) => low === high ? `${low}` : `${low}-${high}`).join(",");
}

function bitNumber(text: string | undefined): number | undefined {
  if (text === undefined || /^0\d*[89]/.test(text)) return undefined;
  return /^0[0-7]/.test(text) ? parseInt(text, 8) : Number(text);
}

/** One Fast Open key, or two: four groups of hexadecimal digits each. Of each the last 32 bits count. */
export function acceptKeys(text: string): string | number {
  const keys: string[] = [];
  for (const part of text.trim().split(",").slice(0, 2)) {
    const groups = /^\s*(0x)?([0-9a-f]+)-(0x)?([0-9a-f]+)-(0x)?([0-9a-f]+)-(0x)?([0-9a-f]+)/i.exec(part);
    if (groups === null) return -EINVAL;
    const words = [groups[2]!, groups[4]!, groups[6]!, groups[8]!];
    keys.push(words.map((word) => word.toLowerCase().slice(-8).padStart(8, "0")).join("-"));
  }
  return keys.join(",");
}

/** An IPv6 address, shown in full. */
export function acceptSecret(text: string): string | number {
  let address: IpAddress;
  try {
    address = IpAddress.parse(text.trim());
  } catch {
    return -EIO;
  }
  if (address.family !== 6) return -EIO;
  return toHex(address.bytes).match(/.{4}/g)!.join(":");
}

/** Processors as a hexadecimal mask up to `max`. */
export function acceptMask(text: string, max: number): string | number {
  const digits = text.trim().replaceAll(",", "");
  if (digits === "") return "0";
  if (!/^[0-9a-f]+$/i.test(digits)) return -EINVAL;
  const value = BigInt(`0x${digits}`);
  return value > BigInt(max) ? -EOVERFLOW : value.toString(16);
}

/** The text to store for what was written, or `-errno`. */
export function acceptText(text: string, limits: NumberLimits): string | number {
  switch (limits.kind) {
    case "ro":
      return -EACCES;
    case "text":
    case "wo":
      return text.trim();
    case "bitmap":
      return acceptBitmap(text, limits.max);
    case "mask":
      return acceptMask(text, limits.max);
    case "key":
      return acceptKeys(text);
    case "secret":
      return acceptSecret(text);
    default:
      return acceptNumbers(text, limits);
  }
}

/** Whether a kind holds numbers. */
export function isNumeric(kind: SettingKind): boolean {
  return ["int", "uint", "ulong", "seconds", "ms", "ticks", "vec"].includes(kind);
}
