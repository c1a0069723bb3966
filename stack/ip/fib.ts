/**
 * Routing tables: longest prefix first, then the smallest metric.
 *
 * @module
 */
import type { NetDevice } from "../link/device.ts";
import type { Family, IpAddress, Prefix } from "../wire/address.ts";
import type { RouteMetrics, RouteType } from "./interface.ts";
import { headOf, type PrefixEntry, PrefixTree } from "./prefix_tree.ts";

/** Table numbers of `rt_tables`. */
export const RT_TABLE_DEFAULT = 253;
/** The table that routes are added to unless said otherwise. */
export const RT_TABLE_MAIN = 254;
/** Local and broadcast addresses; looked at first. */
export const RT_TABLE_LOCAL = 255;

/** A route as configured (`struct fib_info`, `struct fib6_info`). */
export interface FibRoute {
  readonly prefix: Prefix;
  readonly type: RouteType | "throw";
  readonly gateway: IpAddress | undefined;
  /** Absent only for routes that lead nowhere (blackhole, unreachable, prohibit, throw). */
  readonly device: NetDevice | undefined;
  /** Preferred source (`RTA_PREFSRC`). */
  readonly source: IpAddress | undefined;
  readonly metrics: RouteMetrics;
  /** Priority, lower is better. */
  readonly metric: number;
  readonly table: number;
}

/** The routes of one prefix, the smallest metric first; there is always one. */
interface PrefixRoutes extends PrefixEntry {
  routes: FibRoute[];
}

/** One table of one family. */
export class FibTable {
  private readonly tree = new PrefixTree<PrefixRoutes>();
  /** The same by prefix length, then by masked prefix. */
  private readonly lengths = new Map<number, Map<number | string, PrefixRoutes>>();
  private sorted: number[] = [];

  /** Adds a route. False when one with the same prefix, metric and device is there. */
  insert(route: FibRoute): boolean {
    const { address, length } = route.prefix;
    let byPrefix = this.lengths.get(length);
    if (byPrefix === undefined) {
      this.lengths.set(length, byPrefix = new Map());
      this.sorted = [...this.lengths.keys()].sort((a, b) => b - a);
    }
    const key = maskedKey(address, length);
    const known = byPrefix.get(key);
    if (known === undefined) {
      const { bytes } = address.masked(length);
      const entry = { bytes, head: headOf(bytes), length, routes: [route] };
      byPrefix.set(key, entry);
      this.tree.insert(entry);
      return true;
    }
    const { routes } = known;
    if (routes.some((other) => other.metric === route.metric && other.device === route.device)) return false;
    routes.push(route);
    routes.sort((a, b) => a.metric - b.metric);
    return true;
  }

  /** Removes the routes of a prefix for which `matches` holds; how many. */
  remove(prefix: Prefix, matches: (route: FibRoute) => boolean): number {
    const byPrefix = this.lengths.get(prefix.length);
    const key = maskedKey(prefix.address, prefix.length);
    const entry = byPrefix?.get(key);
    if (byPrefix === undefined || entry === undefined) return 0;
    const before = entry.routes.length;
    entry.routes = entry.routes.filter((route) => !matches(route));
    if (entry.routes.length === 0) {
      byPrefix.delete(key);
      this.tree.remove(entry);
    }
    if (byPrefix.size === 0) {
      this.lengths.delete(prefix.length);
      this.sorted = this.sorted.filter((length) => length !== prefix.length);
    }
    return before - entry.routes.length;
  }

  /** Removes every route for which `matches` holds. */
  removeAll(matches: (route: FibRoute) => boolean): number {
    let count = 0;
    for (const route of this.routes()) {
      if (matches(route)) count += this.remove(route.prefix, (other) => other === route);
    }
    return count;
  }

  /** The best route for an address, through interface `oif` if that is not 0; with `onlink` through no gateway. */
  lookup(address: IpAddress, oif: number, onlink = false): FibRoute | undefined {
    const found = this.tree.lookup(address.bytes, 0);
    if (found === undefined) return undefined;
    const best = found.routes[0]!;
    return usable(best, oif, onlink) ? best : this.lookupThrough(address, oif, found.length, onlink);
  }

  /** The best route for the address at `bytes[offset]`. */
  lookupAt(bytes: Uint8Array, offset: number): FibRoute | undefined {
    return this.tree.lookup(bytes, offset)?.routes[0];
  }

  /** Where the best route of all leads elsewhere: the best through an interface, of a prefix of `most` bits at most. */
  private lookupThrough(address: IpAddress, oif: number, most: number, onlink: boolean): FibRoute | undefined {
    for (const length of this.sorted) {
      if (length > most) continue;
      const found = this.lengths.get(length)!.get(maskedKey(address, length))?.routes;
      const route = found?.find((one) => usable(one, oif, onlink));
      if (route !== undefined) return route;
    }
    return undefined;
  }

  /** Every route, longest prefix first. */
  routes(): FibRoute[] {
    return this.sorted.flatMap((length) =>
      Array.from(this.lengths.get(length)!.values(), (entry) => entry.routes).flat()
    );
  }
}

function maskedKey(address: IpAddress, length: number): number | string {
  if (address.family === 4) {
    return length === 0 ? 0 : (address.u32 & (-1 << (32 - length))) >>> 0;
  }
  return length === 128 ? address.key : address.masked(length).key;
}

/** The tables of one family, in the order that Linux's default rules look at them. */
export class Fib {
  private readonly local = new FibTable();
  private readonly main = new FibTable();
  private readonly other = new FibTable();
  private readonly tables = new Map<number, FibTable>([
    [RT_TABLE_LOCAL, this.local],
    [RT_TABLE_MAIN, this.main],
    [RT_TABLE_DEFAULT, this.other],
  ]);

  /** The tables of one family. */
  constructor(readonly family: Family) {}

  /** A table by number; made when it is not there. */
  table(number: number): FibTable {
    let table = this.tables.get(number);
    if (table === undefined) this.tables.set(number, table = new FibTable());
    return table;
  }

  /** The best route by the default rules: local, main, default. A `throw` route ends its table. */
  lookup(address: IpAddress, oif: number, onlink = false): FibRoute | undefined {
    return settled(this.local.lookup(address, oif, onlink)) ?? settled(this.main.lookup(address, oif, onlink)) ??
      settled(this.other.lookup(address, oif, onlink));
  }

  /** As {@link lookup}, for the address at `bytes[offset]` and any interface. */
  lookupAt(bytes: Uint8Array, offset: number): FibRoute | undefined {
    return settled(this.local.lookupAt(bytes, offset)) ?? settled(this.main.lookupAt(bytes, offset)) ??
      settled(this.other.lookupAt(bytes, offset));
  }

  /** Every route of every table. */
  routes(): FibRoute[] {
    return [...this.tables.values()].flatMap((table) => table.routes());
  }

  /** Removes, from every table, the routes for which `matches` holds. */
  removeAll(matches: (route: FibRoute) => boolean): number {
    let count = 0;
    for (const table of this.tables.values()) count += table.removeAll(matches);
    return count;
  }
}

function settled(route: FibRoute | undefined): FibRoute | undefined {
  return route?.type === "throw" ? undefined : route;
}

/** A local address is found whatever the output interface is; all else is per interface. */
function usable(route: FibRoute, oif: number, onlink: boolean): boolean {
  if (onlink && route.gateway !== undefined) return false;
  return oif === 0 || route.type === "local" || route.device === undefined || route.device.ifindex === oif;
}
