/**
 * A self-contained page: one row for each script, what failed to be unfolded.
 *
 * @module
 */
import { type ComponentChildren, h as createElement, type VNode } from "preact";
import { render } from "preact-render-to-string";
import { formatFailure } from "./console.ts";
import { readable, readableSource } from "./readable.ts";
import type { Results, RunResult } from "./results.ts";
import { countVerdicts, describeOutdated, groupRuns, targetsOf } from "./summary.ts";

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1c1e21; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #d9dce0; vertical-align: top; }
pre { overflow-x: auto; background: #f4f5f7; padding: .6rem; font-size: 13px; }
.pass { color: #176b2c; } .fail, .flaky, .error, .unexpected-pass { color: #a3140f; font-weight: 600; }
.skip { color: #5a6068; } .expected-fail { color: #7a5200; }
summary { cursor: pointer; }
@media (prefers-color-scheme: dark) {
  body { color: #e4e6ea; background: #15171a; } pre { background: #202327; } th, td { border-color: #34383e; }
  .pass { color: #6fcf87; } .fail, .flaky, .error, .unexpected-pass { color: #ff8b85; } .skip { color: #a0a6ae; } .expected-fail { color: #e6b655; }
}`;

type MakeElement = (
  tag: string,
  attributes: Readonly<Record<string, unknown>> | null,
  ...children: ComponentChildren[]
) => VNode;
/** preact's own type does not hold under exactOptionalPropertyTypes. */
const h = createElement as unknown as MakeElement;

function verdictCell(run: RunResult | undefined, source: (script: string) => string | undefined): VNode {
  if (run === undefined) return h("td", null, "·");
  if (run.verdict === "pass") return h("td", { class: "pass" }, "pass");
  const account = formatFailure(run, { colour: false, verbose: true, source });
  return h(
    "td",
    { class: run.verdict },
    h("details", null, h("summary", null, run.verdict), h("pre", null, account)),
  );
}

/** The document as one HTML file that needs nothing else. `sourceOf` gives the text of a script. */
export function renderHtml(document: Results, sourceOf: (script: string) => string | undefined): string {
  const results = readable(document);
  const source = readableSource(document, sourceOf);
  const targets = targetsOf(results.runs);
  const totals = targets.map((target) => {
    const counts = countVerdicts(results.runs.filter((run) => run.target === target));
    return h(
      "tr",
      null,
      h("td", null, target),
      h("td", null, results.environment.targets[target] ?? ""),
      ...Object.entries(counts).map(([verdict, n]) => h("td", { class: n > 0 ? verdict : "" }, String(n))),
    );
  });
  const rows = groupRuns(results.runs).map((group) =>
    h(
      "tr",
      null,
      h("td", null, group.script),
      h("td", null, group.variant),
      ...targets.map((target) => verdictCell(group.byTarget.get(target), source)),
    )
  );
  const verdicts = ["pass", "fail", "flaky", "skip", "error", "expected-fail", "unexpected-pass"];
  const page = h(
    "html",
    { lang: "en" },
    h(
      "head",
      null,
      h("meta", { charset: "utf-8" }),
      h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      h("title", null, "netproof results"),
      h("style", { dangerouslySetInnerHTML: { __html: STYLE } }),
    ),
    h(
      "body",
      null,
      h("h1", null, "TCP/IP conformance"),
      h(
        "p",
        null,
        `${results.environment.started} · ${results.environment.kernel} · netproof ${results.environment.netproof}`,
      ),
      ...results.environment.left_out.map((left) => h("p", null, `${left.target} was left out: ${left.reason}`)),
      ...describeOutdated(results.outdated).map((sentence) => h("p", null, sentence)),
      h(
        "table",
        null,
        h("tr", null, ...["target", "what it is", ...verdicts].map((name) => h("th", null, name))),
        ...totals,
      ),
      h("table", null, h("tr", null, ...["script", "variant", ...targets].map((name) => h("th", null, name))), ...rows),
    ),
  );
  return `<!DOCTYPE html>\n${render(page)}\n`;
}
