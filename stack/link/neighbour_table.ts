/**
 * The neighbours of one family, with limits to their number (arp(7): `gc_thresh1` … `gc_thresh3`).
 *
 * @module
 */
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { Timer } from "../timers.ts";
import type { IpAddress } from "../wire/address.ts";
import type { NetDevice } from "./device.ts";
import { Neighbour, type NeighbourBooks, type NeighbourProtocol } from "./neighbour.ts";
import { NeighbourParameters } from "./neighbour_parameters.ts";

/** Above `gc_thresh2` a collection is due when the last one is so long ago, µs (arp(7)). */
const FORCED_AFTER_US = 5_000_000;

/** What a table counts, as `/proc/net/stat/arp_cache` and `ndisc_cache` name it. */
export interface NeighbourStatistics {
  allocs: number;
  destroys: number;
  lookups: number;
  hits: number;
  res_failed: number;
  rcv_probes_mcast: number;
  rcv_probes_ucast: number;
  periodic_gc_runs: number;
  forced_gc_runs: number;
  unresolved_discards: number;
  table_fulls: number;
}

/** The neighbours of one interface. */
interface OnDevice {
  readonly books: NeighbourBooks;
  readonly neighbours: Map<string, Neighbour>;
}

/** See the module. */
export class NeighbourTable {
  readonly statistics: NeighbourStatistics = {
    allocs: 0,
    destroys: 0,
    lookups: 0,
    hits: 0,
    res_failed: 0,
    rcv_probes_mcast: 0,
    rcv_probes_ucast: 0,
    periodic_gc_runs: 0,
    forced_gc_runs: 0,
    unresolved_discards: 0,
    table_fulls: 0,
  };
  private readonly devices = new Map<NetDevice, OnDevice>();
  private readonly gc_thresh1: Setting;
  private readonly gc_thresh2: Setting;
  private readonly gc_thresh3: Setting;
  private readonly gc_interval: Setting;
  private readonly timer: Timer;
  private count = 0;
  private collected_us = 0;

  /** A table of `family`, whose neighbours are asked for by `protocol`. */
  constructor(private readonly net: Net, readonly family: 4 | 6, readonly protocol: NeighbourProtocol) {
    const neigh = (leaf: string) => net.sysctl.entry(`net.ipv${family}.neigh.default.${leaf}`);
    this.gc_thresh1 = neigh("gc_thresh1");
    this.gc_thresh2 = neigh("gc_thresh2");
    this.gc_thresh3 = neigh("gc_thresh3");
    this.gc_interval = neigh("gc_interval");
    this.timer = net.timers.create(`neighbours ${family}`, () => this.periodic());
  }

  /** Number of neighbours. */
  get size(): number {
    return this.count;
  }

  /** The settings of a device. */
  parameters(device: NetDevice): NeighbourParameters {
    return this.onDevice(device).books.parameters;
  }

  /** A neighbour that is known, in whatever state. */
  lookup(address: IpAddress, device: NetDevice): Neighbour | undefined {
    this.statistics.lookups++;
    const found = this.devices.get(device)?.neighbours.get(address.key);
    if (found !== undefined) this.statistics.hits++;
    return found;
  }

  /** A neighbour, made if it is not there; undefined where there is no room. */
  obtain(address: IpAddress, device: NetDevice): Neighbour | undefined {
    return this.lookup(address, device) ?? this.create(address, device);
  }

  private create(address: IpAddress, device: NetDevice): Neighbour | undefined {
    const { net } = this;
    const soft = this.count >= this.gc_thresh2.value && net.now >= this.collected_us + FORCED_AFTER_US;
    if (this.count >= this.gc_thresh3.value || soft) {
      this.statistics.forced_gc_runs++;
      this.collect(() => true);
      if (this.count >= this.gc_thresh3.value) {
        this.statistics.table_fulls++;
        return undefined;
      }
    }
    const { books, neighbours } = this.onDevice(device);
    const neighbour = new Neighbour(address, device, books);
    neighbours.set(address.key, neighbour);
    this.count++;
    this.statistics.allocs++;
    if (this.count > this.gc_thresh1.value && !this.timer.pending) this.armTimer();
    return neighbour;
  }

  private onDevice(device: NetDevice): OnDevice {
    let found = this.devices.get(device);
    if (found === undefined) {
      const { net, protocol, statistics } = this;
      const parameters = new NeighbourParameters(net, this.family, device.name);
      found = { books: { net, protocol, parameters, statistics }, neighbours: new Map() };
      this.devices.set(device, found);
    }
    return found;
  }

  private armTimer(): void {
    this.timer.arm(this.net.now + this.gc_interval.value * 1_000_000);
  }

  /** Forgets, while there are more than `gc_thresh1`, what nobody has used for long. */
  private periodic(): void {
    this.statistics.periodic_gc_runs++;
    const { net } = this;
    this.collect((neighbour, { parameters }) =>
      net.now >= Math.max(neighbour.used_us, neighbour.confirmed_us) + parameters.gcStale_us
    );
    if (this.count > this.gc_thresh1.value) this.armTimer();
  }

  /** Forgets what may be forgotten and `goes`, oldest first, down to `gc_thresh1`. */
  private collect(goes: (neighbour: Neighbour, books: NeighbourBooks) => boolean): void {
    this.collected_us = this.net.now;
    for (const { neighbours, books } of this.devices.values()) {
      for (const neighbour of neighbours.values()) {
        if (this.count <= this.gc_thresh1.value) return;
        if (neighbour.expendable && goes(neighbour, books)) this.remove(neighbour);
      }
    }
  }

  /** Forgets a neighbour. */
  remove(neighbour: Neighbour): void {
    if (this.devices.get(neighbour.device)?.neighbours.delete(neighbour.address.key) !== true) return;
    neighbour.drop();
    this.count--;
    this.statistics.destroys++;
  }

  /** Forgets all neighbours of a device: it went down, or its address changed. */
  flush(device: NetDevice, but: (neighbour: Neighbour) => boolean = () => false): void {
    for (const neighbour of this.devices.get(device)?.neighbours.values() ?? []) {
      if (!but(neighbour)) this.remove(neighbour);
    }
  }

  /** A device is gone. */
  removeDevice(device: NetDevice): void {
    this.flush(device);
    this.devices.delete(device);
  }

  /** Every neighbour. */
  *all(): Generator<Neighbour> {
    for (const { neighbours } of this.devices.values()) yield* neighbours.values();
  }
}
