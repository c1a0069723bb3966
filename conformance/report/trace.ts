/**
 * What a stack told of a connection while a run went on: a sample for each time that something changed.
 *
 * @module
 */

import { fileName } from "./file_name.ts";

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
  /** Mean deviation of that, µs. */
  readonly rttvar_us?: number | undefined;
  /** Retransmission timeout, µs. */
  readonly rto_us?: number | undefined;
  /** Segments sent and not acknowledged. */
  readonly in_flight?: number | undefined;
  /** What woke it: a segment, a timer, a call. */
  readonly cause?: string | undefined;
}

/** Samples as JSON lines. */
export function renderTrace(samples: readonly TraceSample[]): string {
  return samples.map((sample) => `${JSON.stringify(sample)}\n`).join("");
}

/** The file name for a run's samples. */
export function traceName(
  run: { readonly script: string; readonly variant: string; readonly target: string },
  stem?: string,
): string {
  return fileName(run, "jsonl", stem);
}

/** A sample in words: `ESTABLISHED, cwnd 10, ssthresh 7, srtt 50000 µs, in flight 3 (segment)`. */
export function sampleText(sample: TraceSample): string {
  const value = (name: string, number: number | undefined, unit = "") =>
    number === undefined ? [] : [`${name} ${number}${unit}`];
  const parts = [
    ...(sample.state === undefined ? [] : [sample.state]),
    ...value("cwnd", sample.snd_cwnd),
    ...value("ssthresh", sample.ssthresh),
    ...value("srtt", sample.srtt_us, " µs"),
    ...value("rttvar", sample.rttvar_us, " µs"),
    ...value("rto", sample.rto_us, " µs"),
    ...value("in flight", sample.in_flight),
  ];
  return `${parts.join(", ")}${sample.cause === undefined ? "" : ` (${sample.cause})`}`;
}
