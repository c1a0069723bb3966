/**
 * Results as people are shown them. Names, messages and packets come from scripts, commands and stacks: whoever wrote those
 * must not drive a terminal, end a line or turn the direction of writing in any report.
 *
 * @module
 */
import { printable, printableName } from "../printable.ts";
import type { Results, RunResult } from "./results.ts";

/** `value`, with `change` applied to each text in it. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change)]));
}

/** One run to be shown. Messages begin with the script's name, which has one line in them, too. */
export function readableRun(run: RunResult): RunResult {
  const { script } = run;
  const name = printableName(script);
  const change = (text: string) => printable(name === script ? text : text.replaceAll(script, name), false);
  const shown = mapTexts(run, change) as RunResult;
  const reason = shown.reason === undefined ? {} : { reason: printableName(shown.reason) };
  return { ...shown, script: name, target: printableName(run.target), ...reason };
}

/** A whole document to be shown. */
export function readable(results: Results): Results {
  const { runs, outdated, ...rest } = results;
  return {
    ...mapTexts(rest, (text) => printable(text, false)) as Omit<Results, "runs" | "outdated">,
    runs: runs.map(readableRun),
    ...(outdated === undefined ? {} : { outdated: mapTexts(outdated, printableName) as Results["outdated"] }),
  };
}

/** A script's text by the name that is shown of it, where `source` knows it by its path. */
export function readableSource(
  results: Results,
  source: (script: string) => string | undefined,
): (name: string) => string | undefined {
  const paths = new Map(results.runs.map(({ script }) => [printableName(script), script]));
  return (name) => {
    const text = source(paths.get(name) ?? name);
    return text === undefined ? undefined : printable(text, false);
  };
}
