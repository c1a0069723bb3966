/**
 * The octets that a program has written and the peer has not acknowledged.
 *
 * @module
 */

import { copyOctets } from "../../wire/bytes.ts";

/** Octets of a full block of storage. */
const BLOCK = 16384;
/** Octets of the block that short messages get: it is kept when they are acknowledged. */
const SHORT = 512;
/** Full blocks that wait to be used again. */
const POOLED = 64;

/** Full blocks that are written over again: making storage costs more than filling it. One for each stack. */
export class OctetPool {
  private readonly free: Uint8Array[] = [];

  /** A full block; what is in it is left over. */
  take(): Uint8Array {
    return this.free.pop() ?? new Uint8Array(BLOCK);
  }

  /** Takes a block back that nobody refers to any more, if there is use for it. */
  give(bytes: Uint8Array): void {
    if (bytes.length === BLOCK && this.free.length < POOLED) this.free.push(bytes);
  }
}

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

  /** An empty store; its full blocks come from `pool`. */
  constructor(private readonly pool: OctetPool) {}

  /** How many octets are held. */
  get length(): number {
    return this.back - this.front;
  }

  /** Pieces of storage in use. */
  get blockCount(): number {
    return this.blocks.length;
  }

  /** Adds a copy of `data`. */
  append(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      let last = this.blocks.at(-1);
      if (last === undefined || last.end === last.bytes.length) {
        last = { bytes: this.storageFor(data.length - at), start: 0, end: 0, position: this.back };
        this.blocks.push(last);
      }
      const count = Math.min(data.length - at, last.bytes.length - last.end);
      copyOctets(data, at, count, last.bytes, last.end);
      last.end += count;
      this.back += count;
      at += count;
    }
  }

  /** A short message need not pay for a whole block. */
  private storageFor(octets: number): Uint8Array {
    return octets > BLOCK / 2 ? this.pool.take() : new Uint8Array(Math.max(SHORT, octets));
  }

  /** Copies `count` octets from `offset` octets after the front on. */
  copyTo(offset: number, count: number, bytes: Uint8Array, at: number): void {
    const position = this.front + offset;
    let index = this.blockOf(position);
    for (let done = 0; done < count; index++) {
      const block = this.blocks[index]!;
      const from = block.start + position + done - block.position;
      const part = Math.min(count - done, block.end - from);
      copyOctets(block.bytes, from, part, bytes, at + done);
      done += part;
    }
  }

  /** Forgets `count` octets in front. */
  release(count: number): void {
    this.front += count;
    if (this.front === this.back && this.rewind()) return;
    let gone = 0;
    for (const block of this.blocks) {
      if (block.position + block.end - block.start > this.front) break;
      this.pool.give(block.bytes);
      gone++;
    }
    if (gone > 0) this.blocks.splice(0, gone);
    const first = this.blocks[0];
    if (first !== undefined && first.position < this.front) {
      first.start += this.front - first.position;
      first.position = this.front;
    }
  }

  /** Nothing is held: a single block for short messages is used from its beginning again. Whether there is one. */
  private rewind(): boolean {
    const only = this.blocks[0];
    if (this.blocks.length !== 1 || only === undefined || only.bytes.length > SHORT) return false;
    only.start = only.end = 0;
    only.position = this.front;
    return true;
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
