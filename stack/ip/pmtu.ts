/**
 * What was learned about paths: smaller MTUs and redirects, per destination, with expiry (next-hop exceptions).
 *
 * @module
 */
import type { Net } from "../net.ts";
import type { Family, IpAddress } from "../wire/address.ts";
import { AddressMap } from "./address_map.ts";

/** Destinations remembered before the oldest are forgotten. Linux: 2048 chains of at most five. */
const MAX_EXCEPTIONS = 8192;

/** An exception for one destination (`struct fib_nh_exception`, `struct rt6_exception`). Shared by its routes. */
export interface PathException {
  /** Learned MTU, octets; 0 when none was. */
  pmtu: number;
  /** Whether the MTU is locked: below `min_pmtu`, so DF is not set any more (IPv4). */
  locked: boolean;
  /** Stack time at which the MTU is forgotten, µs. */
  expires: number;
  /** Gateway from a redirect. */
  gateway: IpAddress | undefined;
}

/** What was learned, of both families. */
export interface LearnedPaths {
  readonly exceptions4: PathExceptions;
  readonly exceptions6: PathExceptions;
  /** What was learned about the path to the address at `bytes[offset]`. */
  exceptionAt(family: Family, bytes: Uint8Array, offset: number): PathException | undefined;
}

/** The exceptions of one family. */
export class PathExceptions {
  private readonly map: AddressMap<PathException>;

  /** An empty table; `seed` keys its hash. */
  constructor(private readonly net: Net, family: Family, seed: number) {
    this.map = new AddressMap(family, seed);
  }

  /** Number of destinations remembered. */
  get size(): number {
    return this.map.size;
  }

  /** The exception for a destination, expired or not. */
  find(destination: IpAddress): PathException | undefined {
    return this.map.getAddress(destination);
  }

  /** The exception for the destination at `bytes[offset]`. */
  at(bytes: Uint8Array, offset: number): PathException | undefined {
    return this.map.size === 0 ? undefined : this.map.get(bytes, offset);
  }

  /** The exception for a destination, made when there is none. */
  obtain(destination: IpAddress): PathException {
    let exception = this.map.getAddress(destination);
    if (exception !== undefined) return exception;
    if (this.map.size >= MAX_EXCEPTIONS) this.map.evictOldest();
    exception = { pmtu: 0, locked: false, expires: 0, gateway: undefined };
    this.map.set(destination, exception);
    return exception;
  }

  /** Whether the MTU of an exception holds now. */
  holds(exception: PathException | undefined): exception is PathException {
    return exception !== undefined && exception.pmtu !== 0 && exception.expires > this.net.now;
  }

  /** Forgets everything (`ip route flush cache`). */
  clear(): void {
    this.map.clear();
  }
}
