/**
 * The settings of neighbours on one interface (`net.ipv4.neigh`, `net.ipv6.neigh`; arp(7), ip-sysctl).
 *
 * @module
 */
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";

/** µs of the ticks in which `locktime` is told (`USER_HZ`). */
const TICK_US = 10_000;
/** RFC 4861 section 6.3.4: a random factor of the base time, taken anew from time to time. */
const REACHABLE_AGAIN_US = 300_000_000;
/** RFC 4861 section 10: the bounds of that factor. */
const MIN_RANDOM_FACTOR = 0.5;
const MAX_RANDOM_FACTOR = 1.5;

/** The settings of one interface for one family; times in µs. */
export class NeighbourParameters {
  private readonly base: Setting;
  private readonly retrans: Setting;
  private readonly delay: Setting;
  private readonly stale: Setting;
  private readonly lock: Setting;
  private readonly multicast: Setting;
  private readonly unicast: Setting;
  private readonly again: Setting;
  private readonly octets: Setting;
  /** A router said so (RFC 4861 section 6.3.4); 0: not. */
  advertisedReachable_us = 0;
  advertisedRetrans_us = 0;
  private reachable = 0;
  private reachableOf = 0;
  private reachableUntil = 0;

  constructor(private readonly net: Net, family: 4 | 6, name: string) {
    const neigh = (leaf: string) => net.sysctl.entry(`net.ipv${family}.neigh.${name}.${leaf}`);
    this.base = neigh("base_reachable_time_ms");
    this.retrans = neigh("retrans_time_ms");
    this.delay = neigh("delay_first_probe_time");
    this.stale = neigh("gc_stale_time");
    this.lock = neigh("locktime");
    this.multicast = neigh("mcast_solicit");
    this.unicast = neigh("ucast_solicit");
    this.again = neigh("mcast_resolicit");
    this.octets = neigh("unres_qlen_bytes");
  }

  /** How long a confirmation holds. */
  get reachable_us(): number {
    const base = this.advertisedReachable_us || this.base.value * 1000;
    if (base !== this.reachableOf || this.net.now >= this.reachableUntil) {
      const factor = MIN_RANDOM_FACTOR + (MAX_RANDOM_FACTOR - MIN_RANDOM_FACTOR) * this.net.random() / 0x1_0000_0000;
      this.reachable = Math.round(base * factor);
      this.reachableOf = base;
      this.reachableUntil = this.net.now + REACHABLE_AGAIN_US;
    }
    return this.reachable;
  }

  /** Between two solicitations. */
  get retrans_us(): number {
    return this.advertisedRetrans_us || this.retrans.value * 1000;
  }

  /** What upper layers have to confirm a stale neighbour that something was sent to. */
  get delayFirstProbe_us(): number {
    return this.delay.value * 1_000_000;
  }

  /** Unused for so long, a neighbour may be forgotten. */
  get gcStale_us(): number {
    return this.stale.value * 1_000_000;
  }

  /** How long a new link-layer address stays though another one is heard. */
  get lock_us(): number {
    return this.lock.value * TICK_US;
  }

  /** Solicitations to everybody before it is given up. */
  get multicastSolicit(): number {
    return this.multicast.value;
  }

  /** Solicitations to one whose address was known. */
  get unicastSolicit(): number {
    return this.unicast.value;
  }

  /** Solicitations to everybody after those. */
  get multicastResolicit(): number {
    return this.again.value;
  }

  /** Octets that wait for one address. */
  get unresolvedOctets(): number {
    return this.octets.value;
  }
}
