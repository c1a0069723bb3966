/**
 * ARP for IPv4 over Ethernet: RFC 826.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { IpAddress, MacAddress } from "./address.ts";
import { get16, get32, set16 } from "./bytes.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of a packet for IPv4 over Ethernet. */
export const LENGTH = 28;

/** Hardware type: Ethernet. */
export const ARPHRD_ETHER = 1;
/** Operation: who has the target's protocol address? */
export const ARPOP_REQUEST = 1;
/** Operation: the answer. */
export const ARPOP_REPLY = 2;
const PROTOCOL_IPV4 = 0x0800;

// Offsets of the fields in bytes.
const HARDWARE_TYPE = 0;
const PROTOCOL_TYPE = 2;
const HARDWARE_LENGTH = 4;
const PROTOCOL_LENGTH = 5;
const OPERATION = 6;
/** Offset of the sender's hardware address. */
export const SENDER_HARDWARE = 8;
/** Offset of the sender's protocol address. */
export const SENDER_PROTOCOL = 14;
/** Offset of the target's hardware address. */
export const TARGET_HARDWARE = 18;
/** Offset of the target's protocol address. */
export const TARGET_PROTOCOL = 24;

/** The packet's layout. */
export const FIELDS: readonly FieldLayout[] = [
  field("hardwareType", HARDWARE_TYPE, 16),
  field("protocolType", PROTOCOL_TYPE, 16),
  field("hardwareLength", HARDWARE_LENGTH, 8),
  field("protocolLength", PROTOCOL_LENGTH, 8),
  field("operation", OPERATION, 16),
  field("senderHardware", SENDER_HARDWARE, 48),
  field("senderProtocol", SENDER_PROTOCOL, 32),
  field("targetHardware", TARGET_HARDWARE, 48),
  field("targetProtocol", TARGET_PROTOCOL, 32),
];

/** What can be wrong with a packet. */
export type Problem = "truncated" | "hardware-type" | "protocol-type" | "address-length";

/** {@link ARPOP_REQUEST} or {@link ARPOP_REPLY}. */
export function operation(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + OPERATION);
}

/** Writes {@link operation}. */
export function setOperation(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + OPERATION, value);
}

/** The sender's IPv4 address as a 32-bit integer. */
export function senderProtocolU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + SENDER_PROTOCOL);
}

/** The target's IPv4 address as a 32-bit integer. */
export function targetProtocolU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + TARGET_PROTOCOL);
}

/** Checks a packet at `bytes[offset, end)`: IPv4 over Ethernet, whole. Bytes after it are link padding. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < LENGTH) return "truncated";
  if (get16(bytes, offset + HARDWARE_TYPE) !== ARPHRD_ETHER) return "hardware-type";
  if (get16(bytes, offset + PROTOCOL_TYPE) !== PROTOCOL_IPV4) return "protocol-type";
  if (bytes[offset + HARDWARE_LENGTH] !== 6 || bytes[offset + PROTOCOL_LENGTH] !== 4) return "address-length";
  return undefined;
}

/** A decoded packet. */
export interface ArpPacket {
  readonly operation: number;
  readonly senderHardware: MacAddress;
  readonly senderProtocol: IpAddress;
  readonly targetHardware: MacAddress;
  readonly targetProtocol: IpAddress;
}

/** What {@link emit} needs: the target's hardware address is zero unless given. */
export type ArpPacketInit = Init<ArpPacket, "operation" | "senderHardware" | "senderProtocol" | "targetProtocol">;

/** Decodes the packet at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<ArpPacket> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("arp", problem, offset);
  return {
    header: {
      operation: operation(bytes, offset),
      senderHardware: MacAddress.from(bytes, offset + SENDER_HARDWARE),
      senderProtocol: IpAddress.from(bytes, offset + SENDER_PROTOCOL, 4),
      targetHardware: MacAddress.from(bytes, offset + TARGET_HARDWARE),
      targetProtocol: IpAddress.from(bytes, offset + TARGET_PROTOCOL, 4),
    },
    headerLength: LENGTH,
    payloadOffset: offset + LENGTH,
    end,
  };
}

/** The packet's 28 bytes. */
export function emit(packet: ArpPacketInit): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  set16(bytes, HARDWARE_TYPE, ARPHRD_ETHER);
  set16(bytes, PROTOCOL_TYPE, PROTOCOL_IPV4);
  bytes[HARDWARE_LENGTH] = 6;
  bytes[PROTOCOL_LENGTH] = 4;
  setOperation(bytes, 0, packet.operation);
  packet.senderHardware.write(bytes, SENDER_HARDWARE);
  packet.senderProtocol.write(bytes, SENDER_PROTOCOL);
  (packet.targetHardware ?? MacAddress.ZERO).write(bytes, TARGET_HARDWARE);
  packet.targetProtocol.write(bytes, TARGET_PROTOCOL);
  return bytes;
}

/** "arp request who has 192.0.2.1 tell 192.0.2.2 (02:00:00:00:00:02)", "arp reply 192.0.2.1 is at 02:…". */
export function format(packet: ArpPacket): string {
  if (packet.operation === ARPOP_REQUEST) {
    return `arp request who has ${packet.targetProtocol} tell ${packet.senderProtocol} (${packet.senderHardware})`;
  }
  const name = packet.operation === ARPOP_REPLY ? "reply" : `operation ${packet.operation}`;
  return `arp ${name} ${packet.senderProtocol} is at ${packet.senderHardware}`;
}
