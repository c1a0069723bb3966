/** The command line, or something it names, can't be used. Exit status 2. */
export class UsageError extends Error {
  override name = "UsageError";

  /** `remedy` says what to do about it, if there is something to say. */
  constructor(message: string, readonly remedy?: string) {
    super(message);
  }
}
