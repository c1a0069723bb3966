import { FIONBIO, FIONREAD } from "../../abi/ioctl_constants.ts";
import { POLLIN, POLLNVAL, POLLOUT } from "../../abi/file_constants.ts";
import { assert, assertEquals } from "@std/assert";
import { getInt, ints, timeval } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import * as E from "../../abi/errno.ts";
import { Stack, type StackOptions } from "../stack.ts";
import * as D from "../../abi/file_constants.ts";
import { Posix, resultOf } from "./posix.ts";
import { MemoryFiles } from "./regular_file.ts";

function world(options: StackOptions = {}) {
  const stack = new Stack(options);
  return { stack, posix: new Posix(stack.sockets) };
}

/** Two UDP sockets connected to each other over loopback. */
function pair() {
  const { stack, posix } = world();
  const a = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  const b = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  posix.bind(a, "127.0.0.1", 1000);
  posix.bind(b, "127.0.0.1", 1001);
  posix.connect(a, "127.0.0.1", 1001);
  posix.connect(b, "127.0.0.1", 1000);
  return { stack, posix, a, b };
}

Deno.test("socket: arguments that Linux refuses", () => {
  const { posix } = world();
  assertEquals(posix.socket(C.AF_INET, 77), -E.EINVAL);
  assertEquals(posix.socket(1, C.SOCK_STREAM), -E.EAFNOSUPPORT);
  assertEquals(posix.socket(-1, C.SOCK_STREAM), -E.EAFNOSUPPORT);
  assertEquals(posix.socket(C.AF_INET, C.SOCK_DGRAM, 132), -E.EPROTONOSUPPORT);
  assertEquals(posix.socket(C.AF_INET, C.SOCK_DGRAM, -1), -E.EINVAL);
  assertEquals(posix.socket(C.AF_INET, 5), -E.ESOCKTNOSUPPORT);
  assertEquals(posix.socket(C.AF_INET6, C.SOCK_DGRAM, C.IPPROTO_ICMP), -E.EPROTONOSUPPORT);
  assertEquals(resultOf(posix.call({ name: "cap_set", set: 0, capability: 13, operation: 0 })), 0);
  assertEquals(posix.socket(C.AF_INET, C.SOCK_RAW, 99), -E.EPERM);
});

Deno.test("descriptors: lowest free one, dup, flags, EMFILE, EBADF, ENOTSOCK", () => {
  const { posix } = world({ sockets: { limit: 6 } });
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC);
  assertEquals(fd, 3);
  assertEquals(posix.fcntl(fd, D.F_GETFL), D.O_RDWR | D.O_NONBLOCK);
  assertEquals(posix.fcntl(fd, D.F_GETFD), D.FD_CLOEXEC);
  assertEquals(posix.fcntl(fd, D.F_SETFL, 0), 0);
  assertEquals(posix.fcntl(fd, D.F_GETFL), D.O_RDWR);
  assertEquals(posix.fcntl(fd, D.F_DUPFD, 5), 5);
  assertEquals(posix.socket(C.AF_INET, C.SOCK_DGRAM), 4);
  assertEquals(posix.socket(C.AF_INET, C.SOCK_DGRAM), -E.EMFILE);
  assertEquals(resultOf(posix.close(4)), 0);
  assertEquals(resultOf(posix.close(4)), -E.EBADF);
  assertEquals(posix.bind(4, "127.0.0.1", 1), -E.EBADF);
  assertEquals(resultOf(posix.close(3)), 0);
  assertEquals(posix.bind(5, "127.0.0.1", 1), 0);
  assertEquals(posix.epoll_create(), 3);
  assertEquals(posix.bind(3, "127.0.0.1", 1), -E.ENOTSOCK);
});

Deno.test("bind and connect: short and foreign addresses", () => {
  const { posix } = world();
  const fd = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  const short = new Uint8Array(8);
  assertEquals(resultOf(posix.call({ name: "bind", fd, address: short, length: 8 })), -E.EINVAL);
  assertEquals(resultOf(posix.call({ name: "bind", fd, address: null, length: 16 })), -E.EFAULT);
  assertEquals(resultOf(posix.call({ name: "bind", fd, address: short, length: -1 })), -E.EINVAL);
  assertEquals(posix.bind(fd, "::1", 1), -E.EAFNOSUPPORT);
  assertEquals(posix.bind(fd, "192.0.2.77", 1), -E.EADDRNOTAVAIL);
  assertEquals(posix.bind(fd, "127.0.0.1", 7000), 0);
  assertEquals(posix.bind(fd, "127.0.0.1", 7001), -E.EINVAL);
  const other = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  assertEquals(posix.bind(other, "0.0.0.0", 7000), -E.EADDRINUSE);
  const unspec = new Uint8Array(16);
  assertEquals(resultOf(posix.connect(fd, "127.0.0.1", 1)), 0);
  assertEquals(resultOf(posix.call({ name: "connect", fd, address: unspec, length: 16 })), 0);
  assertEquals(resultOf(posix.call({ name: "getpeername", fd, length: 16 })), -E.ENOTCONN);
});

Deno.test("recv: waits for data, then for SO_RCVTIMEO, can be interrupted", () => {
  const { stack, posix, a, b } = pair();
  const waiting = posix.recv(a, 10);
  assertEquals(waiting.outcome, undefined);
  const seen: number[] = [];
  waiting.onSettled((outcome) => seen.push(outcome.result));
  posix.send(b, Uint8Array.of(1, 2));
  stack.poll(5);
  assertEquals(waiting.outcome?.data, Uint8Array.of(1, 2));
  assertEquals(seen, [2]);
  posix.setsockopt(a, C.SOL_SOCKET, C.SO_RCVTIMEO, timeval(250_000));
  const timed = posix.recv(a, 10);
  assertEquals(stack.nextDeadline(), 250_005);
  stack.poll(250_004);
  assertEquals(timed.outcome, undefined);
  stack.poll(250_005);
  assertEquals(resultOf(timed), -E.EAGAIN);
  const interrupted = posix.recv(a, 10);
  interrupted.cancel();
  assertEquals(resultOf(interrupted), -E.EINTR);
  assertEquals(resultOf(posix.recv(a, 10, C.MSG_DONTWAIT)), -E.EAGAIN);
  assertEquals(stack.nextDeadline(), undefined);
});

Deno.test("close while a call waits: the call goes on, the descriptor is free", () => {
  const { stack, posix, a, b } = pair();
  const waiting = posix.recv(a, 10);
  assertEquals(resultOf(posix.close(a)), 0);
  assertEquals(resultOf(posix.recv(a, 10)), -E.EBADF);
  posix.send(b, Uint8Array.of(1));
  stack.poll(0);
  assertEquals(resultOf(waiting), 1);
  posix.send(b, Uint8Array.of(1));
  stack.poll(0);
  assertEquals(resultOf(posix.recv(b, 1)), -E.ECONNREFUSED);
});

Deno.test("poll: readiness, timeout, bad and negative descriptors", () => {
  const { stack, posix, a, b } = pair();
  const now = posix.poll([{ fd: a, events: POLLIN | POLLOUT }, { fd: -1, events: 1 }, { fd: 99, events: 0 }], -1);
  assertEquals(resultOf(now), 2);
  assertEquals(now.outcome!.revents, [POLLOUT, 0, POLLNVAL]);
  assertEquals(posix.poll([{ fd: a, events: POLLIN }], 0).outcome!.result, 0);
  const waiting = posix.poll([{ fd: a, events: POLLIN }], -1);
  const timed = posix.poll([{ fd: b, events: POLLIN }], 20);
  posix.send(b, Uint8Array.of(1));
  stack.poll(1);
  assertEquals(waiting.outcome!.revents, [POLLIN]);
  assertEquals(timed.outcome, undefined);
  stack.poll(20_000);
  assertEquals([timed.outcome!.result, timed.outcome!.revents], [0, [0]]);
});

Deno.test("epoll: level, edge, one-shot, errors", () => {
  const { stack, posix, a, b } = pair();
  const ep = posix.epoll_create();
  const events = (call: ReturnType<Posix["epoll_wait"]>) =>
    call.outcome!.events!.map((event) => [event.events, Number(event.data)]);
  const send = () => {
    posix.send(b, Uint8Array.of(1));
    stack.poll(stack.net.now);
  };
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_MOD, a, { events: 1, data: 0n }), -E.ENOENT);
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_ADD, a, { events: D.EPOLLIN, data: 7n }), 0);
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_ADD, a, { events: D.EPOLLIN, data: 7n }), -E.EEXIST);
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_ADD, ep, { events: D.EPOLLIN, data: 7n }), -E.EINVAL);
  assertEquals(posix.epoll_ctl(a, D.EPOLL_CTL_ADD, b, { events: D.EPOLLIN, data: 7n }), -E.EINVAL);
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_ADD, b, null), -E.EFAULT);
  assertEquals(resultOf(posix.epoll_wait(ep, 0, 0)), -E.EINVAL);
  assertEquals(resultOf(posix.epoll_wait(ep, 4, 0)), 0);
  const waiting = posix.epoll_wait(ep, 4, -1);
  send();
  assertEquals(events(waiting), [[D.EPOLLIN, 7]]);
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), [[D.EPOLLIN, 7]]);
  // Edge: told once per arrival, whatever is left unread; and writable as well when it is told.
  const edge = D.EPOLLIN | D.EPOLLOUT | D.EPOLLET;
  assertEquals(posix.epoll_ctl(ep, D.EPOLL_CTL_MOD, a, { events: edge, data: 8n }), 0);
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), [[D.EPOLLIN | D.EPOLLOUT, 8]]);
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), []);
  send();
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), [[D.EPOLLIN | D.EPOLLOUT, 8]]);
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), []);
  // Waiting for output only, data coming in is no edge.
  posix.epoll_ctl(ep, D.EPOLL_CTL_MOD, a, { events: D.EPOLLOUT | D.EPOLLET, data: 9n });
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), [[D.EPOLLOUT, 9]]);
  send();
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), []);
  // One-shot: disabled until modified.
  posix.epoll_ctl(ep, D.EPOLL_CTL_MOD, a, { events: D.EPOLLIN | D.EPOLLONESHOT, data: 10n });
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), [[D.EPOLLIN, 10]]);
  send();
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), []);
  // Closing the last descriptor of a socket removes it.
  posix.epoll_ctl(ep, D.EPOLL_CTL_MOD, a, { events: D.EPOLLIN, data: 11n });
  assertEquals(events(posix.epoll_wait(ep, 4, 0)).length, 1);
  posix.close(a);
  assertEquals(events(posix.epoll_wait(ep, 4, 0)), []);
});

Deno.test("epoll: one in another, and no circles", () => {
  const { stack, posix, a, b } = pair();
  const inner = posix.epoll_create();
  const outer = posix.epoll_create();
  posix.epoll_ctl(inner, D.EPOLL_CTL_ADD, a, { events: D.EPOLLIN, data: 1n });
  assertEquals(posix.epoll_ctl(outer, D.EPOLL_CTL_ADD, inner, { events: D.EPOLLIN, data: 2n }), 0);
  assertEquals(posix.epoll_ctl(inner, D.EPOLL_CTL_ADD, outer, { events: D.EPOLLIN, data: 3n }), -E.ELOOP);
  const waiting = posix.epoll_wait(outer, 1, -1);
  posix.send(b, Uint8Array.of(1));
  stack.poll(0);
  assertEquals(waiting.outcome!.events, [{ events: D.EPOLLIN, data: 2n }]);
});

Deno.test("pipes: read, write, end of file, EPIPE", () => {
  const { posix } = world();
  const [r, w] = posix.call({ name: "pipe" }).outcome!.fds!;
  const reading = posix.read(r, 10);
  assertEquals(resultOf(posix.write(w, Uint8Array.of(1, 2, 3))), 3);
  posix.layer.runReady();
  assertEquals(reading.outcome!.data, Uint8Array.of(1, 2, 3));
  assertEquals(resultOf(posix.write(r, Uint8Array.of(1))), -E.EBADF);
  const writing = posix.write(w, new Uint8Array(100_000));
  assertEquals(writing.outcome, undefined);
  assertEquals(resultOf(posix.read(r, 65536)), 65536);
  posix.layer.runReady();
  assertEquals(resultOf(writing), 100_000);
  posix.close(w);
  assertEquals(resultOf(posix.read(r, 65536)), 100_000 - 65536);
  assertEquals(resultOf(posix.read(r, 65536)), 0);
  const [r2, w2] = posix.call({ name: "pipe" }).outcome!.fds!;
  posix.close(r2);
  assertEquals(resultOf(posix.write(w2, Uint8Array.of(1))), -E.EPIPE);
});

Deno.test("splice and sendfile", () => {
  const files = new MemoryFiles({ "/file": Uint8Array.of(1, 2, 3, 4, 5) });
  const { stack, posix } = world({ sockets: { files } });
  const a = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  const b = posix.socket(C.AF_INET, C.SOCK_DGRAM);
  posix.bind(b, "127.0.0.1", 1001);
  posix.connect(a, "127.0.0.1", 1001);
  const file = resultOf(posix.call({ name: "open", path: "/file", flags: D.O_RDONLY }))!;
  assertEquals(posix.fcntl(file, D.F_GETFL), D.O_LARGEFILE);
  assertEquals(resultOf(posix.call({ name: "open", path: "/none", flags: 0 })), -E.ENOENT);
  assertEquals(resultOf(posix.call({ name: "sendfile", out_fd: a, in_fd: file, offset: 1, count: 3 })), 3);
  stack.poll(0);
  const [r, w] = posix.call({ name: "pipe" }).outcome!.fds!;
  const splice = (fd_in: number, fd_out: number, length: number, flags = 0) =>
    posix.call({ name: "splice", fd_in, offset_in: null, fd_out, offset_out: null, length, flags });
  assertEquals(resultOf(splice(b, w, 100)), 3);
  assertEquals(resultOf(posix.read(r, 10)), 3);
  assertEquals(resultOf(splice(b, w, 100, D.SPLICE_F_NONBLOCK)), -E.EAGAIN);
  assertEquals(resultOf(splice(a, b, 100)), -E.EINVAL);
  assertEquals(resultOf(splice(file, w, 2)), 2);
  assertEquals(resultOf(splice(r, a, 2)), 2);
  stack.poll(0);
  assertEquals(posix.recv(b, 10).outcome!.data, Uint8Array.of(1, 2));
  assertEquals(resultOf(posix.call({ name: "sendfile", out_fd: a, in_fd: b, offset: null, count: 3 })), -E.EINVAL);
  assertEquals(posix.epoll_ctl(posix.epoll_create(), D.EPOLL_CTL_ADD, file, { events: 1, data: 0n }), -E.EPERM);
});

Deno.test("null buffers are EFAULT, and the datagram is gone, as on Linux", () => {
  const { stack, posix, a, b } = pair();
  posix.send(b, Uint8Array.of(1));
  stack.poll(0);
  assertEquals(resultOf(posix.call({ name: "read", fd: a, buffer: false, length: 10 })), -E.EFAULT);
  assertEquals(resultOf(posix.recv(a, 10, C.MSG_DONTWAIT)), -E.EAGAIN);
  assertEquals(resultOf(posix.call({ name: "write", fd: a, data: null, length: 10 })), -E.EFAULT);
  const option = {
    name: "setsockopt",
    fd: a,
    level: C.SOL_SOCKET,
    option: C.SO_SNDBUF,
    value: null,
    length: 4,
  } as const;
  assertEquals(resultOf(posix.call(option)), -E.EFAULT);
});

Deno.test("ioctl: FIONREAD and FIONBIO", () => {
  const { stack, posix, a, b } = pair();
  posix.send(b, new Uint8Array(5));
  stack.poll(0);
  const fionread = posix.call({ name: "ioctl", fd: a, command: FIONREAD, argument: 0 }).outcome!;
  assertEquals(getInt(fionread.data!), 5);
  assertEquals(resultOf(posix.call({ name: "ioctl", fd: a, command: FIONREAD, argument: null })), -E.EFAULT);
  assertEquals(resultOf(posix.call({ name: "ioctl", fd: b, command: FIONBIO, argument: 1 })), 0);
  assertEquals(resultOf(posix.recv(b, 1)), -E.EAGAIN);
  assertEquals(resultOf(posix.call({ name: "ioctl", fd: b, command: 0x1234, argument: 1 })), -E.ENOTTY);
});

Deno.test("recvmsg: control data that does not fit sets MSG_CTRUNC", () => {
  const { stack, posix, a, b } = pair();
  posix.setsockopt(a, C.SOL_SOCKET, C.SO_TIMESTAMP, 1);
  for (let i = 0; i < 3; i++) posix.send(b, Uint8Array.of(1));
  stack.poll(0);
  const none = posix.recvmsg(a, 10, 0, 0).outcome!;
  assertEquals([none.msg_flags, none.control!.length], [C.MSG_CTRUNC, 0]);
  const cut = posix.recvmsg(a, 10, 0, 24).outcome!;
  assertEquals([cut.msg_flags, cut.control!.length], [C.MSG_CTRUNC, 24]);
  const whole = posix.recvmsg(a, 10, 0, 32).outcome!;
  assertEquals([whole.msg_flags, whole.control!.length], [0, 32]);
  assertEquals([...whole.control!.slice(0, 16)], [...ints(32, 0, C.SOL_SOCKET, C.SCM_TIMESTAMP)]);
});

Deno.test("readv and writev gather and scatter", () => {
  const { stack, posix, a, b } = pair();
  const sent = posix.call({ name: "writev", fd: b, data: [Uint8Array.of(1), Uint8Array.of(2, 3)] });
  assertEquals(resultOf(sent), 3);
  stack.poll(0);
  assertEquals(posix.call({ name: "readv", fd: a, lengths: [1, 10] }).outcome!.data, Uint8Array.of(1, 2, 3));
  assert(posix.call({ name: "readv", fd: a, lengths: [-1] }).outcome!.errno === E.EINVAL);
});
