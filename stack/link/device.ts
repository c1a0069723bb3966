/**
 * A network device as the IP floor sees it.
 *
 * @module
 */
import type { PacketBuffer, PacketDevice } from "../buffer.ts";

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
/** Takes every frame, whomever it is for. */
export const IFF_PROMISC = 0x100;
/** Takes frames to every group. */
export const IFF_ALLMULTI = 0x200;
/** The interface can multicast. */
export const IFF_MULTICAST = 0x1000;

/** What waits in front of a device (`struct Qdisc` with its device's queue). */
export interface TransmitQueue {
  /** Takes a packet that is ready for the device: 0, or `-ENOBUFS` where it was dropped. */
  xmit(packet: PacketBuffer): number;
  /** Hands the device what it takes now: called when it has room again. */
  run(): void;
}

/** A device: what can send a packet, and has a name, an index and an MTU. */
export interface NetDevice extends PacketDevice {
  /** Interface index, from 1. */
  ifindex: number;
  /** Largest IP packet it sends, octets. */
  mtu: number;
  /** `IFF_*` flags. */
  flags: number;
  /** Largest aggregate it takes with segmentation left to it, octets; 0 when it takes none. */
  gso_max_size: number;
  /** Its queue; absent: packets go to the device at once (`noqueue`). */
  queue?: TransmitQueue | undefined;
  /** It has no room now (`netif_stop_queue`): its queue keeps what comes, and without one it is dropped. */
  stopped?: boolean;
  /** The device fills in transport checksums left `partial`. */
  readonly checksum_offload: boolean;
  /** Sends one packet whose octets start at the IP header (or at the link header for Ethernet devices); takes ownership. */
  transmit(packet: PacketBuffer): void;
}
