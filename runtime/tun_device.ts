/**
 * A stack's network device over an open TUN device.
 *
 * @module
 */
import { EAGAIN, EINTR, ENOBUFS } from "../abi/errno.ts";
import { SystemError } from "../host/errno.ts";
import { read, write } from "../host/syscall.ts";
import { TUN_F, TunDevice } from "../host/tun.ts";
import {
  putVnetChecksum,
  putVnetSegmentation,
  VIRTIO_NET_HDR_F,
  VIRTIO_NET_HDR_GSO,
  VNET_HEADER_SIZE,
  vnetFlags,
  vnetGsoSize,
  vnetGsoType,
} from "../abi/virtio_net.ts";
import { PacketBuffer } from "../stack/buffer.ts";
import {
  IFF_ALLMULTI,
  IFF_BROADCAST,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_UP,
  type NetDevice,
  type TransmitQueue,
} from "../stack/link/device.ts";
import type { MacAddress } from "../stack/wire/address.ts";
import { set16 } from "../stack/wire/bytes.ts";
import { pseudoHeaderSum4, pseudoHeaderSum6 } from "../stack/wire/checksum.ts";
import * as ipv4 from "../stack/wire/ipv4.ts";
import * as ipv6 from "../stack/wire/ipv6.ts";
import { headerLength as tcpHeaderLength } from "../stack/wire/tcp.ts";
import { IPPROTO_TCP, IPPROTO_UDP } from "../abi/socket_constants.ts";

/** Largest aggregate on the wire side of a TUN device, and some room. */
const MAX_AGGREGATE = 65_536 + 256;
/** Storage that packets are read into, octets: with aggregates, and without. */
const AGGREGATE_SLAB = 262_144;
const PLAIN_SLAB = 65_536;
/** A packet below this fraction of the storage is copied out of it, so that one that is kept for long keeps little alive. */
const SLAB_FRACTION = 64;

const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const UDP_HEADER_LENGTH = 8;

/** What a TUN device left to its reader when it was opened with {@link openOffloadingTun}. */
const OFFLOAD = TUN_F.CSUM | TUN_F.TSO4 | TUN_F.TSO6;

/** Opens a TUN device whose packets may be aggregates and may lack checksums, both ways. Throws as {@link TunDevice.open}. */
export function openOffloadingTun(
  options: { readonly name?: string; readonly persistent?: boolean; readonly mode?: "tun" | "tap" } = {},
): TunDevice {
  return TunDevice.open({ ...options, vnetHeader: true, offload: OFFLOAD });
}

/** Packets and octets that passed, as `ip -s link` counts them, seen from the stack. */
export interface DeviceStatistics {
  /** Packets received. */
  rx_packets: number;
  /** Octets received. */
  rx_bytes: number;
  /** Packets sent, aggregates as one. */
  tx_packets: number;
  /** Octets sent. */
  tx_bytes: number;
  /** Sent while the kernel had no room. */
  tx_dropped: number;
  /** Refused by the kernel: the interface is down, or the packet makes no sense to it. */
  tx_errors: number;
}

/** A device that a driver can read from. */
export interface ReadableDevice extends NetDevice, Disposable {
  /** The descriptor to wait for. */
  readonly fd: number;
  /**
   * Reads up to `budget` packets without waiting and hands each to `receive`, which owns it. Returns how many there
   * were; fewer than `budget` means that none is left.
   *
   * @throws {SystemError} where the device is down or gone
   */
  drain(receive: (packet: PacketBuffer) => void, budget: number): number;
}

/** How a {@link TunNetDevice} is made. */
export interface TunNetDeviceOptions {
  /** Name that the stack sees; the interface's own unless given. */
  readonly name?: string;
  /** Octets; 1500 unless given. It should be the MTU of the kernel's end, which is set there. */
  readonly mtu?: number;
  /** The stack's MAC address on a TAP device; absent for a TUN device. */
  readonly address?: MacAddress | undefined;
  /** The device is closed with this one. Default true. */
  readonly owned?: boolean;
}

/**
 * A stack's device over an open {@link TunDevice}. With a `vnetHeader` the stack may hand over TCP aggregates (TSO) and
 * leave checksums to the kernel, and gets the kernel's aggregates whole.
 */
export class TunNetDevice implements ReadableDevice {
  readonly name: string;
  ifindex = 0;
  mtu: number;
  flags: number;
  gso_max_size: number;
  readonly checksum_offload: boolean;
  readonly address: Uint8Array | undefined;
  queue?: TransmitQueue | undefined;
  readonly fd: number;
  /** What passed so far. */
  readonly statistics: DeviceStatistics = {
    rx_packets: 0,
    rx_bytes: 0,
    tx_packets: 0,
    tx_bytes: 0,
    tx_dropped: 0,
    tx_errors: 0,
  };
  readonly #tun: TunDevice;
  readonly #owned: boolean;
  readonly #header: number;
  #slab: Uint8Array<ArrayBuffer>;
  #used = 0;

  /** See {@link TunNetDeviceOptions}. */
  constructor(tun: TunDevice, options: TunNetDeviceOptions = {}) {
    this.#tun = tun;
    this.#owned = options.owned ?? true;
    this.fd = tun.fd;
    this.name = options.name ?? tun.name;
    this.mtu = options.mtu ?? 1500;
    this.address = options.address?.bytes;
    // Every frame to a group gets through a TAP device.
    this.flags = IFF_UP | IFF_MULTICAST |
      (this.address === undefined ? IFF_POINTOPOINT | IFF_NOARP : IFF_BROADCAST | IFF_ALLMULTI);
    this.#header = tun.vnetHeader ? VNET_HEADER_SIZE : 0;
    this.checksum_offload = tun.vnetHeader;
    this.gso_max_size = tun.vnetHeader ? 65_536 : 0;
    this.#slab = this.#newSlab();
  }

  #newSlab(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#header > 0 ? AGGREGATE_SLAB : PLAIN_SLAB + MAX_AGGREGATE);
  }

  drain(receive: (packet: PacketBuffer) => void, budget: number): number {
    const header = this.#header;
    let count = 0;
    while (count < budget) {
      if (this.#slab.length - this.#used < MAX_AGGREGATE + VNET_HEADER_SIZE) {
        this.#slab = this.#newSlab();
        this.#used = 0;
      }
      const start = this.#used;
      const length = read(this.fd, start === 0 ? this.#slab : this.#slab.subarray(start));
      if (length < 0) {
        if (length === -EAGAIN) break;
        if (length === -EINTR) continue;
        throw new SystemError(-length, `read ${this.name}`);
      }
      count++;
      if (length <= header) continue;
      receive(this.#packet(start, length));
    }
    return count;
  }

  #packet(start: number, length: number): PacketBuffer {
    const { statistics } = this;
    const header = this.#header;
    statistics.rx_packets++;
    statistics.rx_bytes += length - header;
    let bytes: Uint8Array;
    if (length * SLAB_FRACTION < this.#slab.length) bytes = this.#slab.slice(start, start + length);
    else {
      bytes = this.#slab.subarray(start, start + length);
      // The next one starts aligned, which checksums over words like.
      this.#used = start + ((length + 7) & ~7);
    }
    const packet = new PacketBuffer(bytes, header, length);
    if (header > 0) {
      const flags = vnetFlags(bytes);
      // What the kernel sends from memory needs no check; where the sum is not there yet, whoever passes it on has to fill it in.
      if ((flags & VIRTIO_NET_HDR_F.NEEDS_CSUM) !== 0) packet.ip_summed = "partial";
      else if ((flags & VIRTIO_NET_HDR_F.DATA_VALID) !== 0) packet.ip_summed = "unnecessary";
      if (vnetGsoType(bytes) !== VIRTIO_NET_HDR_GSO.NONE) packet.gso_size = vnetGsoSize(bytes);
    }
    return packet;
  }

  transmit(packet: PacketBuffer): void {
    const { statistics } = this;
    const length = packet.length;
    if (this.#header > 0) pushVnetHeader(packet);
    const { bytes, data, tail } = packet;
    const octets = bytes.subarray(data, tail);
    const result = write(this.fd, octets as Uint8Array<ArrayBuffer>);
    packet.release();
    if (result >= 0) {
      statistics.tx_packets++;
      statistics.tx_bytes += length;
    } else if (result === -EAGAIN || result === -ENOBUFS) statistics.tx_dropped++;
    else statistics.tx_errors++;
  }

  /** Closes the TUN device if it is owned. */
  [Symbol.dispose](): void {
    if (this.#owned) this.#tun[Symbol.dispose]();
  }
}

/** Puts the `virtio_net_hdr` of a packet in front of it. */
function pushVnetHeader(packet: PacketBuffer): void {
  // An ARP packet has no transport, and needs nothing done.
  const start = Math.max(0, packet.transport_header - packet.data);
  const at = packet.push(VNET_HEADER_SIZE);
  const { bytes } = packet;
  bytes.fill(0, at, at + VNET_HEADER_SIZE);
  if (packet.ip_summed === "partial") putVnetChecksum(bytes, at, start, prepareChecksum(packet));
  const size = packet.gso_size;
  if (size === 0) return;
  const transport = packet.transport_header;
  const tcp = packet.protocol === IPPROTO_TCP;
  const type = tcp
    ? packet.family === 4 ? VIRTIO_NET_HDR_GSO.TCPV4 : VIRTIO_NET_HDR_GSO.TCPV6
    : VIRTIO_NET_HDR_GSO.UDP_L4;
  const headers = start + (tcp ? tcpHeaderLength(bytes, transport) : UDP_HEADER_LENGTH);
  putVnetSegmentation(bytes, at, type, size, headers);
}

/** Leaves the sum over the pseudo-header in the checksum field, as the kernel expects; returns the field's offset. */
function prepareChecksum(packet: PacketBuffer): number {
  const { bytes, network_header: ip, transport_header: at, tail, protocol } = packet;
  const offset = protocol === IPPROTO_UDP ? UDP_CHECKSUM : protocol === IPPROTO_TCP ? TCP_CHECKSUM : 2;
  const length = tail - at;
  const sum = packet.family === 4
    ? pseudoHeaderSum4(bytes, ip + ipv4.SOURCE, ip + ipv4.DESTINATION, protocol, length)
    : pseudoHeaderSum6(bytes, ip + ipv6.SOURCE, ip + ipv6.DESTINATION, protocol, length);
  set16(bytes, at + offset, sum);
  return offset;
}
