/**
 * Known deviations: which runs are expected not to pass, and why.
 *
 * @module
 */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { RunResult } from "../report/results.ts";
import { readBounded } from "../bounded_file.ts";
import { describeProblems } from "../schema_problems.ts";
import { UsageError } from "../cli/usage_error.ts";

/** No baseline is larger than this, octets. */
const MAX_BASELINE = 64 << 20;

const Entry = z.strictObject({
  /** Path of the script relative to the baseline's folder of scripts, `/` between parts; without one, the path's last parts. */
  script: z.string().min(1),
  target: z.string().min(1),
  /** Absent: every variant. */
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]).optional(),
  /** Line at which it is known to fail; a failure elsewhere is a new one. */
  line: z.number().int().positive().optional(),
  /** Present where the stack, or the adapter around it, dies of the script. Absent: the script fails. */
  verdict: z.literal("error").optional(),
  /** The clause that the target departs from, `open` where the RFCs leave it open, or `configuration`. */
  clause: z.string().min(1),
  reason: z.string().min(1),
});

const Document = z.strictObject({
  schema: z.literal(1),
  /** What the deviations were seen on, e.g. `Linux 6.18`. */
  measured: z.string().min(1),
  /** Folder that the entries' scripts are in, relative to the file. Absent: scripts are known by the last parts of their paths. */
  scripts: z.string().min(1).optional(),
  entries: z.array(Entry),
});

/** One known deviation. */
export type BaselineEntry = z.infer<typeof Entry>;

/** An entry and where it comes from. */
export interface KnownDeviation extends BaselineEntry {
  /** The file that it stands in, as it was named. */
  readonly file: string;
  /** The script itself, where the file says which folder it is in. */
  readonly path: string | undefined;
}

/** Known deviations, ready to be applied to results. */
export class Baseline {
  readonly #paths = new Map<string, string>();

  /** Entries of files, already validated. */
  constructor(readonly entries: readonly KnownDeviation[]) {}

  /**
   * Reads a baseline file.
   *
   * @throws {UsageError} when it can't be read or is not one
   */
  static async read(path: string): Promise<Baseline> {
    let text: string;
    try {
      text = new TextDecoder().decode(await readBounded(path, MAX_BASELINE, "a baseline"));
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
    if (!parsed.success) throw new UsageError(`${path}: not a baseline:\n${describeProblems(parsed.error)}`);
    const { scripts, entries } = parsed.data;
    const folder = scripts === undefined ? undefined : realPath(resolve(dirname(path), scripts));
    return new Baseline(
      entries.map((entry) => ({ ...entry, file: path, path: folder && resolve(folder, entry.script) })),
    );
  }

  /** This baseline, and of `other` what it says of targets that this one has no word about. */
  and(other: Baseline): Baseline {
    const own = new Set(this.entries.map((entry) => entry.target));
    return new Baseline([...this.entries, ...other.entries.filter((entry) => !own.has(entry.target))]);
  }

  /** Whether an entry is about the script at `script`, however it is named there. */
  isAbout(entry: KnownDeviation, script: string): boolean {
    let real = this.#paths.get(script);
    if (real === undefined) this.#paths.set(script, real = realPath(script));
    if (entry.path !== undefined) return real === entry.path;
    const named = resolve(script).replaceAll("\\", "/");
    return [real, named].some((path) => path === entry.script || path.endsWith(`/${entry.script}`));
  }

  /**
   * The entry that a run is held against: one of its target rather than of the target's `family`, of its line rather than
   * another, of its variant rather than of all.
   */
  find(run: RunResult, family?: string): KnownDeviation | undefined {
    const fitting = this.entries.filter((entry) =>
      (entry.target === run.target || entry.target === family) &&
      (entry.variant === undefined || entry.variant === run.variant) &&
      this.isAbout(entry, run.script)
    );
    const weight = (entry: BaselineEntry) =>
      (entry.target === run.target ? 4 : 0) + (entry.line === undefined || entry.line === run.line ? 2 : 0) +
      (entry.variant === undefined ? 0 : 1);
    return fitting.sort((a, b) => weight(b) - weight(a))[0];
  }

  /** The result, of a target of that family, with its verdict held against the baseline. */
  apply(run: RunResult, family?: string): RunResult {
    const entry = this.find(run, family);
    if (entry === undefined) return run;
    const { clause } = entry;
    const reason = `${clause}: ${entry.reason}`;
    if (run.verdict === "pass") return { ...run, verdict: "unexpected-pass", clause, reason };
    // What came out both ways shows neither the known deviation nor its end.
    if (run.verdict === "flaky") return { ...run, reason: `the baseline expects it to fail (${reason})` };
    if (entry.verdict === "error" ? !hasDied(run) : run.verdict !== "fail") return run;
    if (entry.line !== undefined && entry.line !== run.line) {
      return { ...run, reason: `the baseline expects it to fail at line ${entry.line} (${reason})` };
    }
    return { ...run, verdict: "expected-fail", clause, reason };
  }
}

/** Whether what was tested broke, or whatever drives it. */
function hasDied({ verdict, failure }: RunResult): boolean {
  return verdict === "error" && failure?.kind === "target";
}

/** A path with its links followed, `/` between parts; of what is not there, the path alone. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path).replaceAll("\\", "/");
  } catch {
    return resolve(path).replaceAll("\\", "/");
  }
}
