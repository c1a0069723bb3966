/**
 * The longest of many prefixes that an address has (RFC 4632 section 5.1), in a tree whose branches are as wide as what is below them asks
 * for: a lookup looks at a few places, however many prefixes there are.
 *
 * A branch stands at a bit of the address, behind which all its prefixes may differ, and takes the next bits as a number. Prefixes that end
 * within these bits cover a run of numbers; the longer ones of a number are a short list, or, when there are many, a branch of their own.
 *
 * @module
 */
import { get24, get32 } from "../wire/bytes.ts";

/** A prefix. What is the same prefix must be the same object. */
export interface PrefixEntry {
  /** Octets of an address of it, the bits behind the prefix zero. */
  readonly bytes: Uint8Array;
  /** The first 32 of its bits as a signed number: mostly all that has to be looked at. */
  readonly head: number;
  /** Bits that count. */
  readonly length: number;
}

/** {@link PrefixEntry.head} of octets. */
export function headOf(bytes: Uint8Array, at = 0): number {
  return get32(bytes, at) | 0;
}

/** Longer lists become branches. */
const MAX_LIST = 6;
const MAX_WIDTH = 16;
/** A wide branch of which fewer places than one in so many would be used is not worth its memory. */
const SPARSE = 4;
/** Narrower ones are not looked at for that. */
const NARROW = 4;

/** See the module. `T`: what a prefix leads to. */
export class PrefixTree<T extends PrefixEntry> {
  private root: Branch<T> | undefined;

  /** The entry of the longest prefix that the address at `bytes[offset]` has. */
  lookup(bytes: Uint8Array, offset: number): T | undefined {
    let best: T | undefined;
    const head = headOf(bytes, offset);
    for (let branch = this.root; branch !== undefined && isBelow(branch, head, bytes, offset);) {
      const place = bitsOf(bytes, offset, branch.at, branch.width);
      best = branch.covers[place] ?? best;
      const list = branch.lists[place];
      if (list !== undefined) {
        for (let i = 0; i < list.length; i++) {
          const entry = list[i]!;
          if (isIn(entry, head, bytes, offset)) return entry;
        }
        return best;
      }
      branch = branch.branches[place];
    }
    return best;
  }

  /** Adds the entry of a prefix that is not there yet. */
  insert(entry: T): void {
    this.root = this.root === undefined ? branchOf([entry]) : withEntry(this.root, entry);
  }

  /** Removes an entry that is there. */
  remove(entry: T): void {
    for (let branch = this.root; branch !== undefined;) {
      branch.count--;
      if (entry.length <= branch.at + branch.width) return branch.removeShort(entry);
      const place = bitsOf(entry.bytes, 0, branch.at, branch.width);
      const list = branch.lists[place];
      if (list !== undefined) {
        list.splice(list.indexOf(entry), 1);
        if (list.length === 0) branch.lists[place] = undefined;
        return;
      }
      branch = branch.branches[place];
    }
  }
}

class Branch<T extends PrefixEntry> {
  /** The longest prefix that ends within the branch's bits, by the number that they make. */
  readonly covers: (T | undefined)[];
  /** Longer ones, longest first. */
  readonly lists: (T[] | undefined)[];
  readonly branches: (Branch<T> | undefined)[];
  /** All that end within the branch's bits. */
  readonly short: T[] = [];
  readonly head: number;
  /** Entries in it and below. */
  count = 0;
  /** With more of them it is made anew. */
  limit = 0;

  /** A branch for `width` bits behind the first `at` of `stem`, which all of its entries have. */
  constructor(readonly stem: Uint8Array, readonly at: number, readonly width: number) {
    const places = 1 << width;
    this.head = headOf(stem);
    this.covers = new Array(places).fill(undefined);
    this.lists = new Array(places).fill(undefined);
    this.branches = new Array(places).fill(undefined);
  }

  addShort(entry: T): void {
    this.short.push(entry);
    const { first, end } = this.run(entry);
    for (let place = first; place < end; place++) {
      const other = this.covers[place];
      if (other === undefined || other.length < entry.length) this.covers[place] = entry;
    }
  }

  removeShort(entry: T): void {
    this.short.splice(this.short.indexOf(entry), 1);
    // What covers part of the entry's run covers all of it, or is longer and stands there already.
    let next: T | undefined;
    for (const other of this.short) {
      if (other.length >= entry.length || !hasPrefix(other.bytes, other.length, entry.bytes, 0)) continue;
      if (next === undefined || next.length < other.length) next = other;
    }
    const { first, end } = this.run(entry);
    for (let place = first; place < end; place++) if (this.covers[place] === entry) this.covers[place] = next;
  }

  /** The places of a prefix that ends within the branch's bits. */
  private run(entry: T): { readonly first: number; readonly end: number } {
    const first = bitsOf(entry.bytes, 0, this.at, this.width);
    return { first, end: first + (1 << (this.at + this.width - entry.length)) };
  }

  /** Every entry in it and below. */
  collect(into: T[]): T[] {
    into.push(...this.short);
    for (let place = 0; place < this.lists.length; place++) {
      const list = this.lists[place];
      if (list !== undefined) into.push(...list);
      this.branches[place]?.collect(into);
    }
    return into;
  }
}

/** The branch with one more entry: the same, or one in its place. */
function withEntry<T extends PrefixEntry>(branch: Branch<T>, entry: T): Branch<T> {
  const belongs = entry.length >= branch.at && hasPrefix(branch.stem, branch.at, entry.bytes, 0);
  if (!belongs || branch.count >= branch.limit) return branchOf([...branch.collect([]), entry]);
  branch.count++;
  if (entry.length <= branch.at + branch.width) {
    branch.addShort(entry);
    return branch;
  }
  const place = bitsOf(entry.bytes, 0, branch.at, branch.width);
  const below = branch.branches[place];
  if (below !== undefined) branch.branches[place] = withEntry(below, entry);
  else fill(branch, place, [...branch.lists[place] ?? [], entry]);
  return branch;
}

/** Puts the longer entries of a place there. */
function fill<T extends PrefixEntry>(branch: Branch<T>, place: number, entries: T[]): void {
  const many = entries.length > MAX_LIST;
  branch.lists[place] = many ? undefined : entries.sort((a, b) => b.length - a.length);
  branch.branches[place] = many ? branchOf(entries) : undefined;
}

/** A branch with these entries, of which there is at least one. */
function branchOf<T extends PrefixEntry>(entries: readonly T[]): Branch<T> {
  const stem = entries[0]!;
  const at = entries.reduce((least, entry) => Math.min(least, commonBits(stem, entry, least)), stem.length);
  const branch = new Branch<T>(stem.bytes, at, widthFor(entries, at));
  branch.count = entries.length;
  branch.limit = 2 * entries.length + MAX_LIST;
  const longer = new Map<number, T[]>();
  for (const entry of entries) {
    if (entry.length <= at + branch.width) {
      branch.addShort(entry);
      continue;
    }
    const place = bitsOf(entry.bytes, 0, at, branch.width);
    const list = longer.get(place);
    if (list === undefined) longer.set(place, [entry]);
    else list.push(entry);
  }
  for (const [place, list] of longer) fill(branch, place, list);
  return branch;
}

/** As many bits as make a place for each entry, fewer if they would use few of the places. */
function widthFor<T extends PrefixEntry>(entries: readonly T[], at: number): number {
  const most = Math.min(MAX_WIDTH, entries[0]!.bytes.length * 8 - at);
  let width = Math.max(1, Math.min(most, Math.ceil(Math.log2(entries.length + 1))));
  for (; width > NARROW; width--) {
    const used = new Set<number>();
    for (const { bytes } of entries) used.add(bitsOf(bytes, 0, at, width));
    if (used.size * SPARSE >= 1 << width) break;
  }
  return Math.min(width, Math.max(most, 0));
}

/** How many first bits two prefixes have in common, at most `most`. */
function commonBits(a: PrefixEntry, b: PrefixEntry, most: number): number {
  const limit = Math.min(a.length, b.length, most);
  for (let i = 0; i * 8 < limit; i++) {
    const difference = a.bytes[i]! ^ b.bytes[i]!;
    if (difference !== 0) return Math.min(limit, i * 8 + Math.clz32(difference) - 24);
  }
  return limit;
}

/** `width` bits, 16 at most, of the octets at `offset`, from bit `at` on; zeros behind their end. */
function bitsOf(bytes: Uint8Array, offset: number, at: number, width: number): number {
  return get24(bytes, offset + (at >> 3)) >>> 24 - (at & 7) - width & (1 << width) - 1;
}

/** Whether the address at `bytes[offset]`, which begins with `head`, has a prefix. */
function isIn(entry: PrefixEntry, head: number, bytes: Uint8Array, offset: number): boolean {
  const { length } = entry;
  if (length < 32) return length === 0 || (entry.head ^ head) >>> 32 - length === 0;
  return entry.head === head && (length === 32 || hasPrefix(entry.bytes, length, bytes, offset));
}

/** Whether it has what all of a branch's prefixes have. */
function isBelow<T extends PrefixEntry>(branch: Branch<T>, head: number, bytes: Uint8Array, offset: number): boolean {
  const { at } = branch;
  if (at < 32) return at === 0 || (branch.head ^ head) >>> 32 - at === 0;
  return branch.head === head && (at === 32 || hasPrefix(branch.stem, at, bytes, offset));
}

/** Whether the address at `bytes[offset]` begins with the first `length` bits of `prefix`. */
function hasPrefix(prefix: Uint8Array, length: number, bytes: Uint8Array, offset: number): boolean {
  let i = 0;
  for (; i + 32 <= length; i += 32) if (get32(prefix, i >> 3) !== get32(bytes, offset + (i >> 3))) return false;
  const rest = length - i;
  return rest === 0 || (get32(prefix, i >> 3) ^ get32(bytes, offset + (i >> 3))) >>> 32 - rest === 0;
}
