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

/** What makes each call. */
type Calls = {
  readonly [Name in SystemCallRequest["name"]]: (
    process: Process,
    request: Extract<SystemCallRequest, { readonly name: Name }>,
  ) => PendingCall;
};

const CALLS: Calls = Object.freeze<Calls>({
  socket: sockets.socket,
  bind: sockets.bind,
  connect: sockets.connect,
  listen: sockets.listen,
  accept: sockets.accept,
  shutdown: sockets.shutdown,
  close: sockets.close,
  getsockname: sockets.getsockname,
  getpeername: sockets.getpeername,
  getsockopt: sockets.getsockopt,
  setsockopt: sockets.setsockopt,
  cap_set: sockets.cap_set,
  read: io.read,
  readv: io.readv,
  write: io.write,
  writev: io.writev,
  recvfrom: io.recvfrom,
  recvmsg: io.recvmsg,
  sendto: io.sendto,
  sendmsg: io.sendmsg,
  poll: polling.poll,
  epoll_create: polling.epoll_create,
  epoll_ctl: polling.epoll_ctl,
  epoll_wait: polling.epoll_wait,
  fcntl: fd.fcntl,
  ioctl: fd.ioctl,
  open: fd.open,
  pipe: fd.pipe,
  splice: transfer.splice,
  sendfile: transfer.sendfile,
});

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
    // Each call is found by the name that its request has, and so is given requests of its own kind.
    const make = CALLS[request.name] as (process: Process, request: SystemCallRequest) => PendingCall;
    return make(this.process, request);
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
