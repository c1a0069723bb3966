/**
 * The extension structure of ICMP and ICMPv6 error messages: RFC 4884 section 7. Where it starts, `quotedEnd` of
 * `icmpv4.ts` and `icmpv6.ts` say.
 *
 * @module
 */
import { get16, set16 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { type Parsed, WireError } from "./error.ts";

/** The version field's value. */
export const VERSION = 2;
/** Length of the structure without objects. */
export const HEADER_LENGTH = 4;
/** Length of an object without its payload. */
export const OBJECT_HEADER_LENGTH = 4;

/** The quoted packet of a message with extensions is padded to at least this many bytes. */
export const MIN_QUOTED_LENGTH = 128;

/** Class number of MPLS label stacks, RFC 4950. */
export const CLASS_MPLS = 1;
/** Class number of interface information, RFC 5837. */
export const CLASS_INTERFACE = 2;

/** What can be wrong with a structure. "object-length": below 4 or beyond the end. */
export type Problem = "truncated" | "version" | "checksum" | "object-length";

/** Checks the structure `bytes[start, end)`. A checksum of 0 means none was computed. */
export function check(bytes: Uint8Array, start: number, end: number): Problem | undefined {
  if (end - start < HEADER_LENGTH) return "truncated";
  if (bytes[start]! >> 4 !== VERSION) return "version";
  if (get16(bytes, start + 2) !== 0 && internetChecksum(bytes, start, end) !== 0) return "checksum";
  for (let at = start + HEADER_LENGTH; at < end;) {
    const length = at + OBJECT_HEADER_LENGTH <= end ? get16(bytes, at) : 0;
    if (length < OBJECT_HEADER_LENGTH || at + length > end) return "object-length";
    at += length;
  }
  return undefined;
}

/** One object of the structure. */
export interface IcmpExtensionObject {
  readonly classNum: number;
  readonly cType: number;
  readonly payload: Uint8Array;
}

/** A decoded structure. */
export interface IcmpExtension {
  readonly version: number;
  /** Twelve bits. */
  readonly reserved: number;
  readonly checksum: number;
  readonly objects: readonly IcmpExtensionObject[];
}

/** Decodes the structure `bytes[offset, end)`; all of it, so that nothing is left as payload. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<IcmpExtension> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined && problem !== "checksum") throw new WireError("icmp-extension", problem, offset);
  const objects: IcmpExtensionObject[] = [];
  for (let at = offset + HEADER_LENGTH; at < end;) {
    const length = get16(bytes, at);
    objects.push(parseObject(bytes, at, end, length));
    at += length;
  }
  const word = get16(bytes, offset);
  return {
    header: { version: word >> 12, reserved: word & 0xfff, checksum: get16(bytes, offset + 2), objects },
    headerLength: end - offset,
    payloadOffset: end,
    end,
  };
}

function parseObject(bytes: Uint8Array, at: number, end: number, length: number): IcmpExtensionObject {
  // check() stops at a wrong checksum, before it has seen the objects.
  if (at + OBJECT_HEADER_LENGTH > end || length < OBJECT_HEADER_LENGTH || at + length > end) {
    throw new WireError("icmp-extension", "object-length", at);
  }
  return { classNum: bytes[at + 2]!, cType: bytes[at + 3]!, payload: bytes.slice(at + 4, at + length) };
}

/** The structure's bytes; the checksum is computed unless given. */
export function emit(extension: Partial<IcmpExtension>): Uint8Array {
  const objects = extension.objects ?? [];
  const length = objects.reduce((sum, object) => sum + OBJECT_HEADER_LENGTH + object.payload.length, HEADER_LENGTH);
  const bytes = new Uint8Array(length);
  set16(bytes, 0, ((extension.version ?? VERSION) << 12) | ((extension.reserved ?? 0) & 0xfff));
  let at = HEADER_LENGTH;
  for (const object of objects) {
    set16(bytes, at, OBJECT_HEADER_LENGTH + object.payload.length);
    bytes[at + 2] = object.classNum;
    bytes[at + 3] = object.cType;
    bytes.set(object.payload, at + OBJECT_HEADER_LENGTH);
    at += OBJECT_HEADER_LENGTH + object.payload.length;
  }
  set16(bytes, 2, extension.checksum ?? internetChecksum(bytes, 0, length));
  return bytes;
}

/** "extension <class 1 type 1 (4)>". */
export function format(extension: IcmpExtension): string {
  const objects = extension.objects.map(({ classNum, cType, payload }) =>
    `class ${classNum} type ${cType} (${payload.length})`
  );
  return `extension <${objects.join(",")}>`;
}
