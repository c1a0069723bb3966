/**
 * One TCP/IP stack: the floors wired together. It does no I/O and reads no clock: packets, the time and randomness are
 * handed in.
 *
 * @module
 */
import { PacketBuffer } from "./buffer.ts";
import { type Deviations, deviationsOf, type Profile } from "./deviations.ts";
import { IcmpFloor } from "./icmp/icmp.ts";
import { NeighbourDiscovery } from "./icmp/nd/discovery.ts";
import type { HookRegistration } from "./ip/hooks.ts";
import { IpFloor } from "./ip/ip.ts";
import type { RouteSpec } from "./ip/route.ts";
import { AddressConflicts, type ClaimOutcome } from "./link/acd.ts";
import { IFF_UP, type NetDevice } from "./link/device.ts";
import { LoopbackDevice } from "./link/loopback.ts";
import { Counter, Mib } from "./mib.ts";
import type { Net } from "./net.ts";
import { seededRandom } from "./random.ts";
import { SocketLayer, type SocketLayerOptions } from "./socket/socket_layer.ts";
import { Sysctl } from "./sysctl.ts";
import { Timers } from "./timers.ts";
import { registerTransports, type Transports } from "./transports.ts";
import { parsePrefix, type Prefix } from "./wire/address.ts";

/** What a stack is made of; everything has a default. */
export interface StackOptions {
  /** Uniform 32-bit unsigned random numbers. Default: generated from {@link seed}. */
  readonly random?: () => number;
  /** Seed of the default random numbers, default 1. The same seed and the same input give the same packets. */
  readonly seed?: number;
  /** Settings that differ from Linux's defaults, by name. */
  readonly sysctl?: Readonly<Record<string, string | number>>;
  /** Wall-clock time at stack time 0, µs since the epoch. Default 0. */
  readonly realtime_offset_us?: number;
  /** Stack time to start at, µs. Default 0. */
  readonly now_us?: number;
  /** Devices to add, besides loopback. */
  readonly devices?: readonly NetDevice[];
  /** Netfilter hooks to register. */
  readonly hooks?: readonly HookRegistration[];
  /**
   * For the socket layer.
   *
   * @internal
   */
  readonly sockets?: SocketLayerOptions;
  /** Whom TCP takes after where Linux and the RFCs differ: see `deviations.ts`. Default `linux`. */
  readonly profile?: Profile;
}

/**
 * One TCP/IP stack. Two stacks in one process share nothing.
 *
 * @example Answering a ping
 * ```ts
 * import { CallbackDevice } from "./link/callback_device.ts";
 * import { Stack } from "./stack.ts";
 *
 * const sent: Uint8Array[] = [];
 * const stack = new Stack();
 * const tun0 = new CallbackDevice({ transmit: (packet) => sent.push(packet.view().slice()) });
 * stack.addDevice(tun0);
 * stack.addAddress(tun0, "192.0.2.1/24");
 * // stack.receive(tun0, bytes); stack.poll(now_us); stack.nextDeadline();
 * ```
 */
export class Stack {
  /** What the floors share: the time, timers, settings, counters. */
  readonly net: Net;
  /**
   * The IP floor: routing tables, hooks, protocols.
   *
   * @internal
   */
  readonly ip: IpFloor;
  /**
   * The ICMP floor.
   *
   * @internal
   */
  readonly icmp: IcmpFloor;
  /**
   * Neighbour discovery.
   *
   * @internal
   */
  readonly nd: NeighbourDiscovery;
  private readonly conflicts: AddressConflicts;
  private readonly deviations: Deviations;
  /**
   * System calls.
   *
   * @internal
   */
  readonly sockets: SocketLayer;
  /**
   * The transports, for what they show of themselves.
   *
   * @internal
   */
  readonly transports: Transports;
  /** `lo`, with 127.0.0.1/8 and ::1. */
  readonly loopback: NetDevice;
  private next_ifindex = 2;

  /** See {@link StackOptions}. Throws `RangeError` for a setting that Linux would refuse. */
  constructor(options: StackOptions = {}) {
    const net: Net = {
      now: options.now_us ?? 0,
      realtime_offset_us: options.realtime_offset_us ?? 0,
      timers: new Timers(),
      random: options.random ?? seededRandom(options.seed ?? 1),
      sysctl: new Sysctl(options.sysctl),
      mib: new Mib(),
    };
    this.net = net;
    mirror(net, "net.ipv4.ip_forward", Counter.IpForwarding, (value) => value !== 0 ? 1 : 2);
    mirror(net, "net.ipv4.ip_default_ttl", Counter.IpDefaultTTL, (value) => value);
    this.loopback = new LoopbackDevice(net, (packet) => this.ip.receiveBare(packet));
    this.ip = new IpFloor(net, this.loopback);
    this.ip.addDevice(this.loopback);
    this.ip.routes.addAddress(this.loopback, parsePrefix("127.0.0.1/8"));
    this.ip.routes.addAddress(this.loopback, parsePrefix("::1/128"));
    this.icmp = new IcmpFloor(this.ip);
    this.nd = new NeighbourDiscovery(this.ip, this.icmp);
    this.conflicts = new AddressConflicts(net, this.ip.arp);
    this.deviations = deviationsOf(options.profile ?? "linux");
    this.sockets = new SocketLayer(net, options.sockets);
    this.transports = registerTransports(net, this.ip, this.icmp, this.sockets.protocols, options.profile);
    for (const hook of options.hooks ?? []) this.ip.hooks.register(hook);
    for (const device of options.devices ?? []) this.addDevice(device);
  }

  /** Adds a device and gives it an index unless it has one. Throws `RangeError` when its name or index is taken. */
  addDevice(device: NetDevice): void {
    if (this.ip.device(device.name) !== undefined) throw new RangeError(`there is a device called ${device.name}`);
    if (device.ifindex === 0) device.ifindex = this.next_ifindex;
    if (this.ip.device(device.ifindex) !== undefined) {
      throw new RangeError(`there is a device with index ${device.ifindex}`);
    }
    this.next_ifindex = Math.max(this.next_ifindex, device.ifindex) + 1;
    this.ip.addDevice(device);
    this.nd.deviceUp(device);
  }

  /** Removes a device with its addresses and routes. */
  removeDevice(device: NetDevice): void {
    this.nd.removeDevice(device);
    this.ip.removeDevice(device);
  }

  /** Changes a device's MTU. */
  setMtu(device: NetDevice, mtu: number): void {
    device.mtu = mtu;
    this.ip.routes.in_device(device).mtuChanged();
  }

  /** Sets a device up or down; routes through a device that is down lead nowhere. */
  setUp(device: NetDevice, up: boolean): void {
    device.flags = up ? device.flags | IFF_UP : device.flags & ~IFF_UP;
    this.ip.routes.changed();
    if (up) {
      if (this.ip.arp.settingsOf(device).notify.or) {
        for (const { address } of this.ip.routes.in_device(device).addresses4) this.ip.arp.announce(device, address);
      }
      return this.nd.deviceUp(device);
    }
    this.ip.neighbours.flush(device);
    if (device.address !== undefined) this.nd.deviceDown(device);
  }

  /**
   * Adds an address, e.g. `192.0.2.1/24`, with its routes. On Ethernet an IPv6 one can be used once nobody else was found to have it
   * (RFC 4862 section 5.4). With `nodad` it can at once. False when the device has it. Throws `SyntaxError` for bad text.
   */
  addAddress(device: NetDevice, prefix: Prefix | string, options: { readonly nodad?: boolean } = {}): boolean {
    const wanted = typeof prefix === "string" ? parsePrefix(prefix) : prefix;
    if (wanted.address.family === 6 && options.nodad !== true) return this.nd.addAddress(device, wanted);
    if (!this.ip.routes.addAddress(device, wanted)) return false;
    if (wanted.address.family === 4 && device.address !== undefined && !this.deviations.conflictsUnnoticed) {
      this.conflicts.hold(device, wanted.address, () => this.ip.routes.removeAddress(device, wanted));
    }
    return true;
  }

  /**
   * Adds an IPv4 address to an Ethernet device once nobody else was found to have it, and takes it away when somebody insists on it later
   * (RFC 5227). `done` is told `claimed`, `conflict` or, later on, `lost`. Throws `SyntaxError` for bad text.
   */
  claimAddress(device: NetDevice, prefix: Prefix | string, done: (outcome: ClaimOutcome) => void): void {
    const wanted = typeof prefix === "string" ? parsePrefix(prefix) : prefix;
    this.conflicts.claim(device, wanted.address, (outcome) => {
      if (outcome === "claimed") this.ip.routes.addAddress(device, wanted);
      if (outcome === "lost") this.ip.routes.removeAddress(device, wanted);
      done(outcome);
    });
  }

  /** Removes an address and its routes. False when the device has no such. */
  removeAddress(device: NetDevice, prefix: Prefix | string): boolean {
    const wanted = typeof prefix === "string" ? parsePrefix(prefix) : prefix;
    if (wanted.address.family === 6) return this.nd.addresses.remove(device, wanted);
    this.conflicts.release(device, wanted.address);
    return this.ip.routes.removeAddress(device, wanted);
  }

  /** Adds a route: 0 or `-errno`. */
  addRoute(route: RouteSpec): number {
    return this.ip.routes.addRoute(route);
  }

  /** Removes routes; how many. */
  removeRoute(route: Omit<RouteSpec, "metrics">): number {
    return this.ip.routes.removeRoute(route);
  }

  /** A device for one VLAN of an Ethernet device (IEEE 802.1Q); it is added. Throws `RangeError` for a bad identifier. */
  addVlan(device: NetDevice, vid: number, name?: string): NetDevice {
    const vlan = this.ip.ethernet.addVlan(device, vid, name);
    this.addDevice(vlan);
    return vlan;
  }

  /** Takes a packet from a device, starting at its Ethernet header, or where it has none at its IP header. The octets belong to the stack from now on. */
  receive(device: NetDevice, packet: Uint8Array | PacketBuffer): void {
    const buffer = packet instanceof PacketBuffer ? packet : new PacketBuffer(packet);
    buffer.route = undefined;
    buffer.timestamp_us = this.net.now;
    buffer.mac_header = buffer.data;
    if ((device.flags & IFF_UP) === 0) return;
    this.ip.receive(buffer, device);
  }

  /** Tells the time, µs, and runs what is due. Time never runs backwards: an earlier time than told before counts as now. */
  poll(now_us: number): void {
    if (now_us > this.net.now) this.net.now = now_us;
    this.net.timers.run(this.net.now);
  }

  /** As {@link poll}, with each timer run at the very time it is due: for virtual time. */
  runUntil(now_us: number): void {
    for (let due = this.nextDeadline(); due !== undefined && due <= now_us; due = this.nextDeadline()) this.poll(due);
    this.poll(now_us);
  }

  /** When {@link poll} has to be called next at the latest, µs; `undefined` when nothing is due. */
  nextDeadline(): number | undefined {
    return this.net.timers.nextDeadline();
  }
}

/** Keeps a value of the MIB that is a setting under another name. */
function mirror(net: Net, name: string, counter: number, shown: (value: number) => number): void {
  net.mib.set(counter, shown(net.sysctl.getNumber(name)));
  net.sysctl.watch(name, ({ value }) => net.mib.set(counter, shown(value)));
}
