/**
 * Queueing disciplines: what may wait in front of a device, and in which order it goes (tc-pfifo(8), tc-pfifo_fast(8), tc-tbf(8)).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { bandOf, BANDS } from "./priority.ts";

/** What passed, as `tc -s qdisc` counts it. */
export interface QdiscStatistics {
  /** Packets handed to the device. */
  packets: number;
  /** Their octets. */
  bytes: number;
  /** Packets refused. */
  dropped: number;
  /** How often nothing could go though something waited. */
  overlimits: number;
}

/** An order for packets that wait. */
export interface Qdisc {
  /** Its name for `tc`. */
  readonly kind: string;
  readonly statistics: QdiscStatistics;
  /** Packets that wait. */
  readonly length: number;
  /** Octets that wait. */
  readonly backlog: number;
  /** Takes a packet; false drops it. */
  enqueue(packet: PacketBuffer): boolean;
  /** The packet that goes next, if one may now. */
  dequeue(now_us: number): PacketBuffer | undefined;
  /** When the next one may go, if one waits for its time, µs. */
  readyAt(now_us: number): number | undefined;
}

function noStatistics(): QdiscStatistics {
  return { packets: 0, bytes: 0, dropped: 0, overlimits: 0 };
}

/** First in, first out, up to so many packets (`pfifo`) or octets (`bfifo`). */
export class Fifo implements Qdisc {
  readonly statistics: QdiscStatistics = noStatistics();
  backlog = 0;
  private packets: PacketBuffer[] = [];
  private head = 0;

  /** `limit` in the unit of the kind. */
  constructor(readonly kind: "pfifo" | "bfifo", readonly limit: number) {}

  get length(): number {
    return this.packets.length - this.head;
  }

  enqueue(packet: PacketBuffer): boolean {
    const full = this.kind === "pfifo" ? this.length >= this.limit : this.backlog + packet.length > this.limit;
    if (full) {
      this.statistics.dropped++;
      return false;
    }
    this.packets.push(packet);
    this.backlog += packet.length;
    return true;
  }

  dequeue(_now_us: number): PacketBuffer | undefined {
    const packet = this.packets[this.head];
    if (packet === undefined) return undefined;
    this.head++;
    if (this.head === this.packets.length) {
      this.packets.length = 0;
      this.head = 0;
    } else if (this.head >= 1024) {
      this.packets = this.packets.slice(this.head);
      this.head = 0;
    }
    this.backlog -= packet.length;
    this.statistics.packets++;
    this.statistics.bytes += packet.length;
    return packet;
  }

  readyAt(now_us: number): number | undefined {
    return this.length > 0 ? now_us : undefined;
  }
}

/** Three bands by priority: one waits while the one before has something. */
export class PfifoFast implements Qdisc {
  readonly kind = "pfifo_fast";
  readonly statistics: QdiscStatistics = noStatistics();
  /** The bands, the first to go first. */
  readonly bands: readonly Fifo[];

  /** Each band takes `limit` packets: the device's transmit queue length. */
  constructor(readonly limit: number) {
    this.bands = Array.from({ length: BANDS }, () => new Fifo("pfifo", limit));
  }

  get length(): number {
    return this.bands.reduce((sum, band) => sum + band.length, 0);
  }

  get backlog(): number {
    return this.bands.reduce((sum, band) => sum + band.backlog, 0);
  }

  enqueue(packet: PacketBuffer): boolean {
    const taken = this.bands[bandOf(packet.priority)]!.enqueue(packet);
    if (!taken) this.statistics.dropped++;
    return taken;
  }

  dequeue(now_us: number): PacketBuffer | undefined {
    for (const band of this.bands) {
      const packet = band.dequeue(now_us);
      if (packet === undefined) continue;
      this.statistics.packets++;
      this.statistics.bytes += packet.length;
      return packet;
    }
    return undefined;
  }

  readyAt(now_us: number): number | undefined {
    return this.length > 0 ? now_us : undefined;
  }
}

/** How a token bucket is set. */
export interface TokenBucketOptions {
  /** Octets per second. */
  readonly rate: number;
  /** Octets that may go at once after a rest; a longer packet is refused. */
  readonly burst: number;
  /** Octets that may wait. */
  readonly limit: number;
}

/** A token bucket: packets go no faster than a rate, but for a burst (`tbf`). */
export class TokenBucket implements Qdisc {
  readonly kind = "tbf";
  readonly statistics: QdiscStatistics = noStatistics();
  private readonly waiting: Fifo;
  private readonly options: TokenBucketOptions;
  /** Octets that may go, at {@link filled_us}. */
  private tokens: number;
  private filled_us: number;
  /** Taken off the queue, waiting for its tokens. */
  private first: PacketBuffer | undefined = undefined;

  /** A full bucket. */
  constructor(options: TokenBucketOptions, now_us: number) {
    this.options = options;
    this.tokens = options.burst;
    this.filled_us = now_us;
    this.waiting = new Fifo("bfifo", options.limit);
  }

  get length(): number {
    return this.waiting.length + (this.first === undefined ? 0 : 1);
  }

  get backlog(): number {
    return this.waiting.backlog + (this.first?.length ?? 0);
  }

  enqueue(packet: PacketBuffer): boolean {
    const fits = packet.length <= this.options.burst && this.backlog + packet.length <= this.options.limit;
    if (fits && this.waiting.enqueue(packet)) return true;
    this.statistics.dropped++;
    return false;
  }

  dequeue(now_us: number): PacketBuffer | undefined {
    const packet = this.first ??= this.waiting.dequeue(now_us);
    if (packet === undefined) return undefined;
    const tokens = this.filled(now_us);
    if (tokens < packet.length) {
      this.statistics.overlimits++;
      return undefined;
    }
    this.tokens = tokens - packet.length;
    this.filled_us = now_us;
    this.first = undefined;
    this.statistics.packets++;
    this.statistics.bytes += packet.length;
    return packet;
  }

  readyAt(now_us: number): number | undefined {
    const packet = this.first ??= this.waiting.dequeue(now_us);
    if (packet === undefined) return undefined;
    const missing = packet.length - this.filled(now_us);
    return missing <= 0 ? now_us : now_us + Math.ceil(missing * 1e6 / this.options.rate);
  }

  private filled(now_us: number): number {
    const { rate, burst } = this.options;
    return Math.min(burst, this.tokens + (now_us - this.filled_us) * rate / 1e6);
  }
}
