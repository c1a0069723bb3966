/**
 * Replays random sequences of system calls that were made on Linux 6.18, in a namespace with loopback only, and compares
 * every result. `recordings/*.jsonl` hold one sequence a line; each call ends with what Linux returned.
 */
import { FIONREAD } from "../../abi/ioctl_constants.ts";
import { assert, assertEquals } from "@std/assert";
import { getInt } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import { EADDRINUSE, ENOPROTOOPT } from "../../abi/errno.ts";
import { InetSock, type SockContext } from "../inet/inet_sock.ts";
import { IP_RECVERR, IPV6_RECVERR, IPV6_V6ONLY } from "../../abi/ip_constants.ts";
import { BindTable, tcp_bind_conflict } from "../inet/ports.ts";
import type { ReceiveOutcome } from "../inet/sock.ts";
import { TCP_CLOSE, TCP_LISTEN } from "../../abi/tcp_constants.ts";
import { Stack } from "../stack.ts";
import { toHex } from "../wire/bytes.ts";
import { IpAddress } from "../wire/address.ts";
import { decodeControl } from "../../abi/control_message.ts";
import { F_SETFL, O_NONBLOCK } from "../../abi/file_constants.ts";
import { Posix, resultOf } from "./posix.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall } from "../../abi/system_call.ts";

function recording<T>(name: string): T[] {
  const text = Deno.readTextFileSync(new URL(`./recordings/${name}.jsonl`, import.meta.url));
  return text.trim().split("\n").map((line) => JSON.parse(line) as T);
}

/** Delivers what is on loopback, and what that gives rise to. */
function settle(stack: Stack): void {
  for (let i = 0; i < 6; i++) stack.poll(stack.net.now);
}

/** A stream that can only be bound and listen. */
class Listener extends InetSock {
  constructor(context: SockContext, family: number, readonly ports: BindTable) {
    super(context, family, C.SOCK_STREAM, C.IPPROTO_TCP);
  }

  override listen(): number {
    this.sk_state = TCP_LISTEN;
    if (this.ports.get_port(this, this.num) === 0) return 0;
    this.sk_state = TCP_CLOSE;
    return -EADDRINUSE;
  }

  connect(): number {
    return 0;
  }

  sendmsg(): number {
    return 0;
  }

  recvmsg(): ReceiveOutcome {
    return { result: 0, data: new Uint8Array(0), flags: 0, control: [] };
  }

  shutdown(): number {
    return 0;
  }

  close(): void {
    this.ports.put(this);
  }

  poll(): number {
    return 0;
  }

  protected protocol_setsockopt(): number {
    return -ENOPROTOOPT;
  }

  protected protocol_getsockopt(): number {
    return -ENOPROTOOPT;
  }
}

/** Family, SO_REUSEADDR, SO_REUSEPORT, IPV6_V6ONLY, address, port, result of bind, result of listen or null. */
type BindStep = [number, number, number, number, string, number, number, number | null];

Deno.test("bind and listen conflict as they do on Linux", () => {
  const sequences = recording<[string, BindStep[]]>("bind");
  assert(sequences.length >= 300);
  for (const [proto, steps] of sequences) {
    const stack = new Stack();
    stack.addAddress(stack.loopback, "10.9.9.1/32");
    stack.addAddress(stack.loopback, "fd00::1/128");
    const posix = new Posix(stack.sockets);
    const ports = new BindTable(stack.net, tcp_bind_conflict, true);
    const context = { net: stack.net, ip: stack.ip };
    steps.forEach(([version, reuseaddr, reuseport, v6only, address, port, bound, listening], i) => {
      const family = version === 4 ? C.AF_INET : C.AF_INET6;
      const fd = proto === "tcp"
        ? stack.sockets.process.fds.install(new SocketFile(new Listener(context, family, ports), false))
        : posix.socket(family, C.SOCK_DGRAM);
      if (reuseaddr) posix.setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
      if (reuseport) posix.setsockopt(fd, C.SOL_SOCKET, C.SO_REUSEPORT, 1);
      if (v6only) posix.setsockopt(fd, C.SOL_IPV6, IPV6_V6ONLY, 1);
      const where = `${proto} step ${i} of ${JSON.stringify(steps)}`;
      assertEquals(posix.bind(fd, address, port), bound, where);
      if (listening !== null) assertEquals(posix.listen(fd, 1), listening, where);
    });
  }
});

/** Recorded ports that the kernel chose stand as "eph". */
function named(address: Uint8Array | undefined): unknown {
  if (address === undefined) return null;
  const port = (address[2]! << 8) | address[3]!;
  const shown = port === 0 || (port >= 20000 && port <= 20002) ? port : "eph";
  return [address.length === 16 ? IpAddress.from(address, 4, 4).key : IpAddress.from(address, 8, 6).key, shown];
}

function failed(call: PendingCall): number | undefined {
  return call.outcome!.errno === 0 ? undefined : -call.outcome!.errno;
}

function errorQueue(posix: Posix, fd: number): unknown {
  const call = posix.recvmsg(fd, 100, C.MSG_ERRQUEUE, 200);
  if (failed(call) !== undefined) return failed(call);
  const { result, msg_flags, address, control } = call.outcome!;
  const { messages } = decodeControl(control!);
  const { level, type, data } = messages[0]!;
  const error = [getInt(data), ...data.subarray(4, 8), getInt(data, 8), getInt(data, 12)];
  return [result, msg_flags, named(address), [level, type, data.length], error, toHex(data.slice(16, 24))];
}

function udpStep(posix: Posix, six: boolean, fd: number, operation: string, argument: unknown): unknown {
  const [address, port] = Array.isArray(argument) ? argument as [string, number] : ["", 0];
  switch (operation) {
    case "bind":
      return posix.bind(fd, address, port);
    case "connect":
      return resultOf(posix.connect(fd, address, port));
    case "disconnect":
      return resultOf(posix.call({ name: "connect", fd, address: new Uint8Array(128), length: 128 }));
    case "sendto":
      return resultOf(posix.sendto(fd, new Uint8Array(3), address, port));
    case "send":
      return resultOf(posix.send(fd, new Uint8Array(5)));
    case "sendbig":
      return resultOf(posix.send(fd, new Uint8Array(70000)));
    case "sendmore":
      return resultOf(posix.send(fd, new Uint8Array(2), C.MSG_MORE));
    case "recv":
    case "peek": {
      const call = operation === "recv" ? posix.recv(fd, 100) : posix.recv(fd, 2, C.MSG_PEEK);
      return failed(call) ?? [call.outcome!.result, named(call.outcome!.address)];
    }
    case "trunc": {
      const call = posix.recvmsg(fd, 2, 0, 0);
      return failed(call) ?? [call.outcome!.result, call.outcome!.msg_flags, named(call.outcome!.address)];
    }
    case "shutdown":
      return posix.shutdown(fd, Number(argument));
    case "name":
    case "peer": {
      const call = posix.call({ name: operation === "name" ? "getsockname" : "getpeername", fd, length: 28 });
      return failed(call) ?? named(call.outcome!.address);
    }
    case "poll":
      return posix.poll([{ fd, events: 0x2fff }], 0).outcome!.revents![0];
    case "err":
      return getInt(posix.getsockopt(fd, C.SOL_SOCKET, C.SO_ERROR).data!);
    case "recverr":
      posix.setsockopt(fd, C.SOL_IP, IP_RECVERR, Number(argument));
      if (six) posix.setsockopt(fd, C.SOL_IPV6, IPV6_RECVERR, Number(argument));
      return 0;
    case "errq":
      return errorQueue(posix, fd);
    case "fion":
      return getInt(posix.call({ name: "ioctl", fd, command: FIONREAD, argument: 0 }).outcome!.data!);
    default:
      throw new Error(`no such operation in a recording: ${operation}`);
  }
}

Deno.test("datagram sockets of both families behave as on Linux", () => {
  const sequences = recording<[number[], [string, number, unknown, unknown][]]>("udp");
  assert(sequences.length >= 150);
  sequences.forEach(([families, steps], sequence) => {
    const stack = new Stack();
    const posix = new Posix(stack.sockets);
    const fds = families.map((version) =>
      posix.socket(version === 4 ? C.AF_INET : C.AF_INET6, C.SOCK_DGRAM | C.SOCK_NONBLOCK)
    );
    steps.forEach(([operation, at, argument, expected], i) => {
      const got = udpStep(posix, families[at] === 6, fds[at]!, operation, argument);
      settle(stack);
      assertEquals(got, expected, `sequence ${sequence} step ${i}: ${operation} on socket ${at}`);
    });
  });
});

/** Operation, which of two, target, events, size, result. */
type EpollStep = [string, number, number, number, number, unknown];

function epollStep(posix: Posix, fds: readonly number[], step: EpollStep): unknown {
  const [operation, which, target, events, size] = step;
  const epoll = fds[4 + which]!;
  const control = (how: number) => posix.epoll_ctl(epoll, how, fds[target]!, { events, data: BigInt(target) });
  switch (operation) {
    case "send":
      return resultOf(posix.send(fds[which]!, Uint8Array.of(1)));
    case "recv":
      return resultOf(posix.recv(fds[which]!, 10));
    case "shut":
      return posix.shutdown(fds[which]!, C.SHUT_WR);
    case "pw":
      return resultOf(posix.write(fds[3]!, new Uint8Array(size)));
    case "pr":
      return resultOf(posix.read(fds[2]!, size));
    case "add":
      return control(1);
    case "del":
      return control(2);
    case "mod":
      return control(3);
    case "wait": {
      const call = posix.epoll_wait(epoll, size, 0);
      return failed(call) ?? call.outcome!.events!.map((event) => [Number(event.data), event.events]);
    }
    case "poll":
      return posix.poll([{ fd: fds[target]!, events: 0x2fff }], 0).outcome!.revents![0];
    default:
      throw new Error(`no such operation in a recording: ${operation}`);
  }
}

Deno.test("epoll, poll and pipes behave as on Linux", () => {
  const sequences = recording<EpollStep[]>("epoll");
  assert(sequences.length >= 150);
  sequences.forEach((steps, sequence) => {
    const stack = new Stack();
    const posix = new Posix(stack.sockets);
    const a = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
    const b = posix.socket(C.AF_INET, C.SOCK_DGRAM | C.SOCK_NONBLOCK);
    posix.bind(a, "127.0.0.1", 20000);
    posix.bind(b, "127.0.0.1", 20001);
    posix.connect(a, "127.0.0.1", 20001);
    posix.connect(b, "127.0.0.1", 20000);
    const pipe = posix.call({ name: "pipe" }).outcome!.fds!;
    for (const end of pipe) posix.fcntl(end, F_SETFL, O_NONBLOCK);
    const fds = [a, b, ...pipe, posix.epoll_create(), posix.epoll_create()];
    steps.forEach((step, i) => {
      const got = epollStep(posix, fds, step);
      settle(stack);
      assertEquals(got, step[5], `sequence ${sequence} step ${i}: ${step[0]}`);
    });
  });
});
