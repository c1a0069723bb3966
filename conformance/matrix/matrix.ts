/**
 * Clause x stack: what each stack does of each clause, and which scripts show it. A pure function of results documents,
 * which may come from several runs and machines, and of what the scripts say they show.
 *
 * @module
 */
import type { LeftOut, Results, RunResult, Verdict } from "../report/results.ts";
import { countVerdicts } from "../report/summary.ts";

/**
 * What a stack does of a clause:
 *
 * - `pass`: it does what the clause says, as far as the scripts that were run look;
 * - `deviates`: a baseline says, with a reason, that it departs from it;
 * - `fail`: a script of it fails, and no baseline says why;
 * - `flaky`, `error`: no script of it could be judged;
 * - `unseen`: its scripts fail for another clause, so they don't tell;
 * - `skip`: they need what the stack does not have.
 */
export type ClauseState = "pass" | "deviates" | "fail" | "flaky" | "error" | "unseen" | "skip";

/** In the order in which they win where several scripts speak of one clause. */
export const CLAUSE_STATES = ["fail", "deviates", "flaky", "error", "pass", "unseen", "skip"] as const;

/** How a script came out on a stack. */
export interface ScriptOutcome {
  readonly verdict: Verdict;
  readonly line?: number | undefined;
  /** Empty for a pass. */
  readonly message: string;
  /** The clause that the baseline says the stack departs from. */
  readonly clause?: string | undefined;
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
export interface ClauseRow {
  /** Its id, as `RFC9293-MUST-4`. */
  readonly id: string;
  /** The document that it stands in, as `RFC 9293`. */
  readonly document: string;
  /** Scripts that show it, as places in {@link Matrix.scripts}. */
  readonly scripts: readonly number[];
  /** By the name of the stack. */
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
  readonly clauses: readonly ClauseRow[];
  readonly scripts: readonly ScriptRow[];
}

/** What is put together. */
export interface MatrixParts {
  readonly results: readonly Results[];
  readonly leftOut: readonly LeftOut[];
  /** Ids of the clauses that a script says it shows. */
  clausesOf(script: string): readonly string[];
}

/** Puts results together. Where two of them have the same run, the later counts. */
export function buildMatrix({ results, leftOut, clausesOf }: MatrixParts): Matrix {
  const runs = results.flatMap((each) => each.runs);
  const names = [...new Set(runs.map(({ target }) => target))];
  const what = Object.assign({}, ...results.map(({ environment }) => environment.targets)) as Record<string, string>;
  const scripts = scriptRows(runs, clausesOf);
  const clauses = clauseRows(scripts, names);
  const there = new Set(names);
  return {
    schema: 1,
    stacks: names.map((name) => ({
      name,
      what: what[name] ?? "",
      verdicts: countVerdicts(scripts.flatMap(({ outcomes }) => outcomes[name] ?? [])),
      clauses: countStates(clauses, name),
    })),
    left_out: [...leftOut, ...results.flatMap(({ environment }) => environment.left_out)].filter(({ target }) =>
      !there.has(target)
    ),
    clauses,
    scripts,
  };
}

function scriptRows(runs: readonly RunResult[], clausesOf: MatrixParts["clausesOf"]): ScriptRow[] {
  const rows = new Map<string, ScriptRow & { readonly outcomes: Record<string, ScriptOutcome> }>();
  for (const { script, variant, target, verdict, line, message, clause, reason } of runs) {
    const key = `${script}\0${variant}`;
    const row = rows.get(key) ?? { script, variant, clauses: clausesOf(script), outcomes: {} };
    rows.set(key, row);
    row.outcomes[target] = {
      verdict,
      ...(line === undefined ? {} : { line }),
      message,
      ...(clause === undefined ? {} : { clause }),
      ...(reason === undefined ? {} : { reason }),
    };
  }
  return [...rows.values()].sort((a, b) =>
    a.script < b.script ? -1 : a.script > b.script ? 1 : a.variant < b.variant ? -1 : 1
  );
}

function clauseRows(scripts: readonly ScriptRow[], stacks: readonly string[]): ClauseRow[] {
  const places = new Map<string, Set<number>>();
  for (const [place, { clauses, outcomes }] of scripts.entries()) {
    const departed = Object.values(outcomes).flatMap(({ clause }) => clause === undefined ? [] : [clause]);
    for (const id of [...clauses, ...departed.filter(isClause)]) {
      places.set(id, (places.get(id) ?? new Set()).add(place));
    }
  }
  return [...places].sort(([a], [b]) => compareIds(a, b)).map(([id, those]) => ({
    id,
    document: documentOf(id),
    scripts: [...those],
    states: Object.fromEntries(stacks.flatMap((stack) => {
      const seen = [...those].flatMap((place) => stateOf(scripts[place]!, stack, id) ?? []);
      const state = CLAUSE_STATES.find((one) => seen.includes(one));
      return state === undefined ? [] : [[stack, state]];
    })),
  }));
}

/** Whether a baseline's clause is one, not a word such as `configuration`. */
function isClause(text: string): boolean {
  return /^RFC\d+-/.test(text);
}

/** What a script tells of a clause on a stack; `undefined`: it did not run there, or says nothing of this clause. */
function stateOf({ clauses, outcomes }: ScriptRow, stack: string, id: string): ClauseState | undefined {
  const outcome = outcomes[stack];
  if (outcome === undefined) return undefined;
  const claimed = clauses.includes(id);
  switch (outcome.verdict) {
    case "expected-fail":
      return outcome.clause === id ? "deviates" : claimed ? "unseen" : undefined;
    case "unexpected-pass":
      return claimed ? "pass" : undefined;
    default:
      return claimed ? outcome.verdict : undefined;
  }
}

function countStates(clauses: readonly ClauseRow[], stack: string): Record<ClauseState, number> {
  const count = (state: ClauseState) => clauses.filter(({ states }) => states[stack] === state).length;
  return {
    pass: count("pass"),
    deviates: count("deviates"),
    fail: count("fail"),
    flaky: count("flaky"),
    error: count("error"),
    unseen: count("unseen"),
    skip: count("skip"),
  };
}

/** `RFC 9293` of `RFC9293-MUST-4`. */
function documentOf(id: string): string {
  return id.split("-")[0]!.replace(/^RFC/, "RFC ");
}

/** By document, then by the numbers in what follows. */
function compareIds(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
