/**
 * Packets of a conversation in the script's numbers: sequence numbers from the initial ones, time stamps from the first.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import {
  formatOptions,
  placeOptions,
  setTimestampEcho,
  setTimestampValue,
  shiftSackEdges,
  TCPOLEN_TIMESTAMP,
  TCPOPT_SACK,
  TCPOPT_TIMESTAMP,
  timestampEcho,
  timestampValue,
} from "../../stack/wire/tcp_options.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { icmpCodeName, icmpTypeName } from "../script/icmp_names.ts";
import type { Happening } from "./conversation.ts";
import type { IcmpSight, SegmentSight } from "./sight.ts";

/** What the first time stamp of each end becomes. */
const FIRST_STAMP = { local: 100, remote: 1000 } as const;
const ECN_WORDS = ["noecn", "ect1", "ect0", "ce"] as const;
const U32 = 2 ** 32;

/** Which end. */
export type End = Happening["from"];

/** The other one. */
export function other(end: End): End {
  return end === "local" ? "remote" : "local";
}

/** How packets are written. */
export interface PacketStyle {
  /** Expect the windows that the local end advertised. */
  readonly windows: boolean;
  /** PSH may be set or not. */
  readonly anyPush?: boolean;
  /** What the time stamp echoes is left open. */
  readonly anyEcho?: boolean;
}

/** The numbers of a connection, learnt from its packets. */
export class ScriptNumbers {
  /** Initial sequence numbers; undefined of an end that sent no SYN. */
  readonly isn: Readonly<Record<End, number | undefined>>;
  readonly #stamp: Readonly<Record<End, number | undefined>>;
  /** Both ends have agreed on ECN. */
  readonly #ecn: boolean;
  /** Local time stamps that have been written. */
  readonly #written = new Set<number>();
  /** The peer echoes a time stamp that the local end was not seen to send. */
  echoesUnseen = false;

  constructor(happenings: readonly Happening[]) {
    const segments = happenings.filter((one): one is Happening & { what: SegmentSight } => one.what.kind === "segment");
    const first = (end: End, with_: (what: SegmentSight) => boolean) =>
      segments.find(({ from, what }) => from === end && with_(what))?.what;
    const syn = (what: SegmentSight) => (what.flags & tcp.SYN) !== 0;
    this.isn = { local: first("local", syn)?.seq, remote: first("remote", syn)?.seq };
    const stampOf = (end: End) => {
      const what = first(end, (one) => stampAt(one.options) !== undefined);
      return what === undefined ? undefined : timestampValue(what.options, stampAt(what.options)!);
    };
    this.#stamp = { local: stampOf("local"), remote: stampOf("remote") };
    this.#ecn = segments.some(({ what }) =>
      syn(what) && (what.flags & tcp.ACK) !== 0 && (what.flags & ECN_FLAGS) !== 0
    );
  }

  /** A number of `end`'s from its initial one. An end that sent no SYN has none; its numbers are what they are. */
  from(end: End, number: number): number {
    return (number - (this.isn[end] ?? 0)) >>> 0;
  }

  /** A packet as a script has it, behind its direction mark. */
  packet({ from, what }: Happening, style: PacketStyle): string {
    return what.kind === "icmp" ? this.#icmp(what) : this.#segment(from, what, style);
  }

  #segment(end: End, what: SegmentSight, { windows, anyPush, anyEcho }: PacketStyle): string {
    const start = this.from(end, what.seq);
    const parts = [
      this.#ecnWord(end, what),
      flagsText(what.flags, anyPush === true),
      `${start}:${start + what.length}(${what.length})`,
      (what.flags & tcp.ACK) === 0 ? "" : `ack ${this.from(other(end), what.ack)}`,
      end === "remote" || windows ? `win ${what.window}` : "",
      what.urgent === 0 ? "" : `urg ${what.urgent}`,
      anyEcho === true ? this.#options(end, what).replace(/ ecr \d+/, " ecr *") : this.#options(end, what),
    ];
    return parts.filter((part) => part !== "").join(" ");
  }

  #ecnWord(end: End, { ecn }: SegmentSight): string {
    if (!this.#ecn || (end === "remote" && ecn === 0)) return "";
    return `[${ECN_WORDS[ecn & 3]}]`;
  }

  #options(end: End, what: SegmentSight): string {
    if (what.options.length === 0) return "";
    const options = what.options.slice();
    for (const { kind, offset, length } of placeOptions(options, 0, options.length).options) {
      if (kind === TCPOPT_TIMESTAMP && length === TCPOLEN_TIMESTAMP) this.#stampOption(end, what, options, offset);
      if (kind === TCPOPT_SACK) shiftSackEdges(options, offset, length, -(this.isn[other(end)] ?? 0));
    }
    return `<${optionsText(options)}>`;
  }

  #stampOption(end: End, { flags }: SegmentSight, options: Uint8Array, at: number): void {
    const value = this.#stampFrom(end, timestampValue(options, at));
    const echo = timestampEcho(options, at);
    setTimestampValue(options, at, value);
    if (end === "local") this.#written.add(value);
    if (echo === 0) return;
    const echoed = this.#stampFrom(other(end), echo);
    setTimestampEcho(options, at, echoed);
    if (end === "remote" && (flags & tcp.ACK) !== 0 && !this.#written.has(echoed)) this.echoesUnseen = true;
  }

  #stampFrom(end: End, stamp: number): number {
    return (stamp - (this.#stamp[end] ?? 0) + FIRST_STAMP[end]) >>> 0;
  }

  #icmp({ family, type, code, mtu, seq, length }: IcmpSight): string {
    const wire = family === 4 ? "ipv4" : "ipv6";
    const start = this.from("local", seq);
    const typeName = icmpTypeName(wire, type);
    const codeName = code === 0 && type === PACKET_TOO_BIG && family === 6 ? "" : icmpCodeName(wire, type, code);
    const fits = tellsMtu(family, type, code) ? `mtu ${mtu}` : "";
    // A quoted SYN's number is the initial one.
    const quoted = start + length < U32 ? `[${start}:${start + length}(${length})]` : `[${start}:${start}(0)]`;
    return ["icmp", typeName, codeName, fits, quoted].filter((part) => part !== "").join(" ");
  }
}

const ECN_FLAGS = tcp.ECE | tcp.CWR | tcp.AE;
const UNREACHABLE = 3;
const FRAG_NEEDED = 4;
const PACKET_TOO_BIG = 2;

/** Whether a message says what fits. */
function tellsMtu(family: 4 | 6, type: number, code: number): boolean {
  return family === 4 ? type === UNREACHABLE && code === FRAG_NEEDED : type === PACKET_TOO_BIG;
}

/** A script has the dot last. */
function flagsText(flags: number, anyPush: boolean): string {
  const others = flags & ~tcp.ACK & (anyPush ? ~tcp.PSH : -1);
  const letters = `${anyPush ? "p" : ""}${others === 0 ? "" : tcp.formatFlags(others)}`;
  if ((flags & tcp.ACK) !== 0) return `${letters}.`;
  return letters === "" ? "-" : letters;
}

function optionsText(options: Uint8Array): string {
  const { problem } = placeOptions(options, 0, options.length);
  if (problem === undefined) return formatOptions(options, 0, options.length);
  const good = problem.offset === 0 ? "" : `${formatOptions(options, 0, problem.offset)},`;
  return `${good}raw ${toHex(options.subarray(problem.offset))}`;
}

function stampAt(options: Uint8Array): number | undefined {
  return placeOptions(options, 0, options.length).options
    .find(({ kind, length }) => kind === TCPOPT_TIMESTAMP && length === TCPOLEN_TIMESTAMP)?.offset;
}
