/**
 * What happened in a run, kept cheaply: texts are made when somebody reads them.
 *
 * @module
 */
import { toHex } from "../../stack/wire/bytes.ts";
import type { EvidenceEntry } from "../report/results.ts";

interface Noted {
  readonly kind: EvidenceEntry["kind"];
  readonly time_us: number;
  readonly line: number | undefined;
  readonly text: string | (() => string);
  readonly bytes: Uint8Array | undefined;
}

/** Octets of a packet that are kept. */
const MAX_BYTES = 2048;

/** A bounded list of what happened; the oldest entries go first. */
export class Evidence {
  readonly #limit: number;
  readonly #listener: ((entry: EvidenceEntry) => void) | undefined;
  #entries: Noted[] = [];
  #dropped = 0;

  constructor(limit: number, listener: ((entry: EvidenceEntry) => void) | undefined) {
    this.#limit = limit;
    this.#listener = listener;
  }

  /** Notes something. `text` may be a function, called at most once, later. */
  add(
    kind: EvidenceEntry["kind"],
    time_us: number,
    line: number | undefined,
    text: string | (() => string),
    bytes?: Uint8Array,
  ): void {
    const noted = { kind, time_us, line, text, bytes };
    this.#listener?.(rendered(noted));
    this.#entries.push(noted);
    if (this.#entries.length >= 2 * this.#limit) {
      const surplus = this.#entries.length - this.#limit;
      this.#entries = this.#entries.slice(surplus);
      this.#dropped += surplus;
    }
  }

  /** Everything that was kept, by time: packets are noted when they are looked at, which may be later. */
  render(): EvidenceEntry[] {
    const kept = this.#entries.slice(-this.#limit).map(rendered).sort((a, b) => a.time_us - b.time_us);
    const dropped = this.#dropped + this.#entries.length - kept.length;
    if (dropped === 0) return kept;
    return [{ kind: "note", time_us: kept[0]?.time_us ?? 0, text: `${dropped} earlier entries left out` }, ...kept];
  }
}

function rendered(noted: Noted): EvidenceEntry {
  const text = typeof noted.text === "string" ? noted.text : noted.text();
  return {
    kind: noted.kind,
    time_us: Math.trunc(noted.time_us),
    text,
    ...(noted.line === undefined ? {} : { line: noted.line }),
    ...(noted.bytes === undefined ? {} : { bytes: toHex(noted.bytes.subarray(0, MAX_BYTES)) }),
  };
}
