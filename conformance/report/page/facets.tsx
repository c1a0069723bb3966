/// <reference lib="dom" />
/**
 * Filters: boxes to check, each with the number of what it would leave.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from "preact";
import { type Filter, NO_FILTER } from "./state.ts";

/** Lists of values that a filter has. */
type ListName = { [K in keyof Filter]: Filter[K] extends readonly string[] ? K : never }[keyof Filter];

/** One group of boxes. */
export interface FacetGroup {
  readonly name: ListName;
  readonly title: string;
  /** Values in the order in which they are listed. */
  readonly values: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

interface FacetProps {
  readonly groups: readonly FacetGroup[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly children?: ComponentChildren;
}

/** Filters beside a list. */
export function Facets({ groups, filter, onFilter, children }: FacetProps): VNode {
  const filtered = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  return (
    <form class="facets" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
      {children}
      <details class="groups" open={matchMedia("(min-width: 56rem)").matches}>
        <summary>Filters</summary>
        {groups.map((group) => <Boxes key={group.name} group={group} filter={filter} onFilter={onFilter} />)}
      </details>
      <button type="button" class="quiet" disabled={!filtered} onClick={() => onFilter(NO_FILTER)}>
        Show everything
      </button>
    </form>
  );
}

/** Values of which so many are shown without being asked for. */
const SHOWN = 12;

function Boxes(
  { group, filter, onFilter }: { readonly group: FacetGroup } & Pick<FacetProps, "filter" | "onFilter">,
): VNode | null {
  const chosen = filter[group.name];
  const there = group.values.filter((value) => (group.counts.get(value) ?? 0) > 0 || chosen.includes(value));
  if (there.length < 2 && chosen.length === 0) return null;
  const box = (value: string) => (
    <label key={value}>
      <input
        type="checkbox"
        name={group.name}
        value={value}
        checked={chosen.includes(value)}
        onChange={(event) => {
          const others = chosen.filter((one) => one !== value);
          onFilter({ ...filter, [group.name]: event.currentTarget.checked ? [...others, value] : others });
        }}
      />
      <span>{value}</span>
      <output>{group.counts.get(value) ?? 0}</output>
    </label>
  );
  const first = there.filter((value, i) => i < SHOWN || chosen.includes(value));
  const rest = there.filter((value) => !first.includes(value));
  return (
    <fieldset>
      <legend>{group.title}</legend>
      {first.map(box)}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more</summary>
          {rest.map(box)}
        </details>
      )}
    </fieldset>
  );
}

/** Where words to search for are typed. */
export function SearchBox(
  { filter, label, onFilter }: { readonly label: string } & Pick<FacetProps, "filter" | "onFilter">,
): VNode {
  return (
    <label class="search">
      <span>{label}</span>
      <input
        type="search"
        value={filter.text}
        onInput={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
      />
    </label>
  );
}
