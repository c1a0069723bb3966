/**
 * What is known of a run besides its diagram: how it failed, which clauses its script shows, how often it was tried.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import { spanText } from "../diagram/time_text.ts";
import { fromHex } from "../hex.ts";
import type { FieldDifference, RequirementResult, RunResult, Try } from "../results.ts";
import { NO_FILTER, writeFragment } from "./state.ts";
import { Told } from "./verdict.tsx";

/** Why the run has its verdict; nothing for one that passed without a word. */
export function FailureView({ run }: { readonly run: RunResult }): VNode | null {
  const { verdict, message, reason, failure, warnings = [] } = run;
  if (message === "" && reason === undefined && warnings.length === 0) return null;
  return (
    <section class={`why-verdict is-${verdict}`} aria-label="Why">
      {message !== "" && <p class="message">{message}</p>}
      {reason !== undefined && <p>Known deviation: {reason}</p>}
      {failure?.lack !== undefined && <p>{failure.lack.what}. {failure.lack.remedy}</p>}
      {failure?.differences !== undefined && failure.differences.length > 0 && (
        <Differences differences={failure.differences} />
      )}
      {failure?.actual_bytes !== undefined && (
        <details>
          <summary>Octets of the packet that came</summary>
          <Octets hex={failure.actual_bytes} differences={failure.differences ?? []} />
        </details>
      )}
      {warnings.map((warning) => <p key={warning} class="message">warning: {warning}</p>)}
    </section>
  );
}

function Differences({ differences }: { readonly differences: readonly FieldDifference[] }): VNode {
  return (
    <table class="fields">
      <thead>
        <tr>
          {["field", "expected", "came"].map((name) => <th key={name} scope="col">{name}</th>)}
        </tr>
      </thead>
      <tbody>
        {differences.map(({ field, expected, actual }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <td>{expected}</td>
            <td>{actual}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Octets of a line. */
const LINE = 16;

function Octets(
  { hex, differences }: { readonly hex: string; readonly differences: readonly FieldDifference[] },
): VNode {
  const octets = [...fromHex(hex)].map((octet) => octet.toString(16).padStart(2, "0"));
  const marked = (at: number) => differences.some(({ start, end }) => start !== undefined && at >= start && at < end!);
  const lines = Array.from({ length: Math.ceil(octets.length / LINE) }, (_, i) => i * LINE);
  return (
    <pre class="octets">
      {lines.map((from) => (
        <>
          <span class="offset">{from.toString(16).padStart(4, "0")}</span>
          {octets.slice(from, from + LINE).map((octet, i) => (
            <>{" "}{marked(from + i) ? <mark>{octet}</mark> : octet}</>
          ))}
          {"\n"}
        </>
      ))}
    </pre>
  );
}

/** The clauses that a script shows, in our words; the broken one first. */
export function ClausesView(
  { run, clauses }: { readonly run: RunResult; readonly clauses: ReadonlyMap<string, RequirementResult> },
): VNode | null {
  const broken = new Set(
    run.verdict === "pass" ? [] : run.clause === undefined ? run.failure?.requirements : [run.clause],
  );
  const ids = [...new Set([...broken, ...run.requirements ?? []])];
  if (ids.length === 0) return null;
  return (
    <section aria-labelledby="clauses">
      <h2 id="clauses">Clauses</h2>
      <ul class="clause-list">
        {ids.map((id) => {
          const clause = clauses.get(id);
          const standing = clause?.standings[run.target];
          const runs = writeFragment({
            view: "runs",
            order: "attention",
            page: 1,
            filter: { ...NO_FILTER, clause: id },
          });
          return (
            <li key={id} class={broken.has(id) ? "broken" : ""}>
              <a href={runs}>{id}</a>
              {clause !== undefined && (
                <span class="place">{clause.document}, section {clause.section} · {clause.level}</span>
              )}
              {broken.has(id) && <span class="place">the line that failed stands for it</span>}
              {standing !== undefined && (
                <span class="place">
                  on {run.target}: <Told what={standing} />
                </span>
              )}
              {clause !== undefined && <p>{clause.text}</p>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** Every time that a run was tried, where it was more than once. */
export function TriesView({ tries = [] }: { readonly tries: readonly Try[] | undefined }): VNode | null {
  if (tries.length < 2) return null;
  return (
    <section aria-labelledby="tries">
      <h2 id="tries">Tries</h2>
      <table class="fields">
        <thead>
          <tr>
            {["try", "verdict", "in flight", "runner late by", "took", "message"].map((name) => (
              <th key={name} scope="col">{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {tries.map((one, i) => (
            <tr key={i}>
              <th scope="row">{i + 1}</th>
              <td>
                <Told what={one.verdict} />
              </td>
              <td>{one.jobs}</td>
              <td>{one.facts === undefined ? "–" : spanText(one.facts.late_us)}</td>
              <td>{spanText(one.duration_us)}</td>
              <td>{one.message.split("\n")[0]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
