/**
 * How fast ICMP may be sent: one bucket for the host, one for each destination (RFC 1812 section 4.3.2.8, RFC 4443
 * section 2.4 (f); `icmp_global_allow`, `inet_peer_xrlim_allow`).
 *
 * @module
 */
import { AddressMap } from "../ip/address_map.ts";
import type { Family } from "../ip/interface.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";

/** Messages a destination may get at once after a pause (`XRLIM_BURST_FACTOR`). */
const BURST_FACTOR = 6;
/** Destinations remembered. */
const MAX_PEERS = 8192;

interface Peer {
  /** ms */
  tokens: number;
  /** ms */
  last: number;
}

/** Both buckets, for both families. */
export class IcmpRateLimit {
  private readonly peers: readonly [AddressMap<Peer>, AddressMap<Peer>];
  private readonly per_second: Setting;
  private readonly burst: Setting;
  private credit = 0;
  private stamp = -Infinity;

  /** Full buckets. */
  constructor(private readonly net: Net) {
    const seed = net.random();
    this.peers = [new AddressMap(4, seed), new AddressMap(6, seed)];
    this.per_second = net.sysctl.entry("net.ipv4.icmp_msgs_per_sec");
    this.burst = net.sysctl.entry("net.ipv4.icmp_msgs_burst");
  }

  /** Whether the host may send one more; takes nothing yet. */
  globalAllow(): boolean {
    if (this.credit > 0) return true;
    const now = this.net.now / 1000;
    const delta = Math.min(now - this.stamp, 1000);
    if (delta < 20) return false;
    const more = Math.floor(this.per_second.value * delta / 1000);
    if (more === 0) return false;
    this.stamp = now;
    this.credit = Math.min(this.credit + more, this.burst.value);
    return true;
  }

  /** Takes from the host's bucket: none, one or two, so that no one can count what others were sent (RFC-less, from Linux). */
  consume(): void {
    this.credit -= this.net.random() % 3;
  }

  /** Whether `destination` may get one more, one per `interval_ms` with bursts; if so it is taken. */
  peerAllow(
    family: Family,
    destination: IpAddress,
    interval_ms: number,
    burst_ms: number = BURST_FACTOR * interval_ms,
  ): boolean {
    const peers = this.peers[family === 4 ? 0 : 1];
    const now = Math.floor(this.net.now / 1000);
    let peer = peers.getAddress(destination);
    if (peer === undefined) {
      if (peers.size >= MAX_PEERS) peers.evictOldest();
      peer = { tokens: 0, last: now - 60_000 };
      peers.set(destination, peer);
    }
    if (now !== peer.last) peer.tokens = Math.min(peer.tokens + now - peer.last, burst_ms);
    peer.last = now;
    if (peer.tokens < interval_ms) return false;
    peer.tokens -= interval_ms;
    return true;
  }
}
