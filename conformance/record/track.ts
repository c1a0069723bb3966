/**
 * What both ends had sent and acknowledged before each packet of a conversation.
 *
 * @module
 */
import { parseInto, TcpOptionsReceived } from "../../stack/wire/tcp_options.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { Conversation, Happening } from "./conversation.ts";
import { other, type ScriptNumbers } from "./script_numbers.ts";
import type { SegmentSight } from "./sight.ts";

/** What the SYNs agreed on. */
export interface Agreement {
  /** Segment sizes that each end announced. */
  readonly localMss: number | undefined;
  readonly remoteMss: number | undefined;
  /** Shifts of the windows. */
  readonly localShift: number;
  readonly remoteShift: number;
  /** Octets of payload in a full segment. */
  readonly fullSize: number;
}

/** A packet, and how things stood before it. All numbers count from the initial ones. */
export interface Step {
  readonly index: number;
  readonly time_us: number;
  readonly from: Happening["from"];
  /** Undefined for an ICMP error. */
  readonly segment: SegmentSight | undefined;
  /** Behind the last octet that the local end had sent, and the peer had acknowledged. */
  readonly sndNxt: number;
  readonly sndUna: number;
  /** How far the peer's window went. */
  readonly sndEdge: number;
  /** Behind the last octet in order from the peer. */
  readonly rcvNxt: number;
  /** Number of its first octet. */
  readonly start: number;
  /** Octets of the segment, without what its sender had sent before: from and to. */
  readonly fresh: readonly [from: number, to: number];
  /** What it acknowledges. */
  readonly acknowledged: number | undefined;
  /** It has what its sender had sent before: payload, SYN or FIN. */
  readonly again: boolean;
}

/** A conversation, step by step. */
export interface Track {
  readonly agreement: Agreement;
  readonly steps: readonly Step[];
  /** Octets in order from the peer at the end. */
  readonly received: number;
  /** Octets that the local end must have sent and that no packet has. */
  readonly missing: number;
}

/** Goes through a conversation. */
export function trackOf({ happenings }: Conversation, numbers: ScriptNumbers): Track {
  const agreement = agreementOf(happenings);
  const tracker = new Tracker(numbers, agreement);
  const steps = happenings.map((one, index) => tracker.step(one, index));
  return { agreement, steps, received: tracker.rcvNxt, missing: tracker.missing };
}

function agreementOf(happenings: readonly Happening[]): Agreement {
  const local = synOptions(happenings, "local");
  const remote = synOptions(happenings, "remote");
  const scaled = local?.wscale_ok === true && remote?.wscale_ok === true;
  const stamped = local?.saw_tstamp === true && remote?.saw_tstamp === true;
  const mss = Math.min(local?.mss_clamp || tcp.MSS_DEFAULT, remote?.mss_clamp || tcp.MSS_DEFAULT);
  return {
    localMss: local?.mss_clamp || undefined,
    remoteMss: remote?.mss_clamp || undefined,
    localShift: scaled ? local.snd_wscale : 0,
    remoteShift: scaled ? remote.snd_wscale : 0,
    fullSize: mss - (stamped ? STAMP_LENGTH : 0),
  };
}

/** Timestamps with the padding in front of them. */
const STAMP_LENGTH = 12;

/** The options of an end's SYN. */
export function synOptions(
  happenings: readonly Happening[],
  end: Happening["from"],
): TcpOptionsReceived | undefined {
  const found = happenings.find(({ from, what }) =>
    from === end && what.kind === "segment" && (what.flags & tcp.SYN) !== 0
  );
  if (found?.what.kind !== "segment") return undefined;
  const options = new TcpOptionsReceived();
  parseInto(found.what.options, 0, found.what.options.length, options);
  return options;
}

/** Stretches that came out of order are kept up to so many. */
const MAX_STRETCHES = 1000;

class Tracker {
  missing = 0;
  rcvNxt = 0;
  #sndNxt = 0;
  #sndUna = 0;
  #sndEdge = 0;
  /** Behind the last octet that the peer has sent. */
  #rcvMax = 0;
  /** What came out of order, by where it begins. */
  #stretches: [from: number, to: number][] = [];

  constructor(private readonly numbers: ScriptNumbers, private readonly agreement: Agreement) {}

  step({ time_us, from, what }: Happening, index: number): Step {
    const before = {
      index,
      time_us,
      from,
      sndNxt: this.#sndNxt,
      sndUna: this.#sndUna,
      sndEdge: this.#sndEdge,
      rcvNxt: this.rcvNxt,
    };
    if (what.kind === "icmp") {
      return { ...before, segment: undefined, start: 0, fresh: [0, 0], again: false, acknowledged: undefined };
    }
    const syn = (what.flags & tcp.SYN) !== 0;
    // A SYN takes number 0, whatever the peer's answer to it says.
    const start = syn ? 0 : this.numbers.from(from, what.seq);
    const end = start + what.length + (syn ? 1 : 0) + ((what.flags & tcp.FIN) === 0 ? 0 : 1);
    const sent = from === "local" ? this.#sndNxt : this.#rcvMax;
    const reset = (what.flags & tcp.RST) !== 0;
    const again = !reset && end > start && start < sent;
    const fresh: [number, number] = reset || end <= sent ? [sent, sent] : [Math.max(start, sent), end];
    if (from === "local") this.#sent(fresh);
    else this.#received(what, start, end, reset);
    const acknowledged = (what.flags & tcp.ACK) === 0 ? undefined : this.numbers.from(other(from), what.ack);
    return { ...before, segment: what, start, fresh, again, acknowledged };
  }

  #sent([from, to]: readonly [number, number]): void {
    if (to <= this.#sndNxt) return;
    this.missing += from - this.#sndNxt;
    this.#sndNxt = to;
  }

  #received(what: SegmentSight, start: number, end: number, reset: boolean): void {
    if (reset) return;
    this.#rcvMax = Math.max(this.#rcvMax, end);
    this.#stretch(start, end);
    if ((what.flags & tcp.ACK) === 0) return;
    const ack = this.numbers.from("local", what.ack);
    if (ack > this.#sndNxt) return;
    this.#sndUna = Math.max(this.#sndUna, ack);
    const shift = (what.flags & tcp.SYN) === 0 ? this.agreement.remoteShift : 0;
    this.#sndEdge = Math.max(this.#sndEdge, ack + what.window * 2 ** shift);
  }

  #stretch(from: number, to: number): void {
    if (from > this.rcvNxt) {
      if (to > from && this.#stretches.length < MAX_STRETCHES) this.#stretches.push([from, to]);
      return;
    }
    this.rcvNxt = Math.max(this.rcvNxt, to);
    this.#stretches.sort(([a], [b]) => a - b);
    while (this.#stretches[0] !== undefined && this.#stretches[0][0] <= this.rcvNxt) {
      this.rcvNxt = Math.max(this.rcvNxt, this.#stretches.shift()![1]);
    }
  }
}
