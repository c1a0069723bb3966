/**
 * Neighbour discovery of one stack: RFC 4861 and RFC 4862, wired together.
 *
 * @module
 */
import type { PacketBuffer } from "../../buffer.ts";
import type { IpFloor } from "../../ip/ip.ts";
import type { NetDevice } from "../../link/device.ts";
import { NUD_STALE } from "../../link/neighbour_state.ts";
import type { IpAddress, Prefix } from "../../wire/address.ts";
import * as nd from "../../wire/nd.ts";
import { NdAddresses } from "./addresses.ts";
import { type NdMessage, readMessage } from "./message.ts";
import { linkLayerOf, NdNeighbours } from "./neighbours.ts";
import { NdRedirecting } from "./redirecting.ts";
import { NdRouters } from "./routers.ts";
import { NdSender } from "./sender.ts";

/** Where messages come from: the floor that reads ICMPv6. */
export interface Icmpv6Registry {
  /** Registers who takes messages of a type, whose checksum is right. */
  addHandler6(type: number, handler: (packet: PacketBuffer) => void): void;
  /** Whether a host may be told of one more better first hop. */
  redirectAllowed(destination: IpAddress): boolean;
}

/** See the module. */
export class NeighbourDiscovery {
  /** Messages that were not to be believed. */
  refused = 0;
  readonly addresses: NdAddresses;
  private readonly sender: NdSender;
  private readonly neighbours: NdNeighbours;
  private readonly routers: NdRouters;

  /** Registers with the floors below. */
  constructor(private readonly ip: IpFloor, icmp: Icmpv6Registry) {
    this.sender = new NdSender(ip);
    this.addresses = new NdAddresses(ip, this.sender, (device, address) => this.usable(device, address));
    this.neighbours = new NdNeighbours(
      ip,
      this.sender,
      this.addresses,
      (device, router) => this.routers.routerGone(device, router),
    );
    this.routers = new NdRouters(ip, this.sender, this.addresses, this.neighbours.table);
    const redirecting = new NdRedirecting(ip, this.sender, this.neighbours.table, icmp);
    ip.redirecting6 = (packet, route) => redirecting.tell(packet, route);
    for (let type = nd.NDISC_ROUTER_SOLICITATION; type <= nd.NDISC_REDIRECT; type++) {
      icmp.addHandler6(type, (packet) => this.receive(packet));
    }
  }

  private receive(packet: PacketBuffer): void {
    const device = this.ip.device(packet.device?.ifindex ?? 0);
    const message = device === undefined || packet.pkt_type === "loopback" ? undefined : readMessage(packet, device);
    if (message === undefined) {
      this.refused++;
      return;
    }
    const { body } = message;
    switch (body.kind) {
      case "neighbor-solicitation":
        return this.neighbours.solicitation(message, body);
      case "neighbor-advertisement":
        return this.neighbours.advertisement(message, body);
      case "router-advertisement":
        return this.routers.advertisement(message, body);
      case "router-solicitation":
        return this.routerSolicitation(message, body);
      case "redirect":
        return this.redirect(message, body);
    }
  }

  /** RFC 4861 section 6.2.6: a host does nothing about it, a router learns who asks. */
  private routerSolicitation(message: NdMessage, body: Extract<nd.NdBody, { kind: "router-solicitation" }>): void {
    const { device, source } = message;
    const lladdr = linkLayerOf(body.options, "source-link-layer");
    if (this.ip.routes.in_device(device).forwarding6.value === 0 || source.isUnspecified || lladdr === undefined) {
      return;
    }
    this.neighbours.table.obtain(source, device)?.update({ lladdr, state: NUD_STALE, override: true, isRouter: false });
  }

  /** RFC 4861 sections 8.1 and 8.3: believed from the router in use alone. */
  private redirect(message: NdMessage, body: Extract<nd.NdBody, { kind: "redirect" }>): void {
    const { device, source } = message;
    const { target, destination } = body;
    const state = this.ip.routes.in_device(device);
    const accepts = state.forwarding6.value === 0 && state.accept_redirects6.value !== 0;
    // RFC4861-8.1-redirect-valid
    if (!accepts || !source.isLinkLocal || destination.isMulticast) return;
    if (!target.isLinkLocal && !target.equals(destination)) return;
    const route = this.ip.route_output({ family: 6, destination, oif: device.ifindex });
    if (typeof route === "number" || route.type !== "unicast") return;
    // RFC4861-8.1-redirect-valid
    if (route.gateway?.equals(source) !== true) return;
    const lladdr = linkLayerOf(body.options, "target-link-layer");
    if (lladdr !== undefined && device.address !== undefined) {
      // A target that is not the destination itself is a router.
      const isRouter = target.equals(destination) ? undefined : true;
      const neighbour = this.neighbours.table.obtain(target, device);
      neighbour?.update({ lladdr, state: NUD_STALE, override: true, isRouter });
    }
    // RFC4861-8.3-redirect-update
    this.ip.routes.redirect(route, target);
  }

  /** Adds an address, once it is known to be nobody else's. False when the device has it. */
  addAddress(device: NetDevice, prefix: Prefix): boolean {
    return this.addresses.add(device, prefix);
  }

  /** An interface is up. */
  deviceUp(device: NetDevice): void {
    this.addresses.deviceUp(device);
  }

  /** An interface went down. */
  deviceDown(device: NetDevice): void {
    this.routers.deviceDown(device);
    this.addresses.deviceDown(device);
  }

  /** A device is gone. */
  removeDevice(device: NetDevice): void {
    this.routers.deviceDown(device);
    this.addresses.removeDevice(device);
    this.sender.removeDevice(device);
  }

  private usable(device: NetDevice, address: IpAddress): void {
    const state = this.ip.routes.devices.get(device.ifindex);
    if (state === undefined || device.address === undefined) return;
    if (this.sender.settingsOf(device).ndisc_notify.or) this.neighbours.announce(state, address);
    if (address.isLinkLocal) this.routers.solicit(device);
  }
}
