/**
 * Which runs a filter leaves, how many there are of each kind, and in which order they are listed.
 *
 * @module
 */
import type { Verdict } from "../results.ts";
import type { PageIndex, PageRun } from "./document.ts";
import type { Filter, Order } from "./state.ts";

/** Verdicts, those that want attention first. */
export const VERDICTS: readonly Verdict[] = [
  "fail",
  "error",
  "flaky",
  "unexpected-pass",
  "expected-fail",
  "skip",
  "pass",
];

/** What can be filtered by with a click. */
export type Facet = "verdicts" | "targets" | "variants" | "documents";

/** Runs of one script in one variant, those of each target. */
export interface RunGroup {
  readonly script: number;
  readonly variant: string;
  /** Numbers of runs by target. */
  readonly runs: ReadonlyMap<string, number>;
}

/** Number of runs by value of a facet. */
export type FacetCounts = Readonly<Record<Facet, ReadonlyMap<string, number>>>;

/** Finds runs. Made once: what is searched is put together then. */
export class RunFinder {
  readonly #index: PageIndex;
  /** What each run is counted under. */
  readonly #values: readonly Readonly<Record<Facet, readonly string[]>>[];
  readonly #texts: readonly string[];
  /** All groups, in the order of the document. */
  readonly groups: readonly RunGroup[];
  /** Targets in the order in which they first appear. */
  readonly targets: readonly string[];

  constructor(index: PageIndex) {
    this.#index = index;
    const documents = new Map(index.requirements?.map(({ id, document }) => [id, document]));
    this.#values = index.runs.map(({ verdict, target, variant, requirements = [] }) => ({
      verdicts: [verdict],
      targets: [target],
      variants: [variant],
      documents: [...new Set(requirements.map((id) => documents.get(id) ?? documentOf(id)))],
    }));
    this.#texts = index.runs.map(({ script, message, reason = "", requirements = [] }) => {
      const { path, title = "" } = index.scripts[script]!;
      return [path, title, message, reason, ...requirements].join("\n").toLowerCase();
    });
    this.groups = groupsOf(index.runs);
    this.targets = [...new Set(index.runs.map(({ target }) => target))];
  }

  /** Numbers of the runs that a filter leaves, and what choosing each value of a facet would leave besides. */
  find(filter: Filter): { readonly runs: ReadonlySet<number>; readonly counts: FacetCounts } {
    const words = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const found = new Set<number>();
    const counts = { verdicts: new Map(), targets: new Map(), variants: new Map(), documents: new Map() } as const;
    this.#index.runs.forEach((run, number) => {
      if (!words.every((word) => this.#texts[number]!.includes(word))) return;
      if (filter.clause !== "" && run.requirements?.includes(filter.clause) !== true) return;
      const values = this.#values[number]!;
      const missed = FACETS.filter((facet) =>
        filter[facet].length > 0 && !values[facet].some((value) => filter[facet].includes(value))
      );
      if (missed.length === 0) found.add(number);
      if (missed.length > 1) return;
      // A value counts the runs that all other facets leave.
      for (const facet of missed.length === 1 ? missed : FACETS) {
        for (const value of values[facet]) counts[facet].set(value, (counts[facet].get(value) ?? 0) + 1);
      }
    });
    return { runs: found, counts };
  }

  /** Groups that have one of the runs, in order. */
  list(runs: ReadonlySet<number>, order: Order): RunGroup[] {
    const there = this.groups.flatMap((group) => {
      const numbers = [...group.runs.values()].filter((number) => runs.has(number));
      return numbers.length === 0 ? [] : [{ group, rank: this.#rank(numbers, order) }];
    });
    if (order === "script") {
      const paths = this.#index.scripts.map(({ path }) => path);
      there.sort((a, b) => compareText(paths[a.group.script]!, paths[b.group.script]!));
    } else {
      there.sort((a, b) => a.rank - b.rank);
    }
    return there.map(({ group }) => group);
  }

  #rank(numbers: readonly number[], order: Order): number {
    const runs = numbers.map((number) => this.#index.runs[number]!);
    if (order === "slowest") return -Math.max(...runs.map((run) => run.duration_us));
    return Math.min(...runs.map((run) => VERDICTS.indexOf(run.verdict)));
  }
}

const FACETS: readonly Facet[] = ["verdicts", "targets", "variants", "documents"];

/** The document of a clause that no catalogue has, by its id: `RFC9293-MUST-13` is of `RFC 9293`. */
export function documentOf(id: string): string {
  return /^RFC(\d+)(?=-)/.exec(id)?.[0].replace("RFC", "RFC ") ?? "other";
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groupsOf(runs: readonly PageRun[]): RunGroup[] {
  const groups = new Map<string, { script: number; variant: string; runs: Map<string, number> }>();
  runs.forEach(({ script, variant, target }, number) => {
    const key = `${script} ${variant}`;
    const group = groups.get(key) ?? { script, variant, runs: new Map<string, number>() };
    groups.set(key, group);
    group.runs.set(target, number);
  });
  return [...groups.values()];
}
