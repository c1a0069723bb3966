/**
 * How a packet's connection stood once the stack had dealt with it.
 *
 * @module
 */
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { LivePacket } from "../timeline/live.ts";
import type { EvidenceEntry } from "./results.ts";
import { sampleText, type TraceSample } from "./trace.ts";

/** The samples of a run, by connection. */
export class Standings {
  readonly #byConnection: Map<string, TraceSample[]>;

  /** @param samples in order of time */
  constructor(samples: readonly TraceSample[]) {
    this.#byConnection = Map.groupBy(samples, ({ connection }) => connection);
  }

  /** In words, the last sample of a packet's connection up to its time; none where there is none. */
  after(entry: EvidenceEntry, bytes: Uint8Array): string[] {
    if (this.#byConnection.size === 0) return [];
    const name = connectionOf(entry, bytes);
    // Times of evidence are whole; those of samples of the same moment may have a fraction.
    const sample = this.#byConnection.get(name ?? "")?.findLast(({ time_us }) => Math.trunc(time_us) <= entry.time_us);
    return sample === undefined ? [] : [sampleText(sample)];
  }
}

/** The name of a segment's connection, the stack's end first; undefined for what is no segment. */
function connectionOf({ kind, time_us }: EvidenceEntry, bytes: Uint8Array): string | undefined {
  const live = new LivePacket({ bytes, time_us, checksumPartial: true, gsoSize: 0 });
  if (!live.isTcp) return undefined;
  const ip = live.family === 4 ? ipv4 : ipv6;
  const end = (address: { toString(): string }, port: number) =>
    live.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  const source = end(ip.source(bytes, live.ip), tcp.sourcePort(bytes, live.transport));
  const destination = end(ip.destination(bytes, live.ip), tcp.destinationPort(bytes, live.transport));
  return kind === "outbound" ? `${source} > ${destination}` : `${destination} > ${source}`;
}
