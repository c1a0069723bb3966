/**
 * Runs a stack in real time: reads its devices, tells it the time, waits for what is next.
 *
 * @module
 */
import { monotonic, realtime } from "../host/clock.ts";
import { EPOLL, type Reactor, type Timer, type Watch } from "../host/reactor.ts";
import type { PacketBuffer } from "../stack/buffer.ts";
import type { NetDevice } from "../stack/link/device.ts";
import { ImpairedDevice } from "../stack/link/impair.ts";
import type { Impairments } from "../stack/link/impairment.ts";
import type { PendingCall, SystemCallRequest } from "../abi/system_call.ts";
import type { Stack } from "../stack/stack.ts";
import type { ReadableDevice } from "./tun_device.ts";

/** Packets that are taken from one device before timers, other devices and programs have their turn. */
const BUDGET = 256;
/** How often devices are read before timers that are due run all the same: a flood must not stop them. */
const ROUNDS = 4;
/** A deadline is armed anew only if it comes so much earlier than the armed one, µs. */
const SLACK_US = 1;

/** What waits for devices and deadlines: a `Reactor`. */
export type Waiter = Pick<Reactor, "watch" | "at">;

/** How a driver is made. */
export interface DriverOptions {
  /** Told when a device can't be read any more (its interface is down or gone); it is not read again. Default: nothing. */
  readonly onDeviceError?: (device: NetDevice, error: unknown) => void;
}

interface Attached {
  readonly device: ReadableDevice;
  /** What the stack knows: the device itself, or the impaired link around it. */
  readonly seen: NetDevice;
  readonly watch: Watch;
  readonly receive: (packet: PacketBuffer) => void;
}

/** The time that a driven stack has at its construction: give it as `now_us`. */
export function stackNow(): number {
  return monotonic();
}

/** Wall-clock time at stack time 0: give it as `realtime_offset_us`. */
export function realtimeOffset(): number {
  return realtime() - monotonic();
}

/**
 * Runs one stack in real time on a reactor. Stack time is `CLOCK_MONOTONIC`: make the stack with `now_us:`
 * {@link stackNow}`()`.
 *
 * After each system call made on the stack directly, call {@link StackDriver.poke}; {@link StackDriver.call} does it.
 */
export class StackDriver implements Disposable {
  /** The stack that is driven. */
  readonly stack: Stack;
  readonly #reactor: Waiter;
  readonly #options: DriverOptions;
  readonly #attached = new Map<NetDevice, Attached>();
  #timer: Timer | undefined;
  /** Stack time that the timer is armed for. */
  #armed = Infinity;
  #closed = false;
  #running = false;

  /** A driver with no devices yet. */
  constructor(stack: Stack, reactor: Waiter, options: DriverOptions = {}) {
    this.stack = stack;
    this.#reactor = reactor;
    this.#options = options;
    this.#arm();
  }

  /**
   * Adds a device to the stack and reads it from now on. With `impairments` an impairing link lies between the two.
   * Addresses and routes are the caller's to add, on the device that is returned. The driver closes the device.
   */
  attach(device: ReadableDevice, options: { readonly impairments?: Impairments | undefined } = {}): NetDevice {
    const { stack } = this;
    const { impairments } = options;
    let seen: NetDevice = device;
    let receive = (packet: PacketBuffer) => stack.receive(device, packet);
    if (impairments !== undefined) {
      const impaired = new ImpairedDevice(device, stack, impairments);
      seen = impaired;
      receive = (packet) => impaired.receive(packet);
    }
    stack.addDevice(seen);
    const watch = this.#reactor.watch(device.fd, EPOLL.IN, () => this.#readable(device, receive));
    this.#attached.set(seen, { device, seen, watch, receive });
    return seen;
  }

  /** Stops reading a device, removes it from the stack and closes it. */
  detach(seen: NetDevice): void {
    const attached = this.#attached.get(seen);
    if (attached === undefined) return;
    this.#attached.delete(seen);
    attached.watch.close();
    this.stack.removeDevice(seen);
    attached.device[Symbol.dispose]();
  }

  /** Tells the stack the time, runs what is due, and waits for what is next. */
  poke(): void {
    if (this.#closed || this.#running) return;
    this.#poll();
  }

  /** Takes in what has come on the devices by now: a call made after it sees what those packets did. */
  collect(): void {
    for (const { device, receive } of this.#attached.values()) this.#readable(device, receive);
  }

  /** Makes a system call; it settles while the driver runs. */
  call(request: SystemCallRequest): PendingCall {
    this.#tell(monotonic());
    const call = this.stack.sockets.call(request);
    this.poke();
    return call;
  }

  #readable(device: ReadableDevice, receive: (packet: PacketBuffer) => void): void {
    if (this.#closed) return;
    this.#drain(device, receive);
    this.#poll();
  }

  /** Takes in what waits on a device, up to the budget. Whether something came. */
  #drain(device: ReadableDevice, receive: (packet: PacketBuffer) => void): boolean {
    this.#running = true;
    try {
      this.#tell(monotonic());
      return device.drain(receive, BUDGET) > 0;
    } catch (error) {
      this.#failed(device, error);
      return false;
    } finally {
      this.#running = false;
    }
  }

  #tell(now: number): void {
    const { net } = this.stack;
    if (now > net.now) net.now = now;
  }

  #failed(device: ReadableDevice, error: unknown): void {
    for (const attached of this.#attached.values()) if (attached.device === device) attached.watch.close();
    this.#options.onDeviceError?.(device, error);
  }

  /**
   * Runs the timers that are due. What has arrived by now comes first: an acknowledgement that waits on the device must
   * not be missed by a retransmission timer that is as late as we are.
   */
  #poll(): void {
    for (let round = 0; round < ROUNDS && this.#isDue(); round++) {
      const came = [...this.#attached.values()].map(({ device, receive }) => this.#drain(device, receive));
      if (!came.includes(true)) break;
    }
    this.#running = true;
    try {
      this.stack.poll(monotonic());
    } finally {
      this.#running = false;
    }
    this.#arm();
  }

  #isDue(): boolean {
    return (this.stack.nextDeadline() ?? Infinity) <= monotonic();
  }

  #arm(): void {
    const next = this.stack.nextDeadline();
    // A timer that fires too early finds nothing due and arms the right one: cheaper than changing it at each packet.
    if (next === undefined || next >= this.#armed - SLACK_US) return;
    this.#timer?.cancel();
    this.#armed = next;
    this.#timer = this.#reactor.at(realtime() + Math.max(0, next - monotonic()), () => {
      this.#timer = undefined;
      this.#armed = Infinity;
      if (!this.#closed) this.#poll();
    });
  }

  /** Stops; closes the devices. Sockets are not closed in order: nothing is sent any more. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    for (const { device, watch } of this.#attached.values()) {
      watch.close();
      device[Symbol.dispose]();
    }
    this.#attached.clear();
  }
}
