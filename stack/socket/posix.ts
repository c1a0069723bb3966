/**
 * System calls by name, for programs written in TypeScript: addresses as text, results as numbers.
 *
 * @module
 */
import { encodeSockaddr } from "../inet/sockaddr.ts";
import { int } from "../../abi/memory.ts";
import { AF_INET6 } from "../../abi/socket_constants.ts";
import { IpAddress } from "../wire/address.ts";
import type { SocketLayer } from "./socket_layer.ts";
import type { EpollEvent, PendingCall, PollFd, SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";

/** The return value of a call that has returned: `>= 0` or `-errno`; `undefined` while it waits. */
export function resultOf(call: PendingCall): number | undefined {
  const outcome = call.outcome;
  if (outcome === undefined) return undefined;
  return outcome.result < 0 ? -outcome.errno : outcome.result;
}

/** The `sockaddr_in` or `sockaddr_in6` of an address in text form. */
export function sockaddr(address: string, port: number): Uint8Array {
  const parsed = IpAddress.parse(address);
  return encodeSockaddr(parsed.family === 4 ? 2 : AF_INET6, { address: parsed, port });
}

/**
 * System calls as functions. Those that never wait return `>= 0` or `-errno`; the others return the call.
 *
 * @example A datagram to oneself
 * ```ts
 * import { Stack } from "../stack.ts";
 * import { Posix } from "./posix.ts";
 *
 * const stack = new Stack();
 * const posix = new Posix(stack.sockets);
 * const fd = posix.socket(2, 2, 0);
 * posix.bind(fd, "127.0.0.1", 4000);
 * posix.sendto(fd, new Uint8Array(3), "127.0.0.1", 4000);
 * stack.poll(0);
 * if (posix.recv(fd, 100).outcome?.result !== 3) throw new Error("nothing came back");
 * ```
 */
export class Posix {
  /** The calls of one stack. */
  constructor(readonly layer: SocketLayer) {}

  /** Any call. */
  call(request: SystemCallRequest): PendingCall {
    return this.layer.call(request);
  }

  private now(request: SystemCallRequest): number {
    return resultOf(this.layer.call(request))!;
  }

  /** A new descriptor. */
  socket(domain: number, type: number, protocol = 0): number {
    return this.now({ name: "socket", domain, type, protocol });
  }

  /** Binds to an address in text form. */
  bind(fd: number, address: string, port: number): number {
    const bytes = sockaddr(address, port);
    return this.now({ name: "bind", fd, address: bytes, length: bytes.length });
  }

  /** Connects; on a stream the call waits for the handshake. */
  connect(fd: number, address: string, port: number): PendingCall {
    const bytes = sockaddr(address, port);
    return this.call({ name: "connect", fd, address: bytes, length: bytes.length });
  }

  /** Listens. */
  listen(fd: number, backlog: number): number {
    return this.now({ name: "listen", fd, backlog });
  }

  /** Takes a connection: the new descriptor, and the peer's `sockaddr`. */
  accept(fd: number, flags = 0): PendingCall {
    return this.call({ name: "accept", fd, flags });
  }

  /** Reads. */
  read(fd: number, length: number): PendingCall {
    return this.call({ name: "read", fd, buffer: true, length });
  }

  /** Writes. */
  write(fd: number, data: Uint8Array): PendingCall {
    return this.call({ name: "write", fd, data, length: data.length });
  }

  /** `recvfrom`, with the source address. */
  recv(fd: number, length: number, flags = 0): PendingCall {
    return this.call({ name: "recvfrom", fd, buffer: true, length, flags, wantAddress: true });
  }

  /** `recvmsg`, with the source address and room for control messages. */
  recvmsg(fd: number, length: number, flags = 0, control_length = 1024): PendingCall {
    return this.call({ name: "recvmsg", fd, lengths: [length], name_length: 128, control_length, flags });
  }

  /** `send`. */
  send(fd: number, data: Uint8Array, flags = 0): PendingCall {
    return this.call({
      name: "sendto",
      fd,
      data,
      length: data.length,
      flags,
      address: null,
      address_length: 0,
    });
  }

  /** `sendto` an address in text form. */
  sendto(fd: number, data: Uint8Array, address: string, port: number, flags = 0): PendingCall {
    const to = sockaddr(address, port);
    return this.call({
      name: "sendto",
      fd,
      data,
      length: data.length,
      flags,
      address: to,
      address_length: to.length,
    });
  }

  /** A number is set as an `int`. */
  setsockopt(fd: number, level: number, option: number, value: number | Uint8Array): number {
    const bytes = typeof value === "number" ? int(value) : value;
    return this.now({ name: "setsockopt", fd, level, option, value: bytes, length: bytes.length });
  }

  /** The option's value is the outcome's `data`. */
  getsockopt(fd: number, level: number, option: number, length = 4): SystemCallOutcome {
    return this.call({ name: "getsockopt", fd, level, option, length }).outcome!;
  }

  /** `fcntl` with an integer argument. */
  fcntl(fd: number, command: number, argument = 0): number {
    return this.now({ name: "fcntl", fd, command, argument });
  }

  /** Shuts down a direction (`SHUT_*`). */
  shutdown(fd: number, how: number): number {
    return this.now({ name: "shutdown", fd, how });
  }

  /** `poll`; a negative time waits for ever. */
  poll(fds: readonly PollFd[], timeout_ms: number): PendingCall {
    return this.call({ name: "poll", fds, timeout_ms });
  }

  /** A new epoll descriptor. */
  epoll_create(): number {
    return this.now({ name: "epoll_create", size: 1 });
  }

  /** Adds, changes or removes a descriptor (`EPOLL_CTL_*`). */
  epoll_ctl(epfd: number, operation: number, fd: number, event: EpollEvent | null): number {
    return this.now({ name: "epoll_ctl", epfd, operation, fd, event });
  }

  /** `epoll_wait`; a negative time waits for ever. */
  epoll_wait(epfd: number, max_events: number, timeout_ms: number): PendingCall {
    return this.call({ name: "epoll_wait", epfd, max_events, timeout_ms });
  }

  /** Closes a descriptor; the call waits only while the socket lingers. */
  close(fd: number): PendingCall {
    return this.call({ name: "close", fd });
  }
}
