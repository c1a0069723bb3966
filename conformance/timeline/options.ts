/**
 * TCP options in octets: those of a script, and those of a live packet in place.
 *
 * @module
 */
import { get16, get24, get32, toHex } from "../../stack/wire/bytes.ts";
import {
  TCPOPT_ACCECN0,
  TCPOPT_ACCECN1,
  TCPOPT_AO,
  TCPOPT_EOL,
  TCPOPT_EXP,
  TCPOPT_FASTOPEN,
  TCPOPT_FASTOPEN_MAGIC,
  TCPOPT_MD5SIG,
  TCPOPT_MSS,
  TCPOPT_NOP,
  TCPOPT_SACK,
  TCPOPT_SACK_PERM,
  TCPOPT_TIMESTAMP,
  TCPOPT_WINDOW,
} from "../../stack/wire/tcp_options.ts";
import type { Script, TcpOption, TcpOptionList } from "../script/syntax.ts";
import { encodeTcpOption, optionKind } from "../script/tcp_options.ts";
import { UnsupportedError } from "../targets/target.ts";

/** Option kinds that packetdrill knows; any other in a live packet is an error to it. */
const KNOWN = new Set([
  TCPOPT_EOL,
  TCPOPT_NOP,
  TCPOPT_MSS,
  TCPOPT_WINDOW,
  TCPOPT_SACK_PERM,
  TCPOPT_SACK,
  TCPOPT_TIMESTAMP,
  TCPOPT_MD5SIG,
  TCPOPT_FASTOPEN,
  TCPOPT_ACCECN0,
  TCPOPT_ACCECN1,
  TCPOPT_EXP,
]);

const NO_KINDS: ReadonlySet<number> = new Set();

function encodeOption(option: TcpOption): Uint8Array {
  if (option.kind === "md5" && option.digest === undefined) {
    throw new UnsupportedError("computed MD5 signatures (md5 valid)");
  }
  return encodeTcpOption(option);
}

/** The octets of each option of a list, encoded once per script. */
export interface EncodedOptions {
  readonly list: readonly { readonly option: TcpOption; readonly bytes: Uint8Array }[];
  /** Sum of the octets. */
  readonly length: number;
  /** One of them writes octets that are not a whole option, so that only octets can be compared. */
  readonly raw: boolean;
}

const NONE: EncodedOptions = { list: [], length: 0, raw: false };
const encoded = new WeakMap<TcpOptionList, EncodedOptions>();

/** The options of a segment in octets; none for `<...>`. */
export function encodeOptions(list: TcpOptionList): EncodedOptions {
  if (list.kind !== "list") return NONE;
  let result = encoded.get(list);
  if (result === undefined) {
    const options = list.options.map((option) => ({ option, bytes: encodeOption(option) }));
    padRaw(options);
    result = {
      list: options,
      length: options.reduce((sum, one) => sum + one.bytes.length, 0),
      raw: list.options.some((option) => option.kind === "bytes"),
    };
    encoded.set(list, result);
  }
  return result;
}

/** Whether a live segment may have other options than those written, or longer ones. */
export function isOpen(list: TcpOptionList): boolean {
  return list.kind === "any" || (list.kind === "list" && list.open);
}

/** Octets written as they are fill a word of four up with zeros. */
function padRaw(options: { option: TcpOption; bytes: Uint8Array }[]): void {
  const length = options.reduce((sum, one) => sum + one.bytes.length, 0);
  const last = options.at(-1);
  if (length % 4 === 0 || last === undefined || !options.some(({ option }) => option.kind === "bytes")) return;
  const padded = new Uint8Array(last.bytes.length + 4 - (length % 4));
  padded.set(last.bytes);
  last.bytes = padded;
}

/** The kinds of the options that a script names. */
export function namedOptionKinds(script: Script): ReadonlySet<number> {
  const kinds = new Set<number>();
  for (const { action } of script.events) {
    if (action.kind !== "packet" || action.transport.kind !== "tcp") continue;
    const { options } = action.transport;
    if (options.kind === "list") { for (const option of options.options) kinds.add(optionKind(option)); }
  }
  return kinds;
}

/** An option of a live packet, in place. */
export interface LiveOption {
  readonly kind: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The options in `bytes[start, end)`, going on behind an end-of-list as packetdrill does.
 *
 * @param anyKind take kinds that packetdrill does not know
 * @param also kinds that the script itself names
 * @returns a sentence instead if they can't be read
 */
export function liveOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  anyKind: boolean,
  also: ReadonlySet<number> = NO_KINDS,
): LiveOption[] | string {
  const found: LiveOption[] = [];
  let at = start;
  while (at < end) {
    const kind = bytes[at]!;
    if (kind === TCPOPT_EOL || kind === TCPOPT_NOP) {
      found.push({ kind, offset: at, length: 1 });
      at++;
      continue;
    }
    if (!anyKind && !KNOWN.has(kind) && !also.has(kind)) return `unexpected TCP option kind: ${kind}`;
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2) return "TCP option length byte too short";
    if (at + length > end) return "TCP option data ends after header";
    found.push({ kind, offset: at, length });
    at += length;
  }
  return found;
}

/**
 * An option of a script as it is written.
 *
 * @param bytes its octets, where they are known better than from the option alone
 */
export function formatOption(option: TcpOption, bytes: Uint8Array = encodeTcpOption(option)): string {
  switch (option.kind) {
    case "mss":
      return `mss ${option.value}`;
    case "wscale":
      return `wscale ${option.shift}`;
    case "sack":
      if (option.blocks === "*") return "sack *";
      return `sack ${option.blocks.map(({ left, right }) => `${left}:${right}`).join(" ")}`;
    case "timestamp":
      return `TS val ${option.val ?? "*"} ecr ${option.ecr}`;
    case "fastopen":
      if (option.cookie === "*") return `${option.experimental ? "FOEXP" : "FO"} *`;
      break;
    case "md5":
      if (option.digest === "*") return "md5 *";
      break;
    case "accecn": {
      if (option.experimental || !option.counters.includes("*")) break;
      const names = option.order === 0 ? ["e0b", "ceb", "e1b"] : ["e1b", "ceb", "e0b"];
      return `ECN ${option.counters.map((counter, i) => `${names[i]} ${counter}`).join(" ")}`;
    }
    case "ao": {
      const mac = option.mac === "*" ? "*" : toHex(option.mac);
      return `AO keyid ${option.keyId} rnextkeyid ${option.rnextKeyId} mac ${mac}`;
    }
    case "generic":
      if (option.data === "*") return `opt ${option.optionKind} *`;
      break;
    default:
  }
  return formatOptionBytes(bytes, 0, bytes.length);
}

/** One option as a script writes it, from octets at `at` (`length` of them). */
export function formatOptionBytes(bytes: Uint8Array, at: number, length: number): string {
  const kind = bytes[at]!;
  const hex = (from: number) => from >= at + length ? "" : ` ${toHex(bytes.subarray(from, at + length))}`;
  switch (kind) {
    case TCPOPT_EOL:
      return "eol";
    case TCPOPT_NOP:
      return "nop";
    case TCPOPT_MSS:
      if (length === 4) return `mss ${get16(bytes, at + 2)}`;
      break;
    case TCPOPT_WINDOW:
      if (length === 3) return `wscale ${bytes[at + 2]}`;
      break;
    case TCPOPT_SACK_PERM:
      if (length === 2) return "sackOK";
      break;
    case TCPOPT_SACK:
      if (length > 2 && (length - 2) % 8 === 0) {
        const blocks: string[] = [];
        for (let i = at + 2; i < at + length; i += 8) blocks.push(`${get32(bytes, i)}:${get32(bytes, i + 4)}`);
        return `sack ${blocks.join(" ")}`;
      }
      break;
    case TCPOPT_TIMESTAMP:
      if (length === 10) return `TS val ${get32(bytes, at + 2)} ecr ${get32(bytes, at + 6)}`;
      break;
    case TCPOPT_MD5SIG:
      return `md5${hex(at + 2)}`;
    case TCPOPT_AO:
      if (length >= 4) return `AO keyid ${bytes[at + 2]} rnextkeyid ${bytes[at + 3]} mac${hex(at + 4)}`;
      break;
    case TCPOPT_FASTOPEN:
      return `FO${hex(at + 2)}`;
    case TCPOPT_EXP:
      if (length >= 4 && get16(bytes, at + 2) === TCPOPT_FASTOPEN_MAGIC) return `FOEXP${hex(at + 4)}`;
      break;
    case TCPOPT_ACCECN0:
    case TCPOPT_ACCECN1:
      if ((length - 2) % 3 === 0) {
        const names = kind === TCPOPT_ACCECN0 ? ["e0b", "ceb", "e1b"] : ["e1b", "ceb", "e0b"];
        let text = "ECN";
        for (let i = 0; at + 2 + 3 * i < at + length; i++) text += ` ${names[i]} ${get24(bytes, at + 2 + 3 * i)}`;
        return text;
      }
      break;
  }
  return `opt ${kind}${hex(at + 2)}`;
}
