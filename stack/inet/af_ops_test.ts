import { assertEquals, assertNotEquals } from "@std/assert";
import { AF_INET, AF_INET6 } from "../../abi/socket_constants.ts";
import { TCP_CLOSE, TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { EISCONN } from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";
import { SOL_IPV6, SOL_SOCKET } from "../../abi/socket_constants.ts";
import { int } from "../../abi/memory.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack } from "../stack.ts";
import { TCP_TABLES, type TcpOperations } from "../tcp/open/operations.ts";
import { TcpSocket } from "../tcp/socket/tcp_socket.ts";
import { UdpSock } from "../udp/udp_sock.ts";
import { IpAddress } from "../wire/address.ts";
import { type AfOperations, FAMILY_TABLES, type FamilyTables } from "./af_ops.ts";
import type { SocketAddress } from "./sock.ts";

const PORT = 8080;
const SERVER = 0;

/** Tables that note who calls what before they do it. */
function watched<Operations extends AfOperations>(
  tables: FamilyTables<Operations>,
  called: Set<string>,
): FamilyTables<Operations> {
  const watch = (operations: Operations): Operations =>
    new Proxy(operations, {
      get(of, name: string) {
        called.add(`${of.name} ${name}`);
        return Reflect.get(of, name);
      },
    });
  return { ipv4: watch({ ...tables.ipv4 }), ipv6: watch({ ...tables.ipv6 }), mapped: watch({ ...tables.mapped }) };
}

/** Only the operations, of one table after the other. */
function operations(called: ReadonlySet<string>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const entry of [...called].sort()) {
    const [table, name] = entry.split(" ") as [string, string];
    if (!["name", "family", "options"].includes(name)) (found[table] ??= []).push(name);
  }
  return found;
}

/** A stack with addresses, and TCP sockets whose tables are watched. */
function world() {
  const stack = new Stack({ seed: 3 });
  const device = new CallbackDevice({ transmit: () => {} });
  stack.addDevice(device);
  stack.addAddress(device, "192.0.2.1/24");
  stack.addAddress(device, "2001:db8::1/64");
  const called = new Set<string>();
  const tables = watched(TCP_TABLES, called);
  class Watched extends TcpSocket {
    protected override get family_tables(): FamilyTables<TcpOperations> {
      return tables;
    }
    override spawn(): TcpSocket {
      return new Watched(this.services, this.family);
    }
  }
  const { services } = stack.transports.tcp.create(AF_INET);
  const run = () => stack.runUntil(stack.net.now + 50_000);
  return { stack, device, called, run, make: (family: number): TcpSocket => new Watched(services, family) };
}

const at = (address: string, port = PORT): SocketAddress => ({ address: IpAddress.parse(address), port });

const KINDS = [
  { name: "ipv4", family: AF_INET, bound: "0.0.0.0", peer: "192.0.2.1" },
  { name: "ipv6", family: AF_INET6, bound: "::", peer: "2001:db8::1" },
  { name: "ipv6-mapped", family: AF_INET6, bound: "::", peer: "::ffff:192.0.2.1" },
] as const;

for (const { name, family, bound, peer } of KINDS) {
  Deno.test(`families: a TCP connection goes through the table of ${name}, and its listener asks that too`, () => {
    const { called, make, run } = world();
    const listener = make(family);
    assertEquals(listener.bind(at(bound)), 0);
    assertEquals(listener.listen(4), SERVER);
    const client = make(family);
    called.clear();
    assertNotEquals(client.connect(at(peer)), 0);
    run();
    assertEquals(client.sk_state, TCP_ESTABLISHED);
    const child = listener.accept() as TcpSocket;
    assertEquals([client.af_ops.name, child.af_ops.name], [name, name]);
    client.sendmsg({ data: new Uint8Array(3000), flags: 0 });
    run();
    assertEquals(child.recvmsg({ length: 5000, flags: 0 }).result, 3000);
    const level = [SOL_IPV6, O.IPV6_TCLASS] as const;
    client.setsockopt(...level, int(0x20));
    client.getsockopt(...level, 4);
    assertEquals(client.sockaddr(client.getpeername() as SocketAddress).length, family === AF_INET ? 16 : 28);
    child.routes.output = undefined;
    child.sendmsg({ data: new Uint8Array(1), flags: 0 });
    assertEquals(child.routes.output, child.routes.check());
    assertEquals(operations(called), {
      [name]: [
        "addr2sockaddr",
        "conn_request",
        "getsockopt",
        "net_header_len",
        "queue_xmit",
        "rebuild_header",
        "send_check",
        "setsockopt",
        "sk_rx_dst_set",
        "syn_recv_sock",
      ],
    });
  });
}

Deno.test("families: a port is judged by the table of the address that is to be bound", () => {
  const { called, make } = world();
  assertEquals(make(AF_INET).bind(at("192.0.2.1")), 0);
  called.clear();
  assertNotEquals(make(AF_INET6).bind(at("::ffff:192.0.2.1")), 0);
  assertEquals([...called].filter((entry) => entry.endsWith("bind_conflict")), ["ipv6-mapped bind_conflict"]);
  called.clear();
  assertEquals(make(AF_INET6).bind(at("2001:db8::1")), 0);
  assertEquals([...called].filter((entry) => entry.endsWith("bind_conflict")), ["ipv6 bind_conflict"]);
  called.clear();
  assertNotEquals(make(AF_INET).bind(at("0.0.0.0")), 0);
  assertEquals([...called].filter((entry) => entry.endsWith("bind_conflict")), ["ipv4 bind_conflict"]);
});

Deno.test("families: an AF_INET6 socket is back to IPv6 when a mapped connection is dissolved, or fails", () => {
  const { make, run } = world();
  const listener = make(AF_INET6);
  listener.bind(at("::"));
  listener.listen(1);
  const client = make(AF_INET6);
  client.connect(at("::ffff:192.0.2.1"));
  run();
  assertEquals([client.af_ops.name, client.connect(at("::1"))], ["ipv6-mapped", 0]);
  assertEquals(client.connect(at("::1")), -EISCONN);
  assertEquals(client.connect(undefined), 0);
  assertEquals([client.af_ops.name, client.sk_state], ["ipv6", TCP_CLOSE]);
  // No way to a group.
  assertNotEquals(client.connect(at("::ffff:203.0.113.9")), 0);
  assertEquals(client.af_ops.name, "ipv6");
  client.connect(at("2001:db8::1"));
  run();
  assertEquals([client.af_ops.name, client.sk_state], ["ipv6", TCP_ESTABLISHED]);
});

Deno.test("families: a child's options are its own", () => {
  const { make, run } = world();
  const listener = make(AF_INET);
  listener.bind(at("0.0.0.0"));
  listener.listen(1);
  listener.inet.cmsg.ttl = true;
  listener.setsockopt(SOL_SOCKET, 1, int(1));
  make(AF_INET).connect(at("192.0.2.1"));
  run();
  const child = listener.accept() as TcpSocket;
  child.setsockopt(0, O.IP_RECVTTL, int(0));
  child.setsockopt(SOL_SOCKET, 1, int(0));
  assertEquals([listener.inet.cmsg.ttl, child.inet.cmsg.ttl], [true, false]);
  assertEquals([listener.getsockopt(SOL_SOCKET, 1, 4), child.getsockopt(SOL_SOCKET, 1, 4)], [int(1), int(0)]);
});

Deno.test("families: a datagram goes through the table of its destination, whatever the socket talked before", () => {
  const { stack } = world();
  const called = new Set<string>();
  const tables = watched(FAMILY_TABLES, called);
  class Watched extends UdpSock {
    protected override get family_tables(): FamilyTables {
      return tables;
    }
  }
  const sock = new Watched(stack.transports.udp, AF_INET6);
  for (const { peer, name } of KINDS.slice(1)) {
    called.clear();
    assertEquals(sock.sendmsg({ data: new Uint8Array(9), flags: 0, to: at(peer) }), 9);
    assertEquals(operations(called)[name], ["net_frag_header_len", "net_header_len", "queue_xmit", "send_check"]);
  }
  assertEquals(sock.connect(at("::ffff:192.0.2.1")), 0);
  called.clear();
  sock.routes.output = undefined;
  assertEquals([sock.af_ops.name, typeof sock.route()], ["ipv6-mapped", "object"]);
  assertEquals(operations(called), { "ipv6-mapped": ["rebuild_header"] });
});

Deno.test("families: a path MTU that was told of is recorded by the table of its family", () => {
  for (const { name, family } of KINDS) {
    const { stack, called, make } = world();
    const sock = make(family);
    const destination = IpAddress.parse(name === "ipv6" ? "2001:db8::9" : "192.0.2.9");
    const route = stack.ip.route_output({ family: destination.family, destination });
    if (typeof route === "number") throw new Error(`no route: ${route}`);
    const before = route.mtu();
    called.clear();
    const now = sock.operations_for(route.family).mtu_reduced(stack.ip, route, 1300);
    assertEquals([now, before > 1300, [...called]], [1300, true, [`${name} mtu_reduced`]]);
  }
});
