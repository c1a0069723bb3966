/**
 * Runs planned runs on one target: many in flight where time is real, one after the other where it is virtual, and alone
 * again where the runner itself was late.
 *
 * @module
 */
import type { RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import { executeRun } from "./execute.ts";
import type { ExecuteOptions } from "./execute.ts";
import type { PlannedRun } from "./plan.ts";

/** How runs are scheduled. */
export interface ScheduleOptions extends ExecuteOptions {
  /** Runs in flight at once in real time. */
  readonly jobs: number;
  /** How often a run that failed is tried again. */
  readonly retries: number;
  /** Stops starting runs once aborted. */
  readonly signal: AbortSignal;
  /** Told of each final result. */
  readonly onResult: (result: RunResult) => void;
  /** Told how many runs are in flight. */
  readonly onProgress: (inFlight: number) => void;
}

/** How often a run is repeated alone because the runner was late, before its verdict is an error of the harness. */
const LATE_RETRIES = 5;

/**
 * Runs everything in `planned` on `target`. Longest first where many are in flight, since the longest decides the end.
 * Resolves when all have a result or `signal` is aborted.
 */
export async function runOnTarget(
  target: Target,
  planned: readonly PlannedRun[],
  options: ScheduleOptions,
): Promise<void> {
  const queue = [...planned];
  if (!target.virtualTime) queue.sort((a, b) => b.estimate_us - a.estimate_us);
  const again: { run: PlannedRun; lateRetries: number; retries: number }[] = [];
  let inFlight = 0;

  const settle = (run: PlannedRun, attempt: Awaited<ReturnType<typeof executeRun>>, late: number, retries: number) => {
    if (options.signal.aborted && attempt.result.verdict !== "pass") return;
    if (attempt.late !== undefined && attempt.result.verdict !== "pass" && late < LATE_RETRIES) {
      again.push({ run, lateRetries: late + 1, retries });
      return;
    }
    if (attempt.result.verdict === "fail" && retries < options.retries) {
      again.push({ run, lateRetries: late, retries: retries + 1 });
      return;
    }
    options.onResult(late + retries > 0 ? { ...lateVerdict(attempt), retries: late + retries } : attempt.result);
  };

  const worker = async () => {
    for (let run = queue.shift(); run !== undefined && !options.signal.aborted; run = queue.shift()) {
      options.onProgress(++inFlight);
      const attempt = await executeRun(target, run, options);
      options.onProgress(--inFlight);
      settle(run, attempt, 0, 0);
    }
  };
  await Promise.all(Array.from({ length: target.virtualTime ? 1 : options.jobs }, worker));

  for (let next = again.shift(); next !== undefined && !options.signal.aborted; next = again.shift()) {
    options.onProgress(1);
    const attempt = await executeRun(target, next.run, options);
    options.onProgress(0);
    settle(next.run, attempt, next.lateRetries, next.retries);
  }
}

/** A failure that may still be the runner's own after all repetitions is an error of the harness, not the stack's failure. */
function lateVerdict(attempt: Awaited<ReturnType<typeof executeRun>>): RunResult {
  const { result, late } = attempt;
  if (late === undefined || result.verdict !== "fail") return result;
  return {
    ...result,
    verdict: "error",
    message:
      `${result.message}\nthe runner was late by ${late.late_us} us at line ${late.line} each time it was tried: ` +
      "this machine is too busy to judge the script; try --jobs 1",
  };
}
