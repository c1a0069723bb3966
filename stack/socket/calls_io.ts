/**
 * read, write and their kin, with Linux's rules for when they wait and when they give what they have.
 *
 * @module
 */
import {
  AF_INET6,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_STREAM,
} from "../../abi/socket_constants.ts";
import { POLLERR, POLLIN } from "../../abi/file_constants.ts";
import {
  EAGAIN,
  EBADF,
  ECONNABORTED,
  EDESTADDRREQ,
  EFAULT,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  EOPNOTSUPP,
  EPIPE,
} from "../../abi/errno.ts";
import { InetSock } from "../inet/inet_sock.ts";
import type { ReceiveOutcome, SocketAddress } from "../inet/sock.ts";
import { type ControlMessage, decodeControl, encodeControl } from "../../abi/control_message.ts";
import { TCP_CLOSE, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { concatBytes } from "../wire/bytes.ts";
import { type Request, waitTime } from "./calls_socket.ts";
import { EpollFile } from "./epoll.ts";
import { type File, NOTHING } from "./file.ts";
import { outcome } from "./pending.ts";
import type { Process } from "./process.ts";
import { fit, hasNegative, hasRoom, MAX_RW_COUNT, memory, taken } from "./program_memory.ts";
import { moveAddress, peerAddress, UNSPECIFIED } from "./sockaddr_argument.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall, SystemCallOutcome } from "../../abi/system_call.ts";

/** Most elements of an I/O vector (`UIO_MAXIOV`). */
const UIO_MAXIOV = 1024;
/** No datagram is longer. */
const MAX_DATAGRAM = 0xffff;

/** What a receiving call was asked for. */
interface Receive {
  readonly length: number;
  readonly flags: number;
  /** False: the buffer is a null pointer. */
  readonly buffer: boolean;
  /** Makes the outcome of the call. */
  readonly finish: (received: ReceiveOutcome) => SystemCallOutcome;
}

/** Receives from a socket, waiting as its flags and options say (`tcp_recvmsg`, `udp_recvmsg`, `sock_rcvlowat`). */
function receive(process: Process, file: SocketFile, want: Receive): PendingCall {
  const sock = file.sock;
  const waits = !file.nonblocking && (want.flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0;
  if (!want.buffer && want.length > 0) return receiveNull(process, file, want, waits);
  const stream = sock.type === SOCK_STREAM && (want.flags & (MSG_OOB | MSG_ERRQUEUE)) === 0;
  const peek = (want.flags & MSG_PEEK) !== 0;
  const flags = waits ? want.flags : want.flags | MSG_DONTWAIT;
  const lowat = sock instanceof InetSock ? sock.so.rcvlowat : 1;
  const target = stream ? ((want.flags & MSG_WAITALL) !== 0 ? want.length : Math.min(lowat, want.length)) || 1 : 1;
  const parts: Uint8Array[] = [];
  let total = 0;
  let last: ReceiveOutcome | undefined;
  const soFar = (): ReceiveOutcome => {
    // One part is the usual case: it is nobody else's and need not be copied.
    return { ...last!, result: total, data: parts.length === 1 ? parts[0]! : concatBytes(...parts) };
  };
  const over = (errno: number): SystemCallOutcome => {
    if (last === undefined) return outcome(-errno);
    return want.finish(peek ? last : soFar());
  };
  return process.start([file], {
    attempt: () => {
      for (;;) {
        // An error behind data already taken is left for the next call.
        if (total > 0 && (sock.poll() & POLLERR) !== 0) return want.finish(soFar());
        const got = sock.recvmsg({ length: want.length - total, flags });
        if (got.result === -EAGAIN && waits) return { on: [file.wait] };
        if (got.result <= 0) return want.finish(total > 0 ? soFar() : got);
        last = got;
        if (peek) return got.result >= target || !waits ? want.finish(got) : { on: [file.wait] };
        total += got.result;
        parts.push(got.data);
        if (!waits || total >= target || total >= want.length) return want.finish(soFar());
      }
    },
    timeout_us: waits ? waitTime(sock.rcvtimeo_us) : undefined,
    timedOut: () => over(EAGAIN),
    interrupted: over,
  });
}

/** With a null buffer the call fails once there is something to copy. A stream keeps it, a datagram is gone. */
function receiveNull(process: Process, file: SocketFile, want: Receive, waits: boolean): PendingCall {
  const { sock } = file;
  const stream = sock.type === SOCK_STREAM && (want.flags & MSG_ERRQUEUE) === 0;
  const discards = stream && (want.flags & MSG_TRUNC) !== 0;
  return process.start([file], {
    attempt: () => {
      const flags = stream && !discards ? want.flags | MSG_PEEK : want.flags;
      const got = sock.recvmsg({ length: want.length, flags });
      if (got.result === -EAGAIN && waits) return { on: [file.wait] };
      return got.data.length > 0 && !discards ? outcome(-EFAULT) : outcome(got.result);
    },
    timeout_us: waits ? waitTime(file.sock.rcvtimeo_us) : undefined,
    timedOut: () => outcome(-EAGAIN),
  });
}

/** What a sending call was asked for. */
interface Send {
  /** `null` is a null pointer. */
  readonly data: Uint8Array | null;
  readonly length: number;
  readonly flags: number;
  readonly to?: SocketAddress | undefined;
  readonly control?: readonly ControlMessage[] | undefined;
  readonly iov?: readonly number[] | undefined;
}

/** Sends on a socket; a blocking stream goes on until everything is taken (`tcp_sendmsg`). */
function send(process: Process, file: SocketFile, want: Send): PendingCall {
  const sock = file.sock;
  const waits = !file.nonblocking && (want.flags & MSG_DONTWAIT) === 0;
  if (want.data === null && want.length > 0) {
    // The state of the socket is looked at before the memory.
    if (sock.type !== SOCK_STREAM && want.length > MAX_DATAGRAM) return process.done(-EMSGSIZE);
    if (sock.type !== SOCK_STREAM) {
      return process.done(want.to === undefined && typeof sock.getpeername() === "number" ? -EDESTADDRREQ : -EFAULT);
    }
    if ((want.flags & MSG_FASTOPEN) !== 0) {
      return process.done(sock instanceof InetSock && sock.sk_state !== TCP_CLOSE ? -EISCONN : -EFAULT);
    }
    if (sock instanceof InetSock && sock.sk_state === TCP_CLOSE) return process.done(sock.sock_error() || -EPIPE);
    const state = sock.sendmsg({ data: NOTHING, flags: want.flags });
    return process.done(state < 0 ? state : -EFAULT);
  }
  const data = fit(want.data ?? NOTHING, want.length);
  const stream = sock.type === SOCK_STREAM;
  let sent = 0;
  let flags = waits ? want.flags : want.flags | MSG_DONTWAIT;
  let connecting = false;
  return process.start([file], {
    attempt: () => {
      for (;;) {
        if (connecting) {
          // The data went with the SYN, or waits for it: a blocking call returns once the handshake is over.
          if (isConnecting(sock)) return { on: [file.wait] };
          connecting = false;
          flags &= ~MSG_FASTOPEN;
          const result = want.to === undefined ? connectResult(sock) : sock.connect(want.to);
          if (result < 0 && result !== -EISCONN) return outcome(result);
          if (sent === data.length && sent > 0) return outcome(sent);
        }
        if (sent > 0 && (sock.poll() & POLLERR) !== 0) return outcome(sent);
        const iov = sent === 0 ? want.iov : undefined;
        const result = sock.sendmsg({ data: data.subarray(sent), flags, to: want.to, control: want.control, iov });
        if (result === -EINPROGRESS && waits && stream) {
          connecting = true;
          continue;
        }
        if (result === -EAGAIN && waits) return { on: [file.wait] };
        if (result < 0) return outcome(sent > 0 ? sent : result);
        sent += result;
        if (!stream || !waits) return outcome(sent);
        if (isConnecting(sock)) {
          connecting = true;
          continue;
        }
        if (sent >= data.length) return outcome(sent);
      }
    },
    timeout_us: waits ? waitTime(sock.sndtimeo_us) : undefined,
    timedOut: () => outcome(sent > 0 ? sent : connecting ? -EINPROGRESS : -EAGAIN),
    interrupted: (errno) => outcome(sent > 0 ? sent : -errno),
  });
}

/** How a handshake ended that no `connect` call waits for. */
function connectResult(sock: unknown): number {
  return sock instanceof InetSock && sock.sk_state === TCP_CLOSE ? sock.sock_error() || -ECONNABORTED : 0;
}

function isConnecting(sock: unknown): boolean {
  return sock instanceof InetSock && sock.sk_state === TCP_SYN_SENT;
}

/** Reads from what is no socket. */
function readFile(process: Process, file: File, length: number, buffer: boolean): PendingCall {
  return process.start([file], {
    attempt: () => {
      if (!buffer && length > 0) {
        // There must be something to copy before memory is looked at.
        const refused = file.read(0).result;
        if (refused < 0) return outcome(refused);
        if ((file.poll() & POLLIN) !== 0) return outcome(-EFAULT);
      }
      const { result, data } = file.read(length);
      if (result === -EAGAIN && !file.nonblocking) return { on: [file.wait] };
      return result < 0 ? outcome(result) : outcome(result, { data });
    },
  });
}

/** Writes to what is no socket, until everything is taken unless it is non-blocking. */
function writeFile(process: Process, file: File, data: Uint8Array): PendingCall {
  let written = 0;
  return process.start([file], {
    attempt: () => {
      for (;;) {
        const result = file.write(data.subarray(written));
        if (result === -EAGAIN && !file.nonblocking) return { on: [file.wait] };
        if (result < 0) return outcome(written > 0 ? written : result);
        written += result;
        if (file.nonblocking || written >= data.length) return outcome(written);
      }
    },
    interrupted: (errno) => outcome(written > 0 ? written : -errno),
  });
}

function dataOutcome(received: ReceiveOutcome): SystemCallOutcome {
  return received.result < 0 ? outcome(received.result) : outcome(received.result, { data: received.data });
}

export function read(process: Process, request: Request<"read">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  if (!file.readable) return process.done(-EBADF);
  if (file instanceof EpollFile) return process.done(-EINVAL);
  if (request.length < 0) return process.done(-EFAULT);
  const length = taken(request.length);
  if (file instanceof SocketFile && length === 0) return process.done(0, { data: NOTHING });
  if (!(file instanceof SocketFile)) return readFile(process, file, length, hasRoom(request.buffer, length));
  return receive(process, file, { length, flags: 0, buffer: hasRoom(request.buffer, length), finish: dataOutcome });
}

export function readv(process: Process, request: Request<"readv">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  if (!file.readable) return process.done(-EBADF);
  if (request.lengths.length > UIO_MAXIOV || hasNegative(request.lengths)) return process.done(-EINVAL);
  if (file instanceof EpollFile) return process.done(-EINVAL);
  const length = request.lengths.reduce((sum, part) => sum + part, 0);
  return read(process, { name: "read", fd: request.fd, buffer: true, length });
}

export function write(process: Process, request: Request<"write">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  if (!file.writable) return process.done(-EBADF);
  if (file instanceof EpollFile) return process.done(-EINVAL);
  if (request.length < 0) return process.done(-EFAULT);
  const data = memory(request.data, request.length);
  if (file instanceof SocketFile) return send(process, file, { data, length: taken(request.length), flags: 0 });
  if (data === null && request.length > 0) return process.done(-EFAULT);
  return writeFile(process, file, fit(data ?? NOTHING, request.length));
}

export function writev(process: Process, request: Request<"writev">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  if (!file.writable) return process.done(-EBADF);
  if (request.data.length > UIO_MAXIOV) return process.done(-EINVAL);
  if (file instanceof EpollFile) return process.done(-EINVAL);
  const data = concatBytes(...request.data);
  if (data.length === 0) return process.done(0);
  return write(process, { name: "write", fd: request.fd, data, length: data.length });
}

export function recvfrom(process: Process, request: Request<"recvfrom">): PendingCall {
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  return receive(process, file, {
    length: taken(request.length),
    flags: request.flags,
    buffer: hasRoom(request.buffer, request.length),
    finish: (received) => {
      if (received.result < 0) return outcome(received.result);
      const address = request.wantAddress && received.from !== undefined
        ? file.sock.sockaddr(received.from)
        : undefined;
      return outcome(received.result, { data: received.data, address });
    },
  });
}

/** `MSG_CMSG_COMPAT`, the highest bit, is the kernel's own. */
function isForeign(flags: number): boolean {
  return (flags | 0) < 0;
}

export function recvmsg(process: Process, request: Request<"recvmsg">): PendingCall {
  if (isForeign(request.flags)) return process.done(-EINVAL);
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  if (request.lengths.length > UIO_MAXIOV) return process.done(-EMSGSIZE);
  if (hasNegative(request.lengths) || request.name_length < 0) return process.done(-EINVAL);
  return receive(process, file, {
    length: Math.min(request.lengths.reduce((sum, part) => sum + part, 0), MAX_RW_COUNT),
    flags: request.flags,
    buffer: true,
    finish: (received) => {
      if (received.result < 0) return outcome(received.result);
      const { control, truncated } = encodeControl(received.control, request.control_length);
      const address = received.from === undefined || request.name_length <= 0
        ? undefined
        : file.sock.sockaddr(received.from).subarray(0, request.name_length);
      return outcome(received.result, {
        data: received.data,
        address,
        control,
        msg_flags: received.flags | (truncated ? MSG_CTRUNC : 0),
      });
    },
  });
}

export function sendto(process: Process, request: Request<"sendto">): PendingCall {
  return sendMessage(process, request.fd, {
    data: memory(request.data, request.length),
    length: taken(request.length),
    flags: request.flags,
    address: request.address,
    address_length: request.address === null ? 0 : request.address_length,
  });
}

export function sendmsg(process: Process, request: Request<"sendmsg">): PendingCall {
  if (isForeign(request.flags)) return process.done(-EINVAL);
  const file = process.socket(request.fd);
  if (typeof file === "number") return process.done(file);
  if (request.data.length > UIO_MAXIOV) return process.done(-EMSGSIZE);
  const control = decodeControl(request.control ?? NOTHING);
  if (!control.whole) return process.done(-EINVAL);
  const data = concatBytes(...request.data);
  return sendMessage(process, request.fd, {
    data,
    length: data.length,
    flags: request.flags,
    address: request.address,
    address_length: request.address?.length ?? 0,
    control: control.messages,
    iov: request.data.map((piece) => piece.length),
  });
}

function sendMessage(
  process: Process,
  fd: number,
  want: {
    readonly data: Uint8Array | null;
    readonly length: number;
    readonly flags: number;
    readonly address: Uint8Array | null;
    readonly address_length: number;
    readonly control?: readonly ControlMessage[];
    readonly iov?: readonly number[];
  },
): PendingCall {
  const file = process.socket(fd);
  if (typeof file === "number") return process.done(file);
  const sock = file.sock;
  let to: SocketAddress | undefined;
  if (want.address !== null && want.address_length === 0 && sock.type !== SOCK_STREAM) return process.done(-EINVAL);
  if (want.address !== null && want.address_length !== 0) {
    const bytes = moveAddress(want.address, want.address_length);
    if (typeof bytes === "number") return process.done(bytes);
    // A stream looks at the address only when it opens the connection with it.
    const opens = (want.flags & MSG_FASTOPEN) !== 0 && !(sock instanceof InetSock && sock.sk_state !== TCP_CLOSE);
    if (sock.type !== SOCK_STREAM || opens) {
      const address = peerAddress(sock, bytes);
      if (typeof address === "number") return process.done(address);
      if (sock.type === SOCK_STREAM && bytes[0] === 0 && bytes[1] === 0) return process.done(-EOPNOTSUPP);
      if (address !== UNSPECIFIED) to = address;
      else if (sock.family !== AF_INET6) return process.done(-EINVAL);
    }
  }
  return send(process, file, {
    data: want.data,
    length: want.length,
    flags: want.flags,
    to,
    control: want.control,
    iov: want.iov,
  });
}
