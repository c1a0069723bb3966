/**
 * Who sends ICMP errors for the IP floor: the floor above it, once registered.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { IpAddress } from "../wire/address.ts";

/** Sends ICMP errors on behalf of the IP floor; registered by the floor above. */
export interface IcmpSender {
  /** `icmp_send`: `info` goes into the second word of the message. */
  icmp_send(about: PacketBuffer, type: number, code: number, info: number): void;
  /** Whether a sender whose packet has no route may be told so once more (`ip_error`). */
  routeErrorAllowed(source: IpAddress): boolean;
  /** `icmpv6_send` */
  icmp6_send(about: PacketBuffer, type: number, code: number, info: number): void;
}

/** A floor with which it is registered. */
export interface WithIcmp {
  /** Absent until the floor above is there: then nothing is told. */
  readonly icmp: IcmpSender | undefined;
}
