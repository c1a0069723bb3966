/**
 * The Address Resolution Protocol for IPv4 over Ethernet: RFC 826, RFC 1122 section 2.3.2, arp(7).
 *
 * @module
 */
import { PacketBuffer } from "../buffer.ts";
import type { Net } from "../net.ts";
import { type IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import { ETH_P_ARP, ETH_P_IP } from "../wire/ethernet.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { ArpSettings } from "./arp_settings.ts";
import { IFF_NOARP, IFF_UP, type NetDevice } from "./device.ts";
import { ethernetHeader, type EthernetLayer, pushEthernetHeader } from "./ethernet.ts";
import type { Neighbour, NeighbourProtocol } from "./neighbour.ts";
import { NUD_REACHABLE, NUD_STALE } from "./neighbour_state.ts";
import type { NeighbourTable } from "./neighbour_table.ts";
import type { Neighbours } from "./neighbours.ts";
import { dev_queue_xmit } from "./xmit.ts";

/** An address with the length of its subnet's prefix. */
export interface SubnetAddress {
  readonly address: IpAddress;
  readonly prefix_length: number;
}

/** What ARP has to know of the IP floor, which registers it. */
export interface ArpHost {
  /** IPv4 addresses of a device. */
  addresses(device: NetDevice): readonly SubnetAddress[];
  /** Whether an address is this host's, on whatever device. */
  isLocal(address: IpAddress): boolean;
  /** The address of this host that is best to ask for `target` with. */
  sourceFor(device: NetDevice, target: IpAddress): IpAddress | undefined;
  /** The device that packets to an address leave through, if they may pass through this host. */
  forwardsTo(device: NetDevice, address: IpAddress): NetDevice | undefined;
  /** The device that packets to an address leave through. */
  routesTo(address: IpAddress): NetDevice | undefined;
  /** A packet waited for an address that nobody has. */
  unreachable(packet: PacketBuffer): void;
}

/** Sees every ARP packet that came in well formed, before anything else. */
export type ArpWatcher = (device: NetDevice, packet: arp.ArpPacket) => void;

/** ARP of one stack. */
export class Arp implements NeighbourProtocol {
  readonly etherType = ETH_P_IP;
  readonly table: NeighbourTable;
  /** Packets that were none, or not for IPv4 over Ethernet. */
  malformed = 0;
  private readonly settings = new Map<NetDevice, ArpSettings>();
  private readonly watchers: ArpWatcher[] = [];

  /** Registers with the floor below: for its frames, and as the one that finds IPv4 neighbours. */
  constructor(
    private readonly net: Net,
    ethernet: EthernetLayer,
    neighbours: Neighbours,
    private readonly host: ArpHost,
  ) {
    this.table = neighbours.register(4, this);
    ethernet.addHandler(ETH_P_ARP, (packet, device) => this.receive(packet, device));
  }

  /** Registers who sees what comes in. */
  addWatcher(watcher: ArpWatcher): void {
    this.watchers.push(watcher);
  }

  /** The settings of a device. */
  settingsOf(device: NetDevice): ArpSettings {
    let settings = this.settings.get(device);
    if (settings === undefined) this.settings.set(device, settings = new ArpSettings(this.net, device.name));
    return settings;
  }

  unreachable(packet: PacketBuffer): void {
    this.host.unreachable(packet);
  }

  solicit(neighbour: Neighbour, packet: PacketBuffer | undefined, unicast: boolean): void {
    const { device, address } = neighbour;
    const source = this.sourceOf(device, address, packet);
    if (source === undefined) return;
    this.send(device, {
      operation: arp.ARPOP_REQUEST,
      senderProtocol: source,
      targetProtocol: address,
      // RFC826-gen-request
      to: unicast && neighbour.lladdr !== undefined ? neighbour.lladdr : MacAddress.BROADCAST.bytes,
    });
  }

  /** Which address asks (`arp_announce`). */
  private sourceOf(device: NetDevice, target: IpAddress, packet: PacketBuffer | undefined): IpAddress | undefined {
    const announce = this.settingsOf(device).announce.max;
    const wanted = packet === undefined || packet.forwarded ? undefined : sourceOf(packet);
    if (wanted !== undefined && announce < 2 && this.host.isLocal(wanted)) {
      const own = this.host.addresses(device).find((one) => one.address.equals(wanted));
      if (announce === 0 || (own !== undefined && target.inPrefix(own.address, own.prefix_length))) return wanted;
    }
    return this.host.sourceFor(device, target);
  }

  /** Sends a packet; the sender's hardware address is the device's. */
  send(
    device: NetDevice,
    init: {
      readonly operation: number;
      readonly senderProtocol: IpAddress;
      readonly targetProtocol: IpAddress;
      readonly targetHardware?: MacAddress;
      readonly to: Uint8Array;
    },
  ): void {
    const { to, ...fields } = init;
    if (device.address === undefined || (device.flags & IFF_UP) === 0) return;
    const octets = arp.emit({ ...fields, senderHardware: new MacAddress(device.address) });
    const packet = PacketBuffer.allocate(octets.length);
    packet.bytes.set(octets, packet.data);
    pushEthernetHeader(packet, ethernetHeader(device, to, ETH_P_ARP));
    dev_queue_xmit(packet, device);
  }

  /** Tells everybody that an address is here (RFC 5227 section 2.3). */
  announce(device: NetDevice, address: IpAddress): void {
    this.send(device, {
      operation: arp.ARPOP_REQUEST,
      senderProtocol: address,
      targetProtocol: address,
      to: MacAddress.BROADCAST.bytes,
    });
  }

  /** A packet that came in. RFC826-recv-reply */
  private receive(packet: PacketBuffer, device: NetDevice): void {
    if (arp.check(packet.bytes, packet.data, packet.tail) !== undefined) {
      this.malformed++;
      return;
    }
    if ((device.flags & IFF_NOARP) !== 0 || packet.pkt_type === "otherhost") return;
    const { header } = arp.parse(packet.bytes, packet.data, packet.tail);
    const { senderProtocol: sender, targetProtocol: target, operation } = header;
    if (operation !== arp.ARPOP_REQUEST && operation !== arp.ARPOP_REPLY) return;
    if (target.isMulticast || sender.isMulticast || target.isLoopback) return;
    for (const watcher of this.watchers) watcher(device, header);
    if (this.settingsOf(device).dropGratuitous.or && sender.equals(target)) return;
    if (operation === arp.ARPOP_REQUEST) {
      if (packet.pkt_type === "host") this.table.statistics.rcv_probes_ucast++;
      else this.table.statistics.rcv_probes_mcast++;
      if (this.answer(device, header)) return;
    }
    this.learn(device, header, operation === arp.ARPOP_REPLY && packet.pkt_type === "host");
  }

  /** Answers a request for an address that is here, and learns who asks; false if it is not for us. */
  private answer(device: NetDevice, request: arp.ArpPacket): boolean {
    const { senderProtocol: sender, senderHardware, targetProtocol: target } = request;
    if (!this.speaksFor(device, request)) return false;
    // RFC 5227 section 2.1.1: who probes has no address yet.
    const probe = sender.isUnspecified;
    // RFC5227-2.5-answer, RFC826-recv-target-only-add
    if (!probe) this.heard(device, sender, senderHardware, NUD_STALE, true);
    this.send(device, {
      operation: arp.ARPOP_REPLY,
      senderProtocol: target,
      targetProtocol: probe ? target : sender,
      targetHardware: senderHardware,
      to: senderHardware.bytes,
    });
    return true;
  }

  /** Whether this host answers for the target. */
  private speaksFor(device: NetDevice, { senderProtocol: sender, targetProtocol: target }: arp.ArpPacket): boolean {
    const settings = this.settingsOf(device);
    if (this.host.isLocal(target)) {
      // RFC5227-2.5-answer
      if (sender.equals(target)) return false;
      const ignore = settings.ignore.max;
      if (ignore === 8) return false;
      const own = this.host.addresses(device).find((one) => one.address.equals(target));
      if ((ignore === 1 || ignore === 2) && own === undefined) return false;
      if (ignore === 2 && !sender.inPrefix(own!.address, own!.prefix_length)) return false;
      return !settings.filter.or || this.host.routesTo(sender) === device;
    }
    if (!settings.proxy.or) return false;
    const through = this.host.forwardsTo(device, target);
    return through !== undefined && through !== device;
  }

  /** RFC 826: what is known already is brought up to date, whoever the packet was for. */
  private learn(device: NetDevice, packet: arp.ArpPacket, answers: boolean): void {
    const { senderProtocol: sender, targetProtocol: target, senderHardware } = packet;
    if (sender.isUnspecified || this.host.isLocal(sender)) return;
    const accept = this.settingsOf(device).accept.max;
    const gratuitous = sender.equals(target);
    const welcome = gratuitous && (accept === 1 || (accept === 2 && this.onLink(device, sender)));
    // RFC826-recv-merge
    this.heard(device, sender, senderHardware, answers ? NUD_REACHABLE : NUD_STALE, welcome);
  }

  private onLink(device: NetDevice, address: IpAddress): boolean {
    return this.host.addresses(device).some((own) => address.inPrefix(own.address, own.prefix_length));
  }

  private heard(device: NetDevice, sender: IpAddress, hardware: MacAddress, state: number, create: boolean): void {
    const neighbour = create ? this.table.obtain(sender, device) : this.table.lookup(sender, device);
    if (neighbour === undefined) return;
    // Of several answers to one question the first counts, for as long as the lock holds.
    const override = this.net.now >= neighbour.updated_us + this.table.parameters(device).lock_us;
    neighbour.update({ lladdr: hardware.bytes, state, override });
  }
}

/** The source address of an IPv4 packet that waits. */
function sourceOf(packet: PacketBuffer): IpAddress | undefined {
  const at = packet.network_header;
  return packet.family === 4 && at >= 0 ? ipv4.source(packet.bytes, at) : undefined;
}
