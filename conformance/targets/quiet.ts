/**
 * What is special about worlds with a TAP device, and how they are kept quiet: the stack does nothing there by itself that a script does not
 * ask for.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import { kindOfInterface, type WorldOptions } from "./target.ts";

/** Settings, by their Linux names, under which nothing is sent when the interface comes up. */
export const QUIET_SETTINGS: Readonly<Record<string, string>> = {
  "net.ipv6.conf.default.dad_transmits": "0",
  "net.ipv6.conf.default.router_solicitations": "0",
};

/** Whether an interface of a world is an Ethernet one. */
export function hasEthernet({ device, interfaces = [] }: Pick<WorldOptions, "device" | "interfaces">): boolean {
  return device === "tap" || interfaces.some(({ name }) => kindOfInterface(name) === "tap");
}

/**
 * The next hop on the way to the other end; undefined where that is a neighbour itself. On a link with addresses no host can be its own
 * gateway, which the usual options of scripts make of the stack under test.
 */
export function nextHop({ device, anyIp, localIp, gatewayIp }: WorldOptions): string | undefined {
  if (anyIp) return undefined;
  const own = IpAddress.parse(localIp).equals(IpAddress.parse(gatewayIp));
  return device === "tap" && own ? undefined : gatewayIp;
}

/** Whose link-layer addresses are known from the start: the next hop's, and the other end's, which scripts may make a neighbour. */
export function knownNeighbours(options: WorldOptions): IpAddress[] {
  const hop = nextHop(options);
  const remote = IpAddress.parse(options.remoteIp);
  const known = hop === undefined ? [] : [IpAddress.parse(hop)];
  const all = remote.family === 4 ? IpAddress.parse(options.localIp).filled(options.localPrefixLength) : undefined;
  const one = !remote.isMulticast && !remote.isBroadcast && all?.equals(remote) !== true;
  return one && !known.some((address) => address.equals(remote)) ? [...known, remote] : known;
}
