/**
 * What there is to plot of a run: its trace, or what its code blocks saw of `tcp_info`.
 *
 * @module
 */
import type { EvidenceEntry, RunResult } from "../results.ts";
import type { TraceSample } from "../trace.ts";

/** The samples of one connection, in the order of time. */
export interface ConnectionSamples {
  readonly connection: string;
  readonly samples: readonly TraceSample[];
}

/** Linux's words for a threshold that nothing has set: TCP_INFINITE_SSTHRESH. */
const NO_SSTHRESH = 0x7fffffff;

/** Samples by connection; none where a run has none. */
export function samplesOf({ trace, evidence = [] }: Pick<RunResult, "trace" | "evidence">): ConnectionSamples[] {
  const samples = trace !== undefined && trace.length > 0 ? trace : evidence.flatMap(seenIn);
  return [...Map.groupBy(samples, ({ connection }) => connection)].map(([connection, all]) => ({
    connection,
    samples: all.map(withoutInfinity).sort((a, b) => a.time_us - b.time_us),
  }));
}

/** What a code block looked at. Scripts speak of one connection there. */
function seenIn({ kind, time_us, seen, line }: EvidenceEntry): TraceSample[] {
  if (kind !== "code" || seen === undefined) return [];
  const value = (name: string) => /^\d+$/.test(seen[name] ?? "") ? Number(seen[name]) : undefined;
  const sample = {
    time_us,
    connection: "code blocks",
    snd_cwnd: value("tcpi_snd_cwnd"),
    ssthresh: value("tcpi_snd_ssthresh"),
    srtt_us: value("tcpi_rtt"),
    in_flight: value("tcpi_unacked"),
    cause: line === undefined ? undefined : `line ${line}`,
  };
  return MEASURES.some((measure) => sample[measure] !== undefined) ? [sample] : [];
}

/** What can be plotted. */
export type Measure = "snd_cwnd" | "ssthresh" | "in_flight" | "srtt_us";

const MEASURES: readonly Measure[] = ["snd_cwnd", "ssthresh", "in_flight", "srtt_us"];

function withoutInfinity(sample: TraceSample): TraceSample {
  return sample.ssthresh !== undefined && sample.ssthresh >= NO_SSTHRESH ? { ...sample, ssthresh: undefined } : sample;
}
