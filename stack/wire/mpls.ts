/**
 * MPLS label stacks: RFC 3032 section 2.1, traffic class RFC 5462.
 *
 * @module
 */
import { get32, set32 } from "./bytes.ts";
import { field, type FieldLayout, type Parsed, WireError } from "./error.ts";

/** Length of a stack entry. */
export const ENTRY_LENGTH = 4;
/** Most entries of a stack that are looked at. */
export const MAX_ENTRIES = 16;
/** Label: IPv4 explicit null, at the bottom of the stack. */
export const LABEL_IPV4_EXPLICIT_NULL = 0;
/** Label: IPv6 explicit null, at the bottom of the stack. */
export const LABEL_IPV6_EXPLICIT_NULL = 2;

/** The layout of one entry. */
export const FIELDS: readonly FieldLayout[] = [
  field("label", 0, 20),
  field("trafficClass", 2, 3, 4),
  field("bottomOfStack", 2, 1, 7),
  field("timeToLive", 3, 8),
];

/** What can be wrong with a stack. "too-many": no bottom among the first {@link MAX_ENTRIES}. */
export type Problem = "truncated" | "too-many";

/** 20 bits. */
export function label(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset) >>> 12;
}

/** Three bits, formerly EXP. */
export function trafficClass(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 2]! >> 1) & 7;
}

/** Whether this is the last entry. */
export function bottomOfStack(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + 2]! & 1) !== 0;
}

/** The time to live of this entry. */
export function timeToLive(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 3]!;
}

/** Checks the stack that starts at `bytes[offset, end)`: it has a bottom. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  for (let i = 0; i < MAX_ENTRIES; i++, offset += ENTRY_LENGTH) {
    if (end - offset < ENTRY_LENGTH) return "truncated";
    if (bottomOfStack(bytes, offset)) return undefined;
  }
  return "too-many";
}

/** A decoded entry. */
export interface MplsEntry {
  readonly label: number;
  readonly trafficClass: number;
  readonly bottomOfStack: boolean;
  readonly timeToLive: number;
}

/** A decoded stack, top first. */
export interface MplsHeader {
  readonly entries: readonly MplsEntry[];
}

/** Decodes the stack at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<MplsHeader> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("mpls", problem, offset);
  const entries: MplsEntry[] = [];
  let at = offset;
  do {
    entries.push({
      label: label(bytes, at),
      trafficClass: trafficClass(bytes, at),
      bottomOfStack: bottomOfStack(bytes, at),
      timeToLive: timeToLive(bytes, at),
    });
    at += ENTRY_LENGTH;
  } while (!bottomOfStack(bytes, at - ENTRY_LENGTH));
  return { header: { entries }, headerLength: at - offset, payloadOffset: at, end };
}

/** The stack's bytes. Each entry's own `bottomOfStack` is written. */
export function emit(header: MplsHeader): Uint8Array {
  const bytes = new Uint8Array(ENTRY_LENGTH * header.entries.length);
  header.entries.forEach((entry, i) => {
    const low = ((entry.trafficClass & 7) << 9) | (entry.bottomOfStack ? 0x100 : 0) | (entry.timeToLive & 0xff);
    set32(bytes, ENTRY_LENGTH * i, (entry.label << 12) | low);
  });
  return bytes;
}

/** As packetdrill's dumps: "mpls (label 5, tc 0, [S], ttl 64)". */
export function format(header: MplsHeader): string {
  const entries = header.entries.map((entry) =>
    `(label ${entry.label}, tc ${entry.trafficClass}, ${entry.bottomOfStack ? "[S], " : ""}ttl ${entry.timeToLive})`
  );
  return `mpls ${entries.join(" ")}`;
}
