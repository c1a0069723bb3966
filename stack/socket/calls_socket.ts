/**
 * socket, bind, connect, listen, accept, shutdown, close, names and options.
 *
 * @module
 */
import { CAP_NET_BIND_SERVICE, CAP_NET_RAW } from "../../abi/capability_constants.ts";
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { EAGAIN, EALREADY, EBADF, EFAULT, EINPROGRESS, EINVAL, EPERM } from "../../abi/errno.ts";
import { InetSock } from "../inet/inet_sock.ts";
import type { SocketAddress } from "../inet/sock.ts";
import { TCP_CLOSE } from "../../abi/tcp_constants.ts";
import { IpAddress } from "../wire/address.ts";
import { outcome } from "./pending.ts";
import { CAP_LAST, type Process } from "./process.ts";
import { MAX_PADDED } from "./program_memory.ts";
import { bindAddress, connectAddress, FAMILY_SIZE, moveAddress, UNSPECIFIED } from "./sockaddr_argument.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall, SystemCallRequest } from "../../abi/system_call.ts";

/** The request of one call by name. */
export type Request<Name extends SystemCallRequest["name"]> = Extract<SystemCallRequest, { readonly name: Name }>;

/** A socket's timeout option as the time a call may wait, µs: absent for ever, 0 not at all. */
export function waitTime(timeo_us: number): number | undefined {
  if (timeo_us === 0) return undefined;
  return Math.max(timeo_us, 0);
}

export function socket(process: Process, request: Request<"socket">): PendingCall {
  const made = process.protocols.create(request.domain, request.type, request.protocol, process.capable(CAP_NET_RAW));
  if (typeof made === "number") return process.done(made);
  return process.done(
    process.install(made, (request.type & SOCK_NONBLOCK) !== 0, (request.type & SOCK_CLOEXEC) !== 0),
  );
}

export function bind(process: Process, request: Request<"bind">): PendingCall {
  const file = process.socket(request.fd, CAP_NET_BIND_SERVICE);
  if (typeof file === "number") return process.done(file);
  const bytes = moveAddress(request.address, request.length);
  if (typeof bytes === "number") return process.done(bytes);
  const address = bindAddress(file.sock, bytes);
  return process.done(typeof address === "number" ? address : file.sock.bind(address));
}

export function connect(process: Process, request: Request<"connect">): PendingCall {
  const file = process.socket(request.fd);
  if (file === -EBADF) return process.done(file);
  const bytes = moveAddress(request.address, request.length);
  if (typeof bytes === "number") return process.done(bytes);
  if (typeof file === "number") return process.done(file);
  const address = connectAddress(file.sock, bytes);
  if (typeof address === "number") {
    // A stream that is connected, or is to be, does not look at the address beyond its family.
    const busy = file.sock instanceof InetSock && file.sock.type === SOCK_STREAM && file.sock.sk_state !== TCP_CLOSE;
    if (!busy || bytes.length < FAMILY_SIZE) return process.done(address);
    return connectTo(process, file, { address: IpAddress.ANY4, port: 0 });
  }
  return connectTo(process, file, address === UNSPECIFIED ? undefined : address);
}

/** Connects and waits for the handshake unless the file is non-blocking (`inet_stream_connect`). */
function connectTo(process: Process, file: SocketFile, address: SocketAddress | undefined): PendingCall {
  const first = file.sock.connect(address);
  if ((first !== -EINPROGRESS && first !== -EALREADY) || file.nonblocking) return process.done(first);
  return process.start([file], {
    attempt: () => {
      const result = file.sock.connect(address);
      if (result === -EINPROGRESS || result === -EALREADY) return { on: [file.wait] };
      return outcome(result);
    },
    timeout_us: waitTime(file.sock.sndtimeo_us),
    timedOut: () => outcome(first),
  });
}

export function listen(process: Process, request: Request<"listen">): PendingCall {
  const file = process.socket(request.fd);
  return process.done(typeof file === "number" ? file : file.sock.listen(request.backlog));
}

export function accept(process: Process, request: Request<"accept">): PendingCall {
  const file = process.socket(request.fd);
  if (file === -EBADF) return process.done(file);
  if ((request.flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) !== 0) return process.done(-EINVAL);
  if (typeof file === "number") return process.done(file);
  return process.start([file], {
    attempt: () => {
      const child = file.sock.accept();
      if (child === -EAGAIN && !file.nonblocking) return { on: [file.wait] };
      if (typeof child === "number") return outcome(child);
      const peer = child instanceof InetSock ? child.peer_address() : child.getpeername();
      const fd = process.install(child, (request.flags & SOCK_NONBLOCK) !== 0, (request.flags & SOCK_CLOEXEC) !== 0);
      if (fd < 0 || typeof peer === "number") return outcome(fd);
      return outcome(fd, { address: child.sockaddr(peer) });
    },
    timeout_us: waitTime(file.sock.rcvtimeo_us),
    timedOut: () => outcome(-EAGAIN),
  });
}

export function shutdown(process: Process, request: Request<"shutdown">): PendingCall {
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  if (request.how < 0 || request.how > 2) return process.done(-EINVAL);
  return process.done(file.sock.shutdown(request.how));
}

/** Frees the descriptor at once; the call waits only while a lingering socket has something to send (SO_LINGER). */
export function close(process: Process, request: Request<"close">): PendingCall {
  const file = process.fds.remove(request.fd);
  if (file === undefined) return process.done(-EBADF);
  file.put();
  if (!(file instanceof SocketFile)) return process.done(0);
  const sock = file.sock;
  return process.start([], {
    attempt: () => sock.closePending() ? { on: [sock.wait] } : outcome(0),
    timeout_us: sock instanceof InetSock && sock.so.linger ? sock.so.lingertime_s * 1e6 : undefined,
    interrupted: () => outcome(0),
  });
}

export function getsockname(process: Process, request: Request<"getsockname">): PendingCall {
  return name(process, request.fd, request.length, (file) => file.sock.getsockname());
}

export function getpeername(process: Process, request: Request<"getpeername">): PendingCall {
  return name(process, request.fd, request.length, (file) => file.sock.getpeername());
}

function name(
  process: Process,
  fd: number,
  length: number,
  get: (file: SocketFile) => SocketAddress | number,
): PendingCall {
  const file = process.socket(fd);
  if (typeof file === "number") return process.done(file);
  const address = get(file);
  if (typeof address === "number") return process.done(address);
  if (length < 0) return process.done(-EINVAL);
  return process.done(0, { address: file.sock.sockaddr(address).subarray(0, length) });
}

export function setsockopt(process: Process, request: Request<"setsockopt">): PendingCall {
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  if (request.length < 0) return process.done(-EINVAL);
  if (request.length > 0 && (request.value === null || request.length > MAX_PADDED)) return process.done(-EFAULT);
  // Octets beyond what was provided read as zero, where Linux would read on in the caller's memory.
  const value = new Uint8Array(Math.min(request.length, 65536));
  value.set((request.value ?? value).subarray(0, value.length));
  return process.done(file.sock.setsockopt(request.level, request.option, value));
}

export function getsockopt(process: Process, request: Request<"getsockopt">): PendingCall {
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  const value = file.sock.getsockopt(request.level, request.option, request.length);
  if (typeof value === "number") return process.done(value);
  return request.length > MAX_PADDED && value.length > 0 ? process.done(-EFAULT) : process.done(0, { data: value });
}

/** Only effective capabilities are kept; the other sets are accepted. */
export function cap_set(process: Process, request: Request<"cap_set">): PendingCall {
  if (request.capability < 0 || request.capability > CAP_LAST || request.set < 0 || request.set > 2) {
    return process.done(-EINVAL);
  }
  if (request.operation !== 0 && request.operation !== 1) return process.done(-EINVAL);
  const gone = process.dropped.has(request.capability);
  if (request.set === 1 && request.operation === 1 && gone) return process.done(-EPERM);
  if (request.set !== 0) return process.done(0);
  if (request.operation === 0) process.dropped.add(request.capability);
  else process.dropped.delete(request.capability);
  return process.done(0);
}
