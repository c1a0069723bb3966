/**
 * `get` and `put`: files over HTTP.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { addressOf, type HttpRequest, portOf, request } from "../http/client.ts";
import { messageOf, UserError } from "../user_error.ts";
import { checkAddress, type ClientContext, connectTo } from "./connecting.ts";

const PIECE = 262_144;

/** Reads a URL. Throws {@link UserError}. */
export function parseUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  } catch {
    throw new UserError(`${text} is no URL: expected e.g. http://10.77.0.1:8000/file`);
  }
  if (url.protocol !== "http:") throw new UserError(`${text}: only http: is spoken here`);
  checkAddress(addressOf(url));
  return url;
}

/** What a transfer did. */
export interface Transfer {
  readonly status: number;
  readonly bytes: number;
  readonly seconds: number;
}

async function exchange(
  context: ClientContext,
  what: HttpRequest,
  use: (response: IncomingMessage) => Promise<number>,
): Promise<Transfer> {
  const socket = await connectTo(context, { address: addressOf(what.url), port: portOf(what.url) });
  const began = performance.now();
  try {
    const response = await request(socket, what);
    const bytes = await use(response);
    return { status: response.statusCode!, bytes, seconds: (performance.now() - began) / 1000 };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${what.method} ${what.url}: ${messageOf(error)}`, 1);
  } finally {
    socket.close();
  }
}

function checkStatus({ method, url }: HttpRequest, { statusCode = 0, statusMessage }: IncomingMessage): void {
  if (statusCode >= 300) throw new UserError(`${method} ${url}: ${statusCode} ${statusMessage}`, 1);
}

/** Fetches `url` and writes its octets with `write`. Throws {@link UserError} with status 1 for a status of 300 or more. */
export function get(context: ClientContext, url: URL, write: (piece: Uint8Array) => void): Promise<Transfer> {
  const what: HttpRequest = { method: "GET", url };
  return exchange(context, what, async (response) => {
    checkStatus(what, response);
    let bytes = 0;
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      write(piece);
      bytes += piece.length;
    }
    return bytes;
  });
}

/** Uploads a file. Throws {@link UserError}. */
export async function put(context: ClientContext, url: URL, path: string): Promise<Transfer> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (error) {
    throw new UserError(`${path}: ${messageOf(error)}`);
  }
  try {
    const { size, isFile } = file.statSync();
    if (!isFile) throw new UserError(`${path} is no regular file`);
    const what: HttpRequest = { method: "PUT", url, body: { length: size, pieces: pieces(file, size) } };
    return await exchange(context, what, async (response) => {
      for await (const _ of response);
      checkStatus(what, response);
      return size;
    });
  } finally {
    file.close();
  }
}

function* pieces(file: Deno.FsFile, size: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(PIECE);
  for (let left = size; left > 0;) {
    const got = file.readSync(left < PIECE ? buffer.subarray(0, left) : buffer);
    if (got === null || got === 0) throw new UserError("the file became shorter while it was sent", 1);
    left -= got;
    yield buffer.subarray(0, got);
  }
}
