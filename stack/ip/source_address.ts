/**
 * Which of its own addresses a host puts into a packet: RFC 1122 section 3.3.4.3 for IPv4, RFC 6724 section 5 for IPv6.
 *
 * @module
 */
import type { PacketDevice } from "../buffer.ts";
import { IpAddress, parsePrefix, type Prefix } from "../wire/address.ts";
import { multicastScope } from "../wire/ipv6.ts";
import type { InDevice, InterfaceAddress } from "./in_device.ts";

// IPv4.

/** IPv4: an address of `device` in the subnet of `toward`, else its first one, else any of the host's. */
export function inet_select_addr(
  devices: Iterable<InDevice>,
  device: PacketDevice,
  toward: IpAddress | undefined,
): IpAddress | undefined {
  const all = [...devices];
  const own = all.find((one) => one.device === device)?.addresses4 ?? [];
  const near = toward === undefined ? undefined : own.find((one) => toward.inPrefix(one.address, one.prefix_length));
  // RFC 1122 section 3.3.4.2: a host is one, whichever interface it speaks through; but nobody else knows its loopback.
  const chosen = near ?? own[0] ?? all.flatMap((one) => one.addresses4).find(({ address }) => !address.isLoopback);
  return chosen?.address;
}

// IPv6.

const LINK_LOCAL_SCOPE = 2;
const SITE_LOCAL_SCOPE = 5;
const GLOBAL_SCOPE = 14;
const SITE_LOCAL = parsePrefix("fec0::/10");

/** RFC 6724 section 3.1: of multicast addresses as they say, of unicast ones by their kind. */
function scopeOf(address: IpAddress): number {
  if (address.isMulticast) return multicastScope(address.bytes, 0);
  if (address.isLinkLocal || address.isLoopback) return LINK_LOCAL_SCOPE;
  return address.inPrefix(SITE_LOCAL.address, SITE_LOCAL.length) ? SITE_LOCAL_SCOPE : GLOBAL_SCOPE;
}

/** RFC 6724 section 2.1: prefixes with their labels, the longest first. */
const LABELS: readonly (readonly [Prefix, number])[] = [
  [parsePrefix("::1/128"), 0],
  [parsePrefix("::ffff:0:0/96"), 4],
  [parsePrefix("::/96"), 3],
  [parsePrefix("2001::/32"), 5],
  [parsePrefix("2002::/16"), 2],
  [parsePrefix("3ffe::/16"), 12],
  [parsePrefix("fec0::/10"), 11],
  [parsePrefix("fc00::/7"), 13],
  [parsePrefix("::/0"), 1],
];

function labelOf(address: IpAddress): number {
  return LABELS.find(([{ address: prefix, length }]) => address.inPrefix(prefix, length))![1];
}

/** Leading bits that two addresses have in common, at most `most`. */
function commonPrefix(a: IpAddress, b: IpAddress, most: number): number {
  for (let i = 0; i < a.bytes.length && 8 * i < most; i++) {
    const differing = a.bytes[i]! ^ b.bytes[i]!;
    if (differing !== 0) return Math.min(8 * i + Math.clz32(differing) - 24, most);
  }
  return most;
}

/** An address that may become the source. */
interface Candidate extends InterfaceAddress {
  readonly device: PacketDevice;
}

/** What the rules compare by. */
interface Goal {
  readonly destination: IpAddress;
  readonly device: PacketDevice;
}

/** One rule: which of two is better, as `sort` has it (below zero: the first), or 0 where it does not decide. */
type Rule = (a: Candidate, b: Candidate, goal: Goal) => number;

/** The one of two for which something holds. */
function prefer(holds: (candidate: Candidate, goal: Goal) => boolean): Rule {
  return (a, b, goal) => Number(holds(b, goal)) - Number(holds(a, goal));
}

/** RFC 6724 section 5. Rules 4 and 7 are about mobile hosts and temporary addresses, which there are none of here. */
const RULES: readonly Rule[] = [
  // 1: the same address.
  prefer(({ address }, { destination }) => address.equals(destination)),
  // 2: the smaller scope, if it is wide enough; else the wider one.
  (a, b, { destination }) => {
    const [one, other] = [scopeOf(a.address), scopeOf(b.address)];
    if (one === other) return 0;
    return Math.min(one, other) < scopeOf(destination) ? other - one : one - other;
  },
  // 3: not deprecated.
  prefer(({ deprecated }) => deprecated !== true),
  // 5: of the interface that it leaves through.
  prefer(({ device }, goal) => device === goal.device),
  // 6: the same label.
  prefer(({ address }, { destination }) => labelOf(address) === labelOf(destination)),
  // 8: the longest prefix in common, not beyond the subnet's.
  (a, b, { destination }) =>
    commonPrefix(b.address, destination, b.prefix_length) - commonPrefix(a.address, destination, a.prefix_length),
];

function compare(a: Candidate, b: Candidate, goal: Goal): number {
  for (const rule of RULES) {
    const decided = rule(a, b, goal);
    if (decided !== 0) return decided;
  }
  return 0;
}

/** RFC 6724 section 4: of the outgoing interface alone for groups and what does not leave the link, else any of the host's. */
function candidates(devices: Iterable<InDevice>, { destination, device }: Goal): Candidate[] {
  const onLinkOnly = destination.isMulticast || scopeOf(destination) <= LINK_LOCAL_SCOPE;
  return [...devices]
    .filter((one) => !onLinkOnly || one.device === device)
    .flatMap((one) => one.addresses6.map((own): Candidate => ({ ...own, device: one.device })))
    .filter(({ address }) => !address.isMulticast && !address.isUnspecified);
}

/** IPv6: the best of the host's addresses for `destination` through `device`. */
export function ipv6_dev_get_saddr(
  devices: Iterable<InDevice>,
  device: PacketDevice,
  destination: IpAddress,
): IpAddress | undefined {
  const goal: Goal = { destination, device };
  // Of equals the first stays: `sort` is stable.
  return candidates(devices, goal).sort((a, b) => compare(a, b, goal))[0]?.address;
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
