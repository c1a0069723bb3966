/**
 * Ethernet and ARP of script packets: the frames that are injected, and those that are expected.
 *
 * @module
 */
import { IpAddress, MacAddress } from "../../stack/wire/address.ts";
import * as arp from "../../stack/wire/arp.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import * as ethernet from "../../stack/wire/ethernet.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import type { ArpMessage, EthernetInfo, PacketAction } from "../script/syntax.ts";
import { type EthernetEnds, UnsupportedError } from "../targets/target.ts";
import type { Comparison } from "./fields.ts";
import type { LivePacket } from "./live.ts";
import { ipVersion } from "../../stack/wire/ip_version.ts";

/** The ends of the world's Ethernet link. Throws `UnsupportedError` for a world without. */
export function ethernetEnds(ends: EthernetEnds | undefined): EthernetEnds {
  if (ends === undefined) throw new UnsupportedError("Ethernet on this target");
  return ends;
}

/** A packet to inject with its Ethernet header in front. */
export function frameOf(
  packet: Uint8Array,
  type: number,
  info: EthernetInfo | undefined,
  ends: EthernetEnds,
): Uint8Array {
  const destination = info?.destination === undefined
    ? destinationOf(packet, type, ends)
    : MacAddress.parse(info.destination);
  const tags = info?.vlan === undefined ? [] : [{ type: ethernet.ETH_P_8021Q, pcp: 0, dei: false, vid: info.vlan }];
  const source = info?.source === undefined ? MacAddress.parse(ends.peer) : MacAddress.parse(info.source);
  return concatBytes(ethernet.emit({ destination, source, tags, etherType: type }), packet);
}

/** An IP packet as it is injected: on a link that is Ethernet, in a frame. */
export function framed(
  packet: Uint8Array,
  ends: EthernetEnds | undefined,
  info: EthernetInfo | undefined = undefined,
): Uint8Array {
  return ends === undefined ? packet : frameOf(packet, etherTypeOf(packet), info, ends);
}

/** Where a sender would send a packet. */
function destinationOf(packet: Uint8Array, type: number, ends: EthernetEnds): MacAddress {
  if (type === ethernet.ETH_P_ARP) {
    return arp.operation(packet, 0) === arp.ARPOP_REQUEST ? MacAddress.BROADCAST : MacAddress.parse(ends.own);
  }
  const address = ipVersion(packet, 0) === ipv4.VERSION ? ipv4.destination(packet, 0) : ipv6.destination(packet, 0);
  if (address.isBroadcast) return MacAddress.BROADCAST;
  return address.isMulticast ? MacAddress.forMulticast(address) : MacAddress.parse(ends.own);
}

/** The type of a frame that carries an IP packet. */
function etherTypeOf(packet: Uint8Array): number {
  return ipVersion(packet, 0) === ipv6.VERSION ? ethernet.ETH_P_IPV6 : ethernet.ETH_P_IP;
}

/** The addresses that ARP has where a script says nothing. */
export interface ArpDefaults {
  readonly local: IpAddress;
  readonly remote: IpAddress;
}

/** An ARP packet to inject. */
export function buildArp(message: ArpMessage, ends: EthernetEnds, defaults: ArpDefaults): Uint8Array {
  const address = (text: string | undefined, otherwise: IpAddress) =>
    text === undefined ? otherwise : IpAddress.parse(text);
  const request = message.operation === arp.ARPOP_REQUEST;
  return arp.emit({
    operation: message.operation,
    senderHardware: MacAddress.parse(message.senderHardware ?? ends.peer),
    senderProtocol: address(message.sender, defaults.remote),
    targetHardware: message.targetHardware === undefined
      ? request ? MacAddress.ZERO : MacAddress.parse(ends.own)
      : MacAddress.parse(message.targetHardware),
    targetProtocol: address(message.target, defaults.local),
  });
}

/** Whether a live ARP packet is about the same addresses as the expected one. */
export function isSameArp(live: LivePacket, message: ArpMessage): boolean {
  const { arp: came } = live;
  if (came === undefined || came.operation !== message.operation) return false;
  if (message.operation === arp.ARPOP_REQUEST) return message.target === came.targetProtocol.key;
  return message.sender === came.senderProtocol.key;
}

/** Compares what a script names of an ARP packet; who sends it says so with its own MAC address. */
export function compareArp(comparison: Comparison, live: LivePacket, message: ArpMessage, ends: EthernetEnds): void {
  const came = live.arp!;
  text(comparison, "arp_sender", message.sender, came.senderProtocol.key);
  text(comparison, "arp_target", message.target, came.targetProtocol.key);
  text(comparison, "arp_sha", message.senderHardware ?? ends.own, came.senderHardware.key);
  text(comparison, "arp_tha", message.targetHardware, came.targetHardware.key);
}

/** Compares what a script names of an Ethernet header; the source is the stack's own unless it says otherwise. */
export function compareEthernet(
  comparison: Comparison,
  live: LivePacket,
  packet: PacketAction,
  ends: EthernetEnds,
): void {
  const header = live.ethernet;
  if (header === undefined) return;
  const { ethernet: info } = packet;
  text(comparison, "eth_source", info?.source ?? ends.own, header.source.key);
  text(comparison, "eth_destination", info?.destination, header.destination.key);
  text(
    comparison,
    "eth_vlan",
    info?.vlan === undefined ? "none" : String(info.vlan),
    String(header.tags[0]?.vid ?? "none"),
  );
}

function text(comparison: Comparison, field: string, wanted: string | undefined, came: string): void {
  if (wanted === undefined || wanted === came) return;
  comparison.differ(field, wanted, came, `live packet field ${field}: expected: ${wanted} vs actual: ${came}`);
}
