/**
 * A system call that the local program must have made.
 *
 * @module
 */

/** A call, or the comment in front of it. */
export interface DraftCall {
  /** µs from the first packet. */
  readonly time_us: number;
  /** The packet that it stands in front of; the number of packets for one behind all. */
  readonly before: number;
  /** The call with its result; with the end of its time, where it blocks: `...0.050000 connect(…) = 0`. */
  readonly text: string;
  /** Why it is believed to have been made, for the one who reads the script. */
  readonly comment?: string | undefined;
}
