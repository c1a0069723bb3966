/**
 * How well a try in real time kept to its script's times: facts, from which the runner's policy tells what the outcome
 * may owe to the machine instead of the stack.
 *
 * @module
 */
import type { TimeFacts } from "../report/results.ts";
import { checkTime, type EventTime, type TimedThing } from "./time.ts";

/** The members of `struct tcp_info` that are times, or made of them. */
const TIMES = /\btcpi_(?:last_\w+|\w*(?:time|limited|rtt|rttvar|rto|ato))\b/;

/** Takes note of all times of a try. */
export class FactKeeper {
  #late_us = 0;
  #late_line: number | undefined;
  #late_in_all_us = 0;
  #late_share = 0;
  #held_us = 0;
  #early_margin_us = Infinity;
  #late_margin_us = Infinity;
  #off_us: number | undefined;
  /** When the runner did something last. */
  #acted_us = 0;
  #times_sampled = false;
  /** What was known when the code at a line sampled the stack: what came later can't have changed what it saw. */
  readonly #sampled = new Map<number, TimeFacts>();

  /** The event at `line` was so late, or the runner so long at it, of `tolerance_us` that the script allows. */
  late(late_us: number, tolerance_us: number, line: number): void {
    if (late_us <= 0) return;
    this.#late_in_all_us += late_us;
    this.#late_share = Math.max(this.#late_share, late_us / tolerance_us);
    if (late_us <= this.#late_us) return;
    this.#late_us = late_us;
    this.#late_line = line;
  }

  /** The runner did something at `now_us` that the stack may answer. */
  acted(now_us: number): void {
    this.#acted_us = now_us;
  }

  /** A call that is not meant to block took so long, or a command for which the script's time stood still. */
  held(took_us: number): void {
    this.#held_us = Math.max(this.#held_us, took_us);
  }

  /** The code at `line` looks at the state of a connection. */
  sampled(code: string, line: number): void {
    const times_sampled = TIMES.test(code);
    this.#sampled.set(line, { ...this.facts(), times_sampled });
    this.#times_sampled ||= times_sampled;
  }

  /** {@link checkTime} of something that happened at `live_us`, and that `line` is about. */
  check(thing: TimedThing, time: EventTime, live_us: number, tolerance_us: number, line: number): string | undefined {
    const problem = checkTime(thing, time, live_us, tolerance_us);
    if (time.kind === "any") return problem;
    const end_us = time.kind === "range" ? time.end_us ?? time.start_us : time.start_us;
    const fromEarly_us = live_us - time.start_us + tolerance_us;
    const fromLate_us = end_us + tolerance_us - live_us;
    if (problem !== undefined) {
      this.#off_us = fromEarly_us < 0 ? fromEarly_us : -fromLate_us;
    } else if (thing === "outbound packet" || thing === "system call return") {
      // What is due at once is an answer to what was done last; the rest comes when a timer says so, or something later.
      if (thing === "outbound packet" && end_us === time.base_us) {
        this.late(live_us - time.start_us, tolerance_us, line);
      } else {
        this.#early_margin_us = Math.min(this.#early_margin_us, fromEarly_us);
        this.#late_margin_us = Math.min(this.#late_margin_us, fromLate_us);
        // A call that returns because of what the runner did by then, is as late as its thread is.
        const awaited = this.#acted_us >= end_us - tolerance_us;
        if (thing === "system call return" && awaited) {
          this.late(live_us - Math.max(end_us, this.#acted_us), tolerance_us, line);
        }
      }
    }
    return problem;
  }

  /** What was noted so far; of a failure of the code at `line`, what was when it sampled. */
  facts(line?: number): TimeFacts {
    const sampled = line === undefined ? undefined : this.#sampled.get(line);
    return sampled ?? {
      late_us: Math.round(this.#late_us),
      ...(this.#late_line === undefined ? {} : { late_line: this.#late_line }),
      late_in_all_us: Math.round(this.#late_in_all_us),
      late_share: Math.round(this.#late_share * 1000) / 1000,
      held_us: Math.round(this.#held_us),
      ...(this.#early_margin_us === Infinity ? {} : { early_margin_us: Math.round(this.#early_margin_us) }),
      ...(this.#late_margin_us === Infinity ? {} : { late_margin_us: Math.round(this.#late_margin_us) }),
      ...(this.#off_us === undefined ? {} : { off_us: Math.round(this.#off_us) }),
      times_sampled: this.#times_sampled,
    };
  }
}
