/** Interfaces, Ethernet headers and ARP. */
import type { Cursor } from "./cursor.ts";
import type { ArpMessage, EthernetInfo, InterfaceName } from "./syntax.ts";

/** Whether the cursor is at a word with a direction mark behind it. */
export function isInterfaceName(c: Cursor): boolean {
  return c.isKind("word") && c.peek().symbol === undefined && (c.isChar("<", 1) || c.isChar(">", 1));
}

/** `eth0` in front of a direction mark. */
export function parseInterfaceName(c: Cursor): InterfaceName {
  const token = c.next();
  const span = c.tokenSpan(token);
  c.usesHere("interface", span);
  return { name: token.text, markSpan: c.tokenSpan(c.peek()), span };
}

/** `eth [A > B] [vlan N]:`, addresses or `*`. */
export function parseEthernet(c: Cursor): EthernetInfo | undefined {
  if (!c.isKeyword("eth")) return undefined;
  const start = c.next().start;
  let source: string | undefined;
  let destination: string | undefined;
  if (c.isKind("mac") || c.isChar("*")) {
    source = parseMac(c);
    c.expectChar(">");
    destination = parseMac(c);
  }
  const vlan = c.acceptKeyword("vlan") ? c.integer("VLAN identifier", 4094) : undefined;
  c.expectChar(":");
  const span = c.spanFrom(start);
  c.uses("ethernet", span);
  return { source, destination, vlan, span };
}

/** A MAC address, or `*` for the one that it would be anyway. */
function parseMac(c: Cursor): string | undefined {
  if (c.acceptChar("*")) return undefined;
  return c.expectKind("mac", "a MAC address", "write six bytes: 02:00:00:00:00:01").text.toLowerCase();
}

/** `arp who-has A tell B [sha MAC] [tha MAC]`, `arp reply A [is-at MAC] [to B] [tha MAC]`. */
export function parseArp(c: Cursor): ArpMessage {
  const start = c.next().start;
  if (c.wire !== "ipv4") {
    c.semantic(c.spanFrom(start), "ARP in an IPv6 script", "write nd ns …, or say // variants: ipv4");
  }
  const request = c.isKeyword("who");
  let sender: string | undefined;
  let target: string | undefined;
  if (request) {
    hyphenated(c, "who", "has");
    target = parseIpv4(c);
    if (c.acceptKeyword("tell")) sender = parseIpv4(c);
  } else {
    if (!c.isKeyword("reply")) c.expecting("'who-has'");
    c.expectKeyword("reply");
    sender = parseIpv4(c);
  }
  let senderHardware: string | undefined;
  let targetHardware: string | undefined;
  for (;;) {
    if (!request && c.isKeyword("is")) {
      hyphenated(c, "is", "at");
      senderHardware = parseMac(c);
    } else if (!request && c.acceptKeyword("to")) target = parseIpv4(c);
    else if (c.acceptKeyword("sha")) senderHardware = parseMac(c);
    else if (c.acceptKeyword("tha")) targetHardware = parseMac(c);
    else break;
  }
  const span = c.spanFrom(start);
  c.uses("arp", span);
  return {
    kind: "arp",
    operation: request ? 1 : 2,
    sender,
    target,
    senderHardware,
    targetHardware,
    truncate: undefined,
    span,
  };
}

function hyphenated(c: Cursor, one: string, other: string): void {
  c.expectKeyword(one);
  c.expectChar("-");
  c.expectKeyword(other);
}

function parseIpv4(c: Cursor): string {
  return c.expectKind("ipv4", "an IPv4 address").text;
}
