/**
 * MPLS label stacks: RFC 3032 section 2.1, traffic class RFC 5462.
 *
 * @module
 */
import { get32, set32 } from "./bytes.ts";

/** Length of a stack entry. */
export const ENTRY_LENGTH = 4;

const LABEL_SHIFT = 12;
const TRAFFIC_CLASS_SHIFT = 9;
const BOTTOM = 0x100;

/** An entry of a stack. */
export interface MplsEntry {
  /** 20 bits. */
  readonly label: number;
  /** Three bits, formerly EXP. */
  readonly trafficClass: number;
  /** The last entry of its stack. */
  readonly bottom: boolean;
  readonly ttl: number;
}

/** The 32 bits of an entry. */
export function wordOf(entry: MplsEntry): number {
  const bottom = entry.bottom ? BOTTOM : 0;
  return ((entry.label << LABEL_SHIFT) | ((entry.trafficClass & 7) << TRAFFIC_CLASS_SHIFT) | bottom |
    (entry.ttl & 0xff)) >>> 0;
}

/** The 32 bits of the entry at `offset`. */
export function word(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset);
}

/** The octets of these entries. Which is the bottom is each one's own say. */
export function emit(entries: readonly MplsEntry[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(ENTRY_LENGTH * entries.length);
  entries.forEach((entry, i) => set32(bytes, ENTRY_LENGTH * i, wordOf(entry)));
  return bytes;
}

/** Length of the stack that starts at `bytes[offset, end)`, its bottom included; 0 if there is none. */
export function stackLength(bytes: Uint8Array, offset: number, end: number): number {
  for (let at = offset; at + ENTRY_LENGTH <= end; at += ENTRY_LENGTH) {
    if ((word(bytes, at) & BOTTOM) !== 0) return at + ENTRY_LENGTH - offset;
  }
  return 0;
}
