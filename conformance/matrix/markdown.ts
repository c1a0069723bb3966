/**
 * The matrix as Markdown: totals, a table for each document, and below it each script that does not pass everywhere,
 * with what it found on each stack.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { CLAUSE_STATES, type ClauseRow, type Matrix, type ScriptRow } from "./matrix.ts";

const LEGEND = [
  "- **pass**: the stack does what the clause says, as far as the scripts look.",
  "- **deviates**: it departs from the clause, and its baseline says how.",
  "- **fail**: a script of the clause fails, and no baseline says why.",
  "- **undecided**: its scripts do not tell: they fail for another clause, are flaky, or could not be judged.",
  "- **skip**: they need what the stack, or its adapter, does not have.",
];

/** Renders it. */
export function renderMatrix(matrix: Matrix): string {
  const names = matrix.stacks.map(({ name }) => name);
  const documents = Map.groupBy(matrix.clauses, ({ document }) => document);
  const told = new Set(matrix.scripts.filter(isTold));
  return [
    "# Clause by stack",
    "",
    ...totals(matrix),
    "",
    ...LEGEND,
    ...matrix.left_out.flatMap(({ target, reason, remedy }) => [
      "",
      `**${cell(target)}** was left out: ${cell(reason)}${remedy === "" ? "" : ` (${cell(remedy)})`}`,
    ]),
    ...[...documents].flatMap(([document, clauses]) => [
      "",
      `## ${document}`,
      "",
      row(["clause", "level", ...names, "scripts"]),
      row(["---", "---", ...names.map(() => "---"), "---"]),
      ...clauses.map((clause) => clauseLine(clause, names, matrix.scripts, told)),
    ]),
    "",
    "## Scripts",
    "",
    "Those that do not pass on every stack.",
    ...[...Map.groupBy(told, ({ script }) => script)].flatMap(([script, variants]) => scriptSection(script, variants)),
  ].join("\n") + "\n";
}

function totals({ stacks, clauses, scripts }: Matrix): string[] {
  return [
    `${clauses.length} clauses, ${scripts.length} runs of scripts on each stack. Clauses:`,
    "",
    row(["stack", "what it is", ...CLAUSE_STATES]),
    row(["---", "---", ...CLAUSE_STATES.map(() => "---:")]),
    ...stacks.map(({ name, what, clauses }) =>
      row([name, what, ...CLAUSE_STATES.map((state) => String(clauses[state]))])
    ),
  ];
}

function clauseLine(
  { id, level, section, text, scripts, states }: ClauseRow,
  names: readonly string[],
  all: readonly ScriptRow[],
  told: ReadonlySet<ScriptRow>,
): string {
  const rows = scripts.map((place) => all[place]!);
  const links = [...Map.groupBy(rows, ({ script }) => script)].map(([script, variants]) => {
    const name = shortName(script);
    return variants.some((variant) => told.has(variant)) ? `[${name}](#${anchor(script)})` : name;
  });
  const states_ = names.map((name) => {
    const state = states[name] ?? "·";
    return state === "fail" || state === "deviates" ? `**${state}**` : state;
  });
  const asks = `${cell(id)} (${cell(section)}): ${cell(text)}`;
  return `| ${[asks, level, ...states_, links.join(", ")].join(" | ")} |`;
}

/** Whether there is something to say of a script in a variant. */
function isTold({ outcomes }: ScriptRow): boolean {
  return Object.values(outcomes).some(({ verdict }) => verdict !== "pass");
}

function scriptSection(script: string, variants: readonly ScriptRow[]): string[] {
  const lines = variants.flatMap(({ variant, outcomes }) =>
    Object.entries(outcomes).flatMap(([stack, { verdict, message, reason }]) =>
      verdict === "pass" ? [] : [{ variant, stack, text: `${verdict}: ${says(script, message, reason)}` }]
    )
  );
  // What all variants have in common is told once.
  const alike = Map.groupBy(lines, ({ stack, text }) => `${stack}\0${text}`);
  return [
    "",
    `### <a id="${anchor(script)}"></a>${shortName(script)}`,
    "",
    `Shows: ${variants[0]!.clauses.join(", ") || "no clause"}`,
    "",
    ...[...alike.values()].map((those) => {
      const { stack, text } = those[0]!;
      return `- **${stack}** (${those.map(({ variant }) => variant).join(", ")}): ${cell(text)}`;
    }),
  ];
}

function says(script: string, message: string, reason: string | undefined): string {
  const said = message.split("\n")[0]!.replaceAll(script, shortName(script));
  return [reason, said].filter((part) => part !== undefined && part !== "").join(" — ");
}

/** A script by its folder and its name. */
function shortName(script: string): string {
  return `${basename(dirname(script))}/${basename(script, ".pkt")}`;
}

function anchor(script: string): string {
  return shortName(script).replaceAll(/[^A-Za-z0-9_]/g, "-").toLowerCase();
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

/** Text as it stands, whatever Markdown would make of it. */
function cell(text: string): string {
  return text.replaceAll("\n", " ").replaceAll(/[|<>*_`[\]\\]/g, (mark) => `\\${mark}`);
}
