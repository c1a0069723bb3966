/**
 * TCP of one stack.
 *
 * How it is built, from the outside in; each part knows those below it only:
 *
 * - `socket/`: what system calls see. `TcpSocket` holds settings, a `Listener` or a `Connection`; tables of options.
 * - `open/`: `Listener` with its `PendingOpen`s (SYN-RECEIVED), SYN cookies, Fast Open cookies, the accept queue.
 * - `connection/`: `Connection`: RFC 9293's state, the order of segment arrival, closing, giving up, keep-alive, ECN.
 * - `send/`: `Sender` (SND.UNA, SND.NXT, SND.WND; what goes when), its queue of octets and segments, the persist timer. `Outbox` fills
 *   in what all segments of a connection share, `Transmitter` is the one place that builds a segment.
 * - `receive/`: `Receiver` (RCV.NXT), what came in order and out of order, the window, when to acknowledge, the urgent mark.
 * - `recovery/`: told what an acknowledgement said, it answers what to send again and how much may go. `congestion/`: the window.
 * - `time_wait/`: what is left of a closed connection.
 * - `SegmentTable` finds whom a segment is for; all of them take it by one method.
 *
 * A call into the stack is one of: a segment (`Tcp.receive`), a timer, a system call. None of them calls another.
 *
 * @module
 */
import type { PacketBuffer, PacketRoute } from "../buffer.ts";
import { deviationsOf, type Profile } from "../deviations.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import { BindTable, tcp_bind_conflict } from "../inet/ports.ts";
import type { IcmpError } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { AF_INET, AF_INET6, IPPROTO_TCP } from "../../abi/socket_constants.ts";
import * as wire from "../wire/tcp.ts";
import { tcpConfig } from "./config.ts";
import { CONGESTION_CONTROLS } from "./congestion/registry.ts";
import { arriveSynchronized } from "./connection/arrival.ts";
import { Connection, type ConnectionHandler } from "./connection/connection.ts";
import { arriveInSynSent, sendSyn } from "./connection/handshake.ts";
import { takeIcmpError } from "./connection/icmp.ts";
import { ChallengeBudget, type TcpContext } from "./context.ts";
import { InitialSequence } from "./initial_sequence.ts";
import { SynCookies } from "./open/syn_cookies.ts";
import { PeerMemory } from "./peer_memory.ts";
import { recoverySettings } from "./recovery/parts.ts";
import { resetUnknown } from "./reset.ts";
import { ReceivedSegment } from "./segment.ts";
import { OctetPool } from "./send/octet_store.ts";
import { Transmitter } from "./send/transmit.ts";
import type { SocketServices } from "./socket/endpoint.ts";
import { TcpSocket } from "./socket/tcp_socket.ts";
import { SegmentTable, type TupleEntry } from "./table.ts";
import type { Sock } from "../inet/sock.ts";
import { TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import type { ShownConnection, TcpTransport } from "../inet/transport_view.ts";

/** TCP of one stack. */
export class Tcp implements TcpTransport {
  /** What its endpoints share. */
  readonly context: TcpContext;
  private readonly services: SocketServices;
  private readonly segment = new ReceivedSegment();
  /** The packet that was asked about last, and whom it is for. */
  private early: PacketBuffer | undefined = undefined;
  private earlyEntry: TupleEntry | undefined = undefined;

  /** Registers TCP with the IP floor, both families. */
  constructor(below: SockContext, profile: Profile = "linux") {
    const { net, ip } = below;
    this.context = {
      net,
      ip,
      config: tcpConfig(net.sysctl),
      deviations: deviationsOf(profile),
      table: new SegmentTable(net.random()),
      ports: new BindTable(net, tcp_bind_conflict, true),
      transmitter: new Transmitter(net, ip),
      pool: new OctetPool(),
      sequence: new InitialSequence(net),
      peers: new PeerMemory(),
      recoverySettings: recoverySettings(net),
      challenges: new ChallengeBudget(),
      timeWaits: 0,
      orphans: 0,
    };
    this.services = { context: this.context, handler: HANDLER, cookies: new SynCookies(net) };
    net.sysctl.force("net.ipv4.tcp_available_congestion_control", CONGESTION_CONTROLS.join(" "));
    for (const family of [4, 6] as const) {
      ip.addProtocol(family, IPPROTO_TCP, {
        early_demux: (packet) => this.knownRoute(packet),
        receive: (packet) => this.receive(packet),
        error: (packet, error) => this.unreachable(packet, error),
      });
    }
  }

  /** A new socket of `family` (AF_INET or AF_INET6). */
  create(family: number): TcpSocket {
    return new TcpSocket(this.services, family);
  }

  /** See {@link TcpTransport}. */
  forgetPeers(): void {
    this.context.peers.flush();
  }

  /** See {@link TcpTransport}. */
  *shown(open: Iterable<Sock>): Iterable<ShownConnection> {
    for (const sock of open) {
      if (!(sock instanceof TcpSocket) || sock.listener === undefined) continue;
      const { family, rcv_saddr: local, num: localPort, sk_state: state } = sock;
      yield { family, local, localPort, remote: undefined, remotePort: 0, state, sock };
    }
    for (const entry of this.context.table.entries()) {
      const { localAddress: local, localPort, remoteAddress: remote, remotePort, state } = entry;
      const sock = entry instanceof Connection && entry.endpoint instanceof TcpSocket ? entry.endpoint : undefined;
      const family = sock?.family ?? (local.family === 4 ? AF_INET : AF_INET6);
      yield { family, local, localPort, remote, remotePort, state, sock };
    }
  }

  /** A packet for this host. */
  receive(packet: PacketBuffer): void {
    const { context, segment } = this;
    const { mib } = context.net;
    if (packet.pkt_type !== "host" && packet.pkt_type !== "loopback") return;
    mib.inc(Counter.TcpInSegs);
    // RFC9293-3.1-dataoffset-short
    if (wire.check(packet.bytes, packet.data, packet.tail) !== undefined) return mib.inc(Counter.TcpInErrs);
    // RFC9293-MUST-3
    if (!checksumFits(packet)) {
      mib.inc(Counter.TcpInCsumErrors);
      return mib.inc(Counter.TcpInErrs);
    }
    segment.read(packet);
    const entry = packet === this.early
      ? this.earlyEntry
      : this.findEntry(packet, segment.sourcePort, segment.destinationPort);
    this.early = this.earlyEntry = undefined;
    if (entry !== undefined) return entry.receive(segment);
    const interfaceIndex = packet.device?.ifindex ?? 0;
    const local = segment.destination();
    const listener = context.table.findListener(
      local,
      segment.destinationPort,
      interfaceIndex,
      local.hash ^ segment.sourcePort,
    );
    if (listener !== undefined) return listener.receive(segment);
    resetUnknown(context, segment);
  }

  /** Whom a segment is for, by its addresses and ports. */
  private findEntry(packet: PacketBuffer, sourcePort: number, destinationPort: number): TupleEntry | undefined {
    const four = packet.family === 4;
    return this.context.table.findInPlace(
      packet.bytes,
      packet.network_header + (four ? ipv4.SOURCE : ipv6.SOURCE),
      four ? 4 : 16,
      sourcePort,
      destinationPort,
      packet.device?.ifindex ?? 0,
      false,
    );
  }

  /** The route of a segment of a connection, as far as the connection knows (`net.ipv4.tcp_early_demux`). */
  private knownRoute(packet: PacketBuffer): PacketRoute | undefined {
    const { bytes, transport_header: at, tail } = packet;
    if (this.context.config.early_demux.value === 0 || tail - at < wire.MIN_HEADER_LENGTH) return undefined;
    const entry = this.findEntry(packet, wire.sourcePort(bytes, at), wire.destinationPort(bytes, at));
    this.early = packet;
    this.earlyEntry = entry;
    return entry instanceof Connection ? entry.endpoint.routes.of(packet) : undefined;
  }

  /** An ICMP error about a packet sent from here. */
  // RFC9293-MUST-54
  private unreachable(packet: PacketBuffer, error: IcmpError): void {
    const { context } = this;
    const { bytes, data: at, network_header: ip } = packet;
    const four = packet.family === 4;
    const entry = context.table.find(
      four ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip),
      wire.sourcePort(bytes, at),
      four ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip),
      wire.destinationPort(bytes, at),
      error.device?.ifindex ?? 0,
    );
    if (entry === undefined) return context.net.mib.inc(four ? Counter.IcmpInErrors : Counter.Icmp6InErrors);
    entry.unreachable(error, wire.sequenceNumber(bytes, at));
  }
}

/** What is done with the segments of a connection in each state. */
const HANDLER: ConnectionHandler = {
  segmentArrives(connection: Connection, segment: ReceivedSegment): void {
    connection.counts.segmentsIn++;
    if (segment.textLength > 0) connection.counts.textIn++;
    const { endpoint } = connection;
    if (endpoint.routes.input !== segment.packet.route) endpoint.af_ops.sk_rx_dst_set(endpoint, segment.packet);
    if (connection.state === TCP_SYN_SENT) arriveInSynSent(connection, segment);
    else arriveSynchronized(connection, segment);
  },
  unreachable: takeIcmpError,
  sendSyn,
};

function checksumFits(packet: PacketBuffer): boolean {
  if (packet.ip_summed !== "none") return true;
  const { bytes, network_header: ip, data: at, tail } = packet;
  const four = packet.family === 4;
  const source = four ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip);
  const destination = four ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip);
  return wire.verifyChecksum(bytes, at, tail, pseudoHeaderSum(source, destination, IPPROTO_TCP, tail - at));
}
