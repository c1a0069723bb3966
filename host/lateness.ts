/**
 * How late things happened.
 *
 * @module
 */

/** Lateness in µs. All 0 where nothing was counted. */
export interface LatenessReport {
  /** Events counted. */
  readonly count: number;
  /** Half of them were at most this late. */
  readonly median: number;
  /** 99 % of them were at most this late. */
  readonly p99: number;
  /** None was later. */
  readonly max: number;
}

// Buckets of 1 µs up to 1 ms, then of 1/16 octave: exact where it matters, bounded everywhere.
const LINEAR = 1000;
const PER_OCTAVE = 16;
const OCTAVES = 24;

function bucketOf(lateness: number): number {
  if (lateness < LINEAR) return Math.max(0, Math.floor(lateness));
  const bucket = LINEAR + Math.floor(Math.log2(lateness / LINEAR) * PER_OCTAVE);
  return Math.min(bucket, LINEAR + PER_OCTAVE * OCTAVES - 1);
}

function valueOf(bucket: number): number {
  return bucket < LINEAR ? bucket : Math.round(LINEAR * 2 ** ((bucket - LINEAR) / PER_OCTAVE));
}

/** A histogram of lateness. */
export class Lateness {
  readonly #buckets = new Uint32Array(LINEAR + PER_OCTAVE * OCTAVES);
  #count = 0;
  #max = 0;

  /** Counts one event that was `lateness` µs late. */
  add(lateness: number): void {
    this.#buckets[bucketOf(lateness)]!++;
    this.#count++;
    if (lateness > this.#max) this.#max = lateness;
  }

  /** Forgets everything. */
  reset(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  /** What was counted. Percentiles are exact to the microsecond below 1 ms, to 5 % above. */
  report(): LatenessReport {
    return { count: this.#count, median: this.#quantile(0.5), p99: this.#quantile(0.99), max: this.#max };
  }

  #quantile(fraction: number): number {
    const rank = Math.ceil(this.#count * fraction);
    let seen = 0;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      seen += this.#buckets[bucket]!;
      if (seen >= rank && seen > 0) return valueOf(bucket);
    }
    return 0;
  }
}
