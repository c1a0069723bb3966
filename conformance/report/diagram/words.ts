/**
 * Taking the words of a packet apart.
 *
 * @module
 */
import type { PacketWords } from "./model.ts";

/** Flags and numbers of a segment, which people look at first. */
const SEGMENT = /^(?:\S+: )?(?:\[[^\]]*\] ?)*\S+ \d+:\d+\(\d+\)(?: ack \d+)?/;

/** Flags and numbers of a segment apart from the rest of its words; of anything else the first word. */
export function packetWords(text: string): PacketWords {
  const lead = SEGMENT.exec(text)?.[0] ?? /^\S+/.exec(text)?.[0] ?? "";
  return { lead, rest: text.slice(lead.length).trim() };
}
