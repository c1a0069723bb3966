/**
 * Mistakes and missing things that a person can do something about.
 *
 * @module
 */

/** Its message is all that is shown. */
export class UserError extends Error {
  /** `status` is the process's exit status: 2 for wrong usage or a machine that can't, 1 for what failed. */
  constructor(message: string, readonly status: number = 2, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
