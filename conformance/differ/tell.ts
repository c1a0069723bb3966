/**
 * What a comparison of many scripts found, for people.
 *
 * @module
 */
import type { EvidenceEntry } from "../report/results.ts";
import type { Compared } from "./trial.ts";

/** Lines that the differing scripts of a kind of difference share. */
export function groups(compared: readonly Compared[]): Map<string, Compared[]> {
  const differing = compared.filter(({ differences }) => differences.length > 0);
  const grouped = Map.groupBy(differing, ({ differences }) => differences[0]!.kind);
  return new Map([...grouped].sort((a, b) => b[1].length - a[1].length));
}

/** How many are the same, and what differs in the others: the first difference of each. */
export function summary(title: string, compared: readonly Compared[]): string {
  const same = compared.filter(({ differences }) => differences.length === 0).length;
  const share = compared.length === 0 ? 0 : 100 * same / compared.length;
  const lines = [`${title}: ${same} of ${compared.length} identical (${share.toFixed(1)} %)`];
  for (const [kind, those] of groups(compared)) {
    const names = those.map(({ written }) => written.script.name.replace(/\.pkt$/, ""));
    const some = names.slice(0, 8).join(" ") + (names.length > 8 ? " …" : "");
    lines.push(`${String(those.length).padStart(5)}  ${kind}    ${some}`);
  }
  return lines.join("\n");
}

/** The first difference of a script with what came before it. */
export function story({ written, reference, differences }: Compared, names: readonly [string, string]): string {
  const first = differences[0];
  if (first === undefined) return "";
  const until = Math.max(first.left?.time_us ?? 0, first.right?.time_us ?? 0);
  const shown = (entries: readonly EvidenceEntry[]) =>
    entries.filter(({ kind, time_us, text }) => kind !== "call" && time_us <= until && !text.includes("solicitation"))
      .slice(-10).map(entryText);
  const fields = first.fields.map(([name, left, right]) => `    ${name}: ${left}, ${right}`);
  return [
    `${written.script.name}: ${first.kind}`,
    ...fields,
    `  ${names[0]}`,
    ...shown(reference.evidence ?? []),
    `  ${names[1]}`,
    ...shown(written.own.evidence ?? []),
  ].join("\n");
}

const MARKS: Partial<Record<EvidenceEntry["kind"], string>> = { inbound: "<", outbound: ">" };

function entryText({ kind, time_us, text }: EvidenceEntry): string {
  return `    ${(time_us / 1e6).toFixed(6)} ${MARKS[kind] ?? "·"} ${text}`;
}
