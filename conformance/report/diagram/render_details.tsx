/**
 * Everything that is known of one row of a diagram, as HTML.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import type { DiagramRow } from "./model.ts";
import type { PacketLayer } from "./packet_layers.ts";
import { secondsText, spanText } from "./time_text.ts";

/** All fields of a row's packet, or all that is known of a call, as HTML text. */
export function renderDetails(row: DiagramRow): string {
  return render(rowDetails(row));
}

/** The same as an element of preact's. */
export function rowDetails(row: DiagramRow): VNode {
  return (
    <div class="np-details">
      <p class="np-what">{row.text}</p>
      <table>
        <caption>{row.kind === "arrow" ? `${row.from} to ${row.to}` : row.kind}</caption>
        <tbody>{generalFields(row).map(([name, value]) => fieldRow(name, value))}</tbody>
      </table>
      {row.kind === "arrow" && row.layers.map(layerTable)}
    </div>
  );
}

function generalFields(row: DiagramRow): (readonly [string, string])[] {
  const fields: [string, string][] = [];
  if (row.failure !== undefined) fields.push(["failed", row.failure]);
  if (row.key !== "expected" && row.key !== "verdict") fields.push(["time", `${secondsText(row.time_us)} s`]);
  if (row.since_us > 0) fields.push(["after", spanText(row.since_us)]);
  if (row.line !== undefined) fields.push(["script line", String(row.line)]);
  if (row.kind === "arrow" && row.fate !== "taken") fields.push(["fate", row.fate]);
  if (row.kind === "call" && row.result !== undefined) fields.push(["result", row.result]);
  if (row.waiting.length > 0) fields.push(["meanwhile", row.waiting.join("; ")]);
  return fields;
}

function layerTable(layer: PacketLayer): VNode {
  return (
    <table key={layer.start}>
      <caption>
        {layer.name} <small>octets {layer.start} to {layer.end - 1}</small>
      </caption>
      <tbody>{layer.fields.map(({ name, value, meaning }) => fieldRow(name, value, meaning))}</tbody>
    </table>
  );
}

function fieldRow(name: string, value: string, meaning?: string): VNode {
  return (
    <tr key={name}>
      <th scope="row">{name}</th>
      <td>{value}{meaning !== undefined && <small>{` ${meaning}`}</small>}</td>
    </tr>
  );
}
