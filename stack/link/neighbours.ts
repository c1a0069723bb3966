/**
 * The way of a packet to a neighbour, both families: the floor above says who is next, this finds where that is.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { ENETDOWN, ENOBUFS } from "../../abi/errno.ts";
import type { Net } from "../net.ts";
import { type IpAddress, MacAddress } from "../wire/address.ts";
import { ETH_P_IP, ETH_P_IPV6 } from "../wire/ethernet.ts";
import type { NetDevice } from "./device.ts";
import { ethernetHeader, pushEthernetHeader } from "./ethernet.ts";
import type { NeighbourProtocol } from "./neighbour.ts";
import { NeighbourTable } from "./neighbour_table.ts";
import { dev_queue_xmit } from "./xmit.ts";

/** To one neighbour, to a group of them, or to all. */
export type Cast = "unicast" | "multicast" | "broadcast";

/** The neighbours of one stack. */
export class Neighbours {
  private readonly tables = new Map<4 | 6, NeighbourTable>();

  /** Neighbours of a family are unknown until {@link Neighbours.register} says how to ask for them. */
  constructor(private readonly net: Net) {}

  /** Registers how neighbours of a family are asked for; gives its table. */
  register(family: 4 | 6, protocol: NeighbourProtocol): NeighbourTable {
    const table = new NeighbourTable(this.net, family, protocol);
    this.tables.set(family, table);
    return table;
  }

  /** The table of a family, once registered. */
  table(family: 4 | 6): NeighbourTable | undefined {
    return this.tables.get(family);
  }

  /**
   * Sends `packet`, which starts at the IP header, to `next_hop` through `device`, once the link-layer address is known.
   * 0 or `-errno`.
   */
  neigh_output(packet: PacketBuffer, device: NetDevice, next_hop: IpAddress, cast: Cast): number {
    if (device.address === undefined) return dev_queue_xmit(packet, device);
    if (cast !== "unicast" || next_hop.isMulticast) {
      // RFC1112-6.4-ethernet, RFC2464-7-multicast
      const to = cast === "broadcast" ? MacAddress.BROADCAST : MacAddress.forMulticast(next_hop);
      const type = next_hop.family === 4 ? ETH_P_IP : ETH_P_IPV6;
      pushEthernetHeader(packet, ethernetHeader(device, to.bytes, type));
      return dev_queue_xmit(packet, device);
    }
    const table = this.tables.get(next_hop.family);
    if (table === undefined) return -ENETDOWN;
    const neighbour = table.obtain(next_hop, device);
    return neighbour === undefined ? -ENOBUFS : neighbour.output(packet);
  }

  /** Upper layers saw that a neighbour receives. */
  confirm(device: NetDevice, next_hop: IpAddress): void {
    if (device.address !== undefined) this.tables.get(next_hop.family)?.lookup(next_hop, device)?.confirm();
  }

  /** A device went down, or got another address: what is known on it holds no more. */
  flush(device: NetDevice): void {
    for (const table of this.tables.values()) table.flush(device);
  }

  /** A device is gone. */
  removeDevice(device: NetDevice): void {
    for (const table of this.tables.values()) table.removeDevice(device);
  }
}
