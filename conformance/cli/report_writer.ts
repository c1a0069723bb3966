/**
 * Writes the report files that the command line asks for.
 *
 * @module
 */
import { join } from "node:path";
import { renderAnnotations, renderStepSummary } from "../report/github.ts";
import { renderHtml } from "../report/html.ts";
import { renderJUnit } from "../report/junit.ts";
import { captureStems, pcapName, renderPcapng } from "../report/pcapng.ts";
import type { Results, RunResult } from "../report/results.ts";
import { renderRequirements, type RequirementTable } from "../requirements/mod.ts";
import { renderTap } from "../report/tap.ts";
import { openReport, type ReportFile } from "./report_file.ts";
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
    private readonly files: ReadonlyMap<string, ReportFile>,
    private readonly stems: ReadonlyMap<string, string>,
  ) {}

  /**
   * Checks that every report file of a run of `scripts` can be opened for writing.
   *
   * @throws {UsageError} for one that can't
   */
  static async open(
    options: ConformanceOptions,
    scripts: readonly string[],
    source: (script: string) => string | undefined,
    output: Output,
  ): Promise<ReportWriter> {
    const files = new Map<string, ReportFile>();
    for (const path of [options.json, options.junit, options.tap, options.html, options.requirements]) {
      if (path !== undefined && path !== STANDARD_OUTPUT) files.set(path, openReport(path));
    }
    if (options.pcap !== undefined) {
      try {
        await Deno.mkdir(options.pcap, { recursive: true });
      } catch (error) {
        throw new UsageError(`${options.pcap}: can't be made: ${describe(error)}`);
      }
    }
    return new ReportWriter(options, source, output, files, captureStems(scripts));
  }

  /** Writes what belongs to one run. */
  add(run: RunResult): void {
    if (this.options.pcap === undefined || run.evidence === undefined) return;
    const path = join(this.options.pcap, pcapName(run, this.stems.get(run.script)));
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
    else if (path !== undefined) this.note(path, this.files.get(path)!.write(new TextEncoder().encode(render())));
  }

  private toOutput(text: string): void {
    const stream = new StandardStream(Deno.stdout);
    stream.write(text);
    if (stream.problem !== undefined) this.failures.push(`standard output: could not be written: ${stream.problem}`);
  }

  private attempt(path: string, render: () => Uint8Array): boolean {
    return this.note(path, tryWrite(path, render));
  }

  /** Keeps what there is to say of a file; whether there was nothing. */
  private note(path: string, problem: string | undefined): boolean {
    if (problem !== undefined) {
      this.failures.push(`${path}: could not be written: ${problem} (the results above stand)`);
    }
    return problem === undefined;
  }
}

/** Writes a capture, or says why not. Half of one is none: what did not fit is taken away. */
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
