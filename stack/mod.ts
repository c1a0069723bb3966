/**
 * A TCP/IP stack without I/O: packets, time and randomness are handed in, packets come out.
 *
 * @module
 */
export { type ChecksumState, PacketBuffer, type PacketDevice, type PacketRoute, type PacketType } from "./buffer.ts";
export type { HeaderOptions } from "./ip/header_options.ts";
export type { Net } from "./net.ts";
export type { Profile } from "./deviations.ts";
export { Stack, type StackOptions } from "./stack.ts";
export { Setting, type SettingKind, Sysctl } from "./sysctl.ts";
export { Counter, Mib } from "./mib.ts";
export { type Timer, Timers } from "./timers.ts";
export type { NetDevice, TransmitQueue } from "./link/device.ts";
export type { ClaimOutcome } from "./link/acd.ts";
export { CallbackDevice, type CallbackDeviceOptions } from "./link/callback_device.ts";
export { Hook, type HookFunction, type HookRegistration, type HookState, Verdict } from "./ip/hooks.ts";
export type { FilterMode, SourceFilter } from "./ip/multicast/filter.ts";
export type { RouteSpec } from "./ip/route.ts";
export {
  type Flow,
  type IcmpError,
  type IcmpErrorRequest,
  type InetProtocol,
  type Ip,
  type IpSendOptions,
  PmtuDiscovery,
  type Route,
  type RouteMetrics,
  type RouteType,
} from "./ip/interface.ts";
export { type Family, IpAddress, MacAddress, parsePrefix, type Prefix } from "./wire/address.ts";
