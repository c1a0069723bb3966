/**
 * A system call that the local program must have made.
 *
 * @module
 */

/** A call. */
export interface DraftCall {
  /** µs from the first packet. */
  readonly time_us: number;
  /** The packet that it stands in front of; the number of packets for one behind all. */
  readonly before: number;
  /** The call with its result. */
  readonly text: string;
  /** How long it took, µs, where it waited for something. */
  readonly lasts_us?: number | undefined;
  /** Why it is believed to have been made, for the one who reads the script. */
  readonly comment?: string | undefined;
}
