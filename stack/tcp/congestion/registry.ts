/**
 * The congestion controls by name.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import { Bbr } from "./bbr.ts";
import { Cubic } from "./cubic.ts";
import { Dctcp } from "./dctcp.ts";
import type { CongestionControl } from "./interface.ts";
import { Reno } from "./reno.ts";

/** A maker of one congestion control per connection. */
type Maker = (deviations: Deviations) => CongestionControl;

const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["reno", (deviations) => new Reno(deviations)],
  ["cubic", (deviations) => new Cubic(deviations)],
  ["bbr", () => new Bbr()],
  ["dctcp", (deviations) => new Dctcp(deviations)],
]);

/** All names, as `net.ipv4.tcp_available_congestion_control` lists them. */
export const CONGESTION_CONTROLS: readonly string[] = [...MAKERS.keys()];

/** A new congestion control for one connection, undefined when there is none of that name. */
export function congestionByName(name: string, deviations: Deviations): CongestionControl | undefined {
  return MAKERS.get(name)?.(deviations);
}
