/**
 * How a shell leaves what it is doing, and how it waits.
 *
 * @module
 */

/** A background command that has been started. */
export interface Job {
  readonly pid: number;
  /** Exit status, undefined while it runs. */
  readonly status: number | undefined;
  /** Calls `wake` once it has ended. */
  whenDone(wake: () => void): void;
}

/** What a shell waits for: a moment of the world's time, or the end of a job. */
export type Pause = { readonly until_us: number } | { readonly job: Job };

/** Something that may take time. */
export type Run<T> = Generator<Pause, T, void>;

/** Text that is no shell command, or an expansion that can't be made: ends the shell as Bash does. */
export class ShellError extends Error {
  override name = "ShellError";

  /** `status` is what the shell ends with. */
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** `exit N`. */
export class Exit extends Error {
  constructor(readonly status: number) {
    super("exit");
  }
}

/** `return N`. */
export class Return extends Error {
  constructor(readonly status: number) {
    super("return");
  }
}

/** `break N` and `continue N`. */
export class LoopControl extends Error {
  constructor(readonly kind: "break" | "continue", readonly levels: number) {
    super(kind);
  }
}
