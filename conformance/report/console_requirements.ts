/**
 * The table of requirements as the summary has it.
 *
 * @module
 */
import { type RequirementTable, STANDINGS } from "../requirements/mod.ts";
import { type ConsoleStyle, paint } from "./console_style.ts";
import { textTable } from "./text_table.ts";

/** Failing clauses that are told by name. */
const NAMED = 20;

/** How many clauses of the catalogue stand how, by target, and which fail. */
export function formatRequirements(table: RequirementTable, style: ConsoleStyle): string[] {
  const shown = STANDINGS.filter((standing) => table.targets.some((target) => table.totals[target]![standing] > 0));
  const rows = [
    ["clauses", ...shown],
    ...table.targets.map((target) => [target, ...shown.map((standing) => String(table.totals[target]![standing]))]),
  ];
  const failing = table.documents.flatMap(({ rows }) => rows).flatMap(({ requirement, cells }) => {
    const targets = cells.filter(({ standing }) => standing === "fail").map(({ target }) => target);
    return targets.length === 0 ? [] : [`  ${targets.join(", ")}: ${style.clause?.(requirement.id) ?? requirement.id}`];
  });
  return [
    textTable(rows),
    ...(failing.length === 0 ? [] : [paint(style, "red", "clauses that fail:"), ...failing.slice(0, NAMED)]),
    ...(failing.length > NAMED ? [`  … and ${failing.length - NAMED} more`] : []),
    ...(table.unknown.length === 0
      ? []
      : [paint(style, "yellow", `scripts name what the catalogue does not have: ${table.unknown.join(", ")}`)]),
  ];
}
