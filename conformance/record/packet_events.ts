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
  readonly #loose: readonly Loose[];
  readonly #left: ReadonlySet<number>;

  /** @param ends where what was written at once ends */
  constructor(
    private readonly conversation: Conversation,
    private readonly track: Track,
    private readonly numbers: ScriptNumbers,
    private readonly style: PacketStyle,
    private readonly ends: ReadonlySet<number>,
  ) {
    this.#loose = looseOf(track);
    this.#left = new Set(this.#loose.flatMap(({ packets }) => packets));
  }

  /** The events of each packet, none for those that another one's stand for; at the end, what follows the last packet. */
  all(): ScriptEvent[][] {
    const { steps } = this.track;
    const behind = this.#loose.filter(({ next }) => next === steps.length).flatMap((loose) => this.#others(loose));
    return [...steps.map((step) => this.#of(step)), behind];
  }

  #of(step: Step): ScriptEvent[] {
    if (this.#left.has(step.index)) return [];
    const loose = this.#loose.find(({ next }) => next === step.index);
    const text = this.numbers.packet(this.conversation.happenings[step.index]!, {
      windows: this.style.windows,
      anyPush: this.#mayBePushed(step),
      anyEcho: loose !== undefined,
    });
    const times = (loose?.repeated ?? 0) > 0 ? `{1,${1 + loose!.repeated!}}` : "";
    const event = {
      time_us: step.time_us,
      text: `${step.from === "local" ? ">" : "<"}${times} ${text}`,
      comment: commentOn(step),
    };
    return loose === undefined ? [event] : [...this.#others(loose), event];
  }

  /** What was acknowledged on the way, as often as the stack wants to. */
  #others({ packets, from, to }: Loose): ScriptEvent[] {
    const first = this.track.steps[packets[0]!];
    if (to < from || first?.segment === undefined) return [];
    const seq = this.numbers.from("local", first.segment.seq);
    return [{
      time_us: first.time_us,
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
