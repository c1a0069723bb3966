/**
 * HTTP/1.1 messages (RFC 9112): heads and bodies. What is not exactly right is refused, above all where two readers could
 * disagree about where a message ends.
 *
 * @module
 */
import { type ByteReader, LineTooLong } from "./byte_stream.ts";

/** Longest start line, octets. */
const MAX_START_LINE = 8192;
/** Longest header line. */
const MAX_HEADER_LINE = 8192;
/** Most header or trailer lines. */
const MAX_HEADERS = 100;
/** Longest chunk-size line with its extensions. */
const MAX_CHUNK_LINE = 1024;
/** Octets of a body taken at a time. */
const PIECE = 262_144;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible octets, spaces and tabs. */
// deno-lint-ignore no-control-regex -- control octets are what is refused
const FIELD_VALUE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;
/** Request target: visible ASCII. */
const TARGET = /^[\x21-\x7e]+$/;

/** A message that can't be taken, and the status that says so. */
export class HttpError extends Error {
  /** `status` as of RFC 9110 section 15. */
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = "HttpError";
  }
}

/** Header fields; names in lower case, values of repeated ones joined with a comma. */
export type Headers = ReadonlyMap<string, string>;

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** Minor version of HTTP/1. */
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

/** The head of a response. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

/** How long a body is: octets, `chunked`, or until the connection ends (responses only). */
export type BodyLength = number | "chunked" | "close";

async function readLine(reader: ByteReader, limit: number, status: number): Promise<string | undefined> {
  try {
    return await reader.line(limit);
  } catch (error) {
    if (error instanceof LineTooLong) throw new HttpError(status, error.message);
    throw error;
  }
}

/** Header lines up to the empty one. Throws {@link HttpError} 400 or 431. */
async function readHeaders(reader: ByteReader): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  for (let count = 0;; count++) {
    const line = await readLine(reader, MAX_HEADER_LINE, 431);
    if (line === undefined) throw new HttpError(400, "the connection ended within the header fields");
    if (line === "") return headers;
    if (count >= MAX_HEADERS) throw new HttpError(431, `more than ${MAX_HEADERS} header fields`);
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    // A space before the colon, or a folded line, are ways to hide a field from one of two readers.
    if (!TOKEN.test(name)) throw new HttpError(400, "a header line without a proper field name");
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (!FIELD_VALUE.test(value)) throw new HttpError(400, `control characters in the field ${name}`);
    const key = name.toLowerCase();
    const before = headers.get(key);
    if (before !== undefined && key === "host") throw new HttpError(400, "more than one Host field");
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
}

/**
 * The next request's head; `undefined` when the stream ends before one begins. Throws {@link HttpError}: 400, 414, 431,
 * 505.
 */
export async function readRequest(reader: ByteReader): Promise<RequestHead | undefined> {
  let line = await readLine(reader, MAX_START_LINE, 414);
  // RFC 9112 section 2.2: an empty line before a request is passed over.
  if (line === "") line = await readLine(reader, MAX_START_LINE, 414);
  if (line === undefined) {
    if (reader.buffered) throw new HttpError(400, "the connection ended within the request line");
    return undefined;
  }
  const parts = line.split(" ");
  const [method, target, version] = parts;
  if (parts.length !== 3 || !TOKEN.test(method!) || !TARGET.test(target!)) {
    throw new HttpError(400, "the request line is not METHOD TARGET HTTP/1.1");
  }
  const minor = minorVersion(version!);
  const headers = await readHeaders(reader);
  if (minor === 1 && !headers.has("host")) throw new HttpError(400, "HTTP/1.1 without a Host field");
  return { method: method!, target: target!, minor, headers };
}

/** The next response's head. Throws {@link HttpError} 502 for what is none. */
export async function readResponse(reader: ByteReader): Promise<ResponseHead> {
  const line = await readLine(reader, MAX_START_LINE, 502);
  const match = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/.exec(line ?? "");
  if (match === null) throw new HttpError(502, "the answer is no HTTP/1.1 response");
  const headers = await readHeaders(reader);
  return { status: Number(match[2]), reason: match[3] ?? "", minor: match[1] === "0" ? 0 : 1, headers };
}

function minorVersion(version: string): 0 | 1 {
  if (version === "HTTP/1.1") return 1;
  if (version === "HTTP/1.0") return 0;
  if (/^HTTP\/\d\.\d$/.test(version)) throw new HttpError(505, `${version} is not spoken here`);
  throw new HttpError(400, "the request line is not METHOD TARGET HTTP/1.1");
}

/** Whether the connection is to stay open after a message (RFC 9112 section 9.3). */
export function keepsAlive(head: { readonly minor: 0 | 1; readonly headers: Headers }): boolean {
  const tokens = (head.headers.get("connection") ?? "").toLowerCase().split(",").map((token) => token.trim());
  if (tokens.includes("close")) return false;
  return head.minor === 1 || tokens.includes("keep-alive");
}

/** Length that the header fields give, or `undefined` (RFC 9112 section 6.3). Throws {@link HttpError} 400 or 501. */
function declaredLength(headers: Headers, minor: 0 | 1): number | "chunked" | undefined {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (encoding !== undefined) {
    if (length !== undefined || minor === 0) throw new HttpError(400, "Transfer-Encoding where its meaning is unclear");
    if (encoding.toLowerCase() !== "chunked") throw new HttpError(501, `no transfer coding but chunked: ${encoding}`);
    return "chunked";
  }
  if (length === undefined) return undefined;
  const values = new Set(length.split(",").map((value) => value.trim()));
  const [value] = values;
  if (values.size !== 1 || !/^\d{1,15}$/.test(value!)) throw new HttpError(400, "Content-Length is no single number");
  return Number(value);
}

/** Length of a request's body. Throws {@link HttpError} 400 or 501. */
export function requestBodyLength(head: RequestHead): number | "chunked" {
  return declaredLength(head.headers, head.minor) ?? 0;
}

/** Length of a response's body. Throws {@link HttpError} 400 or 501. */
export function responseBodyLength(head: ResponseHead, method: string): BodyLength {
  if (method === "HEAD" || head.status < 200 || head.status === 204 || head.status === 304) return 0;
  return declaredLength(head.headers, head.minor) ?? "close";
}

/**
 * The pieces of a body. Throws {@link HttpError}: 400 when it ends early or its chunks are malformed, 413 beyond `limit`
 * octets. Pieces may share storage with what comes after: use them at once.
 */
export async function* readBody(reader: ByteReader, length: BodyLength, limit: number): AsyncGenerator<Uint8Array> {
  if (length === "chunked") {
    yield* readChunks(reader, limit);
    return;
  }
  const all = length === "close" ? Infinity : length;
  if (all !== Infinity && all > limit) throw new HttpError(413, `a body of ${all} octets; at most ${limit} are taken`);
  for (let left = all; left > 0;) {
    const piece = await reader.take(Math.min(left, PIECE));
    if (piece === undefined) {
      if (length === "close") return;
      throw new HttpError(400, `the connection ended ${left} octets before the end of the body`);
    }
    left -= piece.length;
    if (all - left > limit) throw new HttpError(413, `more than ${limit} octets`);
    yield piece;
  }
}

async function* readChunks(reader: ByteReader, limit: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for (;;) {
    const line = await readLine(reader, MAX_CHUNK_LINE, 400);
    const match = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?$/.exec(line ?? "");
    if (match === null) throw new HttpError(400, "a chunk without a proper size");
    const size = parseInt(match[1]!, 16);
    if (size === 0) break;
    total += size;
    if (total > limit) throw new HttpError(413, `more than ${limit} octets`);
    for (let left = size; left > 0;) {
      const piece = await reader.take(Math.min(left, PIECE));
      if (piece === undefined) throw new HttpError(400, "the connection ended within a chunk");
      left -= piece.length;
      yield piece;
    }
    if (await readLine(reader, 2, 400) !== "") throw new HttpError(400, "a chunk is longer than its size");
  }
  // Trailer fields are read past; none means anything here.
  await readHeaders(reader);
}
