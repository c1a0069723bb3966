/// <reference lib="dom" />
/**
 * One run: its script, its diagram, every field, and another target's run of the same script beside it.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { plainMessage } from "../diagram/failure.ts";
import type { DiagramRow } from "../diagram/model.ts";
import { spanText } from "../diagram/time_text.ts";
import { connectionPlots } from "../plot/render.tsx";
import { samplesOf } from "../plot/samples.ts";
import type { RunResult } from "../results.ts";
import { DiagramView } from "./diagram_view.tsx";
import { type PagePart, wholeRun } from "./document.ts";
import { ClausesView, FailureView, TriesView } from "./failure_view.tsx";
import type { RunGroup } from "./filter.ts";
import { ScriptView } from "./script_view.tsx";
import { type ChosenRun, writeFragment } from "./state.ts";
import { Told } from "./verdict.tsx";
import type { ViewProps } from "./view_props.ts";

/** The run that the address names. */
export function RunView(props: ViewProps): VNode {
  const { data: { index }, finder, state } = props;
  const chosen = state.run!;
  const group = finder.groups.find(({ script, variant }) =>
    index.scripts[script]!.path === chosen.script && variant === chosen.variant
  );
  const number = group?.runs.get(chosen.target);
  const part = usePart(props, group === undefined ? undefined : index.scripts[group.script]!.part);
  const back = writeFragment({ ...state, view: "runs", run: undefined });
  if (group === undefined || number === undefined) {
    return (
      <p>
        This report has no such run. <a href={back}>All runs</a>
      </p>
    );
  }
  const { path, title } = index.scripts[group.script]!;
  return (
    <article class="run">
      <Crumbs {...props} group={group} />
      <h1 tabIndex={-1}>{title ?? path.slice(path.lastIndexOf("/") + 1)}</h1>
      <p class="where">
        <span class="path">{path}</span>
        {` · ${chosen.variant} · on ${chosen.target} · took ${spanText(index.runs[number]!.duration_us)}`}
      </p>
      <Targets {...props} group={group} />
      {part === undefined
        ? <p role="status">Reading…</p>
        : part instanceof Error
        ? <p class="warning">{part.message}</p>
        : <WholeRun key={`${number} ${chosen.beside}`} {...props} group={group} number={number} part={part} />}
    </article>
  );
}

function usePart({ data }: ViewProps, number: number | undefined): PagePart | Error | undefined {
  const [read, setRead] = useState<{ readonly number: number; readonly part: PagePart | Error }>();
  useEffect(() => {
    if (number === undefined) return;
    let wanted = true;
    const settle = (part: PagePart | Error) => wanted && setRead({ number, part });
    data.part(number).then(settle, settle);
    return () => {
      wanted = false;
    };
  }, [data, number]);
  return read?.number === number ? read?.part : undefined;
}

interface GroupProps extends ViewProps {
  readonly group: RunGroup;
}

/** Back to the list, and on to its neighbours there. */
function Crumbs({ data: { index }, finder, state, group }: GroupProps): VNode {
  const list = useMemo(() => finder.list(finder.find(state.filter).runs, state.order), [
    finder,
    state.filter,
    state.order,
  ]);
  const at = list.findIndex(({ script, variant }) => script === group.script && variant === group.variant);
  const neighbour = (to: RunGroup | undefined, title: string) => {
    if (to === undefined) return null;
    const target = to.runs.has(state.run!.target) ? state.run!.target : to.runs.keys().next().value!;
    const run = { script: index.scripts[to.script]!.path, variant: to.variant, target, beside: "" };
    return <a href={writeFragment({ ...state, run })}>{title}</a>;
  };
  return (
    <nav class="crumbs" aria-label="Runs">
      <a href={writeFragment({ ...state, view: "runs", run: undefined })}>← All runs</a>
      {at >= 0 && neighbour(list[at - 1], "Previous script")}
      {at >= 0 && neighbour(list[at + 1], "Next script")}
      {at >= 0 && <span>{at + 1} of {list.length}</span>}
    </nav>
  );
}

/** The same script on each target, and what stands beside. */
function Targets({ data: { index }, state, group, show }: GroupProps): VNode {
  const chosen = state.run!;
  const link = (run: Partial<ChosenRun>) => writeFragment({ ...state, run: { ...chosen, ...run } });
  const others = [...group.runs.keys()].filter((target) => target !== chosen.target);
  return (
    <div class="targets">
      <nav aria-label="Targets">
        {[...group.runs].map(([target, number]) => (
          <a
            key={target}
            href={link({ target, beside: target === chosen.beside ? "" : chosen.beside })}
            aria-current={target === chosen.target ? "page" : undefined}
          >
            {target} <Told what={index.runs[number]!.verdict} />
          </a>
        ))}
      </nav>
      {others.length > 0 && (
        <label>
          Beside it{" "}
          <select
            value={chosen.beside}
            onChange={(event) => show({ ...state, run: { ...chosen, beside: event.currentTarget.value } })}
          >
            <option value="">nothing</option>
            {others.map((target) => <option key={target} value={target}>{target}</option>)}
          </select>
        </label>
      )}
    </div>
  );
}

interface WholeProps extends GroupProps {
  readonly number: number;
  readonly part: PagePart;
}

function WholeRun({ data: { index }, state, group, number, part }: WholeProps): VNode {
  const run = useMemo(() => wholeRun(index, index.runs[number]!, part.runs[number] ?? {}), [index, number, part]);
  const other = group.runs.get(state.run!.beside);
  const beside = useMemo(
    () => other === undefined ? undefined : wholeRun(index, index.runs[other]!, part.runs[other] ?? {}),
    [index, other, part],
  );
  const clauses = useMemo(() => new Map(index.requirements?.map((clause) => [clause.id, clause])), [index]);
  const [here, setHere] = useState<number>();
  const [wanted, setWanted] = useState<{ line: number; wish: number }>();
  const wishes = useRef(0);
  const source = part.sources[group.script];
  const lines = useMemo(() => new Set(run.evidence?.flatMap(({ line }) => line ?? [])), [run]);
  const evident = (run.evidence?.length ?? 0) > 0 || run.message !== "";
  return (
    <>
      <FailureView run={run} />
      <div class={source === undefined ? "panes" : "panes three"}>
        {evident
          ? <DiagramView run={run} beside={beside} wanted={wanted} onRow={(row: DiagramRow) => setHere(row.line)} />
          : <p>Nothing was recorded of this run.</p>}
        {source !== undefined && (
          <div class="pane source">
            <ScriptView
              text={source}
              failing={run.verdict === "pass" ? undefined : run.line}
              message={plainMessage(run.message)}
              here={here}
              lines={lines}
              onLine={(line) => setWanted({ line, wish: ++wishes.current })}
            />
          </div>
        )}
      </div>
      <Plots run={run} beside={beside} />
      <ClausesView run={run} clauses={clauses} />
      <TriesView tries={run.tries} />
    </>
  );
}

/** Plots of each connection; nothing where the run has no course of anything. */
function Plots({ run, beside }: { readonly run: RunResult; readonly beside: RunResult | undefined }): VNode | null {
  const sides = [run, ...beside === undefined ? [] : [beside]].map((side) => ({
    target: side.target,
    plots: samplesOf(side).map(connectionPlots).filter((plots) => plots !== null),
  })).filter(({ plots }) => plots.length > 0);
  if (sides.length === 0) return null;
  return (
    <section aria-labelledby="plots">
      <h2 id="plots">Congestion control over time</h2>
      <div class="sides">
        {sides.map(({ target, plots }) => (
          <div key={target}>
            {beside !== undefined && <h3>{target}</h3>}
            {plots}
          </div>
        ))}
      </div>
    </section>
  );
}
