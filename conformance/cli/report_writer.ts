/**
 * Writes the report files that the command line asks for.
 *
 * @module
 */
import { join } from "node:path";
import { renderAnnotations, renderStepSummary } from "../report/github.ts";
import { renderHtml } from "../report/html.ts";
import { renderJUnit } from "../report/junit.ts";
import { pcapName, renderPcapng } from "../report/pcapng.ts";
import type { Results, RunResult } from "../report/results.ts";
import { renderRequirements, type RequirementTable } from "../requirements/mod.ts";
import { renderTap } from "../report/tap.ts";
import { StandardStream } from "../standard_stream.ts";
import { type ConformanceOptions, STANDARD_OUTPUT } from "./options.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage_error.ts";

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Files are tried before anything runs, so that a path that can't be written costs no results. */
export class ReportWriter {
  private readonly failures: string[] = [];
  private failedCaptures = 0;

  private constructor(
    private readonly options: ConformanceOptions,
    private readonly source: (script: string) => string | undefined,
    private readonly output: Output,
  ) {}

  /**
   * Checks that every report file can be opened for writing.
   *
   * @throws {UsageError} for one that can't
   */
  static async open(
    options: ConformanceOptions,
    source: (script: string) => string | undefined,
    output: Output,
  ): Promise<ReportWriter> {
    for (const path of [options.json, options.junit, options.tap, options.html, options.requirements]) {
      if (path === undefined || path === STANDARD_OUTPUT) continue;
      try {
        const there = await Deno.lstat(path).then(() => true, () => false);
        (await Deno.open(path, { write: true, create: true })).close();
        // An empty file would look like a report if we were killed.
        if (!there) await Deno.remove(path);
      } catch (error) {
        throw new UsageError(`${path}: can't be written: ${describe(error)}`, "Name a file in a folder that exists.");
      }
    }
    if (options.pcap !== undefined) {
      try {
        await Deno.mkdir(options.pcap, { recursive: true });
      } catch (error) {
        throw new UsageError(`${options.pcap}: can't be made: ${describe(error)}`);
      }
    }
    return new ReportWriter(options, source, output);
  }

  /** Writes what belongs to one run. */
  add(run: RunResult): void {
    if (this.options.pcap === undefined || run.evidence === undefined) return;
    const path = join(this.options.pcap, pcapName(run));
    // Where one does not fit, hundreds don't: one message is enough.
    if (this.failedCaptures > 0) this.failedCaptures += tryWrite(path, () => renderPcapng(run)) === undefined ? 0 : 1;
    else if (!this.attempt(path, () => renderPcapng(run))) this.failedCaptures = 1;
  }

  /** Writes all reports. Returns what could not be written, in words; the others are written all the same. */
  finish(results: Results, table?: RequirementTable): readonly string[] {
    const { json, junit, tap, html, requirements } = this.options;
    if (this.failedCaptures > 1) {
      this.failures.push(`${this.options.pcap}: ${this.failedCaptures - 1} more captures could not be written`);
    }
    this.write(json, () => JSON.stringify(results, undefined, 1) + "\n");
    this.write(junit, () => renderJUnit(results));
    this.write(tap, () => renderTap(results));
    this.write(html, () => renderHtml(results, this.source));
    this.write(requirements, () => table === undefined ? "No script names a clause.\n" : renderRequirements(table));
    if (Deno.env.get("GITHUB_ACTIONS") === "true") {
      this.output.workflowCommands(renderAnnotations(results));
      const summary = Deno.env.get("GITHUB_STEP_SUMMARY");
      if (summary !== undefined) {
        const clauses = table === undefined ? "" : `\n${renderRequirements(table)}`;
        this.appendSummary(summary, renderStepSummary(results) + clauses);
      }
    }
    return this.failures;
  }

  private appendSummary(path: string, text: string): void {
    try {
      Deno.writeTextFileSync(path, text, { append: true });
    } catch (error) {
      this.failures.push(`${path}: could not be written: ${describe(error)} (the results above stand)`);
    }
  }

  private write(path: string | undefined, render: () => string): void {
    if (path === STANDARD_OUTPUT) this.toOutput(render());
    else if (path !== undefined) this.attempt(path, () => new TextEncoder().encode(render()));
  }

  private toOutput(text: string): void {
    const stream = new StandardStream(Deno.stdout);
    stream.write(text);
    if (stream.problem !== undefined) this.failures.push(`standard output: could not be written: ${stream.problem}`);
  }

  private attempt(path: string, render: () => Uint8Array): boolean {
    const problem = tryWrite(path, render);
    if (problem !== undefined) {
      this.failures.push(`${path}: could not be written: ${problem} (the results above stand)`);
    }
    return problem === undefined;
  }
}

/** Writes a file, or says why not. Half a report is none: what did not fit is taken away. */
function tryWrite(path: string, render: () => Uint8Array): string | undefined {
  try {
    Deno.writeFileSync(path, render());
    return undefined;
  } catch (error) {
    try {
      if (Deno.lstatSync(path).isFile) Deno.removeSync(path);
    } catch {
      // It was never made.
    }
    return describe(error);
  }
}
