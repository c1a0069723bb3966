/**
 * The numbers of a script for packets that no event has matched, learnt from the packets themselves: which connection a
 * packet belongs to, where its sequence numbers and its time stamps start.
 *
 * @module
 */
import { TCPOLEN_TIMESTAMP, TCPOPT_TIMESTAMP, timestampValue } from "../../stack/wire/tcp_options.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { PacketAction } from "../script/syntax.ts";
import type { LivePacket } from "./live.ts";
import { liveOptions } from "./options.ts";
import type { OutboundNumbers } from "./translate.ts";

/** Which way a packet went: from the runner to the stack under test, or back. */
export type Direction = "inbound" | "outbound";

/** A connection, or what is between two UDP ports. */
export class NumberedConnection implements OutboundNumbers {
  liveLocalIsn = 0;
  liveRemoteIsn = 0;
  scriptLocalIsn = 0;
  firstTimestamp: { readonly script: number; readonly live: number } | undefined;
  /** A SYN has told {@link liveRemoteIsn}. */
  knowsRemote = false;
  /** Sequence numbers from and to that an answer to a later SYN of the peer's acknowledges. */
  laterSyn: { readonly seq: number; readonly length: number } | undefined;

  /** @param index number of the pair of ports, from 1 in the order in which they came */
  constructor(readonly index: number, readonly localPort: number, readonly remotePort: number) {}
}

/** The connections of a run. Packets are shown to it in order. */
export class Numbering {
  readonly #connections = new Map<string, NumberedConnection>();

  /**
   * Takes a packet's numbers in and gives its connection; undefined for what has no ports.
   *
   * @param taker the packet of the script that it was, which tells the script's own numbers
   */
  see(live: LivePacket, direction: Direction, taker?: PacketAction): NumberedConnection | undefined {
    const kind = live.transportKind;
    if (kind !== "TCP" && kind !== "UDP") return undefined;
    const source = udp.sourcePort(live.bytes, live.transport);
    const destination = udp.destinationPort(live.bytes, live.transport);
    const connection = direction === "outbound"
      ? this.#between(live, source, destination, true)
      : this.#between(live, destination, source, false);
    if (kind !== "TCP") return connection;
    const refused = direction === "outbound" ? refusal(connection, live) : undefined;
    if (refused !== undefined) return refused;
    learn(connection, live, direction, taker);
    return connection;
  }

  /** The connection of those ports that has come before. */
  find(protocol: number, localPort: number, remotePort: number): NumberedConnection | undefined {
    const key = `${protocol} ${localPort} ${remotePort} `;
    for (const [name, connection] of this.#connections) if (name.startsWith(key)) return connection;
    return undefined;
  }

  #between(live: LivePacket, localPort: number, remotePort: number, outbound: boolean): NumberedConnection {
    const four = live.family === 4;
    const source = four ? ipv4.source(live.bytes, live.ip) : ipv6.source(live.bytes, live.ip);
    const destination = four ? ipv4.destination(live.bytes, live.ip) : ipv6.destination(live.bytes, live.ip);
    const [local, remote] = outbound ? [source, destination] : [destination, source];
    const key = `${live.protocol} ${localPort} ${remotePort} ${local} ${remote}`;
    // An address that nobody expects makes no other connection of a segment.
    const opens = tcp.hasFlag(live.bytes, live.transport, tcp.SYN) && !tcp.hasFlag(live.bytes, live.transport, tcp.ACK);
    let connection = this.#connections.get(key) ??
      (live.isTcp && opens ? undefined : this.find(live.protocol, localPort, remotePort));
    if (connection === undefined) {
      connection = new NumberedConnection(this.#connections.size + 1, localPort, remotePort);
      this.#connections.set(key, connection);
    }
    return connection;
  }
}

function learn(
  connection: NumberedConnection,
  live: LivePacket,
  direction: Direction,
  taker: PacketAction | undefined,
): void {
  const { bytes, transport: at } = live;
  const seq = tcp.sequenceNumber(bytes, at);
  const syn = tcp.hasFlag(bytes, at, tcp.SYN);
  if (direction === "inbound") {
    if (!syn) return;
    if (!connection.knowsRemote) connection.liveRemoteIsn = seq;
    else if (connection.liveRemoteIsn !== seq) connection.laterSyn = { seq, length: live.payloadLength };
    connection.knowsRemote = true;
    return;
  }
  const segment = taker?.transport.kind === "tcp" ? taker.transport : undefined;
  takeLaterSyn(connection, live);
  if (syn) {
    connection.liveLocalIsn = seq;
    if (segment !== undefined) connection.scriptLocalIsn = segment.seq.start;
  }
  if (connection.firstTimestamp !== undefined || segment?.options.kind !== "list") return;
  const stamp = segment.options.options.find((option) => option.kind === "timestamp");
  if (stamp?.val === undefined) return;
  const found = liveOptions(bytes, at + tcp.MIN_HEADER_LENGTH, live.payload, true);
  if (typeof found === "string") return;
  const there = found.find((option) => option.kind === TCPOPT_TIMESTAMP && option.length === TCPOLEN_TIMESTAMP);
  if (there !== undefined) connection.firstTimestamp = { script: stamp.val, live: timestampValue(bytes, there.offset) };
}

/** Whether a packet of the stack's answers a later SYN of the peer's by acknowledging it. */
function answersLaterSyn({ laterSyn }: NumberedConnection, { bytes, transport: at }: LivePacket): boolean {
  if (laterSyn === undefined || !tcp.hasFlag(bytes, at, tcp.ACK)) return false;
  const behind = (tcp.acknowledgmentNumber(bytes, at) - laterSyn.seq) >>> 0;
  return behind > 0 && behind <= laterSyn.length + 1;
}

/** A RST that refuses a later SYN has numbers of its own; the connection between those ports keeps its. */
function refusal(connection: NumberedConnection, live: LivePacket): NumberedConnection | undefined {
  const { bytes, transport: at } = live;
  const refuses = tcp.hasFlag(bytes, at, tcp.RST) && tcp.sequenceNumber(bytes, at) === 0;
  if (!refuses || !answersLaterSyn(connection, live)) return undefined;
  const refused = new NumberedConnection(connection.index, connection.localPort, connection.remotePort);
  refused.liveRemoteIsn = connection.laterSyn!.seq;
  connection.laterSyn = undefined;
  return refused;
}

/** A later SYN of the peer's begins another connection only if the stack takes it for that. */
function takeLaterSyn(connection: NumberedConnection, live: LivePacket): void {
  if (!answersLaterSyn(connection, live)) return;
  connection.liveRemoteIsn = connection.laterSyn!.seq;
  connection.laterSyn = undefined;
}
