/**
 * The sockets of a simulated world, as `/proc/net/tcp` and `ss` list them.
 *
 * @module
 */
import { SIOCINQ, SIOCOUTQ } from "../../../../abi/ioctl_constants.ts";
import type { Sock } from "../../../../stack/inet/sock.ts";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN } from "../../../../abi/tcp_constants.ts";
import { SocketFile } from "../../../../stack/socket/socket_file.ts";
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
  const open = [...openSockets(world)];
  const rows: SocketRow[] = [];
  for (const sock of open) {
    const row = sock.type === 2 && sock.protocol === 17 ? datagram(sock) : undefined;
    if (row !== undefined) rows.push(row);
  }
  for (const { family, sock, ...shown } of world.stack.transports.tcp.shown(open)) {
    const listens = shown.state === TCP_LISTEN || sock === undefined;
    rows.push({
      protocol: "tcp",
      version: family === 2 ? 4 : 6,
      ...shown,
      sent: listens ? 0 : queued(sock, SIOCOUTQ),
      received: listens ? 0 : queued(sock, SIOCINQ),
      sock,
    });
  }
  return rows;
}
