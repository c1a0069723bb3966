/**
 * A network device as the IP floor sees it.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";

/** Interface flags, as in `net_device_flags`. */
export const IFF_UP = 0x1;
/** The interface can broadcast. */
export const IFF_BROADCAST = 0x2;
/** The interface is a loopback net. */
export const IFF_LOOPBACK = 0x8;
/** The interface is a point-to-point link. */
export const IFF_POINTOPOINT = 0x10;
/** No ARP or neighbour discovery. */
export const IFF_NOARP = 0x80;
/** The interface can multicast. */
export const IFF_MULTICAST = 0x1000;

/** A device: what can send a packet, and has a name, an index and an MTU. */
export interface NetDevice {
  /** Interface name, e.g. `tun0`. */
  readonly name: string;
  /** Interface index, from 1. */
  ifindex: number;
  /** Largest IP packet it sends, octets. */
  mtu: number;
  /** `IFF_*` flags. */
  flags: number;
  /** Largest aggregate it takes with segmentation left to it, octets; 0 when it takes none. */
  gso_max_size: number;
  /** Packets its queue takes, absent for any number; with 0 every packet is dropped there (`pfifo limit 0`). */
  queue_limit?: number | undefined;
  /** The device fills in transport checksums left `partial`. */
  readonly checksum_offload: boolean;
  /** Link-layer address where it has one. */
  readonly address: Uint8Array | undefined;
  /** Sends one packet whose octets start at the IP header (or at the link header for Ethernet devices); takes ownership. */
  transmit(packet: PacketBuffer): void;
}
