/**
 * Keeping to packetdrill's pace. Times of a script count from the end of the event before, so what each event takes adds
 * up, and verdicts depend on it: the kernel's timers end at a tick, and code counts in ticks. A run makes up for being
 * slower, or quicker, where it waits anyway.
 *
 * @module
 */
import type { Event } from "../script/syntax.ts";

/**
 * What an event costs packetdrill, µs. Inferred from scripts whose verdict would be another with some 15 less or more: what
 * they look at is a timer, or a count of ticks, close to what they allow.
 */
const EVENT_US = 85;
/** At most so much is made up for in one wait, µs: being later than that is no work of the runner's own. */
const MOST_US = 1000;
/** What takes longer is long in packetdrill, too, µs. */
const LONG_US = 500;
/** What comes so soon was not waited for by a timer, µs. */
export const AT_ONCE_US = 1000;

/** Calls that do no more than look at sockets, or prepare them. */
const IDLE_CALLS: ReadonlySet<string> = new Set([
  "socket",
  "bind",
  "listen",
  "accept",
  "getsockopt",
  "setsockopt",
  "fcntl",
  "poll",
  "epoll_create",
  "epoll_ctl",
  "epoll_wait",
]);

/** How far one run is behind. */
export class Pace {
  readonly #virtualTime: boolean;
  #behind_us = 0;
  /**
   * How much of that comes from acts that the stack does not take notice of. What it measures from the others, or they
   * from it, may take longer than the script says, as in packetdrill, but never less long.
   */
  #idle_us = 0;

  /** In virtual time there is nothing to make up for. */
  constructor(options: { readonly virtualTime: boolean }) {
    this.#virtualTime = options.virtualTime;
  }

  /** How far the run is behind, µs; negative if it is ahead. */
  get behind_us(): number {
    return this.#behind_us;
  }

  /**
   * An act of the runner's was over `after_us` after it was due, or after the end of the event before if that was later,
   * and the stack, or a program, took `took_us` of that.
   *
   * @param idle the stack does nothing because of it
   */
  acted(after_us: number, took_us: number, idle: boolean): void {
    const lost_us = after_us - (took_us > LONG_US ? took_us : 0) - EVENT_US;
    this.#behind_us += lost_us;
    this.#idle_us = idle ? Math.max(0, this.#idle_us + lost_us) : 0;
  }

  /** A packet was captured `after_us` after the end of the event before. */
  answered(after_us: number): void {
    // What a timer of the kernel's sent begins anew.
    if (after_us >= AT_ONCE_US) this.#behind_us = 0;
    this.#behind_us -= EVENT_US;
    this.#idle_us = 0;
  }

  /** The next event's time does not count from the end of the event before. */
  restart(): void {
    this.#behind_us = this.#idle_us = 0;
  }

  /** How much sooner than `wait_us` after the event before the next act is due, µs; negative if later. */
  catchUp(wait_us: number): number {
    if (this.#virtualTime || wait_us <= MOST_US) return 0;
    const caught_us = Math.trunc(Math.min(this.#behind_us, this.#idle_us, MOST_US));
    this.#behind_us -= caught_us;
    this.#idle_us = 0;
    return caught_us;
  }
}

/** Whether an act is nothing that the stack answers, or measures a time from. */
export function isIdle({ action }: Event): boolean {
  return action.kind === "code" || action.kind === "mib" || action.kind === "syscall" && IDLE_CALLS.has(action.name);
}
