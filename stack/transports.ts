/**
 * Registers the transports of a stack: with `ip/` by protocol number, with the socket layer by socket type.
 *
 * @module
 */
import type { Profile } from "./deviations.ts";
import type { IcmpFloor } from "./icmp/icmp.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from "../abi/socket_constants.ts";
import type { SockContext } from "./inet/inet_sock.ts";
import type { IpFloor } from "./ip/ip.ts";
import type { Net } from "./net.ts";
import type { ProtocolSwitch } from "./socket/protosw.ts";
import { Tcp } from "./tcp_new/tcp.ts";
import { oldTcp } from "./tcp_old.ts";
import type { TcpTransport } from "./transport_view.ts";
import { Ping } from "./udp/ping.ts";
import { Raw } from "./udp/raw.ts";
import { Udp } from "./udp/udp.ts";

/** The transports of one stack. */
export interface Transports {
  readonly tcp: TcpTransport;
  readonly udp: Udp;
  readonly raw: Raw;
  readonly ping: Ping;
}

/** Which TCP a stack has: the one it has had, or the one that is to replace it. */
export type TcpChoice = "old" | "new";

/** Makes and registers every transport. */
export function registerTransports(
  net: Net,
  ip: IpFloor,
  icmp: IcmpFloor,
  protocols: ProtocolSwitch,
  which: { readonly tcp?: TcpChoice; readonly profile?: Profile } = {},
): Transports {
  const context: SockContext = { net, ip };
  const tcp = which.tcp === "new" ? new Tcp(context, which.profile) : oldTcp(context);
  const udp = new Udp(context);
  const raw = new Raw(context, icmp);
  const ping = new Ping(context, icmp);
  for (const family of [AF_INET, AF_INET6]) {
    protocols.register({ family, type: SOCK_STREAM, protocol: IPPROTO_TCP, create: () => tcp.create(family) });
    protocols.register({ family, type: SOCK_DGRAM, protocol: IPPROTO_UDP, create: () => udp.create(family) });
    const echo = family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    protocols.register({ family, type: SOCK_DGRAM, protocol: echo, create: () => ping.create(family) });
    // Raw sockets take any protocol.
    const create = (protocol: number) => raw.create(family, protocol);
    protocols.register({ family, type: SOCK_RAW, protocol: IPPROTO_IP, create });
  }
  return { tcp, udp, raw, ping };
}
