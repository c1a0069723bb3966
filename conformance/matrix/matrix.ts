/**
 * Clause x stack: what each stack does of each clause of the catalogue, and which scripts show it. A pure function of
 * results documents, which may come from several runs and machines.
 *
 * @module
 */
import type { LeftOut, Results, RunResult, Verdict } from "../report/results.ts";
import { countVerdicts } from "../report/summary.ts";
import { type Catalogue, type Requirement, type RequirementCell, requirementTable } from "../requirements/mod.ts";

/** What a stack does of a clause: the standing of the table of requirements, and `skip` where its scripts were skipped. */
export type ClauseState = "pass" | "deviates" | "fail" | "undecided" | "skip";

/** In the order in which they are counted. */
export const CLAUSE_STATES = ["pass", "deviates", "fail", "undecided", "skip"] as const satisfies ClauseState[];

/** How a script came out on a stack. */
export interface ScriptOutcome {
  readonly verdict: Verdict;
  readonly line?: number | undefined;
  /** Empty for a pass. */
  readonly message: string;
  /** The baseline's clause and reason. */
  readonly reason?: string | undefined;
}

/** A script in one variant, on all stacks. */
export interface ScriptRow {
  readonly script: string;
  readonly variant: RunResult["variant"];
  /** Ids of the clauses that it says it shows. */
  readonly clauses: readonly string[];
  /** By the name of the stack; one that did not run it is not there. */
  readonly outcomes: Readonly<Record<string, ScriptOutcome>>;
}

/** A clause on all stacks. */
export interface ClauseRow extends Pick<Requirement, "id" | "section" | "level" | "text"> {
  /** The document that it stands in, as `RFC 9293`. */
  readonly document: string;
  /** Scripts that show it, as places in {@link Matrix.scripts}. */
  readonly scripts: readonly number[];
  /** By the name of the stack; one on which no script of it was run is not there. */
  readonly states: Readonly<Record<string, ClauseState>>;
}

/** A stack: one column. */
export interface StackColumn {
  readonly name: string;
  /** What it is, with its version. */
  readonly what: string;
  /** How many runs came out how. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** How many clauses are in which state. */
  readonly clauses: Readonly<Record<ClauseState, number>>;
}

/** The whole. */
export interface Matrix {
  /** Version of this form. */
  readonly schema: 1;
  readonly stacks: readonly StackColumn[];
  /** Stacks that could not be run here, and why. */
  readonly left_out: readonly LeftOut[];
  /** Those that a script shows. */
  readonly clauses: readonly ClauseRow[];
  readonly scripts: readonly ScriptRow[];
}

/** Puts results together. Where two of them have the same run, the later counts. */
export function buildMatrix(documents: readonly Results[], leftOut: readonly LeftOut[], catalogue: Catalogue): Matrix {
  const runs = lastOfEach(documents.flatMap((each) => each.runs));
  const names = [...new Set(runs.map(({ target }) => target))];
  const what = new Map(documents.flatMap(({ environment }) => Object.entries(environment.targets)));
  const scripts = scriptRows(runs);
  const clauses = clauseRows(runs, documents, scripts, catalogue);
  return {
    schema: 1,
    stacks: names.map((name) => ({
      name,
      what: what.get(name) ?? "",
      verdicts: countVerdicts(runs.filter(({ target }) => target === name)),
      clauses: countStates(clauses, name),
    })),
    left_out: [...leftOut, ...documents.flatMap(({ environment }) => environment.left_out)].filter(({ target }) =>
      !names.includes(target)
    ),
    clauses,
    scripts,
  };
}

function keyOf({ script, variant }: Pick<RunResult, "script" | "variant">): string {
  return `${script}\0${variant}`;
}

function lastOfEach(runs: readonly RunResult[]): RunResult[] {
  return [...new Map(runs.map((run) => [`${keyOf(run)}\0${run.target}`, run])).values()];
}

function scriptRows(runs: readonly RunResult[]): ScriptRow[] {
  const rows = [...Map.groupBy(runs, keyOf).values()].map((those): ScriptRow => {
    const { script, variant, requirements = [] } = those[0]!;
    const outcomes = Object.fromEntries(those.map((run) => [run.target, outcomeOf(run)]));
    return { script, variant, clauses: requirements, outcomes };
  });
  return rows.sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

function outcomeOf({ verdict, line, message, reason }: RunResult): ScriptOutcome {
  return { verdict, ...(line !== undefined && { line }), message, ...(reason !== undefined && { reason }) };
}

function clauseRows(
  runs: readonly RunResult[],
  documents: readonly Results[],
  scripts: readonly ScriptRow[],
  catalogue: Catalogue,
): ClauseRow[] {
  const [first] = documents;
  if (first === undefined) return [];
  const places = new Map(scripts.map((row, place) => [keyOf(row), place]));
  const table = requirementTable({ ...first, runs }, catalogue);
  return table.documents.flatMap(({ document, rows }) =>
    rows.flatMap(({ requirement, cells }) => {
      const naming = cells.flatMap((cell) => cell.runs.map((i) => places.get(keyOf(runs[i]!))!));
      if (naming.length === 0) return [];
      const { id, section, level, text } = requirement;
      const states = cells.flatMap((cell) => {
        const state = stateOf(cell);
        return state === undefined ? [] : [[cell.target, state] as const];
      });
      return [{
        ...{ id, document, section, level, text },
        scripts: [...new Set(naming)].sort((a, b) => a - b),
        states: Object.fromEntries(states),
      }];
    })
  );
}

function stateOf({ standing, runs }: RequirementCell): ClauseState | undefined {
  if (standing === "not covered") return runs.length > 0 ? "skip" : undefined;
  return standing === "not observable" ? undefined : standing;
}

function countStates(clauses: readonly ClauseRow[], stack: string): Record<ClauseState, number> {
  const count = (state: ClauseState) => clauses.filter(({ states }) => states[stack] === state).length;
  return {
    pass: count("pass"),
    deviates: count("deviates"),
    fail: count("fail"),
    undecided: count("undecided"),
    skip: count("skip"),
  };
}
