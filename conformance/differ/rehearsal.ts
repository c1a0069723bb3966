/**
 * What our stack sends, as far as a script is written.
 *
 * @module
 */
import type { EvidenceEntry } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import type { PythonRunner } from "../timeline/mod.ts";
import type { Opening } from "./connection.ts";
import { heading, type Line, lineText } from "./draft.ts";
import type { SentSegment } from "./peer.ts";
import type { Rehearse } from "./render.ts";
import { runOnce } from "./run.ts";

/** Rehearses with `target`, whose time is virtual. */
export function rehearseOn(target: Target, opening: Opening, python: PythonRunner): Rehearse {
  return async (lines, until_ms) => {
    const end: Line = { at_ms: until_ms, text: 'mib("Tcp.OutSegs") >= 0' };
    const text = [...heading(opening, "a rehearsal"), ...[...lines, end].map((line) => lineText(line, undefined)), ""]
      .join("\n");
    const { result } = await runOnce(target, { name: "rehearsal.pkt", text }, python);
    return (result.evidence ?? []).flatMap((entry) => sentSegment(entry) ?? []);
  };
}

const SEGMENT = /(?:^|[\s>])([FSRPEWAU.-]+) (\d+):(\d+)\((\d+)\)/;

/** The segment of an entry, unless it is none that a receiver takes text or a time stamp from. */
export function sentSegment(entry: EvidenceEntry): SentSegment | undefined {
  const found = entry.kind === "outbound" ? SEGMENT.exec(entry.text) : null;
  if (found === null) return undefined;
  const [, flags = "", start = "", , length = ""] = found;
  if (/[SR]/.test(flags)) return undefined;
  const stamp = /TS val (\d+)/.exec(entry.text)?.[1];
  return {
    seq: Number(start),
    length: Number(length) + (flags.includes("F") ? 1 : 0),
    stamp: stamp === undefined ? undefined : Number(stamp),
  };
}
