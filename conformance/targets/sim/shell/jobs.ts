/**
 * Commands that take the world's time: in the foreground, which moves it, and in the background, which timers carry on.
 *
 * @module
 */
import type { Stack } from "../../../../stack/stack.ts";
import { UnsupportedError } from "../../target.ts";
import { Exit, type Job, type Pause, type Run } from "./control.ts";
import { RUNNER_PID } from "./world.ts";

/** Status of a command that a signal ended, less the signal. */
const SIGNALLED = 128;

class BackgroundJob implements Job {
  status: number | undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(readonly pid: number, readonly run: Run<number>) {}

  whenDone(wake: () => void): void {
    this.#waiting.push(wake);
  }

  end(status: number): void {
    if (this.status !== undefined) return;
    this.status = status;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The processes of one world. */
export class Jobs {
  readonly #stack: Stack;
  readonly #jobs = new Map<number, BackgroundJob>();
  readonly #pass: (until_us: number) => void;
  #last = RUNNER_PID;

  /** @param pass lets the world's time go on to a moment; throws {@link UnsupportedError} where that can't be */
  constructor(stack: Stack, pass: (until_us: number) => void = (until_us) => stack.runUntil(until_us)) {
    this.#stack = stack;
    this.#pass = pass;
  }

  /** A process id that nobody had. */
  pid(): number {
    return ++this.#last;
  }

  /** Starts a command in the background: it runs until it waits for something. */
  start(run: Run<number>): Job {
    const job = new BackgroundJob(this.pid(), run);
    this.#jobs.set(job.pid, job);
    this.#advance(job);
    return job;
  }

  /** A job by its process id. */
  find(pid: number): Job | undefined {
    return this.#jobs.get(pid);
  }

  /** All that still run. */
  running(): Job[] {
    return [...this.#jobs.values()].filter((job) => job.status === undefined);
  }

  /** Ends a job by a signal. False if there is no such job any more. */
  kill(pid: number, signal: number): boolean {
    const job = this.#jobs.get(pid);
    if (job === undefined || job.status !== undefined) return false;
    if (signal !== 0) job.end(SIGNALLED + signal);
    return true;
  }

  /** Runs a command while the world's time goes on. */
  foreground(run: Run<number>): number {
    for (;;) {
      const step = run.next();
      if (step.done === true) return step.value;
      this.#await(step.value);
    }
  }

  #await(pause: Pause): void {
    if ("until_us" in pause) {
      this.#pass(pause.until_us);
      return;
    }
    while (pause.job.status === undefined) {
      const due = this.#stack.nextDeadline();
      if (due === undefined) throw new UnsupportedError("a shell that waits for a command that never ends");
      this.#pass(due);
    }
  }

  #advance(job: BackgroundJob): void {
    if (job.status !== undefined) return;
    let step;
    try {
      step = job.run.next();
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      step = { done: true, value: error.status } as const;
    }
    if (step.done === true) {
      job.end(step.value);
    } else if ("job" in step.value) {
      if (step.value.job.status === undefined) step.value.job.whenDone(() => this.#advance(job));
      else this.#advance(job);
    } else {
      this.#stack.net.timers.create("shell job", () => this.#advance(job)).arm(step.value.until_us);
    }
  }
}
