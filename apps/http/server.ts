/**
 * An HTTP/1.1 file server on connections of our stack: GET, HEAD and PUT of files below a folder. The protocol is
 * `node:http`'s.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import { sendFile } from "./file_response.ts";
import { FileRoot, type Found } from "./files.ts";
import { HttpError, httpError } from "./http_error.ts";
import { listing } from "./listing.ts";
import type { StreamConnection } from "../stream_connection.ts";
import { SocketStream } from "./socket_stream.ts";
import { checkConditions, store } from "./upload.ts";

const IDLE_MS = 60_000;
const HEAD_MS = 60_000;
const BODY_MS = 600_000;
/** Octets of heads that are taken. */
const MAX_HEAD = 65_536;

/** What is served and how. */
export interface HttpServerOptions {
  /** Folder with the files. */
  readonly root: string;
  /** PUT is taken. Default false. */
  readonly upload?: boolean;
  /** Largest upload, octets. Default 4 GiB. */
  readonly max_upload?: number;
  /** A connection on which nothing comes or goes is ended after this, ms. Default a minute. */
  readonly idle_ms?: number;
  /** A request's head must be there so soon after the connection or the answer before, ms. Default a minute. */
  readonly head_ms?: number;
  /** A request's body must be there so soon after its head, ms. Default ten minutes. */
  readonly body_ms?: number;
  /** Told of each request. */
  readonly log?: (line: string) => void;
}

/** Serves connections that others accept. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #root: FileRoot;
  readonly #server: Server;

  /** Throws where the root is no folder. */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#root = new FileRoot(options.root);
    this.#server = createServer({ maxHeaderSize: MAX_HEAD, keepAliveTimeout: options.head_ms ?? HEAD_MS });
    // It keeps connections open only while it listens, and it has no socket of its own to listen on.
    Object.defineProperty(this.#server, "listening", { value: true });
    // What comes after the end of what a client sends is serve()'s affair.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
    this.#server.timeout = options.idle_ms ?? IDLE_MS;
    const handle = (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response);
    this.#server.on("request", handle);
    // The body is asked for only once it is known to be wanted.
    this.#server.on("checkContinue", handle);
  }

  /** Serves one connection until its end. Rejects where the connection breaks. */
  serve(connection: StreamConnection): Promise<void> {
    const stream = new SocketStream(connection);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let failure: Error | undefined;
    stream.on("error", (error) => failure ??= error);
    // An upload that broke off is cleared away by then.
    stream.on("close", () => void stream.inTurn(() => failure === undefined ? resolve() : reject(failure)));
    // A client may finish sending before it has its answers.
    stream.on("end", () => void stream.inTurn(() => void stream.end()));
    stream.within(this.#options.head_ms ?? HEAD_MS);
    this.#server.emit("connection", stream);
    return promise;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stream = streamOf(request);
    this.#bound(stream, request, response);
    await stream.inTurn(async () => {
      try {
        await this.#answer(request, response);
      } catch (error) {
        refuse(request, response, httpError(error));
      }
    });
  }

  /** The body has its deadline, then the next head; that a client does not read its answer is seen by `timeout`. */
  #bound(stream: SocketStream, request: IncomingMessage, response: ServerResponse): void {
    const { body_ms = BODY_MS, head_ms = HEAD_MS, log } = this.#options;
    stream.within(body_ms);
    request.on("end", () => stream.within(0));
    stream.once("end", () => {
      if (!request.complete) stream.destroy(new Error("the connection ended within a request"));
    });
    response.on("close", () => {
      stream.within(head_ms);
      log?.(`${request.method} ${request.url} ${response.statusCode}`);
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    // HTTP/1.0 keeps a connection open only where both say so, which `node:http` leaves to us (RFC 9112 section 9.3).
    if (request.httpVersionMinor === 0 && response.shouldKeepAlive) response.setHeader("Connection", "keep-alive");
    switch (request.method) {
      case "GET":
      case "HEAD":
        return this.#get(request, response);
      case "PUT":
        return this.#put(request, response);
      case "OPTIONS":
        response.writeHead(204, { Allow: this.#allow() }).end();
        return;
      default:
        throw new HttpError(405, `${request.method} is not allowed here`, { Allow: this.#allow() });
    }
  }

  #allow(): string {
    return this.#options.upload ? "GET, HEAD, OPTIONS, PUT" : "GET, HEAD, OPTIONS";
  }

  #get(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    const target = request.url ?? "/";
    const found = this.#root.find(target);
    if (found.kind === "file") return sendFile(request, response, found.path);
    const [, query = ""] = /^[^?#]*?(?:\/)?(\?.*)?$/s.exec(target) ?? [];
    if (!/\/(?:[?#].*)?$/s.test(target)) {
      // From the path's segments: a target such as //host/folder must not lead to another host.
      const path = found.segments.map((segment) => `/${encodeURIComponent(segment)}`).join("");
      throw new HttpError(301, `see ${path}/`, { Location: `${path}/${query}` });
    }
    const index = this.#index(found);
    if (index !== undefined) return sendFile(request, response, index);
    const body = listing(`/${found.segments.join("/")}`, [...Deno.readDirSync(found.path)]);
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Length": new TextEncoder().encode(body).length,
    }).end(body);
  }

  #index({ segments }: Found & { kind: "folder" }): string | undefined {
    try {
      const path = [...segments, "index.html"].map((segment) => `/${encodeURIComponent(segment)}`).join("");
      const found = this.#root.find(path);
      return found.kind === "file" ? found.path : undefined;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#options.upload) throw new HttpError(405, "uploads are not taken here", { Allow: this.#allow() });
    const place = this.#root.place(request.url ?? "/");
    checkConditions(request, place);
    const limit = this.#options.max_upload ?? 2 ** 32;
    if (request.headers.expect !== undefined && !isTooLong(request, limit)) response.writeContinue();
    await store(request, place.path, limit);
    if (!place.exists) response.writeHead(201, { "Content-Length": 0 }).end();
    else response.writeHead(204).end();
  }
}

function streamOf({ socket }: IncomingMessage): SocketStream {
  if (!(socket instanceof SocketStream)) throw new TypeError("a connection that serve() does not know");
  return socket;
}

/** Answers with an error. Where a body may still be on its way, the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, error: HttpError): void {
  if (response.headersSent) {
    // Only the end of the connection can say that the rest does not come.
    response.destroy(error);
    return;
  }
  const text = `${error.status} ${STATUS_CODES[error.status] ?? "Unknown"}: ${error.message}\n`;
  for (const name of response.getHeaderNames()) if (name !== "connection") response.removeHeader(name);
  if (!request.complete && hasBody(request)) response.setHeader("Connection", "close");
  response.writeHead(error.status, {
    ...error.headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": new TextEncoder().encode(text).length,
  }).end(text);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function isTooLong({ headers }: IncomingMessage, limit: number): boolean {
  return Number(headers["content-length"] ?? 0) > limit;
}
