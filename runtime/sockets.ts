/**
 * Sockets of a stack for programs: promises over its system calls.
 *
 * @module
 */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  SHUT_WR,
  SO_LINGER,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../abi/socket_constants.ts";
import { decodeSockaddrIn, decodeSockaddrIn6 } from "../stack/inet/sockaddr.ts";
import { int } from "../abi/memory.ts";
import { sockaddrFamily } from "../abi/sockaddr.ts";
import { IPV6_V6ONLY } from "../abi/ip_constants.ts";
import { ECANCELED, ETIMEDOUT } from "../abi/errno.ts";
import { sockaddr as sockaddrOf } from "../stack/socket/posix.ts";
import type { PendingCall, SystemCallOutcome, SystemCallRequest } from "../abi/system_call.ts";
import { IpAddress } from "../stack/wire/address.ts";
import { SocketError } from "./socket_error.ts";

/** Octets that one {@link StreamSocket.recv} asks for unless told. */
const DEFAULT_RECV = 262_144;
/** Largest UDP payload. */
const MAX_DATAGRAM = 65_535;

/** Who makes system calls: a `StackDriver`, or a stack's `sockets` where something else drives it. */
export interface SystemCaller {
  /** Makes a system call; it settles now or while the stack runs. */
  call(request: SystemCallRequest): PendingCall;
}

/** Address and port. */
export interface Endpoint {
  /** Text form, e.g. `10.77.0.2` or `fd77::2`. */
  readonly address: string;
  /** Port, 0 for none. */
  readonly port: number;
}

/** Reads a `sockaddr_in` or `sockaddr_in6`. */
export function endpointOf(bytes: Uint8Array | undefined): Endpoint {
  if (bytes === undefined || bytes.length < 2) return { address: "::", port: 0 };
  const { address, port } = sockaddrFamily(bytes) === AF_INET6 ? decodeSockaddrIn6(bytes) : decodeSockaddrIn(bytes);
  // A client of IPv4 at an IPv6 socket reads as what it is.
  return { address: address.toString().replace(/^::ffff:(?=\d+\.)/, ""), port };
}

/** `10.77.0.2:80`, `[fd77::2]:80`. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Throws `RangeError` for what is no port: only its low 16 bits would be used. */
function sockaddr(address: string, port: number): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`${port} is no port: expected an integer from 0 to 65535`);
  }
  return sockaddrOf(address, port);
}

/** A descriptor and its calls under way, which end when it is closed. */
class Descriptor {
  readonly #waiting = new Set<PendingCall>();
  readonly #fd: number;
  open = true;

  constructor(readonly caller: SystemCaller, fd: number) {
    this.#fd = fd;
  }

  /** The number; -1 once closed, since another socket may have it then. */
  get fd(): number {
    return this.open ? this.#fd : -1;
  }

  /** A call that returns at once; throws {@link SocketError}. */
  now(request: SystemCallRequest, what: string): SystemCallOutcome {
    if (!this.open) throw new SocketError(ECANCELED, what);
    const { outcome } = this.caller.call(request);
    if (outcome === undefined) throw new TypeError(`${what} was expected to return at once`);
    if (outcome.result < 0) throw new SocketError(outcome.errno, what);
    return outcome;
  }

  /** A call that may wait; rejects with {@link SocketError}. */
  wait(request: SystemCallRequest, what: string): Promise<SystemCallOutcome> {
    if (!this.open) return Promise.reject(new SocketError(ECANCELED, what));
    const call = this.caller.call(request);
    return new Promise((resolve, reject) => {
      const settle = (outcome: SystemCallOutcome) => {
        this.#waiting.delete(call);
        if (outcome.result < 0) reject(new SocketError(outcome.errno, what));
        else resolve(outcome);
      };
      if (call.outcome !== undefined) return settle(call.outcome);
      this.#waiting.add(call);
      call.onSettled(settle);
    });
  }

  /** Makes all that waits fail with `errno`. */
  cancel(errno: number): void {
    for (const call of [...this.#waiting]) call.cancel(errno);
  }

  close(): void {
    if (!this.open) return;
    this.cancel(ECANCELED);
    this.caller.call({ name: "close", fd: this.#fd });
    this.open = false;
  }

  setInt(level: number, option: number, value: number, what: string): void {
    this.now({ name: "setsockopt", fd: this.fd, level, option, value: int(value), length: 4 }, what);
  }
}

/** A TCP connection. */
export class StreamSocket implements Disposable {
  /** The other end. */
  readonly peer: Endpoint;
  readonly #descriptor: Descriptor;

  /** Wraps a connected descriptor; programs get one from {@link Sockets.connect} or {@link StreamListener.accept}. */
  constructor(caller: SystemCaller, fd: number, peer: Endpoint) {
    this.#descriptor = new Descriptor(caller, fd);
    this.peer = peer;
  }

  /** The descriptor, for options that have no method here; -1 once closed. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** This end. */
  get local(): Endpoint {
    return endpointOf(
      this.#descriptor.now({ name: "getsockname", fd: this.fd, length: 128 }, "getsockname").address,
    );
  }

  /** What has arrived, at least one octet and at most `length`; `undefined` once the peer has finished. */
  async recv(length: number = DEFAULT_RECV): Promise<Uint8Array | undefined> {
    const request: SystemCallRequest = { name: "read", fd: this.fd, buffer: true, length };
    const { data } = await this.#descriptor.wait(request, "recv");
    return data === undefined || data.length === 0 ? undefined : data;
  }

  /** Sends all of `data`: resolves when the stack has taken it, which is before the peer has it. */
  async send(data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length;) {
      const rest = at === 0 ? data : data.subarray(at);
      const request: SystemCallRequest = { name: "write", fd: this.fd, data: rest, length: rest.length };
      at += (await this.#descriptor.wait(request, "send")).result;
    }
  }

  /** Tells the peer that nothing follows; receiving goes on. */
  finish(): void {
    this.#descriptor.now({ name: "shutdown", fd: this.fd, how: SHUT_WR }, "shutdown");
  }

  /** Closes it in order: what was sent still arrives. Calls that wait reject with ECANCELED. */
  close(): void {
    this.#descriptor.close();
  }

  /** Gives up: the peer gets a reset, what was not yet sent is gone. */
  reset(): void {
    if (!this.#descriptor.open) return;
    const value = new Uint8Array([...int(1), ...int(0)]);
    const request: SystemCallRequest = {
      name: "setsockopt",
      fd: this.fd,
      level: SOL_SOCKET,
      option: SO_LINGER,
      value,
      length: value.length,
    };
    this.#descriptor.now(request, "SO_LINGER");
    this.#descriptor.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A TCP socket that takes connections. */
export class StreamListener implements Disposable {
  readonly #descriptor: Descriptor;
  readonly #caller: SystemCaller;

  /** Wraps a listening descriptor; programs get one from {@link Sockets.listen}. */
  constructor(caller: SystemCaller, fd: number) {
    this.#caller = caller;
    this.#descriptor = new Descriptor(caller, fd);
  }

  /** Where it listens. */
  get local(): Endpoint {
    const { fd } = this.#descriptor;
    return endpointOf(this.#descriptor.now({ name: "getsockname", fd, length: 128 }, "getsockname").address);
  }

  /** The next connection. Rejects with ECANCELED once the listener is closed. */
  async accept(): Promise<StreamSocket> {
    const { result, address } = await this.#descriptor.wait(
      { name: "accept", fd: this.#descriptor.fd, flags: 0 },
      "accept",
    );
    return new StreamSocket(this.#caller, result, endpointOf(address));
  }

  /** Stops listening; connections not yet accepted are reset. */
  close(): void {
    this.#descriptor.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** A datagram and where it came from. */
export interface Datagram extends Endpoint {
  /** Its payload. */
  readonly data: Uint8Array;
}

/** A socket that sends and receives datagrams: UDP, or ICMP echo. */
export class DatagramSocket implements Disposable {
  readonly #descriptor: Descriptor;
  readonly #family: 4 | 6;

  /** Wraps a descriptor of a socket of `family`; programs get one from {@link Sockets.datagram}. */
  constructor(caller: SystemCaller, fd: number, family: 4 | 6) {
    this.#descriptor = new Descriptor(caller, fd);
    this.#family = family;
  }

  /** The descriptor, for options that have no method here; -1 once closed. */
  get fd(): number {
    return this.#descriptor.fd;
  }

  /** Where it is bound. */
  get local(): Endpoint {
    const request: SystemCallRequest = { name: "getsockname", fd: this.fd, length: 128 };
    return endpointOf(this.#descriptor.now(request, "getsockname").address);
  }

  /** The next datagram. An ICMP error about an earlier one rejects, e.g. with ECONNREFUSED on a connected socket. */
  async recv(length: number = MAX_DATAGRAM): Promise<Datagram> {
    const { data, address } = await this.#descriptor.wait(
      { name: "recvfrom", fd: this.fd, buffer: true, length, flags: 0, wantAddress: true },
      "recv",
    );
    return { data: data ?? new Uint8Array(0), ...endpointOf(address) };
  }

  /** Sends one datagram, to the connected peer unless `to` is given. */
  async send(data: Uint8Array, to?: Endpoint): Promise<void> {
    const address = to === undefined ? null : sockaddr(mapped(to.address, this.#family), to.port);
    await this.#descriptor.wait({
      name: "sendto",
      fd: this.fd,
      data,
      length: data.length,
      flags: 0,
      address,
      address_length: address?.length ?? 0,
    }, to === undefined ? "send" : `send to ${formatEndpoint(to)}`);
  }

  /** Makes calls that wait reject with `errno`. */
  cancel(errno: number = ECANCELED): void {
    this.#descriptor.cancel(errno);
  }

  /** Closes it. Calls that wait reject with ECANCELED. */
  close(): void {
    this.#descriptor.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** An IPv4 address for an IPv6 socket is an IPv4-mapped one. */
function mapped(address: string, family: 4 | 6): string {
  return family === 6 && !address.includes(":") ? `::ffff:${address}` : address;
}

/** How to connect. */
export interface ConnectOptions extends Endpoint {
  /** Gives up with ETIMEDOUT after this, ms. Without it, the stack's own patience (about two minutes). */
  readonly timeout_ms?: number;
}

/** How to listen or bind. */
export interface BindOptions {
  /** Default `::`, which is both families. */
  readonly address?: string;
  /** 0 lets the stack choose. */
  readonly port: number;
}

/**
 * The sockets of one stack.
 *
 * @example An echo over loopback
 * ```ts
 * import { Stack } from "../stack/stack.ts";
 * import { Sockets } from "./sockets.ts";
 *
 * const stack = new Stack();
 * const sockets = new Sockets(stack.sockets);
 * const server = sockets.datagram({ address: "127.0.0.1", port: 7 });
 * const client = sockets.datagram({ address: "127.0.0.1", port: 0 });
 * await client.send(new Uint8Array([1, 2, 3]), { address: "127.0.0.1", port: 7 });
 * stack.poll(1);
 * if ((await server.recv()).data.length !== 3) throw new Error("nothing came");
 * ```
 */
export class Sockets {
  readonly #caller: SystemCaller;

  /** Sockets whose calls `caller` makes. */
  constructor(caller: SystemCaller) {
    this.#caller = caller;
  }

  #socket(family: 4 | 6, type: number, protocol = 0): Descriptor {
    const domain = family === 6 ? AF_INET6 : AF_INET;
    const { outcome } = this.#caller.call({ name: "socket", domain, type, protocol });
    if (outcome === undefined || outcome.result < 0) throw new SocketError(outcome?.errno ?? 0, "socket");
    return new Descriptor(this.#caller, outcome.result);
  }

  #bind(descriptor: Descriptor, { address = "::", port }: BindOptions): void {
    const bytes = sockaddr(address, port);
    const request: SystemCallRequest = { name: "bind", fd: descriptor.fd, address: bytes, length: bytes.length };
    descriptor.now(request, `bind ${formatEndpoint({ address, port })}`);
  }

  /** Connects. Rejects with {@link SocketError}: ECONNREFUSED, ETIMEDOUT, ENETUNREACH …; `RangeError` for a bad port. */
  async connect(options: ConnectOptions): Promise<StreamSocket> {
    const { address, port, timeout_ms } = options;
    const family = IpAddress.parse(address).family;
    const descriptor = this.#socket(family, SOCK_STREAM);
    const what = `connect ${formatEndpoint(options)}`;
    const timer = timeout_ms === undefined ? undefined : setTimeout(() => descriptor.cancel(ETIMEDOUT), timeout_ms);
    try {
      const bytes = sockaddr(address, port);
      await descriptor.wait({ name: "connect", fd: descriptor.fd, address: bytes, length: bytes.length }, what);
    } catch (error) {
      descriptor.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return new StreamSocket(this.#caller, descriptor.fd, { address, port });
  }

  /** Listens, on both families unless an address is given. Throws {@link SocketError}: EADDRINUSE …; `RangeError` for a bad port. */
  listen(options: BindOptions & { readonly backlog?: number }): StreamListener {
    const { address = "::" } = options;
    const family = IpAddress.parse(address).family;
    const descriptor = this.#socket(family, SOCK_STREAM);
    try {
      descriptor.setInt(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
      if (family === 6) descriptor.setInt(IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY");
      this.#bind(descriptor, options);
      const request: SystemCallRequest = { name: "listen", fd: descriptor.fd, backlog: options.backlog ?? 128 };
      descriptor.now(request, `listen on ${formatEndpoint({ address, port: options.port })}`);
    } catch (error) {
      descriptor.close();
      throw error;
    }
    return new StreamListener(this.#caller, descriptor.fd);
  }

  /**
   * A datagram socket: UDP unless `protocol` is given (IPPROTO_ICMP and IPPROTO_ICMPV6 send echo requests). Bound as
   * {@link listen} says. Throws {@link SocketError}.
   */
  datagram(options: BindOptions & { readonly protocol?: number }): DatagramSocket {
    const { address = "::" } = options;
    const family = IpAddress.parse(address).family;
    const descriptor = this.#socket(family, SOCK_DGRAM, options.protocol ?? 0);
    try {
      this.#bind(descriptor, options);
    } catch (error) {
      descriptor.close();
      throw error;
    }
    return new DatagramSocket(this.#caller, descriptor.fd, family);
  }
}
