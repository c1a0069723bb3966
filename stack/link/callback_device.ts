/**
 * A device whose packets go to a function: the seam to a TUN device, a capture or a test.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { MacAddress } from "../wire/address.ts";
import {
  IFF_BROADCAST,
  IFF_MULTICAST,
  IFF_NOARP,
  IFF_POINTOPOINT,
  IFF_UP,
  type NetDevice,
  type TransmitQueue,
} from "./device.ts";

/** What a {@link CallbackDevice} is made of. */
export interface CallbackDeviceOptions {
  /** Interface name. Default `tun0`. */
  readonly name?: string;
  /** Default 1500 octets. */
  readonly mtu?: number;
  /** MAC address: an Ethernet device. Without, packets have no link header. */
  readonly address?: MacAddress | undefined;
  /** `IFF_*`. Default a point-to-point link without ARP, as a TUN device is, or with an address one for everybody. */
  readonly flags?: number;
  /** Largest aggregate it takes with segmentation left to `transmit` (which sees `gso_size`), octets. Default 0: none. */
  readonly gso_max_size?: number;
  /** `transmit` fills in checksums left `partial`. Default false. */
  readonly checksum_offload?: boolean;
  /** Takes each packet that is sent, and owns it. */
  readonly transmit: (packet: PacketBuffer) => void;
}

/**
 * A device whose packets go to a function.
 *
 * @example
 * ```ts
 * import { CallbackDevice } from "./callback_device.ts";
 *
 * const sent: Uint8Array[] = [];
 * const device = new CallbackDevice({ transmit: (packet) => sent.push(packet.view().slice()) });
 * if (device.mtu !== 1500) throw new Error("unexpected MTU");
 * ```
 */
export class CallbackDevice implements NetDevice {
  readonly name: string;
  ifindex = 0;
  mtu: number;
  flags: number;
  gso_max_size: number;
  readonly checksum_offload: boolean;
  readonly address: Uint8Array | undefined;
  queue?: TransmitQueue | undefined;
  stopped = false;
  private readonly send: (packet: PacketBuffer) => void;

  /** See {@link CallbackDeviceOptions}. */
  constructor(options: CallbackDeviceOptions) {
    this.name = options.name ?? "tun0";
    this.mtu = options.mtu ?? 1500;
    this.address = options.address?.bytes;
    this.flags = options.flags ??
      (IFF_UP | IFF_MULTICAST | (this.address === undefined ? IFF_POINTOPOINT | IFF_NOARP : IFF_BROADCAST));
    this.gso_max_size = options.gso_max_size ?? 0;
    this.checksum_offload = options.checksum_offload ?? false;
    this.send = options.transmit;
  }

  transmit(packet: PacketBuffer): void {
    this.send(packet);
  }
}
