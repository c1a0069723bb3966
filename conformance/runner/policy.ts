/**
 * When a try in real time is believed. A busy machine makes timers late, the runner's and the stack's, and a late timer
 * can make a good stack fail a script, or a bad one pass. So: what a punctual try says stands; any other is tried again
 * with little else of ours in flight; what then does not come out the same each time is `flaky`.
 *
 * @module
 */
import type { Try } from "../report/results.ts";

/**
 * Nothing was later than this share of what the script allows. packetdrill itself, alone on a quiet machine, uses up as
 * much: 250 of the 4000 µs that it allows an event by default.
 */
const PUNCTUAL_SHARE = 1 / 16;
/** Linux's timers go off at its ticks, 250 a second as it is usually built: one that is late is late by this, or times it. */
const TICK_US = 4000;
/**
 * So many tries that come out the same are no accident, unless what they have in common is the machine: that something
 * was too late (a tick is missed often), or that a command took long each time.
 */
const ALIKE = 3;
/** So many runs don't disturb each other: their tries are as punctual as those of one alone. */
export const FEW = 4;

/** What comes of the tries of a run so far: the try that stands, or that each differs, that none tells anything, or nothing yet. */
export type Decision = Try | "flaky" | "busy" | "again";

/** Whether the outcome of a try owes nothing to the machine, as far as facts can tell. */
export function isPunctual(each: Try): boolean {
  const { verdict, facts, jobs } = each;
  // Where no time passed, or nothing was judged, time plays no part.
  if (facts === undefined || (verdict !== "pass" && verdict !== "fail")) return true;
  const { early_margin_us = Infinity, late_margin_us = Infinity, off_us } = facts;
  const onTime = facts.late_share <= PUNCTUAL_SHARE;
  const excess_us = onTime ? 0 : facts.late_us * (1 - PUNCTUAL_SHARE / facts.late_share);
  if (verdict === "pass") {
    // A late runner may have counted as in time what was too late, a late timer what was too early.
    if (late_margin_us < excess_us) return false;
    // Times that the stack measures are counted in ticks: half of one in all makes another number.
    if (facts.times_sampled && (!onTime || facts.late_in_all_us > TICK_US / 2)) return false;
    return jobs <= FEW || (early_margin_us >= TICK_US && !facts.times_sampled);
  }
  // No machine is so busy that something comes early. That a timer was late can't be told from a stack that is.
  if (off_us !== undefined) {
    return off_us < 0 && (onTime && jobs <= FEW && !wasHeld(each) || -off_us > facts.late_in_all_us + facts.held_us);
  }
  return onTime && !wasHeld(each);
}

/** Whether it failed because something was too late. */
function isTooLate({ facts }: Try): boolean {
  return (facts?.off_us ?? 0) > 0;
}

/** Whether the runner was on time throughout. */
function wasOnTime({ facts }: Try): boolean {
  return facts!.late_share <= PUNCTUAL_SHARE;
}

/** Whether a call or a command took long, so that the script's time went on without the script. */
function wasHeld({ facts }: Try): boolean {
  return facts!.held_us > TICK_US;
}

/** Whether two tries came out the same. What code says of what it saw counts: another number is another outcome. */
export function isSame(one: Try, other: Try): boolean {
  return one.verdict === other.verdict && one.line === other.line && one.kind === other.kind &&
    (one.kind !== "code" || one.message === other.message);
}

/** Those of `tries` that tell most. */
function telling(tries: readonly Try[], retries: number): readonly Try[] {
  // Nothing is known from a try in which the runner itself was later than the script allows; nor, once it was tried
  // among few, from one among many; and where it was on time more than once, little from those in which it was not.
  const some = tries.filter(({ jobs, facts }) => (jobs <= FEW || retries === 0) && facts!.late_share <= 1);
  const onTime = some.filter((each) => wasOnTime(each) && !wasHeld(each));
  const best = onTime.length > 1 ? onTime : some;
  // What a late timer may have ended does not speak against others that failed further on.
  const further = best.filter((each) => !isTooLate(each));
  return further.some(({ verdict }) => verdict === "fail") ? further : best;
}

/** What `tries` of a run, the last the newest, come to if it may be tried again `retries` times. */
export function decide(tries: readonly Try[], retries: number): Decision {
  const last = tries.at(-1)!;
  if (isPunctual(last)) return last;
  const counted = telling(tries, retries);
  const shown = counted.at(-1);
  const same = shown !== undefined && counted.every((each) => isSame(each, shown));
  const accident = same && (isTooLate(shown) || counted.every(wasHeld));
  if (same && !accident && counted.length >= ALIKE) return shown;
  if (tries.length <= retries) return "again";
  // Where the runner was never on time, the stack had no better chance, and times tell nothing of it.
  const untimely = (each: Try) => !wasOnTime(each) || wasHeld(each);
  if (shown === undefined || (same && shown.facts?.off_us !== undefined && counted.every(untimely))) return "busy";
  return same ? shown : "flaky";
}
