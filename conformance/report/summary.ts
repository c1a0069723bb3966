/**
 * Counting verdicts.
 *
 * @module
 */
import type { OutdatedEntry, Results, RunResult, Verdict } from "./results.ts";

/** Number of runs by verdict. */
export type Counts = Readonly<Record<Verdict, number>>;

/** Counts the verdicts of `runs`. */
export function countVerdicts(runs: readonly Pick<RunResult, "verdict">[]): Counts {
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

/** Whether a run passed, whatever a baseline says of that. */
export function passes(run: RunResult): boolean {
  return run.verdict === "pass" || run.verdict === "unexpected-pass";
}

/** Whether a run says something of the stack that another's can be held against; not what was skipped or is flaky. */
export function isComparable(run: RunResult): boolean {
  return run.verdict !== "skip" && run.verdict !== "flaky";
}

/** Whether the targets of a group came to different outcomes (baseline set aside): one fails, or fails elsewhere. */
export function differs(group: ComparedRun): boolean {
  const outcomes = new Set(
    [...group.byTarget.values()].filter(isComparable).map((run) =>
      passes(run) ? "pass" : `${run.verdict === "error" ? "error" : "fail"} ${run.line} ${run.failure?.kind}`
    ),
  );
  return outcomes.size > 1;
}

/** Of entries that are outdated for the same reason so many are named. */
const NAMED = 3;

/** The outdated entries of baselines, a sentence for each, or for all that share a reason. */
export function describeOutdated(entries: readonly OutdatedEntry[] = []): string[] {
  const sentences: string[] = [];
  for (const alike of Map.groupBy(entries, ({ file, why }) => `${file}\0${why}`).values()) {
    const { file, why } = alike[0]!;
    const names = alike.map(({ script, target, variant, line }) =>
      [script, target, variant, line && `line ${line}`].filter((part) => part !== undefined).join(", ")
    );
    if (names.length <= NAMED) {
      sentences.push(...names.map((name) => `${file}: the entry ${name} no longer applies: ${why}`));
    } else {
      sentences.push(
        `${file}: ${names.length} entries no longer apply: ${why} (${names.slice(0, NAMED).join("; ")}; …)`,
      );
    }
  }
  return sentences;
}
