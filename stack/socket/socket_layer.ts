/**
 * The system calls of one stack.
 *
 * @module
 */
import type { Net } from "../net.ts";
import * as fd from "./calls_fd.ts";
import * as io from "./calls_io.ts";
import * as polling from "./calls_poll.ts";
import * as sockets from "./calls_socket.ts";
import * as transfer from "./calls_transfer.ts";
import { CallRunner } from "./pending.ts";
import { Process } from "./process.ts";
import { ProtocolSwitch } from "./protosw.ts";
import { type FileProvider, MemoryFiles } from "./regular_file.ts";
import type { PendingCall, SystemCallRequest } from "../../abi/system_call.ts";

/** What a socket layer is made from. */
export interface SocketLayerOptions {
  /** Where `open` finds files; default: `/dev/zero`, `/dev/null` and what calls create in memory. */
  readonly files?: FileProvider | undefined;
  /** Descriptors from 0 that one may have open (`RLIMIT_NOFILE`), default 1024. */
  readonly limit?: number | undefined;
}

/**
 * The POSIX layer of one stack: descriptors, and system calls as data. No call blocks: one that has to wait returns a
 * {@link PendingCall} that settles while the stack runs.
 */
export class SocketLayer {
  /** Kinds of sockets; transports register here. */
  readonly protocols: ProtocolSwitch = new ProtocolSwitch();
  /** The process whose calls these are. */
  readonly process: Process;
  private readonly runner: CallRunner;

  /** A layer with no sockets. */
  constructor(net: Net, options: SocketLayerOptions = {}) {
    this.runner = new CallRunner(net);
    this.process = new Process(
      net,
      this.runner,
      this.protocols,
      options.files ?? new MemoryFiles(),
      options.limit ?? 1024,
    );
  }

  /** Makes a system call. */
  call(request: SystemCallRequest): PendingCall {
    const process = this.process;
    switch (request.name) {
      case "socket":
        return sockets.socket(process, request);
      case "bind":
        return sockets.bind(process, request);
      case "connect":
        return sockets.connect(process, request);
      case "listen":
        return sockets.listen(process, request);
      case "accept":
        return sockets.accept(process, request);
      case "shutdown":
        return sockets.shutdown(process, request);
      case "close":
        return sockets.close(process, request);
      case "getsockname":
        return sockets.getsockname(process, request);
      case "getpeername":
        return sockets.getpeername(process, request);
      case "getsockopt":
        return sockets.getsockopt(process, request);
      case "setsockopt":
        return sockets.setsockopt(process, request);
      case "cap_set":
        return sockets.cap_set(process, request);
      case "read":
        return io.read(process, request);
      case "readv":
        return io.readv(process, request);
      case "write":
        return io.write(process, request);
      case "writev":
        return io.writev(process, request);
      case "recvfrom":
        return io.recvfrom(process, request);
      case "recvmsg":
        return io.recvmsg(process, request);
      case "sendto":
        return io.sendto(process, request);
      case "sendmsg":
        return io.sendmsg(process, request);
      case "poll":
        return polling.poll(process, request);
      case "epoll_create":
        return polling.epoll_create(process, request);
      case "epoll_ctl":
        return polling.epoll_ctl(process, request);
      case "epoll_wait":
        return polling.epoll_wait(process, request);
      case "fcntl":
        return fd.fcntl(process, request);
      case "ioctl":
        return fd.ioctl(process, request);
      case "open":
        return fd.open(process, request);
      case "pipe":
        return fd.pipe(process);
      case "splice":
        return transfer.splice(process, request);
      case "sendfile":
        return transfer.sendfile(process, request);
    }
  }

  /** Runs calls that a wake-up has made runnable; the stack's timers do it too. */
  runReady(): void {
    this.runner.run();
  }

  /** Closes every descriptor, as the end of a process does. */
  closeAll(): void {
    for (const descriptor of this.process.fds.fds()) this.process.fds.remove(descriptor)?.put();
  }
}
