/**
 * Entries of a baseline that no longer apply, as far as a run can tell.
 *
 * A script file that is not there any more can be said by any run, and so can a target that does not exist. What an entry
 * says of a script can be told by a run that has read it, and that it was not met only by one in which it could have been.
 *
 * @module
 */
import type { OutdatedEntry, RunResult } from "../report/results.ts";
import type { PlannedRun } from "../runner/plan.ts";
import type { Baseline, KnownDeviation } from "./baseline.ts";

/** What a run was about. */
export interface RunScope {
  /** Everything planned, before shards were taken. */
  readonly planned: readonly PlannedRun[];
  /** The command line named variants, so that what is planned is not all there is. */
  readonly variantsNamed: boolean;
  /** Names of all targets there are: the built-in ones, and those that the command line makes. */
  readonly targets: readonly string[];
  /** The family of a target that was run, as an entry may name it. */
  familyOf?(target: string): string | undefined;
  /** The verdicts, baseline applied. */
  readonly runs: readonly RunResult[];
  /** Whether an entry's script exists, for those that are in nobody's plan. */
  exists(path: string): boolean;
}

/** The entries that no longer apply, and why. */
export function outdatedEntries(baseline: Baseline, scope: RunScope): OutdatedEntry[] {
  return baseline.entries.flatMap((entry) => {
    const why = whyOutdated(baseline, entry, scope);
    if (why === undefined) return [];
    const { file, script, target, variant, line } = entry;
    return [{ file, script, target, ...(variant && { variant }), ...(line && { line }), why }];
  });
}

function whyOutdated(baseline: Baseline, entry: KnownDeviation, scope: RunScope): string | undefined {
  if (!scope.targets.includes(entry.target)) {
    return `there is no target ${entry.target}, only ${scope.targets.join(", ")}`;
  }
  const planned = scope.planned.filter((run) => baseline.isAbout(entry, run.path));
  if (planned.length === 0) {
    return entry.path !== undefined && !scope.exists(entry.path) ? "the script does not exist" : undefined;
  }
  return whyOfScript(entry, planned, scope.variantsNamed) ?? whyNotMet(baseline, entry, scope);
}

/** What a script that was read tells. */
function whyOfScript(
  entry: KnownDeviation,
  planned: readonly PlannedRun[],
  variantsNamed: boolean,
): string | undefined {
  const { variant, line, target } = entry;
  if (variant !== undefined && !variantsNamed && !planned.some((run) => run.variant === variant)) {
    return `the script does not run in ${variant}`;
  }
  for (const run of planned) {
    if (run.kind === "broken" || (variant !== undefined && run.variant !== variant)) continue;
    const { targets } = run.script.header;
    if (targets.length > 0 && !targets.includes(target)) return `the script's header leaves ${target} out`;
  }
  const ready = planned.filter((run) => run.kind === "ready");
  if (line === undefined || ready.length < planned.length) return undefined;
  const there = ready.some((run) => run.script.events.some((event) => event.line === line));
  return there ? undefined : `line ${line} of the script has no event`;
}

/** What runs of the script on the target tell. That it passed is the run's own verdict: unexpected-pass. */
function whyNotMet(baseline: Baseline, entry: KnownDeviation, scope: RunScope): string | undefined {
  const familyOf = ({ target }: RunResult) => scope.familyOf?.(target);
  const runs = scope.runs.filter((run) =>
    (run.target === entry.target || familyOf(run) === entry.target) &&
    (entry.variant === undefined || entry.variant === run.variant) &&
    baseline.isAbout(entry, run.script)
  );
  const judged = runs.filter((run) => !["skip", "error", "flaky"].includes(run.verdict));
  if (judged.length === 0 || judged.length < runs.length) return undefined;
  const met = runs.some((run) => baseline.find(run, familyOf(run)) === entry && run.verdict !== "fail");
  if (met) return undefined;
  const where = [...new Set(judged.map((run) => run.line === undefined ? "elsewhere" : `at line ${run.line}`))];
  return judged.every((run) => run.verdict === "fail" || run.verdict === "expected-fail")
    ? `the script fails ${where.join(" and ")} instead`
    : "no run of the script was held against it";
}
