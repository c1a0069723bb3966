/**
 * The octets that a program has written and the peer has not acknowledged.
 *
 * @module
 */

/** Octets of a full block of storage. */
const BLOCK = 16384;

/** A run of octets in one piece of storage. */
interface Block {
  readonly bytes: Uint8Array;
  /** Index of the first octet that is held here. */
  start: number;
  /** Index after the last. */
  end: number;
  /** Where `start` lies in the stream, counted from its first octet. */
  position: number;
}

/** A stream whose front is released and whose end grows; between them any octet can be copied out, again and again. */
export class OctetStore {
  private blocks: Block[] = [];
  /** Position in the stream of the first octet held. */
  private front = 0;
  private back = 0;

  /** How many octets are held. */
  get length(): number {
    return this.back - this.front;
  }

  /** Adds a copy of `data`. */
  append(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      let last = this.blocks.at(-1);
      if (last === undefined || last.end === last.bytes.length) {
        // A short message need not pay for a whole block.
        const size = Math.min(BLOCK, Math.max(512, data.length - at));
        last = { bytes: new Uint8Array(size), start: 0, end: 0, position: this.back };
        this.blocks.push(last);
      }
      const count = Math.min(data.length - at, last.bytes.length - last.end);
      last.bytes.set(data.subarray(at, at + count), last.end);
      last.end += count;
      this.back += count;
      at += count;
    }
  }

  /** Copies `count` octets from `offset` octets after the front on. */
  copyTo(offset: number, count: number, bytes: Uint8Array, at: number): void {
    const position = this.front + offset;
    let index = this.blockOf(position);
    for (let done = 0; done < count; index++) {
      const block = this.blocks[index]!;
      const from = block.start + position + done - block.position;
      const part = Math.min(count - done, block.end - from);
      bytes.set(block.bytes.subarray(from, from + part), at + done);
      done += part;
    }
  }

  /** Forgets `count` octets in front. */
  release(count: number): void {
    this.front += count;
    let gone = 0;
    for (const block of this.blocks) {
      if (block.position + block.end - block.start > this.front) break;
      gone++;
    }
    if (gone > 0) this.blocks.splice(0, gone);
    const first = this.blocks[0];
    if (first !== undefined && first.position < this.front) {
      first.start += this.front - first.position;
      first.position = this.front;
    }
  }

  /** Index of the block that holds a position, by bisection. */
  private blockOf(position: number): number {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.blocks[middle]!.position <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
