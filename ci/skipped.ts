/**
 * What was skipped and what would bring it, told after all else.
 *
 * @module
 */
import { z } from "zod";
import { skipCauses } from "../conformance/report/machine.ts";
import type { Results } from "../conformance/report/results.ts";

const count = z.coerce.number().int().nonnegative();

function list<T extends z.ZodType>(item: T) {
  return z.union([z.array(item), item.transform((one) => [one])]).optional().default([]);
}

/** A JUnit report, as fast-xml-parser reads it. */
const JUnit = z.object({
  testsuites: z.object({
    tests: count,
    failures: count,
    errors: count,
    testsuite: list(z.object({
      testcase: list(z.object({ name: z.string(), skipped: z.unknown().optional() })),
    })),
  }),
});

/** Unit tests counted. */
export interface UnitTests {
  readonly passed: number;
  readonly failed: number;
  /** Names of those that were not run. */
  readonly skipped: readonly string[];
}

/** Reads a parsed JUnit report; `undefined` for anything else. */
export function readUnitTests(report: unknown): UnitTests | undefined {
  const parsed = JUnit.safeParse(report);
  if (!parsed.success) return undefined;
  const { tests, failures, errors, testsuite } = parsed.data.testsuites;
  const skipped = testsuite.flatMap(({ testcase }) => testcase).filter((one) => one.skipped !== undefined)
    .map(({ name }) => name);
  return { passed: tests - failures - errors - skipped.length, failed: failures + errors, skipped };
}

/** Why unit tests were skipped, the commonest reason first: one line each, and one for what would bring them. */
export function skippedTests(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const needs = /\[needs ([^\]]*)\]/.exec(name)?.[1] ?? "what its name says: " + name;
    counts.set(needs, (counts.get(needs) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).flatMap(([needs, number]) => {
    const [what = "", ...remedy] = needs.split(": ");
    const line = `${number} unit ${number === 1 ? "test" : "tests"} skipped: needs ${what}`;
    return remedy.length === 0 ? [line] : [line, `  ${remedy.join(": ")}`];
  });
}

/** What the fixtures were not run on or not run for. */
export function skippedFixtures({ environment, runs }: Results): string[] {
  const notes = [
    ...environment.left_out.map(({ target, reason, remedy }) => [`fixtures not run on ${target}: ${reason}`, remedy]),
    ...(environment.limits ?? []).map(({ target, reason, remedy }) => [`fixtures on ${target}: ${reason}`, remedy]),
    ...skipCauses(runs).map(({ what, runs }) => [`${runs.length} runs of fixtures skipped: ${what}`]),
  ];
  return notes.flatMap(([note, remedy]) => remedy === undefined ? [note!] : [note!, `  ${remedy}`]);
}
