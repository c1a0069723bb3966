/**
 * The sequence space that the peer said it holds beyond its cumulative acknowledgement: disjoint ranges in order (RFC 2018, RFC 6675).
 *
 * A receiver repeats earlier blocks in each acknowledgement. {@link SackedRanges.add} tells what is new in a block, so that nobody walks
 * over segments that are marked already.
 *
 * @module
 */
import { after, before, leq } from "../../wire/seq.ts";

/** A set of disjoint, not touching ranges `[left, right)`. */
export class SackedRanges {
  private left: number[] = [];
  private right: number[] = [];
  /** What the last {@link add} added: gaps that it closed, left and right edges in turn. */
  readonly added: number[] = [];

  /** How many ranges there are. */
  get count(): number {
    return this.left.length;
  }

  /** The end of the highest range, or undefined when there is none. */
  get highest(): number | undefined {
    const { right } = this;
    // An index of -1 is slow to look for.
    return right.length === 0 ? undefined : right[right.length - 1];
  }

  /** Left edge of the range at `index`. */
  leftAt(index: number): number {
    return this.left[index]!;
  }

  /** Right edge of the range at `index`. */
  rightAt(index: number): number {
    return this.right[index]!;
  }

  /** Adds `[left, right)`, not empty; {@link added} then has what was not in the set. Returns the index of the range that holds it now. */
  add(left: number, right: number): number {
    const { added } = this;
    added.length = 0;
    const first = this.firstReaching(left);
    let at = left;
    let last = first;
    for (; last < this.left.length && leq(this.left[last]!, right); last++) {
      if (before(at, this.left[last]!)) added.push(at, this.left[last]!);
      at = this.right[last]!;
    }
    if (before(at, right)) added.push(at, right);
    if (last === first) this.insert(first, left, right);
    else this.join(first, last, left, right);
    return first;
  }

  /** Forgets everything before `seq`. */
  dropBefore(seq: number): void {
    let count = 0;
    while (count < this.right.length && leq(this.right[count]!, seq)) count++;
    if (count > 0) {
      this.left.splice(0, count);
      this.right.splice(0, count);
    }
    if (this.left.length > 0 && before(this.left[0]!, seq)) this.left[0] = seq;
  }

  /** Forgets all. */
  clear(): void {
    this.left.length = this.right.length = 0;
  }

  /** Index of the first range that ends at or after `seq`. */
  private firstReaching(seq: number): number {
    let low = 0;
    let high = this.right.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (before(this.right[middle]!, seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(index: number, left: number, right: number): void {
    this.left.splice(index, 0, left);
    this.right.splice(index, 0, right);
  }

  /** Makes one range of `[left, right)` and the ranges `first` to `last` (exclusive) that it meets. */
  private join(first: number, last: number, left: number, right: number): void {
    if (before(left, this.left[first]!)) this.left[first] = left;
    const end = this.right[last - 1]!;
    this.right[first] = after(end, right) ? end : right;
    if (last - first > 1) {
      this.left.splice(first + 1, last - first - 1);
      this.right.splice(first + 1, last - first - 1);
    }
  }
}
