/**
 * A diagram as HTML: a table whose rows are arrows between two lifelines, so that it can be read, copied, printed and
 * walked through by a screen reader. Nothing here touches a document; what follows the pointer is for who shows it.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from "preact";
import { render } from "preact-render-to-string";
import type { ArrowRow, CallRow, Diagram, DiagramRow, EventRow } from "./model.ts";
import { secondsText, spanText } from "./time_text.ts";

/** How a diagram is shown. */
export interface DiagramOptions {
  /** What it is of, for who can't see it: `Diagram of a.pkt on sim`. */
  readonly caption: string;
  /** Name of the stack's lifeline. Default `stack under test`. */
  readonly stack?: string | undefined;
}

/** Where in a rendered diagram a row is: `data-row` of its button has the row's key. */
export const ROW_ATTRIBUTE = "data-row";

const FATE_WORDS: Readonly<Record<ArrowRow["fate"], string>> = {
  taken: "",
  joined: "goes on with the one before",
  refused: "not what the line expects",
  unclaimed: "no event took it",
  expected: "expected, did not come so",
};

const EVENT_SIGNS: Readonly<Record<EventRow["kind"], string>> = { command: "$", code: "%", note: "#", verdict: "✗" };
const EVENT_NAMES: Readonly<Record<EventRow["kind"], string>> = {
  command: "command",
  code: "code block",
  note: "note",
  verdict: "failed",
};

/**
 * A diagram as HTML text. Everything that comes from scripts and stacks is escaped. Wants the rules of `DIAGRAM_STYLE`.
 */
export function renderDiagram(diagram: Diagram, options: DiagramOptions): string {
  return render(diagramTable(diagram, options));
}

/** The same as an element of preact's. */
export function diagramTable({ rows }: Diagram, { caption, stack = "stack under test" }: DiagramOptions): VNode {
  return (
    <table class="np-diagram">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col" class="np-time">time, s</th>
          <th scope="col" class="np-line">line</th>
          <th scope="col" class="np-lanes">
            <div>
              <span>runner</span>
              <span class="np-unseen">and</span>
              <span>{stack}</span>
            </div>
          </th>
          <th scope="col" class="np-calls">system calls</th>
        </tr>
      </thead>
      <tbody>{rows.map((row, i) => diagramRow(row, i === 0))}</tbody>
    </table>
  );
}

function diagramRow(row: DiagramRow, first: boolean): VNode {
  const gap = gapOf(row.since_us);
  return (
    <>
      <tr class={rowClass(row)} style={gap > 0 ? `--np-gap:${gap}px` : undefined}>
        <td class="np-time">
          {row.since_us > 0 && <span class="np-since">+{spanText(row.since_us)}</span>}
          {row.key === "expected" || row.key === "verdict" ? "" : secondsText(row.time_us)}
        </td>
        <td class="np-line">{row.line ?? ""}</td>
        <td class="np-wire">{row.kind === "call" ? null : wireOf(row, first)}</td>
        <td class={row.waiting.length > 0 ? "np-calls np-waits" : "np-calls"}>
          {row.kind === "call" ? callOf(row, first) : null}
        </td>
      </tr>
      {row.failure !== undefined && row.kind !== "verdict" && (
        <tr class="np-failure">
          <td class="np-time"></td>
          <td class="np-line"></td>
          <td colspan={2}>{row.line !== undefined && `line ${row.line}: `}{row.failure}</td>
        </tr>
      )}
    </>
  );
}

/** Classes of a row; also of the same row where two runs stand side by side. */
export function rowClass(row: DiagramRow): string {
  const classes = [`np-row np-${row.kind}`];
  if (row.kind === "arrow") classes.push(`np-to-${row.to} np-${row.fate}`);
  if (row.failure !== undefined) classes.push("np-failing");
  return classes.join(" ");
}

/** Pixels of room before a row: more for a longer wait, so that pauses are seen, and never much. */
function gapOf(since_us: number): number {
  return since_us < 1000 ? 0 : Math.round(6 * Math.log10(since_us / 100));
}

/** The packet, command, code block or note of a row, to be put between the lifelines. */
export function wireOf(row: ArrowRow | EventRow, first: boolean): VNode {
  if (row.kind !== "arrow") {
    return (
      <RowButton row={row} first={first}>
        <span class="np-unseen">{EVENT_NAMES[row.kind]}:</span>
        <b aria-hidden="true">{EVENT_SIGNS[row.kind]}</b>
        {row.text}
      </RowButton>
    );
  }
  const fate = FATE_WORDS[row.fate];
  return (
    <>
      <RowButton row={row} first={first}>
        <span class="np-unseen">{`${row.from} to ${row.to}:`}</span>
        <b>{row.words.lead}</b> {row.words.rest}
        {fate !== "" && <i>{fate}</i>}
      </RowButton>
      <span class="np-shaft" aria-hidden="true"></span>
    </>
  );
}

/** A system call with what it returned. */
export function callOf(row: CallRow, first: boolean): VNode {
  const call = row.text.replace(/\) = [^)]*(?:\([^)]*\)[^)]*)?$/, ")");
  const what = row.part === "begins"
    ? (
      <>
        {call} <i>waits</i>
      </>
    )
    : row.part === "returns"
    ? (
      <>
        <i>returns</i> {row.name} <b>= {row.result}</b>
      </>
    )
    : (
      <>
        {call} <b>= {row.result}</b>
      </>
    );
  return <RowButton row={row} first={first}>{what}</RowButton>;
}

/** What the pointer and the keyboard find a row by: one of them is reached by Tab, the others by arrow keys from there. */
function RowButton(
  props: { readonly row: DiagramRow; readonly first: boolean; readonly children: ComponentChildren },
): VNode {
  const { row, first, children } = props;
  return (
    <button type="button" class="np-label" data-row={row.key} tabIndex={first ? 0 : -1}>
      {children}
    </button>
  );
}
