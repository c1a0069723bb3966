/**
 * The runner's end of a device whose file end another process has: a packet socket that sends into the device and
 * captures what comes out of it.
 *
 * @module
 */

import { PACKET_QDISC_BYPASS, SOL_PACKET } from "../../../abi/socket_constants.ts";
import { check, SystemError } from "../../../host/errno.ts";
import { type CapturedPacket, PacketSocket } from "../../../host/packet_socket.ts";
import { close, syscall } from "../../../host/syscall.ts";
import { receiveFrom } from "../kernel/capture.ts";

/** Opens the socket in the namespace that the thread is in. */
export function openInterfaceSocket(deviceIndex: number): number {
  const { fd } = new PacketSocket({ interfaceIndex: deviceIndex, ignoreOutgoing: true, vnetHeader: true });
  // Straight to the device: its queue starts only some time after the other process has attached.
  const on = new Int32Array([1]);
  const result = syscall("setsockopt", fd, SOL_PACKET, PACKET_QDISC_BYPASS, on, 4);
  if (result >= 0) return fd;
  close(fd);
  throw new SystemError(-result, "PACKET_QDISC_BYPASS");
}

/** What {@link openInterfaceSocket} made, taken over on another thread. Its descriptor is closed with the world. */
export class InterfaceSocket {
  readonly #socket: PacketSocket;

  constructor(fd: number, deviceIndex: number) {
    this.#socket = new PacketSocket({ interfaceIndex: deviceIndex, ignoreOutgoing: true, vnetHeader: true, fd });
  }

  /** The descriptor, to wait for packets. */
  get fd(): number {
    return this.#socket.fd;
  }

  /** The next packet that the other process wrote, or `undefined`. */
  receive(): CapturedPacket | undefined {
    return receiveFrom(this.#socket);
  }

  /** Gives the other process a packet to read. Throws a `SystemError` (ENETDOWN where nobody has the file end). */
  send(packet: Uint8Array): void {
    const result = this.#socket.send(packet.slice());
    check(result, "injecting a packet");
  }
}
