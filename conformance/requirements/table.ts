/**
 * Requirement by target: what the runs show of each clause of the catalogue.
 *
 * @module
 */
import type { Results, RunResult } from "../report/results.ts";
import { type Catalogue, isObservable, type Level, LEVELS, type Requirement, REQUIREMENT_ID } from "./catalogue.ts";

/**
 * What runs show of a clause on a target. `deviates`: it fails as the baseline says, which names the clause.
 * `undecided`: what names it came out neither as pass nor as fail of it (flaky, an error, or it failed for another clause
 * before it was looked at).
 */
export type Standing = "pass" | "fail" | "deviates" | "undecided" | "not covered" | "not observable";

/** The standings, in the order in which tables have them. */
export const STANDINGS: readonly Standing[] = [
  "pass",
  "fail",
  "deviates",
  "undecided",
  "not covered",
  "not observable",
];

/** A clause on a target. */
export interface RequirementCell {
  /** Name of the target. */
  readonly target: string;
  /** What the runs show. */
  readonly standing: Standing;
  /** Runs that name the clause, as indices into the results' runs. */
  readonly runs: readonly number[];
  /** Those of them that made it no pass. */
  readonly against: readonly number[];
  /** Reasons of the baseline, where it deviates. */
  readonly reasons: readonly string[];
}

/** A clause and what the runs show of it. */
export interface RequirementRow {
  /** The clause. */
  readonly requirement: Requirement;
  /** One for each target, in the table's order. */
  readonly cells: readonly RequirementCell[];
}

/** How many clauses stand how, by target. */
export type StandingCounts = Readonly<Record<string, Readonly<Record<Standing, number>>>>;

/** The clauses of one document. */
export interface DocumentTable {
  /** As people cite it. */
  readonly document: string;
  /** Its title. */
  readonly title: string;
  /** Its clauses. */
  readonly rows: readonly RequirementRow[];
  /** Counts by level; levels that it does not have are left out. */
  readonly levels: readonly { readonly level: Level; readonly total: number; readonly counts: StandingCounts }[];
}

/** The whole table. */
export interface RequirementTable {
  /** Names of the targets, as in the results. */
  readonly targets: readonly string[];
  /** One for each document. */
  readonly documents: readonly DocumentTable[];
  /** Counts over all documents. */
  readonly totals: StandingCounts;
  /** Ids that scripts name and the catalogue does not have. */
  readonly unknown: readonly string[];
}

/** `unseen`: the run failed before or for something else; `unclear`: flaky, or an error. */
type Said = "pass" | "fail" | "deviates" | "unseen" | "unclear" | "skipped";

/** What one run says of one clause that its script names. */
function saysOf(run: RunResult, id: string): Said {
  switch (run.verdict) {
    case "pass":
    case "unexpected-pass":
      return "pass";
    case "skip":
      return "skipped";
    case "flaky":
    case "error":
      return "unclear";
    case "fail":
      return broken(run).includes(id) ? "fail" : "unseen";
    case "expected-fail":
      return deviating(run).includes(id) ? "deviates" : "unseen";
  }
}

/** The clauses that the line at which a run failed stands for: all that the script names, unless it says more. */
function broken(run: RunResult): readonly string[] {
  return run.failure?.requirements ?? run.requirements ?? [];
}

/** What the baseline names in place of a clause where the documents leave open what the script wants. */
const OPEN = "open";

/** The clause that the baseline names, if the script names it, too; none where it names another, or says that it is open. */
function deviating(run: RunResult): readonly string[] {
  const { clause, requirements = [] } = run;
  if (clause === undefined) return broken(run);
  if (requirements.includes(clause)) return [clause];
  return clause === OPEN || REQUIREMENT_ID.test(clause) ? [] : broken(run);
}

function standingOf(said: readonly Said[]): Standing {
  if (said.includes("fail")) return "fail";
  if (said.includes("deviates")) return "deviates";
  if (said.includes("unclear")) return "undecided";
  if (said.includes("pass")) return "pass";
  return said.includes("unseen") ? "undecided" : "not covered";
}

function cellOf(clause: Requirement, target: string, results: Results, indices: readonly number[]): RequirementCell {
  const runs = indices.filter((i) => results.runs[i]!.target === target);
  const said = runs.map((i) => saysOf(results.runs[i]!, clause.id));
  const standing = runs.length === 0 && !isObservable(clause) ? "not observable" : standingOf(said);
  return {
    target,
    standing,
    runs,
    against: runs.filter((_, k) => said[k] !== "pass" && said[k] !== "skipped"),
    reasons: [...new Set(runs.filter((_, k) => said[k] === "deviates").flatMap((i) => results.runs[i]!.reason ?? []))],
  };
}

function count(targets: readonly string[], rows: readonly RequirementRow[]): StandingCounts {
  const counts: Record<string, Record<Standing, number>> = {};
  for (const target of targets) {
    counts[target] = {
      pass: 0,
      fail: 0,
      deviates: 0,
      undecided: 0,
      "not covered": 0,
      "not observable": 0,
    };
  }
  for (const { cells } of rows) for (const { target, standing } of cells) counts[target]![standing]++;
  return counts;
}

/** What `results` show of every clause of `catalogue`, by target. */
export function requirementTable(results: Results, catalogue: Catalogue): RequirementTable {
  const targets = [...new Set(results.runs.map((run) => run.target))];
  const naming = new Map<string, number[]>();
  results.runs.forEach((run, i) => {
    for (const id of new Set(run.requirements ?? [])) {
      const indices = naming.get(id);
      if (indices === undefined) naming.set(id, [i]);
      else indices.push(i);
    }
  });
  const documents = catalogue.documents.map(({ document, title, requirements }): DocumentTable => {
    const rows = requirements.map((requirement): RequirementRow => ({
      requirement,
      cells: targets.map((target) => cellOf(requirement, target, results, naming.get(requirement.id) ?? [])),
    }));
    const levels = LEVELS.flatMap((level) => {
      const ofLevel = rows.filter((row) => row.requirement.level === level);
      return ofLevel.length === 0 ? [] : [{ level, total: ofLevel.length, counts: count(targets, ofLevel) }];
    });
    return { document, title, rows, levels };
  });
  return {
    targets,
    documents,
    totals: count(targets, documents.flatMap(({ rows }) => rows)),
    unknown: [...naming.keys()].filter((id) => catalogue.find(id) === undefined).sort(),
  };
}
