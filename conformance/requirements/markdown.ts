/**
 * The table of requirements as Markdown.
 *
 * @module
 */
import { markdownCell as cell } from "../report/markdown_cell.ts";
import { LEVELS } from "./catalogue.ts";
import { type DocumentTable, type RequirementRow, type RequirementTable, type Standing, STANDINGS } from "./table.ts";

/** Standings that are shown clause by clause: those that somebody has to look at. */
const TOLD: readonly Standing[] = ["fail", "deviates", "undecided"];

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function heading(names: readonly string[], numbers: number): string[] {
  return [row(names), row(names.map((_, i) => i >= names.length - numbers ? "---:" : "---"))];
}

function totals({ targets, totals }: RequirementTable): string[] {
  return [
    ...heading(["target", ...STANDINGS], STANDINGS.length),
    ...targets.map((target) => row([cell(target), ...STANDINGS.map((standing) => totals[target]![standing])])),
  ];
}

/** One line for each document and level, with `pass/fail/deviates` for each target. */
function byLevel({ targets, documents }: RequirementTable): string[] {
  const out = heading(["document", "level", "clauses", ...targets.map(cell)], targets.length + 1);
  for (const { document, levels } of documents) {
    for (const { level, total, counts } of levels) {
      const standings = targets.map((target) => {
        const { pass, fail, deviates, undecided } = counts[target]!;
        return [`${pass}`, `${fail}`, `${deviates}`, ...(undecided > 0 ? [`${undecided}`] : [])].join(" / ");
      });
      out.push(row([cell(document), level, total, ...standings]));
    }
  }
  return out;
}

function tells({ cells }: RequirementRow): boolean {
  return cells.some(({ standing }) => TOLD.includes(standing));
}

function details(targets: readonly string[], { document, title, rows }: DocumentTable): string[] {
  const told = rows.filter(tells);
  if (told.length === 0) return [];
  const out = [
    "",
    `### ${cell(document)}: ${cell(title)}`,
    "",
    ...heading(["clause", "level", "asks", ...targets.map(cell), "why"], 0),
  ];
  for (const { requirement, cells } of told) {
    const why = cells.flatMap(({ target, reasons }) => reasons.map((reason) => `${target}: ${reason}`));
    const { id, section, level, text } = requirement;
    out.push(row([
      `${cell(id)} (section ${cell(section)})`,
      level,
      cell(text),
      ...cells.map(({ standing }) => standing === "fail" ? "**fail**" : standing),
      cell(why.join("; ")),
    ]));
  }
  return out;
}

/** The table as a Markdown document. */
export function renderRequirements(table: RequirementTable): string {
  const order = LEVELS.join(", ");
  return [
    "## Requirements by target",
    "",
    ...totals(table),
    "",
    `By document and level (${order}): pass / fail / deviates, and undecided if there are any.`,
    "",
    ...byLevel(table),
    ...table.documents.flatMap((document) => details(table.targets, document)),
    ...(table.unknown.length === 0
      ? []
      : ["", `Named by scripts, not in the catalogue: ${table.unknown.map(cell).join(", ")}`]),
  ].join("\n") + "\n";
}
