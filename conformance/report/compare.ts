/**
 * Where two targets parted: the first packet or call result that differs between two runs of the same script.
 *
 * @module
 */
import type { EvidenceEntry, RunResult } from "./results.ts";

/** One step of both runs side by side. */
export interface ComparedStep {
  readonly left: EvidenceEntry | undefined;
  readonly right: EvidenceEntry | undefined;
  readonly differs: boolean;
}

/** The first difference with the steps that led to it. */
export interface FirstDifference {
  readonly steps: readonly ComparedStep[];
}

/** What a stack does, as opposed to what is done to it. */
function isAnswer(entry: EvidenceEntry): boolean {
  return entry.kind === "outbound" || entry.kind === "return";
}

/** Timestamps differ from run to run without meaning anything. */
function comparable(entry: EvidenceEntry): string {
  return entry.text.replace(/TS val \d+ ecr \d+/g, "TS");
}

/**
 * The first answer (packet sent, call result) that differs, with up to `context` answers before it;
 * `undefined` when all that both runs recorded is the same.
 */
export function firstDifference(left: RunResult, right: RunResult, context = 3): FirstDifference | undefined {
  const a = (left.evidence ?? []).filter(isAnswer);
  const b = (right.evidence ?? []).filter(isAnswer);
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a[i];
    const y = b[i];
    if (x !== undefined && y !== undefined && comparable(x) === comparable(y)) continue;
    const steps: ComparedStep[] = [];
    for (let j = Math.max(0, i - context); j < i; j++) steps.push({ left: a[j], right: b[j], differs: false });
    steps.push({ left: x, right: y, differs: true });
    return { steps };
  }
  return undefined;
}
