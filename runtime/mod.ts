/**
 * Stacks in real time: a driver for a stack's devices and timers on a reactor of `host/`, devices over TUN, and sockets as
 * promises.
 *
 * @module
 */
export { type DriverOptions, realtimeOffset, StackDriver, stackNow } from "./driver.ts";
export {
  type DeviceStatistics,
  openOffloadingTun,
  type ReadableDevice,
  TunNetDevice,
  type TunNetDeviceOptions,
} from "./tun_device.ts";
export { configureKernelEnd, type KernelEnd } from "./kernel_end.ts";
export { SocketError } from "./socket_error.ts";
export {
  type BindOptions,
  type ConnectOptions,
  type Datagram,
  DatagramSocket,
  type Endpoint,
  endpointOf,
  formatEndpoint,
  Sockets,
  StreamListener,
  StreamSocket,
  type SystemCaller,
} from "./sockets.ts";
export { type Impairment, type Impairments, parseImpairment } from "../stack/link/impairment.ts";
export type { PendingCall } from "../abi/system_call.ts";
