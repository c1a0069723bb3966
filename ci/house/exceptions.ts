/**
 * What does not keep the rules yet. The list may only shrink: a breach that is worse than its entry fails, and so does
 * an entry that is no longer needed.
 *
 * @module
 */
import { z } from "zod";
import type { Breach } from "./breach.ts";

const schema = z.record(z.string(), z.record(z.string(), z.int().positive()));

/** For each rule the subjects that break it, and how much at most. */
export type Exceptions = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Reads the list. */
export function parseExceptions(value: unknown): Exceptions {
  return schema.parse(value);
}

/** Breaches of one subject, added up. A function's or an object's size is that of the worst of its name. */
function sizesOf(breaches: readonly Breach[]): Map<string, Map<string, number>> {
  const rules = new Map<string, Map<string, number>>();
  for (const { rule, subject, size } of breaches) {
    const subjects = rules.get(rule) ?? new Map<string, number>();
    rules.set(rule, subjects);
    const before = subjects.get(subject) ?? 0;
    subjects.set(subject, size === 1 ? before + 1 : Math.max(before, size));
  }
  return rules;
}

/** What is to be said about the tree: new breaches at their places, then entries that are not needed. */
export function compare(breaches: readonly Breach[], exceptions: Exceptions): string[] {
  const found = sizesOf(breaches);
  const complaints = breaches.flatMap(({ rule, subject, path, line, message }) => {
    const allowed = exceptions[rule]?.[subject] ?? 0;
    const size = found.get(rule)!.get(subject)!;
    if (size <= allowed) return [];
    const excess = allowed === 0 ? "" : ` (${size} here, the exception allows ${allowed})`;
    return [`${path}:${line}: ${rule}: ${message}${excess}`];
  });
  for (const [rule, subjects] of Object.entries(exceptions)) {
    for (const subject of Object.keys(subjects)) {
      if (found.get(rule)?.has(subject)) continue;
      complaints.push(
        `${subject}: ${rule}: holds now: take its exception out of ci/house/exceptions.json (deno task house --shrink)`,
      );
    }
  }
  return complaints;
}

/** The list without what is no longer needed, its figures as low as the tree is now. Nothing is added. */
export function shrink(breaches: readonly Breach[], exceptions: Exceptions): Exceptions {
  const found = sizesOf(breaches);
  const rules = Object.entries(exceptions).map(([rule, subjects]) => {
    const kept = Object.entries(subjects).flatMap(([subject, allowed]) => {
      const size = found.get(rule)?.get(subject);
      return size === undefined ? [] : [[subject, Math.min(size, allowed)] as const];
    });
    return [rule, Object.fromEntries(kept)] as const;
  });
  return Object.fromEntries(rules.filter(([, subjects]) => Object.keys(subjects).length > 0));
}
