/**
 * TCP options in octets: those of a script, and those of a live packet in place.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import {
  formatOption,
  type OptionPlace,
  placeOptions,
  TCPOPT_ACCECN0,
  TCPOPT_ACCECN1,
  TCPOPT_EOL,
  TCPOPT_EXP,
  TCPOPT_FASTOPEN,
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
): OptionPlace[] | string {
  const { options, problem } = placeOptions(bytes, start, end);
  const kinds = options.map(({ kind }) => kind);
  if (problem !== undefined) kinds.push(bytes[problem.offset]!);
  const unknown = anyKind ? undefined : kinds.find((kind) => !KNOWN.has(kind) && !also.has(kind));
  if (unknown !== undefined) return `unexpected TCP option kind: ${unknown}`;
  if (problem === undefined) return options;
  return problem.kind === "length" ? "TCP option length byte too short" : "TCP option data ends after header";
}

/**
 * An option of a script as it is written.
 *
 * @param bytes its octets, where they are known better than from the option alone
 */
export function formatScriptOption(option: TcpOption, bytes: Uint8Array = encodeTcpOption(option)): string {
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
  return formatOption(bytes, 0, bytes.length);
}
