/**
 * Test Anything Protocol, version 14.
 *
 * @module
 */
import { readable } from "./readable.ts";
import type { Results } from "./results.ts";
import { isExpected } from "./summary.ts";

function escapeDescription(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("#", "\\#").replaceAll(/[\n\t]/g, " ");
}

/** The document as TAP. */
export function renderTap(results: Results): string {
  const lines = ["TAP version 14", `1..${results.runs.length}`];
  readable(results).runs.forEach((run, index) => {
    const name = escapeDescription(`${run.script} ${run.variant} ${run.target}`);
    const directive = run.verdict === "skip"
      ? ` # SKIP ${escapeDescription(run.message)}`
      : run.verdict === "expected-fail"
      ? ` # TODO ${escapeDescription(run.reason ?? "")}`
      : "";
    const ok = isExpected(run.verdict) && run.verdict !== "expected-fail";
    lines.push(`${ok ? "ok" : "not ok"} ${index + 1} - ${name}${directive}`);
    if (run.verdict !== "pass" && run.verdict !== "skip") {
      lines.push(
        "  ---",
        `  verdict: ${run.verdict}`,
        `  message: ${JSON.stringify(run.message)}`,
        ...(run.line === undefined ? [] : [`  line: ${run.line}`]),
        "  ...",
      );
    }
  });
  return lines.join("\n") + "\n";
}
