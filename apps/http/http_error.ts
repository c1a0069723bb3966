/**
 * A request that is refused.
 *
 * @module
 */

/** What is told to the client: a status and a line of text. */
export class HttpError extends Error {
  /** `message` is shown to the client. */
  constructor(readonly status: number, message: string, readonly headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "HttpError";
  }
}

/** What a failure of the file system is called in HTTP. */
export function httpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof Deno.errors.NotFound) return new HttpError(404, "there is no such file");
  if (error instanceof Deno.errors.NotADirectory) return new HttpError(404, "a part of the path is no folder");
  if (error instanceof Deno.errors.PermissionDenied) return new HttpError(403, "the file may not be opened");
  const text = error instanceof Error ? error.message : String(error);
  if (/ENOSPC|No space left|os error 28/.test(text)) return new HttpError(507, "no space left");
  if (/ENAMETOOLONG|too long|os error 36/.test(text)) return new HttpError(414, "the name is too long");
  return new HttpError(500, text);
}
