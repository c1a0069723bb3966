/**
 * What every internet socket is, after Linux's `struct sock` and `struct proto`: the contract between the socket layer
 * above and the transports below. No call here blocks: what would block returns `-EAGAIN` (or `-EINPROGRESS`), and the
 * socket layer waits for {@link Sock.wait} and calls again.
 *
 * @module
 */
import type { ControlMessage } from "../../abi/control_message.ts";
import type { IpAddress } from "../wire/address.ts";
import type { WaitQueue } from "./wait_queue.ts";

/** Address and port of an internet socket, with the IPv6 extras. */
export interface SocketAddress {
  readonly address: IpAddress;
  readonly port: number;
  readonly flowinfo?: number | undefined;
  readonly scope_id?: number | undefined;
}

/** What `sendmsg` is asked to send. */
export interface SendMessage {
  readonly data: Uint8Array;
  /** `MSG_*` flags. */
  readonly flags: number;
  readonly to?: SocketAddress | undefined;
  readonly control?: readonly ControlMessage[] | undefined;
  /** Lengths of the pieces that `data` was gathered from; absent for one piece. */
  readonly iov?: readonly number[] | undefined;
}

/** What `recvmsg` is asked for. */
export interface ReceiveRequest {
  /** Octets there is room for. */
  readonly length: number;
  /** `MSG_*` flags. */
  readonly flags: number;
}

/** What `recvmsg` gives. `result` is the return value (bytes, or with MSG_TRUNC the true length), or `-errno`. */
export interface ReceiveOutcome {
  readonly result: number;
  readonly data: Uint8Array;
  /** `msg_flags` (MSG_TRUNC, MSG_ERRQUEUE, MSG_EOR …; MSG_CTRUNC is the socket layer's). */
  readonly flags: number;
  readonly from?: SocketAddress | undefined;
  readonly control: readonly ControlMessage[];
}

/** One transport endpoint. All calls return a value `>= 0` or `-errno`. */
export interface Sock {
  /** AF_INET 2 or AF_INET6 10. */
  readonly family: number;
  /** SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_RAW 3. */
  readonly type: number;
  readonly protocol: number;
  /** Woken whenever {@link Sock.poll} may have changed. */
  readonly wait: WaitQueue;
  bind(address: SocketAddress): number;
  /** `undefined` is AF_UNSPEC: dissolve the association. -EINPROGRESS while a handshake is under way, -EALREADY, -EISCONN. */
  connect(address: SocketAddress | undefined): number;
  listen(backlog: number): number;
  /** The oldest established connection, or `-EAGAIN`, `-EINVAL`. */
  accept(): Sock | number;
  /** Octets taken (may be fewer than given on a stream), or `-errno`. */
  sendmsg(message: SendMessage): number;
  recvmsg(request: ReceiveRequest): ReceiveOutcome;
  shutdown(how: number): number;
  /** The last reference is gone. The endpoint may live on (FIN_WAIT, TIME_WAIT, linger). */
  close(): void;
  /** While a lingering close has to wait: true (SO_LINGER with a time). */
  closePending(): boolean;
  setsockopt(level: number, name: number, value: Uint8Array): number;
  /** The option's value (at most `length` octets, as Linux truncates) or `-errno`. */
  getsockopt(level: number, name: number, length: number): Uint8Array | number;
  /** Result value of an output ioctl such as SIOCINQ, or `-errno`. */
  ioctl(command: number): { readonly value: number } | number;
  /** `POLL*` bits that hold now. */
  poll(): number;
  getsockname(): SocketAddress;
  getpeername(): SocketAddress | number;
  /** An address as a program gets it: a `sockaddr` of the socket's family. */
  sockaddr(address: SocketAddress): Uint8Array;
  /** `SO_RCVTIMEO`/`SO_SNDTIMEO` in µs, 0 for none. */
  readonly rcvtimeo_us: number;
  readonly sndtimeo_us: number;
}
