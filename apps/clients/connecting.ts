/**
 * Connecting as a person's client does.
 *
 * @module
 */
import { ECONNREFUSED } from "../../abi/errno.ts";
import { IpAddress } from "../../stack/wire/address.ts";
import { SocketError } from "../../runtime/socket_error.ts";
import type { Endpoint, Sockets, StreamSocket } from "../../runtime/sockets.ts";
import { UserError } from "../user_error.ts";

/** How long a server that `--exec` has just started may take to listen. */
const START_MS = 5000;
const RETRY_MS = 50;

/** How a client connects. */
export interface ClientContext {
  readonly sockets: Sockets;
  /** Whether a server may still be starting: then a refused connection is tried again. */
  readonly serverStarting?: () => boolean;
}

/** Checks an address. Throws {@link UserError}. */
export function checkAddress(text: string): string {
  try {
    return IpAddress.parse(text.replace(/^\[(.*)\]$/, "$1")).toString();
  } catch {
    throw new UserError(`${text} is no IP address: our stack has no name service, so give one such as 10.77.0.1`);
  }
}

/** Checks a port. Throws {@link UserError}. */
export function checkPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new UserError(`${text} is no port: expected a number from 1 to 65535`);
  return port;
}

/** Connects. Throws {@link UserError} with status 1. */
export async function connectTo(context: ClientContext, endpoint: Endpoint): Promise<StreamSocket> {
  const began = performance.now();
  for (;;) {
    try {
      return await context.sockets.connect(endpoint);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      const again = error.errno === ECONNREFUSED && context.serverStarting?.() === true;
      if (!again || performance.now() - began > START_MS) throw new UserError(error.message, 1);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
