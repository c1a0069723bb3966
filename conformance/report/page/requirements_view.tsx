/**
 * Requirement by target: a row for each document with its totals, which opens to its levels and clauses.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { RequirementResult } from "../results.ts";
import { type FacetGroup, Facets, SearchBox } from "./facets.tsx";
import {
  byNumber,
  type ClauseTotal,
  documentTotals,
  findClauses,
  isCovered,
  LEVELS,
  levelTotals,
  STANDINGS,
} from "./requirements.ts";
import { type Filter, NO_FILTER, writeFragment } from "./state.ts";
import { classOf, Told } from "./verdict.tsx";
import { shownTargets, type ViewProps } from "./view_props.ts";

/** So many clauses are shown without being asked for. */
const FEW = 60;

/** The matrix with its filters. */
export function RequirementsView({ data: { index }, finder, state, show }: ViewProps): VNode {
  const { filter } = state;
  const all = index.requirements ?? [];
  const found = useMemo(() => findClauses(all, filter), [all, filter]);
  const onFilter = (next: Filter) => show({ ...state, filter: next, page: 1 }, next.text !== filter.text);
  const documents = useMemo(() => [...new Set(all.map(({ document }) => document))].sort(byNumber), [all]);
  const facets: FacetGroup[] = [
    { name: "standings", title: "Standing", values: STANDINGS, counts: found.counts.standings },
    { name: "targets", title: "Target", values: finder.targets, counts: found.counts.targets },
    { name: "levels", title: "Level", values: LEVELS, counts: found.counts.levels },
    { name: "documents", title: "Document", values: documents, counts: found.counts.documents },
  ];
  const targets = shownTargets({ finder, state });
  const covered = all.filter(isCovered).length;
  const number = (count: number) => count.toLocaleString("en");
  return (
    <>
      <h1 tabIndex={-1}>{number(covered)} of {number(all.length)} clauses are shown by a script that was run</h1>
      <section class="with-facets" aria-label="Requirements">
        <Facets groups={facets} filter={filter} onFilter={onFilter}>
          <SearchBox label="Clause, section or words" filter={filter} onFilter={onFilter} />
        </Facets>
        <div>
          <div class="bar">
            <p role="status">{number(found.clauses.length)} of {number(all.length)} clauses</p>
            <p class="legend">
              passed / shown by a script · <Told what="deviates" /> · <Told what="fail" /> · <Told what="undecided" />
            </p>
          </div>
          <Matrix key={found.clauses.length <= FEW ? "few" : "many"} clauses={found.clauses} targets={targets} />
          {found.clauses.length === 0 && <p>No clause is like that.</p>}
        </div>
      </section>
    </>
  );
}

interface MatrixProps {
  readonly clauses: readonly RequirementResult[];
  readonly targets: readonly string[];
}

function Matrix({ clauses, targets }: MatrixProps): VNode {
  const wanted = targets.join("\0");
  const documents = useMemo(() => documentTotals(clauses, targets), [clauses, wanted]);
  const levels = useMemo(() => levelTotals(clauses, targets), [clauses, wanted]);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const few = clauses.length <= FEW;
  const isOpen = (name: string) => toggled.has(name) !== few;
  const toggle = (name: string) => {
    const next = new Set(toggled);
    if (!next.delete(name)) next.add(name);
    setToggled(next);
  };
  return (
    <table class="clauses" style={`min-width: ${24 + 10.4 * targets.length}rem`}>
      <caption class="unseen">Clauses and how they stand on each target, by document and level</caption>
      <thead>
        <tr>
          <th scope="col">clause</th>
          <th scope="col" class="number">clauses</th>
          {targets.map((target) => <th key={target} scope="col">{target}</th>)}
        </tr>
      </thead>
      <tbody class="all">
        {levels.map((total) => (
          <TotalRow key={total.name} total={total} targets={targets} name={`${total.name}, all documents`} />
        ))}
      </tbody>
      {documents.map((total) => (
        <tbody key={total.name}>
          <TotalRow
            total={total}
            targets={targets}
            name={
              <button
                type="button"
                class="toggle"
                aria-expanded={isOpen(total.name)}
                onClick={() => toggle(total.name)}
              >
                {total.name}
              </button>
            }
          />
          {isOpen(total.name) && total.levels.map((level) => (
            <>
              <TotalRow key={level.name} total={level} targets={targets} name={level.name} within />
              {level.of.map((clause) => <ClauseRow key={clause.id} clause={clause} targets={targets} />)}
            </>
          ))}
        </tbody>
      ))}
    </table>
  );
}

interface TotalProps {
  readonly total: ClauseTotal;
  readonly targets: readonly string[];
  readonly name: ComponentChildren;
  readonly within?: boolean;
}

function TotalRow({ total, targets, name, within = false }: TotalProps): VNode {
  return (
    <tr class={within ? "total within" : "total"}>
      <th scope="row">{name}</th>
      <td class="number">{total.of.length}</td>
      {targets.map((target) => <Tally key={target} total={total} target={target} />)}
    </tr>
  );
}

function Tally({ total, target }: { readonly total: ClauseTotal; readonly target: string }): VNode {
  const { pass, fail, deviates, undecided } = total.counts.get(target)!;
  const shown = pass + fail + deviates + undecided;
  const part = (count: number, sign: string, standing: "deviates" | "fail" | "undecided") =>
    count > 0 && (
      <span class={classOf(standing)} title={`${standing}: ${count}`}>
        <span aria-hidden="true">{sign}</span>
        <span class="unseen">, {standing}</span>
        {count}
      </span>
    );
  return (
    <td class="tally">
      {shown === 0 ? <span class="none">–</span> : (
        <>
          <span>
            {pass}
            <span class="none">/{shown}</span>
          </span>
          {part(deviates, "△", "deviates")}
          {part(fail, "✗", "fail")}
          {part(undecided, "?", "undecided")}
        </>
      )}
    </td>
  );
}

function ClauseRow(
  { clause, targets }: { readonly clause: RequirementResult; readonly targets: readonly string[] },
): VNode {
  const runs = (target?: string) =>
    writeFragment({
      view: "runs",
      order: "attention",
      page: 1,
      filter: { ...NO_FILTER, clause: clause.id, targets: target === undefined ? [] : [target] },
    });
  return (
    <tr class="clause">
      <th scope="row">
        {isCovered(clause) ? <a href={runs()}>{clause.id}</a> : clause.id}
        <span class="asks">{clause.text}</span>
      </th>
      <td class="number">{clause.section.startsWith("RFC") ? "" : `§ ${clause.section}`}</td>
      {targets.map((target) => {
        const standing = clause.standings[target] ?? "not covered";
        const told = <Told what={standing} />;
        return (
          <td key={target}>
            {standing === "not covered" || standing === "not observable" ? told : <a href={runs(target)}>{told}</a>}
          </td>
        );
      })}
    </tr>
  );
}
