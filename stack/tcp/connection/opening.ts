/**
 * How a connection came to be, and what its handshake has to remember until it is over.
 *
 * @module
 */
import type { CookieReply } from "../open/syn.ts";
import type { FastOpenAttempt } from "./fast_open.ts";

/** See the module. */
export class Opening {
  /** The listener's open made it (RFC9293-MUST-11). */
  passive = false;
  /** Window offered in our SYN. */
  offeredWindow = 0;
  /** When the SYN or SYN-ACK was sent first, µs. */
  openedAt = 0;
  /** Fast Open as the side that opens, while it is tried. */
  fastOpen: FastOpenAttempt | undefined = undefined;
  /** A child that Fast Open made before the handshake was over; how often its SYN-ACK was sent again. */
  fastOpenChild = false;
  /** For the SYN-ACK of a child of Fast Open: a cookie to give. */
  synReply: CookieReply | undefined = undefined;
  /** The SYN had text that was taken. */
  synText = false;
  /** A write waits for the end of the handshake. */
  writerWaits = false;
  /** Our SYN asked for ECN. */
  ecnAsked = false;
}
