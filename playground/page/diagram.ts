/// <reference lib="dom" />
/**
 * The diagram of a run, in the page.
 *
 * @module
 */
import { diagramOf, renderDiagram } from "../../conformance/report/diagram/mod.ts";
import { attachDiagram } from "../../conformance/report/page/attach_diagram.ts";
import type { RunResult } from "../../conformance/report/results.ts";

/** Shows a run's diagram and the fields of what is looked at in it. A second click on a row leads to its line. */
export function showDiagram(element: HTMLElement, run: RunResult, goTo: (line: number) => void): void {
  const table = document.createElement("div");
  const details = document.createElement("aside");
  details.setAttribute("aria-label", "Fields of the chosen row");
  element.replaceChildren(table, details);
  if (run.evidence === undefined || run.evidence.length === 0) return;
  const diagram = diagramOf(run);
  // All that comes from the script is escaped there.
  table.innerHTML = renderDiagram(diagram, { caption: `Diagram of the run in ${run.variant}`, stack: "stack" });
  const rows = new Map(diagram.rows.map((row) => [row.key, row]));
  const attached = attachDiagram({ table, details, rows });
  table.addEventListener("dblclick", (event) => {
    const key = (event.target as Element).closest("tr")?.querySelector("[data-row]")?.getAttribute("data-row");
    const line = key === null || key === undefined ? undefined : rows.get(key)?.line;
    if (line !== undefined) goTo(line);
  });
  const first = diagram.failing ?? diagram.rows.find(({ kind }) => kind === "arrow")?.key;
  if (first !== undefined) attached.choose(first);
}
