/**
 * Runs planned runs on one target: one after the other where time is virtual; where it is real, many in flight, and what
 * can't be believed of a crowd is tried again in calm.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import { FEW, LONG_RUN_US } from "./belief.ts";
import { type ExecuteOptions, executeRun } from "./execute.ts";
import { Gate } from "./gate.ts";
import { Judgement } from "./judgement.ts";
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
  /** Whether a pass is not what was expected: it is tried again, in calm, before it is believed. */
  readonly isSurprising?: ((result: RunResult) => boolean) | undefined;
  /** Told of each final result. */
  readonly onResult: (result: RunResult) => void;
  /** Told how many runs are in flight. */
  readonly onProgress: (inFlight: number) => void;
}

/** Tried together in calm, by how often they were before; then few. */
const CALM_JOBS = [32, 16];
/** Runs that are tried together start at this distance, lest long ones that are under way have to wait for that, ms. */
const START_SPACING_MS = 4;

/** One run on its way to a verdict. */
interface Pending {
  readonly run: PlannedRun;
  readonly judgement: Judgement;
  /** It is known to take long. */
  long: boolean;
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
  readonly #waiting: Pending[];
  /** To be tried again, in calm. */
  readonly #again: Pending[] = [];
  /** Scripts that passed in some variant. */
  readonly #passed = new Set<string>();
  /** What failed in the crowd and was not believed, by script. */
  readonly #failures = new Map<string, Pending[]>();
  readonly #inFlight = new Set<Promise<void>>();
  /** Of these, all but the long ones, which mostly wait and disturb nobody. Each is over when the run is, or turns long. */
  readonly #short = new Set<Promise<void>>();
  #sharingHost = 0;

  constructor(
    private readonly target: Target,
    planned: readonly PlannedRun[],
    private readonly options: ScheduleOptions,
    private readonly execute: typeof executeRun,
  ) {
    const { retries, isSurprising } = options;
    this.#waiting = planned.map((run) => ({
      run,
      judgement: new Judgement({ virtualTime: target.virtualTime, retries, isSurprising }),
      long: this.#isLong(run.estimate_us),
    }));
    if (this.#jobs > 1) this.#waiting.sort((a, b) => b.run.estimate_us - a.run.estimate_us);
  }

  /** Runs in flight at once. One alone is in calm from the start. */
  get #jobs(): number {
    return this.target.virtualTime ? 1 : this.options.jobs;
  }

  async run(): Promise<void> {
    await this.#crowd();
    // The first to be tried again are set up while the last of the crowd end.
    if (this.#jobs === 1) await Promise.all(this.#short);
    while (!this.options.signal.aborted) {
      const started = await this.#startTogether();
      if (this.#short.size > 0) await Promise.all(this.#short);
      else if (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
      else if (!started) return;
    }
    await Promise.all(this.#inFlight);
  }

  /** Keeps up to as many in flight as may be, until all have been started. */
  async #crowd(): Promise<void> {
    while (!this.options.signal.aborted && this.#waiting.length > 0) {
      const next = this.#inFlight.size < this.#jobs ? this.#take(this.#waiting) : undefined;
      if (next === undefined) await Promise.race(this.#inFlight);
      else this.#start(next);
    }
  }

  /** Starts as many of those to be tried again as go together; false: there are none that could be started. */
  async #startTogether(): Promise<boolean> {
    const jobs = Math.max(...this.#again.map((each) => this.#calmJobs(each)));
    const batch: Pending[] = [];
    while (batch.length < jobs) {
      const next = this.#take(this.#again, (each) => this.#calmJobs(each) === jobs);
      if (next === undefined) break;
      batch.push(next);
    }
    const before = [...this.#short];
    const gate = new Gate(batch.filter((each) => !each.long).length, async () => {
      await Promise.allSettled(before);
      await this.target.quiet?.();
    });
    for (const each of batch) {
      this.#start(each, gate, batch.length);
      await delay(START_SPACING_MS);
    }
    return batch.length > 0;
  }

  /** How many may go on together when a run is tried again. */
  #calmJobs({ judgement, run }: Pending): number {
    if (this.#jobs === 1) return 1;
    judgement.othersPass ||= this.#passed.has(run.path);
    if (judgement.doubtful || judgement.othersPass && judgement.calm > 0) return FEW;
    return CALM_JOBS[judgement.calm] ?? FEW;
  }

  #isLong(duration_us: number): boolean {
    return this.#jobs > 1 && duration_us > LONG_RUN_US;
  }

  /** Takes the first of a queue that can run beside what is in flight, which it then counts as. */
  #take(queue: Pending[], fits: (pending: Pending) => boolean = () => true): Pending | undefined {
    const at = queue.findIndex((each) => fits(each) && (this.#sharingHost === 0 || !each.run.sharesHost));
    if (at < 0) return undefined;
    const [next] = queue.splice(at, 1);
    if (next!.run.sharesHost) this.#sharingHost++;
    return next;
  }

  #start(pending: Pending, gate?: Gate, together = this.#jobs === 1 ? 1 : Infinity): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const done = this.#try(pending, gate, together).finally(() => {
      clearTimeout(timer);
      this.#inFlight.delete(done);
      this.options.onProgress(this.#inFlight.size);
    });
    this.#inFlight.add(done);
    this.options.onProgress(this.#inFlight.size);
    if (pending.long) return;
    const turnsLong = new Promise<void>((resolve) => {
      // What hangs must not keep the others from being judged.
      if (this.#jobs > 1) timer = setTimeout(resolve, LONG_RUN_US / 1000);
    });
    const short = Promise.race([done, turnsLong]).finally(() => this.#short.delete(short));
    this.#short.add(short);
  }

  async #try(pending: Pending, gate: Gate | undefined, together: number): Promise<void> {
    const passage = pending.long ? undefined : gate?.enter();
    const attempt = await this.execute(this.target, pending.run, this.options, passage);
    if (pending.run.sharesHost) this.#sharingHost--;
    // What a stopped run found is not a verdict, unless it was done.
    if (this.options.signal.aborted && attempt.result.verdict !== "pass") return;
    pending.long ||= this.#isLong(attempt.result.duration_us);
    const result = pending.judgement.add(attempt, together);
    if (result?.verdict === "pass") this.#passed.add(pending.run.path);
    if (result !== undefined) this.options.onResult(result);
    else if (gate !== undefined || !this.#settleWithVariant(pending)) this.#again.push(pending);
  }

  /** Settles a run if another variant of its script failed in the same way, and that with it: each is a second try. */
  #settleWithVariant(pending: Pending): boolean {
    const { judgement, run } = pending;
    const others = this.#failures.get(run.path) ?? [];
    const other = others.find((each) => judgement.confirmedBy(each.judgement));
    this.#failures.set(run.path, [...others, pending]);
    if (other === undefined) return false;
    this.options.onResult(judgement.confirmedBy(other.judgement)!);
    const at = this.#again.indexOf(other);
    if (at >= 0) {
      this.#again.splice(at, 1);
      this.options.onResult(other.judgement.confirmedBy(judgement)!);
    }
    return true;
  }
}
