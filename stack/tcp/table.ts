/**
 * Whom a segment is for: connections by their four-tuple, listeners by their port.
 *
 * @module
 */
import { hashBytes, type IpAddress } from "../wire/address.ts";
import type { IcmpError } from "../ip/interface.ts";
import type { ReceivedSegment } from "./segment.ts";

/** The two ends of a connection, addresses as they are on the wire. */
export interface FourTuple {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
}

/** What can take a segment of a four-tuple: a connection, a handshake of a listener's, or what is left of a closed connection. */
export interface TupleEntry extends FourTuple {
  /** `TCP_*` number of its state. */
  readonly state: number;
  /** Interface that it is bound to, 0 for any. */
  readonly boundInterface: number;
  /** Next of the same hash; the table's own. */
  next: TupleEntry | undefined;
  /** Hash of the four-tuple; the table's own. */
  hash: number;
  /** A segment of the four-tuple came in, checksum verified. */
  receive(segment: ReceivedSegment): void;
  /** An ICMP error about a segment that it sent; `seq` is the sequence number quoted. */
  unreachable(error: IcmpError, seq: number): void;
}

/** What listens at a port. */
export interface PortListener {
  readonly localPort: number;
  /** Whether a segment to this address that came in on this interface may be for it, and how exactly: 0 for no, more for a closer match. */
  match(localAddress: IpAddress, interfaceIndex: number): number;
  /** A segment for which there is no connection. */
  receive(segment: ReceivedSegment): void;
}

/** All connections and listeners of one stack. */
export class SegmentTable {
  private readonly buckets = new Map<number, TupleEntry>();
  private readonly listeners = new Map<number, PortListener[]>();
  private count = 0;

  /** A table whose hashes depend on `secret`, so that nobody outside can choose four-tuples that collide. */
  constructor(private readonly secret: number) {}

  /** How many four-tuples are in use. */
  get size(): number {
    return this.count;
  }

  private hashOf(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    return mix(
      hashBytes(local.bytes, 0, local.bytes.length, this.secret),
      hashBytes(remote.bytes, 0, remote.bytes.length, this.secret),
      localPort,
      remotePort,
    );
  }

  /** Adds an entry. Its four-tuple must not change while it is in the table. */
  add(entry: TupleEntry): void {
    entry.hash = this.hashOf(entry.localAddress, entry.localPort, entry.remoteAddress, entry.remotePort);
    entry.next = this.buckets.get(entry.hash);
    this.buckets.set(entry.hash, entry);
    this.count++;
  }

  /** Removes an entry if it is there. */
  remove(entry: TupleEntry): void {
    let before: TupleEntry | undefined;
    for (let at = this.buckets.get(entry.hash); at !== undefined; before = at, at = at.next) {
      if (at !== entry) continue;
      if (before !== undefined) before.next = at.next;
      else if (at.next !== undefined) this.buckets.set(entry.hash, at.next);
      else this.buckets.delete(entry.hash);
      entry.next = undefined;
      this.count--;
      return;
    }
  }

  /** Puts `fresh` in the place of `old`, which has the same four-tuple. */
  replace(old: TupleEntry, fresh: TupleEntry): void {
    this.remove(old);
    this.add(fresh);
  }

  /** The entry of a four-tuple. */
  find(
    local: IpAddress,
    localPort: number,
    remote: IpAddress,
    remotePort: number,
    interfaceIndex: number,
  ): TupleEntry | undefined {
    const hash = this.hashOf(local, localPort, remote, remotePort);
    for (let at = this.buckets.get(hash); at !== undefined; at = at.next) {
      if (
        at.localPort === localPort && at.remotePort === remotePort && at.localAddress.equals(local) &&
        at.remoteAddress.equals(remote) &&
        (at.boundInterface === 0 || interfaceIndex === 0 || at.boundInterface === interfaceIndex)
      ) {
        return at;
      }
    }
    return undefined;
  }

  /** The entry that a packet's addresses and ports name, read in place. `sent`: the packet is one that this stack sent. */
  findInPlace(
    bytes: Uint8Array,
    sourceAt: number,
    addressLength: number,
    sourcePort: number,
    destinationPort: number,
    interfaceIndex: number,
    sent: boolean,
  ): TupleEntry | undefined {
    const destinationAt = sourceAt + addressLength;
    const localAt = sent ? sourceAt : destinationAt;
    const remoteAt = sent ? destinationAt : sourceAt;
    const localPort = sent ? sourcePort : destinationPort;
    const remotePort = sent ? destinationPort : sourcePort;
    const hash = mix(
      hashBytes(bytes, localAt, addressLength, this.secret),
      hashBytes(bytes, remoteAt, addressLength, this.secret),
      localPort,
      remotePort,
    );
    for (let at = this.buckets.get(hash); at !== undefined; at = at.next) {
      if (
        at.localPort === localPort && at.remotePort === remotePort && at.localAddress.bytes.length === addressLength &&
        at.localAddress.matches(bytes, localAt) && at.remoteAddress.matches(bytes, remoteAt) &&
        (at.boundInterface === 0 || interfaceIndex === 0 || at.boundInterface === interfaceIndex)
      ) {
        return at;
      }
    }
    return undefined;
  }

  /** Every entry. */
  *entries(): Generator<TupleEntry> {
    for (const first of this.buckets.values()) {
      for (let at: TupleEntry | undefined = first; at !== undefined; at = at.next) yield at;
    }
  }

  /** Adds a listener. */
  listen(listener: PortListener): void {
    const there = this.listeners.get(listener.localPort);
    if (there === undefined) this.listeners.set(listener.localPort, [listener]);
    else there.push(listener);
  }

  /** Removes a listener if it is there. */
  unlisten(listener: PortListener): void {
    const there = this.listeners.get(listener.localPort);
    const at = there?.indexOf(listener) ?? -1;
    if (there === undefined || at < 0) return;
    there.splice(at, 1);
    if (there.length === 0) this.listeners.delete(listener.localPort);
  }

  /** The listeners whose match is the closest: several only with SO_REUSEPORT, then `pick` says which. */
  findListener(local: IpAddress, localPort: number, interfaceIndex: number, pick: number): PortListener | undefined {
    const there = this.listeners.get(localPort);
    if (there === undefined) return undefined;
    let best = 0;
    let chosen: PortListener[] = [];
    for (const listener of there) {
      const match = listener.match(local, interfaceIndex);
      if (match === 0 || match < best) continue;
      if (match > best) chosen = [];
      best = match;
      chosen.push(listener);
    }
    return chosen.length === 0 ? undefined : chosen[pick % chosen.length];
  }

  /** Every listener. */
  *allListeners(): Generator<PortListener> {
    for (const there of this.listeners.values()) yield* there;
  }
}

/** One hash of two address hashes and two ports. */
function mix(local: number, remote: number, localPort: number, remotePort: number): number {
  let hash = Math.imul(local ^ Math.imul(remote, 0x85ebca6b), 0xc2b2ae35) ^
    Math.imul((localPort << 16) | remotePort, 0x9e3779b1);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x27d4eb2f) >>> 0;
}
