/**
 * Ancillary data of `sendmsg` and `recvmsg` (`cmsg(3)`) and the `msghdr` structure, both as on 64-bit Linux.
 *
 * @module
 */

import { addressOf } from "./syscall.ts";

/** One control message. */
export interface ControlMessage {
  /** Protocol level, SOL_SOCKET and so on. */
  readonly level: number;
  /** Type within the level. */
  readonly type: number;
  /** Its data, unpadded. */
  readonly data: Uint8Array<ArrayBuffer>;
}

const CMSG_HEADER = 16;

function align8(length: number): number {
  return (length + 7) & ~7;
}

/** Encodes control messages, each padded to eight bytes (the CMSG_SPACE of the last one included). */
export function encodeControl(messages: readonly ControlMessage[]): Uint8Array<ArrayBuffer> {
  const total = messages.reduce((sum, message) => sum + CMSG_HEADER + align8(message.data.length), 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { level, type, data } of messages) {
    view.setBigUint64(at, BigInt(CMSG_HEADER + data.length), true);
    view.setInt32(at + 8, level, true);
    view.setInt32(at + 12, type, true);
    bytes.set(data, at + CMSG_HEADER);
    at += CMSG_HEADER + align8(data.length);
  }
  return bytes;
}

/** Decodes control messages; stops at the first one that does not fit. The data are views into `bytes`. */
export function decodeControl(bytes: Uint8Array<ArrayBuffer>): ControlMessage[] {
  const messages: ControlMessage[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at + CMSG_HEADER <= bytes.length) {
    const length = Number(view.getBigUint64(at, true));
    if (length < CMSG_HEADER || at + length > bytes.length) break;
    messages.push({
      level: view.getInt32(at + 8, true),
      type: view.getInt32(at + 12, true),
      data: bytes.subarray(at + CMSG_HEADER, at + length),
    });
    at += align8(length);
  }
  return messages;
}

/** Parts of a `msghdr`; an absent part is a null pointer of length 0. */
export interface MessageParts {
  /** Socket address. */
  readonly name?: Uint8Array<ArrayBuffer> | undefined;
  /** Data, in order. */
  readonly buffers: readonly Uint8Array<ArrayBuffer>[];
  /** Control messages, encoded. */
  readonly control?: Uint8Array<ArrayBuffer> | undefined;
  /** `msg_flags`, which the kernel ignores on input except for what it writes back. */
  readonly flags?: number | undefined;
}

/**
 * A `struct msghdr` with its `iovec`s. The object must stay referenced while the kernel may use it.
 */
export class MessageHeader {
  /** The structure itself. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(56);
  /** The `iovec` array. */
  readonly iovec: Uint8Array<ArrayBuffer>;
  /** The memory that the structure points to. */
  readonly parts: MessageParts;
  readonly #view: DataView;

  /** Builds the structure. */
  constructor(parts: MessageParts) {
    this.parts = parts;
    this.iovec = encodeIovec(parts.buffers);
    const view = this.#view = new DataView(this.bytes.buffer);
    if (parts.name) view.setBigUint64(0, addressOf(parts.name), true);
    if (parts.buffers.length > 0) view.setBigUint64(16, addressOf(this.iovec), true);
    view.setBigUint64(24, BigInt(parts.buffers.length), true);
    if (parts.control) view.setBigUint64(32, addressOf(parts.control), true);
    this.reset();
  }

  /** Puts back the lengths that a `recvmsg` overwrote. */
  reset(): void {
    this.#view.setUint32(8, this.parts.name?.length ?? 0, true);
    this.#view.setBigUint64(40, BigInt(this.parts.control?.length ?? 0), true);
    this.#view.setInt32(48, this.parts.flags ?? 0, true);
  }

  /** `msg_namelen`. */
  get nameLength(): number {
    return this.#view.getUint32(8, true);
  }

  /** `msg_controllen`. */
  get controlLength(): number {
    return Number(this.#view.getBigUint64(40, true));
  }

  /** `msg_flags`. */
  get flags(): number {
    return this.#view.getInt32(48, true);
  }
}

/** An array of `struct iovec`. The buffers must stay referenced while the kernel may use them. */
export function encodeIovec(buffers: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 * buffers.length);
  const view = new DataView(bytes.buffer);
  buffers.forEach((buffer, i) => {
    view.setBigUint64(16 * i, buffer.length > 0 ? addressOf(buffer) : 0n, true);
    view.setBigUint64(16 * i + 8, BigInt(buffer.length), true);
  });
  return bytes;
}
