/**
 * Storing what a PUT brings.
 *
 * @module
 */
// @ts-types="npm:@types/etag@1.8.4"
import etag from "etag";
import { statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { HttpError, httpError } from "./http_error.ts";
import type { Place } from "./files.ts";
import { UnnamedFile } from "./unnamed_file.ts";

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
 * Stores a body, which has no name until it is whole: nobody sees half a file, and an upload that breaks off leaves
 * nothing. Throws {@link HttpError}: 413 beyond `limit` octets.
 */
export async function store(request: IncomingMessage, path: string, limit: number): Promise<void> {
  const length = Number(request.headers["content-length"] ?? 0);
  const tooLong = new HttpError(413, `at most ${limit} octets are taken`);
  if (length > limit) throw tooLong;
  try {
    using file = new UnnamedFile(dirname(path));
    let total = 0;
    for await (const piece of request as AsyncIterable<Uint8Array>) {
      total += piece.length;
      if (total > limit) throw tooLong;
      file.write(piece);
    }
    file.nameIt(path);
  } catch (error) {
    throw httpError(error);
  }
}
