/**
 * Routing tables: longest prefix first, then the smallest metric.
 *
 * @module
 */
import type { NetDevice } from "../link/device.ts";
import type { Family, IpAddress, Prefix } from "../wire/address.ts";
import type { RouteMetrics, RouteType } from "./interface.ts";

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

/** One table of one family. */
export class FibTable {
  /** By prefix length, then by masked prefix. */
  private readonly lengths = new Map<number, Map<number | string, FibRoute[]>>();
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
    let routes = byPrefix.get(key);
    if (routes === undefined) byPrefix.set(key, routes = []);
    if (routes.some((other) => other.metric === route.metric && other.device === route.device)) return false;
    routes.push(route);
    routes.sort((a, b) => a.metric - b.metric);
    return true;
  }

  /** Removes the routes of a prefix for which `matches` holds; how many. */
  remove(prefix: Prefix, matches: (route: FibRoute) => boolean): number {
    const byPrefix = this.lengths.get(prefix.length);
    const key = maskedKey(prefix.address, prefix.length);
    const routes = byPrefix?.get(key);
    if (byPrefix === undefined || routes === undefined) return 0;
    const kept = routes.filter((route) => !matches(route));
    if (kept.length === 0) byPrefix.delete(key);
    else byPrefix.set(key, kept);
    if (byPrefix.size === 0) {
      this.lengths.delete(prefix.length);
      this.sorted = this.sorted.filter((length) => length !== prefix.length);
    }
    return routes.length - kept.length;
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
    for (const length of this.sorted) {
      const routes = this.lengths.get(length)!.get(maskedKey(address, length));
      if (routes === undefined) continue;
      for (const route of routes) {
        if (usable(route, oif) && !(onlink && route.gateway !== undefined)) return route;
      }
    }
    return undefined;
  }

  /** Every route, longest prefix first. */
  routes(): FibRoute[] {
    return this.sorted.flatMap((length) => [...this.lengths.get(length)!.values()].flat());
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
  private readonly tables = new Map<number, FibTable>([
    [RT_TABLE_LOCAL, new FibTable()],
    [RT_TABLE_MAIN, new FibTable()],
    [RT_TABLE_DEFAULT, new FibTable()],
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
    for (const number of [RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT]) {
      const found = this.tables.get(number)!.lookup(address, oif, onlink);
      if (found !== undefined && found.type !== "throw") return found;
    }
    return undefined;
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

/** A local address is found whatever the output interface is; all else is per interface. */
function usable(route: FibRoute, oif: number): boolean {
  return oif === 0 || route.type === "local" || route.device === undefined || route.device.ifindex === oif;
}
