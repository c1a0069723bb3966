/**
 * What the runs came to in all: the first thing that is seen.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import type { Verdict } from "../results.ts";
import { countVerdicts, describeOutdated, isExpected } from "../summary.ts";
import { VERDICTS } from "./filter.ts";
import { NO_FILTER, writeFragment } from "./state.ts";
import { classOf, Told } from "./verdict.tsx";
import type { ViewProps } from "./view_props.ts";

/** The headline, a line for each target, and what could not be run. */
export function Summary({ data: { index }, finder, state }: ViewProps): VNode {
  const { environment, runs, outdated, interrupted } = index;
  const bad = runs.filter(({ verdict }) => !isExpected(verdict)).length;
  const shown = VERDICTS.filter((verdict) => runs.some((run) => run.verdict === verdict));
  const link = (target: string, verdict: Verdict) =>
    writeFragment({
      ...state,
      view: "runs",
      page: 1,
      filter: { ...NO_FILTER, targets: [target], verdicts: [verdict] },
    });
  return (
    <section class="summary" aria-labelledby="headline">
      <h1 id="headline" tabIndex={-1} class={bad > 0 ? "bad" : ""}>{headline(runs.length, bad)}</h1>
      {interrupted === true && <p class="warning">Stopped before the end.</p>}
      <table>
        <caption class="unseen">Verdicts by target</caption>
        <thead>
          <tr>
            <th scope="col">target</th>
            {shown.map((verdict) => (
              <th key={verdict} scope="col" class="number">
                <Told what={verdict} />
              </th>
            ))}
            <th scope="col" class="number">runs</th>
            <th scope="col" class="wide">what it is</th>
          </tr>
        </thead>
        <tbody>
          {finder.targets.map((target) => {
            const own = runs.filter((run) => run.target === target);
            const counts = countVerdicts(own);
            return (
              <tr key={target}>
                <th scope="row">{target}</th>
                {shown.map((verdict) => (
                  <td key={verdict} class="number">
                    {counts[verdict] === 0
                      ? <span class="none">0</span>
                      : <a class={classOf(verdict)} href={link(target, verdict)}>{counts[verdict]}</a>}
                  </td>
                ))}
                <td class="number">{own.length}</td>
                <td class="wide">{environment.targets[target] ?? ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {environment.left_out.map(({ target, reason, remedy }) => (
        <p key={target} class="warning">{target} was left out: {reason}. {remedy}</p>
      ))}
      {(environment.limits ?? []).map(({ target, reason, remedy }) => (
        <p key={`${target} ${reason}`} class="warning">{target}: {reason}. {remedy}</p>
      ))}
      {describeOutdated(outdated).map((sentence) => <p key={sentence} class="warning">{sentence}</p>)}
    </section>
  );
}

function headline(runs: number, bad: number): string {
  if (runs === 0) return "Nothing was run";
  const number = (count: number) => count.toLocaleString("en");
  if (bad === 0) return `All ${number(runs)} runs as expected`;
  return `${number(bad)} of ${number(runs)} runs not as expected`;
}
