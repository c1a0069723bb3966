/**
 * Who runs the code blocks of scripts.
 *
 * @module
 */

/** What a job did. */
export interface CodeOutcome {
  /** Exit status that packetdrill would have seen: 0 or not. */
  readonly status: number;
  /** Line of the script that the failing block stands in. */
  readonly line: number | undefined;
  /** The exception in one line, as `AssertionError: 12`. */
  readonly error: string;
  /** What the code printed and the trace, cut at 16 KiB. */
  readonly output: string;
  /** The code had not ended when its time was up. */
  readonly endless?: boolean | undefined;
}

/** A block of a script, and what it sees. */
export interface CodeBlock {
  /** Line of the script that it stands in. */
  readonly line: number;
  /** Its text. */
  readonly text: string;
  /** The variables that are set anew for it. */
  readonly variables: Readonly<Record<string, number>>;
}

/** One job: the blocks of a script, which are one program. */
export interface CodeJob {
  readonly blocks: readonly CodeBlock[];
  /** Path of the script. */
  readonly path: string;
  /** Working directory. */
  readonly cwd: string;
  /** Longest time that it may take, ms. */
  readonly limit_ms: number;
}

/** Runs code blocks; shared by all runs of a process. */
export interface CodeRunner {
  /** Says that a job will come. What is missing for it shows at the job. */
  prepare(): void;
  /** Runs one job in a fresh namespace. Rejects with `UnsupportedError` for what can't be run here. */
  run(job: CodeJob): Promise<CodeOutcome>;
  /** Ends what was started. Never throws. */
  close(): Promise<void>;
}
