/**
 * Making a diagram of what a run recorded.
 *
 * @module
 */
import { Numbering } from "../../timeline/numbering.ts";
import { packetOf } from "../packet_fields.ts";
import type { EvidenceEntry } from "../results.ts";
import { withFailure } from "./failure.ts";
import type { ArrowRow, CallRow, Diagram, DiagramRow, DiagramRun } from "./model.ts";
import { type PacketLayer, packetLayers } from "./packet_layers.ts";
import { packetWords } from "./words.ts";

/** A row before it is known what stands around it. */
type Draft = ArrowDraft | CallDraft | EventDraft;
type Around = "since_us" | "waiting";
type ArrowDraft = Omit<ArrowRow, Around>;
type CallDraft = Omit<CallRow, Around>;
type EventDraft = Omit<Exclude<DiagramRow, ArrowRow | CallRow>, Around>;

/**
 * The diagram of a run: its packets, calls, commands and code blocks in the order of time, and where it failed, if it did.
 *
 * ```ts
 * import { diagramOf } from "./build.ts";
 *
 * const evidence = [{ kind: "outbound", time_us: 0, line: 3, text: "S 0:0(0) win 65535" }] as const;
 * const { rows } = diagramOf({ verdict: "pass", message: "", evidence });
 * if (rows[0]?.kind !== "arrow" || rows[0].from !== "stack") throw new Error("the stack sent it");
 * ```
 */
export function diagramOf(run: DiagramRun): Diagram {
  const entries = run.evidence ?? [];
  const layers = layersOf(entries);
  const drafts: Draft[] = [];
  const returned = new Set<number>();
  for (const i of entries.keys()) {
    if (returned.has(i)) continue;
    const draft = draftOf(entries, i, layers.get(i) ?? []);
    if (draft.kind === "call" && draft.part === "whole") draft.entries.slice(1).forEach((at) => returned.add(at));
    drafts.push(draft);
  }
  const { rows, failing } = withFailure(placed(drafts), run);
  return { rows, failing, from_us: rows[0]?.time_us ?? 0, to_us: rows.at(-1)?.time_us ?? 0 };
}

function layersOf(entries: readonly EvidenceEntry[]): Map<number, PacketLayer[]> {
  const numbering = new Numbering();
  const layers = new Map<number, PacketLayer[]>();
  entries.forEach((entry, i) => {
    if ((entry.kind !== "inbound" && entry.kind !== "outbound") || entry.bytes === undefined) return;
    const live = packetOf(entry);
    const connection = numbering.see(live, entry.kind);
    layers.set(i, packetLayers(live, entry.bytes.length / 2, entry.kind, connection));
  });
  return layers;
}

function draftOf(entries: readonly EvidenceEntry[], i: number, layers: readonly PacketLayer[]): Draft {
  const entry = entries[i]!;
  const common = { key: `e${i}`, entries: [i], time_us: entry.time_us, line: entry.line };
  switch (entry.kind) {
    case "inbound":
    case "outbound":
      return arrowOf(entry, common, layers);
    case "call":
      return callOf(entries, i, common);
    case "return": {
      const begun = entries.findLast((one, at) => at < i && one.kind === "call" && one.line === entry.line);
      const text = begun === undefined ? entry.text : callText(begun.text);
      return { ...common, kind: "call", part: "returns", name: nameOf(entry), text, result: resultOf(entry) };
    }
    case "command":
    case "code":
    case "note":
      return { ...common, kind: entry.kind, text: entry.text };
  }
}

function arrowOf(
  entry: EvidenceEntry,
  common: Pick<ArrowDraft, "key" | "entries" | "time_us" | "line">,
  layers: readonly PacketLayer[],
): ArrowDraft {
  const inbound = entry.kind === "inbound";
  const text = entry.text.trim();
  return {
    ...common,
    kind: "arrow",
    from: inbound ? "runner" : "stack",
    to: inbound ? "stack" : "runner",
    fate: entry.fate ?? (entry.joined === true ? "joined" : "taken"),
    text,
    words: packetWords(text),
    layers,
  };
}

/** A call with its return in one row where nothing happened in between. */
function callOf(
  entries: readonly EvidenceEntry[],
  i: number,
  common: Pick<CallDraft, "key" | "entries" | "time_us" | "line">,
): CallDraft {
  const entry = entries[i]!;
  const next = entries[i + 1];
  const call = { ...common, kind: "call", name: nameOf(entry), text: callText(entry.text) } as const;
  if (next?.kind === "return" && next.line === entry.line && next.time_us === entry.time_us) {
    return { ...call, part: "whole", entries: [i, i + 1], result: resultOf(next) };
  }
  return { ...call, part: "begins" };
}

/** A call without the time that the script gives it to return. */
function callText(text: string): string {
  return text.replace(/^\.\.\.[\d.]+ /, "").trim();
}

function nameOf({ call, text }: EvidenceEntry): string {
  return call?.name ?? /([A-Za-z_]\w*)\(/.exec(text)?.[1] ?? "call";
}

function resultOf({ call, text }: EvidenceEntry): string {
  if (call === undefined) return text;
  return [call.errno === undefined ? call.result : `${call.result} ${call.errno}`, ...call.values ?? []].join(", ");
}

/** Adds what depends on the rows around: time since the row before, and the calls that have not returned. */
function placed(drafts: readonly Draft[]): DiagramRow[] {
  const waiting = new Map<number | undefined, string>();
  let before: number | undefined;
  return drafts.map((draft) => {
    if (draft.kind === "call" && draft.part === "returns") waiting.delete(draft.line);
    const since_us = before === undefined ? 0 : draft.time_us - before;
    const row: DiagramRow = { ...draft, since_us, waiting: [...waiting.values()] };
    before = draft.time_us;
    // One that never returns waits to the end.
    if (draft.kind === "call" && draft.part === "begins") waiting.set(draft.line, draft.text);
    return row;
  });
}
