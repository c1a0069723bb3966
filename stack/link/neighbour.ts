/**
 * Neighbour resolution as the IP floor sees it. Point-to-point links have none; Ethernet devices put ARP and neighbour
 * discovery behind it.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { IpAddress } from "../wire/address.ts";
import type { NetDevice } from "./device.ts";

/** Sends packets to a neighbour on a link, resolving its link-layer address first where the link has such. */
export interface NeighbourOutput {
  /**
   * Sends `packet`, which starts at the IP header, to `next_hop` through `device`; queues it while the address is being
   * resolved. Returns 0 or `-errno`.
   */
  neigh_output(packet: PacketBuffer, device: NetDevice, next_hop: IpAddress): number;
  /** Reachability was confirmed from above (`dst_confirm_neigh`). */
  confirm(device: NetDevice, next_hop: IpAddress): void;
}

/** For links without link-layer addresses: straight to the device. */
export class NoNeighbours implements NeighbourOutput {
  neigh_output(packet: PacketBuffer, device: NetDevice, _next_hop: IpAddress): number {
    device.transmit(packet);
    return 0;
  }

  confirm(_device: NetDevice, _next_hop: IpAddress): void {}
}
