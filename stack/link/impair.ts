/**
 * An impairing link around a device or any function that takes packets. It is driven by a stack's timers, so it works in
 * virtual and in real time.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { seededRandom } from "../random.ts";
import type { Timer, Timers } from "../timers.ts";
import type { NetDevice } from "./device.ts";
import type { Impairment, Impairments } from "./impairment.ts";

/** A held-back packet goes on after this even if nothing overtakes it, µs. */
const MAX_HOLD_US = 20_000;

/** What one direction did so far, in packets. */
export interface ImpairmentStatistics {
  received: number;
  delivered: number;
  lost: number;
  duplicated: number;
  corrupted: number;
  reordered: number;
  /** Dropped because the queue was full. */
  overflowed: number;
}

interface Waiting<T> {
  readonly due: number;
  readonly order: number;
  readonly packet: T;
}

/** What a path is attached to. */
export interface PathEnvironment<T> {
  /** Time at which packets are handed in, µs. */
  now(): number;
  /** Timers that run the path. */
  readonly timers: Timers;
  /** An independent copy of a packet. */
  clone(packet: T): T;
  /** The octets of a packet, which may be changed. */
  octets(packet: T): Uint8Array;
  /** Takes what comes out. */
  deliver(packet: T): void;
  /** Packets come out from a timer even when nothing delays them, so that no sender is re-entered. Default false. */
  readonly deferred?: boolean;
}

/** One direction of an impaired link. */
export class ImpairedPath<T> {
  readonly statistics: ImpairmentStatistics = {
    received: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    corrupted: 0,
    reordered: 0,
    overflowed: 0,
  };
  private readonly random: () => number;
  private readonly timer: Timer;
  /** Binary heap by time due, then by order. */
  private readonly heap: Waiting<T>[] = [];
  /** Held back: each with how many packets still have to overtake it. */
  private held: { readonly packet: T; left: number; readonly deadline: number }[] = [];
  private readonly hold_timer: Timer;
  private order = 0;
  /** When the last octet handed in will have left, with a rate limit. */
  private line_free = 0;

  /** A path with the given faults. */
  constructor(private readonly impairment: Impairment, private readonly environment: PathEnvironment<T>) {
    this.random = seededRandom(impairment.seed);
    this.timer = environment.timers.create("impair", () => this.release());
    this.hold_timer = environment.timers.create("impair hold", () => this.releaseHeld());
  }

  /** Packets inside. */
  get size(): number {
    return this.heap.length + this.held.length;
  }

  /** Hands a packet in. */
  send(packet: T): void {
    const { impairment, statistics, environment } = this;
    statistics.received++;
    if (this.chance(impairment.loss)) {
      statistics.lost++;
      return;
    }
    const twice = this.chance(impairment.duplicate);
    // The copy is made first, so that only one of both is corrupted.
    const copy = twice ? environment.clone(packet) : undefined;
    if (this.chance(impairment.corrupt)) this.corrupt(packet);
    this.holdOrPass(packet);
    if (copy !== undefined) {
      statistics.duplicated++;
      this.pass(copy);
    }
  }

  private chance(probability: number): boolean {
    return probability > 0 && this.random() / 4294967296 < probability;
  }

  private corrupt(packet: T): void {
    const octets = this.environment.octets(packet);
    if (octets.length === 0) return;
    const bit = this.random() % (octets.length * 8);
    octets[bit >> 3]! ^= 1 << (bit & 7);
    this.statistics.corrupted++;
  }

  private holdOrPass(packet: T): void {
    if (!this.chance(this.impairment.reorder)) return this.pass(packet);
    if (this.full()) return;
    this.statistics.reordered++;
    const deadline = this.environment.now() + MAX_HOLD_US;
    this.held.push({ packet, left: 1 + this.random() % this.impairment.reorder_distance, deadline });
    if (!this.hold_timer.pending) this.hold_timer.arm(deadline);
  }

  /** Lets a packet through, and after it those it was the last to overtake. */
  private pass(packet: T): void {
    this.enqueue(packet);
    if (this.held.length === 0) return;
    const free = this.held.filter((entry) => --entry.left <= 0);
    if (free.length === 0) return;
    this.held = this.held.filter((entry) => entry.left > 0);
    for (const { packet } of free) this.enqueue(packet);
    this.armHold();
  }

  private releaseHeld(): void {
    const now = this.environment.now();
    const free = this.held.filter((entry) => entry.deadline <= now);
    this.held = this.held.filter((entry) => entry.deadline > now);
    for (const { packet } of free) this.enqueue(packet);
    this.armHold();
  }

  private armHold(): void {
    const next = this.held[0];
    if (next === undefined) this.hold_timer.cancel();
    else this.hold_timer.arm(next.deadline);
  }

  private full(): boolean {
    if (this.size < this.impairment.queue) return false;
    this.statistics.overflowed++;
    return true;
  }

  /** Rate, then delay. */
  private enqueue(packet: T): void {
    const { impairment, environment } = this;
    const now = environment.now();
    let due = now;
    if (impairment.rate > 0) {
      const octets = environment.octets(packet).length;
      due = Math.max(now, this.line_free) + octets * 8_000_000 / impairment.rate;
    }
    const left = due;
    due += impairment.delay_us;
    if (impairment.jitter_us > 0) {
      due += (this.random() / 2147483648 - 1) * impairment.jitter_us;
      if (due < now) due = now;
    }
    if (due <= now && this.heap.length === 0 && environment.deferred !== true) {
      this.statistics.delivered++;
      environment.deliver(packet);
      return;
    }
    if (this.full()) return;
    if (impairment.rate > 0) this.line_free = left;
    this.push({ due, order: this.order++, packet });
    this.arm();
  }

  private release(): void {
    const now = this.environment.now();
    for (let first = this.heap[0]; first !== undefined && first.due <= now; first = this.heap[0]) {
      this.pop();
      this.statistics.delivered++;
      this.environment.deliver(first.packet);
    }
    this.arm();
  }

  private arm(): void {
    const first = this.heap[0];
    if (first !== undefined && this.timer.expires !== first.due) this.timer.arm(first.due);
  }

  private before(a: Waiting<T>, b: Waiting<T>): boolean {
    return a.due < b.due || (a.due === b.due && a.order < b.order);
  }

  private push(entry: Waiting<T>): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** What of a stack an impaired device needs. */
export interface ImpairedHost {
  readonly net: { readonly now: number; readonly timers: Timers };
  receive(device: NetDevice, packet: PacketBuffer): void;
}

/**
 * A device with an impaired link behind it. What the stack sends goes through {@link ImpairedDevice.out} to the wrapped
 * device; what the wrapped device receives is to be handed to {@link ImpairedDevice.receive}, not to the stack.
 */
export class ImpairedDevice implements NetDevice {
  readonly name: string;
  ifindex: number;
  mtu: number;
  flags: number;
  /** No aggregates: a fault concerns one packet. */
  gso_max_size = 0;
  readonly checksum_offload = false;
  readonly address: Uint8Array | undefined;
  readonly out: ImpairedPath<PacketBuffer>;
  readonly in: ImpairedPath<PacketBuffer>;

  /** Wraps `device` for `host`. */
  constructor(device: NetDevice, host: ImpairedHost, impairments: Impairments) {
    this.name = device.name;
    this.ifindex = device.ifindex;
    this.mtu = device.mtu;
    this.flags = device.flags;
    this.address = device.address;
    const { net } = host;
    const common = {
      now: () => net.now,
      timers: net.timers,
      clone: (packet: PacketBuffer) => packet.copy(),
      octets: (packet: PacketBuffer) => packet.view(),
    };
    this.out = new ImpairedPath(impairments.out, { ...common, deliver: (packet) => device.transmit(packet) });
    this.in = new ImpairedPath(impairments.in, { ...common, deliver: (packet) => host.receive(this, packet) });
  }

  transmit(packet: PacketBuffer): void {
    this.out.send(packet);
  }

  /** Takes a packet from the wrapped device. */
  receive(packet: PacketBuffer): void {
    this.in.send(packet);
  }
}
