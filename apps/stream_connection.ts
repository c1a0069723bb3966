/**
 * What programs need of a TCP connection.
 *
 * @module
 */

/** A `StreamSocket`, or what stands for one in a test. */
export interface StreamConnection {
  /** What has arrived, at least one octet; `undefined` at the end. */
  recv(): Promise<Uint8Array | undefined>;
  /** Resolves once the stack has taken all of `data`. */
  send(data: Uint8Array): Promise<void>;
  /** Nothing more will be sent. */
  finish(): void;
  /** Closes the connection in order. */
  close(): void;
  /** Ends it with a reset. */
  reset(): void;
}
