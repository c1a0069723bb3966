/**
 * Targets side by side: the table of verdicts, and where they parted.
 *
 * @module
 */
import { type ComparedStep, compareRuns, type RunComparison } from "./compare.ts";
import { type ConsoleStyle, paint, stepText, VERDICT_PAINT } from "./console_style.ts";
import type { EvidenceEntry, Results, RunResult } from "./results.ts";
import { type ComparedRun, differs, groupRuns, isComparable, passes, targetsOf } from "./summary.ts";
import { textTable } from "./text_table.ts";

/** The comparison of the targets, a line each; nothing where there is one target only. */
export function formatComparison(results: Results, style: ConsoleStyle): string[] {
  const targets = targetsOf(results.runs);
  if (targets.length < 2) return [];
  const groups = groupRuns(results.runs);
  const out = ["", verdictTable(groups, targets, style)];
  for (const group of groups.filter(differs)) {
    const runs = targets.flatMap((target) => group.byTarget.get(target) ?? []).filter(isComparable);
    const base = runs.find(passes) ?? runs[0]!;
    for (const run of runs) {
      if (run === base || passes(run) && passes(base) || noDifference(run, base)) continue;
      out.push("", ...difference(base, run, style));
    }
  }
  out.push(...unseen(groups.filter((group) => !differs(group)), targets, style));
  return out;
}

/** Runs that came out alike though what the stacks did differs: no line of the script looks at it. */
function unseen(groups: readonly ComparedRun[], targets: readonly string[], style: ConsoleStyle): string[] {
  const out: string[] = [];
  let count = 0;
  for (const group of groups) {
    const runs = targets.flatMap((target) => group.byTarget.get(target) ?? []).filter((run) =>
      run.evidence !== undefined
    );
    const [base, ...others] = runs.filter((run) => passes(run));
    for (const run of base === undefined ? [] : others) {
      const comparison = compareRuns(base!, run);
      if (comparison === undefined) continue;
      count++;
      if (!style.verbose) break;
      const what = `${group.script} (${group.variant}): ${base!.target} and ${run.target} pass, but differ`;
      out.push("", paint(style, "bold", what), sideBySide(comparison, base!.target, run.target));
    }
  }
  if (count === 0 || style.verbose) return out;
  return ["", `${count} passed on all targets that do not do the same where the script does not look: see --verbose`];
}

function verdictTable(groups: readonly ComparedRun[], targets: readonly string[], style: ConsoleStyle): string {
  const rows = groups.map((group) => [
    group.script,
    group.variant,
    ...targets.map((target) => {
      const verdict = group.byTarget.get(target)?.verdict;
      return verdict === undefined ? "·" : paint(style, VERDICT_PAINT[verdict], verdict);
    }),
  ]);
  return textTable([["script", "variant", ...targets], ...rows]);
}

/** Whether two runs that both did not pass tell nothing about where the stacks part. */
function noDifference(one: RunResult, other: RunResult): boolean {
  if (passes(one) || passes(other)) return false;
  if (one.verdict === "error" || other.verdict === "error") return true;
  return one.line === other.line && one.failure?.kind === other.failure?.kind;
}

/** Where two runs parted. */
function difference(base: RunResult, run: RunResult, style: ConsoleStyle): string[] {
  const out = [paint(style, "bold", `${run.script} (${run.variant}): ${base.target} and ${run.target} differ`)];
  for (const one of [base, run]) {
    if (passes(one)) continue;
    out.push(`  ${one.target}: ${one.message.split("\n")[0]}`);
    if (one.reason !== undefined) out.push(`  known: ${one.reason}`);
  }
  // An error is not the stack's.
  if (base.evidence === undefined || run.evidence === undefined || run.verdict === "error") return out;
  const comparison = compareRuns(base, run);
  out.push(
    comparison === undefined
      ? `  all packets and results recorded are the same, but for what ${
        run.failure?.kind === "code" ? "the code sees" : "the message says"
      }`
      : sideBySide(comparison, base.target, run.target),
  );
  return out;
}

function sideBySide({ steps }: RunComparison, left: string, right: string): string {
  const rows = [[" ", "line", left, right]];
  for (const step of steps) {
    if (step === undefined) {
      rows.push([" ", "", "…", "…"]);
      continue;
    }
    const line = step.left?.line ?? step.right?.line;
    rows.push([
      step.differs ? "≠" : " ",
      line === undefined ? "" : String(line),
      cell(step.left, step),
      cell(step.right, step),
    ]);
    for (const { field, left, right } of step.fields) rows.push([" ", "", `    ${field}: ${left}`, `    ${right}`]);
  }
  return textTable(rows);
}

function cell(entry: EvidenceEntry | undefined, step: ComparedStep): string {
  if (entry === undefined) {
    return step.left?.kind === "outbound" || step.right?.kind === "outbound" ? "(no packet)" : "(nothing)";
  }
  return `${(entry.time_us / 1e6).toFixed(6)} ${stepText(entry)}`;
}
