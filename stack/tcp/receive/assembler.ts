/**
 * Text that came out of order, and what is to be said of it in SACK options (RFC 2018, RFC 2883).
 *
 * @module
 */
import { distance, gt, leq, lt, max } from "../../wire/seq.ts";
import { extentOf, type TextPiece } from "./queue.ts";

/** Blocks that one SACK option may hold. */
const MAX_BLOCKS = 4;

/** Text without a gap in it, beyond RCV.NXT. */
interface Island {
  left: number;
  right: number;
  readonly pieces: TextPiece[];
  /** When it grew last: SACK names the newest first. */
  touched: number;
  /** What SACK says of it; less than it is where its older part was forgotten. */
  shownLeft: number;
  /** See {@link shownLeft}. */
  shownRight: number;
}

/** What became of a segment out of order. */
export interface Placed {
  /** Octets that were new. */
  readonly fresh: number;
  /** What of it was here already, when there is such: for a DSACK. */
  readonly duplicate: { readonly left: number; readonly right: number } | undefined;
}

/** The out-of-order text of one connection, in order of sequence numbers. */
export class Assembler {
  private readonly islands: Island[] = [];
  private clock = 0;
  /** Octets held. */
  octets = 0;
  /** What they are charged to the receive buffer. */
  charge = 0;

  /** Nothing is out of order. `remembers`: of how many stretches the edges are still known to SACK. */
  constructor(private readonly remembers: number = Infinity) {}

  /** Nothing is out of order. */
  get empty(): boolean {
    return this.islands.length === 0;
  }

  /** How many stretches without a gap. */
  get count(): number {
    return this.islands.length;
  }

  /** The sequence number after the last octet held. */
  get right(): number | undefined {
    return this.islands.at(-1)?.right;
  }

  /** Takes text; only what is not here yet is kept. */
  insert(piece: TextPiece): Placed {
    const left = piece.seq;
    const right = (piece.seq + extentOf(piece)) >>> 0;
    let duplicate: Placed["duplicate"];
    let fresh = 0;
    let at = left;
    const keep: TextPiece[] = [];
    for (const island of this.islands) {
      if (!lt(at, right)) break;
      if (leq(island.right, at)) continue;
      if (leq(right, island.left)) break;
      // RFC9293-3.10.7.4-trim
      if (lt(at, island.left)) keep.push(part(piece, at, island.left));
      const overlapLeft = max(at, island.left);
      const overlapRight = lt(right, island.right) ? right : island.right;
      // RFC2883-4-second-block, RFC2883-4-left-right
      duplicate ??= { left: overlapLeft, right: overlapRight };
      at = overlapRight;
    }
    // RFC9293-SHLD-31
    if (lt(at, right)) keep.push(part(piece, at, right));
    this.clock++;
    for (const fragment of keep) {
      fresh += extentOf(fragment);
      this.add(fragment);
    }
    this.forget();
    // Text that was here already makes its island the one to be named first, too.
    if (keep.length === 0) this.touch(left);
    return { fresh, duplicate };
  }

  /** The edges of all stretches but those that grew last are forgotten. */
  private forget(): void {
    if (this.islands.length <= this.remembers) return;
    const oldest = [...this.islands].sort((a, b) => b.touched - a.touched).slice(this.remembers);
    for (const island of oldest) island.shownLeft = island.shownRight = island.right;
  }

  private touch(seq: number): void {
    for (const island of this.islands) {
      if (leq(island.left, seq) && lt(seq, island.right)) island.touched = this.clock;
    }
  }

  /** Adds text that touches or lies between islands, without overlap. */
  private add(piece: TextPiece): void {
    const left = piece.seq;
    const right = (left + extentOf(piece)) >>> 0;
    this.octets += extentOf(piece);
    this.charge += piece.charge;
    let index = 0;
    while (index < this.islands.length && lt(this.islands[index]!.right, left)) index++;
    const island = this.islands[index];
    if (island === undefined || lt(right, island.left)) {
      this.islands.splice(index, 0, {
        left,
        right,
        pieces: [piece],
        touched: this.clock,
        shownLeft: left,
        shownRight: right,
      });
      return;
    }
    // RFC2018-4-first-block, RFC2018-4-repeat
    island.touched = this.clock;
    const known = island.shownLeft !== island.shownRight;
    // RFC2018-3-block-edges, RFC9293-SHLD-31
    if (island.right === left) {
      island.pieces.push(piece);
      island.right = right;
      if (!known) island.shownLeft = left;
      island.shownRight = right;
      const next = this.islands[index + 1];
      if (next?.left === right) {
        island.pieces.push(...next.pieces);
        island.right = next.right;
        if (next.shownLeft !== next.shownRight) island.shownRight = next.shownRight;
        this.islands.splice(index + 1, 1);
      }
    } else {
      island.pieces.unshift(piece);
      island.left = left;
      if (!known) island.shownRight = right;
      island.shownLeft = left;
    }
  }

  /**
   * RCV.NXT has moved to `rcvNxt`: hands on what has come into order, without what is read already. `deliver` gets the pieces one by one.
   */
  release(rcvNxt: number, deliver: (piece: TextPiece) => void): void {
    for (let first = this.islands[0]; first !== undefined && leq(first.left, rcvNxt); first = this.islands[0]) {
      this.islands.shift();
      let at = rcvNxt;
      for (const piece of first.pieces) {
        const end = (piece.seq + extentOf(piece)) >>> 0;
        this.octets -= extentOf(piece);
        this.charge -= piece.charge;
        // RFC9293-3.10.7.4-trim
        if (leq(end, at)) continue;
        deliver(lt(piece.seq, at) ? part(piece, at, end) : piece);
        at = end;
      }
      rcvNxt = gt(at, rcvNxt) ? at : rcvNxt;
    }
  }

  /** Forgets the newest island (the buffer is full); whether there was one. */
  dropLast(): boolean {
    const last = this.islands.pop();
    if (last === undefined) return false;
    for (const piece of last.pieces) {
      this.octets -= extentOf(piece);
      this.charge -= piece.charge;
    }
    return true;
  }

  /**
   * Writes up to `limit` blocks, the one that grew last first (RFC 2018 section 4), behind those already at `count`. Returns the new count.
   */
  // RFC2018-4-first-block
  blocks(limit: number, left: Uint32Array, right: Uint32Array, count: number): number {
    if (this.islands.length === 0) return count;
    // RFC2018-4-as-many, RFC2018-4-repeat
    const order = this.islands.length === 1 ? this.islands : [...this.islands].sort((a, b) => b.touched - a.touched);
    let at = count;
    for (const island of order) {
      if (at >= Math.min(limit, MAX_BLOCKS)) break;
      // What is forgotten is not told.
      if (island.shownLeft === island.shownRight) continue;
      // RFC2018-3-block-edges
      left[at] = island.shownLeft;
      right[at] = island.shownRight;
      at++;
    }
    return at;
  }

  /** What of `[left, right)` is here already: the first stretch of it. */
  overlap(left: number, right: number): { readonly left: number; readonly right: number } | undefined {
    const island = this.islands.find((each) => lt(each.left, right) && lt(left, each.right));
    if (island === undefined) return undefined;
    return { left: max(left, island.left), right: lt(right, island.right) ? right : island.right };
  }
}

/** Part `[left, right)` of a piece. Only a whole one keeps its charge; a part is charged by its octets. */
function part(piece: TextPiece, left: number, right: number): TextPiece {
  const skip = distance(left, piece.seq);
  const length = distance(right, left);
  const whole = skip === 0 && length === extentOf(piece);
  // RFC9293-3.10.7.4-fin-ooo
  const fin = piece.fin && skip + length === extentOf(piece);
  const start = piece.start + skip;
  return {
    seq: left,
    bytes: piece.bytes,
    start,
    end: start + length - (fin ? 1 : 0),
    arrivedAt: piece.arrivedAt,
    charge: whole ? piece.charge : length,
    free: whole ? piece.free : 0,
    fin,
  };
}
