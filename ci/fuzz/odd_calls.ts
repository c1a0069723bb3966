/**
 * System calls with odd arguments, for property tests and fuzzing: every call of the language, with numbers that are
 * negative, huge or zero, descriptors of the wrong kind, unknown levels, options and flags, odd structures and vectors.
 *
 * @module
 */
import { F_DUPFD, F_DUPFD_CLOEXEC } from "../../abi/file_constants.ts";
import fc from "fast-check";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";

/** Which slots the descriptors that calls make go into, see {@link Slots}. */
const SOCKETS = [0, 1, 2, 3, 4, 5] as const;
const PIPES = [6, 7, 8, 9] as const;
const FILES = [10, 11] as const;
const EPOLLS = [12, 13] as const;
const SLOTS = 14;
const NO_DESCRIPTORS = [-1, 63, 1023, 1024, 0x7fffffff, -0x80000000] as const;

const fd = fc.oneof({ weight: 12, arbitrary: fc.nat(SLOTS - 1) }, {
  weight: 1,
  arbitrary: fc.constantFrom(...NO_DESCRIPTORS),
});
const mostly = (slots: readonly number[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...slots) }, { weight: 1, arbitrary: fd });
const socketFd = mostly(SOCKETS);
const epollFd = mostly(EPOLLS);

const EDGES = [
  0,
  -1,
  1,
  2,
  -2,
  -5,
  3,
  4,
  5,
  7,
  8,
  12,
  15,
  16,
  20,
  28,
  40,
  88,
  127,
  128,
  129,
  255,
  256,
  536,
  1024,
] as const;
const LARGE = [1460, 4096, 65535, 65536, 0x7fff, 1 << 20, 0x7ffff000, 0x7fffffff, -0x80000000, -0x7fffffff] as const;

/** Numbers that programs get wrong. */
const odd = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 2, arbitrary: fc.constantFrom(...LARGE) },
  { weight: 1, arbitrary: fc.integer() },
);
const octets = fc.oneof(
  fc.constantFrom(0, 4, 8, 12, 16, 20, 28, 32, 128).map((length) => new Uint8Array(length)),
  fc.uint8Array({ maxLength: 140 }),
  fc.array(odd, { maxLength: 6 }).map((numbers) => new Uint8Array(Int32Array.from(numbers).buffer)),
);
const maybeOctets = fc.oneof({ weight: 6, arbitrary: octets }, { weight: 1, arbitrary: fc.constant(null) });

/** What an address argument may be, made by whoever knows the addresses of the world. */
export type AddressArbitrary = fc.Arbitrary<Uint8Array | null>;

const flags = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(0, 0x40, 0x42, 0x60, 0x2040, 0x8040, 0x20000040, 0x4000040, 0x4040) },
  { weight: 1, arbitrary: odd },
);
const level = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(0, 1, 6, 17, 41) },
  { weight: 1, arbitrary: fc.constantFrom(2, 58, 136, 255, 262, 263, -1) },
);
const option = fc.oneof({ weight: 8, arbitrary: fc.nat(90) }, { weight: 1, arbitrary: odd });
const lengths = fc.array(fc.oneof({ weight: 8, arbitrary: fc.nat(100) }, { weight: 1, arbitrary: odd }), {
  maxLength: 5,
});
/** An argument and the length that the call is told, mostly the right one. */
const told = <K extends string, L extends string>(key: K, length: L, value: fc.Arbitrary<Uint8Array | null>) =>
  fc.tuple(value, fc.nat(3), odd).map(([octets, right, wrong]) =>
    ({ [key]: octets, [length]: right > 0 ? octets?.length ?? 0 : wrong }) as
      & Record<K, Uint8Array | null>
      & Record<L, number>
  );
const pieces = fc.record({ data: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }) });
const timeout = fc.constantFrom(0, 0, 0, 1, 5);
const events = fc.oneof(fc.nat(0x2fff), odd);
const epollEvent = fc.option(
  fc.record({ events: fc.oneof(fc.nat(0x3fff), fc.nat(0xffffffff)), data: fc.bigInt(0n, (1n << 64n) - 1n) }),
  { freq: 8 },
);
const control = fc.option(
  fc.array(
    fc.record({ length: odd, level, type: fc.oneof(fc.nat(80), odd), data: fc.uint8Array({ maxLength: 48 }) }),
    { maxLength: 3 },
  ).map(controlBytes),
  { freq: 2 },
);

interface ControlSpec {
  readonly length: number;
  readonly level: number;
  readonly type: number;
  readonly data: Uint8Array;
}

/** Control messages; every second one tells its true length. */
function controlBytes(messages: readonly ControlSpec[]): Uint8Array {
  const parts = messages.map(({ length, level, type, data }, i) => {
    const bytes = new Uint8Array(16 + ((data.length + 7) & ~7));
    const view = new DataView(bytes.buffer);
    view.setBigInt64(0, BigInt(i % 2 === 0 ? 16 + data.length : length), true);
    view.setInt32(8, level, true);
    view.setInt32(12, type, true);
    bytes.set(data, 16);
    return bytes;
  });
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** What may differ from one place that calls are made in to another. */
export interface CallKinds {
  /** Addresses of `bind`, `connect` and the calls that send. */
  readonly address: AddressArbitrary;
  /** Domains, types and protocols of sockets. */
  readonly domain: fc.Arbitrary<number>;
  /** Added to the type of each socket: `SOCK_NONBLOCK` where no call shall wait. */
  readonly typeFlags: number;
  readonly path: fc.Arbitrary<string>;
  /** Requests of `ioctl`. */
  readonly request: fc.Arbitrary<number>;
  /** Longest time that `poll` and `epoll_wait` are given, ms. */
  readonly timeout?: fc.Arbitrary<number>;
}

type Arbitraries = {
  readonly [N in SystemCallRequest["name"]]: fc.Arbitrary<Omit<Extract<SystemCallRequest, { name: N }>, "name">>;
};

function arbitraries(kinds: CallKinds): Arbitraries {
  const { address } = kinds;
  const timeout_ms = kinds.timeout ?? timeout;
  const type = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(1, 2) }, {
    weight: 1,
    arbitrary: fc.constantFrom(0, 3, 4, 5, 6, 11, 0x10, 0x40000000),
  }).map((type) => type | kinds.typeFlags);
  const protocol = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 6, 17) }, {
    weight: 1,
    arbitrary: fc.constantFrom(1, 58, 255, 256, -1, 4, 41),
  });
  return {
    socket: fc.record({ domain: kinds.domain, type, protocol }),
    bind: fc.tuple(socketFd, told("address", "length", address)).map(([fd, rest]) => ({ fd, ...rest })),
    connect: fc.tuple(socketFd, told("address", "length", address)).map(([fd, rest]) => ({ fd, ...rest })),
    listen: fc.record({ fd: socketFd, backlog: fc.oneof(fc.constant(5), odd) }),
    accept: fc.record({
      fd: socketFd,
      flags: fc.oneof(fc.constant(0x800), odd.map((flags) => flags | kinds.typeFlags)),
    }),
    read: fc.record({ fd, buffer: fc.boolean(), length: odd }),
    write: fc.tuple(fd, told("data", "length", maybeOctets)).map(([fd, rest]) => ({ fd, ...rest })),
    readv: fc.record({ fd, lengths }),
    writev: fc.tuple(fd, pieces).map(([fd, rest]) => ({ fd, ...rest })),
    recvfrom: fc.record({ fd: socketFd, buffer: fc.boolean(), length: odd, flags, wantAddress: fc.boolean() }),
    sendto: fc.tuple(socketFd, told("data", "length", maybeOctets), flags, told("address", "address_length", address))
      .map(([fd, data, flags, to]) => ({ fd, ...data, flags, ...to })),
    sendmsg: fc.tuple(socketFd, pieces, flags, address, control)
      .map(([fd, data, flags, address, control]) => ({ fd, ...data, flags, address, control })),
    recvmsg: fc.record({ fd: socketFd, lengths, name_length: odd, control_length: odd, flags }),
    fcntl: fc.record({ fd, command: fc.oneof(fc.nat(4), fc.constantFrom(1030, 1031, 1032), odd), argument: odd }),
    ioctl: fc.record({ fd, command: kinds.request, argument: fc.constantFrom(null, 0, 1, -1) }),
    close: fc.record({ fd }),
    shutdown: fc.record({ fd: socketFd, how: fc.oneof(fc.nat(2), odd) }),
    getsockopt: fc.record({ fd: socketFd, level, option, length: odd }),
    setsockopt: fc.tuple(socketFd, level, option, told("value", "length", maybeOctets))
      .map(([fd, level, option, value]) => ({ fd, level, option, ...value })),
    poll: fc.record({ fds: fc.array(fc.record({ fd, events }), { maxLength: 5 }), timeout_ms }),
    open: fc.record({ path: kinds.path, flags: fc.oneof(fc.constantFrom(0, 0x800), odd).map((f) => f & ~0o0100) }),
    sendfile: fc.record({ out_fd: fd, in_fd: fd, offset: fc.option(odd), count: odd }),
    epoll_create: fc.record({ size: fc.oneof(fc.constant(1), odd) }),
    epoll_ctl: fc.record({ epfd: epollFd, operation: fc.oneof(fc.constant(1), fc.nat(4), odd), fd, event: epollEvent }),
    epoll_wait: fc.record({ epfd: epollFd, max_events: odd, timeout_ms }),
    pipe: fc.constant({}),
    splice: fc.record({
      fd_in: fd,
      offset_in: fc.option(odd, { freq: 3 }),
      fd_out: fd,
      offset_out: fc.option(odd, { freq: 3 }),
      length: odd,
      flags: fc.oneof(fc.constantFrom(2, 3, 0), odd),
    }),
    getsockname: fc.record({ fd: socketFd, length: odd }),
    getpeername: fc.record({ fd: socketFd, length: odd }),
    cap_set: fc.record({ set: fc.oneof(fc.nat(2), odd), capability: odd, operation: fc.oneof(fc.nat(1), odd) }),
  };
}

/** Calls that make and connect descriptors come oftener, so that the others meet some. */
const WEIGHTS: Partial<Record<SystemCallRequest["name"], number>> = {
  socket: 4,
  bind: 4,
  connect: 4,
  listen: 3,
  accept: 3,
  pipe: 2,
  epoll_create: 2,
  epoll_ctl: 3,
  epoll_wait: 2,
  setsockopt: 4,
  getsockopt: 3,
  sendto: 3,
  recvfrom: 3,
};

/** Any call of the language. Descriptors below {@link SLOTS} are to be replaced, see {@link Slots}. */
export function oddCall(kinds: CallKinds): fc.Arbitrary<SystemCallRequest> {
  const entries = Object.entries(arbitraries(kinds)) as [SystemCallRequest["name"], fc.Arbitrary<object>][];
  return fc.oneof(
    ...entries.map(([name, arbitrary]) => ({
      weight: WEIGHTS[name] ?? 1,
      arbitrary: arbitrary.map((rest) => ({ ...rest, name }) as SystemCallRequest),
    })),
  );
}

/** The live descriptors that slots stand for: each kind that calls make has its own, used in turn. */
export class Slots {
  readonly #live: (number | undefined)[] = [];
  readonly #used = new Map<readonly number[], number>();

  #of(fd: number): number {
    return fd >= 0 && fd < SLOTS ? this.#live[fd] ?? NONE : fd;
  }

  /** The call with live descriptors in it. */
  resolve(request: SystemCallRequest): SystemCallRequest {
    if (request.name === "poll") {
      return { ...request, fds: request.fds.map((one) => ({ ...one, fd: this.#of(one.fd) })) };
    }
    const resolved: Record<string, unknown> = { ...request };
    for (const key of ["fd", "epfd", "out_fd", "in_fd", "fd_in", "fd_out"]) {
      const value = resolved[key];
      if (typeof value === "number") resolved[key] = this.#of(value);
    }
    return resolved as unknown as SystemCallRequest;
  }

  /** Takes up what a call made. Returns the descriptors that had to make room, which are to be closed. */
  made(request: SystemCallRequest, outcome: SystemCallOutcome): number[] {
    if (outcome.result < 0) return [];
    const slots = slotsOf(request);
    if (slots === undefined) return [];
    return (request.name === "pipe" ? outcome.fds ?? [] : [outcome.result]).flatMap((fd) => {
      const turn = this.#used.get(slots) ?? 0;
      this.#used.set(slots, turn + 1);
      const slot = slots[turn % slots.length]!;
      const before = this.#live[slot];
      this.#live[slot] = fd;
      return before === undefined ? [] : [before];
    });
  }
}

/** A descriptor that is not open. */
const NONE = 1022;

function slotsOf(request: SystemCallRequest): readonly number[] | undefined {
  switch (request.name) {
    case "socket":
    case "accept":
      return SOCKETS;
    case "pipe":
      return PIPES;
    case "open":
      return FILES;
    case "epoll_create":
      return EPOLLS;
    case "fcntl":
      return request.command === F_DUPFD || request.command === F_DUPFD_CLOEXEC ? FILES : undefined;
    default:
      return undefined;
  }
}
