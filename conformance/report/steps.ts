/**
 * A run's evidence as steps that can be held against those of another run of the same script.
 *
 * @module
 */
import { ICMP_TIMESTAMPREPLY } from "../../abi/icmp_constants.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import { isHousekeeping } from "../timeline/housekeeping.ts";
import type { LivePacket } from "../timeline/live.ts";
import { Numbering } from "../timeline/numbering.ts";
import { type PacketFields, packetFields, packetOf } from "./packet_fields.ts";
import type { EvidenceEntry, RunResult } from "./results.ts";

/** Something that was done to a stack or that it did. */
export interface Step {
  readonly entry: EvidenceEntry;
  /** What can differ, by name. */
  readonly fields: PacketFields;
  /** Payload of a packet that the stack sent, as far as the document has it. */
  readonly payload: Uint8Array;
  /** What the document leaves out of it. */
  readonly rest: string;
}

const NO_PAYLOAD = new Uint8Array(0);

/**
 * The steps of a run: packets either way, results of calls, commands. A call that never returned is one, too. They come in
 * the script's order, as it is chance whether a packet that a call sends is seen before the call returns. What no event
 * took stands behind what made the stack send it: the last thing that was done to it before. What a host sends by itself is
 * left out unless the script asks for it.
 */
export function stepsOf(run: RunResult): Step[] {
  const entries = run.evidence ?? [];
  const numbering = new Numbering();
  const ordered: { readonly at: number; step: Step }[] = [];
  let cause = 0;
  for (const [i, entry] of entries.entries()) {
    const at = entry.line ?? cause;
    // A cleanup command is no event, and runs whatever happened.
    if (entry.kind === "command" && entry.line === undefined && cause > 0) continue;
    if (!["return", "code", "note"].includes(entry.kind)) cause = at;
    const step = stepOf(entries, i, numbering);
    if (step === undefined) continue;
    const before = ordered.findLast((one) => one.step.entry.kind === "outbound");
    if (entry.joined === true && before?.at === at) before.step = joined(before.step, step);
    else ordered.push({ at, step });
  }
  const loose = (step: Step) => step.entry.fate === "unclaimed" ? 1 : 0;
  return ordered.sort((a, b) => a.at - b.at || loose(a.step) - loose(b.step)).map(({ step }) => step);
}

function stepOf(entries: readonly EvidenceEntry[], i: number, numbering: Numbering): Step | undefined {
  const entry = entries[i]!;
  switch (entry.kind) {
    case "inbound":
      if (entry.bytes !== undefined) numbering.see(packetOf(entry), "inbound");
      return plain(entry, [["packet", entry.text]]);
    case "outbound":
      return packetStep(entry, numbering);
    case "return":
      return plain(entry, callFields(entry));
    case "command":
      return plain(entry, [["status", entry.text.slice(entry.text.lastIndexOf("= ") + 2)]]);
    case "call":
      return returns(entries, i) ? undefined : plain(entry, [["call", "does not return"]]);
    case "code":
      // Times are among what it sees: only a failed assertion makes a difference of it.
      return plain(entry, []);
    case "note":
      return undefined;
  }
}

function plain(entry: EvidenceEntry, fields: readonly (readonly [string, string])[]): Step {
  return { entry, fields: new Map(fields), payload: NO_PAYLOAD, rest: "" };
}

function returns(entries: readonly EvidenceEntry[], call: number): boolean {
  const { line } = entries[call]!;
  return entries.some((entry, i) => i > call && entry.kind === "return" && entry.line === line);
}

function callFields({ call, text }: EvidenceEntry): (readonly [string, string])[] {
  if (call === undefined) return [["call", text]];
  return [
    ["result", call.result],
    ["errno", call.errno ?? "none"],
    ...(call.values ?? []).map((value, i) => [`value_${i + 1}`, value] as const),
  ];
}

function packetStep(entry: EvidenceEntry, numbering: Numbering): Step | undefined {
  if (entry.bytes === undefined) return plain(entry, [["packet", entry.text]]);
  const live = packetOf(entry);
  const connection = numbering.see(live, "outbound");
  // What no event asks for and every host sends by itself says nothing about the stack.
  if (entry.fate === "unclaimed" && isHousekeeping(live)) return undefined;
  const fields = packetFields(live, connection, numbering);
  const kept = Math.max(live.payload, Math.min(live.end, entry.bytes.length / 2));
  const payload = fields.has("payload_length") ? payloadOf(live, kept) : NO_PAYLOAD;
  return { entry, fields, payload, rest: entry.rest_crc === undefined ? "" : String(entry.rest_crc) };
}

/** Octets of a payload up to `end`. Those of a time that the stack tells are its own. */
function payloadOf(live: LivePacket, end: number): Uint8Array {
  const payload = live.bytes.slice(live.payload, end);
  if (live.transportKind === "ICMPV4" && live.bytes[live.transport] === ICMP_TIMESTAMPREPLY) payload.fill(0, 4, 12);
  return payload;
}

/** One packet of the script that came in several: headers of the last, sequence number and time of the first. */
function joined(first: Step, last: Step): Step {
  const fields = new Map(last.fields);
  const seq = first.fields.get("tcp_seq");
  if (seq !== undefined) fields.set("tcp_seq", seq);
  const length = Number(first.fields.get("payload_length") ?? 0) + Number(last.fields.get("payload_length") ?? 0);
  fields.set("payload_length", String(length));
  const text = `${first.entry.text} + ${last.entry.text}`;
  return {
    entry: { ...first.entry, text },
    fields,
    payload: concatBytes(first.payload, last.payload),
    rest: `${first.rest} ${last.rest}`.trim(),
  };
}
