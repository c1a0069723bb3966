/**
 * Local ports: who is bound to what, conflicts, and ephemeral ports (`inet_csk_get_port`, `udp_lib_get_port`,
 * `__inet_hash_connect`, RFC 6056).
 *
 * @module
 */
import type { Net } from "../net.ts";
import { IpAddress } from "../wire/address.ts";
import { AF_INET6 } from "../../abi/socket_constants.ts";
import { EADDRINUSE, EADDRNOTAVAIL } from "../../abi/errno.ts";
import { TCP_LISTEN } from "../../abi/tcp_constants.ts";

/** What a port's owner shows to the table. Sockets and TIME_WAIT entries both are owners. */
export interface PortOwner {
  /** Local port; the table sets it. */
  num: number;
  /** Address bound to, as on the wire; unspecified for any. */
  readonly rcv_saddr: IpAddress;
  /** IPV6_V6ONLY is in force. */
  readonly ipv6only: boolean;
  /** Interface bound to, 0 for any. */
  readonly sk_bound_dev_if: number;
  readonly sk_state: number;
  /** AF_INET or AF_INET6 of the socket. */
  readonly family?: number;
  readonly so: { readonly reuse: boolean; readonly reuseport: boolean };
  readonly inet?: { readonly local_port_range: readonly [number, number] };
}

/** Who is to have a port: it knows how addresses of its family are compared. */
export interface Binder extends PortOwner {
  readonly af_ops: { bind_conflict(own: PortOwner, other: PortOwner): boolean };
}

/** Whether an IPv4 address to be bound overlaps another owner's, which may be an IPv6 wildcard that takes IPv4, too. */
export function overlap4({ rcv_saddr: own }: PortOwner, { rcv_saddr: other, ipv6only }: PortOwner): boolean {
  if (other.family === 6 && ipv6only) return false;
  return own.isUnspecified || other.isUnspecified || own.equals(other);
}

/**
 * Whether an IPv6 address to be bound overlaps another owner's. One that an AF_INET6 socket got by `connect`, though it
 * takes IPv4 still, is in the way of an IPv4 wildcard; the other way round it is not.
 */
export function overlap6({ rcv_saddr: own, ipv6only }: PortOwner, { rcv_saddr: other }: PortOwner): boolean {
  if (other.family === 4) return own.isUnspecified && !ipv6only;
  return own.isUnspecified || other.isUnspecified || own.equals(other);
}

function interfaces_overlap(a: PortOwner, b: PortOwner): boolean {
  return a.sk_bound_dev_if === 0 || b.sk_bound_dev_if === 0 || a.sk_bound_dev_if === b.sk_bound_dev_if;
}

/**
 * How a protocol judges two owners of one port. `explicit`: the program asked for this port. `"join"`: it is this
 * owner's SO_REUSEPORT group that is joined, whoever else has the port.
 */
export type BindConflict = (sk: Binder, other: PortOwner, explicit: boolean) => boolean | "join";

/** TCP's rule (`inet_bind_conflict`): SO_REUSEADDR shares a port unless one listens; SO_REUSEPORT on both always does. */
export function tcp_bind_conflict(sk: Binder, other: PortOwner, explicit: boolean): boolean {
  if (!interfaces_overlap(sk, other) || !sk.af_ops.bind_conflict(sk, other)) return false;
  if (sk.so.reuse && other.so.reuse && other.sk_state !== TCP_LISTEN) return !explicit;
  return !(explicit && sk.so.reuseport && other.so.reuseport);
}

/**
 * UDP's rule (`udp_lib_lport_inuse`): SO_REUSEADDR on both, or SO_REUSEPORT on both, share a port. Linux looks at the
 * latest owner first and stops at the first one whose group can be joined.
 */
export function udp_bind_conflict(sk: Binder, other: PortOwner, explicit: boolean): boolean | "join" {
  if (sk.so.reuse && other.so.reuse) return false;
  if (!interfaces_overlap(sk, other) || !sk.af_ops.bind_conflict(sk, other)) return false;
  return explicit && sk.so.reuseport && other.so.reuseport ? "join" : true;
}

/** The local ports of one transport protocol of one stack. */
export class BindTable {
  private readonly buckets = new Map<number, Set<PortOwner>>();

  /** A table with no port in use. `odd`: what ephemeral `bind` prefers; TCP leaves even ports to `connect`. */
  constructor(
    private readonly net: Net,
    private readonly conflict: BindConflict,
    private readonly odd: boolean,
  ) {}

  /** Owners of a port, in the order they came. */
  owners(port: number): ReadonlySet<PortOwner> {
    return this.buckets.get(port) ?? NOBODY;
  }

  /** Number of ports in use. */
  get size(): number {
    return this.buckets.size;
  }

  /**
   * Binds an owner to `port`, or with 0 to an ephemeral port: 0 or -EADDRINUSE. An owner that has the port already is
   * judged again and stays (`listen` does that).
   */
  get_port(sk: Binder, port: number): number {
    if (port !== 0) {
      if (this.in_use(sk, port, true)) return -EADDRINUSE;
      this.add(sk, port);
      return 0;
    }
    const [low, high] = this.range(sk);
    const span = high - low + 1;
    const start = this.net.random() % span;
    // Odd ports first, so that connect, which prefers even ones, finds them free.
    for (const parity of this.odd ? [1, 0] : [undefined]) {
      for (let i = 0; i < span; i++) {
        const candidate = low + (start + i) % span;
        if (parity !== undefined && (candidate & 1) !== parity) continue;
        if (this.reserved(candidate) || this.in_use(sk, candidate, false)) continue;
        this.add(sk, candidate);
        return 0;
      }
    }
    return -EADDRINUSE;
  }

  /**
   * Takes an ephemeral port for `connect` (`__inet_hash_connect`). A port shared by connected sockets will do as long as
   * `unique(port)` says that the four-tuple is not taken. 0 or -EADDRNOTAVAIL.
   */
  hash_connect(sk: PortOwner, offset: number, unique: (port: number) => boolean): number {
    const [low, high] = this.range(sk);
    const span = high - low + 1;
    for (const parity of [low & 1, (low & 1) ^ 1]) {
      for (let i = 0; i < span; i++) {
        const candidate = low + (offset + i) % span;
        if ((candidate & 1) !== parity || this.reserved(candidate)) continue;
        const bucket = this.buckets.get(candidate);
        if (bucket !== undefined && [...bucket].some((other) => !this.connected.has(other))) continue;
        if (!unique(candidate)) continue;
        this.add(sk, candidate);
        this.connected.add(sk);
        return 0;
      }
    }
    return -EADDRNOTAVAIL;
  }

  /** Owners that took their port by `connect`: such a port may be shared by other connections (`fastreuse == -1`). */
  private readonly connected = new WeakSet<PortOwner>();

  /** Adds an owner of a port that another owns already: a child of a listener, or the TIME_WAIT entry of a socket. */
  inherit(parent: PortOwner, child: PortOwner): void {
    if (this.connected.has(parent)) this.connected.add(child);
    this.add(child, parent.num);
  }

  /** Releases the port. */
  put(sk: PortOwner): void {
    const bucket = this.buckets.get(sk.num);
    if (bucket === undefined || !bucket.delete(sk)) return;
    this.connected.delete(sk);
    if (bucket.size === 0) this.buckets.delete(sk.num);
  }

  /** Range of ephemeral ports for an owner, both ends included. */
  range(sk: PortOwner): readonly [number, number] {
    const vector = this.net.sysctl.getVector("net.ipv4.ip_local_port_range");
    const low = vector[0] ?? 32768;
    const high = vector[1] ?? 60999;
    const own = sk.inet?.local_port_range ?? [0, 0];
    return [Math.max(low, own[0]), own[1] === 0 ? high : Math.min(high, own[1])];
  }

  private add(sk: PortOwner, port: number): void {
    sk.num = port;
    const bucket = this.buckets.get(port);
    if (bucket === undefined) this.buckets.set(port, new Set([sk]));
    else bucket.add(sk);
  }

  private in_use(sk: Binder, port: number, explicit: boolean): boolean {
    for (const other of chain(this.owners(port))) {
      const verdict = other !== sk && this.conflict(sk, other, explicit);
      if (verdict === "join") return false;
      if (verdict) return true;
    }
    return false;
  }

  private reserved(port: number): boolean {
    const text = this.net.sysctl.get("net.ipv4.ip_local_reserved_ports");
    if (text === "") return false;
    return text.split(",").some((part) => {
      const [low, high] = part.split("-").map(Number);
      return port >= low! && port <= (high ?? low!);
    });
  }
}

/** Owners as Linux's hash chain has them: the latest first, then AF_INET6 owners with SO_REUSEPORT in the order they came. */
function chain(owners: ReadonlySet<PortOwner>): PortOwner[] {
  const last = (owner: PortOwner) => owner.family === AF_INET6 && owner.so.reuseport;
  const all = [...owners];
  return [...all.filter((owner) => !last(owner)).reverse(), ...all.filter(last)];
}

const NOBODY: ReadonlySet<PortOwner> = new Set();
