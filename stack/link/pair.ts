/**
 * Two stacks joined by a virtual link, and stacks run together in virtual time.
 *
 * @module
 */
import { PacketBuffer } from "../buffer.ts";
import type { Timers } from "../timers.ts";
import { MacAddress } from "../wire/address.ts";
import { CallbackDevice } from "./callback_device.ts";
import type { NetDevice } from "./device.ts";
import { ImpairedPath } from "./impair.ts";
import { type Impairment, type Impairments, NO_IMPAIRMENT } from "./impairment.ts";

/** What of a stack a link needs. */
export interface LinkedHost {
  readonly net: { readonly now: number; readonly timers: Timers };
  addDevice(device: NetDevice): void;
  receive(device: NetDevice, packet: PacketBuffer): void;
  poll(now_us: number): void;
  nextDeadline(): number | undefined;
}

/** How a virtual link is made. */
export interface LinkOptions {
  /** Default 1500 octets. */
  readonly mtu?: number;
  /** An Ethernet link, with MAC addresses 02:00:00:00:00:01 and 02:00:00:00:00:02. Default: one without link headers. */
  readonly ethernet?: boolean;
  /** Device name on both ends, default `veth0`. */
  readonly name?: string;
  /** Faults: `out` from the first stack to the second, `in` the other way. */
  readonly impairments?: Impairments;
  /** Sees every packet that a stack sends: 0 the first, 1 the second. */
  readonly tap?: (end: 0 | 1, octets: Uint8Array, now_us: number) => void;
}

/** A link between two stacks. */
export interface VirtualLink {
  readonly devices: readonly [CallbackDevice, CallbackDevice];
  readonly paths: readonly [ImpairedPath<Uint8Array>, ImpairedPath<Uint8Array>];
}

/** Joins two stacks with a device on each. Nothing but octets crosses. Addresses are the caller's to add. */
export function connectStacks(a: LinkedHost, b: LinkedHost, options: LinkOptions = {}): VirtualLink {
  const path = (from: LinkedHost, to: LinkedHost, impairment: Impairment, device: () => NetDevice) =>
    new ImpairedPath<Uint8Array>(impairment, {
      now: () => Math.max(from.net.now, to.net.now),
      timers: to.net.timers,
      clone: (octets) => octets.slice(),
      octets: (octets) => octets,
      deliver: (octets) => to.receive(device(), new PacketBuffer(octets)),
      deferred: true,
    });
  const paths = [
    path(a, b, options.impairments?.out ?? NO_IMPAIRMENT, () => devices[1]),
    path(b, a, options.impairments?.in ?? NO_IMPAIRMENT, () => devices[0]),
  ] as const;
  const device = (end: 0 | 1, host: LinkedHost) =>
    new CallbackDevice({
      name: options.name ?? "veth0",
      mtu: options.mtu ?? 1500,
      address: options.ethernet === true ? new MacAddress(Uint8Array.of(2, 0, 0, 0, 0, end + 1)) : undefined,
      transmit: (packet) => {
        options.tap?.(end, packet.view(), host.net.now);
        paths[end].send(packet.view().slice());
      },
    });
  const devices = [device(0, a), device(1, b)] as const;
  a.addDevice(devices[0]);
  b.addDevice(devices[1]);
  return { devices, paths };
}

/** Runs stacks in virtual time until `until_us`, or until nothing is due any more; returns the time reached. */
export function runTogether(hosts: readonly LinkedHost[], until_us: number): number {
  let now = Math.max(...hosts.map((host) => host.net.now));
  for (;;) {
    let due = Infinity;
    for (const host of hosts) due = Math.min(due, host.nextDeadline() ?? Infinity);
    if (due > until_us) break;
    now = Math.max(now, due);
    for (const host of hosts) host.poll(now);
  }
  for (const host of hosts) host.poll(until_us);
  return until_us;
}
