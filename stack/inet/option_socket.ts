/**
 * A socket as the options of `SOL_IP` and `SOL_IPV6` see it.
 *
 * @module
 */
import type { Ip, Route } from "../ip/interface.ts";
import type { Net } from "../net.ts";
import type { InetOptions, Ipv6Options } from "./options.ts";
import type { SocketOptions } from "./sock_options.ts";
import type { SocketAddress } from "./sock.ts";

/** See the module. */
export interface OptionSocket {
  readonly net: Net;
  readonly ip: Ip;
  /** `SOCK_*` */
  readonly type: number;
  /** Local port, or the protocol of a raw socket; 0 while not bound. */
  readonly num: number;
  /** Interface bound to, 0 for any. */
  readonly sk_bound_dev_if: number;
  readonly so: SocketOptions;
  readonly inet: InetOptions;
  readonly inet6: Ipv6Options;
  readonly error_queue: { purge(): void };
  /** The peer, as on the wire. */
  readonly daddr: SocketAddress["address"];
  readonly dport: number;
  /** Forgets the cached destination. */
  sk_dst_reset(): void;
  /** The cached destination if it may still be used. */
  sk_dst_check(): Route | undefined;
}
