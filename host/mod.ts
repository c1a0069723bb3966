/**
 * The only part of netproof that talks to Linux: system calls, network namespaces, TUN and TAP devices, packet
 * sockets, netlink, and a reactor that waits precisely.
 *
 * Nothing is loaded before the first use, so importing this needs no permission. Using it needs `--allow-ffi`, which
 * covers all system calls made here (files under `/proc/sys` included); what needs more says so. Privileges: network
 * namespaces need CAP_SYS_ADMIN, devices, addresses and routes CAP_NET_ADMIN, packet sockets CAP_NET_RAW: root, or root
 * of a user namespace.
 *
 * @module
 */

export { check, SystemError } from "./errno.ts";
export { errnoName, errnoNumber, strerror } from "../abi/errno_text.ts";
export {
  addressOf,
  close,
  cString,
  getpid,
  ioctl,
  must,
  open,
  read,
  SYS,
  syscall,
  syscallLong,
  type SystemCallArgument,
  type SystemCallName,
  write,
} from "./syscall.ts";
export { monotonic, realtime } from "./clock.ts";
export { formatAddress, parseAddress, parsePrefix } from "./address.ts";
export {
  drainEventfd,
  EPOLL,
  eventfd,
  Reactor,
  reactor,
  type ReactorOptions,
  type Timer,
  type Watch,
} from "./reactor.ts";
export { Lateness, type LatenessReport } from "./lateness.ts";
export { adoptOrphans, killDescendants } from "./descendants.ts";
export { openFileLimit } from "./limits.ts";
export { macrotask } from "./macrotask.ts";
export { NetworkNamespace, runInNamespace } from "./netns.ts";
export { readSysctl, sysctlPath, writeSysctl } from "./sysctl.ts";
export {
  IFF,
  type InterfaceAddress,
  type Link,
  type LinkChange,
  type LinkStatistics,
  type Route,
  RouteSocket,
  type VethEnd,
} from "./rtnetlink.ts";
export {
  PLAIN_VNET_HEADER,
  TUN_F,
  TunDevice,
  type TunOptions,
  VIRTIO_NET_HDR_F,
  VIRTIO_NET_HDR_GSO,
  type VnetHeader,
} from "./tun.ts";
export {
  type CapturedPacket,
  PACKET_TYPE,
  PacketSocket,
  type PacketSocketOptions,
  type PacketStatistics,
} from "./packet_socket.ts";
export { type ControlMessage, decodeControl, encodeControl } from "../abi/control_message.ts";
export { encodeIovec, MessageHeader, type MessageParts } from "./message_header.ts";
export {
  callOnThread,
  executeCall,
  type RawCall,
  threadState,
  type TimedCall,
  type TimedResult,
} from "./timed_call.ts";
export type { ExitStatus } from "./call_list.ts";
export { NativeCodeError } from "./native.ts";
export { ChildProcess, type ProcessOptions, run, type RunResult, spawn, type StdioChoice } from "./process.ts";
export { enterRealtimeScheduling, type Granted, leaveRealtimeScheduling, lockMemory, setNice } from "./scheduling.ts";
export { effectiveUserId, enterUserNamespace, probeNetworkNamespaces, probeTun, probeUserNamespace } from "./userns.ts";
export { NamedNetworkNamespace, removeAbandonedNamespaces } from "./named_netns.ts";
export { onTermination, type TerminationSignal } from "./termination.ts";
export {
  accept,
  bind,
  connect,
  decodeSocketAddress,
  encodeSocketAddress,
  getIntOption,
  listen,
  localAddress,
  peerAddress,
  receive,
  send,
  sendTo,
  setIntOption,
  shutdown,
  socket,
  type SocketAddress,
} from "./socket.ts";
