/**
 * Netlink messages and a socket that exchanges them with the kernel, synchronously (the kernel answers a request
 * within the `sendto`). See `netlink(7)`, `rtnetlink(7)` and `linux/netlink.h`. Needs `--allow-ffi`.
 *
 * @module
 */

import { AF_NETLINK, MSG_DONTWAIT, MSG_TRUNC, SOCK_CLOEXEC, SOCK_RAW, SOL_NETLINK } from "../abi/socket_constants.ts";
import { check, SystemError } from "./errno.ts";
import { native } from "./native.ts";
import { close, must, SYS } from "./syscall.ts";

const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER = 16;
const NLMSGERR_ATTR_MSG = 1;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;

/** Flags of a request. */
export const NLM_F = {
  REQUEST: 1,
  ACK: 4,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

/** Most bytes of answers that one request may bring; a dump of a few thousand routes is far below. */
const MAX_REPLY = 16 << 20;

/** One attribute: type and payload. */
export interface Attribute {
  readonly type: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** One message from the kernel, without its header. */
export interface NetlinkMessage {
  readonly type: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Joins parts, each padded to four bytes. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + align4(part.length), 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += align4(part.length);
  }
  return bytes;
}

/** Encodes one attribute (header and payload, unpadded). Throws a `RangeError` where the payload is too long. */
export function attribute(type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (payload.length > 0xfffb) throw new RangeError(`A netlink attribute of ${payload.length} bytes`);
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint16(0, bytes.length, true);
  new DataView(bytes.buffer).setUint16(2, type, true);
  bytes.set(payload, 4);
  return bytes;
}

/** A 32-bit payload in the machine's byte order. */
export function u32(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

/** A string payload with its zero byte. */
export function zstring(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text + "\0");
}

/** Attributes in `bytes` from `offset` on. Stops at the first one that does not fit; never reads beyond. */
export function parseAttributes(bytes: Uint8Array<ArrayBuffer>, offset = 0): Attribute[] {
  const attributes: Attribute[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  while (offset + 4 <= bytes.length) {
    const length = view.getUint16(offset, true);
    if (length < 4 || offset + length > bytes.length) break;
    // The two highest bits say "nested" and "network byte order".
    attributes.push({
      type: view.getUint16(offset + 2, true) & 0x3fff,
      payload: bytes.subarray(offset + 4, offset + length),
    });
    offset += align4(length);
  }
  return attributes;
}

/** Text of a string attribute, up to its zero byte. */
export function stringOf(payload: Uint8Array): string {
  const end = payload.indexOf(0);
  return new TextDecoder().decode(end < 0 ? payload : payload.subarray(0, end));
}

/** A netlink socket. It belongs to the network namespace in which it was made, whichever the thread is in later. */
export class NetlinkSocket implements Disposable {
  readonly fd: number;
  #sequence = 1;
  readonly #receive = new Uint8Array(64 << 10);

  /** `protocol`: 0 is rtnetlink. */
  constructor(protocol = 0) {
    this.fd = must("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    const one = u32(1);
    // Older kernels lack these two; errors then come without the kernel's explanation.
    native().setsockopt(SYS.setsockopt, this.fd, SOL_NETLINK, NETLINK_EXT_ACK, one, 4);
    native().setsockopt(SYS.setsockopt, this.fd, SOL_NETLINK, NETLINK_CAP_ACK, one, 4);
  }

  /**
   * Sends one request and returns the kernel's answers.
   *
   * @param what names the request in an error
   * @throws {SystemError} the kernel's error with its extended message
   */
  request(type: number, flags: number, body: Uint8Array, what: string): NetlinkMessage[] {
    const sequence = this.#sequence++;
    const message = new Uint8Array(HEADER + body.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, message.length, true);
    view.setUint16(4, type, true);
    view.setUint16(6, flags | NLM_F.REQUEST | NLM_F.ACK, true);
    view.setUint32(8, sequence, true);
    message.set(body, HEADER);
    check(native().sendto(SYS.sendto, this.fd, message, message.length, 0, null, 0), what);
    return this.#collect(sequence, what);
  }

  #collect(sequence: number, what: string): NetlinkMessage[] {
    const messages: NetlinkMessage[] = [];
    let total = 0;
    for (;;) {
      const length = native().sendto(
        SYS.recvfrom,
        this.fd,
        this.#receive,
        this.#receive.length,
        MSG_DONTWAIT | MSG_TRUNC,
        null,
        0,
      );
      check(length, what, "no answer from netlink");
      total += length;
      if (length > this.#receive.length || total > MAX_REPLY) {
        throw new SystemError(90, what, `the answer is longer than netproof accepts (${length} bytes)`);
      }
      const done = this.#parse(this.#receive.slice(0, length), sequence, what, messages);
      if (done) return messages;
    }
  }

  #parse(bytes: Uint8Array<ArrayBuffer>, sequence: number, what: string, into: NetlinkMessage[]): boolean {
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + HEADER <= bytes.length;) {
      const length = view.getUint32(at, true);
      if (length < HEADER || at + length > bytes.length) {
        throw new SystemError(74, what, "a malformed netlink answer");
      }
      const type = view.getUint16(at + 4, true);
      const flags = view.getUint16(at + 6, true);
      const payload = bytes.subarray(at + HEADER, at + length);
      if (view.getUint32(at + 8, true) === sequence) {
        if (type === NLMSG_DONE) return true;
        if (type === NLMSG_ERROR) {
          throwError(payload, flags, what);
          return true;
        }
        into.push({ type, payload });
      }
      at += align4(length);
    }
    return false;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    close(this.fd);
  }
}

function throwError(payload: Uint8Array<ArrayBuffer>, flags: number, what: string): void {
  if (payload.length < 4 + HEADER) throw new SystemError(74, what, "a malformed netlink error");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const error = view.getInt32(0, true);
  if (error === 0) return;
  let detail: string | undefined;
  if (flags & NLM_F_ACK_TLVS) {
    const echoed = flags & NLM_F_CAPPED ? HEADER : view.getUint32(4, true);
    const found = parseAttributes(payload, 4 + align4(echoed)).find((a) => a.type === NLMSGERR_ATTR_MSG);
    if (found) detail = stringOf(found.payload);
  }
  throw new SystemError(-error, what, detail);
}
