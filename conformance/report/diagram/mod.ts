/**
 * Time-sequence diagrams of runs: what happened between the runner and the stack, from evidence to HTML. Pure functions,
 * for the HTML report and for any other page.
 *
 * @module
 */
export { diagramOf } from "./build.ts";
export type {
  ArrowFate,
  ArrowRow,
  CallRow,
  Diagram,
  DiagramRow,
  DiagramRun,
  EventRow,
  Lane,
  PacketWords,
} from "./model.ts";
export type { PacketField, PacketLayer } from "./packet_layers.ts";
export { type PairedDiagram, pairedDiagramOf, type PairedRow } from "./pair.ts";
export { type PairOptions, renderPair } from "./render_pair.tsx";
export { type DiagramOptions, renderDiagram, ROW_ATTRIBUTE } from "./render.tsx";
export { renderDetails } from "./render_details.tsx";
export { DIAGRAM_STYLE } from "./style.ts";
