/// <reference lib="dom" />
/**
 * The diagram of a run, or of two side by side, and the fields of the row that is looked at.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { diagramOf } from "../diagram/build.ts";
import type { DiagramRow } from "../diagram/model.ts";
import { pairedDiagramOf } from "../diagram/pair.ts";
import { diagramTable, ROW_ATTRIBUTE } from "../diagram/render.tsx";
import { pairTable } from "../diagram/render_pair.tsx";
import type { RunResult } from "../results.ts";
import { attachDiagram, type AttachedDiagram } from "./attach_diagram.ts";

interface DiagramProps {
  readonly run: RunResult;
  readonly beside?: RunResult | undefined;
  /** Line to show, and a number that grows with each wish. */
  readonly wanted: { readonly line: number; readonly wish: number } | undefined;
  readonly onRow: (row: DiagramRow) => void;
}

interface Shown {
  readonly table: VNode;
  readonly rows: ReadonlyMap<string, DiagramRow>;
  /** Where to look first: where the run failed, or where the two part. */
  readonly first: string | undefined;
}

function shown(run: RunResult, beside: RunResult | undefined): Shown {
  const what = `${run.script}, ${run.variant}`;
  if (beside === undefined) {
    const diagram = diagramOf(run);
    return {
      table: diagramTable(diagram, { caption: `What happened in ${what}, on ${run.target}`, stack: run.target }),
      rows: new Map(diagram.rows.map((row) => [row.key, row])),
      first: diagram.failing,
    };
  }
  const pair = pairedDiagramOf(run, beside);
  const caption = `What happened in ${what}, on ${run.target} and on ${beside.target}`;
  const rows = pair.rows.flatMap(({ left, right }) => [left, right].filter((row) => row !== undefined));
  return {
    table: pairTable(pair, { caption, left: run.target, right: beside.target }),
    rows: new Map(rows.map((row) => [row.key, row])),
    first: pair.first,
  };
}

/** The two panes. */
export function DiagramView({ run, beside, wanted, onRow }: DiagramProps): VNode {
  const { table: shownTable, rows, first } = useMemo(() => shown(run, beside), [run, beside]);
  const table = useRef<HTMLDivElement>(null);
  const details = useRef<HTMLDivElement>(null);
  const attached = useRef<AttachedDiagram>(null);
  useEffect(() => {
    const diagram = attachDiagram({ table: table.current!, details: details.current!, rows, onRow });
    attached.current = diagram;
    const start = first ?? rows.keys().next().value;
    if (start !== undefined) diagram.choose(start);
    if (first !== undefined) bringIntoView(table.current!, first);
    return () => diagram.detach();
  }, [shownTable]);
  useEffect(() => {
    const row = wanted && [...rows.values()].find(({ line }) => line === wanted.line);
    if (row === undefined) return;
    attached.current?.choose(row.key);
    bringIntoView(table.current!, row.key);
  }, [wanted]);
  return (
    <>
      <div class="pane diagram" ref={table}>{shownTable}</div>
      <section class="pane details" aria-label="Fields of the chosen row" tabIndex={0} ref={details} />
    </>
  );
}

/** Pixels that are kept free around the row that is looked at. */
const ROOM = 60;

/** Scrolls the pane, and the page no further than the row needs. */
function bringIntoView(pane: HTMLElement, key: string): void {
  const row = pane.querySelector(`[${ROW_ATTRIBUTE}="${CSS.escape(key)}"]`)?.closest("tr");
  if (row === null || row === undefined) return;
  const above = row.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTop += above - pane.clientHeight / 2;
  const below = row.getBoundingClientRect().bottom + ROOM - innerHeight;
  if (below > 0) scrollBy(0, below);
}
