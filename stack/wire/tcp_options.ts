/**
 * TCP options: RFC 9293 section 3.2, window scale and timestamps RFC 7323, SACK RFC 2018, MD5 RFC 2385, AO RFC 5925,
 * fast open RFC 7413, user timeout RFC 5482, MPTCP RFC 8684, accurate ECN RFC 9768, experiments RFC 6994.
 *
 * @module
 */
import { get16, get24, get32, set16, set24, set32, toHex } from "./bytes.ts";

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
    if (kind === TCPOPT_EOL) return;
    if (kind === TCPOPT_NOP) {
      at++;
      continue;
    }
    if (at + 1 >= end) return;
    const length = bytes[at + 1]!;
    if (length < 2 || at + length > end) return;
    parseOneInto(bytes, at, kind, length, out);
    at += length;
  }
}

function parseOneInto(bytes: Uint8Array, at: number, kind: number, length: number, out: TcpOptionsReceived): void {
  switch (kind) {
    case TCPOPT_MSS:
      if (length === TCPOLEN_MSS) out.mss_clamp = get16(bytes, at + 2);
      break;
    case TCPOPT_WINDOW:
      if (length === TCPOLEN_WINDOW) {
        const shift = bytes[at + 2]!;
        out.wscale_ok = true;
        out.wscale_excessive = shift > TCP_MAX_WSCALE;
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

/** One option, in order; every byte of the options area belongs to exactly one. Names are packetdrill's where it has one. */
export type TcpOption =
  | { readonly name: "eol"; readonly kind: 0 }
  | { readonly name: "nop"; readonly kind: 1 }
  | { readonly name: "mss"; readonly kind: 2; readonly value: number }
  | { readonly name: "wscale"; readonly kind: 3; readonly shift: number }
  | { readonly name: "sackOK"; readonly kind: 4 }
  | { readonly name: "sack"; readonly kind: 5; readonly blocks: readonly SackBlock[] }
  | { readonly name: "TS"; readonly kind: 8; readonly val: number; readonly ecr: number }
  | { readonly name: "md5"; readonly kind: 19; readonly digest: Uint8Array }
  | {
    readonly name: "uto";
    readonly kind: 28;
    /** The timeout counts minutes, else seconds. */
    readonly minutes: boolean;
    /** 15 bits. */
    readonly timeout: number;
  }
  | {
    readonly name: "AO";
    readonly kind: 29;
    readonly keyId: number;
    readonly rNextKeyId: number;
    readonly mac: Uint8Array;
  }
  | { readonly name: "mptcp"; readonly kind: 30; readonly data: Uint8Array }
  | { readonly name: "FO"; readonly kind: 34; readonly cookie: Uint8Array }
  | { readonly name: "FOEXP"; readonly kind: 254; readonly cookie: Uint8Array }
  | {
    readonly name: "ECN";
    readonly kind: 172 | 174;
    /** Up to three 24-bit counters: e0b, ceb, e1b for kind 172; e1b, ceb, e0b for kind 174. */
    readonly counters: readonly number[];
  }
  /** An experiment that is not fast open. */
  | {
    readonly name: "exp";
    readonly kind: 253 | 254;
    readonly experimentId: number;
    readonly data: Uint8Array;
  }
  /** A kind unknown here, or of a length its kind can't have; `data` without kind and length. */
  | { readonly name: "unknown"; readonly kind: number; readonly data: Uint8Array }
  /** What follows an EOL and is not all zero. */
  | { readonly name: "padding"; readonly data: Uint8Array }
  /** From an option whose length is missing, below 2 or beyond the header, to the end. */
  | { readonly name: "malformed"; readonly data: Uint8Array };

/** Edges of a SACK block: first sequence number of the block, and the one after its last. */
export interface SackBlock {
  readonly left: number;
  readonly right: number;
}

/** Decodes all options of `bytes[start, end)`. Never throws. */
export function parseOptions(bytes: Uint8Array, start: number, end: number): TcpOption[] {
  const options: TcpOption[] = [];
  let at = start;
  while (at < end) {
    const kind = bytes[at]!;
    if (kind === TCPOPT_EOL) {
      options.push({ name: "eol", kind });
      const rest = bytes.slice(at + 1, end);
      if (rest.some((byte) => byte !== 0)) options.push({ name: "padding", data: rest });
      else for (let i = 0; i < rest.length; i++) options.push({ name: "eol", kind });
      return options;
    }
    if (kind === TCPOPT_NOP) {
      options.push({ name: "nop", kind });
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < 2 || at + length > end) {
      options.push({ name: "malformed", data: bytes.slice(at, end) });
      return options;
    }
    options.push(parseOne(kind, bytes, at, length));
    at += length;
  }
  return options;
}

function parseOne(kind: number, bytes: Uint8Array, at: number, length: number): TcpOption {
  const data = bytes.slice(at + 2, at + length);
  switch (kind) {
    case TCPOPT_MSS:
      if (length === TCPOLEN_MSS) return { name: "mss", kind, value: get16(data, 0) };
      break;
    case TCPOPT_WINDOW:
      if (length === TCPOLEN_WINDOW) return { name: "wscale", kind, shift: data[0]! };
      break;
    case TCPOPT_SACK_PERM:
      if (length === TCPOLEN_SACK_PERM) return { name: "sackOK", kind };
      break;
    case TCPOPT_SACK:
      if (data.length % TCPOLEN_SACK_PERBLOCK === 0) {
        const blocks: SackBlock[] = [];
        for (let i = 0; i < data.length; i += 8) blocks.push({ left: get32(data, i), right: get32(data, i + 4) });
        return { name: "sack", kind, blocks };
      }
      break;
    case TCPOPT_TIMESTAMP:
      if (length === TCPOLEN_TIMESTAMP) return { name: "TS", kind, val: get32(data, 0), ecr: get32(data, 4) };
      break;
    case TCPOPT_MD5SIG:
      return { name: "md5", kind, digest: data };
    case TCPOPT_USER_TIMEOUT:
      if (length === 4) {
        return { name: "uto", kind, minutes: (data[0]! & 0x80) !== 0, timeout: get16(data, 0) & 0x7fff };
      }
      break;
    case TCPOPT_AO:
      if (length >= 4) return { name: "AO", kind, keyId: data[0]!, rNextKeyId: data[1]!, mac: data.slice(2) };
      break;
    case TCPOPT_MPTCP:
      return { name: "mptcp", kind, data };
    case TCPOPT_FASTOPEN:
      return { name: "FO", kind, cookie: data };
    case TCPOPT_ACCECN0:
    case TCPOPT_ACCECN1:
      if (data.length % 3 === 0 && data.length <= 9) {
        const counters: number[] = [];
        for (let i = 0; i < data.length; i += 3) counters.push(get24(data, i));
        return { name: "ECN", kind, counters };
      }
      break;
    case TCPOPT_EXP1:
    case TCPOPT_EXP:
      if (data.length >= 2) {
        const experimentId = get16(data, 0);
        if (kind === TCPOPT_EXP && experimentId === TCPOPT_FASTOPEN_MAGIC) {
          return { name: "FOEXP", kind, cookie: data.slice(2) };
        }
        return { name: "exp", kind, experimentId, data: data.slice(2) };
      }
      break;
  }
  return { name: "unknown", kind, data };
}

/** Bytes one option takes, kind and length included. */
export function optionLength(option: TcpOption): number {
  return emitOption(option).length;
}

/** The options' bytes, padded with EOL to a multiple of 4. Throws `RangeError` beyond 40 bytes. */
export function emitOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes: number[] = [];
  for (const option of options) bytes.push(...emitOption(option));
  while (bytes.length % 4 !== 0) bytes.push(TCPOPT_EOL);
  if (bytes.length > MAX_LENGTH) throw new RangeError(`TCP options take ${bytes.length} bytes, ${MAX_LENGTH} fit`);
  return Uint8Array.from(bytes);
}

/** One option's bytes. */
export function emitOption(option: TcpOption): Uint8Array {
  switch (option.name) {
    case "eol":
    case "nop":
      return Uint8Array.of(option.kind);
    case "mss": {
      const bytes = Uint8Array.of(option.kind, TCPOLEN_MSS, 0, 0);
      set16(bytes, 2, option.value);
      return bytes;
    }
    case "wscale":
      return Uint8Array.of(option.kind, TCPOLEN_WINDOW, option.shift);
    case "sackOK":
      return Uint8Array.of(option.kind, TCPOLEN_SACK_PERM);
    case "sack": {
      const bytes = new Uint8Array(2 + 8 * option.blocks.length);
      bytes.set([option.kind, bytes.length]);
      option.blocks.forEach((block, i) => {
        set32(bytes, 2 + 8 * i, block.left);
        set32(bytes, 6 + 8 * i, block.right);
      });
      return bytes;
    }
    case "TS": {
      const bytes = new Uint8Array(TCPOLEN_TIMESTAMP);
      bytes.set([option.kind, TCPOLEN_TIMESTAMP]);
      set32(bytes, 2, option.val);
      set32(bytes, 6, option.ecr);
      return bytes;
    }
    case "md5":
      return withData(option.kind, option.digest);
    case "uto": {
      const bytes = Uint8Array.of(option.kind, 4, 0, 0);
      set16(bytes, 2, (option.minutes ? 0x8000 : 0) | (option.timeout & 0x7fff));
      return bytes;
    }
    case "AO":
      return withData(option.kind, Uint8Array.of(option.keyId, option.rNextKeyId, ...option.mac));
    case "FO":
      return withData(option.kind, option.cookie);
    case "FOEXP":
      return withExperiment(option.kind, TCPOPT_FASTOPEN_MAGIC, option.cookie);
    case "exp":
      return withExperiment(option.kind, option.experimentId, option.data);
    case "ECN": {
      const bytes = new Uint8Array(2 + 3 * option.counters.length);
      bytes.set([option.kind, bytes.length]);
      option.counters.forEach((counter, i) => set24(bytes, 2 + 3 * i, counter));
      return bytes;
    }
    case "mptcp":
    case "unknown":
      return withData(option.kind, option.data);
    case "padding":
    case "malformed":
      return option.data;
  }
}

function withData(kind: number, data: Uint8Array): Uint8Array {
  return Uint8Array.of(kind, data.length + 2, ...data);
}

function withExperiment(kind: number, experimentId: number, data: Uint8Array): Uint8Array {
  return Uint8Array.of(kind, data.length + 4, experimentId >> 8, experimentId, ...data);
}

/** As packetdrill writes them: "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7". */
export function formatOptions(options: readonly TcpOption[]): string {
  return options.map(formatOption).join(",");
}

function formatOption(option: TcpOption): string {
  switch (option.name) {
    case "mss":
      return `mss ${option.value}`;
    case "wscale":
      return `wscale ${option.shift}`;
    case "sack":
      return ["sack", ...option.blocks.map((block) => `${block.left}:${block.right}`)].join(" ");
    case "TS":
      return `TS val ${option.val} ecr ${option.ecr}`;
    case "md5":
      return `md5 ${toHex(option.digest)}`.trimEnd();
    case "uto":
      return `uto ${option.timeout}${option.minutes ? "m" : "s"}`;
    case "AO":
      return `AO keyid ${option.keyId} rnextkeyid ${option.rNextKeyId} ${toHex(option.mac)}`.trimEnd();
    case "FO":
    case "FOEXP":
      return `${option.name} ${toHex(option.cookie)}`.trimEnd();
    case "exp":
      return `exp-0x${option.experimentId.toString(16).padStart(4, "0")} ${toHex(option.data)}`.trimEnd();
    case "ECN": {
      const names = option.kind === TCPOPT_ACCECN0 ? ["e0b", "ceb", "e1b"] : ["e1b", "ceb", "e0b"];
      return ["ECN", ...option.counters.map((counter, i) => `${names[i]} ${counter}`)].join(" ");
    }
    case "mptcp":
      return `mptcp ${toHex(option.data)}`.trimEnd();
    case "unknown":
      return `kind_${option.kind} ${toHex(option.data)}`.trimEnd();
    case "padding":
    case "malformed":
      return `${option.name} ${toHex(option.data)}`;
    default:
      return option.name;
  }
}
