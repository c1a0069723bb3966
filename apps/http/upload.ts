/**
 * Storing what a PUT brings.
 *
 * @module
 */
import etag from "etag";
import { statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { HttpError, httpError } from "./http_error.ts";
import type { Place } from "./files.ts";

/** Whether `*`, or one of the tags of an `If-None-Match` field, stands for what is at `place` now. */
function isNamed(field: string, { path, exists }: Place): boolean {
  if (!exists) return false;
  const tags = field.split(",").map((one) => one.trim());
  return tags.includes("*") || tags.includes(etag(statSync(path)));
}

/**
 * Throws {@link HttpError}: 412 where the request's conditions do not hold (RFC 9110 section 13.1), 400 for a part of a
 * file (section 14.5).
 */
export function checkConditions(request: IncomingMessage, place: Place): void {
  const { headers } = request;
  if (headers["content-range"] !== undefined) throw new HttpError(400, "a part of a file can't be stored");
  // Tags made of size and time are weak, and If-Match compares strongly (RFC 9110 section 8.8.3.2): only `*` matches.
  const match = headers["if-match"];
  if (match !== undefined && !(match.trim() === "*" && place.exists)) {
    throw new HttpError(412, "the file is not the one meant");
  }
  const none = headers["if-none-match"];
  if (none !== undefined && isNamed(none, place)) throw new HttpError(412, "the file is there already");
}

/**
 * Stores a body under another name first, so that nobody sees half a file and an upload that breaks off leaves nothing.
 * Throws {@link HttpError}: 413 beyond `limit` octets.
 */
export async function store(request: IncomingMessage, path: string, limit: number): Promise<void> {
  const length = Number(request.headers["content-length"] ?? 0);
  if (length > limit) throw new HttpError(413, `at most ${limit} octets are taken`);
  const partial = `${path}.${crypto.randomUUID()}.part`;
  try {
    await receive(request, partial, limit);
    Deno.renameSync(partial, path);
  } catch (error) {
    removeIfThere(partial);
    throw httpError(error);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function receive(request: IncomingMessage, path: string, limit: number): Promise<void> {
  using file = Deno.openSync(path, { write: true, createNew: true });
  let total = 0;
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    total += piece.length;
    if (total > limit) throw new HttpError(413, `at most ${limit} octets are taken`);
    for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
  }
}
