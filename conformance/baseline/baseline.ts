/**
 * Known deviations: which runs are expected not to pass, and why.
 *
 * @module
 */
import { resolve } from "node:path";
import { z } from "zod";
import type { RunResult } from "../report/results.ts";
import { UsageError } from "../cli/usage_error.ts";

const Entry = z.strictObject({
  /** Path of the script relative to the folder that holds the baseline's fixtures, `/` between parts. */
  script: z.string().min(1),
  target: z.string().min(1),
  /** Absent: every variant. */
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]).optional(),
  /** Line at which it is known to fail; a failure elsewhere is a new one. */
  line: z.number().int().positive().optional(),
  /** The clause that the target departs from, or `configuration`. */
  clause: z.string().min(1),
  reason: z.string().min(1),
});

const Document = z.strictObject({
  schema: z.literal(1),
  /** What the deviations were seen on, e.g. `Linux 6.18`. */
  measured: z.string().min(1),
  entries: z.array(Entry),
});

/** One known deviation. */
export type BaselineEntry = z.infer<typeof Entry>;

/** Known deviations, ready to be applied to results. */
export class Baseline {
  /** Entries of a file, already validated. */
  constructor(private readonly entries: readonly BaselineEntry[]) {}

  /**
   * Reads a baseline file.
   *
   * @throws {UsageError} when it can't be read or is not one
   */
  static async read(path: string): Promise<Baseline> {
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      throw new UsageError(`${path}: the baseline can't be read: ${error instanceof Error ? error.message : error}`);
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new UsageError(`${path}: not JSON: ${error instanceof Error ? error.message : error}`);
    }
    const parsed = Document.safeParse(value);
    if (!parsed.success) throw new UsageError(`${path}: not a baseline:\n${z.prettifyError(parsed.error)}`);
    return new Baseline(parsed.data.entries);
  }

  private find(run: RunResult): BaselineEntry | undefined {
    const path = resolve(run.script).replaceAll("\\", "/");
    return this.entries.find((entry) =>
      entry.target === run.target && (entry.variant === undefined || entry.variant === run.variant) &&
      (path === entry.script || path.endsWith(`/${entry.script}`))
    );
  }

  /** The result with its verdict held against the baseline. */
  apply(run: RunResult): RunResult {
    const entry = this.find(run);
    if (entry === undefined) return run;
    const reason = `${entry.clause}: ${entry.reason}`;
    if (run.verdict === "pass") return { ...run, verdict: "unexpected-pass", reason };
    // What came out both ways shows neither the known deviation nor its end.
    if (run.verdict === "flaky") return { ...run, reason: `the baseline expects it to fail (${reason})` };
    if (run.verdict !== "fail") return run;
    if (entry.line !== undefined && entry.line !== run.line) {
      return { ...run, reason: `the baseline expects it to fail at line ${entry.line} (${reason})` };
    }
    return { ...run, verdict: "expected-fail", reason };
  }
}
