/**
 * What the peer of a connection knows: what it has sent, and what has come to it of what the stack under test sent.
 *
 * @module
 */

/** A segment that the stack under test sent, in the script's numbers. */
export interface SentSegment {
  readonly seq: number;
  /** Octets of text and FIN. */
  readonly length: number;
  /** Value of its time stamp, if it has one. */
  readonly stamp: number | undefined;
}

/** A stretch of sequence numbers, up to and without `end`. */
export type Stretch = readonly [start: number, end: number];

/** A receiver as RFC 2018 and RFC 2883 want it, and where a sender stands. */
export class Peer {
  /** What it sends next. */
  next = 1;
  /** It has sent a FIN. */
  finished = false;
  /** All before has come. */
  acked = 1;
  /** The time stamp to echo. */
  echo = 100;
  /** Behind the last octet that was sent to it. */
  sent = 1;
  /** What has come behind a hole, the latest first. */
  #ranges: Stretch[] = [];
  #boundaries: number[] = [1];
  #seen = 0;

  /** @param window what its segments say */
  constructor(public window: number) {}

  /** Takes note of all that was sent from the first on; gives what had not been noted. */
  notice(sent: readonly SentSegment[]): readonly SentSegment[] {
    const fresh = sent.slice(this.#seen);
    this.#seen = sent.length;
    for (const { seq, length, stamp } of fresh) {
      this.sent = Math.max(this.sent, seq + length);
      this.#boundaries.push(seq + length);
      if (stamp !== undefined) this.echo = Math.max(this.echo, stamp);
    }
    return fresh;
  }

  /** Receives text; gives the stretch that had come before, if it is none of it new. */
  receive({ seq, length }: SentSegment): Stretch | undefined {
    const end = seq + length;
    if (end <= this.acked || this.#ranges.some(([from, to]) => from <= seq && end <= to)) return [seq, end];
    let joined: Stretch = [seq, end];
    const apart: Stretch[] = [];
    for (const range of this.#ranges) {
      if (range[1] < joined[0] || range[0] > joined[1]) apart.push(range);
      else joined = [Math.min(range[0], joined[0]), Math.max(range[1], joined[1])];
    }
    if (joined[0] <= this.acked) this.acked = joined[1];
    else apart.unshift(joined);
    this.#ranges = apart.filter(([, to]) => to > this.acked);
    return undefined;
  }

  /** What it selectively acknowledges. */
  get ranges(): readonly Stretch[] {
    return this.#ranges;
  }

  /** Acknowledges up to `seq`, whatever has come. */
  acknowledge(seq: number): void {
    this.acked = Math.max(this.acked, seq);
    this.#ranges = this.#ranges.filter(([, to]) => to > this.acked);
  }

  /** The octet so far into what is outstanding. */
  octetAt(share: number): number {
    return this.acked + Math.floor(share * (this.sent - this.acked));
  }

  /** The end of a segment nearest to the octet so far into what is outstanding. */
  boundaryAt(share: number): number {
    const at = this.octetAt(share);
    const there = this.#boundaries.filter((one) => one >= this.acked);
    return there.reduce(
      (best, one) => Math.abs(one - at) < Math.abs(best - at) ? one : best,
      at === this.acked ? at : this.sent,
    );
  }
}
