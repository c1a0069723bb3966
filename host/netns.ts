/**
 * Network namespaces (`network_namespaces(7)`) held by a file descriptor alone: when the process ends, in whatever
 * way, the kernel destroys them with all their devices. Needs `--allow-ffi` and CAP_SYS_ADMIN (root, or root of a user
 * namespace, see `userns.ts`).
 *
 * @module
 */

import { O_RDONLY } from "../abi/file_constants.ts";
import { check, SystemError } from "./errno.ts";
import { RouteSocket } from "./rtnetlink.ts";
import { close, getpid, must, open, syscall } from "./syscall.ts";

const CLONE_NEWNET = 0x40000000;

// setns and unshare change the calling thread only, and JavaScript stays on its thread.
let homeFd: number | undefined;
let currentFd: number | undefined;

function openCurrent(): number {
  return check(open("/proc/thread-self/ns/net", O_RDONLY), "open /proc/thread-self/ns/net");
}

function home(): number {
  return homeFd ??= openCurrent();
}

/** Runs `body` in the namespace of `fd` and comes back, also when `body` throws. Calls may nest. */
export function runInNamespace<T>(fd: number, body: () => T): T {
  const previous = currentFd ?? home();
  if (previous === fd) return body();
  check(syscall("setns", fd, CLONE_NEWNET), "setns", "entering a network namespace needs root of it");
  currentFd = fd;
  try {
    const result = body();
    if (result instanceof Promise) {
      throw new TypeError("The function run in a network namespace must be synchronous: the thread leaves it again.");
    }
    return result;
  } finally {
    currentFd = previous;
    check(syscall("setns", previous, CLONE_NEWNET), "setns", "going back to the previous network namespace");
  }
}

/** A network namespace. Dispose it, or let the process end, and the kernel destroys it once nothing uses it. */
export class NetworkNamespace implements Disposable {
  /** Descriptor that keeps it alive. */
  readonly fd: number;
  #open = true;

  /** Takes ownership of `fd`. */
  constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * Makes a new namespace with its loopback device up.
   *
   * @throws {SystemError} EPERM without the privilege; ENOSPC beyond `user.max_net_namespaces`
   */
  static create(options: { loopback?: boolean } = {}): NetworkNamespace {
    const before = currentFd ?? home();
    check(syscall("unshare", CLONE_NEWNET), "unshare(CLONE_NEWNET)", "a network namespace needs root");
    try {
      const namespace = new NetworkNamespace(openCurrent());
      if (options.loopback !== false) {
        using route = new RouteSocket();
        route.setLink("lo", { up: true });
      }
      return namespace;
    } finally {
      check(syscall("setns", before, CLONE_NEWNET), "setns", "going back to the previous network namespace");
    }
  }

  /** The namespace that the calling thread was in at first: usually the host's. */
  static home(): NetworkNamespace {
    return new NetworkNamespace(must("dup", home()));
  }

  /** The namespace that the calling thread is in now. */
  static current(): NetworkNamespace {
    return new NetworkNamespace(openCurrent());
  }

  /** Runs a synchronous function with the thread in this namespace; what it opens there stays there. */
  run<T>(body: () => T): T {
    if (!this.#open) throw new SystemError(9, "setns", "the network namespace is already closed");
    return runInNamespace(this.fd, body);
  }

  /** Path by which other processes can open it while this one lives: `nsenter --net=PATH`. */
  get path(): string {
    return `/proc/${getpid()}/fd/${this.fd}`;
  }

  /** Inode number: the same for the same namespace, as `lsns` lists it. */
  get inode(): number {
    const stat = new BigUint64Array(32);
    must("fstat", this.fd, stat);
    return Number(stat[1]!); // st_ino
  }

  /** Closes the descriptor. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.fd);
  }
}
