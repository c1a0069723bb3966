/**
 * Where received packets go, kept by interface and route: it does not depend on which address of a prefix a packet is for, so that many
 * destinations cost no more than one.
 *
 * @module
 */
import { IFF_LOOPBACK, type NetDevice } from "../link/device.ts";
import { IpAddress } from "../wire/address.ts";
import { AddressMap } from "./address_map.ts";
import type { FibRoute } from "./fib.ts";
import type { InDevice } from "./in_device.ts";
import type { RouteType } from "./interface.ts";
import { type RouteOwner, Rtable } from "./rtable.ts";
import { inet_select_addr } from "./source_address.ts";

/** Groups, and addresses of loopback's network, that are remembered for each interface. */
const MAX_DESTINATIONS = 1024;

/** The tables that answers are found in. */
export interface InputTables extends RouteOwner {
  /** Interfaces by index. */
  readonly devices: ReadonlyMap<number, InDevice>;
  /** The state of a device. */
  in_device(device: NetDevice): InDevice;
}

/** What an interface does with the packets that come in by it. */
class InterfaceAnswers {
  readonly byRoute = new Map<FibRoute, Rtable>();
  /** By errno: for destinations without a route. */
  readonly nowhere = new Map<number, Rtable>();
  /** To one of many addresses that a route is for, where that matters: groups, loopback's network, broadcasts without a route. */
  readonly byDestination: Readonly<Record<4 | 6, AddressMap<Rtable>>> = { 4: new AddressMap(4), 6: new AddressMap(6) };
}

/** See the module. Nothing is kept that was found out before the tables changed. */
export class InputRoutes {
  private readonly interfaces = new Map<InDevice, InterfaceAnswers>();
  private generation = -1;

  /** For the packets of a stack with these tables. */
  constructor(private readonly tables: InputTables) {}

  /** To the host itself. A route to a whole network (127.0.0.0/8) is one for each of its addresses. */
  local(state: InDevice, found: FibRoute, bytes: Uint8Array, at: number): Rtable {
    const whole = found.prefix.length === found.prefix.address.bytes.length * 8;
    return whole
      ? this.ofRoute(state, found, "local", 0)
      : this.to(state, "local", found.prefix.address.family, bytes, at);
  }

  /** To a group or, without a route that says so, to everybody on the link. */
  to(state: InDevice, type: "multicast" | "broadcast" | "local", family: 4 | 6, bytes: Uint8Array, at: number): Rtable {
    const answers = this.answers(state).byDestination[family];
    let route = answers.get(bytes, at);
    if (route !== undefined) return route;
    const destination = IpAddress.from(bytes, at, family);
    if (answers.size >= MAX_DESTINATIONS) answers.evictOldest();
    const source = type === "local" ? destination : this.sourceFor(state, undefined, destination);
    route = this.made(state, { type, destination, source, through: state, found: undefined, error: 0 });
    answers.set(destination, route);
    return route;
  }

  /**
   * As a route of the tables says: on through its device, to everybody on that one's link, to this host, or, with `error`, nowhere, of
   * which the sender is told.
   */
  ofRoute(state: InDevice, found: FibRoute, type: RouteType, error: number): Rtable {
    const { byRoute } = this.answers(state);
    let route = byRoute.get(found);
    if (route !== undefined) return route;
    const leads = error === 0 && type !== "local" && found.device !== undefined;
    const through = leads ? this.tables.in_device(found.device!) : state;
    const destination = found.prefix.address;
    const source = type === "local" ? destination : this.sourceFor(through, found, found.gateway ?? destination);
    route = this.made(state, { type, destination, source, through, found, error });
    byRoute.set(found, route);
    return route;
  }

  /** There is no route: errno `error`. */
  nowhere(state: InDevice, family: 4 | 6, error: number): Rtable {
    const { nowhere } = this.answers(state);
    const key = family === 4 ? error : -error;
    let route = nowhere.get(key);
    if (route !== undefined) return route;
    const destination = family === 4 ? IpAddress.ANY4 : IpAddress.ANY6;
    const source = this.sourceFor(state, undefined, destination);
    route = this.made(state, { type: "unreachable", destination, source, through: state, found: undefined, error });
    nowhere.set(key, route);
    return route;
  }

  private answers(state: InDevice): InterfaceAnswers {
    if (this.generation !== this.tables.generation) {
      this.interfaces.clear();
      this.generation = this.tables.generation;
    }
    let answers = this.interfaces.get(state);
    if (answers === undefined) this.interfaces.set(state, answers = new InterfaceAnswers());
    return answers;
  }

  /** What this host puts where a packet's way is recorded, and answers from. */
  private sourceFor(through: InDevice, found: FibRoute | undefined, toward: IpAddress): IpAddress {
    if (found?.source !== undefined) return found.source;
    if (toward.family === 6) return IpAddress.ANY6;
    return inet_select_addr(this.tables.devices.values(), through.device, toward) ?? IpAddress.ANY4;
  }

  private made(
    state: InDevice,
    { type, destination, source, through, found, error }: {
      readonly type: RouteType;
      readonly destination: IpAddress;
      readonly source: IpAddress;
      readonly through: InDevice;
      readonly found: FibRoute | undefined;
      readonly error: number;
    },
  ): Rtable {
    return new Rtable(this.tables, {
      family: destination.family,
      type,
      device: through.device,
      in_device: through,
      input: state.device,
      destination,
      source,
      gateway: type === "unicast" ? found?.gateway : undefined,
      metrics: found?.metrics ?? {},
      exception: undefined,
      error,
    });
  }
}

/** Whether packets of an interface never were on a wire. */
export function isLoopback({ device }: InDevice): boolean {
  return (device.flags & IFF_LOOPBACK) !== 0;
}
