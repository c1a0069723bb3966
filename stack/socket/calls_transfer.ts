/**
 * splice and sendfile: octets from one descriptor to another.
 *
 * @module
 */
import { MSG_DONTWAIT, MSG_MORE, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { EAGAIN, EBADF, EINVAL, EPIPE, ESPIPE } from "../../abi/errno.ts";
import type { Request } from "./calls_socket.ts";
import { EpollFile } from "./epoll.ts";
import { SPLICE_F_GIFT, SPLICE_F_MORE, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } from "../../abi/file_constants.ts";
import { type File, NOTHING, type ReadResult } from "./file.ts";
import { outcome } from "./pending.ts";
import { PIPE_CAPACITY, PipeEnd } from "./pipe.ts";
import type { Process } from "./process.ts";
import { MAX_RW_COUNT } from "./program_memory.ts";
import { RegularFile } from "./regular_file.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall } from "../../abi/system_call.ts";

const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

/** A stream that reads for splice its own way, e.g. stops before urgent data (`tcp_splice_read`). */
export interface SpliceSource {
  /** At most `length` octets; result 0 when nothing can be given though something is queued, or at the end. */
  splice_read(length: number): ReadResult;
}

function isSpliceSource(value: object): value is SpliceSource {
  return "splice_read" in value && typeof value.splice_read === "function";
}

function readFrom(file: File, length: number, offset: number | null): ReadResult {
  if (offset !== null && file instanceof RegularFile) return file.readAt(offset, length);
  if (file instanceof SocketFile && isSpliceSource(file.sock)) return file.sock.splice_read(length);
  return file.read(length);
}

function writeTo(file: File, data: Uint8Array, more: boolean): number {
  if (!(file instanceof SocketFile)) return file.write(data);
  return file.sock.sendmsg({ data, flags: MSG_DONTWAIT | (more ? MSG_MORE : 0) });
}

export function splice(process: Process, request: Request<"splice">): PendingCall {
  if (request.length === 0) return process.done(0);
  if ((request.flags & ~SPLICE_FLAGS) !== 0) return process.done(-EINVAL);
  const from = process.file(request.fd_in);
  if (typeof from === "number") return process.done(from);
  const to = process.file(request.fd_out);
  if (typeof to === "number") return process.done(to);
  const fromPipe = from instanceof PipeEnd;
  const toPipe = to instanceof PipeEnd;
  if ((fromPipe && request.offset_in !== null) || (toPipe && request.offset_out !== null)) return process.done(-ESPIPE);
  if (!from.readable || !to.writable) return process.done(-EBADF);
  if (!fromPipe && !toPipe) return process.done(-EINVAL);
  if (fromPipe && toPipe && from.pipe === to.pipe) return process.done(-EINVAL);
  for (const [file, offset] of [[from, request.offset_in], [to, request.offset_out]] as const) {
    if (offset !== null && (offset < 0 || !(file instanceof RegularFile))) return process.done(-EINVAL);
  }
  if (request.length < 0) return process.done(-EINVAL);
  const length = Math.min(request.length, MAX_RW_COUNT);
  const nonblock = (request.flags & SPLICE_F_NONBLOCK) !== 0;
  const more = (request.flags & SPLICE_F_MORE) !== 0;
  return toPipe
    ? intoPipe(process, from, to, length, nonblock || from.nonblocking, nonblock, request.offset_in)
    : outOfPipe(process, from as PipeEnd, to, length, nonblock, more);
}

/** Gives what is there once something is: `splice` into a pipe is a short read. */
function intoPipe(
  process: Process,
  from: File,
  to: PipeEnd,
  length: number,
  nonblockingRead: boolean,
  nonblockingPipe: boolean,
  offset: number | null,
): PendingCall {
  return process.start([from, to], {
    attempt: () => {
      const pipe = to.pipe;
      if (!pipe.readerOpen) return outcome(-EPIPE);
      if (pipe.full) return nonblockingPipe ? outcome(-EAGAIN) : { on: [to.wait] };
      const { result, data } = readFrom(from, Math.min(length, pipe.space), offset);
      if (result === -EAGAIN && !nonblockingRead) return { on: [from.wait] };
      if (result <= 0) return outcome(result);
      return outcome(pipe.push(data));
    },
  });
}

function outOfPipe(
  process: Process,
  from: PipeEnd,
  to: File,
  length: number,
  nonblock: boolean,
  more: boolean,
): PendingCall {
  const pipe = from.pipe;
  let moved = 0;
  return process.start([from, to], {
    attempt: () => {
      while (moved < length) {
        if (pipe.length === 0) {
          if (moved > 0 || !pipe.writerOpen) return outcome(moved);
          return nonblock ? outcome(-EAGAIN) : { on: [from.wait] };
        }
        const data = pipe.peek(length - moved);
        const result = writeTo(to, data, more);
        if (result === -EAGAIN && !nonblock && !to.nonblocking) return { on: [to.wait] };
        if (result < 0) return outcome(moved > 0 ? moved : result);
        pipe.consume(result);
        moved += result;
      }
      return outcome(moved);
    },
    interrupted: (errno) => outcome(moved > 0 ? moved : -errno),
  });
}

export function sendfile(process: Process, request: Request<"sendfile">): PendingCall {
  const from = process.file(request.in_fd);
  if (typeof from === "number") return process.done(from);
  if (!from.readable) return process.done(-EBADF);
  if (request.offset !== null && !(from instanceof RegularFile)) return process.done(-ESPIPE);
  if (request.count < 0 || (request.offset !== null && request.offset < 0)) return process.done(-EINVAL);
  const to = process.file(request.out_fd);
  if (typeof to === "number") return process.done(to);
  if (!to.writable) return process.done(-EBADF);
  const length = Math.min(request.count, MAX_RW_COUNT);
  if (to instanceof PipeEnd && (from instanceof RegularFile || from instanceof SocketFile)) {
    return intoPipe(process, from, to, length, from.nonblocking, to.nonblocking, request.offset);
  }
  if (!(from instanceof RegularFile) || (to instanceof EpollFile && length > 0)) return process.done(-EINVAL);
  const source = from;
  const stream = to instanceof SocketFile && to.sock.type === SOCK_STREAM;
  let moved = 0;
  let chunk = NOTHING;
  return process.start([from, to], {
    attempt: () => {
      while (moved < length) {
        if (chunk.length === 0) {
          const wanted = Math.min(length - moved, PIPE_CAPACITY);
          const read = request.offset === null ? source.read(wanted) : source.readAt(request.offset + moved, wanted);
          if (read.result <= 0) return outcome(moved > 0 ? moved : read.result);
          chunk = read.data;
        }
        const result = writeTo(to, chunk, stream && moved + chunk.length < length);
        if (result === -EAGAIN && !to.nonblocking) return { on: [to.wait] };
        if (result < 0) return outcome(moved > 0 ? moved : result);
        chunk = chunk.subarray(result);
        moved += result;
        if (to.nonblocking && chunk.length > 0) return outcome(moved);
      }
      return outcome(moved);
    },
    interrupted: (errno) => outcome(moved > 0 ? moved : -errno),
  });
}
