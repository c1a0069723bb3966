/**
 * Runs planned runs on one target: one after the other where time is virtual; where it is real, many in flight, and what
 * failed among many is tried again on a quieter machine before it is believed.
 *
 * @module
 */
import type { RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import { type Attempt, type ExecuteOptions, executeRun } from "./execute.ts";
import type { PlannedRun } from "./plan.ts";
import { warmUp } from "./warm_up.ts";

/** How runs are scheduled. */
export interface ScheduleOptions extends ExecuteOptions {
  /** Runs in flight at once in real time. */
  readonly jobs: number;
  /** How often a run that failed is tried again. */
  readonly retries: number;
  /** Stops starting runs once aborted. */
  readonly signal: AbortSignal;
  /** Whether a pass is not what was expected: like a failure it is tried again, alone, before it is believed. */
  readonly isSurprising?: ((result: RunResult) => boolean) | undefined;
  /** Told of each final result. */
  readonly onResult: (result: RunResult) => void;
  /** Told how many runs are in flight. */
  readonly onProgress: (inFlight: number) => void;
}

/** In flight at once while failures of a crowd are tried again. */
const QUIET_JOBS = 8;
/** How often a run is repeated alone because the runner was late, before its verdict is an error of the harness. */
const LATE_RETRIES = 5;
/** How often a surprising pass must come, in all. */
const SURPRISE_TRIES = 3;
/** A run that took longer is long, µs. */
const LONG_RUN_US = 5e6;
/** packetdrill's default tolerance for its own events, µs. */
const PUNCTUAL_US = 4000;

/** One run on its way to a verdict. */
interface Pending {
  readonly run: PlannedRun;
  /** Tries so far. */
  tries: number;
  /** Of these, tries alone in which the runner was late. */
  lateAlone: number;
  /** Of these, tries that `--retries` paid for. */
  granted: number;
  /** The last try, if it failed. */
  failed: Attempt | undefined;
}

/**
 * Runs everything in `planned` on `target`. Longest first where many are in flight, since the longest decides the end.
 * Resolves when all have a result or `signal` is aborted. `execute` makes one attempt.
 */
export async function runOnTarget(
  target: Target,
  planned: readonly PlannedRun[],
  options: ScheduleOptions,
  execute: typeof executeRun = executeRun,
): Promise<void> {
  if (!target.virtualTime) await warmUp(target, planned, options, execute);
  await new Schedule(target, planned, options, execute).run();
}

class Schedule {
  readonly #crowd: Pending[];
  readonly #quiet: Pending[] = [];
  readonly #alone: Pending[] = [];
  readonly #crowdJobs: number;
  #inFlight = 0;
  #sharingHost = 0;

  constructor(
    private readonly target: Target,
    planned: readonly PlannedRun[],
    private readonly options: ScheduleOptions,
    private readonly execute: typeof executeRun,
  ) {
    this.#crowdJobs = target.virtualTime ? 1 : options.jobs;
    this.#crowd = planned.map((run) => ({ run, tries: 0, lateAlone: 0, granted: 0, failed: undefined }));
    if (this.#crowdJobs > 1) this.#crowd.sort((a, b) => b.run.estimate_us - a.run.estimate_us);
  }

  async run(): Promise<void> {
    await this.#drain(this.#crowdJobs, () => this.#take(this.#crowd) ?? this.#whileQuiet());
    await this.#drain(1, () => this.#alone.shift());
  }

  /** Takes the first of a queue that can run beside what is in flight. */
  #take(queue: Pending[]): Pending | undefined {
    const at = queue.findIndex(({ run }) => this.#sharingHost === 0 || !run.sharesHost);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  }

  /** Second tries start while the last of the crowd still wait, once few enough do. */
  #whileQuiet(): Pending | undefined {
    return this.#inFlight < QUIET_JOBS ? this.#take(this.#quiet) : undefined;
  }

  /** Keeps up to `jobs` runs in flight until `next` has none and all have ended. */
  async #drain(jobs: number, next: () => Pending | undefined): Promise<void> {
    const running = new Set<Promise<void>>();
    for (;;) {
      while (running.size < jobs && !this.options.signal.aborted) {
        const pending = next();
        if (pending === undefined) break;
        const done = this.#try(pending, jobs).finally(() => running.delete(done));
        running.add(done);
      }
      if (running.size === 0) return;
      await Promise.race(running);
    }
  }

  async #try(pending: Pending, jobs: number): Promise<void> {
    const shares = pending.run.sharesHost ? 1 : 0;
    this.#sharingHost += shares;
    this.options.onProgress(++this.#inFlight);
    const attempt = await this.execute(this.target, pending.run, this.options);
    this.options.onProgress(--this.#inFlight);
    this.#sharingHost -= shares;
    // What a stopped run found is not a verdict, unless it was done.
    if (this.options.signal.aborted && attempt.result.verdict !== "pass") return;
    this.#settle(pending, attempt, jobs === 1);
  }

  #settle(pending: Pending, attempt: Attempt, alone: boolean): void {
    const before = pending.failed;
    pending.tries++;
    if (attempt.result.verdict === "fail") {
      pending.failed = attempt;
      const again = this.#whereAgain(pending, attempt, before, alone);
      if (again !== undefined) {
        again.push(pending);
        return;
      }
    }
    if (attempt.result.verdict === "pass" && this.#isSurprising(attempt.result) && pending.tries < SURPRISE_TRIES) {
      this.#alone.push(pending);
      return;
    }
    this.options.onResult(finalResult(pending, attempt, before));
  }

  #isSurprising(result: RunResult): boolean {
    return !this.target.virtualTime && (this.options.isSurprising?.(result) ?? false);
  }

  /** The queue in which a failed run is tried again, if it is. */
  #whereAgain(pending: Pending, attempt: Attempt, before: Attempt | undefined, alone: boolean): Pending[] | undefined {
    if (!this.target.virtualTime) {
      const doubtful = isDoubtful(attempt, before);
      if (!alone && before === undefined && !costsTooMuch(attempt)) return this.#quiet;
      // Two failures of different kinds, a late runner, or time itself: only a run alone can tell.
      if (!alone && before !== undefined && (doubtful || isTime(attempt) || !sameFailure(attempt, before))) {
        return this.#alone;
      }
      if (alone && doubtful && pending.lateAlone < LATE_RETRIES) {
        pending.lateAlone++;
        return this.#alone;
      }
      // Nothing else of ours runs now, but other programs may: a matter of time must come out the same twice.
      if (alone && isTime(attempt) && before !== undefined && !sameFailure(attempt, before)) {
        if (pending.lateAlone++ < LATE_RETRIES) return this.#alone;
      }
    }
    if (pending.granted >= this.options.retries) return undefined;
    pending.granted++;
    return this.#alone;
  }
}

/**
 * To run a long script twice costs more than it tells, if time is not what failed and the runner was as punctual as
 * packetdrill asks of itself.
 */
function costsTooMuch({ result, late }: Attempt): boolean {
  return result.duration_us > LONG_RUN_US && !isTime({ result, late }) && (late?.late_us ?? 0) < PUNCTUAL_US;
}

function isTime(attempt: Attempt): boolean {
  return attempt.result.failure?.kind === "time" || attempt.result.failure?.kind === "call-time";
}

/** Whether the runner's own lateness may be why it failed. That two tries fail alike speaks against it, unless in time. */
function isDoubtful(attempt: Attempt, before: Attempt | undefined): boolean {
  if (attempt.late === undefined) return false;
  return isTime(attempt) || before === undefined || !sameFailure(attempt, before);
}

function sameFailure(a: Attempt, b: Attempt): boolean {
  return a.result.line === b.result.line && a.result.failure?.kind === b.result.failure?.kind;
}

function finalResult(pending: Pending, attempt: Attempt, before: Attempt | undefined): RunResult {
  const result = lateVerdict(attempt, before);
  if (pending.tries === 1) return result;
  return {
    ...result,
    retries: pending.tries - 1,
    ...(before !== undefined && result.verdict !== "fail" ? { earlier: before.result.message } : {}),
  };
}

/** A failure that may still be the runner's own after all repetitions is an error of the harness, not the stack's failure. */
function lateVerdict(attempt: Attempt, before: Attempt | undefined): RunResult {
  const { result, late } = attempt;
  if (result.verdict !== "fail" || late === undefined || !isDoubtful(attempt, before) || costsTooMuch(attempt)) {
    return result;
  }
  return {
    ...result,
    verdict: "error",
    message:
      `${result.message}\nthe runner was late by ${late.late_us} us at line ${late.line} each time it was tried: ` +
      "this machine is too busy to judge the script",
  };
}
