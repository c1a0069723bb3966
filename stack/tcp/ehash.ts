/**
 * The table of connections by four-tuple: established sockets, handshakes under way, TIME-WAIT entries. Looked up with the
 * addresses and ports where they lie in a packet, so that a lookup allocates nothing.
 *
 * @module
 */
import type { IpAddress } from "../wire/address.ts";
import { get16 } from "../wire/bytes.ts";

/** What the table holds. */
export interface EhashEntry {
  readonly kind: "sock" | "request" | "timewait";
  hash_next: EhashEntry | undefined;
  /** Hash of the four-tuple while in the table, -1 else. */
  hash_key: number;
  /** Local address and port. */
  readonly rcv_saddr: IpAddress;
  readonly num: number;
  /** Remote address and port. */
  readonly daddr: IpAddress;
  readonly dport: number;
  readonly sk_bound_dev_if: number;
}

function mix(hash: number, value: number): number {
  const h = Math.imul(hash ^ value, 0x85ebca6b);
  return h ^ (h >>> 15);
}

function hash_bytes(bytes: Uint8Array, at: number, length: number, seed: number): number {
  let hash = seed;
  for (let i = at; i < at + length; i += 2) hash = mix(hash, get16(bytes, i));
  return hash;
}

/** Connections by four-tuple. */
export class Ehash {
  private readonly buckets = new Map<number, EhashEntry>();
  size = 0;

  /** A table whose hash nobody outside can predict. */
  constructor(private readonly seed: number) {}

  /** Hash of remote and local address in place. */
  private hash(
    remote: Uint8Array,
    remote_at: number,
    local: Uint8Array,
    local_at: number,
    length: number,
    dport: number,
    num: number,
  ): number {
    let hash = hash_bytes(remote, remote_at, length, this.seed);
    hash = hash_bytes(local, local_at, length, hash);
    hash = mix(mix(hash, dport), num);
    return hash >>> 0;
  }

  /** Adds an entry. */
  insert(entry: EhashEntry): void {
    if (entry.hash_key >= 0) return;
    const remote = entry.daddr.bytes;
    const key = this.hash(remote, 0, entry.rcv_saddr.bytes, 0, remote.length, entry.dport, entry.num);
    entry.hash_key = key;
    entry.hash_next = this.buckets.get(key);
    this.buckets.set(key, entry);
    this.size++;
  }

  /** Removes an entry that is in the table. */
  remove(entry: EhashEntry): void {
    const key = entry.hash_key;
    if (key < 0) return;
    let prev: EhashEntry | undefined;
    for (let at = this.buckets.get(key); at !== undefined; prev = at, at = at.hash_next) {
      if (at !== entry) continue;
      if (prev !== undefined) prev.hash_next = entry.hash_next;
      else if (entry.hash_next !== undefined) this.buckets.set(key, entry.hash_next);
      else this.buckets.delete(key);
      this.size--;
      break;
    }
    entry.hash_next = undefined;
    entry.hash_key = -1;
  }

  /** The entry of a packet: addresses of `length` octets at `remote_at` and `local_at` of `bytes`. */
  lookup(
    bytes: Uint8Array,
    remote_at: number,
    local_at: number,
    length: number,
    dport: number,
    num: number,
    ifindex: number,
  ): EhashEntry | undefined {
    const key = this.hash(bytes, remote_at, bytes, local_at, length, dport, num);
    for (let at = this.buckets.get(key); at !== undefined; at = at.hash_next) {
      if (
        at.dport === dport && at.num === num && at.daddr.bytes.length === length &&
        at.daddr.matches(bytes, remote_at) && at.rcv_saddr.matches(bytes, local_at) &&
        (at.sk_bound_dev_if === 0 || at.sk_bound_dev_if === ifindex)
      ) return at;
    }
    return undefined;
  }

  /** The entry of a four-tuple given as addresses. */
  find(remote: IpAddress, local: IpAddress, dport: number, num: number): EhashEntry | undefined {
    if (remote.family !== local.family) return undefined;
    const key = this.hash(remote.bytes, 0, local.bytes, 0, remote.bytes.length, dport, num);
    for (let at = this.buckets.get(key); at !== undefined; at = at.hash_next) {
      if (at.dport === dport && at.num === num && at.daddr.equals(remote) && at.rcv_saddr.equals(local)) return at;
    }
    return undefined;
  }

  /** Every entry. */
  *entries(): Generator<EhashEntry> {
    for (const first of this.buckets.values()) {
      for (let at: EhashEntry | undefined = first; at !== undefined; at = at.hash_next) yield at;
    }
  }
}
