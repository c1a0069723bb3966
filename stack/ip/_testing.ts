/**
 * A stack on one device, and packets to throw at it, for the tests of `ip/` and `icmp/`.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as icmpv6 from "../wire/icmpv6.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";

/** Addresses of the stack under test and of its neighbour. */
export const LOCAL4 = IpAddress.parse("192.0.2.1");
export const REMOTE4 = IpAddress.parse("192.0.2.2");
export const LOCAL6 = IpAddress.parse("2001:db8::1");
export const REMOTE6 = IpAddress.parse("2001:db8::2");
/** A protocol number for experiments (RFC 3692). */
export const TEST_PROTOCOL = 253;

/** A stack with one device, what it sent, and what it delivered to {@link TEST_PROTOCOL}. */
export interface World {
  readonly stack: Stack;
  readonly tun0: CallbackDevice;
  readonly sent: Uint8Array[];
  readonly delivered: PacketBuffer[];
  /** The counter of that name. */
  count(name: string): number;
}

/** A new world. */
export function world(options: StackOptions & { readonly mtu?: number } = {}): World {
  const sent: Uint8Array[] = [];
  const delivered: PacketBuffer[] = [];
  const stack = new Stack(options);
  const tun0 = new CallbackDevice({ mtu: options.mtu ?? 1500, transmit: (packet) => sent.push(packet.view().slice()) });
  stack.addDevice(tun0);
  stack.addAddress(tun0, "192.0.2.1/24");
  stack.addAddress(tun0, "2001:db8::1/64");
  for (const family of [4, 6] as const) {
    stack.ip.addProtocol(family, TEST_PROTOCOL, { receive: (packet) => delivered.push(packet), error: () => {} });
  }
  return { stack, tun0, sent, delivered, count: (name) => stack.net.mib.get(name) };
}

/** An IPv4 packet from the neighbour. */
export function packet4(
  protocol: number,
  payload: Uint8Array,
  extra: Partial<ipv4.Ipv4HeaderInit> = {},
): Uint8Array {
  const header = ipv4.emit({ protocol, source: REMOTE4, destination: LOCAL4, ...extra }, payload.length);
  return Uint8Array.of(...header, ...payload);
}

/** An IPv6 packet from the neighbour. */
export function packet6(
  nextHeader: number,
  payload: Uint8Array,
  extra: Partial<ipv6.Ipv6HeaderInit> = {},
): Uint8Array {
  const header = ipv6.emit({ nextHeader, source: REMOTE6, destination: LOCAL6, ...extra }, payload.length);
  return Uint8Array.of(...header, ...payload);
}

/** An IPv6 fragment header followed by data. */
export function fragment6(
  next: number,
  offset: number,
  more: boolean,
  id: number,
  data: Uint8Array,
): Uint8Array {
  const field = offset | (more ? 1 : 0);
  return Uint8Array.of(next, 0, field >> 8, field & 0xff, 0, 0, id >> 8, id & 0xff, ...data);
}

/** An ICMPv4 message with its checksum. */
export function message4(type: number, code: number, rest: number, data: Uint8Array): Uint8Array {
  const bytes = Uint8Array.of(type, code, 0, 0, rest >>> 24, rest >>> 16, rest >>> 8, rest, ...data);
  icmpv4.fillChecksum(bytes, 0, bytes.length);
  return bytes;
}

/** An ICMPv6 message with its checksum, from the neighbour unless said otherwise. */
export function message6(
  type: number,
  code: number,
  rest: number,
  data: Uint8Array,
  destination: IpAddress = LOCAL6,
  source: IpAddress = REMOTE6,
): Uint8Array {
  const bytes = Uint8Array.of(type, code, 0, 0, rest >>> 24, rest >>> 16, rest >>> 8, rest, ...data);
  icmpv6.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(source, destination, 58, bytes.length));
  return bytes;
}

/** `length` octets that differ from their neighbours. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}
