/**
 * How well a run in real time kept to its script's times, which tells what its verdict may owe to the machine instead
 * of the stack.
 *
 * @module
 */
import { AT_ONCE_US } from "./pace.ts";
import { checkTime, type EventTime, type TimedThing } from "./time.ts";

/** How well a run kept to its script's times. */
export interface Timing {
  /** The greatest lateness of the runner itself, µs. */
  readonly late_us: number;
  /** How far it was behind packetdrill's pace at most, µs: in scripts whose times build on each other lateness adds up. */
  readonly drift_us: number;
  /** Line of the event that it was late for; 0 where it never was. */
  readonly line: number;
  /** How late the latest packet or return of a call was that still was in time, or how long the longest command took, µs. */
  readonly strayed_us: number;
  /** How long the longest call took that is not meant to block, µs. */
  readonly slowest_us: number;
  /** A packet, or the return of a call, was in time by less than the runner had been late by then in all. */
  readonly narrow: boolean;
  /** Code looked at times that the stack took. */
  readonly timesSampled: boolean;
  /** How far off the time was that failed the run, µs; negative if it came early. */
  readonly off_us: number | undefined;
  /** How much further off that is than it may be, µs. */
  readonly excess_us: number | undefined;
  /**
   * That was a packet that came earlier than it might, by more than the runner had been late in all and a call had hung,
   * though not before the event from which its time counts: what was left over from before has another cause.
   */
  readonly tooEarly: boolean;
  /** By line, how late a packet or the return of a call was that was in time, µs; negative if it came early. */
  readonly offs_us: ReadonlyMap<number, number>;
  /** The script's own tolerance, µs. */
  readonly tolerance_us: number;
}

/** The members of `struct tcp_info` that are times, or made of them. */
const TIMES = /\btcpi_(?:last_\w+|\w*(?:time|limited|rtt|rttvar|rto|ato))\b/;

/** Takes note of all times of a run. */
export class Punctuality {
  #late_us = 0;
  #line = 0;
  #strayed_us = 0;
  #slowest_us = 0;
  #narrow = false;
  #timesSampled = false;
  #off_us: number | undefined;
  #excess_us: number | undefined;
  #tooEarly = false;
  readonly #offs_us = new Map<number, number>();
  #drift_us = 0;

  /** The runner was so late for the event at `line`, or so long at it. */
  late(late_us: number, line: number): void {
    if (late_us <= this.#late_us) return;
    this.#late_us = late_us;
    this.#line = line;
  }

  /** The run is so far behind packetdrill's pace now, see `pace.ts`. */
  behind(us: number): void {
    this.#drift_us = Math.max(this.#drift_us, us);
  }

  /** A call that is not meant to block took so long. */
  called(took_us: number): void {
    this.#slowest_us = Math.max(this.#slowest_us, took_us);
  }

  /** The script's time stood still meanwhile. */
  stood(took_us: number): void {
    this.#strayed_us = Math.max(this.#strayed_us, took_us);
  }

  /** Code looks at the state of a connection. */
  sampled(code: string): void {
    this.#timesSampled ||= TIMES.test(code);
  }

  /** {@link checkTime} of something that happened at `live_us`, and that `line` is about. */
  check(thing: TimedThing, time: EventTime, live_us: number, tolerance_us: number, line: number): string | undefined {
    const problem = checkTime(thing, time, live_us, tolerance_us);
    if (time.kind === "any") return problem;
    const end_us = time.kind === "range" ? time.end_us ?? time.start_us : time.start_us;
    const slack_us = tolerance_us + Math.min(live_us - time.start_us, end_us - live_us);
    if (problem !== undefined) {
      this.#off_us = live_us - time.start_us;
      this.#excess_us = -slack_us;
      this.#tooEarly = thing === "outbound packet" && live_us < time.start_us && live_us >= time.base_us &&
        -slack_us > this.#drift_us + this.#slowest_us;
      return problem;
    }
    const own = thing !== "outbound packet" && thing !== "system call return";
    // What comes at once is an answer to what the runner did, and as late as that.
    const atOnce = Math.abs(live_us - time.start_us) < AT_ONCE_US;
    if (!own && !atOnce && slack_us < this.#drift_us) this.#narrow = true;
    if (!own) this.#offs_us.set(line, live_us - time.start_us);
    if (time.kind === "point") this.stood(live_us - time.start_us);
    return undefined;
  }

  /** What was noted so far. */
  timing(tolerance_us: number): Timing {
    return {
      late_us: Math.trunc(this.#late_us),
      line: this.#line,
      strayed_us: Math.trunc(this.#strayed_us),
      slowest_us: Math.trunc(this.#slowest_us),
      narrow: this.#narrow,
      timesSampled: this.#timesSampled,
      drift_us: Math.trunc(this.#drift_us),
      off_us: this.#off_us === undefined ? undefined : Math.trunc(this.#off_us),
      excess_us: this.#excess_us === undefined ? undefined : Math.trunc(this.#excess_us),
      tooEarly: this.#tooEarly,
      offs_us: this.#offs_us,
      tolerance_us,
    };
  }
}
