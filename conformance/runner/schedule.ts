/**
 * Runs planned runs on one target: one after the other where time is virtual; where it is real, many in flight, and then
 * few, those that the policy wants to see again.
 *
 * @module
 */
import type { RunResult, Try } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import { type Attempt, type ExecuteOptions, executeRun } from "./execute.ts";
import type { PlannedRun, PlanOptions } from "./plan.ts";
import { decide, type Decision, FEW } from "./policy.ts";
import { warmUp } from "./warm_up.ts";

/** How runs are scheduled. */
export interface ScheduleOptions extends ExecuteOptions {
  /** How the runs were planned. */
  readonly planning: PlanOptions;
  /** Runs in flight at once in real time. */
  readonly jobs: number;
  /** How often at most a run that the policy does not believe is tried again. */
  readonly retries: number;
  /** Stops starting runs once aborted. */
  readonly signal: AbortSignal;
  /** Told of each final result. */
  readonly onResult: (result: RunResult) => void;
  /** Told how many runs are in flight. */
  readonly onProgress: (inFlight: number) => void;
}

/** A target that runs scripts by itself, elsewhere, instead of opening worlds for us. */
export interface BatchTarget extends Target {
  /** As {@link runOnTarget}. */
  runAll(planned: readonly PlannedRun[], options: ScheduleOptions): Promise<void>;
}

function isBatch(target: Target): target is BatchTarget {
  return "runAll" in target;
}

/** One run on its way to a verdict. */
interface Pending {
  readonly run: PlannedRun;
  readonly attempts: Attempt[];
  readonly tries: Try[];
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
  if (isBatch(target)) return await target.runAll(planned, options);
  if (!target.virtualTime) await warmUp(target, planned, options, execute);
  const jobs = target.virtualTime ? 1 : options.jobs;
  const pending = planned.map((run): Pending => ({ run, attempts: [], tries: [] }));
  if (jobs > 1) pending.sort((a, b) => b.run.estimate_us - a.run.estimate_us);
  const schedule = new Schedule(target, options, execute);
  const again = await schedule.run(pending, jobs, false);
  if (again.length === 0) return;
  await target.quiet?.();
  await schedule.run(again, Math.min(jobs, FEW), true);
}

class Schedule {
  #inFlight = 0;
  #sharingHost = 0;

  constructor(
    private readonly target: Target,
    private readonly options: ScheduleOptions,
    private readonly execute: typeof executeRun,
  ) {}

  /**
   * Tries each of `queue` with up to `jobs` in flight. Returns those to be tried again, unless that is to happen here and
   * now, when it returns none.
   */
  async run(queue: Pending[], jobs: number, untilDecided: boolean): Promise<Pending[]> {
    const again = untilDecided ? queue : [];
    const under = new Set<Promise<void>>();
    while (!this.options.signal.aborted) {
      const next = under.size < jobs ? this.#take(queue) : undefined;
      if (next !== undefined) {
        const done: Promise<void> = this.#try(next, jobs, again).finally(() => under.delete(done));
        under.add(done);
      } else if (under.size > 0) await Promise.race(under);
      else break;
    }
    await Promise.all(under);
    return again;
  }

  /** Takes the first of a queue that can run beside what is in flight. */
  #take(queue: Pending[]): Pending | undefined {
    const at = queue.findIndex(({ run }) => this.#sharingHost === 0 || !run.sharesHost);
    return at < 0 ? undefined : queue.splice(at, 1)[0];
  }

  async #try(pending: Pending, jobs: number, again: Pending[]): Promise<void> {
    const { run, attempts, tries } = pending;
    const { signal, retries, onProgress, onResult } = this.options;
    if (run.sharesHost) this.#sharingHost++;
    onProgress(++this.#inFlight);
    const attempt = await this.execute(this.target, run, this.options);
    onProgress(--this.#inFlight);
    if (run.sharesHost) this.#sharingHost--;
    // What a stopped run found is not a verdict, unless it was done.
    if (signal.aborted && attempt.result.verdict !== "pass") return;
    attempts.push(attempt);
    tries.push(asTry(attempt, jobs));
    const decision = decide(tries, retries);
    if (decision === "again") again.push(pending);
    else if (this.target.virtualTime) onResult(attempt.result);
    else onResult(Object.assign(settled(decision, pending), { tries }));
  }
}

function asTry({ result, facts }: Attempt, jobs: number): Try {
  const { verdict, message, line, failure, duration_us } = result;
  return {
    verdict,
    jobs,
    message,
    ...(line === undefined ? {} : { line }),
    ...(failure === undefined ? {} : { kind: failure.kind }),
    duration_us,
    ...(facts === undefined ? {} : { facts }),
  };
}

/** The result of a run: that of one of its tries, not a copy, as evidence is put into words only when somebody reads it. */
function settled(decision: Exclude<Decision, "again">, { attempts, tries }: Pending): RunResult {
  if (decision === "flaky") return flakyResult(attempts);
  if (decision !== "busy") return attempts[tries.indexOf(decision)]!.result;
  const { result, facts } = attempts.at(-1)!;
  const more = tries.some((each) => each.facts!.late_share <= 1) ? "never on time" : "later than the script allows";
  const message =
    `${result.message || `${result.script}: not on time`}\nthe runner was late by ${facts?.late_us} us at line ` +
    `${facts?.late_line}, and in each try ${more}: this machine is too busy to judge it`;
  return Object.assign(result, { verdict: "error", message } as const);
}

/** What is said of a run that does not come out the same: what the last try that failed found, and how often what came. */
function flakyResult(attempts: readonly Attempt[]): RunResult {
  const { result } = attempts.findLast((each) => each.result.verdict === "fail") ?? attempts.at(-1)!;
  const outcomes = Map.groupBy(attempts, (each) => each.result.verdict === "pass" ? "pass" : each.result.message);
  const counted = [...outcomes].map(([what, each]) => `${each.length} x ${what}`);
  const message = [`${result.script}: did not come out the same in ${attempts.length} tries`, ...counted].join("\n  ");
  return Object.assign(result, { verdict: "flaky", message } as const);
}
