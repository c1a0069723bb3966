import { assert, assertEquals } from "@std/assert";
import { Mib } from "../mib.ts";
import type { Net } from "../net.ts";
import { seededRandom } from "../random.ts";
import { Sysctl } from "../sysctl.ts";
import { Timers } from "../timers.ts";
import { IpAddress } from "../wire/address.ts";
import { EADDRINUSE, EADDRNOTAVAIL } from "../../abi/errno.ts";
import { ipv4_specific, ipv6_specific } from "./af_ops.ts";
import { type BindConflict, type Binder, BindTable, tcp_bind_conflict, udp_bind_conflict } from "./ports.ts";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN } from "../../abi/tcp_constants.ts";

function table(conflict: BindConflict, sysctl: Record<string, string> = {}, odd = true): BindTable {
  const net: Net = {
    now: 0,
    realtime_offset_us: 0,
    timers: new Timers(),
    random: seededRandom(3),
    sysctl: new Sysctl(sysctl),
    mib: new Mib(),
  };
  return new BindTable(net, conflict, odd);
}

interface Owner extends Binder {
  sk_state: number;
}

function owner(address: string, options: Partial<{ reuse: boolean; reuseport: boolean; v6only: boolean }> = {}): Owner {
  const bound = IpAddress.parse(address);
  return {
    num: 0,
    rcv_saddr: bound,
    // As bind leaves it: a socket bound to an IPv6 address takes no IPv4.
    ipv6only: options.v6only ?? (bound.family === 6 && !bound.isUnspecified),
    sk_bound_dev_if: 0,
    sk_state: TCP_CLOSE,
    af_ops: bound.family === 4 ? ipv4_specific : ipv6_specific,
    so: { reuse: options.reuse ?? false, reuseport: options.reuseport ?? false },
  };
}

Deno.test("ports: addresses that overlap conflict, others do not", () => {
  const cases: [string, string, boolean][] = [
    ["0.0.0.0", "0.0.0.0", true],
    ["0.0.0.0", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["::", "0.0.0.0", true],
    ["::", "192.0.2.1", true],
    ["::1", "0.0.0.0", false],
    ["2001:db8::1", "::", true],
    ["2001:db8::1", "2001:db8::2", false],
  ];
  for (const conflict of [tcp_bind_conflict, udp_bind_conflict]) {
    for (const [a, b, clash] of cases) {
      for (const [first, second] of [[a, b], [b, a]] as const) {
        const ports = table(conflict);
        assertEquals(ports.get_port(owner(first), 80), 0);
        assertEquals(ports.get_port(owner(second), 80), clash ? -EADDRINUSE : 0, `${first} then ${second}`);
      }
    }
    const ports = table(conflict);
    assertEquals(ports.get_port(owner("::", { v6only: true }), 80), 0);
    assertEquals(ports.get_port(owner("0.0.0.0"), 80), 0);
  }
});

Deno.test("ports: TCP shares with SO_REUSEADDR unless somebody listens", () => {
  const ports = table(tcp_bind_conflict);
  const a = owner("0.0.0.0", { reuse: true });
  const b = owner("0.0.0.0", { reuse: true });
  assertEquals(ports.get_port(a, 80), 0);
  assertEquals(ports.get_port(b, 80), 0);
  assertEquals(ports.get_port(owner("0.0.0.0"), 80), -EADDRINUSE);
  a.sk_state = TCP_LISTEN;
  assertEquals(ports.get_port(a, 80), 0);
  b.sk_state = TCP_LISTEN;
  assertEquals(ports.get_port(b, 80), -EADDRINUSE);
  assertEquals(ports.get_port(owner("0.0.0.0", { reuse: true }), 80), -EADDRINUSE);
  // A child of a listener that is gone does not stop the next listener.
  const child = owner("0.0.0.0", { reuse: true });
  child.sk_state = TCP_ESTABLISHED;
  ports.inherit(a, child);
  for (const gone of [a, b]) ports.put(gone);
  assertEquals(ports.get_port(owner("0.0.0.0", { reuse: true }), 80), 0);
});

Deno.test("ports: SO_REUSEPORT on both shares, and UDP with SO_REUSEADDR on both", () => {
  for (const conflict of [tcp_bind_conflict, udp_bind_conflict]) {
    const ports = table(conflict);
    const listener = owner("0.0.0.0", { reuseport: true });
    assertEquals(ports.get_port(listener, 80), 0);
    listener.sk_state = TCP_LISTEN;
    assertEquals(ports.get_port(owner("0.0.0.0", { reuseport: true }), 80), 0);
    assertEquals(ports.get_port(owner("0.0.0.0"), 80), -EADDRINUSE);
  }
  const ports = table(udp_bind_conflict);
  assertEquals(ports.get_port(owner("0.0.0.0", { reuse: true }), 80), 0);
  assertEquals(ports.get_port(owner("0.0.0.0", { reuse: true }), 80), 0);
});

Deno.test("ports: ephemeral ports are in range, differ, skip reserved ones and run out", () => {
  const ports = table(tcp_bind_conflict, {
    "net.ipv4.ip_local_port_range": "40000 40009",
    "net.ipv4.ip_local_reserved_ports": "40003,40006-40007",
  });
  const seen: number[] = [];
  for (let i = 0; i < 7; i++) {
    const sk = owner("0.0.0.0");
    assertEquals(ports.get_port(sk, 0), 0);
    seen.push(sk.num);
  }
  assertEquals(seen.toSorted(), [40000, 40001, 40002, 40004, 40005, 40008, 40009]);
  // bind takes odd ports first and leaves even ones to connect.
  assert(seen.slice(0, 3).every((port) => port % 2 === 1), `${seen}`);
  assertEquals(ports.get_port(owner("0.0.0.0"), 0), -EADDRINUSE);
});

Deno.test("ports: connect shares ports among connections, not with bound sockets", () => {
  const ports = table(tcp_bind_conflict, { "net.ipv4.ip_local_port_range": "40000 40001" });
  const bound = owner("0.0.0.0");
  assertEquals(ports.get_port(bound, 40000), 0);
  const first = owner("192.0.2.1");
  assertEquals(ports.hash_connect(first, 0, () => true), 0);
  assertEquals(first.num, 40001);
  const second = owner("192.0.2.1");
  assertEquals(ports.hash_connect(second, 0, () => true), 0);
  assertEquals(second.num, 40001);
  assertEquals(ports.hash_connect(owner("192.0.2.1"), 0, () => false), -EADDRNOTAVAIL);
  ports.put(bound);
  const third = owner("192.0.2.1");
  assertEquals(ports.hash_connect(third, 0, (port) => port !== 40001), 0);
  assertEquals(third.num, 40000);
  for (const sk of [first, second, third]) ports.put(sk);
  assertEquals(ports.size, 0);
});
