/**
 * What a browser without scripts shows.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { render } from "preact-render-to-string";
import type { Results } from "../results.ts";
import { countVerdicts, describeOutdated, targetsOf } from "../summary.ts";

/** Totals by target as HTML text; what scripts and stacks say is escaped. */
export function renderTotals(results: Results): string {
  return render(totals(results));
}

function totals({ runs, environment, outdated }: Results): VNode {
  const targets = targetsOf(runs);
  const verdicts = Object.keys(countVerdicts([]));
  return (
    <section class="summary">
      <p>This browser runs no scripts: here are the totals. The runs themselves need JavaScript.</p>
      <table>
        <thead>
          <tr>{["target", ...verdicts].map((name) => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody>
          {targets.map((target) => (
            <tr key={target}>
              <th scope="row">{target}</th>
              {Object.values(countVerdicts(runs.filter((run) => run.target === target))).map((count, i) => (
                <td key={i} class="number">{count}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {environment.left_out.map(({ target, reason }) => <p key={target}>{target} was left out: {reason}</p>)}
      {describeOutdated(outdated).map((sentence) => <p key={sentence}>{sentence}</p>)}
    </section>
  );
}
