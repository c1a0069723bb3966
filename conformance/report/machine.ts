/**
 * What a machine lacks or refuses, told once with the number of runs that it meets.
 *
 * @module
 */
import type { RunResult } from "./results.ts";

/** One cause why runs could not be judged, or were skipped. */
export interface Cause {
  readonly what: string;
  readonly remedy: string | undefined;
  readonly runs: readonly RunResult[];
}

function group(runs: readonly RunResult[], causeOf: (run: RunResult) => Omit<Cause, "runs"> | undefined): Cause[] {
  const causes = new Map<string, { what: string; remedy: string | undefined; runs: RunResult[] }>();
  for (const run of runs) {
    const cause = causeOf(run);
    if (cause === undefined) continue;
    const key = `${cause.what}\0${cause.remedy}`;
    const known = causes.get(key);
    if (known === undefined) causes.set(key, { ...cause, runs: [run] });
    else known.runs.push(run);
  }
  return [...causes.values()].sort((a, b) => b.runs.length - a.runs.length);
}

/** Whether the machine, not the stack under test, is why a run has no verdict. */
export function isMachines(run: RunResult): boolean {
  return run.verdict === "error" && run.failure?.lack !== undefined;
}

/** Why runs are errors of the machine's, the commonest cause first. */
export function machineCauses(runs: readonly RunResult[]): Cause[] {
  return group(runs, (run) => {
    const lack = isMachines(run) ? run.failure?.lack : undefined;
    return lack && { what: lack.what, remedy: lack.remedy };
  });
}

/** Why runs were skipped, the commonest reason first. */
export function skipCauses(runs: readonly RunResult[]): Cause[] {
  return group(runs, (run) => {
    if (run.verdict !== "skip") return undefined;
    const what = run.message.split("\n")[0]!.replace(run.script, "").replace(/^:(?:\d+:)*\s*/, "");
    return { what: `${run.target}: ${what}`, remedy: undefined };
  });
}
