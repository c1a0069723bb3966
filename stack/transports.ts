/**
 * Registers the transports of a stack: with `ip/` by protocol number, with the socket layer by socket type.
 *
 * @module
 */
import { AF_INET, AF_INET6, SOCK_DGRAM } from "./inet/constants.ts";
import type { SockContext } from "./inet/inet_sock.ts";
import type { IpFloor } from "./ip/ip.ts";
import type { Net } from "./net.ts";
import type { ProtocolSwitch } from "./socket/protosw.ts";
import { Udp } from "./udp/udp.ts";
import { IPPROTO_UDP } from "./wire/protocol.ts";

/** The transports of one stack. */
export interface Transports {
  readonly udp: Udp;
}

/** Makes and registers every transport. */
export function registerTransports(net: Net, ip: IpFloor, protocols: ProtocolSwitch): Transports {
  const context: SockContext = { net, ip };
  const udp = new Udp(context);
  udp.multicast = ip;
  for (const family of [AF_INET, AF_INET6]) {
    protocols.register({ family, type: SOCK_DGRAM, protocol: IPPROTO_UDP, create: () => udp.create(family) });
  }
  return { udp };
}
