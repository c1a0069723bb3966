/**
 * fcntl, ioctl, open and pipe.
 *
 * @module
 */
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_GETSIG,
  F_SETFD,
  F_SETFL,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_SETSIG,
  FD_CLOEXEC,
  O_APPEND,
  O_ASYNC,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECT,
  O_EXCL,
  O_LARGEFILE,
  O_NOATIME,
  O_NONBLOCK,
  O_TRUNC,
} from "../../abi/file_constants.ts";
import { FIONBIO } from "../../abi/ioctl_constants.ts";
import { int } from "../../abi/memory.ts";
import { EBADF, EFAULT, EINVAL, EMFILE } from "../../abi/errno.ts";
import type { Request } from "./calls_socket.ts";
import { EpollFile } from "./epoll.ts";
import { Pipe, PIPE_CAPACITY, PipeEnd } from "./pipe.ts";
import type { Process } from "./process.ts";
import { RegularFile } from "./regular_file.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall } from "../../abi/system_call.ts";

/** Locks, owners and hints: their argument is a pointer, which no number is. */
const POINTER_COMMANDS: ReadonlySet<number> = new Set([5, 6, 7, 15, 16, 36, 37, 38, 1035, 1036, 1037, 1038]);
const SETFL_MASK = O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME;
/** Flags of `open` that F_GETFL does not show. */
const OPEN_ONLY = O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC;

export function fcntl(process: Process, request: Request<"fcntl">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  const argument = request.argument;
  switch (request.command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: {
      if (argument < 0 || argument >= process.fds.limit) return process.done(-EINVAL);
      const fd = process.fds.install(file.get(), request.command === F_DUPFD_CLOEXEC, argument);
      if (fd < 0) file.put();
      return process.done(fd);
    }
    case F_GETFD:
      return process.done(process.fds.cloexec(request.fd) === true ? FD_CLOEXEC : 0);
    case F_SETFD:
      process.fds.setCloexec(request.fd, (argument & FD_CLOEXEC) !== 0);
      return process.done(0);
    case F_GETFL:
      return process.done(file.flags);
    case F_SETFL:
      if ((argument & O_DIRECT) !== 0 && (file instanceof SocketFile || file instanceof EpollFile)) {
        return process.done(-EINVAL);
      }
      file.flags = (file.flags & ~SETFL_MASK) | (argument & SETFL_MASK);
      return process.done(0);
    case F_GETOWN:
    case F_GETSIG:
    case F_SETOWN:
    case F_SETSIG:
      return process.done(0);
    case F_GETPIPE_SZ:
      return process.done(file instanceof PipeEnd ? PIPE_CAPACITY : -EBADF);
    case F_SETPIPE_SZ:
      return process.done(file instanceof PipeEnd ? -EINVAL : -EBADF);
    default:
      return process.done(POINTER_COMMANDS.has(request.command) ? -EFAULT : -EINVAL);
  }
}

export function ioctl(process: Process, request: Request<"ioctl">): PendingCall {
  const file = process.file(request.fd);
  if (typeof file === "number") return process.done(file);
  if (request.command === FIONBIO) {
    if (request.argument === null) return process.done(-EFAULT);
    file.flags = request.argument !== 0 ? file.flags | O_NONBLOCK : file.flags & ~O_NONBLOCK;
    return process.done(0, { data: int(request.argument) });
  }
  const value = file.ioctl(request.command);
  if (typeof value === "number") return process.done(value);
  return request.argument === null ? process.done(-EFAULT) : process.done(0, { data: int(value.value) });
}

export function open(process: Process, request: Request<"open">): PendingCall {
  // A path ends at its first zero octet.
  const provided = process.files.open(request.path.split("\0", 1)[0]!, request.flags);
  if (typeof provided === "number") return process.done(provided);
  const file = new RegularFile(provided, (request.flags & ~OPEN_ONLY) | O_LARGEFILE);
  const fd = process.fds.install(file, (request.flags & O_CLOEXEC) !== 0);
  if (fd < 0) file.put();
  return process.done(fd);
}

export function pipe(process: Process): PendingCall {
  const { reader, writer } = new Pipe();
  const read = process.fds.install(reader);
  const write = read < 0 ? read : process.fds.install(writer);
  if (write >= 0) return process.done(0, { fds: [read, write] });
  if (read >= 0) process.fds.remove(read);
  reader.put();
  writer.put();
  return process.done(-EMFILE);
}
