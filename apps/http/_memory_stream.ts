/**
 * Streams in memory, for tests.
 *
 * @module
 */
import type { HttpConnection } from "./server.ts";

const encoder = new TextEncoder();

/** Octets of a text. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** A connection on which `pieces` arrive one by one, and then the end. What is sent is kept. */
export class MemoryConnection implements HttpConnection {
  readonly sent: Uint8Array[] = [];
  readonly #pieces: Uint8Array[];
  closed = false;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces.filter((piece) => piece.length > 0);
  }

  recv(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#pieces.shift());
  }

  send(data: Uint8Array): Promise<void> {
    this.sent.push(data.slice());
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
  }

  /** Everything sent. */
  output(): Uint8Array {
    const all = new Uint8Array(this.sent.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.sent) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  text(): string {
    return new TextDecoder("latin1").decode(this.output());
  }
}

/** `data` cut at the given places. */
export function cut(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...places].map((place) => data.length === 0 ? 0 : place % data.length).sort((a, b) => a - b);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const place of [...at, data.length]) {
    pieces.push(data.slice(from, place));
    from = place;
  }
  return pieces;
}
