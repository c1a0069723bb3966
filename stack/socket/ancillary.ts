/**
 * Control messages and I/O vectors as `sendmsg` and `recvmsg` lay them out in memory (cmsg(3)).
 *
 * @module
 */
import { getLong, putInt, putLong } from "../inet/abi.ts";
import { MSG_CTRUNC } from "../inet/constants.ts";
import { EINVAL } from "../inet/errno.ts";
import type { ControlMessage } from "../inet/sock.ts";

/** Size of `struct cmsghdr`. */
export const CMSG_HEADER = 16;

/** Octets that a control message of `length` octets of data takes, padding included (`CMSG_SPACE`). */
export function cmsgSpace(length: number): number {
  return CMSG_HEADER + ((length + 7) & ~7);
}

/** Lays control messages out in a buffer of `room` octets; what does not fit is cut and sets MSG_CTRUNC (`put_cmsg`). */
export function encodeControl(
  messages: readonly ControlMessage[],
  room: number,
): { readonly control: Uint8Array; readonly flags: number } {
  const buffer = new Uint8Array(
    Math.min(Math.max(room, 0), messages.reduce((sum, m) => sum + cmsgSpace(m.data.length), 0)),
  );
  let at = 0;
  let flags = 0;
  for (const message of messages) {
    const left = buffer.length - at;
    if (left < CMSG_HEADER) {
      flags |= MSG_CTRUNC;
      continue;
    }
    let length = CMSG_HEADER + message.data.length;
    if (left < length) {
      flags |= MSG_CTRUNC;
      length = left;
    }
    putLong(buffer, at, BigInt(length));
    putInt(buffer, at + 8, message.level);
    putInt(buffer, at + 12, message.type);
    buffer.set(message.data.subarray(0, length - CMSG_HEADER), at + CMSG_HEADER);
    at += Math.min(cmsgSpace(message.data.length), left);
  }
  return { control: buffer.subarray(0, at), flags };
}

/** Reads control messages; -EINVAL when one is shorter than its header or longer than the buffer (`CMSG_OK`). */
export function decodeControl(control: Uint8Array): ControlMessage[] | number {
  const messages: ControlMessage[] = [];
  for (let at = 0; at + CMSG_HEADER <= control.length;) {
    const length = Number(getLong(control, at));
    if (length < CMSG_HEADER || length > control.length - at) return -EINVAL;
    const view = new DataView(control.buffer, control.byteOffset + at);
    messages.push({
      level: view.getInt32(8, true),
      type: view.getInt32(12, true),
      data: control.slice(at + CMSG_HEADER, at + length),
    });
    at += (length + 7) & ~7;
  }
  return messages;
}
