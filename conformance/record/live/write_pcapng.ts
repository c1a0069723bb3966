/**
 * Frames as a pcapng file.
 *
 * @module
 */
import { block, concatenate, END_OF_OPTIONS, option, padded, words } from "../../report/pcapng_blocks.ts";
import type { Frame } from "../capture/frame.ts";
import { ENHANCED_PACKET, INTERFACE_DESCRIPTION, PACKET_FLAGS, SECTION_HEADER } from "../capture/pcapng.ts";

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION_1_0 = 1;
const UNKNOWN_LENGTH = 0xffffffff;
const U32 = 2 ** 32;

/** The file. Times are in µs. */
export function pcapngOf(frames: readonly Frame[]): Uint8Array {
  const ports = Math.max(0, ...new Set(frames.map(({ port }) => port))) + 1;
  const linkTypes = Array.from({ length: ports }, (_, port) => frames.find((frame) => frame.port === port)?.linkType);
  return concatenate([
    block(SECTION_HEADER, [words(BYTE_ORDER_MAGIC, VERSION_1_0, UNKNOWN_LENGTH, UNKNOWN_LENGTH)]),
    ...linkTypes.map((linkType) => block(INTERFACE_DESCRIPTION, [words(linkType ?? 0, 0)])),
    ...frames.map(packetBlock),
  ]);
}

function packetBlock({ time_us, port, bytes, length, direction }: Frame): Uint8Array {
  const body = new Uint8Array(padded(bytes.length));
  body.set(bytes);
  const stamp = Math.floor(time_us);
  return block(ENHANCED_PACKET, [
    words(port, Math.floor(stamp / U32), stamp % U32, bytes.length, length),
    body,
    ...(direction === undefined ? [] : [option(PACKET_FLAGS, words(direction === "received" ? 1 : 2)), END_OF_OPTIONS]),
  ]);
}
