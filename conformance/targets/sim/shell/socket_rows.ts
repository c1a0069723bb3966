/**
 * The sockets of a simulated world, as `/proc/net/tcp` and `ss` list them.
 *
 * @module
 */
import { SIOCINQ, SIOCOUTQ } from "../../../../stack/inet/constants.ts";
import type { Sock } from "../../../../stack/inet/sock.ts";
import {
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_TIME_WAIT,
} from "../../../../stack/inet/tcp_constants.ts";
import { SocketFile } from "../../../../stack/socket/socket_file.ts";
import { TcpSock } from "../../../../stack/tcp/state.ts";
import type { IpAddress } from "../../../../stack/wire/address.ts";
import type { ShellWorld } from "./world.ts";

/** One socket. */
export interface SocketRow {
  readonly protocol: "tcp" | "udp";
  /** 4 or 6, by the socket's family. */
  readonly version: 4 | 6;
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress | undefined;
  readonly remotePort: number;
  /** `TCP_ESTABLISHED` … */
  readonly state: number;
  readonly sent: number;
  readonly received: number;
  /** The socket itself, where there is one. */
  readonly sock: Sock | undefined;
}

function queued(sock: Sock, command: number): number {
  const result = sock.ioctl(command);
  return typeof result === "number" ? 0 : result.value;
}

/** Sockets behind descriptors: `SocketFile`s, each once. */
function* openSockets(world: ShellWorld): Generator<Sock> {
  const { fds } = world.stack.sockets.process;
  const seen = new Set<Sock>();
  for (const fd of fds.fds()) {
    const file = fds.get(fd);
    if (!(file instanceof SocketFile) || seen.has(file.sock)) continue;
    seen.add(file.sock);
    yield file.sock;
  }
}

function listener(sock: TcpSock): SocketRow {
  const { rcv_saddr: local, num: localPort } = sock;
  const version = sock.family === 2 ? 4 : 6;
  return {
    protocol: "tcp",
    version,
    local,
    localPort,
    remote: undefined,
    remotePort: 0,
    state: TCP_LISTEN,
    sent: 0,
    received: 0,
    sock,
  };
}

function datagram(sock: Sock): SocketRow | undefined {
  const name = sock.getsockname();
  const peer = sock.getpeername();
  if (name.port === 0) return undefined;
  return {
    protocol: "udp",
    version: sock.family === 2 ? 4 : 6,
    local: name.address,
    localPort: name.port,
    remote: typeof peer === "number" ? undefined : peer.address,
    remotePort: typeof peer === "number" ? 0 : peer.port,
    state: typeof peer === "number" ? TCP_CLOSE : TCP_ESTABLISHED,
    sent: queued(sock, SIOCOUTQ),
    received: queued(sock, SIOCINQ),
    sock,
  };
}

/** All TCP sockets that are bound, and UDP's. */
export function socketRows(world: ShellWorld): SocketRow[] {
  const rows: SocketRow[] = [];
  for (const sock of openSockets(world)) {
    if (sock instanceof TcpSock) {
      if (sock.sk_state === TCP_LISTEN) rows.push(listener(sock));
    } else if (sock.type === 2 && sock.protocol === 17) {
      const row = datagram(sock);
      if (row !== undefined) rows.push(row);
    }
  }
  for (const entry of world.stack.transports.tcp.ehash.entries()) {
    const sock = entry instanceof TcpSock ? entry : undefined;
    const version = sock === undefined ? entry.rcv_saddr.family : sock.family === 2 ? 4 : 6;
    const state = entry instanceof TcpSock ? entry.sk_state : entry.kind === "request" ? TCP_SYN_RECV : TCP_TIME_WAIT;
    rows.push({
      protocol: "tcp",
      version,
      local: entry.rcv_saddr,
      localPort: entry.num,
      remote: entry.daddr,
      remotePort: entry.dport,
      state,
      sent: sock === undefined ? 0 : queued(sock, SIOCOUTQ),
      received: sock === undefined ? 0 : queued(sock, SIOCINQ),
      sock,
    });
  }
  return rows;
}
