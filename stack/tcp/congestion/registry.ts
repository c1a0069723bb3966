/**
 * The algorithms there are, by name.
 *
 * @module
 */
import type { CongestionControl } from "./congestion.ts";
import { Bbr } from "./bbr.ts";
import { Dctcp } from "./dctcp.ts";
import { Cubic } from "./cubic.ts";
import { Reno } from "./reno.ts";

const MAKERS: ReadonlyMap<string, () => CongestionControl> = new Map([
  ["reno", () => new Reno()],
  ["cubic", () => new Cubic()],
  ["bbr", () => new Bbr()],
  ["dctcp", () => new Dctcp()],
] as [string, () => CongestionControl][]);

/** A new instance of the algorithm called `name`, undefined when there is none. */
export function congestion_by_name(name: string): CongestionControl | undefined {
  return MAKERS.get(name)?.();
}

/** Names, as `tcp_available_congestion_control` lists them. */
export function congestion_names(): string[] {
  return [...MAKERS.keys()];
}
