/**
 * The TCP that is being replaced, as {@link TcpTransport}.
 *
 * @module
 */
import type { SockContext } from "./inet/inet_sock.ts";
import type { Sock } from "./inet/sock.ts";
import { TCP_LISTEN, TCP_SYN_RECV, TCP_TIME_WAIT } from "../abi/tcp_constants.ts";
import { TcpSock } from "./tcp/state.ts";
import { Tcp } from "./tcp/tcp.ts";
import type { ShownConnection, TcpTransport } from "./transport_view.ts";

/** Makes it and registers it with the IP floor. */
export function oldTcp(context: SockContext): TcpTransport {
  const tcp = new Tcp(context);
  return Object.assign(tcp, {
    forgetPeers: () => tcp.metrics.flush(),
    shown: (open: Iterable<Sock>) => shown(tcp, open),
  });
}

/** What its own tests see of it. */
export function insideOldTcp(of: { readonly transports: { readonly tcp: TcpTransport } }): Tcp {
  const { tcp } = of.transports;
  if (!(tcp instanceof Tcp)) throw new Error("this stack has the new TCP");
  return tcp;
}

function* shown(tcp: Tcp, open: Iterable<Sock>): Iterable<ShownConnection> {
  for (const sock of open) {
    if (!(sock instanceof TcpSock) || sock.sk_state !== TCP_LISTEN) continue;
    const { family, rcv_saddr: local, num: localPort, sk_state: state } = sock;
    yield { family, local, localPort, remote: undefined, remotePort: 0, state, sock };
  }
  for (const entry of tcp.ehash.entries()) {
    const sock = entry instanceof TcpSock ? entry : undefined;
    yield {
      family: sock?.family ?? (entry.rcv_saddr.family === 4 ? 2 : 10),
      local: entry.rcv_saddr,
      localPort: entry.num,
      remote: entry.daddr,
      remotePort: entry.dport,
      state: entry instanceof TcpSock ? entry.sk_state : entry.kind === "request" ? TCP_SYN_RECV : TCP_TIME_WAIT,
      sock,
    };
  }
}
