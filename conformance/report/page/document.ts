/**
 * A results document as the page carries it: an index that is small and read at once, and parts, each with what was
 * recorded of some runs, that are read when one of those is looked at. Together they are the results document again.
 *
 * @module
 */
import type { Results, RunResult } from "../results.ts";

/** What is known of a script. */
export interface PageScript {
  readonly path: string;
  readonly title?: string | undefined;
  /** Number of the part that has its text and what was recorded of its runs. */
  readonly part: number;
}

/** What of a run is only looked at when the run is. */
export type RunDetails = Pick<RunResult, "failure" | "warnings" | "evidence" | "tries" | "trace">;

/** A run in the index. */
export interface PageRun extends Omit<RunResult, "script" | keyof RunDetails> {
  /** Number of its script. */
  readonly script: number;
}

/** What the page knows from the start. */
export interface PageIndex extends Omit<Results, "runs"> {
  readonly scripts: readonly PageScript[];
  readonly runs: readonly PageRun[];
}

/** What was recorded of the runs of some scripts. */
export interface PagePart {
  /** By number of the run. */
  readonly runs: Readonly<Record<number, RunDetails>>;
  /** Texts of the scripts, by number of the script, where they are known. */
  readonly sources: Readonly<Record<number, string>>;
}

/** A results document, taken apart. */
export interface SplitResults {
  readonly index: PageIndex;
  readonly parts: readonly PagePart[];
}

/** Runs of a part, at most: one is read in a few milliseconds. */
const PART_RUNS = 64;

/** Takes a results document apart. Runs of a script are in the same part. `source` gives the text of a script. */
export function splitResults(results: Results, source: (script: string) => string | undefined): SplitResults {
  const { runs, ...rest } = results;
  const parts: { runs: Record<number, RunDetails>; sources: Record<number, string>; count: number }[] = [];
  const scripts: PageScript[] = [];
  const numbers = new Map<string, number>();
  const byScript = Map.groupBy(runs.map((run, number) => ({ run, number })), ({ run }) => run.script);
  for (const [path, ofScript] of byScript) {
    let part = parts.at(-1);
    if (part === undefined || part.count + ofScript.length > PART_RUNS) {
      part = { runs: {}, sources: {}, count: 0 };
      parts.push(part);
    }
    part.count += ofScript.length;
    const text = source(path);
    if (text !== undefined) part.sources[scripts.length] = text;
    for (const { run, number } of ofScript) part.runs[number] = detailsOf(run);
    const title = text === undefined ? undefined : titleOf(text);
    numbers.set(path, scripts.length);
    scripts.push({ path, ...(title === undefined ? {} : { title }), part: parts.length - 1 });
  }
  return {
    index: { ...rest, scripts, runs: runs.map((run) => indexed(run, numbers.get(run.script)!)) },
    parts: parts.map((part) => ({ runs: part.runs, sources: part.sources })),
  };
}

/** The title in the comments that a script begins with. */
export function titleOf(text: string): string | undefined {
  for (const line of text.split("\n")) {
    const title = /^\s*(?:\/\/|\/?\*)\s*title:\s*(.*?)\s*$/.exec(line)?.[1];
    if (title !== undefined) return title;
    if (!/^\s*(?:\/\/|\/?\*|$)/.test(line)) return undefined;
  }
  return undefined;
}

/** The folder, with a slash, that all scripts are in; empty where there is none in common, or one script only. */
export function commonFolder(scripts: readonly PageScript[]): string {
  const [first, ...others] = scripts.map(({ path }) => path.split("/").slice(0, -1));
  if (first === undefined || others.length === 0) return "";
  const parts = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  const common = first.slice(0, parts < 0 ? first.length : parts);
  return common.length === 0 ? "" : `${common.join("/")}/`;
}

function detailsOf({ failure, warnings, evidence, tries, trace }: RunResult): RunDetails {
  return {
    ...(failure === undefined ? {} : { failure }),
    ...(warnings === undefined ? {} : { warnings }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(tries === undefined ? {} : { tries }),
    ...(trace === undefined ? {} : { trace }),
  };
}

function indexed(run: RunResult, script: number): PageRun {
  const { failure: _1, warnings: _2, evidence: _3, tries: _4, trace: _5, ...rest } = run;
  return { ...rest, script };
}

/** A run as the results document has it. */
export function wholeRun({ scripts }: PageIndex, run: PageRun, details: RunDetails): RunResult {
  return { ...run, ...details, script: scripts[run.script]!.path };
}

/** The results document again. */
export function joinResults({ index, parts }: SplitResults): Results {
  const { scripts, runs, ...rest } = index;
  return {
    ...rest,
    runs: runs.map((run, number) => wholeRun(index, run, parts[scripts[run.script]!.part]!.runs[number] ?? {})),
  };
}
