/**
 * The runner's end of a device whose file end another process has: a packet socket that sends into the device and
 * captures what comes out of it.
 *
 * @module
 */

import { SystemError } from "../../../host/errno.ts";
import { PacketSocket } from "../../../host/packet_socket.ts";
import { close, syscall } from "../../../host/syscall.ts";

const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;

/** Opens it in the namespace that the thread is in. */
export function openInterfaceSocket(deviceIndex: number): number {
  const { fd } = new PacketSocket({ interfaceIndex: deviceIndex, ignoreOutgoing: true });
  // Straight to the device: its queue starts only some time after the other process has attached.
  const on = new Int32Array([1]);
  const result = syscall("setsockopt", fd, SOL_PACKET, PACKET_QDISC_BYPASS, on, 4);
  if (result >= 0) return fd;
  close(fd);
  throw new SystemError(-result, "PACKET_QDISC_BYPASS");
}

/** Takes over what {@link openInterfaceSocket} made, on another thread. */
export function adoptInterfaceSocket(fd: number, deviceIndex: number): PacketSocket {
  return new PacketSocket({ interfaceIndex: deviceIndex, ignoreOutgoing: true, fd });
}
