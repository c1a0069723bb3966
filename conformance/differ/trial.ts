/**
 * One script on both stacks, and whether they did the same.
 *
 * @module
 */
import type { CallRecord, RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import type { PythonRunner } from "../timeline/mod.ts";
import { type Difference, differences } from "./difference.ts";
import { heading, type Line, lineText } from "./draft.ts";
import type { Sample } from "./generate.ts";
import { packetHeading, packetLines } from "./packet_lines.ts";
import { rehearseOn } from "./rehearsal.ts";
import { writeLife } from "./render.ts";
import { runOnce, type Script } from "./run.ts";

/** The two stacks. */
export interface Sides {
  /** The one that is compared with, in real time. */
  readonly reference: Target;
  /** Ours, in virtual time; it rehearses, too. */
  readonly own: Target;
  readonly python: PythonRunner;
}

/** A script that was written and run on our stack. */
export interface Written {
  readonly life: Sample;
  readonly lines: readonly Line[];
  readonly script: Script;
  readonly own: RunResult;
}

/** What came of running it on the other. */
export interface Compared {
  readonly written: Written;
  readonly reference: RunResult;
  readonly differences: readonly Difference[];
}

/** How late a runner may be, µs, before a difference may be its doing. */
const LATE_US = 2_000;

/** Writes the script of a life. */
export async function write(life: Sample, name: string, { own, python }: Sides): Promise<Written> {
  const lines = "packets" in life ? packetLines(life) : await writeLife(life, rehearseOn(own, life.opening, python));
  const text = scriptText(life, name, lines, () => undefined);
  const script = { name, text };
  const { result } = await runOnce(own, script, python);
  return { life, lines, script, own: result };
}

/** The whole text; `returned`: what the call of a line returns. */
export function scriptText(
  life: Sample,
  title: string,
  lines: readonly Line[],
  returned: (line: number) => CallRecord | undefined,
): string {
  const before = headingOf(life, title);
  return [...before, ...lines.map((line, i) => lineText(line, returned(before.length + i + 1))), ""].join("\n");
}

/** What stands before a script's lines. */
export function headingOf(life: Sample, title: string): string[] {
  return "packets" in life ? packetHeading(life, title) : heading(life.opening, title);
}

/**
 * Runs a script on the reference: what differs in a try in which the runner was on time, or in the last of `tries`. What is
 * the same in one is the same: a timer of a kernel goes off at a tick, so that it depends on the moment of the start what
 * comes first, the timer or an act.
 */
export async function compare(written: Written, { reference, python }: Sides, tries: number): Promise<Compared> {
  let last: Compared | undefined;
  for (let i = 0; i < tries; i++) {
    const { result, facts } = await runOnce(reference, written.script, python);
    const end_us = (written.lines.at(-1)?.at_ms ?? 0) * 1000;
    const compared = { written, reference: result, differences: differences(result, written.own, end_us) };
    if (compared.differences.length === 0) return compared;
    const late = (facts?.late_us ?? 0) > LATE_US;
    if (last === undefined || !late) last = compared;
  }
  return last!;
}
