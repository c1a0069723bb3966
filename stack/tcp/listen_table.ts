/**
 * Listening sockets by port; among several, the one that names most of a packet's destination (`inet_lookup_listener`).
 *
 * @module
 */
import { hashBytes } from "../wire/address.ts";
import type { TcpSock } from "./state.ts";

/** The listeners of one stack. */
export class ListenTable {
  private readonly ports = new Map<number, TcpSock[]>();

  /** Adds a listener that is bound. */
  add(sk: TcpSock): void {
    const list = this.ports.get(sk.num);
    if (list === undefined) this.ports.set(sk.num, [sk]);
    else if (!list.includes(sk)) list.push(sk);
  }

  /** Removes a listener; does nothing for others. */
  remove(sk: TcpSock): void {
    const list = this.ports.get(sk.num);
    const at = list?.indexOf(sk) ?? -1;
    if (list === undefined || at < 0) return;
    list.splice(at, 1);
    if (list.length === 0) this.ports.delete(sk.num);
  }

  /** The listener for a packet whose addresses of `length` octets lie in `bytes`. */
  lookup(
    bytes: Uint8Array,
    remote_at: number,
    local_at: number,
    length: number,
    dport: number,
    num: number,
    ifindex: number,
  ): TcpSock | undefined {
    const list = this.ports.get(num);
    if (list === undefined) return undefined;
    let best: TcpSock | undefined;
    let best_score = 0;
    let equals = 0;
    for (const sk of list) {
      const score = this.score(sk, bytes, local_at, length, ifindex);
      if (score === 0) continue;
      if (score > best_score) {
        best = sk;
        best_score = score;
        equals = 1;
      } else if (score === best_score && sk.so.reuseport) {
        // A group shares its port: the four-tuple picks one of them.
        equals++;
        const hash = (hashBytes(bytes, remote_at, length, dport) >>> 0) / 2 ** 32;
        if (Math.floor(hash * equals) === equals - 1) best = sk;
      }
    }
    return best;
  }

  private score(sk: TcpSock, bytes: Uint8Array, local_at: number, length: number, ifindex: number): number {
    if (!sk.accepts_family(length === 4 ? 4 : 6)) return 0;
    if (sk.sk_bound_dev_if !== 0 && sk.sk_bound_dev_if !== ifindex) return 0;
    let score = sk.sk_bound_dev_if !== 0 ? 2 : 1;
    if (!sk.rcv_saddr.isUnspecified) {
      if (sk.rcv_saddr.bytes.length !== length || !sk.rcv_saddr.matches(bytes, local_at)) return 0;
      score += 4;
    }
    // An AF_INET listener is preferred to a dual-stack one.
    return score * 2 + (sk.family === 2 ? 1 : 0);
  }
}
