/**
 * Packet sockets (`packet(7)`): every packet that an interface sends and receives, with the kernel's own timestamp.
 * Needs `--allow-ffi` and CAP_NET_RAW in the network namespace of the calling thread.
 *
 * @module
 */

import { EAGAIN } from "../abi/errno.ts";
import {
  AF_PACKET,
  MSG_DONTWAIT,
  MSG_TRUNC,
  PACKET_ADD_MEMBERSHIP,
  PACKET_AUXDATA,
  PACKET_STATISTICS,
  PACKET_VNET_HDR,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_TIMESTAMPNS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from "../abi/socket_constants.ts";
import { check } from "./errno.ts";
import { MessageHeader } from "./message_header.ts";
import { native } from "./native.ts";
import { close, must, SYS } from "./syscall.ts";

const VNET_HEADER_SIZE = 10;
const VNET_GSO_SIZE = 4;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const ETH_P_ALL = 3;
const SOCKADDR_LL_SIZE = 20;

const TP_STATUS_CSUMNOTREADY = 1 << 3;
const TP_STATUS_CSUM_VALID = 1 << 7;

/** `sll_pkttype`: which way a packet went and for whom it was. */
export const PACKET_TYPE = { HOST: 0, BROADCAST: 1, MULTICAST: 2, OTHERHOST: 3, OUTGOING: 4 } as const;

/** A packet as captured. */
export interface CapturedPacket {
  /** From the network header on (`cooked`) or from the link header on. The array is the caller's own. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Kernel timestamp in microseconds of CLOCK_REALTIME (rounded down). */
  readonly time: number;
  /** The same timestamp's nanoseconds below the microsecond, 0 to 999. */
  readonly nanoseconds: number;
  /** One of {@link PACKET_TYPE}. */
  readonly packetType: number;
  /** The interface sends it (its host is the source), rather than receives it. */
  readonly outgoing: boolean;
  /** EtherType: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP. */
  readonly protocol: number;
  /** Its transport checksum is not filled in: the sender leaves that to the device (TP_STATUS_CSUMNOTREADY). */
  readonly checksumNotReady: boolean;
  /** The kernel has verified its transport checksum (TP_STATUS_CSUM_VALID). */
  readonly checksumValid: boolean;
  /** Payload bytes per segment of an aggregate that is left to the device to split, else 0. Needs `vnetHeader`. */
  readonly gsoSize: number;
}

/** How to open a packet socket. */
export interface PacketSocketOptions {
  /** Interface index ({@link RouteSocket.indexOf}); 0 for all interfaces. */
  readonly interfaceIndex: number;
  /** SOCK_DGRAM (default): packets without link header. False: SOCK_RAW. A TUN device has no link header either way. */
  readonly cooked?: boolean;
  /** Bytes of receive buffer; 8 MiB unless given. */
  readonly receiveBuffer?: number;
  /** EtherType to capture; all unless given. 0 captures nothing: for sending only. */
  readonly protocol?: number;
  /** Capture received packets only. */
  readonly ignoreOutgoing?: boolean;
  /** Receive frames for other Ethernet addresses too. */
  readonly promiscuous?: boolean;
  /** A descriptor that another thread of this process opened with the same options, to take over. */
  readonly fd?: number;
  /** Learn each packet's {@link CapturedPacket.gsoSize}. For TUN devices, or with `cooked: false`. */
  readonly vnetHeader?: boolean;
}

/** Counters since the last time they were read. */
export interface PacketStatistics {
  /** Packets captured, the lost ones included. */
  readonly packets: number;
  /** Packets lost because the receive buffer was full. */
  readonly drops: number;
}

/** Biggest packet that Linux puts on an interface by default: an aggregate of 64 KiB with its link header. */
const MAX_PACKET = 65536 + 128 + VNET_HEADER_SIZE;

/** A non-blocking packet socket bound to an interface. Wait for readability with the reactor. */
export class PacketSocket implements Disposable {
  /** The descriptor. */
  readonly fd: number;
  readonly #options: PacketSocketOptions;
  readonly #data = new Uint8Array(MAX_PACKET);
  readonly #name = new Uint8Array(SOCKADDR_LL_SIZE);
  readonly #control = new Uint8Array(256);
  readonly #header = new MessageHeader({ name: this.#name, buffers: [this.#data], control: this.#control });
  readonly #nameView = new DataView(this.#name.buffer);
  readonly #controlView = new DataView(this.#control.buffer);
  readonly #dataView = new DataView(this.#data.buffer);
  #offset = 0;
  #open = true;

  /**
   * Opens it in the network namespace of the calling thread.
   *
   * @throws {SystemError} EPERM without CAP_NET_RAW, ENODEV without such an interface
   */
  constructor(options: PacketSocketOptions) {
    this.#options = options;
    // The kernel gives virtio headers to SOCK_RAW sockets only, which for TUN devices are the same as cooked ones.
    const raw = options.cooked === false || options.vnetHeader;
    const type = (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    if (options.vnetHeader) this.#offset = VNET_HEADER_SIZE;
    if (options.fd !== undefined) {
      this.fd = options.fd;
      return;
    }
    // Protocol 0 at first: nothing from other interfaces gets into the queue before bind.
    this.fd = must("socket", AF_PACKET, type, 0);
    try {
      this.#configure(options);
    } catch (error) {
      close(this.fd);
      throw error;
    }
  }

  #configure(options: PacketSocketOptions): void {
    const size = options.receiveBuffer ?? 8 << 20;
    if (this.#set(SOL_SOCKET, SO_RCVBUFFORCE, size) < 0) {
      check(this.#set(SOL_SOCKET, SO_RCVBUF, size), "setsockopt(SO_RCVBUF)");
    }
    check(this.#set(SOL_SOCKET, SO_TIMESTAMPNS, 1), "setsockopt(SO_TIMESTAMPNS)");
    check(this.#set(SOL_PACKET, PACKET_AUXDATA, 1), "setsockopt(PACKET_AUXDATA)");
    if (options.vnetHeader) {
      check(this.#set(SOL_PACKET, PACKET_VNET_HDR, 1), "setsockopt(PACKET_VNET_HDR)");
    }
    if (options.ignoreOutgoing) {
      check(this.#set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1), "setsockopt(PACKET_IGNORE_OUTGOING)");
    }
    if (options.promiscuous) {
      const request = new Uint8Array(16);
      const view = new DataView(request.buffer);
      view.setInt32(0, options.interfaceIndex, true);
      view.setUint16(4, PACKET_MR_PROMISC, true);
      const result = native().setsockopt(SYS.setsockopt, this.fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, 16);
      check(result, "setsockopt(PACKET_ADD_MEMBERSHIP)");
    }
    const address = this.#address(options.protocol ?? ETH_P_ALL);
    check(native().fdBuffer(SYS.bind, this.fd, address, address.length), "bind(AF_PACKET)");
  }

  #set(level: number, option: number, value: number): number {
    return native().setsockopt(
      SYS.setsockopt,
      this.fd,
      level,
      option,
      new Uint8Array(new Int32Array([value]).buffer),
      4,
    );
  }

  #address(protocol: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(SOCKADDR_LL_SIZE);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, AF_PACKET, true);
    view.setUint16(2, protocol, false);
    view.setInt32(4, this.#options.interfaceIndex, true);
    return bytes;
  }

  /** Takes the next packet, or undefined where none waits. Throws a `SystemError` (ENETDOWN) where the interface is down. */
  receive(): CapturedPacket | undefined {
    this.#header.reset();
    const length = native().fdBuffer(SYS.recvmsg, this.fd, this.#header.bytes, MSG_DONTWAIT | MSG_TRUNC);
    if (length === -EAGAIN) return undefined;
    check(length, "recvmsg(AF_PACKET)");
    let time = NaN;
    let nanoseconds = 0;
    let status = 0;
    const view = this.#controlView;
    const end = this.#header.controlLength;
    for (let at = 0; at + 16 <= end;) {
      const size = view.getUint32(at, true);
      if (size < 16 || at + size > end) break;
      const level = view.getInt32(at + 8, true);
      const type = view.getInt32(at + 12, true);
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS && size >= 32) {
        const fraction = view.getUint32(at + 24, true);
        time = (view.getUint32(at + 16, true) + view.getInt32(at + 20, true) * 0x100000000) * 1e6 +
          Math.floor(fraction / 1000);
        nanoseconds = fraction % 1000;
      } else if (level === SOL_PACKET && type === PACKET_AUXDATA && size >= 20) {
        status = view.getUint32(at + 16, true);
      }
      at += (size + 7) & ~7;
    }
    const packetType = this.#name[10]!;
    return {
      data: this.#data.slice(this.#offset, Math.min(length, this.#data.length)),
      time,
      nanoseconds,
      packetType,
      outgoing: packetType === PACKET_TYPE.OUTGOING,
      protocol: this.#nameView.getUint16(2, false),
      checksumNotReady: (status & TP_STATUS_CSUMNOTREADY) !== 0,
      checksumValid: (status & TP_STATUS_CSUM_VALID) !== 0,
      gsoSize: this.#offset > 0 ? this.#dataView.getUint16(VNET_GSO_SIZE, true) : 0,
    };
  }

  /**
   * Sends a packet out of the interface. On a cooked socket `protocol` is its EtherType, taken from the IP version
   * unless given. Returns its length or `-errno`.
   */
  send(packet: Uint8Array<ArrayBuffer>, protocol?: number): number {
    const type = protocol ?? (packet[0]! >> 4 === 6 ? 0x86dd : 0x0800);
    const address = this.#address(type);
    if (this.#offset > 0) {
      // The kernel expects the header on the way out too; all zero says nothing.
      const framed = new Uint8Array(this.#offset + packet.length);
      framed.set(packet, this.#offset);
      packet = framed;
    }
    return native().sendto(SYS.sendto, this.fd, packet, packet.length, MSG_DONTWAIT, address, address.length);
  }

  /** Packets seen and lost since the last call. */
  statistics(): PacketStatistics {
    const value = new Uint8Array(8);
    const length = new Uint8Array(new Uint32Array([8]).buffer);
    const result = native().getsockopt(SYS.getsockopt, this.fd, SOL_PACKET, PACKET_STATISTICS, value, length);
    check(result, "getsockopt(PACKET_STATISTICS)");
    const words = new Uint32Array(value.buffer);
    return { packets: words[0]!, drops: words[1]! };
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.fd);
  }
}
