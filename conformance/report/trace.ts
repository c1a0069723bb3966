/**
 * What a stack told of a connection while a run went on: a sample for each time that something changed.
 *
 * @module
 */

/** One sample. What the stack does not tell, or has no value for, is left out. */
export interface TraceSample {
  /** µs of script time. */
  readonly time_us: number;
  /** Which connection: its ends, or a number. */
  readonly connection: string;
  /** Its state, as `ESTABLISHED`. */
  readonly state?: string | undefined;
  /** Congestion window, segments. */
  readonly snd_cwnd?: number | undefined;
  /** Slow start threshold, segments; absent while there is none. */
  readonly ssthresh?: number | undefined;
  /** Smoothed round-trip time, µs. */
  readonly srtt_us?: number | undefined;
  /** Segments sent and not acknowledged. */
  readonly in_flight?: number | undefined;
  /** What woke it: a segment, a timer, a call. */
  readonly cause?: string | undefined;
}
