/**
 * The packets that leave a world through its device, with the kernel's time stamps, and the way in for packets.
 *
 * A packet socket captures what the device is given; the device's own queue behind it is emptied now and then, so that
 * it never fills.
 *
 * @module
 */

import { EIO } from "../../../abi/errno.ts";
import { IPPROTO_TCP, SO_ATTACH_FILTER, SOL_SOCKET } from "../../../abi/socket_constants.ts";
import { check, SystemError } from "../../../host/errno.ts";
import { native } from "../../../host/native.ts";
import { type CapturedPacket, PacketSocket } from "../../../host/packet_socket.ts";
import { EPOLL, type Reactor, type Watch } from "../../../host/reactor.ts";
import { addressOf, close, read, SYS, write } from "../../../host/syscall.ts";
import { putVnetSegmentation, VIRTIO_NET_HDR_GSO } from "../../../abi/virtio_net.ts";
import { ipVersion } from "../../../stack/wire/ip_version.ts";
import * as ipv4 from "../../../stack/wire/ipv4.ts";
import * as ipv6 from "../../../stack/wire/ipv6.ts";
import * as tcp from "../../../stack/wire/tcp.ts";
import type { InjectedPacket } from "../target.ts";

const VNET_HEADER = 10;
const PACKET_OUTGOING = 4;
/** Below the 500 packets that a TUN device's queue holds. */
const DRAIN_EVERY = 200;
/** A device queue of 64 KiB packets must not hold much memory either, octets. */
const DRAIN_OCTETS = 4 << 20;
const MAX_PACKET = 65535 + VNET_HEADER;

/** A packet as the device was given it. */
export interface DevicePacket {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** CLOCK_REALTIME, µs. */
  readonly time: number;
  readonly checksumPartial: boolean;
  readonly gsoSize: number;
}

/** Classic BPF: only packets of one `sll_pkttype`. */
function filterType(fd: number, type: number): void {
  const SKF_AD_PKTTYPE = 0xfffff000 + 4;
  const program = new Uint8Array(4 * 8);
  const view = new DataView(program.buffer);
  const statement = (at: number, code: number, jt: number, jf: number, k: number) => {
    // struct sock_filter: code, where to go on, operand.
    view.setUint16(8 * at, code, true);
    program.set([jt, jf], 8 * at + Uint16Array.BYTES_PER_ELEMENT);
    view.setUint32(8 * at + 4, k, true);
  };
  statement(0, 0x30, 0, 0, SKF_AD_PKTTYPE); // ldb [type]
  statement(1, 0x15, 0, 1, type); // jeq #type
  statement(2, 0x06, 0, 0, 0x40000); // ret whole packet
  statement(3, 0x06, 0, 0, 0); // ret nothing
  const fprog = new Uint8Array(16);
  new DataView(fprog.buffer).setUint16(0, 4, true);
  new DataView(fprog.buffer).setBigUint64(8, addressOf(program), true);
  check(native().setsockopt(SYS.setsockopt, fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog, 16), "SO_ATTACH_FILTER");
}

/** How a device is captured. */
export interface CaptureOptions {
  /** The device's file end. */
  readonly deviceFd: number;
  readonly deviceIndex: number;
  /** What {@link openCaptureSocket} made. */
  readonly captureFd: number;
}

/**
 * Opens a packet socket for what the kernel sends through a device, in the namespace that the thread is in. It can take
 * tens of milliseconds while other namespaces come and go (the kernel's per-processor memory has one lock).
 */
export function openCaptureSocket(deviceIndex: number): number {
  const { fd } = new PacketSocket({ interfaceIndex: deviceIndex, vnetHeader: true });
  try {
    filterType(fd, PACKET_OUTGOING);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Captures what the kernel sends through a TUN device, and injects by its file end. */
export class DeviceCapture {
  readonly #deviceFd: number;
  readonly #socket: PacketSocket;
  readonly #watch: Watch;
  readonly #captured: (packet: DevicePacket) => void;
  #undrained = 0;
  #undrainedOctets = 0;
  readonly #discarded = new Uint8Array(VNET_HEADER);

  /** Starts; `captured` is called for each packet. */
  constructor(options: CaptureOptions, reactor: Reactor, captured: (packet: DevicePacket) => void) {
    this.#deviceFd = options.deviceFd;
    this.#socket = new PacketSocket({ interfaceIndex: options.deviceIndex, vnetHeader: true, fd: options.captureFd });
    this.#captured = captured;
    this.#watch = reactor.watch(this.#socket.fd, EPOLL.IN, () => this.collect());
  }

  /** Takes what has been captured up to now. */
  collect(): void {
    for (let packet; (packet = receiveFrom(this.#socket)) !== undefined;) {
      const { data, time, checksumNotReady, gsoSize } = packet;
      this.#undrained++;
      this.#undrainedOctets += data.length;
      this.#captured({ bytes: data, time, checksumPartial: checksumNotReady, gsoSize });
    }
    if (this.#undrained >= DRAIN_EVERY || this.#undrainedOctets >= DRAIN_OCTETS) this.#drain();
  }

  #drain(): void {
    this.#undrained = 0;
    this.#undrainedOctets = 0;
    // A read shorter than the packet discards the rest of it; only the header must fit.
    while (read(this.#deviceFd, this.#discarded) >= 0);
  }

  /** Gives the kernel a packet, as received on the device. */
  inject(packet: InjectedPacket): void {
    const { bytes, gsoSize = 0 } = packet;
    if (bytes.length + VNET_HEADER > MAX_PACKET) throw new RangeError(`a packet of ${bytes.length} bytes`);
    const framed = new Uint8Array(VNET_HEADER + bytes.length);
    framed.set(bytes, VNET_HEADER);
    if (gsoSize > 0) gsoHint(framed, bytes, gsoSize);
    const result = write(this.#deviceFd, framed);
    // A script may take its own device down; then packets get lost, as on a wire.
    if (result < 0 && result !== -EIO) check(result, "injecting a packet");
  }

  /** Stops. The descriptors are closed with the world. */
  stop(): void {
    this.#watch.close();
  }
}

/** The next packet. A script may take its own device down, which a packet socket reports once, as an error. */
export function receiveFrom(socket: PacketSocket): CapturedPacket | undefined {
  for (;;) {
    try {
      return socket.receive();
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== "ENETDOWN") throw error;
    }
  }
}

/**
 * Says in the header before the packet that it is an aggregate of TCP segments of `gsoSize` payload octets. How long its
 * headers are is left open (0), as packetdrill leaves it: how the kernel lays a packet out in memory follows from that
 * length, and with it the window that it offers.
 */
function gsoHint(framed: Uint8Array<ArrayBuffer>, bytes: Uint8Array, gsoSize: number): void {
  const six = ipVersion(bytes, 0) === ipv6.VERSION;
  const ipHeader = six ? ipv6.HEADER_LENGTH : ipv4.headerLength(bytes, 0);
  const protocol = six ? ipv6.nextHeader(bytes, 0) : ipv4.protocol(bytes, 0);
  if (bytes.length < ipHeader + tcp.MIN_HEADER_LENGTH) return;
  const headers = ipHeader + tcp.headerLength(bytes, ipHeader);
  // One segment is no aggregate.
  if (protocol !== IPPROTO_TCP || bytes.length - headers <= gsoSize) return;
  const cwr = tcp.hasFlag(bytes, ipHeader, tcp.CWR);
  const type = six ? VIRTIO_NET_HDR_GSO.TCPV6 : VIRTIO_NET_HDR_GSO.TCPV4;
  putVnetSegmentation(framed, 0, cwr ? type | VIRTIO_NET_HDR_GSO.ECN : type, gsoSize, 0);
}
