/**
 * The further interfaces of a world with our own stack in it: their addresses, routes and neighbours.
 *
 * @module
 */
import type { NetDevice } from "../../../stack/link/device.ts";
import { NUD_PERMANENT } from "../../../stack/link/neighbour_state.ts";
import type { Stack } from "../../../stack/stack.ts";
import { IpAddress, MacAddress } from "../../../stack/wire/address.ts";
import { DEFAULT_MTU, ethernetEndsOf, TargetError, type WorldOptions } from "../target.ts";

/** What of a world's options is about its further interfaces. */
export type FurtherInterfaces = Pick<WorldOptions, "interfaces" | "routes" | "quiet">;

/** Gives a stack the interfaces and routes of `options`; `device` finds or makes the device of an interface. */
export function addInterfaces(
  stack: Stack,
  { interfaces = [], routes = [], quiet }: FurtherInterfaces,
  device: (name: string, mtu: number) => NetDevice,
): void {
  for (const { name, addresses, mtu } of interfaces) {
    const own = device(name, mtu ?? DEFAULT_MTU);
    for (const { address, prefixLength } of addresses) {
      stack.addAddress(own, { address: IpAddress.parse(address), length: prefixLength }, { nodad: true });
    }
  }
  for (const { destination, prefixLength, gateway, device: name } of routes) {
    const through = stack.ip.device(name);
    if (through === undefined) throw new TargetError(`the route to ${destination}: there is no interface ${name}`);
    const hop = gateway === undefined ? undefined : IpAddress.parse(gateway);
    const prefix = { address: IpAddress.parse(destination).masked(prefixLength), length: prefixLength };
    const result = stack.addRoute({ prefix, device: through, gateway: hop });
    if (result < 0) throw new TargetError(`the route to ${destination} was refused with errno ${-result}`);
    const ends = ethernetEndsOf(name);
    if (hop === undefined || ends === undefined || quiet === false) continue;
    stack.ip.neighbours.table(hop.family)?.obtain(hop, through)?.set(NUD_PERMANENT, MacAddress.parse(ends.peer).bytes);
  }
}
