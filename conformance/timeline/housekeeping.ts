/**
 * What hosts send by themselves.
 *
 * @module
 */
import { IPPROTO_ICMPV6, IPPROTO_IGMP } from "../../abi/socket_constants.ts";
import { isMldType } from "../../stack/wire/mld.ts";
import { isNdType } from "../../stack/wire/nd.ts";
import type { Script } from "../script/syntax.ts";
import type { LivePacket } from "./live.ts";

/** Kinds of such packets, by the words that scripts have for them. */
export type HousekeepingKind = "arp" | "igmp" | "nd" | "mld";

function kindOf(live: LivePacket): HousekeepingKind | undefined {
  if (live.arp !== undefined) return "arp";
  if (live.family === 4) return live.protocol === IPPROTO_IGMP ? "igmp" : undefined;
  if (live.protocol !== IPPROTO_ICMPV6) return undefined;
  const type = live.bytes[live.transport] ?? 0;
  return isNdType(type) ? "nd" : isMldType(type) ? "mld" : undefined;
}

/** Packets that every host sends by itself and that no script means: ARP, neighbour and router discovery, group reports. */
export function isHousekeeping(live: LivePacket): boolean {
  return kindOf(live) !== undefined;
}

/** Whether a packet is passed over in a script that has words for the kinds `worded`: of those, none is. */
export function isPassedOver(live: LivePacket, worded: ReadonlySet<HousekeepingKind>): boolean {
  const kind = kindOf(live);
  return kind !== undefined && !worded.has(kind);
}

/** The kinds that a script has words for. */
export function wordedKinds(script: Pick<Script, "events">): ReadonlySet<HousekeepingKind> {
  const kinds = new Set<HousekeepingKind>();
  for (const { action } of script.events) {
    if (action.kind !== "packet") continue;
    const { transport } = action;
    if (transport.kind === "arp") kinds.add("arp");
    else if (transport.kind === "message") kinds.add(transport.message.protocol);
  }
  return kinds;
}
