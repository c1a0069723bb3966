/**
 * The pieces of one datagram that arrived so far, ordered, in runs as Linux keeps them: what is appended in order joins
 * the last run; anything else starts a run of its own (`inet_frag_queue_insert`).
 *
 * @module
 */

/** What inserting found. */
export type InsertResult = "ok" | "duplicate" | "overlap";

interface Run {
  readonly offset: number;
  end: number;
  readonly pieces: Uint8Array[];
}

/** Runs per block; a full block is split, so that any order of arrival costs little more than the order sent. */
const BLOCK = 64;

/** Ordered runs. */
export class FragRuns {
  private blocks: Run[][] = [];
  private last: Run | undefined;

  /** Whether nothing arrived. */
  get empty(): boolean {
    return this.last === undefined;
  }

  /** End of the piece furthest back, octets; 0 when there is none. */
  get end(): number {
    return this.last?.end ?? 0;
  }

  /**
   * Adds `piece` at `[offset, end)`. Pieces inside one run are duplicates and change nothing; any other overlap is one
   * (RFC 5722, which Linux applies to IPv4 too), and the caller gives the datagram up.
   */
  insert(offset: number, end: number, piece: Uint8Array): InsertResult {
    const last = this.last;
    if (last === undefined || last.end < end) {
      // RFC5722-4-discard, RFC8200-4.5-overlap
      if (last !== undefined && offset < last.end) return "overlap";
      if (last !== undefined && offset === last.end) {
        last.end = end;
        last.pieces.push(piece);
        return "ok";
      }
      this.append({ offset, end, pieces: [piece] });
      return "ok";
    }
    return this.insertInside(offset, end, piece);
  }

  /** Copies all pieces to `target` at `at`. */
  copyTo(target: Uint8Array, at: number): void {
    for (const block of this.blocks) {
      for (const run of block) {
        let to = at + run.offset;
        for (const piece of run.pieces) {
          target.set(piece, to);
          to += piece.length;
        }
      }
    }
  }

  /** Forgets all. */
  clear(): void {
    this.blocks = [];
    this.last = undefined;
  }

  private append(run: Run): void {
    this.last = run;
    const block = this.blocks.at(-1);
    if (block === undefined || block.length >= BLOCK) this.blocks.push([run]);
    else block.push(run);
  }

  private insertInside(offset: number, end: number, piece: Uint8Array): InsertResult {
    // The last block that starts at or before the piece, then the first run in it that ends after the piece's start.
    const index = lastAtOrBefore(this.blocks, (block) => block[0]!.offset, offset);
    const block = this.blocks[Math.max(index, 0)]!;
    let at = lastAtOrBefore(block, (run) => run.offset, offset);
    const before = block[at];
    // RFC815-3-no-extra, RFC8200-4.5-dup, RFC5722-4-discard, RFC8200-4.5-overlap
    if (before !== undefined && offset < before.end) return end <= before.end ? "duplicate" : "overlap";
    at++;
    // RFC791-3.2-reass-any-order
    const after = block[at] ?? this.blocks[Math.max(index, 0) + 1]?.[0];
    if (after !== undefined && end > after.offset) return "overlap";
    block.splice(at, 0, { offset, end, pieces: [piece] });
    if (block.length > BLOCK) this.blocks.splice(Math.max(index, 0) + 1, 0, block.splice(BLOCK >> 1));
    return "ok";
  }
}

/** Index of the last element whose key is at most `value`, or -1. */
function lastAtOrBefore<T>(list: readonly T[], key: (element: T) => number, value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]!) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
