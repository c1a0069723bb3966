/**
 * What one try of a run in real time proves. A machine that is busy makes timers late, the runner's and the kernel's,
 * and a late timer can make a good stack fail a script and, more rarely, a bad one pass.
 *
 * @module
 */
import type { Timing } from "../timeline/punctuality.ts";
import type { Attempt } from "./execute.ts";

/** From here on a time is off by something, µs. */
const OFF_US = 1000;
/** So little lateness, µs, changes what a stack measures, such as round-trip times, and what it sends because of them. */
const MEASURED_LATE_US = 200;
/** Code that looks at the stack's times sees less lateness, and less in all, µs: some are counted in ticks. */
const SAMPLED_LATE_US = 500;
const SAMPLED_DRIFT_US = 400;
/** From here on they tell nothing, however often they come out the same. */
const SAMPLED_FAR_US = 1500;
/** In calm, what fails alike twice bears more: lateness of the runner, and packets or commands that took longer, µs. */
const CALM_LATE_US = 2000;
const CALM_STRAYED_US = 10_000;
/** So many runs don't make a machine busy. */
export const FEW = 8;
/** How often what is doubtful must fail alike while only few go on, and what another variant of the script passes. */
const FEW_TRIES = 4;
const VARIANT_TRIES = 2;
/** A timer of the kernel goes off up to so much later on a busy machine, µs: a tick of a kernel with 250 Hz. */
const TICK_US = 4000;
/** Times of two tries that are no further apart tell the same: a tick and a little, µs, or a tenth. */
const APART_US = TICK_US + 500;
const APART = 0.1;
/** The runner's lateness explains that something came sooner if it makes up so much of the difference. */
const DRIFT_SHARE = 0.5;
/** A run that took longer is long, µs. */
export const LONG_RUN_US = 5e6;

/** A try that failed. */
export interface FailedTry extends Attempt {
  /** How many runs went on together with it in calm, itself included; Infinity for the crowd. */
  readonly together: number;
  /** How many tries in a row, this one the last, failed alike while only few went on. */
  readonly streak: number;
}

/** A try that failed, after those before it. */
export function failedTry(attempt: Attempt, together: number, before: FailedTry | undefined): FailedTry {
  const alike = before !== undefined && failedAlike(attempt, before);
  return { ...attempt, together, streak: together > FEW ? 0 : 1 + (alike ? before.streak : 0) };
}

/** Whether time itself is what failed. */
function isAboutTime({ result }: Attempt): boolean {
  return result.failure?.kind === "time" || result.failure?.kind === "call-time";
}

/** Whether two tries failed alike: if in time, by about as much. */
function failedAlike(one: Attempt, other: Attempt): boolean {
  const [off, otherOff] = [one.timing?.off_us ?? 0, other.timing?.off_us ?? 0];
  return one.result.line === other.result.line && one.result.failure?.kind === other.result.failure?.kind &&
    Math.abs(off - otherOff) <= Math.max(APART_US, APART * Math.abs(off));
}

/** Whether the runner was late enough that the verdict may be due to it. */
export function isRunnerLate({ result, timing }: Attempt): boolean {
  if (timing === undefined) return false;
  // To run a long script twice costs more than it tells where the runner was as punctual as the script asks.
  if (result.duration_us > LONG_RUN_US) {
    return timing.late_us > (result.verdict === "fail" ? 1 : 2) * timing.tolerance_us;
  }
  if (result.verdict === "fail") return timing.late_us > OFF_US;
  return timing.narrow || isSampledLate(timing);
}

/** Whether a run may have passed only because the runner was later in all than when it failed. */
export function passedByDrift({ timing }: Attempt, failed: Attempt | undefined): boolean {
  if (timing === undefined || failed?.timing === undefined) return false;
  const further_us = timing.drift_us - failed.timing.drift_us;
  const { off_us, excess_us, timesSampled } = failed.timing;
  if (off_us === undefined || excess_us === undefined) return further_us > (timesSampled ? 0 : Infinity);
  const now_us = timing.offs_us.get(failed.result.line ?? 0);
  if (off_us < 0 || now_us === undefined) return further_us > excess_us;
  // Times count from the runner's last act: it takes no more off what is late than it is later itself, more or less.
  return further_us > Math.max(excess_us, DRIFT_SHARE * (off_us - now_us));
}

/** Whether something came late by so little that a tick of a busy machine explains it. */
export function isLateByATick({ timing }: Attempt): boolean {
  const { off_us, excess_us, late_us } = timing ?? {};
  return off_us !== undefined && off_us > 0 && excess_us! < TICK_US + late_us!;
}

/** Whether code looked at times of the stack's that the runner's lateness may have changed. */
function isSampledLate({ timesSampled, late_us, slowest_us, drift_us }: Timing): boolean {
  return timesSampled && (Math.max(late_us, slowest_us) > SAMPLED_LATE_US || drift_us > SAMPLED_DRIFT_US);
}

/** Whether the runner was so late that what code saw of the stack's times tells nothing. */
export function isSampledInVain({ timing }: Attempt): boolean {
  if (timing === undefined || !timing.timesSampled) return false;
  return timing.late_us > SAMPLED_LATE_US || Math.max(timing.drift_us, timing.slowest_us) > SAMPLED_FAR_US;
}

/** Whether a call that is not meant to block took longer than things may be late. */
function isHeldUp({ timing }: Attempt): boolean {
  return timing !== undefined && timing.slowest_us > timing.tolerance_us;
}

/** Whether nothing was off in a failure, as far as can be told, and it is not about time. */
function isPunctual(attempt: Attempt): boolean {
  const { timing } = attempt;
  return timing !== undefined && !isAboutTime(attempt) && timing.late_us <= MEASURED_LATE_US &&
    Math.max(timing.drift_us, timing.strayed_us) <= OFF_US && !isSampledLate(timing) && !isHeldUp(attempt);
}

/** Whether failures of two variants of a script in a crowd bear each other out. */
export function bearOut(one: Attempt, other: Attempt): boolean {
  return isPunctual(one) && isPunctual(other) && failedAlike(one, other);
}

/** Whether a packet, a call or a command took so long that it is doubtful whether that is the script's own doing. */
export function isSlowedDown({ timing }: Attempt): boolean {
  return timing !== undefined && timing.strayed_us > CALM_STRAYED_US;
}

/** Whether a verdict found while many other runs went on can be believed: of failures, only what those can't cause. */
export function standsInCrowd(attempt: Attempt): boolean {
  const { result, timing } = attempt;
  // No machine is so busy that something comes too early.
  if (result.verdict === "fail" && timing?.tooEarly) return true;
  if (isRunnerLate(attempt)) return false;
  if (result.verdict !== "fail") return true;
  // A long run costs much to repeat; but where a call hung, so may have what was to happen meanwhile.
  return result.duration_us > LONG_RUN_US && !isAboutTime(attempt) && !isHeldUp(attempt);
}

/**
 * Whether a verdict found in calm, that is, while at most some others' timed parts went on, can be believed. Other
 * programs may have been busy: a failure must come out alike twice, unless it was alone and nothing was off in it. That
 * it came out in a crowd only counts if a time was off by just as much.
 *
 * @param before the last try that failed
 * @param doubts `chance` seems to play a part, or another `variant` of the script passed: then it must come out alike
 * several times while few go on
 */
export function standsInCalm(
  failed: FailedTry,
  before: FailedTry | undefined,
  doubts: { readonly chance: boolean; readonly variant: boolean },
): boolean {
  const { timing, together } = failed;
  if (timing === undefined || standsInCrowd(failed)) return true;
  if (doubts.chance) return failed.streak >= FEW_TRIES && timing.late_us <= CALM_LATE_US;
  if (doubts.variant && failed.streak < VARIANT_TRIES) return false;
  if (together === 1 && isPunctual(failed)) return true;
  if (before === undefined || !failedAlike(failed, before)) return false;
  if (timing.late_us > CALM_LATE_US) return false;
  if (timing.excess_us !== undefined) return timing.excess_us > timing.late_us;
  return before.together < Infinity && before.timing !== undefined && before.timing.late_us <= CALM_LATE_US;
}
