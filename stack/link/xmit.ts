/**
 * The last steps of a packet on its way out: its device's queue, and what the device leaves to software.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { EHOSTUNREACH, ENETDOWN, ENOBUFS } from "../../abi/errno.ts";
import type { Net } from "../net.ts";
import type { Timer } from "../timers.ts";
import { IFF_LOOPBACK, IFF_UP, type NetDevice, type TransmitQueue } from "./device.ts";
import type { Qdisc } from "./qdisc.ts";
import { skb_checksum_help, skb_gso_segment } from "./segment.ts";

/** Gives a packet, link header and all, to its device or to what waits in front of it. 0 or `-errno`. */
export function dev_queue_xmit(packet: PacketBuffer, device: NetDevice): number {
  if ((device.flags & IFF_UP) === 0) return -ENETDOWN;
  packet.device = device;
  if ((device.flags & IFF_LOOPBACK) === 0) packet.route = undefined;
  if (device.queue !== undefined) return device.queue.xmit(packet);
  if (device.stopped === true) return -ENOBUFS;
  return transmit(packet, device);
}

/** Cuts aggregates and fills in checksums where the device does not do so itself (`validate_xmit_skb`), and sends. */
function transmit(packet: PacketBuffer, device: NetDevice): number {
  if (packet.gso_size > 0 && packet.length - linkHeaderLength(packet) > device.gso_max_size) {
    for (const segment of skb_gso_segment(packet)) {
      if (segment.ip_summed === "partial" && !device.checksum_offload) skb_checksum_help(segment);
      device.transmit(segment);
    }
    // Each segment has a copy of its part; nobody else is handed the aggregate.
    packet.release();
    return 0;
  }
  if (packet.ip_summed === "partial" && !device.checksum_offload && !skb_checksum_help(packet)) return -EHOSTUNREACH;
  device.transmit(packet);
  return 0;
}

/** What stands in front of the IP header. */
function linkHeaderLength(packet: PacketBuffer): number {
  return packet.network_header < packet.data ? 0 : packet.network_header - packet.data;
}

/** A queueing discipline in front of a device. */
export class DeviceQueue implements TransmitQueue {
  private readonly timer: Timer;

  /** Puts `qdisc` in front of `device`; whoever makes it sets the device's `queue`. */
  constructor(private readonly net: Net, private readonly device: NetDevice, readonly qdisc: Qdisc) {
    this.timer = net.timers.create(`qdisc ${device.name}`, () => this.run());
  }

  xmit(packet: PacketBuffer): number {
    if (!this.qdisc.enqueue(packet)) return -ENOBUFS;
    this.run();
    return 0;
  }

  run(): void {
    const { device, qdisc, net } = this;
    while (device.stopped !== true) {
      const packet = qdisc.dequeue(net.now);
      if (packet === undefined) break;
      transmit(packet, device);
    }
    const next = device.stopped === true ? undefined : qdisc.readyAt(net.now);
    if (next === undefined) this.timer.cancel();
    else this.timer.arm(next);
  }

  /** Gives up what waits (`qdisc_reset`): the device goes, or another discipline takes its place. */
  stop(): void {
    this.timer.cancel();
  }
}
