/**
 * An HTTP/1.1 client: one request on one connection.
 *
 * @module
 */
import { ByteReader, type ByteStream } from "./byte_stream.ts";
import { HttpError, readBody, readResponse, responseBodyLength, type ResponseHead } from "./message.ts";

const encoder = new TextEncoder();

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

/** Host of a URL without brackets. Throws `TypeError` for what is no IP address: there is no name service here. */
export function addressOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/**
 * Makes a request and returns the response's head and the pieces of its body. Throws {@link HttpError} 502 for what is no
 * response.
 */
export async function request(
  stream: ByteStream,
  what: HttpRequest,
): Promise<{ readonly head: ResponseHead; readonly body: AsyncGenerator<Uint8Array> }> {
  const { url, method, body } = what;
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const target = `${url.pathname}${url.search}`;
  await stream.send(
    encoder.encode(
      `${method} ${target} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: netproof\r\n${length}Connection: close\r\n\r\n`,
    ),
  );
  const reader = new ByteReader(stream);
  if (body !== undefined) { for (const piece of body.pieces) await stream.send(piece); }
  let head = await readResponse(reader);
  for (let i = 0; head.status < 200; i++) {
    if (i > 10) throw new HttpError(502, "nothing but interim responses");
    head = await readResponse(reader);
  }
  return { head, body: readBody(reader, responseBodyLength(head, method), Number.MAX_SAFE_INTEGER) };
}
