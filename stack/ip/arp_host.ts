/**
 * What ARP asks of the IP floor.
 *
 * @module
 */
import { ICMP_DEST_UNREACH, ICMP_HOST_UNREACH } from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import type { ArpHost, SubnetAddress } from "../link/arp.ts";
import type { NetDevice } from "../link/device.ts";
import type { IpAddress } from "../wire/address.ts";
import type { WithIcmp } from "./icmp_sender.ts";
import type { RoutingTables } from "./route.ts";
import { inet_select_addr } from "./source_address.ts";

/** What ARP's host asks of the floor. */
interface ArpFloor extends WithIcmp {
  readonly routes: RoutingTables;
}

/** See {@link ArpHost}. */
export class IpArpHost implements ArpHost {
  constructor(private readonly ip: ArpFloor) {}

  addresses(device: NetDevice): readonly SubnetAddress[] {
    return this.ip.routes.devices.get(device.ifindex)?.addresses4 ?? [];
  }

  isLocal(address: IpAddress): boolean {
    return this.ip.routes.address_type(address) === "local";
  }

  sourceFor(device: NetDevice, target: IpAddress): IpAddress | undefined {
    return inet_select_addr(this.ip.routes.devices.values(), device, target);
  }

  routesTo(address: IpAddress): NetDevice | undefined {
    const found = this.ip.routes.fib4.lookup(address, 0);
    return found?.type === "unicast" ? found.device : undefined;
  }

  forwardsTo(device: NetDevice, address: IpAddress): NetDevice | undefined {
    const forwards = this.ip.routes.devices.get(device.ifindex)?.forwarding4.value !== 0;
    return forwards ? this.routesTo(address) : undefined;
  }

  /** RFC 1122 section 2.3.2.2: who sent what waited is told. */
  unreachable(packet: PacketBuffer): void {
    // RFC1812-5.2.7.1-codes
    this.ip.icmp?.icmp_send(packet, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
  }
}
