/**
 * The loopback device: what it sends, it receives, after a pass through a queue as in Linux's `netif_rx`.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Net } from "../net.ts";
import type { Timer } from "../timers.ts";
import { IFF_LOOPBACK, IFF_UP, type NetDevice } from "./device.ts";

/** MTU of `lo`, octets. */
export const LOOPBACK_MTU = 65536;
/** Packets that wait before more are dropped (`net.core.netdev_max_backlog` bounds Linux's). */
const MAX_BACKLOG = 16384;

/** `lo`. Received packets are handed on by a timer of zero delay, so that no sender is re-entered by its own packet. */
export class LoopbackDevice implements NetDevice {
  readonly name = "lo";
  ifindex = 1;
  mtu = LOOPBACK_MTU;
  flags: number = IFF_UP | IFF_LOOPBACK;
  gso_max_size = 65536;
  readonly checksum_offload = true;
  readonly address = undefined;
  /** Packets dropped because too many waited. */
  dropped = 0;
  private waiting: PacketBuffer[] = [];
  private readonly timer: Timer;

  /** A device that hands what it sends to `receive`. */
  constructor(private readonly net: Net, private readonly receive: (packet: PacketBuffer) => void) {
    this.timer = net.timers.create("lo", () => this.drain());
  }

  transmit(packet: PacketBuffer): void {
    if (this.waiting.length >= MAX_BACKLOG) {
      this.dropped++;
      return;
    }
    // The sum over a packet that never leaves memory need not be computed, nor checked (CHECKSUM_PARTIAL looped back).
    if (packet.ip_summed === "partial") packet.ip_summed = "unnecessary";
    this.waiting.push(packet);
    if (!this.timer.pending) this.timer.arm(this.net.now);
  }

  /** Hands on what waited at the call; what that sends waits for the next. */
  drain(): void {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length > 0 && this.timer.pending) this.timer.cancel();
    for (const packet of waiting) this.receive(packet);
  }
}
