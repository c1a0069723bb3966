/**
 * TUN and TAP devices (`Documentation/networking/tuntap.rst`). A device belongs to the network namespace that the
 * thread is in when it is opened. Needs `--allow-ffi` and CAP_NET_ADMIN, and `/dev/net/tun`.
 *
 * @module
 */

import {
  getVnetHeader,
  putVnetHeader,
  VIRTIO_NET_HDR_F,
  VIRTIO_NET_HDR_GSO,
  VNET_HEADER_SIZE,
  type VnetHeader,
} from "../abi/virtio_net.ts";
import { O_NONBLOCK, O_RDWR } from "../abi/file_constants.ts";
import { check, SystemError } from "./errno.ts";
import { close, ioctl, open, read, syscall, write as syscallWrite } from "./syscall.ts";

const TUNSETIFF = 0x400454ca;
const TUNSETPERSIST = 0x400454cb;
const TUNSETOFFLOAD = 0x400454d0;
const TUNSETVNETHDRSZ = 0x400454d8;

const IFF_TUN = 1;
const IFF_TAP = 2;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;

const IFNAMSIZ = 16;
const IFREQ_SIZE = 40;

/** Offloads of TUNSETOFFLOAD: what the reader of the device takes over from the kernel. */
export const TUN_F = { CSUM: 1, TSO4: 2, TSO6: 4, TSO_ECN: 8, UFO: 16, USO4: 32, USO6: 64 } as const;

export { VIRTIO_NET_HDR_F, VIRTIO_NET_HDR_GSO, type VnetHeader };

/** The header that says nothing. */
export const PLAIN_VNET_HEADER: VnetHeader = {
  flags: 0,
  gsoType: 0,
  hdrLen: 0,
  gsoSize: 0,
  csumStart: 0,
  csumOffset: 0,
};

/** Largest packet that a device can deliver: 64 KiB and headers. */
const MAX_PACKET = 65536 + 256;

/** How to open a device. */
export interface TunOptions {
  /** Interface name, `tun0`; with `%d` the kernel picks the number. */
  readonly name?: string;
  /** `tun` carries IP packets, `tap` Ethernet frames. */
  readonly mode?: "tun" | "tap";
  /** Each packet carries a {@link VnetHeader}: needed for aggregates (GSO) and for left-out checksums. */
  readonly vnetHeader?: boolean;
  /** {@link TUN_F} bits that the kernel may leave to us on packets that it sends; 0 unless given. */
  readonly offload?: number;
  /**
   * The device outlives this descriptor until {@link TunDevice.setPersistent} says otherwise, or until its namespace goes.
   * In a namespace of its own that is much the faster way: closing the descriptor of another device waits until the kernel has
   * destroyed it, about 30 ms, while a namespace is destroyed in the background (measured in `bench/host_bench.ts`).
   */
  readonly persistent?: boolean;
}

/** An open TUN or TAP device. All operations are non-blocking: wait for readability with the reactor. */
export class TunDevice implements Disposable {
  /** The descriptor. */
  readonly fd: number;
  /** Interface name. */
  readonly name: string;
  /** What it carries. */
  readonly mode: "tun" | "tap";
  /** Whether each packet has a {@link VnetHeader}. */
  readonly vnetHeader: boolean;
  readonly #read: Uint8Array<ArrayBuffer>;
  readonly #write: Uint8Array<ArrayBuffer>;
  #open = true;

  /** Use {@link TunDevice.open}. */
  private constructor(fd: number, name: string, mode: "tun" | "tap", vnetHeader: boolean) {
    this.fd = fd;
    this.name = name;
    this.mode = mode;
    this.vnetHeader = vnetHeader;
    this.#read = new Uint8Array(MAX_PACKET + (vnetHeader ? VNET_HEADER_SIZE : 0));
    this.#write = new Uint8Array(vnetHeader ? MAX_PACKET + VNET_HEADER_SIZE : 0);
  }

  /**
   * Opens a new device, or attaches to a persistent one of that name.
   *
   * @throws {SystemError} ENOENT without `/dev/net/tun`, EPERM or EACCES without the privilege, EBUSY where the name
   * is taken, EINVAL where an existing device is of another mode
   */
  static open(options: TunOptions = {}): TunDevice {
    const { name = "tun%d", mode = "tun", vnetHeader = false } = options;
    if (name.length >= IFNAMSIZ) throw new TypeError(`Interface name longer than ${IFNAMSIZ - 1} characters: ${name}`);
    const fd = check(open("/dev/net/tun", O_RDWR | O_NONBLOCK), "open /dev/net/tun");
    try {
      const ifreq = new Uint8Array(IFREQ_SIZE);
      new TextEncoder().encodeInto(name, ifreq);
      const flags = (mode === "tun" ? IFF_TUN : IFF_TAP) | IFF_NO_PI | (vnetHeader ? IFF_VNET_HDR : 0);
      new DataView(ifreq.buffer).setUint16(IFNAMSIZ, flags, true);
      check(ioctl(fd, TUNSETIFF, ifreq), `TUNSETIFF ${name}`);
      if (vnetHeader) {
        const size = new Uint8Array(new Int32Array([VNET_HEADER_SIZE]).buffer);
        check(ioctl(fd, TUNSETVNETHDRSZ, size), "TUNSETVNETHDRSZ");
      }
      if (options.offload) check(syscall("ioctl", fd, TUNSETOFFLOAD, options.offload), "TUNSETOFFLOAD");
      const end = ifreq.indexOf(0);
      const device = new TunDevice(fd, new TextDecoder().decode(ifreq.subarray(0, end)), mode, vnetHeader);
      if (options.persistent) device.setPersistent(true);
      return device;
    } catch (error) {
      close(fd);
      throw error;
    }
  }

  /** Whether the device stays when its descriptors are closed. */
  setPersistent(persistent: boolean): void {
    check(syscall("ioctl", this.fd, TUNSETPERSIST, persistent ? 1 : 0), "TUNSETPERSIST");
  }

  /**
   * Reads one packet. Returns a view that is valid until the next read, or undefined where none waits.
   *
   * @throws {SystemError} EBADFD or EIO where the device is gone or down
   */
  read(): Uint8Array<ArrayBuffer> | undefined {
    const length = read(this.fd, this.#read);
    if (length === -11) return undefined;
    check(length, `read ${this.name}`);
    return this.#read.subarray(this.vnetHeader ? VNET_HEADER_SIZE : 0, length);
  }

  /** The {@link VnetHeader} of the packet that {@link read} returned last. */
  lastVnetHeader(): VnetHeader {
    if (!this.vnetHeader) return PLAIN_VNET_HEADER;
    return getVnetHeader(this.#read);
  }

  /**
   * Writes one packet, which the kernel takes as received on this interface. Returns false where it has no room.
   *
   * @throws {SystemError} EIO where the interface is down, EINVAL where the packet or header makes no sense
   */
  write(packet: Uint8Array<ArrayBuffer>, header: VnetHeader = PLAIN_VNET_HEADER): boolean {
    let bytes = packet;
    if (this.vnetHeader) {
      if (packet.length > MAX_PACKET) throw new SystemError(90, `write ${this.name}`, `${packet.length} bytes`);
      putVnetHeader(this.#write, 0, header);
      this.#write.set(packet, VNET_HEADER_SIZE);
      bytes = this.#write.subarray(0, VNET_HEADER_SIZE + packet.length);
    }
    const result = syscallWrite(this.fd, bytes);
    if (result === -11) return false;
    check(result, `write ${this.name}`);
    return true;
  }

  /** Closes the descriptor; the device goes with it unless persistent. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.fd);
  }
}
