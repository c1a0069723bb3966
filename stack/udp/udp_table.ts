/**
 * Which UDP socket a datagram is for (`__udp4_lib_lookup`, `__udp6_lib_lookup`).
 *
 * @module
 */
import { AF_INET, AF_INET6 } from "../../abi/socket_constants.ts";
import type { InetSock } from "../inet/inet_sock.ts";
import { takes_multicast } from "../inet/membership.ts";
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { hashBytes, type IpAddress } from "../wire/address.ts";

/** Addresses and ports of a received datagram. */
export interface UdpTuple {
  readonly saddr: IpAddress;
  readonly sport: number;
  readonly daddr: IpAddress;
  readonly dport: number;
  /** Interface it came in on, 0 for none. */
  readonly ifindex: number;
}

/** Sockets by local port. */
export class UdpTable<Sk extends InetSock> {
  private readonly ports = new Map<number, Sk[]>();

  /** A table with no sockets; `seed` makes the choice within a SO_REUSEPORT group unpredictable. */
  constructor(private readonly seed: number) {}

  /** Adds a bound socket. As in Linux's hash chains the latest is found first, AF_INET6 with SO_REUSEPORT last. */
  add(sk: Sk): void {
    const chain = this.ports.get(sk.num);
    if (chain === undefined) this.ports.set(sk.num, [sk]);
    else if (chain.includes(sk)) return;
    else if (sk.family === AF_INET6 && sk.so.reuseport) chain.push(sk);
    else chain.unshift(sk);
  }

  /** Removes a socket that is bound to `port`. */
  remove(sk: Sk, port: number): void {
    const chain = this.ports.get(port);
    const at = chain?.indexOf(sk) ?? -1;
    if (chain === undefined || at < 0) return;
    chain.splice(at, 1);
    if (chain.length === 0) this.ports.delete(port);
  }

  /** The best match, or `undefined`. */
  lookup(tuple: UdpTuple): Sk | undefined {
    const chain = this.ports.get(tuple.dport);
    if (chain === undefined) return undefined;
    let best: Sk | undefined;
    let badness = 0;
    for (const sk of chain) {
      const score = compute_score(sk, tuple);
      if (score <= badness) continue;
      badness = score;
      best = sk;
    }
    if (best === undefined || !best.so.reuseport || best.sk_state === TCP_ESTABLISHED) return best;
    return this.select(chain, best, badness, tuple);
  }

  /** Every socket that gets a copy of a multicast or broadcast datagram (`__udp_is_mcast_sock`). */
  multicast(tuple: UdpTuple): Sk[] {
    const chain = this.ports.get(tuple.dport) ?? [];
    return chain.filter((sk) => matches(sk, tuple) && joined(sk, tuple));
  }

  /** One of the group by the hash of the flow, so that a flow stays with its socket. */
  private select(chain: readonly Sk[], best: Sk, badness: number, tuple: UdpTuple): Sk {
    const group = chain.filter((sk) =>
      sk.so.reuseport && sk.sk_state !== TCP_ESTABLISHED && sk.rcv_saddr.equals(best.rcv_saddr) &&
      compute_score(sk, tuple) === badness
    );
    let hash = hashBytes(tuple.saddr.bytes, 0, tuple.saddr.bytes.length, this.seed ^ tuple.sport);
    hash = hashBytes(tuple.daddr.bytes, 0, tuple.daddr.bytes.length, hash ^ tuple.dport);
    // Multiply-shift spreads the hash evenly over the group (reciprocal_scale).
    return group[Math.floor(hash * group.length / 0x100000000)] ?? best;
  }
}

/** Whether addresses, ports and interface fit, wildcards included. */
function matches(sk: InetSock, tuple: UdpTuple): boolean {
  if (!sk.accepts_family(tuple.daddr.family)) return false;
  if (!sk.rcv_saddr.isUnspecified && !sk.rcv_saddr.equals(tuple.daddr)) return false;
  // RFC768-ui-ports
  if (!sk.daddr.isUnspecified && !sk.daddr.equals(tuple.saddr)) return false;
  if (sk.dport !== 0 && sk.dport !== tuple.sport) return false;
  return sk.sk_bound_dev_if === 0 || sk.sk_bound_dev_if === tuple.ifindex;
}

/** How well a socket fits, 0 when not at all. A local address weighs more than all the rest. */
function compute_score(sk: InetSock, tuple: UdpTuple): number {
  if (!matches(sk, tuple)) return 0;
  let score = sk.family === AF_INET ? 2 : 1;
  if (!sk.daddr.isUnspecified) score += 4;
  if (sk.dport !== 0) score += 4;
  if (sk.sk_bound_dev_if !== 0) score += 4;
  return sk.rcv_saddr.isUnspecified ? score : score + 32;
}

/** Whether a multicast group reaches the socket: it joined, or takes what others joined (`ip_mc_sf_allow`). */
function joined(sk: InetSock, tuple: UdpTuple): boolean {
  if (!tuple.daddr.isMulticast) return true;
  // RFC9776-3.1-filter
  return takes_multicast(sk, tuple.daddr, tuple.saddr, tuple.ifindex);
}
