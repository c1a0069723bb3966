/**
 * JUnit XML, as CI systems read it.
 *
 * @module
 */
import { XMLBuilder } from "fast-xml-parser";
import { readable } from "./readable.ts";
import type { Results, RunResult } from "./results.ts";
import { isExpected, targetsOf } from "./summary.ts";

function testcase(run: RunResult): Record<string, unknown> {
  const outcome: Record<string, unknown> = {
    "@_classname": `${run.target}.${run.variant}`,
    "@_name": run.script,
    "@_file": run.script,
    "@_time": (run.duration_us / 1e6).toFixed(6),
  };
  if (run.line !== undefined) outcome["@_line"] = String(run.line);
  if (run.verdict === "skip" || run.verdict === "expected-fail") {
    outcome.skipped = { "@_message": run.reason ?? run.message };
  } else if (run.verdict === "error") {
    outcome.error = { "@_message": run.message.split("\n")[0]!, "#text": run.message };
  } else if (isFailure(run)) {
    const message = run.verdict === "unexpected-pass"
      ? `passed, but the baseline expects a failure: ${run.reason}`
      : run.message;
    outcome.failure = {
      "@_message": message.split("\n")[0]!,
      "@_type": run.verdict === "flaky" ? "flaky" : run.failure?.kind ?? run.verdict,
      "#text": message,
    };
  }
  return outcome;
}

/** Whether JUnit counts it as a failure: neither as expected nor an error. */
function isFailure({ verdict }: RunResult): boolean {
  return !isExpected(verdict) && verdict !== "error";
}

/** The document as JUnit XML, a test suite for each target. */
export function renderJUnit(document: Results): string {
  const results = readable(document);
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, suppressBooleanAttributes: false });
  const suites = targetsOf(results.runs).map((target) => {
    const runs = results.runs.filter((run) => run.target === target);
    return {
      "@_name": target,
      "@_tests": String(runs.length),
      "@_failures": String(runs.filter((run) => isFailure(run)).length),
      "@_errors": String(runs.filter((run) => run.verdict === "error").length),
      "@_skipped": String(runs.filter((run) => run.verdict === "skip" || run.verdict === "expected-fail").length),
      "@_time": (runs.reduce((sum, run) => sum + run.duration_us, 0) / 1e6).toFixed(6),
      "@_timestamp": results.environment.started,
      testcase: runs.map(testcase),
    };
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ testsuites: { testsuite: suites } })}`;
}
