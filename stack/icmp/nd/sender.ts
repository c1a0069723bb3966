/**
 * Sending the messages of neighbour discovery (RFC 4861 section 4).
 *
 * @module
 */
import { PacketBuffer } from "../../buffer.ts";
import type { IpFloor } from "../../ip/ip.ts";
import type { NetDevice } from "../../link/device.ts";
import { Counter } from "../../mib.ts";
import { IpAddress } from "../../wire/address.ts";
import { pseudoHeaderSum } from "../../wire/checksum.ts";
import * as icmpv6 from "../../wire/icmpv6.ts";
import * as nd from "../../wire/nd.ts";
import { IPPROTO_ICMPV6 } from "../../../abi/socket_constants.ts";
import { NdSettings } from "./settings.ts";

/** RFC 4861 section 7.1: nobody beyond the link can have sent it. */
export const ND_HOP_LIMIT = 255;

const TYPES = {
  "router-solicitation": nd.NDISC_ROUTER_SOLICITATION,
  "router-advertisement": nd.NDISC_ROUTER_ADVERTISEMENT,
  "neighbor-solicitation": nd.NDISC_NEIGHBOUR_SOLICITATION,
  "neighbor-advertisement": nd.NDISC_NEIGHBOUR_ADVERTISEMENT,
  "redirect": nd.NDISC_REDIRECT,
} as const;

/** Sends for one stack, and keeps the settings of its interfaces. */
export class NdSender {
  private readonly settings = new Map<NetDevice, NdSettings>();

  /** Sends through `ip`. */
  constructor(readonly ip: IpFloor) {}

  /** The settings of a device. */
  settingsOf(device: NetDevice): NdSettings {
    let settings = this.settings.get(device);
    if (settings === undefined) this.settings.set(device, settings = new NdSettings(this.ip.net, device.name));
    return settings;
  }

  /** A device is gone. */
  removeDevice(device: NetDevice): void {
    this.settings.delete(device);
  }

  /** Sends a message through a device. */
  send(device: NetDevice, source: IpAddress, destination: IpAddress, body: nd.NdBody): void {
    const { ip } = this;
    const { mib } = ip.net;
    const route = ip.route_output({ family: 6, destination, oif: device.ifindex, source, anysrc: true });
    if (typeof route === "number") return;
    const octets = nd.emitNd(body);
    const type = TYPES[body.kind];
    icmpv6.setType(octets, 0, type);
    icmpv6.fillChecksum(octets, 0, octets.length, pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, octets.length));
    const packet = PacketBuffer.allocate(octets.length);
    packet.bytes.set(octets, packet.data);
    mib.inc(Counter.Icmp6OutMsgs);
    mib.icmp6Out(type);
    ip.queue_xmit(packet, route, {
      source,
      destination,
      protocol: IPPROTO_ICMPV6,
      tos: this.settingsOf(device).ndisc_tclass.value,
      ttl: ND_HOP_LIMIT,
      pmtudisc: 0,
      loop: false,
    });
  }

  /** The option that tells a device's own link-layer address, where it has one. */
  linkLayer(device: NetDevice, name: "source-link-layer" | "target-link-layer"): nd.NdOption[] {
    const { address } = device;
    if (address === undefined) return [];
    return [
      name === "source-link-layer"
        ? { name, type: nd.ND_OPT_SOURCE_LL_ADDR, address }
        : { name, type: nd.ND_OPT_TARGET_LL_ADDR, address },
    ];
  }

  /** Asks for a neighbour (RFC 4861 section 4.3); from nowhere for duplicate address detection, where it has a nonce. */
  solicitNeighbour(
    device: NetDevice,
    ask: {
      readonly source: IpAddress;
      readonly destination: IpAddress;
      readonly target: IpAddress;
      readonly nonce?: Uint8Array;
    },
  ): void {
    const options = ask.source.isUnspecified ? [] : this.linkLayer(device, "source-link-layer");
    if (ask.nonce !== undefined) options.push({ name: "nonce", type: nd.ND_OPT_NONCE, nonce: ask.nonce });
    this.send(device, ask.source, ask.destination, {
      kind: "neighbor-solicitation",
      reserved: 0,
      target: ask.target,
      options,
    });
  }

  /** Tells that an address is here (RFC 4861 section 4.4). */
  advertiseNeighbour(
    device: NetDevice,
    tell: {
      readonly destination: IpAddress;
      readonly target: IpAddress;
      readonly flags: number;
      readonly linkLayer: boolean;
    },
  ): void {
    this.send(device, tell.target, tell.destination, {
      kind: "neighbor-advertisement",
      flags: tell.flags >>> 0,
      target: tell.target,
      options: tell.linkLayer ? this.linkLayer(device, "target-link-layer") : [],
    });
  }

  /** Asks for routers (RFC 4861 section 4.1). */
  solicitRouters(device: NetDevice, source: IpAddress): void {
    this.send(device, source, IpAddress.ALL_ROUTERS6, {
      kind: "router-solicitation",
      reserved: 0,
      options: source.isUnspecified ? [] : this.linkLayer(device, "source-link-layer"),
    });
  }
}
