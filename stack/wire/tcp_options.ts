/**
 * TCP options: RFC 9293 section 3.2, window scale and timestamps RFC 7323, SACK RFC 2018, MD5 RFC 2385, AO RFC 5925,
 * fast open RFC 7413, user timeout RFC 5482, MPTCP RFC 8684, accurate ECN RFC 9768, experiments RFC 6994.
 *
 * @module
 */
import { get16, get24, get32, set32, toHex } from "./bytes.ts";

/** End of option list. */
export const TCPOPT_EOL = 0;
/** Padding. */
export const TCPOPT_NOP = 1;
/** Maximum segment size. */
export const TCPOPT_MSS = 2;
/** Window scale. */
export const TCPOPT_WINDOW = 3;
/** SACK permitted. */
export const TCPOPT_SACK_PERM = 4;
/** SACK blocks. */
export const TCPOPT_SACK = 5;
/** Timestamps. */
export const TCPOPT_TIMESTAMP = 8;
/** MD5 signature. */
export const TCPOPT_MD5SIG = 19;
/** User timeout. */
export const TCPOPT_USER_TIMEOUT = 28;
/** Authentication option. */
export const TCPOPT_AO = 29;
/** Multipath TCP. */
export const TCPOPT_MPTCP = 30;
/** Fast open cookie. */
export const TCPOPT_FASTOPEN = 34;
/** Accurate ECN, counters in the order e0b, ceb, e1b. */
export const TCPOPT_ACCECN0 = 172;
/** Accurate ECN, counters in the order e1b, ceb, e0b. */
export const TCPOPT_ACCECN1 = 174;
/** Experiments (RFC 4727); the first two bytes of data are the experiment's identifier. */
export const TCPOPT_EXP1 = 253;
/** Experiments (RFC 4727). */
export const TCPOPT_EXP = 254;

/** Identifier of experimental fast open. */
export const TCPOPT_FASTOPEN_MAGIC = 0xf989;
/** Identifier of experimental accurate ECN, order e0b, ceb, e1b. */
export const TCPOPT_ACCECN0_MAGIC = 0xacc0;
/** Identifier of experimental accurate ECN, order e1b, ceb, e0b. */
export const TCPOPT_ACCECN1_MAGIC = 0xacc1;

/** Kind and length, which start every option but EOL and NOP. */
export const TCPOLEN_HEAD = 2;
/** Length of the MSS option, kind and length included; as the next ones. */
export const TCPOLEN_MSS = 4;
/** Length of window scale. */
export const TCPOLEN_WINDOW = 3;
/** Length of SACK permitted. */
export const TCPOLEN_SACK_PERM = 2;
/** Length of timestamps. */
export const TCPOLEN_TIMESTAMP = 10;
/** Length of an MD5 signature. */
export const TCPOLEN_MD5SIG = 18;
/** Length of a SACK option without blocks. */
export const TCPOLEN_SACK_BASE = 2;
/** Length of a SACK block. */
export const TCPOLEN_SACK_PERBLOCK = 8;
/** Length of fast open without a cookie. */
export const TCPOLEN_FASTOPEN_BASE = 2;
/** Length of experimental fast open without a cookie. */
export const TCPOLEN_EXP_FASTOPEN_BASE = 4;
/** Offsets in a timestamps option. */
const TS_VALUE = 2;
const TS_ECHO = 6;
/** Timestamps with two NOPs before, as everyone sends them. */
export const TCPOLEN_TSTAMP_ALIGNED = 12;
/** Most bytes of options. */
export const MAX_LENGTH = 40;
/** Most SACK blocks that fit. */
export const MAX_SACK_BLOCKS = 4;
/** Largest window scale (RFC 7323 section 2.3). */
export const TCP_MAX_WSCALE = 14;
/** Shortest fast open cookie. */
export const TCP_FASTOPEN_COOKIE_MIN = 4;
/** Longest fast open cookie. */
export const TCP_FASTOPEN_COOKIE_MAX = 16;

/** NOP, NOP, timestamps, length 10: the first word of the usual options of an established connection. */
const ALIGNED_TIMESTAMP = (TCPOPT_NOP << 24) | (TCPOPT_NOP << 16) | (TCPOPT_TIMESTAMP << 8) | TCPOLEN_TIMESTAMP;

/**
 * What {@link parseInto} found, named after Linux's `tcp_options_received`. Made once and reused: parsing allocates nothing.
 * It says what the segment carries; which of it counts (MSS only with SYN, SACK only if permitted …) is its reader's to decide.
 * Offsets are into the bytes that were parsed, -1 when the option is absent.
 */
export class TcpOptionsReceived {
  /** A timestamps option was there. */
  saw_tstamp = false;
  /** Its TSval. */
  rcv_tsval = 0;
  /** Its TSecr. */
  rcv_tsecr = 0;
  /** The MSS option's value, 0 when absent (or zero). */
  mss_clamp = 0;
  /** A window scale option was there. */
  wscale_ok = false;
  /** Its shift count, at most {@link TCP_MAX_WSCALE}. */
  snd_wscale = 0;
  /** The shift count was larger than allowed. */
  wscale_excessive = false;
  /** SACK permitted was there. */
  sack_ok = false;
  /** How many SACK blocks `sacks` holds. */
  num_sacks = 0;
  /** Left and right edges in turn. */
  readonly sacks: Uint32Array = new Uint32Array(2 * MAX_SACK_BLOCKS);
  /** Offset of the SACK option's kind. */
  sack_offset = -1;
  /** Offset of the fast open cookie; -1 when there is no fast open option. */
  foc_offset = -1;
  /** Length of the cookie; 0 requests one; -1 for a length that no cookie may have. */
  foc_len = 0;
  /** The fast open option was the experimental one. */
  foc_exp = false;
  /** Offset of the 16-byte MD5 digest. */
  md5_offset = -1;
  /** Offset of the authentication option's kind. */
  ao_offset = -1;
  /** Offset of the MPTCP option's kind; its length follows it. */
  mptcp_offset = -1;
  /** Offset of the accurate ECN option's kind. */
  accecn_offset = -1;
  /** User timeout in seconds, 0 when absent. */
  user_timeout = 0;
  /** An option of a kind unknown here. */
  saw_unknown = false;

  /** Forgets everything. */
  reset(): void {
    this.saw_tstamp = false;
    this.rcv_tsval = 0;
    this.rcv_tsecr = 0;
    this.mss_clamp = 0;
    this.wscale_ok = false;
    this.snd_wscale = 0;
    this.wscale_excessive = false;
    this.sack_ok = false;
    this.num_sacks = 0;
    this.sack_offset = -1;
    this.foc_offset = -1;
    this.foc_len = 0;
    this.foc_exp = false;
    this.md5_offset = -1;
    this.ao_offset = -1;
    this.mptcp_offset = -1;
    this.accecn_offset = -1;
    this.user_timeout = 0;
    this.saw_unknown = false;
  }
}

/**
 * Reads the timestamps of options that start NOP NOP TS, without looking further (`tcp_parse_aligned_timestamp`).
 * Returns false, with `saw_tstamp` false, when they do not; the rest of `out` is left alone.
 */
export function parseAlignedTimestamp(bytes: Uint8Array, start: number, end: number, out: TcpOptionsReceived): boolean {
  if (end - start < TCPOLEN_TSTAMP_ALIGNED || (get32(bytes, start) | 0) !== ALIGNED_TIMESTAMP) {
    out.saw_tstamp = false;
    return false;
  }
  out.saw_tstamp = true;
  out.rcv_tsval = get32(bytes, start + 4);
  out.rcv_tsecr = get32(bytes, start + 8);
  return true;
}

/**
 * Parses the options `bytes[start, end)` into `out`, as `tcp_parse_options` does: options of a wrong length are passed over,
 * an option that runs beyond the end, or has a length below 2, ends the list. Resets `out` first. Never fails.
 */
export function parseInto(bytes: Uint8Array, start: number, end: number, out: TcpOptionsReceived): void {
  out.reset();
  let at = start;
  while (at < end) {
    const kind = bytes[at]!;
    // RFC9293-MUST-4, RFC9293-MUST-69
    if (kind === TCPOPT_EOL) return;
    // RFC9293-MUST-4, RFC9293-MUST-64
    if (kind === TCPOPT_NOP) {
      at++;
      continue;
    }
    // RFC9293-MUST-7
    if (at + 1 >= end) return;
    const length = bytes[at + 1]!;
    // RFC9293-MUST-7
    if (length < 2 || at + length > end) return;
    parseOneInto(bytes, at, kind, length, out);
    // RFC9293-MUST-6, RFC9293-MUST-68, RFC9293-MUST-64, RFC9293-MUST-5, RFC5482-3-ignore
    at += length;
  }
}

function parseOneInto(bytes: Uint8Array, at: number, kind: number, length: number, out: TcpOptionsReceived): void {
  switch (kind) {
    case TCPOPT_MSS:
      // RFC9293-MUST-4, RFC9293-MUST-14
      if (length === TCPOLEN_MSS) out.mss_clamp = get16(bytes, at + 2);
      break;
    case TCPOPT_WINDOW:
      if (length === TCPOLEN_WINDOW) {
        const shift = bytes[at + 2]!;
        out.wscale_ok = true;
        out.wscale_excessive = shift > TCP_MAX_WSCALE;
        // RFC7323-2.3-over14, RFC7323-2.3-max14
        out.snd_wscale = shift > TCP_MAX_WSCALE ? TCP_MAX_WSCALE : shift;
      }
      break;
    case TCPOPT_TIMESTAMP:
      if (length === TCPOLEN_TIMESTAMP) {
        out.saw_tstamp = true;
        out.rcv_tsval = get32(bytes, at + 2);
        out.rcv_tsecr = get32(bytes, at + 6);
      }
      break;
    case TCPOPT_SACK_PERM:
      // RFC2018-2-permit-synack
      if (length === TCPOLEN_SACK_PERM) out.sack_ok = true;
      break;
    case TCPOPT_SACK:
      parseSackInto(bytes, at, length, out);
      break;
    case TCPOPT_MD5SIG:
      if (length === TCPOLEN_MD5SIG) out.md5_offset = at + 2;
      break;
    case TCPOPT_AO:
      if (length >= 4) out.ao_offset = at;
      break;
    case TCPOPT_USER_TIMEOUT:
      if (length === 4) {
        const value = get16(bytes, at + 2);
        out.user_timeout = (value & 0x7fff) * (value & 0x8000 ? 60 : 1);
      }
      break;
    case TCPOPT_MPTCP:
      out.mptcp_offset = at;
      break;
    case TCPOPT_FASTOPEN:
      parseCookieInto(at + TCPOLEN_FASTOPEN_BASE, length - TCPOLEN_FASTOPEN_BASE, false, out);
      break;
    case TCPOPT_ACCECN0:
    case TCPOPT_ACCECN1:
      out.accecn_offset = at;
      break;
    case TCPOPT_EXP:
      if (length >= TCPOLEN_EXP_FASTOPEN_BASE && get16(bytes, at + 2) === TCPOPT_FASTOPEN_MAGIC) {
        parseCookieInto(at + TCPOLEN_EXP_FASTOPEN_BASE, length - TCPOLEN_EXP_FASTOPEN_BASE, true, out);
      } else {
        out.saw_unknown = true;
      }
      break;
    default:
      out.saw_unknown = true;
  }
}

function parseSackInto(bytes: Uint8Array, at: number, length: number, out: TcpOptionsReceived): void {
  const size = length - TCPOLEN_SACK_BASE;
  if (size === 0 || size % TCPOLEN_SACK_PERBLOCK !== 0) return;
  const blocks = size >> 3 > MAX_SACK_BLOCKS ? MAX_SACK_BLOCKS : size >> 3;
  for (let i = 0; i < 2 * blocks; i++) out.sacks[i] = get32(bytes, at + 2 + 4 * i);
  out.num_sacks = blocks;
  out.sack_offset = at;
}

function parseCookieInto(at: number, length: number, experimental: boolean, out: TcpOptionsReceived): void {
  // A cookie has an even length (RFC 7413 section 4.1.1).
  const valid = length === 0 ||
    (length % 2 === 0 && length >= TCP_FASTOPEN_COOKIE_MIN && length <= TCP_FASTOPEN_COOKIE_MAX);
  out.foc_offset = at;
  out.foc_len = valid ? length : -1;
  out.foc_exp = experimental;
}

/** An option in place. */
export interface OptionPlace {
  readonly kind: number;
  /** Where its kind is. */
  readonly offset: number;
  /** Kind and length included; 1 for EOL and NOP. */
  readonly length: number;
}

/** Where the options of a header lie, and what ends them early. */
export interface OptionPlaces {
  readonly options: OptionPlace[];
  /** An option whose length is missing or below 2, or goes beyond the end. */
  readonly problem: { readonly kind: "length" | "beyond"; readonly offset: number } | undefined;
}

/** The options in `bytes[start, end)`, also those behind an end-of-list: each octet belongs to one, or to the problem. */
export function placeOptions(bytes: Uint8Array, start: number, end: number): OptionPlaces {
  const options: OptionPlace[] = [];
  let at = start;
  while (at < end) {
    const kind = bytes[at]!;
    if (kind === TCPOPT_EOL || kind === TCPOPT_NOP) {
      options.push({ kind, offset: at, length: 1 });
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2) return { options, problem: { kind: "length", offset: at } };
    if (at + length > end) return { options, problem: { kind: "beyond", offset: at } };
    options.push({ kind, offset: at, length });
    at += length;
  }
  return { options, problem: undefined };
}

/** TSval of a timestamps option at `offset`; as the next ones, of an option of the right length. */
export function timestampValue(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + TS_VALUE);
}

/** Writes {@link timestampValue}. */
export function setTimestampValue(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + TS_VALUE, value);
}

/** TSecr of a timestamps option. */
export function timestampEcho(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + TS_ECHO);
}

/** Writes {@link timestampEcho}. */
export function setTimestampEcho(bytes: Uint8Array, offset: number, value: number): void {
  set32(bytes, offset + TS_ECHO, value);
}

/** Adds to each edge of the SACK option at `offset`, modulo 2^32. */
export function shiftSackEdges(bytes: Uint8Array, offset: number, length: number, by: number): void {
  for (let at = offset + TCPOLEN_SACK_BASE; at + 4 <= offset + length; at += 4) set32(bytes, at, get32(bytes, at) + by);
}

const ECN_COUNTERS: ReadonlyMap<number, readonly string[]> = new Map([
  [TCPOPT_ACCECN0, ["e0b", "ceb", "e1b"]],
  [TCPOPT_ACCECN1, ["e1b", "ceb", "e0b"]],
]);

/** As packetdrill writes them: "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7". What can't be told apart follows in hex. */
export function formatOptions(bytes: Uint8Array, start: number, end: number): string {
  const { options, problem } = placeOptions(bytes, start, end);
  const texts = options.map(({ offset, length }) => formatOption(bytes, offset, length));
  if (problem !== undefined) texts.push(`malformed ${toHex(bytes.subarray(problem.offset, end))}`);
  return texts.join(",");
}

/** One option as packetdrill writes it; what it has no word for as `opt KIND HEX`. */
export function formatOption(bytes: Uint8Array, at: number, length: number): string {
  const kind = bytes[at]!;
  const data = at + TCPOLEN_HEAD;
  const end = at + length;
  const hex = (from: number) => from >= end ? "" : ` ${toHex(bytes.subarray(from, end))}`;
  switch (kind) {
    case TCPOPT_EOL:
      return "eol";
    case TCPOPT_NOP:
      return "nop";
    case TCPOPT_MSS:
      if (length === TCPOLEN_MSS) return `mss ${get16(bytes, data)}`;
      break;
    case TCPOPT_WINDOW:
      if (length === TCPOLEN_WINDOW) return `wscale ${bytes[data]}`;
      break;
    case TCPOPT_SACK_PERM:
      if (length === TCPOLEN_SACK_PERM) return "sackOK";
      break;
    case TCPOPT_SACK:
      if (length > TCPOLEN_SACK_BASE && (length - TCPOLEN_SACK_BASE) % TCPOLEN_SACK_PERBLOCK === 0) {
        let text = "sack";
        for (let i = data; i < end; i += TCPOLEN_SACK_PERBLOCK) text += ` ${get32(bytes, i)}:${get32(bytes, i + 4)}`;
        return text;
      }
      break;
    case TCPOPT_TIMESTAMP:
      if (length === TCPOLEN_TIMESTAMP) return `TS val ${timestampValue(bytes, at)} ecr ${timestampEcho(bytes, at)}`;
      break;
    case TCPOPT_MD5SIG:
      return `md5${hex(data)}`;
    case TCPOPT_AO:
      if (length >= 4) return `AO keyid ${bytes[data]} rnextkeyid ${bytes[data + 1]} mac${hex(data + 2)}`;
      break;
    case TCPOPT_FASTOPEN:
      return `FO${hex(data)}`;
    case TCPOPT_EXP:
      if (length >= TCPOLEN_EXP_FASTOPEN_BASE && get16(bytes, data) === TCPOPT_FASTOPEN_MAGIC) {
        return `FOEXP${hex(at + TCPOLEN_EXP_FASTOPEN_BASE)}`;
      }
      break;
  }
  const counters = ECN_COUNTERS.get(kind);
  if (counters === undefined || (length - TCPOLEN_HEAD) % 3 !== 0) return `opt ${kind}${hex(data)}`;
  let text = "ECN";
  for (let i = 0; data + 3 * i < end; i++) text += ` ${counters[i]} ${get24(bytes, data + 3 * i)}`;
  return text;
}
