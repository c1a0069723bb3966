/**
 * Turns a {@link SystemCallRequest} into registers and memory for the live kernel, and what the kernel left there into
 * a {@link SystemCallOutcome}. The layouts are those of 64-bit little-endian Linux.
 *
 * Every descriptor is made close-on-exec, so that no child process keeps a connection open; {@link Descriptors} hides
 * that from `fcntl(F_GETFD)`.
 *
 * @module
 */

import { EPOLL_CLOEXEC, F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_CLOEXEC } from "../../../abi/file_constants.ts";
import { SOCK_CLOEXEC } from "../../../abi/socket_constants.ts";
import { epollEventSize, getEpollEvent, openFlags, openFlagsFrom, putEpollEvent } from "../../../abi/architecture.ts";
import {
  encodeMessageHeader,
  messageControlLength,
  messageFlags,
  messageNameLength,
  POLLFD_SIZE,
  putPollfd,
  returnedEvents,
} from "../../../abi/message_header.ts";
import { SOCKADDR_STORAGE_SIZE } from "../../../abi/sockaddr.ts";
import { addressOf, type SystemCallArgument, type SystemCallName } from "../../../host/syscall.ts";
import type { EpollEvent, SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";
import { UnsupportedError } from "../target.ts";
import {
  type Bytes,
  gather,
  incoming,
  int32,
  int64,
  iovecs,
  outgoing,
  path,
  room,
  socketAddress,
  timespec,
  vectorRooms,
  view,
} from "./memory.ts";
import { fcntlArgument, refuse } from "./refused.ts";

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

/** Room for what an ioctl reads and writes: as much as a request can say that it needs (`_IOC_SIZE`), and more. */
const IOCTL_ROOM = 1 << 14;
const { arch } = Deno.build;
const EPOLL_EVENT_SIZE = epollEventSize(arch);
/** More events than a world can have descriptors: what is asked for beyond does not come. */
const MAX_EVENTS = 1 << 16;
/** Beyond it `epoll_wait` refuses. */
const EP_MAX_EVENTS = Math.floor(0x7fffffff / EPOLL_EVENT_SIZE);

function epollEvent(event: EpollEvent): Bytes {
  const bytes = room(EPOLL_EVENT_SIZE);
  putEpollEvent(bytes, 0, event, arch);
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
  return address.slice(0, Math.min(view(length).getUint32(0, true), SOCKADDR_STORAGE_SIZE));
}

function withAddress(
  name: SystemCallName,
  before: SystemCallArgument[],
  after: SystemCallArgument[],
  limit = SOCKADDR_STORAGE_SIZE,
): EncodedCall {
  const address = room(SOCKADDR_STORAGE_SIZE);
  const length = int32(Math.min(limit, SOCKADDR_STORAGE_SIZE));
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
 * @throws {UnsupportedError} for calls that could reach beyond the script's world (see `refused.ts`), and for `cap_set`,
 * which is several calls (see `capabilities.ts`)
 */
export function encodeSystemCall(request: SystemCallRequest, context: EncodeContext): EncodedCall {
  refuse(request);
  switch (request.name) {
    case "socket":
      return plain("socket", request.domain, request.type | SOCK_CLOEXEC, request.protocol);
    case "bind":
    case "connect":
      return plain(request.name, request.fd, socketAddress(request.address), request.length);
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
      const buffers = vectorRooms(request.lengths);
      const vector = iovecs(buffers, request.lengths);
      return {
        name: "readv",
        args: [request.fd, vector, request.lengths.length],
        memory: buffers.filter((buffer) => buffer !== null),
        decode: (result) =>
          result < 0 ? basic(result) : { ...basic(result), data: gather(buffers, request.lengths, result) },
      };
    }
    case "writev": {
      const { vector, memory } = outgoingVector(request.data);
      return { ...plain("writev", request.fd, vector, request.data.length), memory };
    }
    case "recvfrom": {
      const buffer = incoming(request.buffer, request.length);
      const address = request.wantAddress ? room(SOCKADDR_STORAGE_SIZE) : null;
      const length = request.wantAddress ? int32(SOCKADDR_STORAGE_SIZE) : null;
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
        socketAddress(request.address),
        request.address_length,
      );
    case "sendmsg":
      return sendmsg(request);
    case "recvmsg":
      return recvmsg(request);
    case "fcntl":
      return fcntl(request);
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
      const value = incoming(true, request.length);
      const length = int32(request.length);
      return {
        ...plain("getsockopt", request.fd, request.level, request.option, value, length),
        decode: (result) => {
          if (result < 0) return basic(result);
          const returned = view(length).getInt32(0, true);
          const data = value?.slice(0, Math.max(0, Math.min(returned, request.length))) ?? new Uint8Array(0);
          return { ...basic(result), data };
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
      const fds = room(POLLFD_SIZE * request.fds.length);
      request.fds.forEach(({ fd, events }, i) => putPollfd(fds, i, fd, events));
      return {
        ...plain("ppoll", fds, request.fds.length, timespec(request.timeout_ms), null, 8),
        decode: (result) => ({
          ...basic(result),
          revents: request.fds.map((_, i) => returnedEvents(fds, i)),
        }),
      };
    }
    case "open":
      return plain(
        "openat",
        context.directoryFd,
        path(request.path),
        openFlags(request.flags | O_CLOEXEC, arch),
        0o644,
      );
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
      const most = Math.min(request.max_events, MAX_EVENTS);
      const events = room(EPOLL_EVENT_SIZE * Math.max(0, most));
      const told = request.max_events > EP_MAX_EVENTS ? request.max_events : most;
      return {
        ...plain("epoll_pwait", request.epfd, events, told, request.timeout_ms, null, 8),
        decode: (result) => ({
          ...basic(result),
          events: Array.from({ length: Math.max(0, result) }, (_, i) => getEpollEvent(events, i, arch)),
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

/** Flags of descriptors go in and come out as x86-64 numbers them. */
function fcntl(request: Extract<SystemCallRequest, { name: "fcntl" }>): EncodedCall {
  const { fd, command } = request;
  if (command === F_SETFD) return plain("fcntl", fd, command, request.argument | FD_CLOEXEC);
  const argument = fcntlArgument(command, request.argument);
  if (command === F_SETFL) return plain("fcntl", fd, command, openFlags(argument, arch));
  const call = plain("fcntl", fd, command, argument);
  if (command !== F_GETFL) return call;
  return { ...call, decode: (result) => basic(result < 0 ? result : openFlagsFrom(result, arch)) };
}

interface MessageHeader {
  readonly name: Bytes | null;
  readonly nameLength: number;
  readonly vector: Bytes;
  readonly count: number;
  readonly control: Bytes | null;
  readonly controlLength: number;
}

function messageHeader({ name, nameLength, vector, count, control, controlLength }: MessageHeader): Bytes {
  return encodeMessageHeader({
    name: name === null ? 0n : addressOf(name),
    nameLength,
    iov: addressOf(vector),
    iovLength: count,
    control: control === null ? 0n : addressOf(control),
    controlLength,
    flags: 0,
  });
}

/** The vector of a call that sends. */
function outgoingVector(data: readonly Uint8Array[]): { readonly vector: Bytes; readonly memory: Bytes[] } {
  const lengths = data.map((piece) => piece.length);
  const buffers = data.map((piece) => outgoing(piece, piece.length));
  return { vector: iovecs(buffers, lengths), memory: buffers.filter((buffer) => buffer !== null) };
}

function sendmsg(request: Extract<SystemCallRequest, { name: "sendmsg" }>): EncodedCall {
  const { vector, memory } = outgoingVector(request.data);
  const name = socketAddress(request.address);
  const control = outgoing(request.control, request.control?.length ?? 0);
  const header = messageHeader({
    name,
    nameLength: request.address?.length ?? 0,
    vector,
    count: request.data.length,
    control,
    controlLength: request.control?.length ?? 0,
  });
  memory.push(vector);
  if (name !== null) memory.push(name);
  if (control !== null) memory.push(control);
  return { ...plain("sendmsg", request.fd, header, request.flags), memory };
}

function recvmsg(request: Extract<SystemCallRequest, { name: "recvmsg" }>): EncodedCall {
  const buffers = vectorRooms(request.lengths);
  const vector = iovecs(buffers, request.lengths);
  const name = request.name_length !== 0 ? room(SOCKADDR_STORAGE_SIZE) : null;
  const control = request.control_length !== 0 ? incoming(true, request.control_length) : null;
  const header = messageHeader({
    name,
    nameLength: request.name_length,
    vector,
    count: buffers.length,
    control,
    controlLength: request.control_length,
  });
  const memory = [vector, ...buffers.filter((buffer) => buffer !== null)];
  if (name !== null) memory.push(name);
  if (control !== null) memory.push(control);
  return {
    ...plain("recvmsg", request.fd, header, request.flags),
    memory,
    decode: (result) => {
      const outcome: SystemCallOutcome = { ...basic(result), msg_flags: messageFlags(header) };
      if (result < 0) return outcome;
      return {
        ...outcome,
        data: gather(buffers, request.lengths, result),
        ...(name === null ? {} : { address: name.slice(0, Math.min(messageNameLength(header), request.name_length)) }),
        ...(control === null
          ? {}
          : { control: control.slice(0, Math.min(messageControlLength(header), request.control_length)) }),
      };
    },
  };
}
