import { assertEquals } from "@std/assert";
import { CallbackDevice } from "../link/callback_device.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import { encodeSockaddr } from "./sockaddr.ts";
import { int, ints } from "../../abi/memory.ts";
import { AF_INET, AF_INET6, SOCK_DGRAM, SOL_IP, SOL_IPV6 } from "../../abi/socket_constants.ts";
import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS, ENODEV } from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";

const GROUP = address("239.1.1.1");
const LOCAL = address("192.0.2.1");
const A = address("192.0.2.7");
const B = address("192.0.2.8");
const GROUP6 = address("ff05::1234");
const A6 = address("2001:db8::7");

function address(text: string): Uint8Array {
  return IpAddress.parse(text).bytes;
}

/** A stack with sockets whose options are set. */
class Bench {
  readonly stack: Stack = new Stack();
  readonly sent: Uint8Array[] = [];
  readonly device = new CallbackDevice({ name: "tun0", transmit: (packet) => this.sent.push(packet.view().slice()) });

  constructor() {
    this.stack.addDevice(this.device);
    this.stack.addAddress(this.device, "192.0.2.1/24");
    this.stack.addAddress(this.device, "2001:db8::1/64");
    this.stack.addRoute({ prefix: { address: IpAddress.parse("224.0.0.0"), length: 4 }, device: this.device });
  }

  socket(domain = AF_INET): number {
    return this.stack.sockets.call({ name: "socket", domain, type: SOCK_DGRAM, protocol: 0 }).outcome!.result;
  }

  /** 0 or the errno. */
  set(fd: number, option: number, value: Uint8Array, level = SOL_IP): number {
    const { errno } = this.stack.sockets.call(
      { name: "setsockopt", fd, level, option, value, length: value.length },
    ).outcome!;
    return errno;
  }
}

const source = (one: Uint8Array, group = GROUP, local = LOCAL) => concatBytes(group, local, one);
const filter = (mode: number, ...sources: Uint8Array[]) =>
  concatBytes(GROUP, LOCAL, ints(mode, sources.length), ...sources);

function stored(one: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(128);
  bytes.set(encodeSockaddr(one.length === 4 ? AF_INET : AF_INET6, { address: new IpAddress(one), port: 0 }));
  return bytes;
}

const groupSource = (ifindex: number, group: Uint8Array, one: Uint8Array) =>
  concatBytes(int(ifindex), int(0), stored(group), stored(one));

Deno.test("source filters of IPv4: each call answers as Linux answered when it was asked", () => {
  const bench = new Bench();
  const {
    IP_ADD_SOURCE_MEMBERSHIP: ADD,
    IP_DROP_SOURCE_MEMBERSHIP: DROP,
    IP_BLOCK_SOURCE: BLOCK,
    IP_UNBLOCK_SOURCE: UNBLOCK,
  } = O;
  const run = (steps: readonly (readonly [number, Uint8Array])[]) => {
    const fd = bench.socket();
    return steps.map(([option, value]) => bench.set(fd, option, value));
  };
  const join = [O.IP_ADD_MEMBERSHIP, concatBytes(GROUP, LOCAL)] as const;
  const leave = [O.IP_DROP_MEMBERSHIP, concatBytes(GROUP, LOCAL)] as const;
  assertEquals(
    run([
      [ADD, source(A)],
      [ADD, source(A)],
      [ADD, source(B)],
      [BLOCK, source(A)],
      [UNBLOCK, source(A)],
      [DROP, source(A)],
      [DROP, source(A)],
      join,
      [DROP, source(B)],
      [DROP, source(B)],
      leave,
    ]),
    [0, EADDRNOTAVAIL, 0, EINVAL, EINVAL, 0, EADDRNOTAVAIL, EADDRINUSE, 0, EINVAL, EADDRNOTAVAIL],
  );
  assertEquals(run([join, [DROP, source(A)], leave]), [0, EADDRNOTAVAIL, 0]);
  assertEquals(run([join, [UNBLOCK, source(A)], [ADD, source(A)], [BLOCK, source(B)]]), [0, EADDRNOTAVAIL, 0, EINVAL]);
  assertEquals(
    run([
      join,
      [BLOCK, source(A)],
      [BLOCK, source(A)],
      [ADD, source(B)],
      [DROP, source(A)],
      [UNBLOCK, source(A)],
      leave,
    ]),
    [0, 0, EADDRNOTAVAIL, EINVAL, EINVAL, 0, 0],
  );
  assertEquals([BLOCK, UNBLOCK, DROP].map((option) => run([[option, source(A)]])[0]), [EINVAL, EINVAL, EINVAL]);
  assertEquals(run([[ADD, source(A, GROUP, address("198.51.100.9"))]]), [ENODEV]);
  assertEquals(run([[ADD, source(A, address("192.0.2.5"))], [ADD, source(A).subarray(1)]]), [EINVAL, EINVAL]);
  const many = Array.from({ length: 11 }, (_, i) => [ADD, source(Uint8Array.of(192, 0, 2, 100 + i))] as const);
  assertEquals(run(many).slice(9), [0, ENOBUFS]);
});

Deno.test("a filter as a whole: IP_MSFILTER and MCAST_MSFILTER", () => {
  const bench = new Bench();
  const fd = bench.socket();
  const set = (value: Uint8Array) => bench.set(fd, O.IP_MSFILTER, value);
  assertEquals(set(filter(1, A)), EINVAL, "not joined");
  bench.set(fd, O.IP_ADD_MEMBERSHIP, concatBytes(GROUP, LOCAL));
  assertEquals([set(filter(1, A, B)), set(filter(2)), set(filter(1, A).subarray(0, 17))], [0, EINVAL, EINVAL]);
  assertEquals(set(filter(0, ...Array.from({ length: 11 }, () => A))), ENOBUFS);
  assertEquals(set(filter(1)), 0);
  assertEquals(
    bench.set(fd, O.IP_DROP_MEMBERSHIP, concatBytes(GROUP, LOCAL)),
    EADDRNOTAVAIL,
    "nobody is no membership",
  );
});

Deno.test("the family-neutral options, IPv6", () => {
  const bench = new Bench();
  const fd = bench.socket(AF_INET6);
  const { ifindex } = bench.device;
  const set = (option: number, value: Uint8Array) => bench.set(fd, option, value, SOL_IPV6);
  const both = groupSource(ifindex, GROUP6, A6);
  assertEquals(
    [O.MCAST_JOIN_SOURCE_GROUP, O.MCAST_JOIN_SOURCE_GROUP, O.MCAST_BLOCK_SOURCE, O.MCAST_LEAVE_SOURCE_GROUP].map((
      option,
    ) => set(option, both)),
    [0, EADDRNOTAVAIL, EINVAL, 0],
  );
  assertEquals(set(O.MCAST_LEAVE_SOURCE_GROUP, both), EINVAL);
  assertEquals(set(O.MCAST_JOIN_SOURCE_GROUP, both.subarray(0, 263)), EINVAL);
  assertEquals(set(O.MCAST_MSFILTER, concatBytes(int(ifindex), int(0), stored(GROUP6), ints(0, 0))), EINVAL);
});

Deno.test("datagrams reach those members that want their source; with IP_MULTICAST_LOOP off the sender hears nothing", () => {
  const bench = new Bench();
  const { stack } = bench;
  const received = (fd: number) =>
    stack.sockets.call({ name: "recvfrom", fd, buffer: true, length: 9, flags: 0x40, wantAddress: false }).outcome!
      .result;
  const all = bench.socket();
  const picky = bench.socket();
  for (const fd of [all, picky]) {
    bench.set(fd, 2, int(1), 1);
    const to = encodeSockaddr(AF_INET, { address: IpAddress.ANY4, port: 9 });
    stack.sockets.call({ name: "bind", fd, address: to, length: to.length });
  }
  bench.set(all, O.IP_ADD_MEMBERSHIP, concatBytes(GROUP, LOCAL));
  bench.set(picky, O.IP_ADD_SOURCE_MEMBERSHIP, source(A));
  const send = (loop: number) => {
    bench.set(all, O.IP_MULTICAST_LOOP, int(loop));
    const to = encodeSockaddr(AF_INET, { address: new IpAddress(GROUP), port: 9 });
    const data = new Uint8Array(3);
    stack.sockets.call({ name: "sendto", fd: all, data, length: 3, flags: 0, address: to, address_length: to.length });
    stack.poll(stack.net.now);
  };
  send(1);
  assertEquals([received(all), received(picky)], [3, -1], "the source is 192.0.2.1");
  bench.set(picky, O.IP_ADD_SOURCE_MEMBERSHIP, source(LOCAL));
  send(1);
  assertEquals([received(all), received(picky)], [3, 3]);
  send(0);
  assertEquals([received(all), received(picky)], [-1, -1]);
});
