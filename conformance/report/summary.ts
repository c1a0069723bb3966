/**
 * Counting verdicts.
 *
 * @module
 */
import type { Results, RunResult, Verdict } from "./results.ts";

/** Number of runs by verdict. */
export type Counts = Readonly<Record<Verdict, number>>;

/** Counts the verdicts of `runs`. */
export function countVerdicts(runs: readonly RunResult[]): Counts {
  const counts: Record<Verdict, number> = {
    pass: 0,
    fail: 0,
    flaky: 0,
    skip: 0,
    error: 0,
    "expected-fail": 0,
    "unexpected-pass": 0,
  };
  for (const run of runs) counts[run.verdict]++;
  return counts;
}

/** Whether a verdict is one that was expected. */
export function isExpected(verdict: Verdict): boolean {
  return verdict === "pass" || verdict === "skip" || verdict === "expected-fail";
}

/** Exit status by the contract: 0 all as expected, 1 some not, 2 nothing could be run. */
export function exitStatus(results: Results): 0 | 1 | 2 {
  if (results.runs.length === 0 || results.runs.every((run) => run.verdict === "skip")) return 2;
  return results.interrupted !== true && results.runs.every((run) => isExpected(run.verdict)) ? 0 : 1;
}

/** Targets in the order in which they first appear. */
export function targetsOf(runs: readonly RunResult[]): string[] {
  return [...new Set(runs.map((run) => run.target))];
}

/** Runs of the same script and variant, by target. */
export interface ComparedRun {
  readonly script: string;
  readonly variant: RunResult["variant"];
  readonly byTarget: ReadonlyMap<string, RunResult>;
}

/** Groups runs by script and variant, in order of appearance. */
export function groupRuns(runs: readonly RunResult[]): ComparedRun[] {
  const groups = new Map<string, { script: string; variant: RunResult["variant"]; byTarget: Map<string, RunResult> }>();
  for (const run of runs) {
    const key = `${run.script}\0${run.variant}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { script: run.script, variant: run.variant, byTarget: new Map() };
      groups.set(key, group);
    }
    group.byTarget.set(run.target, run);
  }
  return [...groups.values()];
}

/** Whether the targets of a group came to different outcomes (baseline set aside; what was skipped or flaky is none). */
export function differs(group: ComparedRun): boolean {
  const outcomes = new Set(
    [...group.byTarget.values()].filter((run) => run.verdict !== "skip" && run.verdict !== "flaky").map((run) =>
      run.verdict === "pass" || run.verdict === "unexpected-pass" ? "pass" : "fail"
    ),
  );
  return outcomes.size > 1;
}
