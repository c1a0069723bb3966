/**
 * What multicast asks of the IP floor.
 *
 * @module
 */
import type { Net } from "../../net.ts";
import type { InDevice } from "../in_device.ts";
import type { Ip } from "../interface.ts";

/** See the module. */
export interface MulticastFloor extends Pick<Ip, "addProtocol" | "route_output" | "queue_xmit"> {
  readonly net: Net;
  /** Interfaces by index, with what each says about its groups. */
  readonly routes: { readonly devices: ReadonlyMap<number, InDevice> };
}
