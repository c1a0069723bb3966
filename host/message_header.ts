/**
 * The `msghdr` structure of `sendmsg` and `recvmsg`, pointing to memory of this process.
 *
 * @module
 */

import {
  encodeMessageHeader,
  IOVEC_SIZE,
  messageControlLength,
  messageFlags,
  messageNameLength,
  putIovec,
  putMessageLengths,
} from "../abi/message_header.ts";
import { addressOf } from "./syscall.ts";

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

/** A `struct msghdr` with its `iovec`s. The object must stay referenced while the kernel may use it. */
export class MessageHeader {
  /** The structure itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The `iovec` array. */
  readonly iovec: Uint8Array<ArrayBuffer>;
  /** The memory that the structure points to. */
  readonly parts: MessageParts;

  /** Builds the structure. */
  constructor(parts: MessageParts) {
    this.parts = parts;
    this.iovec = encodeIovec(parts.buffers);
    this.bytes = encodeMessageHeader({
      name: parts.name ? addressOf(parts.name) : 0n,
      iov: parts.buffers.length > 0 ? addressOf(this.iovec) : 0n,
      iovLength: parts.buffers.length,
      control: parts.control ? addressOf(parts.control) : 0n,
      ...lengths(parts),
    });
  }

  /** Puts back the lengths that a `recvmsg` overwrote. */
  reset(): void {
    putMessageLengths(this.bytes, lengths(this.parts));
  }

  /** `msg_namelen`. */
  get nameLength(): number {
    return messageNameLength(this.bytes);
  }

  /** `msg_controllen`. */
  get controlLength(): number {
    return messageControlLength(this.bytes);
  }

  /** `msg_flags`. */
  get flags(): number {
    return messageFlags(this.bytes);
  }
}

function lengths(parts: MessageParts) {
  return {
    nameLength: parts.name?.length ?? 0,
    controlLength: parts.control?.length ?? 0,
    flags: parts.flags ?? 0,
  };
}

/** An array of `struct iovec`. The buffers must stay referenced while the kernel may use them. */
export function encodeIovec(buffers: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(IOVEC_SIZE * buffers.length);
  buffers.forEach((buffer, i) => putIovec(bytes, i, buffer.length > 0 ? addressOf(buffer) : 0n, buffer.length));
  return bytes;
}
