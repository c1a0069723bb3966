/**
 * Reading lines and octets from a stream that comes in pieces.
 *
 * @module
 */

/** A connection as HTTP sees it. */
export interface ByteStream {
  /** What has arrived, at least one octet; `undefined` at the end. */
  recv(length?: number): Promise<Uint8Array | undefined>;
  /** Sends all of it. */
  send(data: Uint8Array): Promise<void>;
}

/** A line is longer than allowed. */
export class LineTooLong extends Error {
  /** `limit` in octets. */
  constructor(readonly limit: number) {
    super(`a line is longer than ${limit} octets`);
    this.name = "LineTooLong";
  }
}

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = new Uint8Array(0);
const latin1 = new TextDecoder("latin1");

/** Takes lines and octets from a stream. */
export class ByteReader {
  readonly #recv: () => Promise<Uint8Array | undefined>;
  #buffer: Uint8Array = EMPTY;
  #ended = false;

  /** A reader of what `stream` receives. */
  constructor(stream: Pick<ByteStream, "recv">) {
    this.#recv = () => stream.recv();
  }

  /** Whether octets have arrived that nobody took yet. */
  get buffered(): boolean {
    return this.#buffer.length > 0;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#recv();
    if (chunk === undefined) {
      this.#ended = true;
      return false;
    }
    if (this.#buffer.length === 0) this.#buffer = chunk;
    else {
      const joined = new Uint8Array(this.#buffer.length + chunk.length);
      joined.set(this.#buffer);
      joined.set(chunk, this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }

  /** Waits for one octet; false at the end. */
  async waitForData(): Promise<boolean> {
    while (this.#buffer.length === 0) if (!await this.#more()) return false;
    return true;
  }

  /**
   * A line without its LF or CR LF, each octet a character; `undefined` when the stream ends before the line does.
   * Throws {@link LineTooLong}.
   */
  async line(limit: number): Promise<string | undefined> {
    for (let searched = 0;;) {
      const end = this.#buffer.indexOf(LF, searched);
      if (end > limit || (end < 0 && this.#buffer.length > limit)) throw new LineTooLong(limit);
      if (end >= 0) {
        const stop = end > 0 && this.#buffer[end - 1] === CR ? end - 1 : end;
        const text = latin1.decode(this.#buffer.subarray(0, stop));
        this.#buffer = this.#buffer.subarray(end + 1);
        return text;
      }
      searched = this.#buffer.length;
      if (!await this.#more()) return undefined;
    }
  }

  /** What has arrived, between one and `most` octets; `undefined` at the end. */
  async take(most: number): Promise<Uint8Array | undefined> {
    if (!await this.waitForData()) return undefined;
    const taken = this.#buffer.subarray(0, most);
    this.#buffer = this.#buffer.subarray(taken.length);
    return taken;
  }
}
