/**
 * Which sources of a multicast group are wanted, and how wishes of several add up (RFC 9776 sections 2 and 3, RFC 9777 likewise).
 *
 * @module
 */
import type { IpAddress } from "../../wire/address.ts";

/** All sources but these, or none but these. */
export type FilterMode = "exclude" | "include";

/** A wish. `include` of nothing is no membership at all. */
export interface SourceFilter {
  /** Whether the sources are those that are wanted or those that are not. */
  readonly mode: FilterMode;
  /** By text. */
  readonly sources: ReadonlyMap<string, IpAddress>;
}

const NO_SOURCES: ReadonlyMap<string, IpAddress> = new Map();
/** Not a member. */
export const NOBODY: SourceFilter = { mode: "include", sources: NO_SOURCES };
/** A member whatever the source. */
export const EVERYBODY: SourceFilter = { mode: "exclude", sources: NO_SOURCES };

/** A filter of these sources. */
export function sourceFilter(mode: FilterMode, sources: Iterable<IpAddress>): SourceFilter {
  return { mode, sources: new Map([...sources].map((source) => [source.key, source])) };
}

/** Whether anything is wanted at all. */
export function isMembership(filter: SourceFilter): boolean {
  return filter.mode === "exclude" || filter.sources.size > 0;
}

/** Whether a source is wanted. */
export function allows(filter: SourceFilter, source: IpAddress): boolean {
  return filter.sources.has(source.key) === (filter.mode === "include");
}

/** What all of them want together (RFC 9776 section 3.2). */
export function mergeFilters(filters: Iterable<SourceFilter>): SourceFilter {
  const included = new Map<string, IpAddress>();
  let excluded: Map<string, IpAddress> | undefined;
  for (const { mode, sources } of filters) {
    if (mode === "include") { for (const [key, source] of sources) included.set(key, source); }
    else if (excluded === undefined) excluded = new Map(sources);
    else for (const key of excluded.keys()) if (!sources.has(key)) excluded.delete(key);
  }
  if (excluded === undefined) return included.size === 0 ? NOBODY : { mode: "include", sources: included };
  for (const key of included.keys()) excluded.delete(key);
  return { mode: "exclude", sources: excluded };
}

/** Whether both want the same. */
export function sameFilter(a: SourceFilter, b: SourceFilter): boolean {
  return a.mode === b.mode && a.sources.size === b.sources.size &&
    [...a.sources.keys()].every((key) => b.sources.has(key));
}

/** Sources of which one wants something else than the other. */
export function differences(a: SourceFilter, b: SourceFilter): IpAddress[] {
  const only = (one: SourceFilter, other: SourceFilter) =>
    [...one.sources].filter(([key]) => !other.sources.has(key)).map(([, source]) => source);
  return [...only(a, b), ...only(b, a)];
}
