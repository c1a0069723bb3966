/**
 * What the line of a connection's SYN-ACK says of the connection.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { PacketAction, TcpSegment } from "../script/syntax.ts";
import type { ScriptSocket } from "./sockets.ts";

/** Addresses that a script writes both in a connection's SYN and in its SYN-ACK are its own from then on. */
export function takeAddresses(socket: ScriptSocket, { addresses }: PacketAction): void {
  const { openedBy } = socket;
  if (addresses?.source === undefined || openedBy?.destination !== addresses.source) return;
  if (addresses.destination === undefined || openedBy.source !== addresses.destination) return;
  socket.localIp = IpAddress.parse(addresses.source);
  socket.remoteIp = IpAddress.parse(addresses.destination);
}

/** A SYN-ACK expected for a later SYN of the same ports, with another number, begins a new connection. */
export function newIncarnation(socket: ScriptSocket, expected: TcpSegment): void {
  const last = socket.lastInjected;
  if (!expected.flags.syn || !expected.flags.ack || last === undefined) return;
  const isSyn = (last.flags & (tcp.SYN | tcp.ACK)) === tcp.SYN;
  if (!isSyn || last.seq === socket.liveRemoteIsn || expected.ack !== ((last.seq + 1) >>> 0)) return;
  socket.state = "passive-synack-sent";
  socket.liveRemoteIsn = last.seq;
  socket.scriptLocalIsn = expected.seq.start;
  socket.learnLocalIsn = true;
}
