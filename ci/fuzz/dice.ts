/**
 * Choices by a seed.
 *
 * @module
 */
import { seededRandom } from "../../stack/random.ts";

/** Throws the same for the same seed. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** 0 … 2^32 − 1. */
  word(): number {
    return this.#random();
  }

  /** 0 … `end` − 1. */
  below(end: number): number {
    return Math.floor(this.#random() / 0x1_0000_0000 * end);
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** One of them. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Mostly small, sometimes up to `end` − 1. */
  small(end: number): number {
    return this.once(4) ? this.below(end) : this.below(Math.min(end, 32));
  }

  /** So many octets; every second time they are zeros. */
  octets(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    if (this.once(2)) { for (let i = 0; i < length; i++) bytes[i] = this.#random(); }
    return bytes;
  }
}
