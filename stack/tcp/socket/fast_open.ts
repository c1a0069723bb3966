/**
 * What an active open with Fast Open sends: cookie, and text with the SYN (RFC 7413 section 4.1.3).
 *
 * @module
 */
import { EOPNOTSUPP } from "../../../abi/errno.ts";
import { firstHopOf } from "../../ip/header_options.ts";
import type { SocketAddress } from "../../inet/sock.ts";
import type { TcpConfig } from "../config.ts";
import { FastOpenBits } from "../open/fast_open.ts";
import { headerOverhead } from "../path.ts";
import { peerOf } from "./connect.ts";
import type { FastOpenPlan, TcpEndpoint } from "./endpoint.ts";

const NO_COOKIE = new Uint8Array(0);

/** Plans an open to `address`, or `-errno`. */
export function planFastOpen(socket: TcpEndpoint, address: SocketAddress): FastOpenPlan | number {
  const { context } = socket.services;
  const { config } = context;
  if ((config.fastopen.value & FastOpenBits.Client) === 0) return -EOPNOTSUPP;
  const peer = peerOf(socket, address);
  if (typeof peer === "number") return peer;
  const route = context.ip.route_output({
    family: peer.family,
    destination: firstHopOf(socket.operations_for(peer.family).options(socket).options, peer),
    oif: socket.sk_bound_dev_if,
    mark: socket.so.mark,
    onlink: socket.so.dontroute,
  });
  if (typeof route === "number") return route;
  const local = socket.saddr.isUnspecified || socket.saddr.family !== peer.family ? route.source : socket.saddr;
  const record = context.peers.find(local, peer);
  const bare = mayGoBare(config, socket) || route.metrics.fastopen_no_cookie === true;
  const mss = record?.mss ?? 0;
  const pathMss = route.mtu() - headerOverhead(socket.operations_for(peer.family));
  // RFC7413-4.1.3.1-disable: several SYNs with text in a row were lost; Fast Open rests for a while, longer each time.
  if (record !== undefined && record.synDataLost > 1) {
    const rest = 60e6 * 2 ** record.synDataLost;
    if (context.net.now < record.synDataLostAt + rest) {
      return { cookie: undefined, experimental: false, bare: false, mss, pathMss };
    }
  }
  if (bare) return { cookie: record?.cookie, experimental: record?.experimental ?? false, bare: true, mss, pathMss };
  if (record?.cookie !== undefined) {
    return { cookie: record.cookie, experimental: record.experimental, bare, mss, pathMss };
  }
  return { cookie: NO_COOKIE, experimental: record?.tryExperimental === 1, bare, mss, pathMss };
}

function mayGoBare(config: TcpConfig, socket: TcpEndpoint): boolean {
  return (config.fastopen.value & FastOpenBits.ClientNoCookie) !== 0 || socket.settings.fastOpenNoCookie;
}
