/**
 * What ICMP of both families shares.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Family, IcmpError } from "../ip/interface.ts";
import type { IpFloor } from "../ip/ip.ts";
import type { Net } from "../net.ts";
import type { IcmpRateLimit } from "./rate_limit.ts";

/** Sees echo replies, `data` after the ICMP header and `transport_header` at it; true when a ping socket took one. */
export type PingReceiver = (packet: PacketBuffer) => boolean;

/** Sees errors about echo requests sent from here; pointers as for `InetProtocol.error`. */
export type PingErrorReceiver = (packet: PacketBuffer, error: IcmpError) => void;

/** What either family asks of the floor. */
export interface IcmpShared {
  readonly ip: IpFloor;
  readonly net: Net;
  readonly rate: IcmpRateLimit;
  readonly ping_receivers: readonly PingReceiver[];
  readonly ping_error_receivers: readonly PingErrorReceiver[];
  /** Hands an error to whom it concerns: raw sockets, then the transport. */
  deliverError(family: Family, protocol: number, packet: PacketBuffer, error: IcmpError): void;
}
