/**
 * Comparing the options of a live segment with those that a script expects.
 *
 * @module
 */
import {
  formatOption,
  type OptionPlace,
  TCPOLEN_HEAD,
  TCPOLEN_TIMESTAMP,
  TCPOPT_EOL,
  TCPOPT_MPTCP,
  TCPOPT_NOP,
  TCPOPT_TIMESTAMP,
  timestampEcho,
  timestampValue,
} from "../../stack/wire/tcp_options.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { TcpOption, TcpSegment } from "../script/syntax.ts";
import { optionKind, type OptionPattern, optionPattern } from "../script/tcp_options.ts";
import type { Comparison } from "./fields.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import { type EncodedOptions, encodeOptions, formatScriptOption } from "./options.ts";
import * as mptcp from "../../stack/wire/mptcp.ts";

/** An expected option beside the live one that stands for it. */
interface Pair {
  readonly option: TcpOption;
  readonly actual: OptionPlace;
}

/** Compares options: in order, or as a set (`<{…}>`). */
export function compareOptions(
  comparison: Comparison,
  mapped: MappedPacket,
  segment: TcpSegment,
  time_us: number,
  context: MatchContext,
): void {
  const { options: list } = segment;
  if (list.kind === "any") return;
  const expected = encodeOptions(list);
  const { header, options, live } = mapped;
  const at = { start: live.transport + tcp.MIN_HEADER_LENGTH, end: live.payload };
  if (expected.raw) return compareRawOptions(comparison, expected, header, at);
  const matcher = new OptionMatcher(mapped, segment, context);
  const pairs = list.kind === "list" && list.unordered
    ? matcher.pairSet(list.options, list.rest)
    : matcher.pairList(expected, list.kind === "list" && list.rest);
  if (pairs === undefined) {
    const wanted = expected.list.map(({ option }) => formatScriptOption(option));
    if (list.kind === "list" && list.rest) wanted.push("...");
    const came = options.map((one) => formatOption(header, one.offset, one.length)).join(",");
    comparison.differ("tcp_options", wanted.join(","), came, "bad outbound TCP options", at);
    return;
  }
  for (const { option, actual } of pairs) {
    if (actual.kind === TCPOPT_EOL || actual.kind === TCPOPT_NOP) continue;
    if (option.kind === "timestamp" && actual.length === TCPOLEN_TIMESTAMP) {
      if (option.val !== undefined) compareTimestamp(comparison, option.val, header, actual, time_us, context.config);
      const echoed = context.extended || option.ecrCompared || segment.exact;
      if (echoed && option.ecr !== "*") compareEcho(comparison, option.ecr, header, actual);
      continue;
    }
    compareOption(comparison, option, matcher.pattern(option), header, actual, context.nplab);
  }
}

/** Finds which live option is meant by which of the script's. */
class OptionMatcher {
  readonly #patterns = new Map<TcpOption, OptionPattern>();

  constructor(readonly mapped: MappedPacket, readonly segment: TcpSegment, readonly context: MatchContext) {}

  /** One after another: kinds decide, what they hold is compared later. */
  pairList(expected: EncodedOptions, rest: boolean): Pair[] | undefined {
    const { options } = this.mapped;
    const { list } = expected;
    if (rest ? options.length < list.length : options.length !== list.length) return undefined;
    if (!list.every((one, i) => optionKind(one.option) === options[i]!.kind)) return undefined;
    return list.map(({ option }, i) => ({ option, actual: options[i]! }));
  }

  /**
   * Whichever way round: each of the script's options has a live one of its own, and unless others may be there none is
   * left over. Where nothing fits in all, kinds decide, so that the one that differs can be named.
   */
  pairSet(options: readonly TcpOption[], rest: boolean): Pair[] | undefined {
    const live = this.mapped.options.filter(({ kind }) => kind !== TCPOPT_EOL && kind !== TCPOPT_NOP);
    if (rest ? live.length < options.length : live.length !== options.length) return undefined;
    const sameKind = (option: TcpOption, actual: OptionPlace) => optionKind(option) === actual.kind;
    return assign(options, live, (option, actual) => sameKind(option, actual) && this.#fits(option, actual)) ??
      assign(options, live, sameKind);
  }

  #fits(option: TcpOption, actual: OptionPlace): boolean {
    const { header } = this.mapped;
    return option.kind === "timestamp" || differences(this.pattern(option), header, actual) === undefined;
  }

  /** What an option must look like now. */
  pattern(option: TcpOption): OptionPattern {
    let pattern = this.#patterns.get(option);
    if (pattern === undefined) {
      pattern = option.kind === "mptcp" ? this.#mptcp(option) : optionPattern(option);
      this.#patterns.set(option, pattern);
    }
    return pattern;
  }

  #mptcp(option: Extract<TcpOption, { kind: "mptcp" }>): OptionPattern {
    const { mptcp, socket } = this.context;
    const { live } = this.mapped;
    const { start } = this.segment.seq;
    const payload = live.bytes.subarray(live.payload, live.end);
    return { ...mptcp.octets(option, "out", { start, payload, remoteIp: socket.remoteIp }), anyLength: false };
  }
}

/** A live option for each of the script's, none twice; undefined if there is no way. */
function assign(
  options: readonly TcpOption[],
  live: readonly OptionPlace[],
  fits: (option: TcpOption, actual: OptionPlace) => boolean,
): Pair[] | undefined {
  const ownerOf = new Map<OptionPlace, TcpOption>();
  const place = (option: TcpOption, tried: Set<OptionPlace>): boolean => {
    for (const actual of live) {
      if (tried.has(actual) || !fits(option, actual)) continue;
      tried.add(actual);
      const owner = ownerOf.get(actual);
      if (owner !== undefined && !place(owner, tried)) continue;
      ownerOf.set(actual, option);
      return true;
    }
    return false;
  };
  if (!options.every((option) => place(option, new Set()))) return undefined;
  return [...ownerOf].map(([actual, option]) => ({ option, actual }));
}

function compareRawOptions(
  comparison: Comparison,
  expected: EncodedOptions,
  header: Uint8Array,
  at: { readonly start: number; readonly end: number },
): void {
  const wanted = expected.list.flatMap(({ bytes }) => [...bytes]);
  const actual = header.subarray(at.start, at.end);
  if (wanted.length === actual.length && wanted.every((byte, i) => byte === actual[i])) return;
  const hex = (bytes: Iterable<number>) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  comparison.differ("tcp_options", hex(wanted), hex(actual), "bad outbound TCP options", at);
}

/** In what a live option differs from a pattern. */
function differences(pattern: OptionPattern, header: Uint8Array, actual: OptionPlace): "value" | "length" | undefined {
  const { bytes, compared, anyLength } = pattern;
  for (let i = 2; i < Math.min(bytes.length, actual.length); i++) {
    if (((bytes[i]! ^ header[actual.offset + i]!) & compared[i]!) !== 0) return "value";
  }
  const lengthFits = anyLength ? actual.length >= bytes.length : actual.length === bytes.length;
  return lengthFits ? undefined : "length";
}

function compareOption(
  comparison: Comparison,
  option: TcpOption,
  pattern: OptionPattern,
  header: Uint8Array,
  actual: OptionPlace,
  nplab: boolean,
): void {
  const what = differences(pattern, header, actual);
  if (what === undefined) return;
  const { kind } = actual;
  const wanted = formatScriptOption(option, pattern.bytes);
  const came = formatOption(header, actual.offset, actual.length);
  const reason = nplab
    ? what === "value" ? `bad value outbound TCP option ${kind}` : `bad lengths for outbound TCP option ${kind}`
    : `bad ${what} in outbound TCP option (kind=${kind}): expected: ${wanted} actual: ${came}`;
  comparison.differ("tcp_options", wanted, came, reason, {
    start: actual.offset,
    end: actual.offset + actual.length,
  });
}

function compareTimestamp(
  comparison: Comparison,
  val: number,
  header: Uint8Array,
  actual: OptionPlace,
  time_us: number,
  config: ScriptConfig,
): void {
  const tick = config.tcp_ts_tick_usecs;
  if (tick === 0) return;
  const came = timestampValue(header, actual.offset);
  const allowed = Math.max(config.tolerance_usecs, Math.trunc((config.tolerance_percent / 100) * time_us));
  if (Math.abs(came - val) * tick <= allowed) return;
  comparison.differ(
    "tcp_ts_val",
    String(val),
    String(came),
    `bad outbound TCP timestamp value, tolerance ${allowed}`,
    { start: actual.offset + 2, end: actual.offset + 6 },
  );
}

/** The echo, which packetdrill never compares. It is the peer's own number, so it is the script's. */
function compareEcho(comparison: Comparison, ecr: number, header: Uint8Array, actual: OptionPlace): void {
  const at = { start: actual.offset + 6, end: actual.offset + 10 };
  comparison.number("tcp_ts_ecr", ecr, timestampEcho(header, actual.offset), at);
}

/** Remembers what live options tell for later: time stamps, and what MPTCP's leave to the stack. */
export function learnOptions(
  mapped: Pick<MappedPacket, "live" | "options">,
  segment: TcpSegment,
  context: MatchContext,
): void {
  if (segment.options.kind !== "list") return;
  const { live, options } = mapped;
  for (const option of segment.options.options) {
    if (option.kind !== "mptcp") continue;
    const subtype = mptcp.subtype(optionPattern(option).bytes, 0);
    const there = options.find((one) =>
      one.kind === TCPOPT_MPTCP && one.length > TCPOLEN_HEAD && mptcp.subtype(live.bytes, one.offset) === subtype
    );
    if (there !== undefined) context.mptcp.learn(option, live.bytes, there.offset);
  }
}

/** The live option that a timestamps option of the script's stands beside. */
export function liveTimestamp(options: readonly OptionPlace[]): OptionPlace | undefined {
  return options.find((option) => option.kind === TCPOPT_TIMESTAMP && option.length === TCPOLEN_TIMESTAMP);
}
