/**
 * GitHub Actions: annotations and the step summary.
 *
 * @module
 */
import { markdownCell as cell } from "./markdown_cell.ts";
import { readable } from "./readable.ts";
import type { Results } from "./results.ts";
import { countVerdicts, describeOutdated, differs, groupRuns, isExpected, targetsOf } from "./summary.ts";

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** A workflow command for each run that was not as expected. */
export function renderAnnotations(results: Results): string {
  return readable(results).runs.filter((run) => !isExpected(run.verdict)).map((run) => {
    const place = `file=${escapeProperty(run.script)}${run.line === undefined ? "" : `,line=${run.line}`}`;
    const title = escapeProperty(`${run.verdict}: ${run.target}, ${run.variant}`);
    return `::error ${place},title=${title}::${escapeData(run.message || (run.reason ?? run.verdict))}\n`;
  }).join("");
}

/** The step summary in Markdown. */
export function renderStepSummary(document: Results): string {
  const results = readable(document);
  const targets = targetsOf(results.runs);
  const out = [
    "## TCP/IP conformance",
    "",
    "| target | pass | fail | flaky | error | skip | expected-fail | unexpected-pass |",
  ];
  out.push("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const target of targets) {
    const c = countVerdicts(results.runs.filter((run) => run.target === target));
    out.push(
      `| ${cell(target)} | ${c.pass} | ${c.fail} | ${c.flaky} | ${c.error} | ${c.skip} | ${c["expected-fail"]} | ${
        c["unexpected-pass"]
      } |`,
    );
  }
  for (const left of results.environment.left_out) {
    out.push("", `${cell(left.target)} was left out: ${cell(left.reason)}`);
  }
  for (const sentence of describeOutdated(results.outdated)) out.push("", cell(sentence));
  const rows = groupRuns(results.runs).filter((group) =>
    differs(group) || [...group.byTarget.values()].some((run) => !isExpected(run.verdict))
  );
  if (rows.length > 0) {
    out.push(
      "",
      `| script | variant | ${targets.map(cell).join(" | ")} | why |`,
      `| --- | --- |${" --- |".repeat(targets.length + 1)}`,
    );
    for (const group of rows) {
      const verdicts = targets.map((target) => group.byTarget.get(target)?.verdict ?? "");
      const why = [...group.byTarget.values()].filter((run) => run.verdict !== "pass").map((run) =>
        `${run.target}: ${run.reason ?? run.message.split("\n")[0]}`
      );
      out.push(`| ${cell(group.script)} | ${group.variant} | ${verdicts.join(" | ")} | ${cell(why.join("; "))} |`);
    }
  }
  return out.join("\n") + "\n";
}
