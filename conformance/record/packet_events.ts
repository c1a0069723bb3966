/**
 * The packets of a conversation as events of a script.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import { type Loose, looseOf } from "./acknowledging.ts";
import type { Conversation } from "./conversation.ts";
import type { PacketStyle, ScriptNumbers } from "./script_numbers.ts";
import type { Step, Track } from "./track.ts";

/** An event of the script. */
export interface ScriptEvent {
  /** µs from the first packet. */
  readonly time_us: number;
  /** What stands behind its time. */
  readonly text: string;
  /** How long behind its beginning it ends, µs, if it takes time. */
  readonly lasts_us?: number | undefined;
  /** It may have come at any time before. */
  readonly anyTime?: boolean;
  readonly comment?: string | undefined;
}

/** Makes events of packets. */
export class PacketEvents {
  readonly #loose: ReadonlyMap<number, Loose>;
  readonly #left: ReadonlySet<number>;

  /** @param ends where what was written at once ends */
  constructor(
    private readonly conversation: Conversation,
    track: Track,
    private readonly numbers: ScriptNumbers,
    private readonly style: PacketStyle,
    private readonly ends: ReadonlySet<number>,
  ) {
    const loose = looseOf(track.steps);
    this.#loose = new Map(loose.map((one) => [one.last, one]));
    this.#left = new Set(loose.flatMap(({ packets }) => packets));
  }

  /** The events of a packet: none if another one's stand for it. */
  of(step: Step): ScriptEvent[] {
    if (this.#left.has(step.index)) return [];
    const loose = this.#loose.get(step.index);
    const text = this.numbers.packet(this.conversation.happenings[step.index]!, {
      windows: this.style.windows,
      anyPush: this.#mayBePushed(step),
      anyEcho: loose !== undefined,
    });
    const mark = step.from === "local" ? ">" : "<";
    const comment = commentOn(step);
    const { time_us } = step;
    if (loose === undefined) return [{ time_us, text: `${mark} ${text}`, comment }];
    const times = loose.repeated > 0 ? `{1,${1 + loose.repeated}}` : "";
    return [...this.#others(loose, step), { time_us, text: `${mark}${times} ${text}`, comment }];
  }

  /** What was acknowledged on the way, as often as the stack wants to. */
  #others({ from, to }: Loose, { time_us, segment }: Step): ScriptEvent[] {
    if (to < from) return [];
    const seq = this.numbers.from("local", segment!.seq);
    return [{
      time_us,
      text: `>{0,} . ${seq}:${seq}(0) ack ${from}~${to} <...>`,
      anyTime: true,
      comment: "What it acknowledges together depends on when the program reads.",
    }];
  }

  /** A stack may push in the middle of what was written, as it sees fit. */
  #mayBePushed({ from, segment, start }: Step): boolean {
    return from === "local" && segment !== undefined && segment.length > 0 && !this.ends.has(start + segment.length) &&
      (segment.flags & (tcp.FIN | tcp.SYN | tcp.RST)) === 0;
  }
}

function commentOn({ again, from, segment }: Step): string | undefined {
  if (segment === undefined) return undefined;
  if (again && from === "local") return (segment.flags & tcp.SYN) !== 0 ? "The SYN again." : "Sent again.";
  if (from === "local" && segment.window === 0 && (segment.flags & (tcp.RST | tcp.SYN)) === 0) {
    return "The window is closed.";
  }
  return undefined;
}
