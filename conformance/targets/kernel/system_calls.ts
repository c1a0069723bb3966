/**
 * Turns a {@link SystemCallRequest} into registers and memory for the live kernel, and what the kernel left there into
 * a {@link SystemCallOutcome}. The layouts are those of 64-bit little-endian Linux.
 *
 * Every descriptor is made close-on-exec, so that no child process keeps a connection open; {@link Descriptors} hides
 * that from `fcntl(F_GETFD)`.
 *
 * @module
 */

import { addressOf, cString, type SystemCallArgument, type SystemCallName } from "../../../host/syscall.ts";
import type { EpollEvent, SystemCallOutcome, SystemCallRequest } from "../../../stack/socket/system_call.ts";
import { UnsupportedError } from "../target.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A call ready to be made. Memory that the kernel may use stays alive as long as this object. */
export interface EncodedCall {
  /** Which system call. */
  readonly name: SystemCallName;
  /** Its arguments; fewer than six are followed by zeros. */
  readonly args: readonly SystemCallArgument[];
  /** Memory that arguments point to indirectly. */
  readonly memory: readonly Bytes[];
  /** Reads the outcome of the call from its result (`-errno` on failure) and from memory. */
  decode(result: number): SystemCallOutcome;
}

/** What the encoder must know about the process. */
export interface EncodeContext {
  /** Directory descriptor that relative paths start from. */
  readonly directoryFd: number;
}

/** Most octets that one buffer of a script may have. */
const MAX_BUFFER = 256 << 20;
const SOCKADDR_STORAGE = 128;
const SOCK_CLOEXEC = 0o2000000;
const O_CLOEXEC = 0o2000000;
const EPOLL_CLOEXEC = 0o2000000;
const F_SETFD = 2;
const FD_CLOEXEC = 1;
/** Room behind the int of an ioctl, for requests that write a structure. */
const IOCTL_ROOM = 4096;
/** `epoll_event` is packed on x86-64 only. */
const EPOLL_EVENT_SIZE = Deno.build.arch === "x86_64" ? 12 : 16;
const EPOLL_DATA_AT = EPOLL_EVENT_SIZE - 8;

function room(length: number): Bytes {
  if (!Number.isInteger(length) || length > MAX_BUFFER) {
    throw new UnsupportedError(`a buffer of ${length} bytes (at most ${MAX_BUFFER} can be passed to the kernel)`);
  }
  // Not empty even for length 0, so that its address is never null.
  return new Uint8Array(Math.max(length, 8));
}

/** Octets to send: what is there, then zeros up to `length`, so that the kernel never reads beyond our memory. */
function outgoing(data: Uint8Array | null, length: number): Bytes | null {
  if (data === null) return null;
  const needed = Math.max(length, data.length);
  // The kernel only reads it, and to copy a large one takes time. An empty one has no address.
  if (needed === data.length && needed > 0 && needed <= MAX_BUFFER && isOwned(data)) return data;
  const bytes = room(needed);
  bytes.set(data);
  return bytes;
}

/** Whether the memory can be passed as it is. */
function isOwned(data: Uint8Array): data is Bytes {
  return data.buffer instanceof ArrayBuffer;
}

/** A length that the kernel writes up to: never more than the memory behind it, which `room` provides. */
function incoming(wanted: boolean, length: number): Bytes | null {
  if (length < 0) {
    // The kernel refuses sizes beyond the address space where it checks them at all; it must not get the chance.
    throw new UnsupportedError(`a receive buffer of ${length} bytes`);
  }
  return wanted ? room(length) : null;
}

function view(bytes: Bytes): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function iovecs(buffers: readonly Bytes[], lengths: readonly number[]): Bytes {
  const bytes = room(16 * buffers.length);
  const at = view(bytes);
  buffers.forEach((buffer, i) => {
    at.setBigUint64(16 * i, addressOf(buffer), true);
    at.setBigUint64(16 * i + 8, BigInt(lengths[i]!), true);
  });
  return bytes;
}

function gather(buffers: readonly Bytes[], lengths: readonly number[], count: number): Uint8Array {
  const data = new Uint8Array(Math.max(0, count));
  let filled = 0;
  for (let i = 0; i < buffers.length && filled < count; i++) {
    const part = buffers[i]!.subarray(0, Math.min(lengths[i]!, count - filled));
    data.set(part, filled);
    filled += part.length;
  }
  return data;
}

function timespec(timeout_ms: number): Bytes | null {
  if (timeout_ms < 0) return null;
  const bytes = room(16);
  view(bytes).setBigInt64(0, BigInt(Math.floor(timeout_ms / 1000)), true);
  view(bytes).setBigInt64(8, BigInt(timeout_ms % 1000 * 1_000_000), true);
  return bytes;
}

function int32(value: number): Bytes {
  const bytes = room(8);
  view(bytes).setInt32(0, value, true);
  return bytes;
}

function int64(value: number | null): Bytes | null {
  if (value === null) return null;
  const bytes = room(8);
  view(bytes).setBigInt64(0, BigInt(value), true);
  return bytes;
}

function epollEvent(event: EpollEvent): Bytes {
  const bytes = room(16);
  view(bytes).setUint32(0, event.events >>> 0, true);
  view(bytes).setBigUint64(EPOLL_DATA_AT, BigInt.asUintN(64, event.data), true);
  return bytes;
}

function basic(result: number): SystemCallOutcome {
  return result < 0 ? { result: -1, errno: -result } : { result, errno: 0 };
}

function plain(name: SystemCallName, ...args: SystemCallArgument[]): EncodedCall {
  return { name, args, memory: [], decode: basic };
}

/** An address that the kernel filled in, cut to what it says there is. */
function filled(address: Bytes, length: Bytes): Uint8Array {
  return address.slice(0, Math.min(view(length).getUint32(0, true), SOCKADDR_STORAGE));
}

function withAddress(
  name: SystemCallName,
  before: SystemCallArgument[],
  after: SystemCallArgument[],
  limit = SOCKADDR_STORAGE,
): EncodedCall {
  const address = room(SOCKADDR_STORAGE);
  const length = int32(Math.min(limit, SOCKADDR_STORAGE));
  return {
    name,
    args: [...before, address, length, ...after],
    memory: [],
    decode: (result) => result < 0 ? basic(result) : { ...basic(result), address: filled(address, length) },
  };
}

/**
 * Encodes a call.
 *
 * @throws {UnsupportedError} for lengths that can't be passed to the kernel safely, and for `cap_set`, which is several
 * calls (see `capabilities.ts`)
 */
export function encodeSystemCall(request: SystemCallRequest, context: EncodeContext): EncodedCall {
  switch (request.name) {
    case "socket":
      return plain("socket", request.domain, request.type | SOCK_CLOEXEC, request.protocol);
    case "bind":
    case "connect":
      return plain(request.name, request.fd, outgoing(request.address, request.length), request.length);
    case "listen":
      return plain("listen", request.fd, request.backlog);
    case "accept":
      return withAddress("accept4", [request.fd], [request.flags | SOCK_CLOEXEC]);
    case "read": {
      const buffer = incoming(request.buffer, request.length);
      return {
        ...plain("read", request.fd, buffer, request.length),
        decode: (result) =>
          result < 0 || buffer === null ? basic(result) : { ...basic(result), data: buffer.slice(0, result) },
      };
    }
    case "write":
      return plain("write", request.fd, outgoing(request.data, request.length), request.length);
    case "readv": {
      const buffers = request.lengths.map(room);
      const vector = iovecs(buffers, request.lengths);
      return {
        name: "readv",
        args: [request.fd, vector, request.lengths.length],
        memory: buffers,
        decode: (result) =>
          result < 0 ? basic(result) : { ...basic(result), data: gather(buffers, request.lengths, result) },
      };
    }
    case "writev": {
      const buffers = request.data.map((data) => outgoing(data, data.length)!);
      const lengths = request.data.map((data) => data.length);
      return { ...plain("writev", request.fd, iovecs(buffers, lengths), lengths.length), memory: buffers };
    }
    case "recvfrom": {
      const buffer = incoming(request.buffer, request.length);
      const address = request.wantAddress ? room(SOCKADDR_STORAGE) : null;
      const length = request.wantAddress ? int32(SOCKADDR_STORAGE) : null;
      return {
        ...plain("recvfrom", request.fd, buffer, request.length, request.flags, address, length),
        decode: (result) => ({
          ...basic(result),
          ...(result >= 0 && buffer !== null ? { data: buffer.slice(0, result) } : {}),
          ...(result >= 0 && address !== null && length !== null ? { address: filled(address, length) } : {}),
        }),
      };
    }
    case "sendto":
      return plain(
        "sendto",
        request.fd,
        outgoing(request.data, request.length),
        request.length,
        request.flags,
        outgoing(request.address, request.address_length),
        request.address_length,
      );
    case "sendmsg":
      return sendmsg(request);
    case "recvmsg":
      return recvmsg(request);
    case "fcntl": {
      const argument = request.command === F_SETFD ? request.argument | FD_CLOEXEC : request.argument;
      return plain("fcntl", request.fd, request.command, argument);
    }
    case "ioctl": {
      if (request.argument === null) return plain("ioctl", request.fd, request.command, 0);
      const argument = room(IOCTL_ROOM);
      view(argument).setInt32(0, request.argument, true);
      return {
        ...plain("ioctl", request.fd, request.command, argument),
        decode: (result) => ({ ...basic(result), data: argument.slice(0, 4) }),
      };
    }
    case "close":
      return plain("close", request.fd);
    case "shutdown":
      return plain("shutdown", request.fd, request.how);
    case "getsockopt": {
      const value = room(Math.max(0, request.length));
      const length = int32(request.length);
      return {
        ...plain("getsockopt", request.fd, request.level, request.option, value, length),
        decode: (result) => {
          const returned = view(length).getInt32(0, true);
          return { ...basic(result), data: value.slice(0, Math.max(0, Math.min(returned, request.length))) };
        },
      };
    }
    case "setsockopt":
      return plain(
        "setsockopt",
        request.fd,
        request.level,
        request.option,
        outgoing(request.value, request.length),
        request.length,
      );
    case "poll": {
      const fds = room(8 * request.fds.length);
      request.fds.forEach(({ fd, events }, i) => {
        view(fds).setInt32(8 * i, fd, true);
        view(fds).setInt16(8 * i + 4, events, true);
      });
      return {
        ...plain("ppoll", fds, request.fds.length, timespec(request.timeout_ms), null, 8),
        decode: (result) => ({
          ...basic(result),
          revents: request.fds.map((_, i) => view(fds).getUint16(8 * i + 6, true)),
        }),
      };
    }
    case "open":
      return plain("openat", context.directoryFd, cString(request.path), request.flags | O_CLOEXEC, 0o644);
    case "sendfile":
      return plain("sendfile", request.out_fd, request.in_fd, int64(request.offset), request.count);
    case "epoll_create":
      // The old call refused sizes that are not positive; the new one has no size.
      if (request.size <= 0) return plain("epoll_create1", -1);
      return plain("epoll_create1", EPOLL_CLOEXEC);
    case "epoll_ctl": {
      const event = request.event === null ? null : epollEvent(request.event);
      return plain("epoll_ctl", request.epfd, request.operation, request.fd, event);
    }
    case "epoll_wait": {
      const events = room(EPOLL_EVENT_SIZE * Math.max(0, request.max_events));
      return {
        ...plain("epoll_pwait", request.epfd, events, request.max_events, request.timeout_ms, null, 8),
        decode: (result) => ({
          ...basic(result),
          events: Array.from({ length: Math.max(0, result) }, (_, i) => ({
            events: view(events).getUint32(EPOLL_EVENT_SIZE * i, true),
            data: view(events).getBigUint64(EPOLL_EVENT_SIZE * i + EPOLL_DATA_AT, true),
          })),
        }),
      };
    }
    case "pipe": {
      const fds = room(8);
      return {
        ...plain("pipe2", fds, O_CLOEXEC),
        decode: (result) =>
          result < 0
            ? basic(result)
            : { ...basic(result), fds: [view(fds).getInt32(0, true), view(fds).getInt32(4, true)] },
      };
    }
    case "splice":
      return plain(
        "splice",
        request.fd_in,
        int64(request.offset_in),
        request.fd_out,
        int64(request.offset_out),
        request.length,
        request.flags,
      );
    case "getsockname":
    case "getpeername":
      return withAddress(request.name, [request.fd], [], request.length);
    case "cap_set":
      throw new UnsupportedError("cap_set as a single system call");
  }
}

interface MessageHeader {
  readonly name: Bytes | null;
  readonly nameLength: number;
  readonly vector: Bytes;
  readonly count: number;
  readonly control: Bytes | null;
  readonly controlLength: number;
}

/** `struct msghdr`. */
function messageHeader({ name, nameLength, vector, count, control, controlLength }: MessageHeader): Bytes {
  const header = new Uint8Array(56);
  const at = view(header);
  if (name !== null) at.setBigUint64(0, addressOf(name), true);
  at.setUint32(8, nameLength, true);
  at.setBigUint64(16, addressOf(vector), true);
  at.setBigUint64(24, BigInt(count), true);
  if (control !== null) at.setBigUint64(32, addressOf(control), true);
  at.setBigUint64(40, BigInt(controlLength), true);
  return header;
}

function sendmsg(request: Extract<SystemCallRequest, { name: "sendmsg" }>): EncodedCall {
  const buffers = request.data.map((data) => outgoing(data, data.length)!);
  const vector = iovecs(buffers, request.data.map((data) => data.length));
  const name = outgoing(request.address, request.address?.length ?? 0);
  const control = outgoing(request.control, request.control?.length ?? 0);
  const header = messageHeader({
    name,
    nameLength: request.address?.length ?? 0,
    vector,
    count: buffers.length,
    control,
    controlLength: request.control?.length ?? 0,
  });
  const memory = [vector, ...buffers];
  if (name !== null) memory.push(name);
  if (control !== null) memory.push(control);
  return { ...plain("sendmsg", request.fd, header, request.flags), memory };
}

function recvmsg(request: Extract<SystemCallRequest, { name: "recvmsg" }>): EncodedCall {
  const buffers = request.lengths.map(room);
  const vector = iovecs(buffers, request.lengths);
  const name = request.name_length > 0 ? room(request.name_length) : null;
  const control = request.control_length > 0 ? room(request.control_length) : null;
  const header = messageHeader({
    name,
    nameLength: request.name_length,
    vector,
    count: buffers.length,
    control,
    controlLength: request.control_length,
  });
  const memory = [vector, ...buffers];
  if (name !== null) memory.push(name);
  if (control !== null) memory.push(control);
  return {
    ...plain("recvmsg", request.fd, header, request.flags),
    memory,
    decode: (result) => {
      const at = view(header);
      const outcome: SystemCallOutcome = { ...basic(result), msg_flags: at.getInt32(48, true) };
      if (result < 0) return outcome;
      return {
        ...outcome,
        data: gather(buffers, request.lengths, result),
        ...(name === null ? {} : { address: name.slice(0, Math.min(at.getUint32(8, true), request.name_length)) }),
        ...(control === null
          ? {}
          : { control: control.slice(0, Math.min(Number(at.getBigUint64(40, true)), request.control_length)) }),
      };
    },
  };
}
