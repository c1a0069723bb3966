/**
 * Progress while it runs: one line that changes on a terminal, nothing elsewhere (each result is a line of its own there).
 *
 * @module
 */
import process from "node:process";
import { createLogUpdate } from "log-update";
import type { Output } from "./output.ts";

/** Counts results as they come. */
export class Progress {
  private readonly line: ReturnType<typeof createLogUpdate> | undefined;
  private finished = 0;
  private running = 0;
  private name = "";
  private drawn = 0;

  /** Progress towards `total` runs, shown on standard error where a terminal has a cursor. */
  constructor(private readonly output: Output, private readonly total: number) {
    if (!output.cursor) return;
    this.line = createLogUpdate(process.stderr, { showCursor: true });
    output.beforeLine = () => this.line?.clear();
  }

  /** Says which target runs now. */
  target(name: string): void {
    this.name = name;
    this.draw(true);
  }

  /** Says how many runs are in flight. */
  inFlight(count: number): void {
    this.running = count;
    this.draw(false);
  }

  /** One more run has its result. */
  done(): void {
    this.finished++;
    this.draw(false);
  }

  /** Takes the line away. */
  end(): void {
    this.line?.clear();
    this.output.beforeLine = () => {};
  }

  /** At most ten times a second: drawing takes time from scripts whose time is real. */
  private draw(now: boolean): void {
    if (this.line === undefined || (!now && performance.now() - this.drawn < 100)) return;
    this.drawn = performance.now();
    this.line(`${this.finished}/${this.total} · ${this.name} · ${this.running} in flight`);
  }
}
