/**
 * Neighbour solicitations and advertisements: finding neighbours, being found, and noticing that they are gone (RFC 4861 section 7).
 *
 * @module
 */
import { ICMPV6_ADDR_UNREACH, ICMPV6_DEST_UNREACH } from "../../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../../buffer.ts";
import type { InDevice } from "../../ip/in_device.ts";
import type { IpFloor } from "../../ip/ip.ts";
import { ipv6_dev_get_saddr } from "../../ip/source_address.ts";
import type { NetDevice } from "../../link/device.ts";
import type { Neighbour, NeighbourProtocol } from "../../link/neighbour.ts";
import { NUD_INCOMPLETE, NUD_REACHABLE, NUD_STALE, NUD_VALID } from "../../link/neighbour_state.ts";
import type { NeighbourTable } from "../../link/neighbour_table.ts";
import { IpAddress } from "../../wire/address.ts";
import { ETH_P_IPV6 } from "../../wire/ethernet.ts";
import * as ipv6 from "../../wire/ipv6.ts";
import * as nd from "../../wire/nd.ts";
import type { NdAddresses } from "./addresses.ts";
import type { NdMessage } from "./message.ts";
import type { NdSender } from "./sender.ts";

/** See the module. */
export class NdNeighbours implements NeighbourProtocol {
  readonly etherType = ETH_P_IPV6;
  readonly table: NeighbourTable;

  /** Registers as the one that finds IPv6 neighbours; `routerGone` is told of one that is no router any more. */
  constructor(
    private readonly ip: IpFloor,
    private readonly sender: NdSender,
    private readonly addresses: NdAddresses,
    private readonly routerGone: (device: NetDevice, router: IpAddress) => void,
  ) {
    this.table = ip.neighbours.register(6, this);
  }

  solicit(neighbour: Neighbour, packet: PacketBuffer | undefined, unicast: boolean): void {
    const { device, address } = neighbour;
    const source = this.sourceOf(device, address, packet);
    if (source === undefined) return;
    const destination = unicast && neighbour.lladdr !== undefined ? address : address.solicitedNode();
    this.sender.solicitNeighbour(device, { source, destination, target: address });
  }

  /** RFC 4861 section 7.2.2: the address of the packet that waits, if it is one of this interface; else any fitting one. */
  private sourceOf(device: NetDevice, target: IpAddress, packet: PacketBuffer | undefined): IpAddress | undefined {
    if (packet !== undefined && packet.family === 6 && packet.network_header >= 0) {
      const wanted = ipv6.source(packet.bytes, packet.network_header);
      if (this.ip.routes.local6.getAddress(wanted)?.device === device) return wanted;
    }
    return ipv6_dev_get_saddr(this.ip.routes.devices.values(), device, target);
  }

  unreachable(packet: PacketBuffer): void {
    // RFC4861-7.2.2-fail
    // RFC4443-3.1-addr-code3
    this.ip.icmp?.icmp6_send(packet, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
  }

  /** RFC 4861 sections 7.1.1 and 7.2.3. */
  solicitation(message: NdMessage, body: Extract<nd.NdBody, { kind: "neighbor-solicitation" }>): void {
    const { device, source, destination } = message;
    const { target } = body;
    const statistics = this.table.statistics;
    if (destination.isMulticast) statistics.rcv_probes_mcast++;
    else statistics.rcv_probes_ucast++;
    if (target.isMulticast) return;
    const linkLayer = linkLayerOf(body.options, "source-link-layer");
    const detects = source.isUnspecified;
    if (detects && (linkLayer !== undefined || !destination.equals(target.solicitedNode()))) return;
    const tentative = this.addresses.tentative(device, target);
    if (tentative !== undefined) {
      // RFC 4862 section 5.4.3: one that resolves it is not answered, one that detects it, too, has it no less than we.
      if (detects) tentative.heardSolicitation(nonceOf(body.options));
      return;
    }
    if (this.ip.routes.local6.getAddress(target)?.device !== device) return;
    if (!detects && linkLayer !== undefined) {
      const neighbour = this.table.obtain(source, device);
      neighbour?.update({ lladdr: linkLayer, state: NUD_STALE, override: true });
    }
    const routes = this.isRouter(device) ? nd.NA_ROUTER : 0;
    if (detects) {
      const flags = routes | nd.NA_OVERRIDE;
      return this.sender.advertiseNeighbour(device, {
        destination: IpAddress.ALL_NODES6,
        target,
        flags,
        linkLayer: true,
      });
    }
    // RFC4861-7.2.4-na
    const flags = routes | nd.NA_SOLICITED | nd.NA_OVERRIDE;
    const needed = destination.isMulticast || this.sender.settingsOf(device).force_tllao.or;
    this.sender.advertiseNeighbour(device, { destination: source, target, flags, linkLayer: needed });
  }

  private isRouter(device: NetDevice): boolean {
    return this.ip.routes.devices.get(device.ifindex)?.forwarding6.value !== 0;
  }

  /** RFC 4861 sections 7.1.2 and 7.2.5. */
  advertisement(message: NdMessage, body: Extract<nd.NdBody, { kind: "neighbor-advertisement" }>): void {
    const { device, destination } = message;
    const { target, flags } = body;
    const solicited = (flags & nd.NA_SOLICITED) !== 0;
    if (target.isMulticast || (destination.isMulticast && solicited)) return;
    if (!solicited && this.sender.settingsOf(device).drop_unsolicited_na.or) return;
    const tentative = this.addresses.tentative(device, target);
    // RFC4862-5.4.4-na
    if (tentative !== undefined) return tentative.heardAdvertisement();
    if (this.ip.routes.local6.getAddress(target) !== undefined) return;
    const neighbour = this.table.lookup(target, device);
    if (neighbour === undefined || (neighbour.state & (NUD_VALID | NUD_INCOMPLETE)) === 0) return;
    this.advertised(neighbour, body, solicited);
  }

  private advertised(
    neighbour: Neighbour,
    { flags, options }: Extract<nd.NdBody, { kind: "neighbor-advertisement" }>,
    solicited: boolean,
  ): void {
    const lladdr = linkLayerOf(options, "target-link-layer");
    const isRouter = (flags & nd.NA_ROUTER) !== 0;
    const override = (flags & nd.NA_OVERRIDE) !== 0;
    const incomplete = neighbour.state === NUD_INCOMPLETE;
    // RFC 4861 section 7.2.5: without an address there is nothing to learn while none is known.
    if (incomplete && lladdr === undefined) return;
    if (!incomplete && !override && lladdr !== undefined && !neighbour.hasAddress(lladdr)) {
      if (neighbour.state === NUD_REACHABLE) neighbour.suspect();
      return;
    }
    const wasRouter = neighbour.isRouter;
    neighbour.update({ lladdr, state: solicited ? NUD_REACHABLE : NUD_STALE, override: true, isRouter });
    if (wasRouter && !isRouter) this.routerGone(neighbour.device, neighbour.address);
  }

  /** Tells everybody about an address that is new here (`ndisc_notify`). */
  announce(state: InDevice, target: IpAddress): void {
    const { device } = state;
    const flags = (this.isRouter(device) ? nd.NA_ROUTER : 0) | nd.NA_OVERRIDE;
    this.sender.advertiseNeighbour(device, { destination: IpAddress.ALL_NODES6, target, flags, linkLayer: true });
  }
}

/** The link-layer address that an option tells, if it is one of Ethernet. */
export function linkLayerOf(
  options: readonly nd.NdOption[],
  name: "source-link-layer" | "target-link-layer",
): Uint8Array | undefined {
  for (const option of options) if (option.name === name && option.address.length === 6) return option.address;
  return undefined;
}

function nonceOf(options: readonly nd.NdOption[]): Uint8Array | undefined {
  for (const option of options) if (option.name === "nonce") return option.nonce;
  return undefined;
}
