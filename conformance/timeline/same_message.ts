/**
 * Whether a message that the stack under test sent is the one that a script expects.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import type { PacketAction, WordedMessage } from "../script/syntax.ts";
import type { LivePacket } from "./live.ts";
import { liveSubject, messageProtocol, messageType, subjectOf, usualDestination } from "./messages.ts";

/** Whether a live message is of the expected kind, about the same, between the addresses that the script names. */
export function isSameMessage(live: LivePacket, packet: PacketAction, { message }: WordedMessage): boolean {
  if (live.protocol !== messageProtocol(message) || live.bytes[live.transport] !== messageType(message)) return false;
  if (subjectOf(message) !== liveSubject(live)) return false;
  const four = live.family === 4;
  const at = (address: IpAddress, offset: number) =>
    address.family === live.family && address.matches(live.bytes, offset);
  const { source, destination } = packet.addresses ?? {};
  const to = destination === undefined ? usualDestination(message) : IpAddress.parse(destination);
  if (to !== undefined && !at(to, live.ip + (four ? ipv4.DESTINATION : ipv6.DESTINATION))) return false;
  return source === undefined || at(IpAddress.parse(source), live.ip + (four ? ipv4.SOURCE : ipv6.SOURCE));
}

/** Whether a script expects just that kind of packet that hosts send by themselves. */
export function isHousekeepingWanted({ transport }: PacketAction, live: LivePacket): boolean {
  if (transport.kind === "arp" || live.arp !== undefined) return transport.kind === "arp" && live.arp !== undefined;
  if (transport.kind === "message") {
    const { message } = transport;
    return messageProtocol(message) === live.protocol && messageType(message) === live.bytes[live.transport];
  }
  if (transport.kind === "ip") return transport.protocol === live.protocol;
  return transport.kind === "icmp" && transport.type === live.bytes[live.transport];
}
