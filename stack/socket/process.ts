/**
 * What a system call works on: descriptors, capabilities, and what the stack hands in.
 *
 * @module
 */
import { CAP_NET_ADMIN } from "../../abi/capability_constants.ts";
import { EBADF, ENOTSOCK } from "../../abi/errno.ts";
import { InetSock } from "../inet/inet_sock.ts";
import type { Sock } from "../inet/sock.ts";
import type { Net } from "../net.ts";
import { FdTable } from "./fd_table.ts";
import type { File } from "./file.ts";
import { type CallRunner, type Operation, outcome, SettledCall } from "./pending.ts";
import type { ProtocolSwitch } from "./protosw.ts";
import type { FileProvider } from "./regular_file.ts";
import { SocketFile } from "./socket_file.ts";
import type { PendingCall, SystemCallOutcome } from "../../abi/system_call.ts";

/** The highest capability that Linux has. */
export const CAP_LAST = 40;

/** The one process that the stack serves. */
export class Process {
  readonly fds: FdTable;
  /** Effective capabilities that were taken away; the process starts as root. */
  readonly dropped: Set<number> = new Set();

  /** A process with no descriptors. */
  constructor(
    readonly net: Net,
    readonly runner: CallRunner,
    readonly protocols: ProtocolSwitch,
    readonly files: FileProvider,
    limit: number,
  ) {
    this.fds = new FdTable(limit);
  }

  /** Whether it has a capability. */
  capable(capability: number): boolean {
    return !this.dropped.has(capability);
  }

  /** The file behind a descriptor, or -EBADF. */
  file(fd: number): File | number {
    return this.fds.get(fd) ?? -EBADF;
  }

  /** The socket behind a descriptor, or -EBADF, -ENOTSOCK. `capability` is what its options will ask for. */
  socket(fd: number, capability = CAP_NET_ADMIN): SocketFile | number {
    const file = this.fds.get(fd);
    if (file === undefined) return -EBADF;
    if (!(file instanceof SocketFile)) return -ENOTSOCK;
    if (file.sock instanceof InetSock) file.sock.so.capable = this.capable(capability);
    return file;
  }

  /** A call that returned at once. */
  done(result: number, more: Partial<SystemCallOutcome> = {}): PendingCall {
    return new SettledCall(outcome(result, more));
  }

  /** Makes a call that may wait, keeping `files` open until it is over. */
  start(files: readonly File[], operation: Operation): PendingCall {
    for (const file of files) file.get();
    return this.runner.start({
      attempt: () => operation.attempt(),
      timeout_us: operation.timeout_us,
      ...(operation.timedOut === undefined ? {} : { timedOut: () => operation.timedOut!() }),
      ...(operation.interrupted === undefined ? {} : { interrupted: (errno) => operation.interrupted!(errno) }),
      finished: () => {
        operation.finished?.();
        for (const file of files) file.put();
      },
    });
  }

  /** Puts a new socket behind a new descriptor. */
  install(sock: Sock, nonblocking: boolean, cloexec: boolean): number {
    const file = new SocketFile(sock, nonblocking);
    const fd = this.fds.install(file, cloexec);
    if (fd < 0) file.put();
    return fd;
  }
}
