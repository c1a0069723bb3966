/**
 * What the command says: on standard output, or on standard error where standard output is a report's.
 *
 * @module
 */
import { printable } from "../printable.ts";
import { StandardStream } from "../standard_stream.ts";

/** Where the command writes. */
export class Output {
  readonly #out: StandardStream;
  readonly #error = new StandardStream(Deno.stderr);
  /** Under GitHub Actions: between it, lines are no commands to the runner, whatever scripts put into them. */
  readonly #guard = Deno.env.get("GITHUB_ACTIONS") === "true" ? crypto.randomUUID() : undefined;
  #guarded = false;
  /** Whether somebody watches at a terminal. */
  readonly terminal: boolean;
  /** Whether the terminal has a cursor to move. */
  readonly cursor: boolean;
  /** Whether to use colours: on a terminal that has them, unless NO_COLOR is set. */
  readonly colour: boolean;
  /** Runs before each line, to take a progress line away. */
  beforeLine: () => void = () => {};

  /** `reportOnOutput`: standard output is for a report alone. */
  constructor(reportOnOutput = false) {
    const stream = reportOnOutput ? Deno.stderr : Deno.stdout;
    this.#out = reportOnOutput ? this.#error : new StandardStream(Deno.stdout);
    this.terminal = stream.isTerminal();
    const able = this.terminal && Deno.env.get("TERM") !== "dumb";
    this.cursor = able && Deno.stderr.isTerminal();
    this.colour = able && !Deno.noColor;
  }

  /** Why not all that was said could be written. */
  get problem(): string | undefined {
    return this.#out.problem;
  }

  /** One line (or block of lines). */
  line(text: string): void {
    this.beforeLine();
    if (this.#guard !== undefined && !this.#guarded) {
      this.#out.write(`::stop-commands::${this.#guard}\n`);
      this.#guarded = true;
    }
    this.#out.write(`${printable(text, this.colour)}\n`);
  }

  /** Lines that are commands to GitHub Actions. */
  workflowCommands(text: string): void {
    if (this.#guarded) this.#out.write(`::${this.#guard}::\n`);
    this.#guarded = false;
    this.#out.write(text);
  }

  /** One message to standard error. */
  error(text: string): void {
    this.beforeLine();
    const shown = printable(text, false);
    // Standard error is read for commands, too.
    const inert = this.#guard === undefined ? shown : shown.replace(/^(\s*)::/gm, "$1\\::").replaceAll("##[", "##\\[");
    this.#error.write(`${inert}\n`);
  }
}
