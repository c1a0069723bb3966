/// <reference lib="dom" />
/**
 * What became of a run: the verdict, what was expected and what came, the diagram, and all of it as a list.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { ComponentChildren, VNode } from "preact";
import type { Clauses } from "../../conformance/assist/clauses.ts";
import type { EvidenceEntry, Failure, RunResult } from "../../conformance/report/results.ts";
import type { Outcome } from "./runs.ts";

/** What the view is made of. */
export interface OutcomeState {
  readonly outcome: Outcome;
  /** Which of the results is shown. */
  readonly chosen: number;
  readonly clauses: Clauses;
}

/** What somebody does with the view. */
export interface OutcomeActions {
  choose(index: number): void;
  goTo(line: number): void;
}

const SIGNS: Readonly<Record<string, string>> = { pass: "✓", fail: "✗", error: "!", skip: "–" };
const FAMILIES: Readonly<Record<RunResult["variant"], string>> = {
  "ipv4": "IPv4",
  "ipv6": "IPv6",
  "ipv4-mapped-ipv6": "IPv4-mapped IPv6",
};

/** The result that is shown, if there is one. */
export function chosenResult({ outcome, chosen }: OutcomeState): RunResult | undefined {
  return outcome.kind === "done" ? outcome.results[chosen] ?? outcome.results[0] : undefined;
}

/** The verdict in a sentence, for who hears the page. */
export function spokenVerdict(state: OutcomeState): string {
  const { outcome } = state;
  if (outcome.kind === "endless") return `The script did not end within ${outcome.after_ms / 1000} seconds.`;
  if (outcome.kind === "broken") return "The page itself failed.";
  const result = chosenResult(state);
  if (result === undefined) return "";
  return `${result.verdict}${result.message === "" ? "" : `: ${plainMessage(result.message)}`}`;
}

/** A message without the path, which is always the same here. */
export function plainMessage(message: string): string {
  return message.replace(
    /^[^\s:]*:(?:(\d+):(?:\d+:)?)? /,
    (_all, line?: string) => line === undefined ? "" : `line ${line}: `,
  );
}

/** The view of an outcome. */
export function outcomeView(state: OutcomeState, actions: OutcomeActions): VNode {
  const { outcome } = state;
  if (outcome.kind === "endless") {
    return (
      <Verdict verdict="error" word="no end">
        <p>
          The script had not ended after {outcome.after_ms / 1000}{" "}
          s of your computer's time, and was stopped. Nothing is known of what it did by then.
        </p>
      </Verdict>
    );
  }
  if (outcome.kind === "broken") {
    return (
      <Verdict verdict="error" word="broken">
        <p>The page itself failed: {outcome.problem}</p>
      </Verdict>
    );
  }
  const result = chosenResult(state);
  if (result === undefined) return <p>The script asks for no run.</p>;
  return (
    <>
      {outcome.results.length > 1 && families(outcome.results, state.chosen, actions)}
      <Verdict verdict={result.verdict} word={result.verdict}>
        {summary(result, outcome.took_ms, actions)}
      </Verdict>
      {result.failure !== undefined && failureView(result.failure)}
      {(result.warnings ?? []).map((warning) => <p key={warning} class="warning">warning: {warning}</p>)}
      {clausesView(result, state.clauses)}
      <div id="diagram"></div>
      {evidenceView(result.evidence ?? [], actions)}
    </>
  );
}

function Verdict(
  { verdict, word, children }: {
    readonly verdict: string;
    readonly word: string;
    readonly children: ComponentChildren;
  },
): VNode {
  return (
    <div class={`verdict verdict-${verdict}`}>
      <strong>
        <span aria-hidden="true">{SIGNS[verdict] ?? "•"}</span> {word}
      </strong>
      <div>{children}</div>
    </div>
  );
}

function families(results: readonly RunResult[], chosen: number, actions: OutcomeActions): VNode {
  return (
    <fieldset class="families">
      <legend>Family</legend>
      {results.map((result, i) => (
        <label>
          <input type="radio" name="family" checked={i === chosen} onChange={() => actions.choose(i)} />
          {FAMILIES[result.variant]} <span class={`word-${result.verdict}`}>{result.verdict}</span>
        </label>
      ))}
    </fieldset>
  );
}

function summary(result: RunResult, took_ms: number, { goTo }: OutcomeActions): VNode {
  const last = result.evidence?.at(-1)?.time_us;
  const took = `${took_ms < 10 ? took_ms.toFixed(1) : Math.round(took_ms)} ms`;
  const times = last === undefined || last <= 0 ? `took ${took}` : `${seconds(last)} s of script time in ${took}`;
  const { line } = result;
  return (
    <>
      {result.message !== "" && <p class="message">{plainMessage(result.message)}</p>}
      <p class="times">
        {FAMILIES[result.variant]}, {times}
        {line !== undefined && result.verdict !== "pass" && (
          <>
            {" "}
            <button type="button" class="link" onClick={() => goTo(line)}>Go to line {line}</button>
          </>
        )}
      </p>
    </>
  );
}

/** What was expected and what came, and each field in which they differ. */
function failureView({ expected, actual, differences = [] }: Failure): VNode | null {
  if (expected === undefined && actual === undefined && differences.length === 0) return null;
  return (
    <section class="failure" aria-label="What differs">
      {(expected !== undefined || actual !== undefined) && (
        <dl>
          {expected !== undefined && <Term name="expected" text={expected} />}
          {actual !== undefined && <Term name="actual" text={actual} />}
        </dl>
      )}
      {differences.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">field</th>
              <th scope="col">expected</th>
              <th scope="col">actual</th>
            </tr>
          </thead>
          <tbody>
            {differences.map(({ field, expected, actual }) => (
              <tr>
                <th scope="row">{field.replaceAll("_", " ")}</th>
                <td>{expected}</td>
                <td class="actual">{actual}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Term({ name, text }: { readonly name: string; readonly text: string }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{text.trim()}</dd>
    </>
  );
}

/** The clauses that the line which failed stands for. */
function clausesView({ failure }: RunResult, clauses: Clauses): VNode | null {
  const ids = failure?.requirements ?? [];
  if (ids.length === 0) return null;
  return (
    <section class="clauses" aria-label="RFC clauses">
      {ids.map((id) => (
        <p key={id}>
          <b>{id}</b> {clauses.get(id) ?? ""}
        </p>
      ))}
    </section>
  );
}

const KINDS: Readonly<Record<EvidenceEntry["kind"], string>> = {
  inbound: "to the stack",
  outbound: "from the stack",
  call: "call",
  return: "return",
  command: "command",
  code: "code",
  note: "note",
};

function evidenceView(evidence: readonly EvidenceEntry[], { goTo }: OutcomeActions): VNode | null {
  if (evidence.length === 0) return null;
  return (
    <details class="evidence">
      <summary>Everything that happened, as a list ({evidence.length})</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">time, s</th>
            <th scope="col">line</th>
            <th scope="col">what</th>
            <th scope="col">in words</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map(({ kind, time_us, line, text, fate }) => (
            <tr class={fate === undefined ? undefined : `fate-${fate}`}>
              <td>{seconds(time_us)}</td>
              <td>
                {line !== undefined && (
                  <button
                    type="button"
                    class="link"
                    onClick={() => goTo(line)}
                  >
                    {line}
                  </button>
                )}
              </td>
              <td>{KINDS[kind]}</td>
              <td class="text">{text}{fate !== undefined && ` (${fate})`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function seconds(time_us: number): string {
  return (time_us / 1e6).toFixed(6).replace(/(\.\d{3}\d*?)0+$/, "$1");
}
