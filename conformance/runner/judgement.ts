/**
 * What is known of one run after each of its tries, and when that is enough for a verdict.
 *
 * @module
 */
import type { RunResult } from "../report/results.ts";
import {
  bearOut,
  type FailedTry,
  failedTry,
  isLateByATick,
  isRunnerLate,
  isSampledInVain,
  isSlowedDown,
  passedByDrift,
  standsInCalm,
  standsInCrowd,
} from "./belief.ts";
import type { Attempt } from "./execute.ts";

/** How often a run is tried in calm before it is settled one way or the other. */
const CALM_TRIES = 8;
/** How often a run must pass in calm if each time it does so too narrowly for the runner's lateness. */
const NARROW_PASSES = 2;
/** How often a surprising pass must come, in all. */
const SURPRISE_TRIES = 3;

/** What is asked of a verdict. */
export interface JudgementOptions {
  /** Time is virtual: what comes out once comes out always. */
  readonly virtualTime: boolean;
  /** How often more a failed run is tried. */
  readonly retries: number;
  /** Whether a pass is not what was expected. */
  readonly isSurprising?: ((result: RunResult) => boolean) | undefined;
}

/** The tries of one run. */
export class Judgement {
  /** Chance seems to play a part: only many tries while few others go on can tell. */
  doubtful = false;
  /** Another variant passed: that only this one fails may be, but is rare. It must fail twice while few others go on. */
  othersPass = false;
  /** Tries in calm. */
  calm = 0;
  #tries = 0;
  #passed = false;
  /** Passes in calm, however narrow, that don't come from the runner's own lateness. */
  #passes = 0;
  /** Tries that {@link JudgementOptions.retries} paid for. */
  #granted = 0;
  #failed: FailedTry | undefined;
  /** The try in calm in which the runner was least late in all, and of those that failed. */
  #steadiest: Attempt | undefined;
  #steadiestFailed: Attempt | undefined;

  constructor(private readonly options: JudgementOptions) {}

  /**
   * Takes note of a try. Returns the result of the run, or undefined if it has to be tried again, in calm.
   *
   * @param together how many runs went on together with it in calm, itself included; Infinity for a crowd
   */
  add(attempt: Attempt, together: number): RunResult | undefined {
    const before = this.#failed;
    const calm = together < Infinity;
    this.#tries++;
    if (calm) this.calm++;
    const { verdict } = attempt.result;
    if (verdict !== "fail" && verdict !== "pass") return this.#result(attempt.result, before);
    if (calm) this.#steadiest = steadier(attempt, this.#steadiest);
    const stands = verdict === "fail" ? this.#addFailure(attempt, together) : this.#addPass(attempt, together);
    if (!stands && this.calm < CALM_TRIES) return undefined;
    if (verdict === "fail" && this.#granted++ < this.options.retries) return undefined;
    if (verdict === "pass" && this.#isSurprising(attempt.result)) return undefined;
    return this.#result(stands ? attempt.result : doubtfulResult(this.#steadiest ?? attempt), before);
  }

  /** The result, if the failure of a crowd that this run waits to repeat is the same as that of another variant. */
  confirmedBy(other: Judgement): RunResult | undefined {
    const [mine, its] = [this.#failed, other.#failed];
    if (this.options.retries > 0 || mine === undefined || its === undefined) return undefined;
    if (this.#tries > 1 || other.#tries > 1 || !bearOut(mine, its)) return undefined;
    return this.#result(mine.result, undefined);
  }

  #addFailure(attempt: Attempt, together: number): boolean {
    const before = this.#failed;
    const failed = this.#failed = failedTry(attempt, together, before);
    const calm = together < Infinity;
    const slow = isSlowedDown(attempt);
    if (calm && !slow) this.#steadiestFailed = steadier(attempt, this.#steadiestFailed);
    if (this.options.virtualTime || standsInCrowd(attempt)) return true;
    this.doubtful ||= this.#passed || isLateByATick(attempt) || calm && slow;
    return calm && standsInCalm(failed, before, { chance: this.doubtful, variant: this.othersPass });
  }

  #addPass(attempt: Attempt, together: number): boolean {
    this.#passed = true;
    if (this.options.virtualTime) return true;
    if (passedByDrift(attempt, this.#steadiestFailed)) {
      this.doubtful = true;
      return false;
    }
    if (together < Infinity && !isSampledInVain(attempt)) this.#passes++;
    return standsInCrowd(attempt) || this.#passes >= NARROW_PASSES;
  }

  #isSurprising(result: RunResult): boolean {
    return !this.options.virtualTime && this.#tries < SURPRISE_TRIES && (this.options.isSurprising?.(result) ?? false);
  }

  #result(result: RunResult, before: FailedTry | undefined): RunResult {
    if (this.#tries === 1) return result;
    const earlier = before !== undefined && result.verdict !== "fail" ? { earlier: before.result.message } : {};
    return { ...result, retries: this.#tries - 1, ...earlier };
  }
}

/** Of two tries that in which the runner was less late in all. */
function steadier(one: Attempt, other: Attempt | undefined): Attempt {
  return other !== undefined && (other.timing?.drift_us ?? 0) <= (one.timing?.drift_us ?? 0) ? other : one;
}

/** A failure that may still be the runner's own after all tries is an error of the harness, not the stack's failure. */
function doubtfulResult(attempt: Attempt): RunResult {
  const { result, timing } = attempt;
  if (result.verdict !== "fail" || timing === undefined || !isRunnerLate(attempt)) return result;
  return {
    ...result,
    verdict: "error",
    message: `${result.message}\nthe runner was late by ${timing.late_us} us at line ${timing.line} each time it was ` +
      "tried: this machine is too busy to judge the script",
  };
}
