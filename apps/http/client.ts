/**
 * An HTTP/1.1 client on our stack: one request on one connection. The protocol is `node:http`'s.
 *
 * @module
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { StreamConnection } from "../stream_connection.ts";
import { SocketStream } from "./socket_stream.ts";

/** What is asked for. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST";
  readonly url: URL;
  /** Body with its length. */
  readonly body?: { readonly length: number; readonly pieces: Iterable<Uint8Array> };
}

/** Port of a URL. */
export function portOf(url: URL): number {
  return url.port === "" ? 80 : Number(url.port);
}

/** Host of a URL without brackets. */
export function addressOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/**
 * Makes a request and resolves to the response; its body is read by iterating over it, and ends with an error where it is
 * cut short. Rejects where the connection breaks, or what comes is no response.
 */
export async function request(connection: StreamConnection, what: HttpRequest): Promise<IncomingMessage> {
  const { url, method, body } = what;
  const stream: Duplex = new SocketStream(connection);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = httpRequest({
    createConnection: () => stream,
    host: addressOf(url),
    port: portOf(url),
    path: `${url.pathname}${url.search}`,
    method,
    headers: {
      "Host": url.host,
      "User-Agent": "netproof",
      "Connection": "close",
      ...(body === undefined ? {} : { "Content-Length": body.length }),
    },
  }, resolve);
  outgoing.on("error", reject);
  const answered = promise.then(() => true, () => true);
  for (const piece of body?.pieces ?? []) {
    const drained = Promise.withResolvers<false>();
    if (outgoing.write(piece.slice())) continue;
    outgoing.once("drain", () => drained.resolve(false));
    // A server that refuses the body answers without having read it.
    if (await Promise.race([drained.promise, answered])) break;
  }
  outgoing.end();
  return await promise;
}
