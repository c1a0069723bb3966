/**
 * What hosts send by themselves.
 *
 * @module
 */
import { IPPROTO_ICMPV6 } from "../../stack/wire/protocol.ts";
import type { LivePacket } from "./live.ts";

/** Packets that every host sends by itself and that no script means: neighbour and router discovery, group reports. */
export function isHousekeeping(live: LivePacket): boolean {
  if (live.family === 4) return live.protocol === 2;
  if (live.protocol !== IPPROTO_ICMPV6) return false;
  const type = live.bytes[live.transport] ?? 0;
  return (type >= 130 && type <= 137) || type === 143;
}
