/**
 * What a failed call on a stack's sockets throws.
 *
 * @module
 */
import { errnoName, strerror } from "../abi/errno_text.ts";

/** A socket call failed. The message reads like `connect 10.77.0.1 port 80: Connection refused (ECONNREFUSED)`. */
export class SocketError extends Error {
  /** Linux errno. */
  readonly errno: number;
  /** Its name, e.g. `ECONNREFUSED`. */
  readonly code: string;

  /** `what` says what was tried, e.g. `bind port 80`. */
  constructor(errno: number, what: string) {
    super(`${what}: ${strerror(errno)} (${errnoName(errno)})`);
    this.name = "SocketError";
    this.errno = errno;
    this.code = errnoName(errno);
  }
}
