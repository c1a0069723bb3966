/**
 * Packets that were put into Linux, put into this stack: it has to send the same octets and move the same counters.
 * `recordings/*.jsonl` hold one case a line; `recordings/record.py` made them and can make them anew.
 */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { IpAddress, parsePrefix } from "../wire/address.ts";
import type { RouteType } from "./interface.ts";
import { TEST_PROTOCOL, world } from "./_testing.ts";

interface Setup {
  readonly sysctl: Readonly<Record<string, number>>;
  readonly routes: readonly { prefix: string; gateway?: string; type?: RouteType; mtu?: number }[];
  readonly kernel: string;
}

interface Case {
  readonly name: string;
  readonly in: readonly string[];
  readonly out: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

/** µs between packets of a recording, about. */
const INTERVAL = 4000;
/** Groups that were recorded. */
const COUNTED = /^(Ip|Icmp|IcmpMsg|IpExt|Ip6|Icmp6)\./;
/** Neighbour discovery and multicast listener reports of Linux itself. */
const OWN = /MLDv2|Type143$/;

/** Where this stack does otherwise, and why. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  "addr 240.0.0.1>192.0.2.1": "RFC 1122 section 3.2.2 allows no error about a packet from a class E address",
  "echo6 addr ::>2001:db8::1": "RFC 4291 section 2.5.2: nothing is sent to the unspecified address",
  "icmp quote 5/1":
    "redirects are dealt with here; Linux also shows them to transports, which count one without a socket",
};

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** Hexadecimal, with what each stack chooses for itself at zero, as `record.py` writes it. */
function masked(packet: Uint8Array): string {
  const bytes = packet.slice();
  if (bytes[0]! >> 4 === 4) {
    bytes.fill(0, 4, 6);
    bytes.fill(0, 10, 12);
  } else {
    bytes[1]! &= 0xf0;
    bytes.fill(0, 2, 4);
    if (bytes[6] === 44) bytes.fill(0, 44, 48);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

for (const name of ["host", "router"]) {
  Deno.test(`ip: a ${name} answers as Linux does`, () => {
    const lines = Deno.readTextFileSync(new URL(`./recordings/${name}.jsonl`, import.meta.url)).trim().split("\n");
    const setup: Setup = JSON.parse(lines[0]!);
    const w = world({ sysctl: setup.sysctl });
    w.stack.ip.protocols4[TEST_PROTOCOL] = undefined;
    w.stack.ip.protocols6[TEST_PROTOCOL] = undefined;
    for (const { prefix, gateway, type, mtu } of setup.routes) {
      const result = w.stack.addRoute({
        prefix: parsePrefix(prefix),
        gateway: gateway === undefined ? undefined : IpAddress.parse(gateway),
        device: type === undefined ? w.tun0 : undefined,
        type,
        metrics: mtu === undefined ? undefined : { mtu },
      });
      assertEquals(result, 0, prefix);
    }
    assert(lines.length > 300);
    for (const line of lines.slice(1)) {
      const recorded: Case = JSON.parse(line);
      const before = w.stack.net.mib.snapshot();
      w.sent.length = 0;
      for (const packet of recorded.in) {
        w.stack.runUntil(w.stack.net.now + INTERVAL);
        w.stack.receive(w.tun0, fromHex(packet));
        w.stack.poll(w.stack.net.now);
      }
      const counters: [string, number][] = [];
      for (const [key, value] of w.stack.net.mib.snapshot()) {
        const more = value - (before.get(key) ?? 0);
        if (more !== 0 && COUNTED.test(key)) counters.push([key, more]);
      }
      const ours = { out: w.sent.map(masked), counters: counters.sort() };
      const linux = {
        out: [...recorded.out],
        counters: Object.entries(recorded.counters).filter(([key]) => !OWN.test(key)).sort(),
      };
      if (DEVIATIONS[recorded.name] === undefined) assertEquals(ours, linux, recorded.name);
      else assertNotEquals(ours, linux, `${recorded.name} is no deviation any more`);
    }
  });
}
