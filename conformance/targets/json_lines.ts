/**
 * Messages as lines of JSON over a stream descriptor (socket, pipe), driven by the reactor. Needs `--allow-ffi`.
 *
 * @module
 */

import { EAGAIN, EINTR } from "../../abi/errno.ts";
import { SystemError } from "../../host/errno.ts";
import { EPOLL, type Reactor, type Watch } from "../../host/reactor.ts";
import { read, write } from "../../host/syscall.ts";
import { beginning } from "./adapter/words.ts";

/** Longest line taken, octets; a peer that sends more is broken. */
const MAX_LINE = 16 << 20;
/** Most octets waiting to be sent. */
const MAX_QUEUE = 64 << 20;
/** Characters shown of a line that is not JSON. */
const SHOWN_LINE = 200;

/** What happens on a channel. */
export interface JsonLinesHandlers {
  /** A message came, with the line that it was. What it throws ends the channel, as a peer that speaks another language does. */
  message(value: unknown, text: string): void;
  /** The other end is gone (`undefined`), or something broke. Called once; no message follows. */
  closed(error: Error | undefined): void;
}

/** One end. The descriptors must be non-blocking; closing them is up to the owner, after {@link JsonLines.close}. */
export class JsonLines {
  readonly #out: number;
  readonly #reactor: Reactor;
  readonly #handlers: JsonLinesHandlers;
  readonly #in: Watch;
  #outWatch: Watch | undefined;
  readonly #buffer = new Uint8Array(1 << 16);
  #line: Uint8Array<ArrayBuffer>[] = [];
  #lineLength = 0;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #queued = 0;
  #open = true;

  /** Reads from `input`, writes to `output` (which may be the same socket). */
  constructor(input: number, output: number, reactor: Reactor, handlers: JsonLinesHandlers) {
    this.#out = output;
    this.#reactor = reactor;
    this.#handlers = handlers;
    this.#in = reactor.watch(input, EPOLL.IN, () => this.#readable(input));
  }

  /** Sends a message; the rest of it later where the peer has no room now. */
  send(value: unknown): void {
    if (!this.#open) return;
    let bytes: Uint8Array<ArrayBuffer> = new TextEncoder().encode(JSON.stringify(value) + "\n");
    if (this.#queue.length === 0) {
      const sent = this.#write(bytes);
      if (sent === undefined) return;
      bytes = bytes.subarray(sent);
      if (bytes.length === 0) return;
    }
    this.#queued += bytes.length;
    if (this.#queued > MAX_QUEUE) {
      this.#end(new Error(`it does not read: ${this.#queued >> 20} MiB wait for it`));
      return;
    }
    this.#queue.push(bytes);
    this.#outWatch ??= this.#reactor.watch(this.#out, EPOLL.OUT, () => this.#flush());
  }

  /** Stops without calling a handler. */
  close(): void {
    this.#open = false;
    this.#in.close();
    this.#outWatch?.close();
    this.#outWatch = undefined;
    this.#queue = [];
    this.#line = [];
  }

  #end(error: Error | undefined): void {
    if (!this.#open) return;
    this.close();
    this.#handlers.closed(error);
  }

  #write(bytes: Uint8Array<ArrayBuffer>): number | undefined {
    let sent = 0;
    while (sent < bytes.length) {
      const result = write(this.#out, bytes.subarray(sent));
      if (result === -EAGAIN) return sent;
      if (result === -EINTR) continue;
      if (result < 0) {
        this.#end(new SystemError(-result, "write"));
        return undefined;
      }
      sent += result;
    }
    return sent;
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      const bytes = this.#queue[0]!;
      const sent = this.#write(bytes);
      if (sent === undefined) return;
      this.#queued -= sent;
      if (sent < bytes.length) {
        this.#queue[0] = bytes.subarray(sent);
        return;
      }
      this.#queue.shift();
    }
    this.#outWatch?.close();
    this.#outWatch = undefined;
  }

  #readable(input: number): void {
    const length = read(input, this.#buffer);
    if (length === -EAGAIN || length === -EINTR) return;
    if (length < 0) return this.#end(new SystemError(-length, "read"));
    if (length === 0) return this.#end(undefined);
    let start = 0;
    while (start < length && this.#open) {
      const newline = this.#buffer.subarray(0, length).indexOf(10, start);
      if (newline < 0) break;
      this.#line.push(this.#buffer.slice(start, newline));
      start = newline + 1;
      this.#finishLine();
    }
    if (!this.#open || start >= length) return;
    this.#line.push(this.#buffer.slice(start, length));
    this.#lineLength += length - start;
    if (this.#lineLength > MAX_LINE) this.#end(new Error(`it sent a line of more than ${MAX_LINE >> 20} MiB`));
  }

  #finishLine(): void {
    const line = this.#line.length === 1 ? this.#line[0]! : joined(this.#line);
    this.#line = [];
    this.#lineLength = 0;
    const text = new TextDecoder().decode(line);
    if (text.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.#end(new Error(`it sent a line that is not JSON: ${beginning(text, SHOWN_LINE)}`));
    }
    try {
      this.#handlers.message(value, text);
    } catch (error) {
      this.#end(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
