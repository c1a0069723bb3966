/**
 * A small HTTP/1.1 file server: GET, HEAD, PUT and POST of files below a folder, with ranges and persistent connections.
 *
 * @module
 */
import { ByteReader, type ByteStream } from "./byte_stream.ts";
import { FileRoot, type Found, httpError } from "./files.ts";
import { HttpError, keepsAlive, readBody, readRequest, requestBodyLength, type RequestHead } from "./message.ts";
import { parseRange } from "./range.ts";
import { encodeHead, listing, mediaType, reasonOf } from "./response.ts";

/** Octets of a file sent at a time. */
const PIECE = 262_144;
/** Most of an unwanted body that is read past to keep the connection. */
const MAX_DRAIN = 1 << 20;
const IDLE_MS = 60_000;
const encoder = new TextEncoder();

/** What is served and how. */
export interface HttpServerOptions {
  /** Folder with the files. */
  readonly root: string;
  /** PUT and POST are taken. Default false. */
  readonly upload?: boolean;
  /** Largest upload, octets. Default 4 GiB. */
  readonly max_upload?: number;
  /** A connection without a request is closed after this, ms. Default a minute. */
  readonly idle_ms?: number;
  /** Told of each request. */
  readonly log?: (line: string) => void;
}

/** What a connection allows besides octets. */
export interface HttpConnection extends ByteStream {
  /** Makes a call that waits reject, so that an idle connection ends. */
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  /** Octets, or part of a file; not sent for HEAD. */
  readonly body?: Uint8Array | { readonly file: Deno.FsFile; readonly start: number; readonly end: number };
  /** The connection can't go on. */
  readonly close?: boolean;
}

/** Serves connections that others accept. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #root: FileRoot;
  #uploads = 0;

  /** Throws where the root is no folder. */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#root = new FileRoot(options.root);
  }

  /** Serves one connection until its end. Rejects where the connection breaks. */
  async serve(connection: HttpConnection): Promise<void> {
    const reader = new ByteReader(connection);
    for (;;) {
      let idle = false;
      const timer = setTimeout(() => {
        idle = true;
        connection.close();
      }, this.#options.idle_ms ?? IDLE_MS);
      let request: RequestHead | undefined;
      let answer: Answer | undefined;
      try {
        request = await readRequest(reader);
        if (request === undefined) return;
      } catch (error) {
        if (idle) return;
        if (!(error instanceof HttpError)) throw error;
        answer = { ...failure(error), close: true };
      } finally {
        clearTimeout(timer);
      }
      answer ??= await this.#answer(request!, reader, connection);
      const close = answer.close === true || request === undefined || !keepsAlive(request);
      await this.#send(connection, answer, close, request?.method === "HEAD");
      this.#options.log?.(`${request?.method ?? "?"} ${request?.target ?? "?"} ${answer.status}`);
      if (close) return;
    }
  }

  /** What a request gets; its body has been read when this returns, or the connection closes. */
  async #answer(request: RequestHead, reader: ByteReader, connection: ByteStream): Promise<Answer> {
    let length: number | "chunked" = 0;
    try {
      length = requestBodyLength(request);
      const expect = request.headers.get("expect");
      if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
        throw new HttpError(417, "nothing but 100-continue can be expected");
      }
      switch (request.method) {
        case "GET":
        case "HEAD": {
          const answer = this.#get(request);
          return await this.#drained(answer, request, reader, length);
        }
        case "PUT":
        case "POST":
          return await this.#put(request, reader, connection, length);
        case "OPTIONS":
          return await this.#drained({ status: 204, headers: { Allow: this.#allow() } }, request, reader, length);
        case "DELETE":
        case "TRACE":
        case "CONNECT":
        case "PATCH":
          throw new HttpError(405, `${request.method} is not allowed here`);
        default:
          throw new HttpError(501, `${request.method} is not known here`);
      }
    } catch (error) {
      const known = error instanceof HttpError ? error : httpError(error);
      const answer = failure(known);
      const allow = known.status === 405 ? { ...answer, headers: { ...answer.headers, Allow: this.#allow() } } : answer;
      // Where a body ends is unknown after a malformed one.
      if (known.status === 400 || known.status === 501) return { ...allow, close: true };
      return await this.#drained(allow, request, reader, length);
    }
  }

  #allow(): string {
    return this.#options.upload ? "GET, HEAD, OPTIONS, PUT, POST" : "GET, HEAD, OPTIONS";
  }

  /** Reads past a body nobody wants, if it is short; a client that waits to be asked for it never sends it. */
  async #drained(
    answer: Answer,
    request: RequestHead,
    reader: ByteReader,
    length: number | "chunked",
  ): Promise<Answer> {
    if (length === 0) return answer;
    if (request.headers.has("expect")) return { ...answer, close: true };
    try {
      for await (const _ of readBody(reader, length, MAX_DRAIN));
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return { ...answer, close: true };
    }
    return answer;
  }

  #get(request: RequestHead): Answer {
    const found = this.#root.find(request.target);
    if (found.kind === "folder") return this.#folder(request, found);
    return this.#file(request, found);
  }

  #folder(request: RequestHead, found: Found & { kind: "folder" }): Answer {
    const path = request.target.replace(/[?#].*$/s, "");
    if (!path.endsWith("/")) {
      return { ...failure(new HttpError(301, "see the folder")), headers: { Location: `${path}/` } };
    }
    try {
      return this.#file(request, this.#root.find(`${path}index.html`) as Found & { kind: "file" });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 404) throw error;
    }
    const body = listing(found.name, [...Deno.readDirSync(found.path)]);
    return {
      status: 200,
      headers: { "Content-Type": "text/html; charset=utf-8", "Content-Length": body.length },
      body,
    };
  }

  #file(request: RequestHead, found: Found & { kind: "file" }): Answer {
    const tag = `"${found.size.toString(36)}-${Math.floor(found.modified).toString(36)}"`;
    const common = {
      "Content-Type": mediaType(found.path),
      "Accept-Ranges": "bytes",
      "Last-Modified": new Date(found.modified).toUTCString(),
      ETag: tag,
    };
    const wanted = request.headers.get("if-none-match");
    if (wanted !== undefined && (wanted === "*" || wanted.split(",").some((one) => one.trim() === tag))) {
      return { status: 304, headers: common };
    }
    const condition = request.headers.get("if-range");
    const field = condition === undefined || condition === tag ? request.headers.get("range") : undefined;
    const range = request.method === "GET" ? parseRange(field, found.size) : undefined;
    if (range === "unsatisfiable") {
      const answer = failure(new HttpError(416, `the file has ${found.size} octets`));
      return { ...answer, headers: { ...answer.headers, "Content-Range": `bytes */${found.size}` } };
    }
    const { start, end } = range ?? { start: 0, end: found.size };
    const headers = {
      ...common,
      "Content-Length": end - start,
      "Content-Range": range === undefined ? undefined : `bytes ${start}-${end - 1}/${found.size}`,
    };
    const status = range === undefined ? 200 : 206;
    if (request.method === "HEAD") return { status, headers };
    return { status, headers, body: { file: Deno.openSync(found.path), start, end } };
  }

  /** Stores a body under another name first, so that nobody sees half a file. */
  async #put(
    request: RequestHead,
    reader: ByteReader,
    connection: ByteStream,
    length: number | "chunked",
  ): Promise<Answer> {
    if (!this.#options.upload) throw new HttpError(405, "uploads are not taken here");
    const { path, exists } = this.#root.place(request.target);
    const limit = this.#options.max_upload ?? 2 ** 32;
    if (length !== "chunked" && length > limit) throw new HttpError(413, `at most ${limit} octets are taken`);
    const partial = `${path}.${Deno.pid}-${this.#uploads++}.part`;
    const file = Deno.openSync(partial, { write: true, createNew: true });
    let stored = false;
    try {
      if (request.headers.has("expect") && request.minor === 1 && !reader.buffered) {
        await connection.send(encodeHead(100, {}));
      }
      for await (const piece of readBody(reader, length, limit)) {
        for (let at = 0; at < piece.length;) at += file.writeSync(at === 0 ? piece : piece.subarray(at));
      }
      file.close();
      Deno.renameSync(partial, path);
      stored = true;
    } catch (error) {
      // Half a body was read: nothing after it can be understood.
      const known = error instanceof HttpError || error instanceof Deno.errors.NotFound || isFileError(error)
        ? failure(error instanceof HttpError ? error : httpError(error))
        : undefined;
      if (known === undefined) throw error;
      return { ...known, close: true };
    } finally {
      if (!stored) {
        tryTo(() => file.close());
        tryTo(() => Deno.removeSync(partial));
      }
    }
    return exists ? { status: 204, headers: {} } : { status: 201, headers: { "Content-Length": 0 } };
  }

  async #send(connection: ByteStream, answer: Answer, close: boolean, head_only: boolean): Promise<void> {
    const { body } = answer;
    try {
      const head = encodeHead(answer.status, {
        ...answer.headers,
        Date: new Date().toUTCString(),
        Server: "netproof",
        Connection: close ? "close" : undefined,
      });
      if (body instanceof Uint8Array && !head_only) {
        const whole = new Uint8Array(head.length + body.length);
        whole.set(head);
        whole.set(body, head.length);
        await connection.send(whole);
        return;
      }
      await connection.send(head);
      if (body === undefined || body instanceof Uint8Array) return;
      await sendFile(connection, body);
    } finally {
      if (body !== undefined && !(body instanceof Uint8Array)) body.file.close();
    }
  }
}

async function sendFile(
  connection: ByteStream,
  part: { readonly file: Deno.FsFile; readonly start: number; readonly end: number },
): Promise<void> {
  part.file.seekSync(part.start, Deno.SeekMode.Start);
  // The stack has copied what send() took, so one buffer serves for all.
  const buffer = new Uint8Array(Math.min(PIECE, part.end - part.start));
  for (let left = part.end - part.start; left > 0;) {
    const got = part.file.readSync(left < buffer.length ? buffer.subarray(0, left) : buffer);
    // A file that was cut meanwhile: only the end of the connection can say so.
    if (got === null || got === 0) throw new Error("a file became shorter while it was sent");
    await connection.send(buffer.subarray(0, got));
    left -= got;
  }
}

function failure(error: HttpError): Answer {
  const body = encoder.encode(`${error.status} ${reasonOf(error.status)}: ${error.message}\n`);
  return {
    status: error.status,
    headers: { "Content-Type": "text/plain; charset=utf-8", "Content-Length": body.length },
    body,
  };
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && /os error|ENOSPC|EIO|EFBIG/.test(error.message);
}

function tryTo(action: () => void): void {
  try {
    action();
  } catch {
    // Cleaning up after a failure that is reported already.
  }
}
