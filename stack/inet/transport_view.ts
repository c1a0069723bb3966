/**
 * What a TCP shows of itself to those outside the stack.
 *
 * @module
 */
import type { Sock } from "./sock.ts";
import type { IpAddress } from "../wire/address.ts";

/** A connection, or a listener, as `/proc/net/tcp` lists it. */
export interface ShownConnection {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly local: IpAddress;
  readonly localPort: number;
  /** Absent for a listener. */
  readonly remote: IpAddress | undefined;
  readonly remotePort: number;
  /** `TCP_*` number. */
  readonly state: number;
  /** The socket, where there is one. */
  readonly sock: Sock | undefined;
}

/** A TCP of one stack. */
export interface TcpTransport {
  /** A new socket of `family` (AF_INET or AF_INET6). */
  create(family: number): Sock;
  /** Forgets what is remembered of peers (`ip tcp_metrics flush`). */
  forgetPeers(): void;
  /** Listeners first, then connections, handshakes and what is in TIME-WAIT. `open` are the sockets that descriptors lead to. */
  shown(open: Iterable<Sock>): Iterable<ShownConnection>;
}
