/**
 * Reading a capture file piece by piece, in bounded memory, with the place of every piece.
 *
 * @module
 */

/** A file that is no capture, or is damaged. */
export class CaptureError extends Error {
  /** `CaptureError`. */
  override name = "CaptureError";

  /** @param offset where in the file, octets */
  constructor(readonly offset: number, readonly problem: string) {
    super(`at octet ${offset} (0x${offset.toString(16)}): ${problem}`);
  }
}

/** Puts octets into `into` and says how many; null at the end. */
export type ReadOctets = (into: Uint8Array) => number | null;

/** What is read at once. */
const CHUNK = 1 << 18;

/** The octets of a file in order. */
export class ByteStream {
  readonly #read: ReadOctets;
  #buffer = new Uint8Array(CHUNK);
  #start = 0;
  #end = 0;
  #offset = 0;

  constructor(read: ReadOctets) {
    this.#read = read;
  }

  /** The octets of `bytes`. */
  static of(bytes: Uint8Array): ByteStream {
    let at = 0;
    return new ByteStream((into) => {
      if (at === bytes.length) return null;
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return piece.length;
    });
  }

  /** Where the next octet is in the file. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether nothing follows. */
  atEnd(): boolean {
    return this.#fill(1) === 0;
  }

  /**
   * The next `length` octets, which are valid until the next call.
   *
   * @param what what they are, for the message
   * @throws {CaptureError} where the file ends before
   */
  take(length: number, what: string): Uint8Array {
    const there = this.#fill(length);
    if (there < length) {
      throw new CaptureError(
        this.#offset,
        `${what} is cut short: ${length} octets are due, the file has ${there} more`,
      );
    }
    const piece = this.#buffer.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#offset += length;
    return piece;
  }

  /** Passes over `length` octets, without keeping them. */
  skip(length: number, what: string): void {
    for (let left = length; left > 0;) {
      const step = Math.min(left, CHUNK);
      this.take(step, what);
      left -= step;
    }
  }

  /** Has at least `wanted` octets in the buffer, if there are as many; how many are there. */
  #fill(wanted: number): number {
    if (this.#end - this.#start >= wanted) return wanted;
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (wanted > this.#buffer.length) {
      const larger = new Uint8Array(wanted);
      larger.set(this.#buffer.subarray(0, this.#end));
      this.#buffer = larger;
    }
    while (this.#end < wanted) {
      const read = this.#read(this.#buffer.subarray(this.#end));
      if (read === null || read === 0) break;
      this.#end += read;
    }
    return Math.min(this.#end, wanted);
  }
}
