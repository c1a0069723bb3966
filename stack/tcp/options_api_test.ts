import { assert, assertEquals } from "@std/assert";
import { cBytes, cString, getInt, int } from "../../abi/memory.ts";
import { EINVAL, ENOENT, ENOPROTOOPT, EPERM } from "../../abi/errno.ts";
import * as T from "../../abi/tcp_constants.ts";
import { Stack } from "../stack.ts";
import { Pair } from "./_testing.ts";
import { insideOldTcp } from "../tcp_old.ts";

function get(
  sock: { getsockopt(level: number, name: number, length: number): Uint8Array | number },
  name: number,
): number {
  const value = sock.getsockopt(6, name, 4);
  return typeof value === "number" ? value : getInt(value);
}

Deno.test("options: what is set is read back; out of range is EINVAL", () => {
  const sock = insideOldTcp(new Stack()).create(2);
  const good: [number, number, number?][] = [
    [T.TCP_NODELAY, 1],
    [T.TCP_CORK, 1],
    [T.TCP_MAXSEG, 1000],
    [T.TCP_KEEPIDLE, 100],
    [T.TCP_KEEPINTVL, 5],
    [T.TCP_KEEPCNT, 7],
    [T.TCP_SYNCNT, 3],
    [T.TCP_LINGER2, 20],
    [T.TCP_LINGER2, -5, -1],
    [T.TCP_LINGER2, 1000, 120],
    [T.TCP_DEFER_ACCEPT, 5, 7],
    [T.TCP_WINDOW_CLAMP, 5000],
    [T.TCP_USER_TIMEOUT, 1234],
    [T.TCP_FASTOPEN, 5],
    [T.TCP_FASTOPEN_CONNECT, 1],
    [T.TCP_FASTOPEN_NO_COOKIE, 1],
    [T.TCP_NOTSENT_LOWAT, 4000],
    [T.TCP_INQ, 1],
    [T.TCP_SAVE_SYN, 1],
    [T.TCP_THIN_LINEAR_TIMEOUTS, 1],
    [T.TCP_QUICKACK, 0],
    [T.TCP_RTO_MAX_MS, 2000],
  ];
  for (const [name, value, read = value] of good) {
    assertEquals(sock.setsockopt(6, name, int(value)), 0, `set ${name}`);
    assertEquals(get(sock, name), read, `get ${name}`);
  }
  const bad: [number, number][] = [
    [T.TCP_MAXSEG, 87],
    [T.TCP_MAXSEG, 32768],
    [T.TCP_KEEPIDLE, 0],
    [T.TCP_KEEPIDLE, 32768],
    [T.TCP_KEEPCNT, 128],
    [T.TCP_SYNCNT, 128],
    [T.TCP_USER_TIMEOUT, -1],
    [T.TCP_FASTOPEN, -1],
    [T.TCP_INQ, 2],
    [T.TCP_RTO_MAX_MS, 999],
  ];
  for (const [name, value] of bad) assertEquals(sock.setsockopt(6, name, int(value)), -EINVAL, `${name} = ${value}`);
  assertEquals(sock.setsockopt(6, T.TCP_NODELAY, new Uint8Array(3)), -EINVAL);
  assertEquals(sock.setsockopt(6, 9999, int(1)), -ENOPROTOOPT);
  assertEquals(get(sock, 9999), -ENOPROTOOPT);
});

Deno.test("options: congestion control by name", () => {
  const sock = insideOldTcp(new Stack()).create(2);
  const name = () => {
    const value = sock.getsockopt(6, T.TCP_CONGESTION, 16);
    assert(typeof value !== "number");
    return cString(value);
  };
  assertEquals(name(), "cubic");
  assertEquals(sock.setsockopt(6, T.TCP_CONGESTION, cBytes("reno")), 0);
  assertEquals(name(), "reno");
  assertEquals(sock.setsockopt(6, T.TCP_CONGESTION, cBytes("carrier-pigeon")), -ENOENT);
  sock.so.capable = false;
  assertEquals(sock.setsockopt(6, T.TCP_CONGESTION, cBytes("cubic")), 0);
});

Deno.test("options: a program without privilege gets only allowed algorithms", () => {
  const stack = new Stack({ sysctl: { "net.ipv4.tcp_allowed_congestion_control": "reno" } });
  const sock = insideOldTcp(stack).create(2);
  sock.so.capable = false;
  assertEquals(sock.setsockopt(6, T.TCP_CONGESTION, cBytes("reno")), 0);
  assertEquals(sock.setsockopt(6, T.TCP_CONGESTION, cBytes("cubic")), -EPERM);
});

Deno.test("options: the SYN's headers are kept when asked for, and given once", () => {
  const pair = new Pair();
  const listener = pair.listen(80);
  listener.setsockopt(6, T.TCP_SAVE_SYN, int(1));
  pair.connect(80);
  pair.run(50_000);
  const child = listener.accept();
  assert(typeof child !== "number");
  const saved = child.getsockopt(6, T.TCP_SAVED_SYN, 200);
  assert(typeof saved !== "number");
  assertEquals([saved.length, saved[0]! >> 4, saved[33]], [60, 4, 2]);
  assertEquals(child.getsockopt(6, T.TCP_SAVED_SYN, 200), new Uint8Array(0));
});

Deno.test("options: cork holds small segments until it is pulled", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  client.setsockopt(6, T.TCP_CORK, int(1));
  client.sendmsg({ data: new Uint8Array(100), flags: 0x40 });
  client.sendmsg({ data: new Uint8Array(100), flags: 0x40 });
  pair.run(50_000);
  assertEquals(server.poll() & 1, 0);
  client.setsockopt(6, T.TCP_CORK, int(0));
  pair.run(50_000);
  assertEquals(server.recvmsg({ length: 1000, flags: 0x40 }).result, 200);
});
