/** The addresses in front of what an IP packet carries. */
import type { Cursor } from "./cursor.ts";
import { parseAddress } from "./parse_encapsulation.ts";
import type { AddressPair } from "./syntax.ts";

/** Superset `A > B:`; `*` for the address that the packet has anyway. */
export function parseAddressPair(c: Cursor): AddressPair | undefined {
  const token = c.peek();
  const star = c.isChar("*") && c.isChar(">", 1);
  if (token.kind !== "ipv4" && token.kind !== "ipv6" && !star) return undefined;
  const one = (): string | undefined => {
    if (c.isChar("*")) {
      c.next();
      return undefined;
    }
    const wrong = c.wire === "ipv4" ? "ipv6" : "ipv4";
    if (c.isKind(wrong)) {
      const hint = "say // variants: … in the header, or leave the addresses out";
      c.semantic(
        c.tokenSpan(c.peek()),
        `an ${wrong === "ipv4" ? "IPv4" : "IPv6"} address in an ${c.wire} packet`,
        hint,
      );
      return parseAddress(c, wrong);
    }
    return parseAddress(c, c.wire);
  };
  const source = one();
  c.expectChar(">");
  const destination = one();
  c.expectChar(":");
  const span = c.spanFrom(token.start);
  c.uses("addresses", span);
  return { source, destination, span };
}
