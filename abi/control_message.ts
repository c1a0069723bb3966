/**
 * Control messages in memory: `struct cmsghdr` and its data (cmsg(3)).
 *
 * @module
 */
import { getInt, getLong, putInt, putLong } from "./memory.ts";

/** Size of `struct cmsghdr`: length, level, type. */
export const CMSG_HEADER = 16;
const CMSG_LEVEL = 8;
const CMSG_TYPE = 12;

/** A control message. */
export interface ControlMessage {
  /** `cmsg_level`: SOL_SOCKET and so on. */
  readonly level: number;
  /** `cmsg_type`, within the level. */
  readonly type: number;
  /** Its data, unpadded, as Linux lays them out. */
  readonly data: Uint8Array;
}

/** Octets that a control message of `length` octets of data takes, padding included (`CMSG_SPACE`). */
export function cmsgSpace(length: number): number {
  return CMSG_HEADER + ((length + 7) & ~7);
}

/** Lays control messages out in at most `room` octets; the first that does not fit is cut, those after it left out. */
export function encodeControl(
  messages: readonly ControlMessage[],
  room = Infinity,
): { readonly control: Uint8Array<ArrayBuffer>; readonly truncated: boolean } {
  const control = new Uint8Array(
    Math.min(Math.max(room, 0), messages.reduce((sum, m) => sum + cmsgSpace(m.data.length), 0)),
  );
  let at = 0;
  let truncated = false;
  for (const message of messages) {
    const left = control.length - at;
    if (left < CMSG_HEADER) {
      truncated = true;
      continue;
    }
    const length = Math.min(left, CMSG_HEADER + message.data.length);
    if (length < CMSG_HEADER + message.data.length) truncated = true;
    putLong(control, at, BigInt(length));
    putInt(control, at + CMSG_LEVEL, message.level);
    putInt(control, at + CMSG_TYPE, message.type);
    control.set(message.data.subarray(0, length - CMSG_HEADER), at + CMSG_HEADER);
    at += Math.min(cmsgSpace(message.data.length), left);
  }
  return { control: control.subarray(0, at), truncated };
}

/**
 * Reads control messages up to the first that is shorter than its header or longer than the buffer (`CMSG_OK`); `whole`
 * tells that there is none. The data are views.
 */
export function decodeControl(
  control: Uint8Array,
): { readonly messages: readonly ControlMessage[]; readonly whole: boolean } {
  const messages: ControlMessage[] = [];
  for (let at = 0; at + CMSG_HEADER <= control.length;) {
    const length = Number(getLong(control, at));
    if (length < CMSG_HEADER || length > control.length - at) return { messages, whole: false };
    messages.push({
      level: getInt(control, at + CMSG_LEVEL),
      type: getInt(control, at + CMSG_TYPE),
      data: control.subarray(at + CMSG_HEADER, at + length),
    });
    at += (length + 7) & ~7;
  }
  return { messages, whole: true };
}
