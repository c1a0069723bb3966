/**
 * One world in virtual time: a stack with one TUN-like device, and a clock that jumps.
 *
 * @module
 */
import { PacketBuffer } from "../../../stack/buffer.ts";
import { CallbackDevice } from "../../../stack/link/callback_device.ts";
import type { Stack, StackOptions } from "../../../stack/stack.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";
import { IFF_ALLMULTI } from "../../../stack/link/device.ts";
import { NUD_PERMANENT } from "../../../stack/link/neighbour_state.ts";
import { IpAddress, MacAddress } from "../../../stack/wire/address.ts";
import { commandEnvironment } from "../command_environment.ts";
import {
  type CapturedPacket,
  type CommandOutcome,
  DEVICE_NAMES,
  ETHERNET,
  type EthernetEnds,
  ethernetEndsOf,
  type InjectedPacket,
  type RunningCall,
  type Session,
  TargetError,
  type TimedOutcome,
  type WorldOptions,
} from "../target.ts";
import { hasEthernet, knownNeighbours, nextHop, QUIET_SETTINGS } from "../quiet.ts";
import { addInterfaces } from "./interfaces.ts";
import { counterSnapshot } from "./counters.ts";
import { WorldFiles } from "./files.ts";
import type { HostFiles } from "./host_files.ts";
import { WorldShell } from "./shell/world_shell.ts";
import { Jobs } from "./shell/jobs.ts";
import type { ShellTrees } from "./shell/tree.ts";

/** Stack time when a world begins, µs: a machine that has been up for a while. */
const BOOT_US = 300_000_000;
/** Wall-clock time at stack time 0, µs: 2024-01-01. Fixed, so that every run gives the same octets. */
const EPOCH_US = 1_704_067_200_000_000;
/** Largest aggregate that the device takes, as a TUN device with TSO. */
const GSO_MAX_SIZE = 65_536;
/** Time steps of one wait: a stack that keeps arming a timer that is due at once must not hang the runner. */
const MAX_STEPS = 5_000_000;
/** Captured packets that nobody has looked at yet. */
const MAX_QUEUE = 65_536;
/** First remote port; each connection that the runner opens gets the next. */
const FIRST_PORT = 40_001;

/** packetdrill starts so long after a change of the 10 ms clock, µs. */
const AFTER_TICK_US = 250;
const TICK_US = 10_000;

class SimCall implements RunningCall {
  outcome: TimedOutcome | undefined;
  readonly started: Promise<undefined> = Promise.resolve(undefined);
  #settled: Promise<TimedOutcome> | undefined;
  #resolve: ((outcome: TimedOutcome) => void) | undefined;

  settle(outcome: TimedOutcome): void {
    this.outcome = outcome;
    this.#resolve?.(outcome);
  }

  get settled(): Promise<TimedOutcome> {
    if (this.outcome !== undefined) return Promise.resolve(this.outcome);
    return this.#settled ??= new Promise((resolve) => this.#resolve = resolve);
  }
}

/** A world on a stack in this process. */
export class SimSession implements Session {
  readonly ethernet: EthernetEnds | undefined;
  readonly #stack: Stack;
  readonly #device: CallbackDevice;
  /** The others, by name. */
  readonly #further = new Map<string, CallbackDevice>();
  readonly #shell: WorldShell;
  readonly #queue: CapturedPacket[] = [];
  #head = 0;
  /** Stack time of script time 0, µs. */
  #origin_us = BOOT_US;
  #nextPort = FIRST_PORT;
  #interrupted: Error | undefined;
  /** A call that had to wait has returned since the runner last had a say. */
  #returned = false;
  #overflow = false;

  constructor(
    options: WorldOptions,
    makeStack: (options: StackOptions) => Stack,
    seed: number,
    trees: ShellTrees,
    host: HostFiles,
  ) {
    const files = new WorldFiles(options.cwd, host);
    this.#stack = makeStack({ seed, realtime_offset_us: EPOCH_US, now_us: BOOT_US, sockets: { files } });
    const kind = options.device ?? "tun";
    this.ethernet = kind === "tap" ? ETHERNET : undefined;
    if (hasEthernet(options) && options.quiet !== false) {
      for (const [name, value] of Object.entries(QUIET_SETTINGS)) this.#stack.net.sysctl.set(name, value);
    }
    this.#device = this.#addDevice(DEVICE_NAMES[kind], options.mtu, options, undefined);
    const world = {
      stack: this.#stack,
      device: this.#device,
      files,
      cwd: options.cwd,
      environment: commandEnvironment(options),
      flushTcpMetrics: () => this.#stack.transports.tcp.forgetPeers(),
      nstatHistory: new Map<string, number>(),
    };
    this.#shell = new WorldShell(world, new Jobs(this.#stack), trees);
    this.#address(options);
    addInterfaces(this.#stack, options, (name, mtu) => this.#interface(name) ?? this.#addFurther(name, mtu, options));
    this.#run(this.#stack.net.now);
    this.#queue.length = 0;
  }

  #addFurther(name: string, mtu: number, options: WorldOptions): CallbackDevice {
    const device = this.#addDevice(name, mtu, options, name);
    this.#further.set(name, device);
    return device;
  }

  #addDevice(name: string, mtu: number, options: WorldOptions, shown: string | undefined): CallbackDevice {
    const ends = ethernetEndsOf(name);
    const device = new CallbackDevice({
      name,
      address: ends === undefined ? undefined : MacAddress.parse(ends.own),
      mtu,
      gso_max_size: options.offload ? GSO_MAX_SIZE : 0,
      transmit: (packet) => this.#transmitted(packet, shown),
    });
    // A TAP device hands on every frame to a group, as Linux's does.
    if (ends !== undefined) device.flags |= IFF_ALLMULTI;
    this.#stack.addDevice(device);
    return device;
  }

  #interface(name: string | undefined): CallbackDevice | undefined {
    return name === undefined || name === this.#device.name ? this.#device : this.#further.get(name);
  }

  interfaceIndex(name: string): number | undefined {
    return this.#stack.ip.device(name)?.ifindex;
  }

  #address(options: WorldOptions): void {
    const local = IpAddress.parse(options.localIp);
    const remote = IpAddress.parse(options.remoteIp);
    if (local.equals(remote)) throw new TargetError(`the remote address ${remote} is the local one`);
    const stack = this.#stack;
    if (!options.anyIp) {
      stack.addAddress(this.#device, { address: local, length: options.localPrefixLength }, { nodad: true });
    }
    const prefix = { address: remote.masked(options.remotePrefixLength), length: options.remotePrefixLength };
    const hop = nextHop(options);
    const gateway = hop === undefined ? undefined : IpAddress.parse(hop);
    stack.removeRoute({ prefix, device: this.#device });
    const result = stack.addRoute({ prefix, device: this.#device, gateway });
    if (result < 0) throw new TargetError(`the route to ${remote} was refused with errno ${-result}`);
    if (this.ethernet !== undefined && options.quiet !== false) {
      const { bytes } = MacAddress.parse(this.ethernet.peer);
      for (const address of knownNeighbours(options)) {
        stack.ip.neighbours.table(address.family)?.obtain(address, this.#device)?.set(NUD_PERMANENT, bytes);
      }
    }
  }

  #transmitted(packet: PacketBuffer, shown: string | undefined): void {
    if (this.#queue.length - this.#head >= MAX_QUEUE) {
      this.#overflow = true;
      return;
    }
    this.#queue.push({
      bytes: packet.view(),
      time_us: this.#stack.net.now - this.#origin_us,
      checksumPartial: packet.ip_summed === "partial",
      gsoSize: packet.gso_size,
      interface: shown,
    });
  }

  get epoch_us(): number {
    return EPOCH_US + this.#origin_us;
  }

  start(): Promise<void> {
    // As packetdrill: a little after a tick of the clock that the stack's coarse timers follow.
    this.#run(Math.ceil(this.#stack.net.now / TICK_US) * TICK_US + AFTER_TICK_US);
    const later_us = this.#stack.net.now - this.#origin_us;
    this.#queue.forEach((packet, i) => this.#queue[i] = { ...packet, time_us: packet.time_us - later_us });
    this.#origin_us = this.#stack.net.now;
    return Promise.resolve();
  }

  now(): number {
    return this.#stack.net.now - this.#origin_us;
  }

  /** Runs what is due now, in order. */
  #run(now_us: number): void {
    this.#stack.runUntil(now_us);
    if (this.#overflow) {
      this.#overflow = false;
      throw new TargetError(`the stack sent more than ${MAX_QUEUE} packets that nobody looked at`);
    }
  }

  #throwInterrupt(): void {
    const reason = this.#interrupted;
    if (reason === undefined) return;
    this.#interrupted = undefined;
    throw reason;
  }

  /** Goes on to the next moment at which something is due, at most to `until`. False when that has been reached. */
  #step(until: number): boolean {
    const due = this.#stack.nextDeadline();
    if (due === undefined || due > until) return false;
    this.#run(Math.max(due, this.#stack.net.now));
    return true;
  }

  async waitUntil(time_us: number): Promise<void> {
    this.#throwInterrupt();
    const until = time_us + this.#origin_us;
    for (let steps = 0; this.#step(until); steps++) {
      if (steps > MAX_STEPS) throw new TargetError("the stack keeps running timers without end");
      if (this.#returned) await this.#giveWay();
    }
    if (until > this.#stack.net.now) this.#run(until);
    if (this.#returned) await this.#giveWay();
  }

  /** Lets whoever waits for a call that has just returned have its say at the very time of the return. */
  async #giveWay(): Promise<void> {
    this.#returned = false;
    await Promise.resolve();
    await Promise.resolve();
    this.#throwInterrupt();
  }

  async receive(deadline_us: number): Promise<CapturedPacket | undefined> {
    this.#throwInterrupt();
    const until = deadline_us + this.#origin_us;
    for (let steps = 0;; steps++) {
      const packet = this.#take();
      if (packet !== undefined) return packet;
      if (steps > MAX_STEPS) throw new TargetError("the stack keeps running timers without end");
      if (!this.#step(until)) break;
      if (this.#returned) await this.#giveWay();
    }
    // Without a deadline and with nothing due any more, nothing will ever come.
    if (Number.isFinite(until) && until > this.#stack.net.now) this.#run(until);
    return this.#take();
  }

  unread(): readonly CapturedPacket[] {
    const packets = this.#queue.slice(this.#head);
    this.#head = this.#queue.length;
    return packets;
  }

  #take(): CapturedPacket | undefined {
    const packet = this.#queue[this.#head];
    if (packet === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#queue.length) this.#queue.length = this.#head = 0;
    return packet;
  }

  inject(packet: InjectedPacket): void {
    // The octets given to a stack are its own; those of the script are kept as evidence.
    const buffer = new PacketBuffer(packet.bytes.slice());
    buffer.gso_size = packet.gsoSize ?? 0;
    const device = this.#interface(packet.interface);
    if (device === undefined) throw new TargetError(`there is no interface ${packet.interface}`);
    this.#stack.receive(device, buffer);
    this.#run(this.#stack.net.now);
  }

  call(request: SystemCallRequest): RunningCall {
    const call = new SimCall();
    let immediate = true;
    this.#stack.sockets.call(request).onSettled((outcome: SystemCallOutcome) => {
      if (!immediate) this.#returned = true;
      call.settle({ ...outcome, ended_us: this.now() });
    });
    this.#run(this.#stack.net.now);
    immediate = false;
    return call;
  }

  // deno-lint-ignore require-await -- a command that is not supported must reject, not throw
  async command(text: string): Promise<CommandOutcome> {
    const outcome = this.#shell.run(text);
    this.#run(this.#stack.net.now);
    return outcome;
  }

  remotePort(): number {
    return this.#nextPort++;
  }

  counters(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(counterSnapshot(this.#stack.net.mib));
  }

  interrupt(reason: Error): void {
    this.#interrupted ??= reason;
  }

  close(): Promise<void> {
    this.#stack.sockets.closeAll();
    return Promise.resolve();
  }
}
