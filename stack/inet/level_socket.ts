/**
 * A socket as the options of `SOL_SOCKET` see it.
 *
 * @module
 */
import type { OptionSocket } from "./option_socket.ts";
import type { SocketAddress } from "./sock.ts";
import type { SocketBuffers } from "./socket_buffers.ts";

/** See the module. */
export interface LevelSocket extends OptionSocket {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  readonly protocol: number;
  /** `SO_COOKIE` */
  readonly cookie: number;
  readonly sk_state: number;
  readonly buffers: SocketBuffers;
  sk_bound_dev_if: number;
  sk_userlocks: number;
  sk_err_soft: number;
  sk_tskey: number;
  sock_error(): number;
  getpeername(): SocketAddress | number;
  /** An address as a program gets it. */
  sockaddr(address: SocketAddress): Uint8Array;
  write_space(): void;
  keepalive_changed(on: boolean): void;
  set_rcvlowat(value: number): number;
  timestamping_key(flags: number): number;
  pacing_changed(): void;
}
