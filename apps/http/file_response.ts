/**
 * Answering with a file, or a part of it (RFC 9110 sections 13 and 14).
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
// @ts-types="npm:@types/etag@1.8.4"
import etag from "etag";
// @ts-types="npm:@types/fresh@0.5.3"
import fresh from "fresh";
// @ts-types="npm:@types/mime-types@3.0.1"
import { contentType } from "mime-types";
// @ts-types="npm:@types/range-parser@1.2.7"
import parseRange from "range-parser";
import { HttpError } from "./http_error.ts";

const PIECE = 262_144;

/**
 * Sends the file at `path`. Files are read synchronously, piece by piece: the thread that waits for packets gives the
 * runtime's own I/O a turn only every few milliseconds.
 *
 * @throws {HttpError} 416
 */
export async function sendFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    const modified = stat.mtime.toUTCString();
    const headers = {
      "Content-Type": contentType(basename(path)) || "application/octet-stream",
      "Accept-Ranges": "bytes",
      "Last-Modified": modified,
      "ETag": etag(stat),
    };
    if (fresh(request.headers, { etag: headers.ETag, "last-modified": modified })) {
      response.writeHead(304, headers).end();
      return;
    }
    const part = wantedPart(request, stat.size, modified);
    const { start, end } = part ?? { start: 0, end: stat.size - 1 };
    response.writeHead(part === undefined ? 200 : 206, {
      ...headers,
      ...(part === undefined ? {} : { "Content-Range": `bytes ${start}-${end}/${stat.size}` }),
      "Content-Length": end + 1 - start,
    });
    if (request.method === "HEAD") response.end();
    else await pipeline(Readable.from(pieces(fd, start, end), { objectMode: false }), response);
  } finally {
    closeSync(fd);
  }
}

/** The first and last octet that a request asks for; `undefined`: all, also where it wants several parts. */
function wantedPart(request: IncomingMessage, size: number, modified: string) {
  const { range, "if-range": condition } = request.headers;
  // A weak tag can't tell that the file is the same to the octet, so that only a date counts (section 13.1.5).
  if (request.method !== "GET" || range === undefined) return undefined;
  if (condition !== undefined && condition !== modified) return undefined;
  const parts = parseRange(size, range, { combine: true });
  if (parts === -1) {
    throw new HttpError(416, `the file has ${size} octets`, { "Content-Range": `bytes */${size}` });
  }
  return parts !== -2 && parts.type === "bytes" && parts.length === 1 ? parts[0] : undefined;
}

function* pieces(fd: number, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at <= end;) {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, end + 1 - at));
    const got = readSync(fd, buffer, 0, buffer.length, at);
    // Only the end of the connection can say so: the length has been told.
    if (got === 0) throw new Error("a file became shorter while it was sent");
    at += got;
    yield buffer.subarray(0, got);
  }
}
