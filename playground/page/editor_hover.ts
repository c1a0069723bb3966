/// <reference lib="dom" />
/**
 * What is known of the word below the pointer.
 *
 * @module
 */
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import type { Clauses } from "../../conformance/assist/clauses.ts";
import { hoverAt } from "../../conformance/assist/hover.ts";

/** Explains the word that the pointer rests on. */
export function explanations(clauses: () => Clauses): Extension {
  return hoverTooltip((view, position) => {
    const hover = hoverAt(view.state.doc.toString(), position, clauses());
    if (hover === undefined) return null;
    const dom = document.createElement("div");
    dom.className = "explanation";
    const title = document.createElement("b");
    title.textContent = hover.title;
    dom.append(title, ` ${hover.text}`);
    return { pos: hover.start, end: hover.end, above: true, create: () => ({ dom }) };
  });
}
