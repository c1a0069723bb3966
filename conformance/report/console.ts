/**
 * What a person reads on the terminal.
 *
 * @module
 */
import type { RequirementTable } from "../requirements/mod.ts";
import { formatComparison } from "./console_comparison.ts";
import { formatRequirements } from "./console_requirements.ts";
import { type ConsoleStyle, paint, stepText, VERDICT_PAINT } from "./console_style.ts";
import { fromHex } from "./hex.ts";
export type { ConsoleStyle };
import type { EvidenceEntry, Results, RunResult, Verdict } from "./results.ts";
import { type Cause, machineCauses, skipCauses } from "./machine.ts";
import { countVerdicts, describeOutdated, isExpected, targetsOf } from "./summary.ts";
import { textTable } from "./text_table.ts";

/** One line for one run. */
export function formatRunLine(run: RunResult, style: ConsoleStyle): string {
  const ms = (run.duration_us / 1000).toFixed(run.duration_us < 10_000 ? 1 : 0);
  const head = `${paint(style, VERDICT_PAINT[run.verdict], run.verdict.padEnd(5))} ${run.script} ` +
    paint(style, "dim", `${run.variant} ${run.target} ${ms} ms`);
  const more = (run.tries?.length ?? 1) - 1;
  const retries = more > 0 ? ` (after ${more} more ${more === 1 ? "try" : "tries"})` : "";
  const why = run.verdict === "pass" ? "" : ` — ${run.reason ?? run.message.split("\n")[0]}`;
  return head + retries + why;
}

/** Of a script's line, this much is shown. */
const MAX_LINE = 160;

function scriptContext(run: RunResult, style: ConsoleStyle): string[] {
  const source = style.source(run.script);
  if (source === undefined || run.line === undefined) return [];
  const lines = source.split("\n");
  const out: string[] = [];
  for (let number = Math.max(1, run.line - 3); number <= Math.min(lines.length, run.line + 1); number++) {
    const line = lines[number - 1]!;
    const shown = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
    const text = `${number === run.line ? ">" : " "} ${String(number).padStart(4)} | ${shown}`;
    out.push(number === run.line ? paint(style, "bold", text) : paint(style, "dim", text));
  }
  return out;
}

function formatEvidence(entry: EvidenceEntry): string {
  const line = entry.line === undefined ? "    " : String(entry.line).padStart(4);
  return `  ${(entry.time_us / 1e6).toFixed(6).padStart(10)} ${line} ${stepText(entry)}`;
}

/** A hex dump, 16 octets a line, with the octets of `marks` (`[start, end)`) in brackets. */
export function markedHexDump(bytes: Uint8Array, marks: readonly (readonly [number, number])[]): string[] {
  const marked = (i: number) => marks.some(([start, end]) => i >= start && i < end);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    let text = `  0x${at.toString(16).padStart(4, "0")}: `;
    for (let i = at; i < Math.min(at + 16, bytes.length); i++) {
      const octet = bytes[i]!.toString(16).padStart(2, "0");
      const opens = marked(i) && (i === at || !marked(i - 1));
      const closes = marked(i) && (i === at + 15 || i === bytes.length - 1 || !marked(i + 1));
      text += (opens ? "[" : " ") + octet + (closes ? "]" : "");
      if (!closes && i % 8 === 7) text += " ";
    }
    lines.push(text);
  }
  return lines;
}

/** The full account of a run that did not go as expected. */
export function formatFailure(run: RunResult, style: ConsoleStyle): string {
  const out: string[] = [];
  out.push(
    `${
      paint(style, VERDICT_PAINT[run.verdict], run.verdict.toUpperCase())
    } ${run.script} (${run.variant}, ${run.target})`,
  );
  out.push(...run.message.split("\n").map((line) => `  ${line}`));
  if (run.reason !== undefined) out.push(`  ${run.reason}`);
  out.push(...scriptContext(run, style));
  const failure = run.failure;
  if (run.verdict !== "error" && failure?.requirements !== undefined && failure.requirements.length > 0) {
    const [first, ...rest] = failure.requirements.map((id) => style.clause?.(id) ?? id);
    out.push(`  clause: ${first}`, ...rest.map((clause) => `      or: ${clause}`));
  }
  if (failure?.expected !== undefined) out.push(`  expected: ${failure.expected}`);
  if (failure?.actual !== undefined) out.push(`  actual:   ${failure.actual}`);
  const differences = failure?.differences ?? [];
  if (differences.length > 0) {
    const rows = [["  field", "expected", "actual"], ...differences.map((d) => [`  ${d.field}`, d.expected, d.actual])];
    out.push(textTable(rows));
  }
  if (style.verbose && failure?.actual_bytes !== undefined) {
    const marks = differences.flatMap((d) =>
      d.start === undefined || d.end === undefined ? [] : [[d.start, d.end] as const]
    );
    out.push("  octets of the packet, from its IP header (what differs in brackets):");
    out.push(...markedHexDump(fromHex(failure.actual_bytes), marks));
  }
  const evidence = run.evidence ?? [];
  if (evidence.length > 0) {
    const shown = style.verbose ? evidence : evidence.slice(-8);
    out.push(
      `  what happened${shown.length < evidence.length ? ` (last ${shown.length} of ${evidence.length})` : ""}:`,
    );
    out.push(...shown.map(formatEvidence));
  }
  return out.join("\n");
}

function formatCause(head: string, { what, remedy, runs }: Cause, style: ConsoleStyle): string[] {
  const scripts = new Set(runs.map(({ script }) => script));
  const first = scripts.size === 1 ? runs[0]!.script : `${scripts.size} scripts, the first ${runs[0]!.script}`;
  return [
    paint(style, "yellow", `${runs.length} ${head}: ${what}`) + paint(style, "dim", ` (${first})`),
    ...(remedy === undefined ? [] : [`  ${remedy}`]),
  ];
}

/** What was tried more than once, and what came out otherwise than at first. */
function triedAgain(runs: readonly RunResult[]): string[] {
  const again = runs.filter((run) => (run.tries?.length ?? 0) > 1);
  if (again.length === 0) return [];
  const changed = again.filter(({ tries, verdict }) =>
    verdict !== "flaky" && tries![0]!.verdict !== tries!.at(-1)!.verdict
  );
  const first = `${again.length} ${again.length === 1 ? "was" : "were"} not on time among others and tried again`;
  return [
    first + (changed.length === 0 ? "" : `; ${changed.length} came out otherwise than at first:`),
    ...changed.map(({ script, variant, target, verdict, tries }) =>
      `  ${script} (${variant}, ${target}): ${verdict}, at first ${
        tries![0]!.message.split("\n")[0] || tries![0]!.verdict
      }`
    ),
  ];
}

/** The closing summary: comparison, what was left out, what the runs show of the clauses that they name, counts. */
export function formatSummary(results: Results, style: ConsoleStyle, requirements?: RequirementTable): string {
  const out = formatComparison(results, style);
  out.push("");
  for (const left of results.environment.left_out) {
    out.push(paint(style, "yellow", `${left.target} was left out: ${left.reason}`), `  ${left.remedy}`);
  }
  for (const { target, reason, remedy } of results.environment.limits ?? []) {
    out.push(paint(style, "yellow", `${target}: ${reason}`), `  ${remedy}`);
  }
  for (const cause of skipCauses(results.runs)) out.push(...formatCause("skipped", cause, style));
  for (const cause of machineCauses(results.runs)) out.push(...formatCause("could not be judged", cause, style));
  for (const target of targetsOf(results.runs)) {
    const runs = results.runs.filter((run) => run.target === target);
    const counts = countVerdicts(runs);
    const parts = (Object.entries(counts) as [Verdict, number][]).filter(([, n]) => n > 0).map(([verdict, n]) =>
      paint(style, VERDICT_PAINT[verdict], `${n} ${verdict}`)
    );
    const seconds = runs.reduce((sum, run) => sum + run.duration_us, 0) / 1e6;
    out.push(`${target}: ${parts.join(", ")} of ${runs.length} (${seconds.toFixed(2)} s of scripts)`);
  }
  if (requirements !== undefined) out.push(...formatRequirements(requirements, style));
  out.push(...triedAgain(results.runs));
  out.push(...describeOutdated(results.outdated).map((sentence) => paint(style, "yellow", sentence)));
  if (results.interrupted === true) out.push(paint(style, "red", "stopped before the end"));
  const flaky = results.runs.filter((run) => run.verdict === "flaky").length;
  const bad = results.runs.filter((run) => !isExpected(run.verdict)).length - flaky;
  const good = results.runs.filter((run) => isExpected(run.verdict) && run.verdict !== "skip").length;
  const skipped = results.runs.filter((run) => run.verdict === "skip").length;
  out.push(
    `${good} passed, ${bad} failed${flaky > 0 ? `, ${flaky} flaky` : ""}${skipped > 0 ? `, ${skipped} skipped` : ""}`,
  );
  return out.join("\n");
}
