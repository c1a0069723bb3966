/**
 * All runs: a row for each script and variant, a column for each target.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { commonFolder } from "./document.ts";
import { type FacetGroup, Facets, SearchBox } from "./facets.tsx";
import { type RunGroup, VERDICTS } from "./filter.ts";
import { pageOf, Pager } from "./pager.tsx";
import { byNumber } from "./requirements.ts";
import { type Filter, type Order, writeFragment } from "./state.ts";
import { Told } from "./verdict.tsx";
import { shownTargets, type ViewProps } from "./view_props.ts";

const ORDERS: readonly (readonly [Order, string])[] = [
  ["attention", "what wants attention first"],
  ["script", "by script"],
  ["slowest", "slowest first"],
];

/** The list with its filters. */
export function RunsView(props: ViewProps): VNode {
  const { finder, state, printing, show } = props;
  const { filter, order } = state;
  const found = useMemo(() => finder.find(filter), [finder, filter]);
  const groups = useMemo(() => finder.list(found.runs, order), [finder, found, order]);
  const { rows, page } = printing ? { rows: groups, page: 1 } : pageOf(groups, state.page);
  const onFilter = (next: Filter) => show({ ...state, filter: next, page: 1 }, next.text !== filter.text);
  const documents = [...found.counts.documents.keys()].sort(byNumber);
  const facets: FacetGroup[] = [
    { name: "verdicts", title: "Verdict", values: VERDICTS, counts: found.counts.verdicts },
    { name: "targets", title: "Target", values: finder.targets, counts: found.counts.targets },
    { name: "variants", title: "Variant", values: [...found.counts.variants.keys()], counts: found.counts.variants },
    { name: "documents", title: "Document", values: documents, counts: found.counts.documents },
  ];
  const targets = shownTargets({ finder, state });
  const folder = useMemo(() => commonFolder(props.data.index.scripts), [props.data]);
  return (
    <section class="with-facets" aria-label="Runs">
      <Facets groups={facets} filter={filter} onFilter={onFilter}>
        <SearchBox label="Script, message or clause" filter={filter} onFilter={onFilter} />
      </Facets>
      <div>
        <Bar {...props} found={found.runs.size} onFilter={onFilter} />
        <table class="runs" style={`min-width: ${20 + 8.7 * (targets.length + 1)}rem`}>
          <caption class="unseen">Scripts and what they came to on each target</caption>
          <thead>
            <tr>
              <th scope="col">script{folder !== "" && <span class="folder">in {folder}</span>}</th>
              <th scope="col">variant</th>
              {targets.map((target) => <th key={target} scope="col">{target}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.map((group) => (
              <GroupRow
                key={`${group.script} ${group.variant}`}
                {...props}
                group={group}
                folder={folder}
                targets={targets}
                found={found.runs}
              />
            ))}
          </tbody>
        </table>
        {groups.length === 0 && <p>No run is like that.</p>}
        {!printing && (
          <Pager
            count={groups.length}
            page={page}
            what="runs"
            onPage={(next) => show({ ...state, page: next })}
          />
        )}
      </div>
    </section>
  );
}

interface BarProps extends ViewProps {
  readonly found: number;
  readonly onFilter: (filter: Filter) => void;
}

/** How many runs there are, of which clause, and in which order. */
function Bar({ data: { index }, state, show, found, onFilter }: BarProps): VNode {
  const { filter, order } = state;
  return (
    <div class="bar">
      <p role="status">
        {counted(found, index.runs.length)}
        {filter.clause !== "" && (
          <button
            type="button"
            class="chip"
            onClick={() => onFilter({ ...filter, clause: "" })}
          >
            {filter.clause} <span aria-hidden="true">×</span>
            <span class="unseen">, stop filtering by it</span>
          </button>
        )}
      </p>
      <label>
        Order{" "}
        <select
          value={order}
          onChange={(event) => show({ ...state, order: event.currentTarget.value as Order, page: 1 })}
        >
          {ORDERS.map(([value, title]) => <option key={value} value={value}>{title}</option>)}
        </select>
      </label>
    </div>
  );
}

function counted(found: number, all: number): string {
  const number = (count: number) => count.toLocaleString("en");
  return found === all ? `${number(all)} runs` : `${number(found)} of ${number(all)} runs`;
}

interface GroupProps extends ViewProps {
  readonly group: RunGroup;
  /** That all scripts are in. */
  readonly folder: string;
  readonly targets: readonly string[];
  readonly found: ReadonlySet<number>;
}

function GroupRow({ data: { index }, state, group, folder, targets, found }: GroupProps): VNode {
  const { path, title } = index.scripts[group.script]!;
  const told = [...group.runs.values()].map((number) => index.runs[number]!).find((run) =>
    run.message !== "" && run.verdict !== "skip" && targets.includes(run.target)
  );
  return (
    <tr>
      <th scope="row">
        <span class="path" title={path}>{path.slice(folder.length)}</span>
        {title !== undefined && <span class="title">{title}</span>}
        {told !== undefined && (
          <span class={`said is-${told.verdict}`} title={told.message}>
            {told.target}: {told.reason ?? plain(told.message, path)}
          </span>
        )}
      </th>
      <td>{group.variant}</td>
      {targets.map((target) => {
        const number = group.runs.get(target);
        if (number === undefined) return <td key={target} class="none">·</td>;
        const { verdict, message } = index.runs[number]!;
        const run = { script: path, variant: group.variant, target, beside: "" };
        return (
          <td key={target} class={found.has(number) ? "" : "others"}>
            <a
              href={writeFragment({ ...state, view: "run", run })}
              title={message.split("\n")[0]}
              aria-label={`${verdict}: ${path}, ${group.variant}, on ${target}`}
            >
              <Told what={verdict} />
            </a>
          </td>
        );
      })}
    </tr>
  );
}

/** A message's first line without the script's path, which stands above it. */
function plain(message: string, path: string): string {
  const line = message.split("\n")[0]!;
  return line.startsWith(`${path}:`) ? `line ${line.slice(path.length + 1)}` : line;
}
