/**
 * One attempt at one run: a fresh world, the timeline, the verdict, and the world taken down again.
 *
 * @module
 */
import { dirname, resolve } from "../paths.ts";
import type { RunResult, TimeFacts, Try } from "../report/results.ts";
import { type Session, type Target, TargetError, UnsupportedError } from "../targets/target.ts";
import type { CodeRunner } from "../timeline/code_runner.ts";
import { worldOptions } from "../timeline/config.ts";
import { runScript } from "../timeline/run.ts";
import type { RunOptions, RunOutcome } from "../timeline/types.ts";
import { namedClauses, type PlannedRun, type ReadyRun } from "./plan.ts";

/** What all runs have in common. */
export interface ExecuteOptions {
  readonly python: CodeRunner;
  /** Working directory of scripts; `undefined` is each script's own folder. */
  readonly cwd: string | undefined;
  /** Packets left over at the end fail every script. */
  readonly strict: boolean;
  /** A script that has not ended by then fails, µs. */
  readonly limit_us: number;
  /** What a call returns is noted and not judged. */
  readonly unjudgedCalls?: boolean | undefined;
  /** Ends runs under way once aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What one try found, and how well it kept time; undefined where it did not come to that, or time is virtual. */
export interface Attempt {
  readonly result: RunResult & { readonly verdict: Try["verdict"] };
  readonly facts?: TimeFacts | undefined;
}

function failedResult(run: PlannedRun, target: Target, verdict: "skip" | "error", message: string): Attempt["result"] {
  return {
    script: run.path,
    variant: run.variant,
    target: target.name,
    verdict,
    duration_us: 0,
    message,
    ...(run.kind === "broken" && run.line !== undefined ? { line: run.line } : {}),
    ...namedClauses(run),
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs `run` once on `target`. Never throws: what goes wrong is a verdict. */
export async function executeRun(target: Target, run: PlannedRun, options: ExecuteOptions): Promise<Attempt> {
  let session: Session | undefined;
  const attempt = await executeOpened(target, run, options, (opened) => session = opened);
  const broken = await session?.close();
  return broken === undefined ? attempt : { result: brokenResult(run, target, broken) };
}

function brokenResult(run: PlannedRun, target: Target, error: unknown): Attempt["result"] {
  const what = error instanceof TargetError ? "the target failed" : "the harness failed";
  const kind = error instanceof TargetError ? "target" as const : "harness" as const;
  return { ...failedResult(run, target, "error", `${run.path}: ${what}: ${describe(error)}`), failure: { kind } };
}

async function executeOpened(
  target: Target,
  run: PlannedRun,
  options: ExecuteOptions,
  onOpen: (session: Session) => void,
): Promise<Attempt> {
  const began = performance.now();
  try {
    const wanted = (run.kind === "broken" ? run.partial : run.script)?.header.targets ?? [];
    if (wanted.length > 0 && !wanted.some((name) => name === target.name || name === target.family)) {
      const message = `${run.path}: its header asks for ${wanted.join(", ")} only`;
      return { result: failedResult(run, target, "skip", message) };
    }
    const lack = run.kind === "broken" ? undefined : target.lacks?.(run.script.header.programs);
    if (lack !== undefined) {
      const message = `${run.path}: ${lack.what}${lack.remedy === undefined ? "" : `: ${lack.remedy}`}`;
      return { result: failedResult(run, target, "skip", message) };
    }
    if (run.kind === "broken") {
      return { result: failedResult(run, target, run.skip ? "skip" : "error", run.message) };
    }
    const cwd = resolve(options.cwd ?? dirname(run.path));
    const session = await target.open(worldOptions(run.config, run.script, cwd));
    onOpen(session);
    const outcome = await runScript(run.script, run.config, session, runOptions(target, options, cwd));
    const took_us = (performance.now() - began) * 1000;
    return { result: toResult(run, target, outcome, took_us), facts: outcome.facts };
  } catch (error) {
    if (error instanceof UnsupportedError) {
      return { result: failedResult(run, target, "skip", `${run.path}: ${error.message}`) };
    }
    return { result: brokenResult(run, target, error) };
  }
}

function runOptions(target: Target, options: ExecuteOptions, cwd: string): RunOptions {
  return {
    cwd,
    strict: options.strict,
    limit_us: options.limit_us,
    signal: options.signal,
    virtualTime: target.virtualTime,
    python: options.python,
    unjudgedCalls: options.unjudgedCalls,
    verifyChecksums: true,
  };
}

function toResult(run: ReadyRun, target: Target, outcome: RunOutcome, duration_us: number): Attempt["result"] {
  return {
    script: run.path,
    variant: run.variant,
    target: target.name,
    verdict: outcome.verdict,
    duration_us: Math.round(duration_us),
    message: outcome.message,
    ...(outcome.line === undefined ? {} : { line: outcome.line }),
    ...(outcome.failure === undefined ? {} : { failure: outcome.failure }),
    ...(outcome.warnings.length === 0 ? {} : { warnings: [...outcome.warnings] }),
    ...namedClauses(run),
    // Put into words when somebody reads it: while other scripts' time runs there is none to spare.
    get evidence() {
      return outcome.evidence;
    },
  };
}
