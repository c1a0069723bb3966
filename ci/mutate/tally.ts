/**
 * What a campaign found, for people and for programs.
 *
 * @module
 */
import { textTable } from "../../conformance/report/text_table.ts";
import type { Judged } from "./campaign.ts";
import { describeMutant } from "./mutants.ts";

/** One mutant as the JSON file has it. */
export interface JudgedRecord {
  readonly path: string;
  readonly line: number;
  readonly operator: string;
  readonly text: string;
  readonly replacement: string;
  readonly clauses: readonly string[];
  readonly outcome: Judged["outcome"];
  readonly tried: number;
  /** `script:line variant profile`, in the order in which they noticed. */
  readonly noticed: readonly string[];
}

/** A mutant for the JSON file. */
export function recordOf({ mutant, outcome, notices, tried }: Judged): JudgedRecord {
  const { path, line, operator, text, replacement, clauses } = mutant;
  const noticed = notices.map(({ run, line, verdict }) =>
    `${run.script}${line === undefined ? "" : `:${line}`} ${run.variant} ${run.profile}${
      verdict === "fail" ? "" : ` ${verdict}`
    }`
  );
  return { path, line, operator, text, replacement, clauses, outcome, tried, noticed };
}

function share(killed: number, total: number): string {
  return total === 0 ? "" : `${(100 * killed / total).toFixed(1)} %`;
}

function rowOf(name: string, judged: readonly Judged[]): string[] {
  const count = (outcome: Judged["outcome"]) => judged.filter((each) => each.outcome === outcome).length;
  const killed = count("killed");
  return [
    name,
    String(judged.length),
    String(killed),
    String(count("survived")),
    String(count("unreached")),
    share(killed, judged.length),
  ];
}

const HEADING = ["mutants", "killed", "survived", "unreached", ""];

/** Killed and survived by file. */
export function byFile(judged: readonly Judged[]): string {
  const files = [...Map.groupBy(judged, ({ mutant }) => mutant.path)].sort(([a], [b]) => a < b ? -1 : 1);
  return textTable([["file", ...HEADING], ...files.map(([path, own]) => rowOf(path, own)), rowOf("all", judged)]);
}

/** Killed and survived by clause; a mutant in code of several counts for each. */
export function byClause(judged: readonly Judged[]): string {
  const clauses = new Map<string, Judged[]>();
  for (const each of judged) {
    for (const clause of each.mutant.clauses) {
      const own = clauses.get(clause);
      if (own === undefined) clauses.set(clause, [each]);
      else own.push(each);
    }
  }
  const rows = [...clauses].sort(([a], [b]) => a < b ? -1 : 1).map(([clause, own]) => rowOf(clause, own));
  return textTable([["clause", ...HEADING], ...rows]);
}

/** What nobody noticed, a line each. */
export function survivors(judged: readonly Judged[]): string[] {
  return judged.filter(({ outcome }) => outcome !== "killed").map(({ mutant, outcome }) => {
    const clauses = mutant.clauses.length === 0 ? "" : ` (${mutant.clauses.join(", ")})`;
    return `${outcome.padEnd(9)} ${describeMutant(mutant)}${clauses}`;
  });
}
