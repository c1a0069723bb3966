/**
 * A system call as data, so that the same call can be made on this stack, on the Linux kernel, or sent to another
 * process. Addresses, option values and control messages are octets in the Linux x86-64 ABI's layout.
 *
 * @module
 */

/** One element of a `pollfd` array. */
export interface PollFd {
  /** The descriptor. */
  readonly fd: number;
  /** `POLL*` bits asked for. */
  readonly events: number;
}

/** One `epoll_event`. `data` is the 64-bit data member. */
export interface EpollEvent {
  /** `EPOLL*` bits. */
  readonly events: number;
  /** The data member, whatever was put in. */
  readonly data: bigint;
}

/**
 * A system call with its arguments. `null` for octets is a null pointer. Where octets go in, `length` is the length
 * that the call is told, which may differ from what is there: what is missing reads as zeros, up to 256 MiB; a negative
 * or greater length goes with memory that can't be read or written. Where octets come out, `buffer: false` is a null
 * pointer.
 */
export type SystemCallRequest =
  | { readonly name: "socket"; readonly domain: number; readonly type: number; readonly protocol: number }
  | { readonly name: "bind"; readonly fd: number; readonly address: Uint8Array | null; readonly length: number }
  | { readonly name: "connect"; readonly fd: number; readonly address: Uint8Array | null; readonly length: number }
  | { readonly name: "listen"; readonly fd: number; readonly backlog: number }
  | { readonly name: "accept"; readonly fd: number; readonly flags: number }
  | { readonly name: "read"; readonly fd: number; readonly buffer: boolean; readonly length: number }
  | { readonly name: "write"; readonly fd: number; readonly data: Uint8Array | null; readonly length: number }
  | { readonly name: "readv"; readonly fd: number; readonly lengths: readonly number[] }
  | { readonly name: "writev"; readonly fd: number; readonly data: readonly Uint8Array[] }
  | {
    readonly name: "recvfrom";
    readonly fd: number;
    readonly buffer: boolean;
    readonly length: number;
    readonly flags: number;
    /** Whether the caller wants the source address. */
    readonly wantAddress: boolean;
  }
  | {
    readonly name: "sendto";
    readonly fd: number;
    readonly data: Uint8Array | null;
    readonly length: number;
    readonly flags: number;
    readonly address: Uint8Array | null;
    readonly address_length: number;
  }
  | {
    readonly name: "sendmsg";
    readonly fd: number;
    readonly address: Uint8Array | null;
    readonly data: readonly Uint8Array[];
    /** Raw control messages. */
    readonly control: Uint8Array | null;
    readonly flags: number;
  }
  | {
    readonly name: "recvmsg";
    readonly fd: number;
    readonly lengths: readonly number[];
    /** Room for the source address, octets. */
    readonly name_length: number;
    /** Room for control messages, octets. */
    readonly control_length: number;
    readonly flags: number;
  }
  | { readonly name: "fcntl"; readonly fd: number; readonly command: number; readonly argument: number }
  | {
    readonly name: "ioctl";
    readonly fd: number;
    readonly command: number;
    /** The int passed by pointer, or `null` for no third argument. */
    readonly argument: number | null;
  }
  | { readonly name: "close"; readonly fd: number }
  | { readonly name: "shutdown"; readonly fd: number; readonly how: number }
  | {
    readonly name: "getsockopt";
    readonly fd: number;
    readonly level: number;
    readonly option: number;
    /** The length passed in; that many zero octets are provided. */
    readonly length: number;
  }
  | {
    readonly name: "setsockopt";
    readonly fd: number;
    readonly level: number;
    readonly option: number;
    readonly value: Uint8Array | null;
    readonly length: number;
  }
  | { readonly name: "poll"; readonly fds: readonly PollFd[]; readonly timeout_ms: number }
  | { readonly name: "open"; readonly path: string; readonly flags: number }
  | {
    readonly name: "sendfile";
    readonly out_fd: number;
    readonly in_fd: number;
    /** The offset passed by pointer, or `null`. */
    readonly offset: number | null;
    readonly count: number;
  }
  | { readonly name: "epoll_create"; readonly size: number }
  | {
    readonly name: "epoll_ctl";
    readonly epfd: number;
    readonly operation: number;
    readonly fd: number;
    readonly event: EpollEvent | null;
  }
  | { readonly name: "epoll_wait"; readonly epfd: number; readonly max_events: number; readonly timeout_ms: number }
  | { readonly name: "pipe" }
  | {
    readonly name: "splice";
    readonly fd_in: number;
    readonly offset_in: number | null;
    readonly fd_out: number;
    readonly offset_out: number | null;
    readonly length: number;
    readonly flags: number;
  }
  | { readonly name: "getsockname"; readonly fd: number; readonly length: number }
  | { readonly name: "getpeername"; readonly fd: number; readonly length: number }
  | {
    readonly name: "cap_set";
    /** `CAP_EFFECTIVE` 0, `CAP_PERMITTED` 1, `CAP_INHERITABLE` 2. */
    readonly set: number;
    readonly capability: number;
    /** `CAP_CLEAR` 0, `CAP_SET` 1. */
    readonly operation: number;
  };

/** What a system call did. */
export interface SystemCallOutcome {
  /** The return value; -1 on failure. */
  readonly result: number;
  /** errno, 0 unless the call failed. */
  readonly errno: number;
  /** Octets read, the option's value (as long as the returned length), or the int an ioctl wrote (4 octets). */
  readonly data?: Uint8Array | undefined;
  /** `sockaddr` that was filled in. */
  readonly address?: Uint8Array | undefined;
  /** `msg_flags` after `recvmsg`. */
  readonly msg_flags?: number | undefined;
  /** Raw control messages after `recvmsg`. */
  readonly control?: Uint8Array | undefined;
  /** `revents` of each `pollfd`. */
  readonly revents?: readonly number[] | undefined;
  /** Events that `epoll_wait` returned. */
  readonly events?: readonly EpollEvent[] | undefined;
  /** The two ends that `pipe` made. */
  readonly fds?: readonly [number, number] | undefined;
}

/** A call that was made; it may have returned at once or be waiting. */
export interface PendingCall {
  /** What it did, once it has returned. */
  readonly outcome: SystemCallOutcome | undefined;
  /** Calls `settled` when the call returns, at once if it has. */
  onSettled(settled: (outcome: SystemCallOutcome) => void): void;
  /** Makes a waiting call return -1 with this errno (EINTR unless said otherwise). */
  cancel(errno?: number): void;
}
