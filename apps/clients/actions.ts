/**
 * The clients of the command line.
 *
 * @module
 */
import { SocketError } from "../../runtime/socket_error.ts";
import { type Endpoint, formatEndpoint } from "../../runtime/sockets.ts";
import type { Action } from "../run.ts";
import { messageOf, UserError } from "../user_error.ts";
import { connectTo } from "./connecting.ts";
import { netcat, readDescriptor } from "./netcat.ts";
import { ping, type PingOptions } from "./ping.ts";
import { get, put, type Transfer } from "./transfer.ts";

function writeAll(file: { writeSync(data: Uint8Array): number }, data: Uint8Array): void {
  for (let at = 0; at < data.length;) at += file.writeSync(data.subarray(at));
}

function writeOut(data: Uint8Array): void {
  writeAll(Deno.stdout, data);
}

const encoder = new TextEncoder();
const print = (line: string) => writeOut(encoder.encode(`${line}\n`));

function summary({ bytes, seconds }: Transfer): string {
  return `${bytes} octets in ${seconds.toFixed(3)} s, ${(bytes * 8 / seconds / 1e6).toFixed(1)} Mbit/s`;
}

/** `ping`: 0 when anything came back, otherwise 1. */
export function pingAction(options: PingOptions): Action {
  return async ({ sockets }) => {
    const result = await ping(sockets, options, print).catch((error) => {
      if (error instanceof SocketError) throw new UserError(error.message, 1);
      throw error;
    });
    const loss = Math.round((1 - result.received / result.sent) * 100);
    print(`${result.sent} packets transmitted, ${result.received} received, ${loss}% packet loss`);
    if (result.received === 0) return 1;
    print(`rtt min/avg/max = ${[result.min, result.average, result.max].map((ms) => ms.toFixed(3)).join("/")} ms`);
    return 0;
  };
}

/** `get`: to a file or to standard output. */
export function getAction(url: URL, output: string | undefined): Action {
  return async (context) => {
    let file: Deno.FsFile | undefined;
    // Made at the first octet only: a failed request leaves no empty file.
    const open = () => {
      try {
        return file ??= Deno.openSync(output!, { write: true, create: true, truncate: true });
      } catch (error) {
        throw new UserError(`--output ${output}: ${messageOf(error)}`);
      }
    };
    try {
      const write = output === undefined ? writeOut : (data: Uint8Array) => writeAll(open(), data);
      const done = await get(context, url, write);
      if (output !== undefined) open();
      context.tell(`GET ${url}: ${summary(done)}`);
      return 0;
    } finally {
      file?.close();
    }
  };
}

/** `put`: a file. */
export function putAction(path: string, url: URL): Action {
  return async (context) => {
    const done = await put(context, url, path);
    context.tell(`PUT ${url}: ${done.status}, ${summary(done)}`);
    return 0;
  };
}

/** `connect`: until the peer has finished. */
export function connectAction(endpoint: Endpoint): Action {
  return async (context) => {
    using socket = await connectTo(context, endpoint);
    try {
      await netcat(socket, readDescriptor(0, context.reactor), writeOut);
      return 0;
    } catch (error) {
      if (error instanceof SocketError) throw new UserError(`${formatEndpoint(endpoint)}: ${error.message}`, 1);
      throw error;
    }
  };
}
