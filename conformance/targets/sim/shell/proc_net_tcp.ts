/**
 * `/proc/net/tcp` and `/proc/net/tcp6` of a simulated world: listeners, connections, handshakes, TIME-WAIT.
 *
 * @module
 */
import { SIOCINQ, SIOCOUTQ } from "../../../../stack/inet/constants.ts";
import { TCP_LISTEN, TCP_SYN_RECV, TCP_TIME_WAIT } from "../../../../stack/inet/tcp_constants.ts";
import type { Sock } from "../../../../stack/inet/sock.ts";
import { SocketFile } from "../../../../stack/socket/socket_file.ts";
import { TcpSock } from "../../../../stack/tcp/state.ts";
import type { IpAddress } from "../../../../stack/wire/address.ts";
import type { ShellWorld } from "./world.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const HEADER6 =
  "  sl  local_address                         remote_address                        st tx_queue rx_queue " +
  "tr tm->when retrnsmt   uid  timeout inode";

interface Row {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress | undefined;
  readonly remotePort: number;
  readonly state: number;
  readonly sent: number;
  readonly received: number;
}

/** An address as words of the machine, little endian, in upper-case hexadecimal. */
function hexAddress(address: IpAddress | undefined, octets: 4 | 16): string {
  const bytes = address === undefined
    ? new Uint8Array(octets)
    : octets === 16
    ? address.toV4Mapped().bytes
    : address.bytes;
  let text = "";
  for (let word = 0; word < octets; word += 4) {
    for (let i = 3; i >= 0; i--) text += bytes[word + i]!.toString(16).toUpperCase().padStart(2, "0");
  }
  return text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

function queued(sock: Sock, command: number): number {
  const result = sock.ioctl(command);
  return typeof result === "number" ? 0 : result.value;
}

function rows(world: ShellWorld, family: number): Row[] {
  const { stack } = world;
  const found: Row[] = [];
  const { fds } = stack.sockets.process;
  for (const fd of fds.fds()) {
    const file = fds.get(fd);
    if (!(file instanceof SocketFile) || file.sock.family !== family || !(file.sock instanceof TcpSock)) continue;
    const { sk_state: state, rcv_saddr: local, num: localPort } = file.sock;
    if (state !== TCP_LISTEN) continue;
    found.push({ local, localPort, remote: undefined, remotePort: 0, state, sent: 0, received: 0 });
  }
  for (const entry of stack.transports.tcp.ehash.entries()) {
    const own = entry instanceof TcpSock ? entry.family : entry.rcv_saddr.family === 4 ? 2 : 10;
    if (own !== family) continue;
    const state = entry instanceof TcpSock ? entry.sk_state : entry.kind === "request" ? TCP_SYN_RECV : TCP_TIME_WAIT;
    found.push({
      local: entry.rcv_saddr,
      localPort: entry.num,
      remote: entry.daddr,
      remotePort: entry.dport,
      state,
      sent: entry instanceof TcpSock ? queued(entry, SIOCOUTQ) : 0,
      received: entry instanceof TcpSock ? queued(entry, SIOCINQ) : 0,
    });
  }
  return found;
}

/** The file's text. Timers, owner and inode are 0: the world has one user and no inodes. */
export function procNetTcp(world: ShellWorld, family: 4 | 6): string {
  const octets = family === 4 ? 4 : 16;
  const lines = rows(world, family === 4 ? 2 : 10).map((row, i) =>
    `${String(i).padStart(4)}: ${hexAddress(row.local, octets)}:${hex(row.localPort, 4)} ` +
    `${hexAddress(row.remote, octets)}:${hex(row.remotePort, 4)} ${hex(row.state, 2)} ` +
    `${hex(row.sent, 8)}:${hex(row.received, 8)} 00:00000000 00000000     0        0 0`
  );
  return [family === 4 ? HEADER : HEADER6, ...lines].join("\n") + "\n";
}
