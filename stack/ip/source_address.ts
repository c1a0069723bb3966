/**
 * Which of its own addresses a host puts into a packet: `inet_select_addr` for IPv4, RFC 6724 section 5 for IPv6.
 *
 * @module
 */
import type { PacketDevice } from "../buffer.ts";
import { IpAddress, type Prefix } from "../wire/address.ts";
import type { InDevice } from "./in_device.ts";

/** IPv4: an address of `device` in the subnet of `toward`, else its first one, else any of the host's. */
export function inet_select_addr(
  devices: Iterable<InDevice>,
  device: PacketDevice,
  toward: IpAddress | undefined,
): IpAddress | undefined {
  let elsewhere: IpAddress | undefined;
  let first: IpAddress | undefined;
  for (const candidate of devices) {
    for (const { address, prefix_length } of candidate.addresses4) {
      if (candidate.device === device) {
        if (toward === undefined || toward.inPrefix(address, prefix_length)) return address;
        first ??= address;
      } else if (!address.isLoopback) {
        elsewhere ??= address;
      }
    }
  }
  return first ?? elsewhere;
}

/** Scopes of RFC 4291 section 2.7 and RFC 6724 section 3.1. */
const SCOPE_INTERFACE = 1;
const SCOPE_LINK = 2;
const SCOPE_SITE = 5;
const SCOPE_GLOBAL = 14;

function scopeOf(address: IpAddress): number {
  const b = address.bytes;
  if (address.isMulticast) return b[1]! & 0x0f;
  if (address.isLoopback) return SCOPE_LINK;
  if (address.isLinkLocal) return SCOPE_LINK;
  if (b[0] === 0xfe && (b[1]! & 0xc0) === 0xc0) return SCOPE_SITE;
  return SCOPE_GLOBAL;
}

/** Labels of Linux's `ip6addrlbl_init_table`. */
const LABELS: readonly (readonly [Prefix, number])[] = ([
  ["::1", 128, 0],
  ["::ffff:0:0", 96, 4],
  ["::", 96, 3],
  ["2001::", 32, 6],
  ["2001:10::", 28, 7],
  ["3ffe::", 16, 12],
  ["2002::", 16, 2],
  ["fec0::", 10, 11],
  ["fc00::", 7, 5],
  ["::", 0, 1],
] as const).map(([text, length, label]) => [{ address: IpAddress.parse(text), length }, label]);

function labelOf(address: IpAddress): number {
  for (const [prefix, label] of LABELS) if (address.inPrefix(prefix.address, prefix.length)) return label;
  return 1;
}

function commonPrefix(a: IpAddress, b: IpAddress): number {
  for (let i = 0; i < 16; i++) {
    const difference = a.bytes[i]! ^ b.bytes[i]!;
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return 128;
}

/** IPv6: the best of the host's addresses for `destination` through `device` (`ipv6_dev_get_saddr`). */
export function ipv6_dev_get_saddr(
  devices: Iterable<InDevice>,
  device: PacketDevice,
  destination: IpAddress,
): IpAddress | undefined {
  const scope = scopeOf(destination);
  const onLinkOnly = destination.isMulticast || scope <= SCOPE_LINK;
  let best: { readonly address: IpAddress; readonly score: readonly number[] } | undefined;
  for (const candidate of devices) {
    if (onLinkOnly && candidate.device !== device) continue;
    for (const { address, prefix_length, deprecated } of candidate.addresses6) {
      const own = scopeOf(address);
      const score = [
        address.equals(destination) ? 1 : 0,
        own >= Math.max(scope, SCOPE_INTERFACE + 1) ? 128 - own : own - 128,
        deprecated === true ? 0 : 1,
        candidate.device === device ? 1 : 0,
        labelOf(address) === labelOf(destination) ? 1 : 0,
        Math.min(commonPrefix(address, destination), prefix_length),
      ];
      if (best === undefined || better(score, best.score)) best = { address, score };
    }
  }
  return best?.address;
}

/** The IPv6 address of one interface for a destination, if its scope is wide enough: it tells a sender which interface it met. */
export function addressOn6(
  devices: ReadonlyMap<number, InDevice>,
  device: PacketDevice,
  destination: IpAddress,
): IpAddress | undefined {
  const state = devices.get(device.ifindex);
  const found = state === undefined ? undefined : ipv6_dev_get_saddr([state], device, destination);
  return found?.isLinkLocal === true && !destination.isLinkLocal ? undefined : found;
}

function better(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return false;
}
