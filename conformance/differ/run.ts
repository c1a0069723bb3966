/**
 * Running scripts on a target, as far as they are to be compared: what a call returns is noted and not judged.
 *
 * @module
 */
import { type Attempt, type ExecuteOptions, executeRun } from "../runner/execute.ts";
import { planText } from "../runner/plan.ts";
import type { Target } from "../targets/target.ts";
import type { PythonRunner } from "../timeline/mod.ts";

/** A script of its own name. */
export interface Script {
  readonly name: string;
  readonly text: string;
}

/** Runs a script once. */
export async function runOnce(target: Target, script: Script, python: PythonRunner): Promise<Attempt> {
  const [planned] = planText({ path: script.name, text: script.text }, undefined);
  const options: ExecuteOptions = {
    python,
    cwd: ".",
    strict: false,
    limit_us: 120e6,
    unjudgedCalls: true,
  };
  return await executeRun(target, planned!, options);
}

/** Does `work` on each of `all`, with up to `jobs` under way; results are in the order of `all`. */
export async function each<T, R>(all: readonly T[], jobs: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(all.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, all.length) }, worker));
  return results;
}
