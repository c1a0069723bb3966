/**
 * Which clauses a filter leaves, and totals by document and level.
 *
 * @module
 */
import type { RequirementResult } from "../results.ts";
import type { Filter } from "./state.ts";

/** How a clause stands on a target. */
export type Standing = RequirementResult["standings"][string];

/** Standings, those that want attention first. */
export const STANDINGS: readonly Standing[] = [
  "fail",
  "undecided",
  "deviates",
  "pass",
  "not covered",
  "not observable",
];

/** Levels, the strictest first. */
export const LEVELS: readonly RequirementResult["level"][] = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"];

/** How many clauses stand how. */
export type StandingCounts = Readonly<Record<Standing, number>>;

/** Some clauses counted. */
export interface ClauseTotal {
  /** A document, a level, or what else they have in common. */
  readonly name: string;
  readonly of: readonly RequirementResult[];
  /** By target. */
  readonly counts: ReadonlyMap<string, StandingCounts>;
}

/** Totals of one document. */
export interface DocumentTotal extends ClauseTotal {
  readonly levels: readonly ClauseTotal[];
}

/** What can be filtered by with a click. */
export type ClauseFacet = "documents" | "levels" | "standings" | "targets";

const FACETS: readonly ClauseFacet[] = ["documents", "levels", "standings", "targets"];

/** Counts some clauses. */
export function totalOf(name: string, clauses: readonly RequirementResult[], targets: readonly string[]): ClauseTotal {
  const counts = targets.map((target) => {
    const count = Object.fromEntries(STANDINGS.map((standing) => [standing, 0])) as Record<Standing, number>;
    for (const { standings } of clauses) count[standings[target] ?? "not covered"]++;
    return [target, count] as const;
  });
  return { name, of: clauses, counts: new Map(counts) };
}

/** Totals of each document and each of its levels, by the documents' numbers. */
export function documentTotals(clauses: readonly RequirementResult[], targets: readonly string[]): DocumentTotal[] {
  const byDocument = [...Map.groupBy(clauses, ({ document }) => document)].sort(([a], [b]) => byNumber(a, b));
  return byDocument.map(([document, own]) => ({
    ...totalOf(document, own, targets),
    levels: levelTotals(own, targets),
  }));
}

/** Orders names by the numbers in them: `RFC 768` stands before `RFC 5681`. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Whether a script that shows the clause was run, on any target. */
export function isCovered({ standings }: RequirementResult): boolean {
  return Object.values(standings).some((standing) => standing !== "not covered" && standing !== "not observable");
}

/** Totals of each level that there is. */
export function levelTotals(clauses: readonly RequirementResult[], targets: readonly string[]): ClauseTotal[] {
  return LEVELS.flatMap((level) => {
    const own = clauses.filter((clause) => clause.level === level);
    return own.length === 0 ? [] : [totalOf(level, own, targets)];
  });
}

/** Clauses that a filter leaves, and how many there are of each kind. */
export function findClauses(
  clauses: readonly RequirementResult[],
  filter: Filter,
): {
  readonly clauses: readonly RequirementResult[];
  readonly counts: Readonly<Record<ClauseFacet, ReadonlyMap<string, number>>>;
} {
  const words = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const counts = { documents: new Map(), levels: new Map(), standings: new Map(), targets: new Map() } as const;
  const found = clauses.filter((clause) => {
    const text = `${clause.id}\n${clause.document}\n${clause.section}\n${clause.text}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    const values: Record<ClauseFacet, readonly string[]> = {
      documents: [clause.document],
      levels: [clause.level],
      standings: standingsOf(clause, filter),
      targets: Object.keys(clause.standings),
    };
    const missed = FACETS.filter((facet) =>
      filter[facet].length > 0 && !values[facet].some((value) => filter[facet].includes(value))
    );
    if (missed.length <= 1) {
      for (const facet of missed.length === 1 ? missed : FACETS) {
        for (const value of values[facet]) counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
      }
    }
    return missed.length === 0;
  });
  return { clauses: found, counts };
}

function standingsOf({ standings }: RequirementResult, { targets }: Filter): Standing[] {
  const wanted = Object.entries(standings).filter(([target]) => targets.length === 0 || targets.includes(target));
  return [...new Set(wanted.map(([, standing]) => standing))];
}
