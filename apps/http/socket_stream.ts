/**
 * A TCP connection of our stack as the stream that `node:http` speaks on.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import type { StreamConnection } from "../stream_connection.ts";

type Done = (error?: Error | null) => void;

/** Reads only when asked to and takes one write at a time, so that what is buffered stays bounded. */
export class SocketStream extends Duplex {
  readonly #connection: StreamConnection;
  #turn: Promise<void> = Promise.resolve();
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #idle: { readonly ms: number; timer: ReturnType<typeof setTimeout> } | undefined;

  /** A stream that owns `connection` and closes it. */
  constructor(connection: StreamConnection) {
    super();
    this.#connection = connection;
  }

  override _read(): void {
    this.#connection.recv().then((data) => {
      this.#active();
      this.push(data ?? null);
    }, (error) => this.destroy(error));
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#connection.send(chunk).then(() => {
      this.#active();
      done();
    }, done);
  }

  /** A head and the first octets of its body leave in one write. */
  override _writev(chunks: { readonly chunk: Uint8Array }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "buffer", done);
  }

  override _final(done: Done): void {
    try {
      this.#connection.finish();
      done();
    } catch (error) {
      // The peer may have reset the connection meanwhile.
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _destroy(error: Error | null, done: Done): void {
    clearTimeout(this.#idle?.timer);
    clearTimeout(this.#deadline);
    // What was still being sent will never be: only a reset tells the peer.
    if (error !== null || !this.writableFinished) this.#connection.reset();
    else this.#connection.close();
    done(error);
  }

  /** Runs `task` once those before it have settled: requests may be sent before their answers have come. */
  inTurn(task: () => Promise<void> | void): Promise<void> {
    return this.#turn = this.#turn.then(task);
  }

  /** Ends the connection with a reset unless told otherwise within `ms`; 0 takes that back. */
  within(ms: number): void {
    clearTimeout(this.#deadline);
    if (ms <= 0 || this.destroyed) return;
    this.#deadline = setTimeout(() => this.destroy(new Error(`the client took more than ${ms} ms`)), ms);
  }

  /** As `net.Socket`'s: emits `timeout` after `ms` without an octet in either direction; 0 ends that. */
  setTimeout(ms: number, listener?: () => void): this {
    clearTimeout(this.#idle?.timer);
    this.#idle = undefined;
    if (ms > 0) {
      if (listener !== undefined) this.once("timeout", listener);
      this.#idle = { ms, timer: this.#startIdle(ms) };
    }
    return this;
  }

  #startIdle(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.emit("timeout"), ms);
  }

  #active(): void {
    if (this.#idle === undefined || this.destroyed) return;
    clearTimeout(this.#idle.timer);
    this.#idle.timer = this.#startIdle(this.#idle.ms);
  }

  /** As `net.Socket`'s. The stack's socket is set up by whoever made it. */
  setNoDelay(): this {
    return this;
  }

  /** As {@link setNoDelay}. */
  setKeepAlive(): this {
    return this;
  }

  /** As `net.Socket`'s: nothing here keeps a program from ending. */
  ref(): this {
    return this;
  }

  /** As {@link ref}. */
  unref(): this {
    return this;
  }
}
