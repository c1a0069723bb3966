/**
 * One world with the Linux kernel in it.
 *
 * @module
 */

import { monotonic, realtime, realtimeAhead } from "../../../host/clock.ts";
import type { Reactor } from "../../../host/reactor.ts";
import type { SystemCallRequest } from "../../../abi/system_call.ts";
import { PacketQueue } from "../packet_queue.ts";
import {
  type CapturedPacket,
  type CommandOutcome,
  DEVICE_NAMES,
  type EthernetEnds,
  type InjectedPacket,
  type RunningCall,
  type Session,
  TargetError,
} from "../target.ts";
import { Caller } from "./caller.ts";
import { DeviceCapture, type DevicePacket } from "./capture.ts";
import { readCounters } from "./counters.ts";
import { lackOf, unknownSettings } from "./lack.ts";
import { nextTick } from "./tick.ts";
import type { MadeWorld } from "./workshop_protocol.ts";
import type { Workshop } from "./workshop.ts";

/** Script time 0 is this much after a tick of the kernel, µs, as in packetdrill. */
const START_DELAY = 250;
/** A tick that is nearer than this may be over before we have asked for it, µs. */
const TICK_MARGIN = 100;
/** Woken later than this, the script waits for another tick, µs; so often at most. */
const LATE_START = 100;
const START_TRIES = 5;
const FIRST_EPHEMERAL_PORT = 32768;
const EPHEMERAL_PORTS = 28232;

/** See {@link Session}. Script time runs on CLOCK_REALTIME, the clock of the kernel's packet time stamps. */
export class KernelSession implements Session {
  readonly #world: MadeWorld;
  readonly #cwd: string;
  /** Name of the usual interface. */
  readonly #usual: string;
  readonly #workshop: Workshop;
  readonly #capture: DeviceCapture;
  /** Of the interfaces beside the usual one, by name. */
  readonly #further = new Map<string, DeviceCapture>();
  readonly #queue: PacketQueue;
  readonly #caller: Caller;
  #origin = realtime();
  #port: number;
  #closed = false;

  /** Takes over a world, whose commands run in `cwd`. */
  constructor(
    world: MadeWorld,
    cwd: string,
    workshop: Workshop,
    reactor: Reactor,
    readonly ethernet: EthernetEnds | undefined = undefined,
  ) {
    this.#usual = DEVICE_NAMES[ethernet === undefined ? "tun" : "tap"];
    this.#world = world;
    this.#cwd = cwd;
    this.#workshop = workshop;
    this.#caller = new Caller(world, reactor, () => this.#origin, workshop);
    this.#queue = new PacketQueue(reactor, () => {
      this.#capture.collect();
      for (const capture of this.#further.values()) capture.collect();
    });
    this.#capture = new DeviceCapture(world, reactor, (packet) => this.#captured(packet));
    for (const { name, ...device } of world.further) {
      this.#further.set(name, new DeviceCapture(device, reactor, (packet) => this.#captured(packet, name)));
    }
    this.#port = world.world * 97 % EPHEMERAL_PORTS;
  }

  #captured({ bytes, time, checksumPartial, gsoSize }: DevicePacket, name?: string): void {
    this.#queue.push({ bytes, time_us: time - this.#origin, checksumPartial, gsoSize, interface: name });
  }

  interfaceIndex(name: string): number | undefined {
    const found = this.#world.further.find((one) => one.name === name);
    return found?.deviceIndex ?? (name === this.#usual ? this.#world.deviceIndex : undefined);
  }

  async start(): Promise<void> {
    for (let tries = 0; tries < START_TRIES; tries++) {
      const tick = nextTick(this.#world.tick, monotonic() + TICK_MARGIN);
      // Whole microseconds, as all times are; found so that a kernel in virtual time gives the same ones each time.
      const origin = Math.round(realtimeAhead() + tick) + START_DELAY;
      this.#queue.moveOrigin(origin - this.#origin);
      this.#origin = origin;
      await this.#queue.waitUntil(this.#origin);
      if (realtime() - this.#origin < LATE_START) return;
    }
  }

  get epoch_us(): number {
    return this.#origin;
  }

  now(): number {
    return realtime() - this.#origin;
  }

  async waitUntil(time_us: number): Promise<void> {
    await this.#queue.waitUntil(this.#origin + time_us);
  }

  inject(packet: InjectedPacket): void {
    const through = packet.interface === undefined || packet.interface === this.#usual
      ? this.#capture
      : this.#further.get(packet.interface);
    if (through === undefined) throw new TargetError(`there is no interface ${packet.interface}`);
    through.inject(packet);
  }

  receive(deadline_us: number): Promise<CapturedPacket | undefined> {
    return this.#queue.receive(this.#origin + deadline_us);
  }

  unread(): readonly CapturedPacket[] {
    return this.#closed ? [] : this.#queue.takeAll();
  }

  get blockingLead_us(): number {
    return this.#workshop.virtualClock ? 0 : this.#workshop.lead.us;
  }

  call(request: SystemCallRequest): RunningCall {
    return this.#caller.call(request);
  }

  async command(text: string): Promise<CommandOutcome> {
    const outcome = await this.#workshop.command(this.#world.world, text);
    const { refusals, ...done } = outcome;
    const lack = lackOf({ text, outcome: done, refusals, cwd: this.#cwd }, this.#workshop.virtualClock);
    if (lack !== undefined) return { ...done, lack };
    const unknown = this.#workshop.virtualClock ? unknownSettings({ refusals }) : [];
    return unknown.length === 0 ? done : { ...done, unknownSettings: unknown };
  }

  remotePort(): number {
    // Nobody else is in this namespace: a port that has not been given out yet is free.
    this.#port = (this.#port + 1) % EPHEMERAL_PORTS;
    return FIRST_EPHEMERAL_PORT + this.#port;
  }

  counters(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(readCounters(this.#world.namespaceFd));
  }

  interrupt(reason: Error): void {
    this.#queue.interrupt(reason);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.interrupt(new Error("the session is closed"));
    await this.#caller.close();
    // The rest happens behind our back: the kernel takes tens of milliseconds for it.
    this.#capture.stop();
    for (const capture of this.#further.values()) capture.stop();
    this.#workshop.destroy(this.#world.world);
  }
}
