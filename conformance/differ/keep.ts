/**
 * A script on which two stacks differ as a script that says what the reference did: it passes there and fails on ours.
 *
 * @module
 */
import { sentSegment } from "./rehearsal.ts";
import type { EvidenceEntry, RunResult } from "../report/results.ts";
import { lineText } from "./draft.ts";
import { type Compared, headingOf } from "./trial.ts";

/** How far off a packet may come: a tick or two of a kernel's timers. */
const TOLERANCE_US = 12_000;

/** The text of the script. */
export function keptScript({ written, reference, differences }: Compared): string {
  const { life, lines } = written;
  const before = headingOf(life, `${written.script.name}: ${differences[0]?.kind ?? "no difference"}`);
  const sent = unclaimed(reference);
  const out: string[] = before.map((text) =>
    text.startsWith("--tolerance_usecs") ? `--tolerance_usecs=${TOLERANCE_US}` : text
  );
  let next = 0;
  lines.forEach((line, i) => {
    for (; next < sent.length && sent[next]!.time_us < line.at_ms * 1000; next++) out.push(expectation(sent[next]!));
    const number = before.length + i + 1;
    const returned = reference.evidence?.find((entry) => entry.kind === "return" && entry.line === number)?.call;
    out.push(lineText(line, returned));
    // What it sent in answer stands behind the line, whatever else happens at the same time.
    const until = Math.min(lines[i + 1]?.at_ms ?? Infinity, line.at_ms + 1) * 1000;
    if (lines[i + 1]?.at_ms !== line.at_ms) {
      for (; next < sent.length && sent[next]!.time_us < until; next++) out.push(expectation(sent[next]!));
    }
  });
  return [...out, ...sent.slice(next).map(expectation), ""].join("\n");
}

function unclaimed(run: RunResult): EvidenceEntry[] {
  return (run.evidence ?? []).filter((entry) =>
    entry.kind === "outbound" && entry.fate === "unclaimed" && sentSegment(entry) !== undefined
  );
}

function expectation({ time_us, text }: EvidenceEntry): string {
  // The value of a time stamp may be a tick off.
  const loose = text.replace(/TS val \d+/, "TS val *");
  return `${(time_us / 1e6).toFixed(3).padStart(8)} > ${loose}`;
}
