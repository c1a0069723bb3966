/**
 * Two runs side by side, as HTML.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import type { DiagramRow } from "./model.ts";
import type { PairedDiagram, PairedRow } from "./pair.ts";
import { callOf, rowClass, wireOf } from "./render.tsx";
import { secondsText } from "./time_text.ts";

/** How two runs are shown. */
export interface PairOptions {
  /** What it is of, for who can't see it. */
  readonly caption: string;
  /** Names of the targets. */
  readonly left: string;
  readonly right: string;
}

/** Two runs side by side as HTML text, for the rules of `DIAGRAM_STYLE`. What scripts and stacks say is escaped. */
export function renderPair(diagram: PairedDiagram, options: PairOptions): string {
  return render(pairTable(diagram, options));
}

/** The same as an element of preact's. */
export function pairTable({ rows }: PairedDiagram, { caption, left, right }: PairOptions): VNode {
  const first = rows.find((row) => row.left !== undefined || row.right !== undefined);
  return (
    <table class="np-diagram np-pair">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col" class="np-line">line</th>
          {[left, right].map((name) => (
            <>
              <th scope="col" class="np-time">time, s</th>
              <th scope="col" class="np-lanes">
                <div>
                  <span>runner</span>
                  <span class="np-unseen">and</span>
                  <span>{name}</span>
                </div>
              </th>
            </>
          ))}
        </tr>
      </thead>
      <tbody>{rows.map((row) => pairedRow(row, row === first))}</tbody>
    </table>
  );
}

function pairedRow(pair: PairedRow, first: boolean): VNode {
  const { left, right, differs, fields, beyond } = pair;
  const classes = ["np-both", differs ? "np-differs" : "", beyond ? "np-beyond" : ""].filter((name) => name !== "");
  return (
    <>
      <tr class={classes.join(" ")}>
        <td class="np-line">
          {differs && <b title="differs">≠</b>}
          {differs && <span class="np-unseen">differs:</span>} {left?.line ?? right?.line ?? ""}
        </td>
        {side(left, first && left !== undefined)}
        {side(right, first && left === undefined)}
      </tr>
      {fields.map((field) => (
        <tr class="np-field" key={field.field}>
          <td class="np-line"></td>
          <td colspan={2}>{field.field} {field.left}</td>
          <td colspan={2}>{field.field} {field.right}</td>
        </tr>
      ))}
      {failures(left, right)}
    </>
  );
}

function side(row: DiagramRow | undefined, first: boolean): VNode {
  if (row === undefined) {
    return (
      <>
        <td class="np-time"></td>
        <td class="np-wire np-absent">
          <span class="np-unseen">nothing</span>
        </td>
      </>
    );
  }
  return (
    <>
      <td class="np-time">{row.entries.length === 0 ? "" : secondsText(row.time_us)}</td>
      <td class={`np-wire ${rowClass(row)}`}>{row.kind === "call" ? callOf(row, first) : wireOf(row, first)}</td>
    </>
  );
}

function failures(left: DiagramRow | undefined, right: DiagramRow | undefined): VNode | null {
  if (left?.failure === undefined && right?.failure === undefined) return null;
  return (
    <tr class="np-failure">
      <td class="np-line"></td>
      {[left, right].map((row, i) => (
        <td key={i} colspan={2} class={row?.failure === undefined ? "" : "np-said"}>{row?.failure ?? ""}</td>
      ))}
    </tr>
  );
}
