/**
 * Connections in memory, for tests.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { StreamConnection } from "../stream_connection.ts";

/** Octets of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A connection on which `pieces` arrive one by one, and then the end unless told otherwise. What is sent is kept. */
export class MemoryConnection implements StreamConnection {
  /** What was sent, write by write. */
  readonly sent: Uint8Array[] = [];
  /** How it ended. */
  ended: "close" | "reset" | undefined;
  readonly #pieces: Uint8Array[];

  constructor(pieces: readonly Uint8Array[], private readonly options: { stays?: boolean; reads?: boolean } = {}) {
    this.#pieces = pieces.filter((piece) => piece.length > 0);
  }

  recv(): Promise<Uint8Array | undefined> {
    const piece = this.#pieces.shift();
    return piece === undefined && this.options.stays ? new Promise(() => {}) : Promise.resolve(piece);
  }

  send(data: Uint8Array): Promise<void> {
    this.sent.push(data.slice());
    return this.options.reads === false ? new Promise(() => {}) : Promise.resolve();
  }

  finish(): void {}

  close(): void {
    this.ended ??= "close";
  }

  reset(): void {
    this.ended ??= "reset";
  }

  /** Everything sent, each octet a character. */
  text(): string {
    return Buffer.concat(this.sent).toString("latin1");
  }
}
