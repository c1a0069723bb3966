/**
 * How a connection's packets are handed to IP.
 *
 * @module
 */
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import type { IpSendOptions, PmtuDiscovery, Route } from "../ip/interface.ts";
import { PmtuDiscovery as Modes } from "../ip/interface.ts";
import type { IpAddress } from "../wire/address.ts";
import type { TcpSock } from "./state.ts";

/** How a connection's packets are sent; one object per connection, refilled for each packet. */
export class XmitOptions implements IpSendOptions {
  source!: IpAddress;
  destination!: IpAddress;
  readonly protocol: number = IPPROTO_TCP;
  tos = 0;
  ttl = 0;
  pmtudisc: PmtuDiscovery = Modes.WANT;
  df: boolean | undefined = undefined;
  flowlabel: number | undefined = undefined;
  options: Uint8Array | undefined = undefined;

  /** Takes the socket's settings. */
  fill(sk: TcpSock, route: Route, tos: number): void {
    this.source = sk.saddr;
    this.destination = sk.daddr;
    this.tos = tos;
    this.ttl = sk.unicast_ttl;
    this.pmtudisc = sk.pmtudisc;
    this.df = ip_dont_fragment(this.pmtudisc, route);
    this.flowlabel = sk.flow_label & 0xfffff;
    this.options = sk.wire_family === 4 ? sk.inet.options : undefined;
  }

  /** As a listener answers a peer. */
  fill_for(listener: TcpSock, source: IpAddress, destination: IpAddress, route: Route): void {
    this.source = source;
    this.destination = destination;
    this.tos = listener.tos & ~3;
    this.ttl = source.family === 4 ? Math.max(listener.inet.uc_ttl, 0) : Math.max(listener.inet6.hop_limit, 0);
    this.pmtudisc = source.family === 4 ? listener.inet.pmtudisc : listener.inet6.pmtudisc;
    this.df = ip_dont_fragment(this.pmtudisc, route);
    this.flowlabel = 0;
    this.options = undefined;
  }
}

/** Whether TCP's packets carry DF (`ip_dont_fragment`). */
export function ip_dont_fragment(mode: PmtuDiscovery, route: Route): boolean {
  return mode === Modes.DO || mode === Modes.PROBE || (mode === Modes.WANT && route.metrics.mtu_lock !== true);
}
