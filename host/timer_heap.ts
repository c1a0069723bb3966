/**
 * A binary heap of deadlines with removal.
 *
 * @module
 */

/** Something with a deadline that knows its place in the heap. */
export interface HeapEntry {
  /** Smaller comes first. */
  readonly deadline: number;
  /** Place in the heap, or -1. Only the heap writes it. */
  position: number;
}

/** Entries ordered by deadline; those of equal deadline come out in any order. */
export class TimerHeap<T extends HeapEntry> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the nearest deadline. */
  peek(): T | undefined {
    return this.#entries[0];
  }

  /** Adds an entry. */
  push(entry: T): void {
    this.#entries.push(entry);
    this.#up(entry, this.#entries.length - 1);
  }

  /** Removes an entry; nothing happens if it is not in the heap. */
  remove(entry: T): void {
    const at = entry.position;
    if (at < 0 || this.#entries[at] !== entry) return;
    entry.position = -1;
    const last = this.#entries.pop()!;
    if (last === entry) return;
    const parent = this.#entries[(at - 1) >> 1];
    if (at > 0 && parent!.deadline > last.deadline) this.#up(last, at);
    else this.#down(last, at);
  }

  #up(entry: T, at: number): void {
    const entries = this.#entries;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = entries[parentAt]!;
      if (parent.deadline <= entry.deadline) break;
      entries[at] = parent;
      parent.position = at;
      at = parentAt;
    }
    entries[at] = entry;
    entry.position = at;
  }

  #down(entry: T, at: number): void {
    const entries = this.#entries;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= entries.length) break;
      if (childAt + 1 < entries.length && entries[childAt + 1]!.deadline < entries[childAt]!.deadline) childAt++;
      const child = entries[childAt]!;
      if (child.deadline >= entry.deadline) break;
      entries[at] = child;
      child.position = at;
      at = childAt;
    }
    entries[at] = entry;
    entry.position = at;
  }
}
