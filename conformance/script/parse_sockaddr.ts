/** Superset arguments of calls that are addresses: `10.1.0.1:53`, `[2001:db8::1]:53`, `*:53`, `...:53`, and PKTINFO's. */
import type { Cursor } from "./cursor.ts";
import { parseAddress } from "./parse_encapsulation.ts";
import type { Expression, Span } from "./syntax.ts";

const MOST_PORT = 65535;

/** Whether an address begins here that packetdrill does not know. */
export function isSocketAddress(c: Cursor): boolean {
  if (c.isKind("ipv4") || c.isKind("ipv6")) return true;
  if (c.isChar("[")) return c.isKind("ipv6", 1);
  return (c.isChar("*") || c.isKind("ellipsis")) && c.isChar(":", 1);
}

/** An address with or without a port, `*` for any address, `...` for the one that it would be anyway. */
export function parseSocketAddress(c: Cursor): Expression {
  const start = c.peek().start;
  let address: string | undefined;
  let scope: string | undefined;
  if (c.isKind("ellipsis")) c.next();
  else if (c.acceptChar("*")) address = "*";
  else {
    const bracket = c.acceptChar("[");
    address = ofFamily(c);
    if (c.acceptChar("%")) scope = c.expectKind("word", "the name of an interface").text;
    if (bracket) c.expectChar("]");
  }
  const port = c.acceptChar(":") ? c.integer("port", MOST_PORT) : undefined;
  const span = c.spanFrom(start);
  c.uses("socket address", span);
  return { kind: "socket_address", address, scope, port, span };
}

function ofFamily(c: Cursor): string {
  const wrong = c.wire === "ipv4" ? "ipv6" : "ipv4";
  if (!c.isKind(wrong)) return parseAddress(c, c.wire);
  const name = wrong === "ipv4" ? "IPv4" : "IPv6";
  const hint = "say // variants: … in the header, or write ... for the usual address";
  c.semantic(c.tokenSpan(c.peek()), `an ${name} address in an ${c.wire} script`, hint);
  return parseAddress(c, wrong);
}

/** How a structure's braces are ended. */
type Finish = <T extends object>(node: T) => T & { span: Span };

/** Whether the data of IP_PKTINFO or IPV6_PKTINFO begin here. */
export function isPacketInfo(c: Cursor): boolean {
  return c.isKeyword("ipi_ifindex") || c.isKeyword("ipi6_addr");
}

/** `ipi_ifindex=N, ipi_spec_dst=A, ipi_addr=A` or `ipi6_addr=A, ipi6_ifindex=N`; `...` for an address: any, or none. */
export function parsePacketInfo(c: Cursor, value: (name: string) => Expression, finish: Finish): Expression {
  const start = c.peek().start;
  const done = <T extends object>(node: T) => {
    c.uses("packet information", c.spanFrom(start));
    return finish(node);
  };
  if (c.isKeyword("ipi6_addr")) {
    const address = value("ipi6_addr");
    c.expectChar(",");
    return done({ kind: "packet_info", family: 6, interfaceIndex: value("ipi6_ifindex"), local: undefined, address });
  }
  const interfaceIndex = value("ipi_ifindex");
  c.expectChar(",");
  const local = value("ipi_spec_dst");
  c.expectChar(",");
  return done({ kind: "packet_info", family: 4, interfaceIndex, local, address: value("ipi_addr") });
}
