/**
 * The catalogue for a round of runs.
 *
 * @module
 */
import { type Catalogue, loadCatalogue, type RequirementTable, requirementTable } from "../requirements/mod.ts";
import type { Results, RunResult } from "../report/results.ts";

/**
 * Tells clauses by what they ask. The catalogue is loaded at once where there are many runs; for a few when one of them
 * has failed, since most pass and somebody waits for them.
 */
export class ClauseTeller {
  #catalogue: Catalogue | undefined;

  /** Runs from which on the catalogue is loaded at once. */
  static readonly MANY = 8;

  /** A teller for so many runs. */
  static async for(runs: number): Promise<ClauseTeller> {
    const teller = new ClauseTeller();
    if (runs >= ClauseTeller.MANY) await teller.load();
    return teller;
  }

  /** Whether {@link describe} knows more than ids. */
  get ready(): boolean {
    return this.#catalogue !== undefined;
  }

  /** Loads the catalogue, once. */
  async load(): Promise<void> {
    this.#catalogue ??= await loadCatalogue();
  }

  /** A clause with section, level and what it asks, once the catalogue is loaded. */
  describe(id: string): string {
    return this.#catalogue?.describe(id) ?? id;
  }

  /** What the runs show of every clause; nothing where no script names one. */
  async table(results: Results): Promise<RequirementTable | undefined> {
    if (!results.runs.some(namesClauses)) return undefined;
    await this.load();
    return requirementTable(results, this.#catalogue!);
  }
}

function namesClauses(run: RunResult): boolean {
  return run.requirements !== undefined;
}

/** The results with what they show of every clause that can be seen from outside. */
export function withRequirements(results: Results, table: RequirementTable | undefined): Results {
  if (table === undefined) return results;
  const requirements = table.documents.flatMap(({ document, rows }) =>
    rows.map(({ requirement: { id, section, level, text }, cells }) => ({
      id,
      document,
      section,
      level,
      text,
      standings: Object.fromEntries(cells.map(({ target, standing }) => [target, standing])),
    }))
  );
  return { ...results, requirements };
}
