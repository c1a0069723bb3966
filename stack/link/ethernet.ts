/**
 * Ethernet: frames that come in find their protocol, packets that go out get their header (RFC 894, RFC 2464, IEEE 802.1Q).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { type IpAddress, MacAddress } from "../wire/address.ts";
import * as ethernet from "../wire/ethernet.ts";
import { IFF_ALLMULTI, IFF_PROMISC, IFF_UP, type NetDevice } from "./device.ts";
import { VlanDevice } from "./vlan.ts";

/** Takes packets of one type that came in on `device`; `data` is behind the link header, `mac_header` at it. */
export type EtherTypeHandler = (packet: PacketBuffer, device: NetDevice) => void;

/** Why frames were dropped, and how many. */
export interface EthernetDrops {
  /** Shorter than a header with its tags. */
  truncated: number;
  /** To another station. */
  otherhost: number;
  /** To a group that nobody here is in. */
  filtered: number;
  /** Of a VLAN that is not here. */
  vlan: number;
  /** Of a type that nobody takes. */
  protocol: number;
}

/** The Ethernet layer of one stack. */
export class EthernetLayer {
  readonly drops: EthernetDrops = { truncated: 0, otherhost: 0, filtered: 0, vlan: 0, protocol: 0 };
  private readonly handlers = new Map<number, EtherTypeHandler>();
  /** Group addresses that each device listens to, with how often each was asked for. */
  private readonly groups = new Map<NetDevice, Map<string, number>>();
  private readonly vlans = new Map<NetDevice, Map<number, VlanDevice>>();

  /** Registers who takes packets of a type. */
  addHandler(type: number, handler: EtherTypeHandler): void {
    this.handlers.set(type, handler);
  }

  /** Listens to the group address that an IP group maps to, once more (`dev_mc_add`). */
  joinGroup(device: NetDevice, group: IpAddress): void {
    if (device.address === undefined) return;
    let groups = this.groups.get(device);
    if (groups === undefined) this.groups.set(device, groups = new Map());
    const { key } = MacAddress.forMulticast(group);
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }

  /** Undoes one {@link joinGroup} (`dev_mc_del`). */
  leaveGroup(device: NetDevice, group: IpAddress): void {
    const groups = this.groups.get(device);
    const { key } = MacAddress.forMulticast(group);
    const count = groups?.get(key) ?? 0;
    if (count > 1) groups!.set(key, count - 1);
    else groups?.delete(key);
  }

  /** A device for the frames of `device` that have the VLAN identifier `vid`; the caller adds it to the stack. */
  addVlan(device: NetDevice, vid: number, name = `${device.name}.${vid}`): VlanDevice {
    const vlan = new VlanDevice(device, vid, name);
    let vlans = this.vlans.get(device);
    if (vlans === undefined) this.vlans.set(device, vlans = new Map());
    vlans.set(vid, vlan);
    return vlan;
  }

  /** Forgets a device, and the VLANs on it. */
  removeDevice(device: NetDevice): void {
    this.groups.delete(device);
    this.vlans.delete(device);
    for (const vlans of this.vlans.values()) {
      for (const [vid, vlan] of vlans) if (vlan === device) vlans.delete(vid);
    }
  }

  /** Takes a frame from `link`, whose `data` is at the Ethernet header. */
  receive(packet: PacketBuffer, link: NetDevice): void {
    const { bytes, data } = packet;
    let device = link;
    if (ethernet.check(bytes, data, packet.tail) !== undefined) {
      this.drops.truncated++;
      return;
    }
    packet.mac_header = data;
    let length = ethernet.HEADER_LENGTH;
    let type = ethernet.etherType(bytes, data);
    // A tag with identifier 0 has a priority and no VLAN.
    for (let tags = 0; tags < ethernet.MAX_TAGS && ethernet.isTag(type); tags++) {
      const vid = ethernet.tagIdentifier(bytes, data + length);
      if (vid !== 0) {
        const vlan: VlanDevice | undefined = this.vlans.get(device)?.get(vid);
        if (vlan === undefined || (vlan.flags & IFF_UP) === 0) {
          this.drops.vlan++;
          return;
        }
        packet.device = device = vlan;
      }
      type = ethernet.tagPayloadType(bytes, data + length);
      length += ethernet.TAG_LENGTH;
    }
    if (!this.addressed(packet, device)) return;
    const handler = this.handlers.get(type);
    if (handler === undefined) {
      this.drops.protocol++;
      return;
    }
    packet.pull(length);
    handler(packet, device);
  }

  /** To whom a frame is addressed; false drops it. */
  private addressed(packet: PacketBuffer, device: NetDevice): boolean {
    const { bytes, mac_header: at } = packet;
    if (!ethernet.isMulticast(bytes, at)) {
      packet.pkt_type = matches(device.address!, bytes, at) ? "host" : "otherhost";
      if (packet.pkt_type === "host" || (device.flags & IFF_PROMISC) !== 0) return true;
      this.drops.otherhost++;
      return false;
    }
    if (MacAddress.BROADCAST.matches(bytes, at)) {
      packet.pkt_type = "broadcast";
      return true;
    }
    packet.pkt_type = "multicast";
    if ((device.flags & (IFF_ALLMULTI | IFF_PROMISC)) !== 0) return true;
    if (this.groups.get(device)?.has(MacAddress.from(bytes, at).key) === true) return true;
    this.drops.filtered++;
    return false;
  }
}

function matches(address: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 6; i++) if (address[i] !== bytes[at + i]) return false;
  return true;
}

/** The header of frames from `device` to `destination`. */
export function ethernetHeader(device: NetDevice, destination: Uint8Array, type: number): Uint8Array {
  const header = new Uint8Array(ethernet.HEADER_LENGTH);
  header.set(destination, ethernet.DESTINATION);
  header.set(device.address!, ethernet.SOURCE);
  ethernet.setEtherType(header, 0, type);
  return header;
}

/** Puts a header made before in front of a packet (`neigh_hh_output`). */
export function pushEthernetHeader(packet: PacketBuffer, header: Uint8Array): void {
  const at = packet.push(header.length);
  packet.mac_header = at;
  packet.bytes.set(header, at);
}
