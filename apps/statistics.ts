/**
 * What a stack is doing, as `ss`, `ip -s link` and `netstat -s` tell it.
 *
 * @module
 */
import { SIOCINQ, SIOCOUTQ } from "../abi/ioctl_constants.ts";
import { InetSock } from "../stack/inet/inet_sock.ts";
import type { Sock, SocketAddress } from "../stack/inet/sock.ts";
import { AF_INET6, SOCK_DGRAM, SOCK_STREAM } from "../abi/socket_constants.ts";
import { SocketFile } from "../stack/socket/socket_file.ts";
import type { ImpairmentStatistics } from "../stack/link/impair.ts";
import { ImpairedDevice } from "../stack/link/impair.ts";
import type { Stack } from "../stack/stack.ts";
import type { World } from "./world.ts";

/** `TCP_*` states by number, as `ss` writes them. */
const STATES = [
  "",
  "ESTAB",
  "SYN-SENT",
  "SYN-RECV",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "TIME-WAIT",
  "UNCONN",
  "CLOSE-WAIT",
  "LAST-ACK",
  "LISTEN",
  "CLOSING",
  "NEW-SYN-RECV",
];

function kindOf(sock: Sock): string {
  if (sock.type === SOCK_STREAM) return "tcp";
  if (sock.type !== SOCK_DGRAM) return "raw";
  return sock.protocol === 17 || sock.protocol === 0 ? "udp" : "icmp";
}

function endpoint({ address, port }: SocketAddress, family: number): string {
  const text = address.toString();
  const shown = text === "::" || text === "0.0.0.0" ? "*" : family === AF_INET6 ? `[${text}]` : text;
  return `${shown}:${port === 0 ? "*" : port}`;
}

function queue(sock: Sock, command: number): string {
  const answer = sock.ioctl(command);
  return String(typeof answer === "number" ? 0 : answer.value);
}

function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()).join("\n") + "\n";
}

/** The open sockets, one per line, as `ss -an` lists them. */
export function socketTable(stack: Stack): string {
  const rows: string[][] = [["Netid", "State", "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port"]];
  const { fds } = stack.sockets.process;
  for (const fd of fds.fds()) {
    const file = fds.get(fd);
    if (!(file instanceof SocketFile)) continue;
    const { sock } = file;
    const peer = sock.getpeername();
    rows.push([
      kindOf(sock),
      sock instanceof InetSock ? STATES[sock.sk_state] ?? "?" : "?",
      queue(sock, SIOCINQ),
      queue(sock, SIOCOUTQ),
      endpoint(sock.getsockname(), sock.family),
      typeof peer === "number" ? "*:*" : endpoint(peer, sock.family),
    ]);
  }
  return table(rows);
}

/** Counters that are not 0, grouped as in `/proc/net/snmp` and `/proc/net/netstat`. */
export function counterTable(stack: Stack): string {
  const groups = new Map<string, string[]>();
  for (const [name, value] of stack.net.mib.snapshot()) {
    if (value === 0) continue;
    const dot = name.indexOf(".");
    const group = name.slice(0, dot);
    const lines = groups.get(group) ?? [];
    groups.set(group, lines);
    lines.push(`    ${value} ${name.slice(dot + 1)}`);
  }
  return [...groups].map(([group, lines]) => `${group}:\n${lines.join("\n")}\n`).join("");
}

function impairmentLine(direction: string, statistics: ImpairmentStatistics): string {
  const parts = Object.entries(statistics).map(([name, value]) => `${value} ${name}`);
  return `    ${direction}: ${parts.join(", ")}\n`;
}

/** Packets through the device, and what an impaired link did to them. */
export function deviceTable(world: World): string {
  const { statistics, name, mtu } = world.tun;
  let text = `${name}: mtu ${mtu}\n` +
    `    RX: ${statistics.rx_packets} packets, ${statistics.rx_bytes} bytes\n` +
    `    TX: ${statistics.tx_packets} packets, ${statistics.tx_bytes} bytes, ${statistics.tx_dropped} dropped, ` +
    `${statistics.tx_errors} errors\n`;
  const { device } = world;
  if (device instanceof ImpairedDevice) {
    text += `impaired link of ${name}, in packets:\n` + impairmentLine("from the stack", device.out.statistics) +
      impairmentLine("to the stack", device.in.statistics);
  }
  return text;
}

/** Everything of the above. */
export function statistics(world: World): string {
  return `${socketTable(world.stack)}\n${deviceTable(world)}\n${counterTable(world.stack)}`;
}
