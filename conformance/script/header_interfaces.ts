/** The header's keys `interface:` and `route:`. */
import { parseIpv4, parseIpv6 } from "./inet_address.ts";
import type { HeaderEntry, HeaderInterface, HeaderPrefix, HeaderRoute } from "./syntax.ts";

/** How an interface is written. */
const INTERFACE_HINT = "interface: tun1 10.1.0.1/24 2001:db8:1::1/64 mtu 1400";
/** How a route is written. */
const ROUTE_HINT = "route: 10.2.0.0/16 via 10.1.0.2 dev tun1";

const NAME = /^(?:tun|eth)(?:[0-9]|[1-9][0-9])$/;
const LEAST_MTU = 68;
const MOST_MTU = 65535;

/** The interfaces and routes of a header; `warn` is told what is wrong with the others, and how it is written. */
export function parseInterfaces(
  entries: readonly HeaderEntry[],
  warn: (entry: HeaderEntry, message: string, hint: string) => void,
): { readonly interfaces: HeaderInterface[]; readonly routes: HeaderRoute[] } {
  const interfaces: HeaderInterface[] = [];
  const routes: HeaderRoute[] = [];
  for (const entry of entries) {
    if (entry.key === "interface") {
      const parsed = parseInterface(entry);
      if (typeof parsed === "string") warn(entry, parsed, INTERFACE_HINT);
      else interfaces.push(parsed);
    } else if (entry.key === "route") {
      const parsed = parseRoute(entry);
      if (typeof parsed === "string") warn(entry, parsed, ROUTE_HINT);
      else routes.push(parsed);
    }
  }
  return { interfaces, routes };
}

/** An interface, or what is wrong with it. */
function parseInterface({ value, span }: HeaderEntry): HeaderInterface | string {
  const words = value.split(/[\s,]+/);
  const name = words.shift() ?? "";
  if (!NAME.test(name)) return `interface: '${name}' is none; they are called tun0, tun1 … and eth0, eth1 …`;
  const addresses: HeaderPrefix[] = [];
  let mtu: number | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "mtu") {
      const number = words.shift() ?? "";
      mtu = wholeNumber(number);
      if (mtu === undefined || mtu < LEAST_MTU || mtu > MOST_MTU) {
        return `interface: the MTU is a number from ${LEAST_MTU} to ${MOST_MTU}, not '${number}'`;
      }
      continue;
    }
    const prefix = parsePrefix(word);
    if (prefix === undefined) return `interface: '${word}' is no address with a prefix length`;
    addresses.push(prefix);
  }
  return { name, addresses, mtu, span };
}

/** A route, or what is wrong with it. */
function parseRoute({ value, span }: HeaderEntry): HeaderRoute | string {
  const words = value.split(/\s+/);
  const text = words.shift() ?? "";
  let prefix = parsePrefix(text);
  let gateway: string | undefined;
  let device: string | undefined;
  while (words.length > 0) {
    const [word, argument] = [words.shift(), words.shift() ?? ""];
    if (word === "via") gateway = argument;
    else if (word === "dev") device = argument;
    else return `route: '${word}' is neither via nor dev`;
  }
  if (text === "default" && gateway !== undefined) {
    prefix = { address: gateway.includes(":") ? "::" : "0.0.0.0", length: 0 };
  }
  if (prefix === undefined) return `route: '${text}' is no prefix`;
  if (gateway !== undefined && parsePrefix(gateway) === undefined) return `route: '${gateway}' is no address`;
  if (gateway !== undefined && gateway.includes(":") !== prefix.address.includes(":")) {
    return `route: ${gateway} is of another family than ${prefix.address}`;
  }
  if (device === undefined) return "route: it leads through no interface";
  if (!NAME.test(device)) return `route: there is no interface '${device}'`;
  return { prefix, gateway, device, span };
}

function parsePrefix(text: string): HeaderPrefix | undefined {
  const [address = "", tail, ...more] = text.split("/");
  const bytes = parseIpv4(address) ?? parseIpv6(address);
  if (bytes === undefined || more.length > 0) return undefined;
  const whole = bytes.length * 8;
  const length = tail === undefined ? whole : wholeNumber(tail);
  return length === undefined || length > whole ? undefined : { address, length };
}

function wholeNumber(text: string): number | undefined {
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : undefined;
}
