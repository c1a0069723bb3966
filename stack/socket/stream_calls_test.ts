import { POLLERR } from "../../abi/file_constants.ts";
import { assertEquals } from "@std/assert";
import { int, ints, timeval } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import * as E from "../../abi/errno.ts";
import { InetSock, type SockContext } from "../inet/inet_sock.ts";
import type { BindTable } from "../inet/ports.ts";
import type { ReceiveOutcome, ReceiveRequest, SendMessage, Sock } from "../inet/sock.ts";
import { TCP_ESTABLISHED, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { Stack } from "../stack.ts";
import { Posix, resultOf } from "./posix.ts";

/** A stream whose other end is the test. */
class FakeStream extends InetSock {
  readonly ports: BindTable | undefined = undefined;
  /** Room for octets that are sent. */
  room = 0;
  sent = 0;
  inbox = 0;
  eof = false;
  lingering = false;
  readonly backlog: FakeStream[] = [];
  lastFlags = 0;
  private told = false;

  constructor(context: SockContext) {
    super(context, C.AF_INET, C.SOCK_STREAM, C.IPPROTO_TCP);
  }

  connect(): number {
    if (this.sk_state === TCP_ESTABLISHED) {
      const told = this.told;
      this.told = true;
      return told ? -E.EISCONN : 0;
    }
    if (this.sk_state === TCP_SYN_SENT) return this.sock_error() || -E.EALREADY;
    this.sk_state = TCP_SYN_SENT;
    return -E.EINPROGRESS;
  }

  established(): void {
    this.sk_state = TCP_ESTABLISHED;
    this.state_change();
  }

  override accept(): Sock | number {
    return this.backlog.shift() ?? -E.EAGAIN;
  }

  sendmsg(message: SendMessage): number {
    this.lastFlags = message.flags;
    const error = this.sock_error();
    if (error !== 0) return error;
    if ((message.flags & C.MSG_FASTOPEN) !== 0) {
      this.sk_state = TCP_SYN_SENT;
      const count = Math.min(this.room, message.data.length);
      this.room -= count;
      return count || -E.EINPROGRESS;
    }
    const count = Math.min(this.room, message.data.length);
    this.room -= count;
    this.sent += count;
    return count === 0 && message.data.length > 0 ? -E.EAGAIN : count;
  }

  recvmsg(request: ReceiveRequest): ReceiveOutcome {
    const give = (result: number) => ({
      result,
      data: new Uint8Array(Math.max(result, 0)),
      flags: 0,
      control: [],
    });
    if (this.inbox === 0) {
      if (this.eof) return give(0);
      return give(this.sock_error() || -E.EAGAIN);
    }
    const count = Math.min(this.inbox, request.length);
    if ((request.flags & C.MSG_PEEK) === 0) this.inbox -= count;
    return give(count);
  }

  shutdown(): number {
    return 0;
  }

  close(): void {}

  override closePending(): boolean {
    return this.lingering;
  }

  poll(): number {
    return this.sk_err !== 0 ? POLLERR : 0;
  }

  protected protocol_setsockopt(): number {
    return -E.ENOPROTOOPT;
  }

  protected protocol_getsockopt(): number {
    return -E.ENOPROTOOPT;
  }
}

function world() {
  const stack = new Stack();
  const posix = new Posix(stack.sockets);
  const context = { net: stack.net, ip: stack.ip };
  const sk = new FakeStream(context);
  const fd = stack.sockets.process.install(sk, false, false);
  const step = (us = 0) => stack.poll(stack.net.now + us);
  return { stack, posix, sk, fd, context, step };
}

Deno.test("streams: a blocking write goes on until everything is taken", () => {
  const { posix, sk, fd, step } = world();
  sk.room = 10;
  const write = posix.write(fd, new Uint8Array(25));
  assertEquals(sk.sent, 10);
  sk.room = 10;
  sk.write_space();
  // A wake-up from the middle of the stack runs the call only after the stack is done.
  assertEquals(sk.sent, 10);
  step();
  assertEquals([sk.sent, write.outcome], [20, undefined]);
  sk.room = 10;
  sk.write_space();
  step();
  assertEquals(resultOf(write), 25);
});

Deno.test("streams: a non-blocking write takes what fits, EAGAIN for nothing, EPIPE or the error after it", () => {
  const { posix, sk, fd } = world();
  sk.room = 10;
  assertEquals(resultOf(posix.send(fd, new Uint8Array(25), C.MSG_DONTWAIT)), 10);
  assertEquals(resultOf(posix.send(fd, new Uint8Array(25), C.MSG_DONTWAIT)), -E.EAGAIN);
  posix.fcntl(fd, 4, 0x800);
  assertEquals(resultOf(posix.write(fd, new Uint8Array(25))), -E.EAGAIN);
  assertEquals(sk.lastFlags & C.MSG_DONTWAIT, C.MSG_DONTWAIT);
});

Deno.test("streams: an interrupted, timed-out or failed write gives its progress, and the error waits", () => {
  for (const how of ["cancel", "timeout", "error"]) {
    const { posix, sk, fd, step } = world();
    posix.setsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, timeval(1000));
    sk.room = 10;
    const write = posix.write(fd, new Uint8Array(25));
    if (how === "cancel") write.cancel();
    if (how === "timeout") step(1000);
    if (how === "error") {
      sk.sk_err = E.ECONNRESET;
      sk.error_report();
      step();
    }
    assertEquals(resultOf(write), 10, how);
    const next = posix.write(fd, new Uint8Array(5));
    if (how === "error") assertEquals(resultOf(next), -E.ECONNRESET);
    else step(1000);
    if (how === "timeout") assertEquals(resultOf(next), -E.EAGAIN);
  }
});

Deno.test("streams: read gives what there is, MSG_WAITALL and SO_RCVLOWAT wait for more", () => {
  const { posix, sk, fd, step } = world();
  const arrive = (count: number) => {
    sk.inbox += count;
    sk.data_ready();
    step();
  };
  const read = posix.read(fd, 100);
  arrive(10);
  assertEquals(resultOf(read), 10);
  const all = posix.recv(fd, 20, C.MSG_WAITALL);
  arrive(15);
  assertEquals(all.outcome, undefined);
  arrive(15);
  assertEquals([resultOf(all), all.outcome!.data!.length, sk.inbox], [20, 20, 10]);
  posix.setsockopt(fd, C.SOL_SOCKET, C.SO_RCVLOWAT, int(15));
  const low = posix.read(fd, 100);
  assertEquals(low.outcome, undefined);
  arrive(5);
  assertEquals(resultOf(low), 15);
  const eof = posix.recv(fd, 20, C.MSG_WAITALL);
  sk.eof = true;
  arrive(3);
  assertEquals(resultOf(eof), 3);
  assertEquals(resultOf(posix.read(fd, 10)), 0);
});

Deno.test("streams: peeking waits without taking", () => {
  const { posix, sk, fd, step } = world();
  const peek = posix.recv(fd, 10, C.MSG_PEEK | C.MSG_WAITALL);
  sk.inbox = 4;
  sk.data_ready();
  step();
  assertEquals(peek.outcome, undefined);
  sk.inbox = 12;
  sk.data_ready();
  step();
  assertEquals([resultOf(peek), sk.inbox], [10, 12]);
});

Deno.test("streams: connect waits for the handshake, its timeout is EINPROGRESS, its failure the error", () => {
  {
    const { posix, sk, fd, step } = world();
    const call = posix.connect(fd, "192.0.2.2", 80);
    assertEquals(call.outcome, undefined);
    sk.established();
    step();
    assertEquals(resultOf(call), 0);
    assertEquals(resultOf(posix.connect(fd, "192.0.2.2", 80)), -E.EISCONN);
  }
  {
    const { posix, fd, step } = world();
    posix.setsockopt(fd, C.SOL_SOCKET, C.SO_SNDTIMEO, timeval(5000));
    const call = posix.connect(fd, "192.0.2.2", 80);
    step(5000);
    assertEquals(resultOf(call), -E.EINPROGRESS);
    const again = posix.connect(fd, "192.0.2.2", 80);
    step(5000);
    assertEquals(resultOf(again), -E.EALREADY);
  }
  {
    const { posix, sk, fd, step } = world();
    const call = posix.connect(fd, "192.0.2.2", 80);
    sk.sk_err = E.ECONNREFUSED;
    sk.error_report();
    step();
    assertEquals(resultOf(call), -E.ECONNREFUSED);
  }
  const { posix, fd } = world();
  posix.fcntl(fd, 4, 0x800);
  assertEquals(resultOf(posix.connect(fd, "192.0.2.2", 80)), -E.EINPROGRESS);
  assertEquals(resultOf(posix.connect(fd, "192.0.2.2", 80)), -E.EALREADY);
});

Deno.test("streams: a blocking Fast Open send returns after the handshake", () => {
  const { posix, sk, fd, step } = world();
  sk.room = 10;
  const call = posix.sendto(fd, new Uint8Array(30), "192.0.2.2", 80, C.MSG_FASTOPEN);
  assertEquals(call.outcome, undefined);
  sk.room = 100;
  sk.established();
  step();
  assertEquals([resultOf(call), sk.sent], [30, 20]);
});

Deno.test("streams: accept waits, gives the peer's address and a new descriptor", () => {
  const { posix, sk, fd, context, step } = world();
  const call = posix.accept(fd, C.SOCK_NONBLOCK);
  sk.backlog.push(new FakeStream(context));
  sk.data_ready();
  step();
  assertEquals(resultOf(call), 4);
  assertEquals(posix.fcntl(4, 3), 0x802);
  posix.setsockopt(fd, C.SOL_SOCKET, C.SO_RCVTIMEO, timeval(100));
  const timed = posix.accept(fd);
  step(100);
  assertEquals(resultOf(timed), -E.EAGAIN);
});

Deno.test("streams: a lingering close waits", () => {
  const { posix, sk, fd, step } = world();
  sk.lingering = true;
  const call = posix.close(fd);
  assertEquals([call.outcome, resultOf(posix.read(fd, 1))], [undefined, -E.EBADF]);
  sk.lingering = false;
  sk.state_change();
  step();
  assertEquals(resultOf(call), 0);
});

Deno.test("streams: a lingering close gives up after its time", () => {
  const { posix, sk, fd, step } = world();
  posix.setsockopt(fd, C.SOL_SOCKET, C.SO_LINGER, ints(1, 2));
  sk.lingering = true;
  const call = posix.close(fd);
  step(1_999_999);
  assertEquals(call.outcome, undefined);
  step(1);
  assertEquals(resultOf(call), 0);
});
