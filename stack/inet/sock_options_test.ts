import { assertEquals } from "@std/assert";
import { Posix } from "../socket/posix.ts";
import { Stack } from "../stack.ts";
import { getInt, int, ints, long, timeval } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import * as E from "../../abi/errno.ts";
import * as O from "../../abi/ip_constants.ts";
import { TCP_INFO } from "../../abi/tcp_constants.ts";
import { IP_LEVEL } from "./ip_level.ts";
import { IPV6_LEVEL } from "./ipv6_level.ts";
import { SOCKET_LEVEL } from "./socket_level.ts";

function open(family = C.AF_INET, type = C.SOCK_DGRAM, protocol = 0) {
  const stack = new Stack();
  const posix = new Posix(stack.sockets);
  const fd = posix.socket(family, type, protocol);
  const set = (level: number, option: number, value: number | Uint8Array) => posix.setsockopt(fd, level, option, value);
  const get = (level: number, option: number, length = 4) => {
    const outcome = posix.getsockopt(fd, level, option, length);
    return outcome.errno !== 0 ? -outcome.errno : outcome.data!;
  };
  return { stack, posix, fd, set, get };
}

Deno.test("options: buffers are doubled, bounded below and above", () => {
  const { set, get } = open();
  assertEquals(get(C.SOL_SOCKET, C.SO_SNDBUF), int(212992));
  assertEquals(set(C.SOL_SOCKET, C.SO_SNDBUF, 21000), 0);
  assertEquals(get(C.SOL_SOCKET, C.SO_SNDBUF), int(42000));
  set(C.SOL_SOCKET, C.SO_SNDBUF, 1);
  assertEquals(get(C.SOL_SOCKET, C.SO_SNDBUF), int(4608));
  set(C.SOL_SOCKET, C.SO_RCVBUF, 0);
  assertEquals(get(C.SOL_SOCKET, C.SO_RCVBUF), int(2304));
  set(C.SOL_SOCKET, C.SO_RCVBUF, -1);
  assertEquals(get(C.SOL_SOCKET, C.SO_RCVBUF), int(2 * 4194304));
  set(C.SOL_SOCKET, C.SO_RCVBUFFORCE, 0x7fffffff);
  assertEquals(get(C.SOL_SOCKET, C.SO_RCVBUF), int(0x7ffffffe));
});

Deno.test("options: wrong lengths, read-only and unknown ones, wrong levels", () => {
  const { set, get, posix, fd } = open();
  assertEquals(set(C.SOL_SOCKET, C.SO_REUSEADDR, new Uint8Array(3)), -E.EINVAL);
  assertEquals(set(C.SOL_SOCKET, C.SO_LINGER, new Uint8Array(4)), -E.EINVAL);
  assertEquals(set(C.SOL_SOCKET, C.SO_TYPE, 1), -E.ENOPROTOOPT);
  assertEquals(set(C.SOL_SOCKET, 9999, 1), -E.ENOPROTOOPT);
  assertEquals(get(C.SOL_SOCKET, 9999), -E.ENOPROTOOPT);
  assertEquals(get(C.SOL_SOCKET, C.SO_TYPE, -1), -E.EINVAL);
  assertEquals(get(C.SOL_SOCKET, C.SO_TYPE, 2), Uint8Array.of(2, 0));
  assertEquals(get(C.SOL_IPV6, O.IPV6_TCLASS), -E.EOPNOTSUPP);
  assertEquals(set(C.SOL_IPV6, O.IPV6_TCLASS, 1), -E.ENOPROTOOPT);
  const bad = { name: "setsockopt", fd, level: 1, option: C.SO_REUSEADDR, value: int(1), length: -1 } as const;
  assertEquals(posix.call(bad).outcome!.errno, E.EINVAL);
});

Deno.test("options: timeouts, linger, pacing rate, cookies, device binding", () => {
  const { set, get } = open();
  assertEquals(set(C.SOL_SOCKET, C.SO_RCVTIMEO, timeval(1_500_000)), 0);
  assertEquals(get(C.SOL_SOCKET, C.SO_RCVTIMEO, 16), timeval(1_500_000));
  assertEquals(set(C.SOL_SOCKET, C.SO_RCVTIMEO, Uint8Array.of(...long(0), ...long(1_000_000))), -E.EDOM);
  assertEquals(set(C.SOL_SOCKET, C.SO_LINGER, ints(1, 7)), 0);
  assertEquals(get(C.SOL_SOCKET, C.SO_LINGER, 8), ints(1, 7));
  assertEquals(get(C.SOL_SOCKET, C.SO_MAX_PACING_RATE, 8), long(-1));
  set(C.SOL_SOCKET, C.SO_MAX_PACING_RATE, 1000);
  assertEquals(get(C.SOL_SOCKET, C.SO_MAX_PACING_RATE, 8), long(1000));
  assertEquals(get(C.SOL_SOCKET, C.SO_COOKIE, 4), -E.EINVAL);
  assertEquals(set(C.SOL_SOCKET, C.SO_BINDTODEVICE, Uint8Array.of(0x78, 0)), -E.ENODEV);
  assertEquals(set(C.SOL_SOCKET, C.SO_BINDTODEVICE, Uint8Array.of(0x6c, 0x6f, 0)), 0);
  assertEquals(get(C.SOL_SOCKET, C.SO_BINDTODEVICE, 16), Uint8Array.of(0x6c, 0x6f, 0));
  assertEquals(get(C.SOL_SOCKET, C.SO_BINDTODEVICE, 4), -E.EINVAL);
  assertEquals(get(C.SOL_SOCKET, C.SO_DOMAIN), int(C.AF_INET));
  assertEquals(get(C.SOL_SOCKET, C.SO_PROTOCOL), int(17));
});

Deno.test("options: SOL_IP takes octets as well as ints, and checks ranges", () => {
  const { set, get } = open();
  assertEquals(set(C.SOL_IP, O.IP_TOS, Uint8Array.of(0x10)), 0);
  assertEquals(get(C.SOL_IP, O.IP_TOS), int(0x10));
  assertEquals(get(C.SOL_IP, O.IP_TOS, 1), Uint8Array.of(0x10));
  assertEquals(get(C.SOL_SOCKET, C.SO_PRIORITY), int(6));
  assertEquals(get(C.SOL_IP, O.IP_TTL), int(64));
  for (const ttl of [0, 256, -2]) assertEquals(set(C.SOL_IP, O.IP_TTL, ttl), -E.EINVAL);
  assertEquals(set(C.SOL_IP, O.IP_TTL, new Uint8Array(0)), -E.EINVAL);
  assertEquals(set(C.SOL_IP, O.IP_MTU_DISCOVER, 6), -E.EINVAL);
  assertEquals(set(C.SOL_IP, O.IP_HDRINCL, 1), -E.ENOPROTOOPT);
  assertEquals(get(C.SOL_IP, O.IP_MTU), -E.ENOTCONN);
  assertEquals(set(C.SOL_IP, O.IP_OPTIONS, Uint8Array.of(7, 3)), -E.EINVAL);
  assertEquals(set(C.SOL_IP, O.IP_OPTIONS, Uint8Array.of(0, 9, 9)), 0);
  assertEquals(get(C.SOL_IP, O.IP_OPTIONS, 40), new Uint8Array(4));
  assertEquals(set(C.SOL_IP, O.IP_OPTIONS, new Uint8Array(41)), -E.EINVAL);
});

Deno.test("options: IPv6 ones, V6ONLY before bind only, SOL_IP on an AF_INET6 socket", () => {
  const { posix, fd, set, get } = open(C.AF_INET6);
  assertEquals(set(C.SOL_IPV6, O.IPV6_V6ONLY, 1), 0);
  assertEquals(set(C.SOL_IPV6, O.IPV6_TCLASS, 256), -E.EINVAL);
  assertEquals(set(C.SOL_IPV6, O.IPV6_TCLASS, 0x20), 0);
  assertEquals(get(C.SOL_IPV6, O.IPV6_TCLASS), int(0x20));
  assertEquals(set(C.SOL_IPV6, O.IPV6_MTU, 1279), -E.EINVAL);
  assertEquals(set(C.SOL_IPV6, O.IPV6_UNICAST_HOPS, 256), -E.EINVAL);
  assertEquals(get(C.SOL_IPV6, O.IPV6_UNICAST_HOPS), int(64));
  assertEquals(set(C.SOL_IP, O.IP_TOS, 4), 0);
  posix.bind(fd, "::1", 99);
  assertEquals(set(C.SOL_IPV6, O.IPV6_V6ONLY, 0), -E.EINVAL);
});

Deno.test("options: without capabilities, EPERM and EACCES", () => {
  const { posix, fd, set } = open();
  for (const capability of [10, 12]) posix.call({ name: "cap_set", set: 0, capability, operation: 0 });
  assertEquals(set(C.SOL_SOCKET, C.SO_MARK, 1), -E.EPERM);
  assertEquals(set(C.SOL_SOCKET, C.SO_SNDBUFFORCE, 1), -E.EPERM);
  assertEquals(set(C.SOL_SOCKET, C.SO_PRIORITY, 7), -E.EPERM);
  assertEquals(posix.bind(fd, "127.0.0.1", 1023), -E.EACCES);
  assertEquals(posix.bind(fd, "127.0.0.1", 1024), 0);
});

Deno.test("options: SO_ERROR takes the pending error once", () => {
  const { stack, posix, fd, get } = open();
  posix.bind(fd, "127.0.0.1", 1000);
  posix.connect(fd, "127.0.0.1", 1);
  posix.send(fd, Uint8Array.of(1));
  stack.poll(0);
  const error = get(C.SOL_SOCKET, C.SO_ERROR);
  assertEquals(typeof error === "number" ? error : getInt(error), E.ECONNREFUSED);
  assertEquals(get(C.SOL_SOCKET, C.SO_ERROR), int(0));
});

Deno.test("options: a value that is too short goes before an option that can't be set, but at SOL_IP", () => {
  const { set } = open(C.AF_INET, C.SOCK_STREAM);
  const short = Uint8Array.of(1);
  // As Linux 6.18 answers.
  for (const [level, option] of [[C.SOL_TCP, TCP_INFO], [C.SOL_SOCKET, C.SO_PEERCRED]] as const) {
    assertEquals([set(level, option, short), set(level, option, 1)], [-E.EINVAL, -E.ENOPROTOOPT]);
  }
  assertEquals(set(C.SOL_IP, O.IP_PROTOCOL, short), -E.ENOPROTOOPT);
});

Deno.test("options: whatever a table lets be set can be read as it was set, at both ends of its range", () => {
  const { stack } = open();
  const { tcp, udp } = stack.transports;
  for (const sock of [tcp.create(C.AF_INET), tcp.create(C.AF_INET6), udp.create(C.AF_INET), udp.create(C.AF_INET6)]) {
    const tables = [[C.SOL_SOCKET, SOCKET_LEVEL], [
      sock.family === C.AF_INET ? C.SOL_IP : C.SOL_IPV6,
      sock.family === C.AF_INET ? IP_LEVEL : IPV6_LEVEL,
    ]] as const;
    for (const [level, table] of tables) {
      for (const [number, option] of table.entries()) {
        if (option.type === "octets" || option.range === undefined || option.get === undefined) continue;
        // On a stream its ECN bits are the stack's.
        if (option.name === "IPV6_TCLASS" && sock.type === C.SOCK_STREAM) continue;
        const [least, most] = option.range;
        // -1 is "the default" or "off", which is read as what that is.
        for (const value of [Math.max(least, 1), most]) {
          if (sock.setsockopt(level, number, int(value)) !== 0) continue;
          assertEquals(sock.getsockopt(level, number, 4), int(value), option.name);
        }
        if (most < 0x7fffffff) assertEquals(sock.setsockopt(level, number, int(most + 1)) < 0, true, option.name);
        if (least > -0x80000000) assertEquals(sock.setsockopt(level, number, int(least - 1)) < 0, true, option.name);
      }
    }
  }
});
