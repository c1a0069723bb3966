/**
 * Whether a system call may put its thread to sleep: such a call gets a thread of its own.
 *
 * @module
 */

import { POLLFD_SIZE, putPollfd, returnedEvents } from "../../../abi/message_header.ts";
import { TCP_INFO, TCP_SYN_SENT } from "../../../abi/tcp_constants.ts";
import {
  AF_UNSPEC,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_FASTOPEN,
  MSG_WAITALL,
  SK_MEMINFO_SNDBUF,
  SK_MEMINFO_VARS,
  SK_MEMINFO_WMEM_QUEUED,
  SO_LINGER,
  SO_MEMINFO,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
} from "../../../abi/socket_constants.ts";
import { F_GETFL, F_GETPIPE_SZ, O_NONBLOCK, POLLIN, POLLOUT, SPLICE_F_NONBLOCK } from "../../../abi/file_constants.ts";
import { syscall } from "../../../host/syscall.ts";
import type { SystemCallRequest } from "../../../abi/system_call.ts";
import { path, upToZero } from "./memory.ts";

const AT_FDCWD = -100;
/** Offset of `st_mode` in `struct stat`, and its size. */
const ST_MODE = Deno.build.arch === "aarch64" ? 16 : 24;
const STAT_SIZE = 144;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const NEVER_WAITING: ReadonlySet<string> = new Set(["/dev/zero", "/dev/null"]);
/** To move more takes longer than the thread that keeps time may be away, whether the call sleeps or not. */
const LONG_TRANSFER = 1 << 22;
/** More than a socket buffer's bookkeeping for one write costs. */
const WRITE_OVERHEAD = 8192;
const PIPE_ATOMIC = 4096;

/** A length as the kernel takes it: a negative one is a great one. */
function octets(length: number): number {
  return length < 0 ? Infinity : length;
}

function isPipe(fd: number): boolean {
  return syscall("fcntl", fd, F_GETPIPE_SZ) >= 0;
}

/** Linux's value; not a descriptor of ours fails inline, with its errno. */
function nonBlocking(fd: number): boolean {
  const flags = syscall("fcntl", fd, F_GETFL);
  return flags < 0 || (flags & O_NONBLOCK) !== 0;
}

/** Events among `events` (and errors) that `fd` has now. */
function readiness(fd: number, events: number): number {
  const pollfd = new Uint8Array(POLLFD_SIZE);
  putPollfd(pollfd, 0, fd, events);
  const result = syscall("ppoll", pollfd, 1, new Uint8Array(16), null, 8);
  return result > 0 ? returnedEvents(pollfd) : 0;
}

function option(fd: number, name: number, words: number, level = SOL_SOCKET): Int32Array | undefined {
  const value = new Int32Array(words);
  const length = new Int32Array([4 * words]);
  return syscall("getsockopt", fd, level, name, value, length) < 0 ? undefined : value;
}

function readBlocks(fd: number): boolean {
  return !nonBlocking(fd) && readiness(fd, POLLIN) === 0;
}

function writeBlocks(fd: number, length: number): boolean {
  if (nonBlocking(fd)) return false;
  const ready = readiness(fd, POLLOUT);
  if (ready === 0) return true;
  if ((ready & POLLOUT) === 0) return false; // an error or a hang-up is reported at once
  // A socket whose SYN waits for data (TCP_FASTOPEN_CONNECT) is writable, and then sleeps until it is connected.
  const state = option(fd, TCP_INFO, 2, IPPROTO_TCP)?.[0];
  if (state !== undefined && (state & 0xff) === TCP_SYN_SENT) return true;
  const memory = option(fd, SO_MEMINFO, SK_MEMINFO_VARS);
  if (memory === undefined) return length > PIPE_ATOMIC;
  // The kernel sleeps when what is queued, overhead included, exceeds the send buffer.
  return memory[SK_MEMINFO_WMEM_QUEUED]! + 2 * length + WRITE_OVERHEAD >= memory[SK_MEMINFO_SNDBUF]!;
}

function sum(parts: readonly Uint8Array[]): number {
  return parts.reduce((total, part) => total + part.length, 0);
}

function sendBlocks(fd: number, length: number, flags: number): boolean {
  if ((flags & MSG_DONTWAIT) !== 0) return false;
  if ((flags & MSG_FASTOPEN) !== 0) return !nonBlocking(fd);
  return writeBlocks(fd, length);
}

function receiveBlocks(fd: number, flags: number): boolean {
  if ((flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) !== 0) return false;
  if ((flags & MSG_WAITALL) !== 0) return !nonBlocking(fd);
  return readBlocks(fd);
}

function connectBlocks(fd: number, address: Uint8Array | null): boolean {
  if (address === null || address.length < 2 || (address[0]! | address[1]! << 8) === AF_UNSPEC) return false;
  const type = option(fd, SO_TYPE, 1)?.[0];
  return !nonBlocking(fd) && type !== undefined && type !== SOCK_DGRAM && type !== SOCK_RAW;
}

function closeBlocks(fd: number): boolean {
  const linger = option(fd, SO_LINGER, 2);
  return linger !== undefined && linger[0] !== 0 && linger[1] !== 0;
}

/** SPLICE_F_NONBLOCK is for the pipe; the other end may make the call sleep all the same. */
function spliceBlocks({ fd_in, fd_out, flags }: Extract<SystemCallRequest, { name: "splice" }>): boolean {
  const sleeps = (fd: number) => !nonBlocking(fd) && !((flags & SPLICE_F_NONBLOCK) !== 0 && isPipe(fd));
  return sleeps(fd_in) || sleeps(fd_out);
}

/** What is no regular file may wait for another side, or for hardware. */
function openBlocks(name: string, flags: number, directoryFd: number): boolean {
  if ((flags & O_NONBLOCK) !== 0 || NEVER_WAITING.has(upToZero(name))) return false;
  const stat = new Uint8Array(STAT_SIZE);
  if (syscall("newfstatat", directoryFd, path(name), stat, 0) < 0) return false;
  const type = new DataView(stat.buffer).getUint32(ST_MODE, true) & S_IFMT;
  return type !== S_IFREG && type !== S_IFDIR;
}

/**
 * Whether the call may sleep, asked right before it is made. `poll` and `epoll_wait` may whenever they have a timeout:
 * the caller tries them without one first.
 *
 * @param directoryFd where relative paths begin
 */
export function mayBlock(request: SystemCallRequest, directoryFd = AT_FDCWD): boolean {
  return transferred(request) > LONG_TRANSFER || maySleep(request, directoryFd);
}

/** Octets that a call may move, or have copied. */
function transferred(request: SystemCallRequest): number {
  switch (request.name) {
    case "write":
    case "sendto":
      return request.data === null ? 0 : request.length;
    case "writev":
    case "sendmsg":
      return sum(request.data);
    case "read":
      // A socket has no more than its buffer.
      return option(request.fd, SO_TYPE, 1) === undefined ? request.length : 0;
    case "sendfile":
      return octets(request.count);
    case "splice":
      return octets(request.length);
    default:
      return 0;
  }
}

function maySleep(request: SystemCallRequest, directoryFd: number): boolean {
  switch (request.name) {
    case "open":
      return openBlocks(request.path, request.flags, directoryFd);
    case "accept":
    case "read":
    case "readv":
      return readBlocks(request.fd);
    case "recvfrom":
    case "recvmsg":
      return receiveBlocks(request.fd, request.flags);
    case "write":
      return writeBlocks(request.fd, octets(request.length));
    case "writev":
      return writeBlocks(request.fd, sum(request.data));
    case "sendto":
      return sendBlocks(request.fd, octets(request.length), request.flags);
    case "sendmsg":
      return sendBlocks(request.fd, sum(request.data), request.flags);
    case "connect":
      return connectBlocks(request.fd, request.address);
    case "close":
      return closeBlocks(request.fd);
    case "poll":
    case "epoll_wait":
      return request.timeout_ms !== 0;
    case "sendfile":
      return readBlocks(request.in_fd) || writeBlocks(request.out_fd, octets(request.count));
    case "splice":
      return spliceBlocks(request);
    default:
      return false;
  }
}
