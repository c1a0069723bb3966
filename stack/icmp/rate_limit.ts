/**
 * How many ICMP messages are sent: by this host in all, and to one destination (RFC 1812 section 4.3.2.8, RFC 4443
 * section 2.4 (f)). Both are token buckets, as RFC 4443 recommends, whose tokens are time: a message costs an interval.
 *
 * @module
 */
import { AddressMap } from "../ip/address_map.ts";
import type { Family } from "../ip/interface.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";

const SECOND_US = 1_000_000;
/** Messages that a destination gets at once after a time of silence, where nothing else is said. */
const DESTINATION_BURST = 6;
/** Destinations that are remembered for each family. One that was forgotten starts anew. */
const MAX_DESTINATIONS = 4096;

/** Time that was saved up, until when. */
class Savings {
  /** Starts with all that may be saved. */
  constructor(private amount_us: number, private until_us: number) {}

  /** What there is now, of which no more than `limit_us` is kept. */
  at(now_us: number, limit_us: number): number {
    this.amount_us = Math.min(limit_us, this.amount_us + now_us - this.until_us);
    this.until_us = now_us;
    return this.amount_us;
  }

  /** Spends some, at most what there is. */
  spend(cost_us: number): void {
    this.amount_us = Math.max(0, this.amount_us - cost_us);
  }
}

/** Both limits, for both families. */
export class IcmpRateLimit {
  private readonly perSecond: Setting;
  private readonly burst: Setting;
  private readonly host: Savings;
  private readonly destinations: Readonly<Record<Family, AddressMap<Savings>>>;

  /** Nothing has been sent yet. */
  constructor(private readonly net: Net) {
    this.perSecond = net.sysctl.entry("net.ipv4.icmp_msgs_per_sec");
    this.burst = net.sysctl.entry("net.ipv4.icmp_msgs_burst");
    this.host = new Savings(Infinity, net.now);
    this.destinations = { 4: new AddressMap(4, net.random()), 6: new AddressMap(6, net.random()) };
  }

  /** Whether this host may send one more. It is not spent before {@link spend}. */
  hostAllows(): boolean {
    if (this.perSecond.value === 0) return false;
    return this.host.at(this.net.now, this.burst.value * this.hostInterval()) >= this.hostInterval();
  }

  /**
   * A message of this host is sent. What it costs is drawn by lot, none, one or two: the documentation of
   * `icmp_msgs_per_sec` has the count vary, so that nobody learns from his own share what others were sent.
   */
  spend(): void {
    this.host.spend(this.hostInterval() * (this.net.random() % 3));
  }

  /** Whether a destination may get one more, one in `interval_ms` and up to `burst_ms` saved up; if so it is spent. */
  destinationAllows(
    family: Family,
    destination: IpAddress,
    interval_ms: number,
    burst_ms: number = DESTINATION_BURST * interval_ms,
  ): boolean {
    if (interval_ms === 0) return true;
    const [cost, limit] = [interval_ms * 1000, burst_ms * 1000];
    const savings = this.savingsOf(family, destination, limit);
    // RFC4443-2.4-f-rate
    if (savings.at(this.net.now, limit) < cost) return false;
    savings.spend(cost);
    return true;
  }

  private hostInterval(): number {
    return SECOND_US / this.perSecond.value;
  }

  private savingsOf(family: Family, destination: IpAddress, limit_us: number): Savings {
    const known = this.destinations[family];
    let savings = known.getAddress(destination);
    if (savings === undefined) {
      if (known.size >= MAX_DESTINATIONS) known.evictOldest();
      savings = new Savings(limit_us, this.net.now);
      known.set(destination, savings);
    }
    return savings;
  }
}
