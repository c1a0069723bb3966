/**
 * What is an acknowledgement and nothing else.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import type { Step } from "./track.ts";

const ECN_FLAGS = tcp.ECE | tcp.CWR | tcp.AE;

/** Packets that follow each other within this came in a row, and are read together, µs. */
export const TOGETHER_US = 1_000;

/** Whether the stack sends an acknowledgement and nothing else. */
export function isBareAcknowledgement({ from, segment }: Step): boolean {
  return from === "local" && segment !== undefined && segment.length === 0 && (segment.flags & ~ECN_FLAGS) === tcp.ACK;
}
