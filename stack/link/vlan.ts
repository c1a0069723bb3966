/**
 * A device for one VLAN of another device (IEEE 802.1Q): its frames carry a tag there.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import * as ethernet from "../wire/ethernet.ts";
import type { NetDevice } from "./device.ts";
import { dev_queue_xmit } from "./xmit.ts";

/** Most VLANs of a device: identifier 0 is a priority alone, 4095 is kept free. */
export const MAX_VID = 4094;

/** See the module. */
export class VlanDevice implements NetDevice {
  ifindex = 0;
  mtu: number;
  flags: number;
  gso_max_size: number;
  readonly checksum_offload: boolean;
  readonly address: Uint8Array | undefined;

  /** The VLAN `vid` of `parent`. Throws `RangeError` for an identifier that is none. */
  constructor(readonly parent: NetDevice, readonly vid: number, readonly name: string) {
    if (!Number.isInteger(vid) || vid < 1 || vid > MAX_VID) throw new RangeError(`${vid} is no VLAN identifier`);
    this.mtu = parent.mtu;
    this.flags = parent.flags;
    this.gso_max_size = parent.gso_max_size;
    this.checksum_offload = parent.checksum_offload;
    this.address = parent.address;
  }

  transmit(packet: PacketBuffer): void {
    const { bytes, data } = packet;
    const addresses = bytes.slice(data, data + ethernet.HEADER_LENGTH - 2);
    const at = packet.push(ethernet.TAG_LENGTH);
    packet.mac_header = at;
    packet.bytes.set(addresses, at);
    ethernet.setTag(packet.bytes, at + addresses.length, ethernet.ETH_P_8021Q, this.vid);
    dev_queue_xmit(packet, this.parent);
  }
}
