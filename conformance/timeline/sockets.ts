/**
 * The sockets that a script knows, and which of them its packets belong to.
 *
 * Addresses and ports come in two kinds: as the script sees them and as they are on the wire ("live").
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { AddressPair, PacketAction, TcpSegment } from "../script/syntax.ts";
import { UnsupportedError } from "../targets/target.ts";
import { messageProtocol } from "./messages.ts";
import { PacketMismatch } from "./failure.ts";
import type { LivePacket } from "./live.ts";
import { MptcpConnection } from "./mptcp.ts";

/** What packetdrill's state machine knows of a socket. */
export type SocketState =
  | "new"
  | "passive-listening"
  | "passive-packet-received"
  | "passive-synack-sent"
  | "passive-synack-acked"
  | "active-connecting"
  | "active-syn-sent"
  | "active-syn-acked";

/** The parts of a TCP header that a reset at the end is made from, in live numbers. */
export interface SegmentTrace {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  /** Payload octets. */
  readonly length: number;
}

/** One connection or endpoint. */
export class ScriptSocket {
  state: SocketState = "new";
  /** The descriptor's name in the script and its live number; undefined for a connection not yet accepted. */
  fd: { readonly script: number; readonly live: number } | undefined;
  closed = false;
  localIp: IpAddress | undefined;
  /** 0: unknown. */
  localPort = 0;
  remoteIp: IpAddress | undefined;
  /** 0: unknown. */
  remotePort = 0;
  liveLocalIsn = 0;
  liveRemoteIsn = 0;
  scriptLocalIsn = 0;
  /** The next packet of the socket tells the live local ISN. */
  learnLocalIsn = false;
  /** Script to live TSval of what was sent. */
  readonly timestamps = new Map<number, number>();
  /** The first such pair. */
  firstTimestamp: { readonly script: number; readonly live: number } | undefined;
  flowLabel: { readonly script: number; readonly live: number } | undefined;
  /** What `bind` gave it. */
  bound: { readonly ip: IpAddress; readonly port: number } | undefined;
  /** It is bound and has no peer: it hears whoever sends to it. */
  waits = false;
  /** A TCP connection whose ports the script wrote: it is found by them. */
  named = false;
  /** Identification of the datagram whose first fragment came last. */
  fragmentId: number | undefined;
  /** Addresses that the script wrote in the SYN that opened it. */
  openedBy: AddressPair | undefined;
  /** The interface that its packets pass; undefined: none has passed one yet. */
  interface: string | undefined;
  lastInjected: SegmentTrace | undefined;
  lastSniffed: SegmentTrace | undefined;

  constructor(readonly protocol: number) {}

  /** It may connect again, as after `connect` with AF_UNSPEC. Its last reset still comes from where it was. */
  disconnect(): void {
    this.state = "new";
  }

  /** Begins a connection to `ip` and `port`. What is known of an earlier one does not hold for it. */
  connect(ip: IpAddress, port: number): void {
    this.state = "active-connecting";
    this.remoteIp = ip;
    this.remotePort = port;
    this.timestamps.clear();
    this.firstTimestamp =
      this.flowLabel =
      this.lastInjected =
      this.lastSniffed =
        undefined;
    this.liveLocalIsn = this.liveRemoteIsn = this.scriptLocalIsn = 0;
    if (this.waits) return;
    this.localIp = undefined;
    this.localPort = 0;
  }
}

/** Most entries of a socket's time stamp map: a script that repeats a packet for ever must not fill memory. */
const MAX_TIMESTAMPS = 65_536;

/** Remembers which live TSval a script TSval stands for. */
export function recordTimestamp(socket: ScriptSocket, script: number, live: number): void {
  socket.firstTimestamp ??= { script, live };
  if (socket.timestamps.size < MAX_TIMESTAMPS || socket.timestamps.has(script)) socket.timestamps.set(script, live);
}

/** All sockets of a run, and the one that packets belong to. */
export class SocketTable {
  /** Newest first. */
  readonly sockets: ScriptSocket[] = [];
  /** The socket under test. */
  underTest: ScriptSocket | undefined;
  /** Script descriptors in use, whatever they are. */
  readonly descriptors = new Map<number, number>();
  readonly localIp: IpAddress;
  readonly remoteIp: IpAddress;
  /** What MPTCP's options of the script agree on. */
  readonly mptcp = new MptcpConnection();
  /** Pairs of ports of segments that were injected. */
  readonly #seenPorts = new Set<string>();

  /**
   * @param extended the script uses words that packetdrill does not have: addresses that are not known yet are filled from the configuration
   * @param remotePort gives a port that nothing else uses
   */
  constructor(
    readonly config: ScriptConfig,
    readonly extended: boolean,
    readonly remotePort: () => number,
  ) {
    this.localIp = IpAddress.parse(config.local_ip);
    this.remoteIp = IpAddress.parse(config.remote_ip);
  }

  /** A new socket, which becomes the one under test. */
  add(protocol: number): ScriptSocket {
    const socket = new ScriptSocket(protocol);
    this.sockets.unshift(socket);
    this.underTest = socket;
    return socket;
  }

  /** The open socket with that script descriptor. */
  byDescriptor(fd: number): ScriptSocket | undefined {
    return this.sockets.find((socket) => socket.fd?.script === fd && !socket.closed);
  }

  /**
   * The socket that a script packet belongs to, made if need be; applies what the packet says about its state.
   *
   * A packet that names both ports belongs to the connection that has them. One without belongs to the socket under test,
   * and so does one whose ports no connection has: packetdrill puts them into what is injected, and does not compare them.
   */
  forPacket(packet: PacketAction, nplab: boolean): ScriptSocket {
    const { transport, direction } = packet;
    if (transport.kind === "udp" && transport.coverage !== undefined) throw new UnsupportedError("UDP-Lite packets");
    const socket = this.underTest;
    const ports = connectionPorts(packet);
    if (ports !== undefined) {
      const found = this.#named(ports);
      if (found !== undefined) return found;
      if (transport.kind === "tcp" && direction === "in") return this.#inboundByPorts(transport, ports, nplab);
      if (transport.kind === "tcp") this.#requireKnown(ports);
    }
    if (transport.kind === "tcp") {
      if (direction === "in" && this.#opensConnection(socket, nplab)) return this.#child(transport.seq.start);
      if (direction === "out" && transport.flags.syn && !transport.flags.ack && socket?.state === "active-connecting") {
        socket.state = "active-syn-sent";
        socket.scriptLocalIsn = transport.seq.start;
        return socket;
      }
    }
    if (socket !== undefined && (this.#takes(socket, packet) || hasPorts(packet) || this.extended)) return socket;
    if (this.extended && socket === undefined) return this.#stateless(packet);
    throw new PacketMismatch(
      "no matching socket for script packet" +
        (socket === undefined ? "; call socket() before" : "; the socket under test is of another protocol"),
      false,
    );
  }

  /** The newest connection with these ports. */
  #named({ local, remote }: ConnectionPorts): ScriptSocket | undefined {
    return this.sockets.find((one) => one.named && one.localPort === local && one.remotePort === remote);
  }

  /** Whether a script packet to the stack had these ports: a packet of the stack's may then name them. */
  isKnown(ports: ConnectionPorts): boolean {
    return this.#named(ports) !== undefined || this.#seenPorts.has(`${ports.local} ${ports.remote}`);
  }

  /** The connection named by its ports that a packet of the stack under test belongs to. */
  owner(live: LivePacket): ScriptSocket | undefined {
    if (!this.sockets.some((one) => one.named)) return undefined;
    const { bytes, ip, transport, family } = live;
    const local = tcp.sourcePort(bytes, transport);
    const remote = tcp.destinationPort(bytes, transport);
    const at = family === 4 ? ipv4 : ipv6;
    return this.sockets.find((one) =>
      one.named && isOf(one, { local, remote }) && one.localIp?.family === family &&
      one.localIp.matches(bytes, ip + at.SOURCE) && one.remoteIp?.matches(bytes, live.finalDestinationAt) === true
    );
  }

  /** An inbound segment with ports that no connection has yet. */
  #inboundByPorts(segment: TcpSegment, ports: ConnectionPorts, nplab: boolean): ScriptSocket {
    const socket = this.underTest;
    this.#seenPorts.add(`${ports.local} ${ports.remote}`);
    const opens = this.#opensConnection(socket, nplab);
    const isSyn = segment.flags.syn && !segment.flags.ack;
    if (!opens && (!isSyn || socket === undefined || isOf(socket, ports))) return this.#ownOf(socket);
    const child = this.#child(segment.seq.start, ports.remote);
    child.localPort = ports.local;
    child.named = true;
    // Lines without ports go on to mean the socket that they meant before.
    if (!opens) this.underTest = socket;
    return child;
  }

  #ownOf(socket: ScriptSocket | undefined): ScriptSocket {
    if (socket === undefined) {
      throw new PacketMismatch("no matching socket for script packet; call socket() before", false);
    }
    return socket;
  }

  /** With connections known by their ports, ports of none of them are a mistake. */
  #requireKnown(ports: ConnectionPorts): void {
    if (this.underTest?.named !== true || this.isKnown(ports)) return;
    const known = this.sockets.filter((one) => one.named).map((one) => `${one.localPort} > ${one.remotePort}`);
    throw new PacketMismatch(
      `no connection of the script has ports ${ports.local} > ${ports.remote}; there are ${known.join(", ")}`,
      false,
    );
  }

  #opensConnection(socket: ScriptSocket | undefined, nplab: boolean): boolean {
    if (socket === undefined) return !nplab;
    if (socket.state === "passive-listening") return true;
    return nplab && socket.state === "new" && socket.remoteIp === undefined;
  }

  #child(seq: number, remotePort = this.remotePort()): ScriptSocket {
    const bound = this.underTest?.bound;
    const child = this.add(IPPROTO_TCP);
    child.state = "passive-packet-received";
    child.localIp = bound?.ip ?? this.localIp;
    child.localPort = bound?.port ?? this.config.bind_port;
    child.bound = bound;
    child.remoteIp = this.remoteIp;
    child.remotePort = remotePort;
    child.liveRemoteIsn = seq;
    return child;
  }

  /** An endpoint for packets that belong to no socket of the stack: pings, datagrams to closed ports, fragments. */
  #stateless(packet: PacketAction): ScriptSocket {
    const { transport } = packet;
    const socket = this.add(transport.kind === "ip" ? transport.protocol : protocolOf(packet, this.localIp.family));
    this.fillIn(socket);
    return socket;
  }

  /** Gives a socket the configured addresses where it has none yet. */
  fillIn(socket: ScriptSocket): void {
    socket.localIp ??= this.localIp;
    socket.remoteIp ??= this.remoteIp;
    if (socket.localPort === 0) socket.localPort = this.config.bind_port;
    if (socket.remotePort === 0) socket.remotePort = this.config.connect_port;
  }

  #takes(socket: ScriptSocket, packet: PacketAction): boolean {
    switch (packet.transport.kind) {
      case "tcp":
        return socket.protocol === IPPROTO_TCP;
      case "udp":
        return socket.protocol === IPPROTO_UDP;
      case "icmp":
        return socket.protocol === IPPROTO_TCP || socket.protocol === IPPROTO_UDP ||
          socket.protocol === protocolOf(packet, this.localIp.family);
      case "ip":
      case "message":
      case "arp":
        return true;
    }
  }
}

/** The two ports of a connection, as the stack under test has them. */
export interface ConnectionPorts {
  readonly local: number;
  readonly remote: number;
}

/** The ports of the TCP connection that a packet names: its own, or those of the segment that it quotes. */
export function connectionPorts(packet: Pick<PacketAction, "direction" | "transport">): ConnectionPorts | undefined {
  const { transport, direction } = packet;
  if (transport.kind === "icmp") {
    return transport.quoted?.kind === "packet" ? connectionPorts(transport.quoted) : undefined;
  }
  if (transport.kind !== "tcp" || transport.ports === undefined) return undefined;
  const { source, destination } = transport.ports;
  if (source === 0 || destination === 0) return undefined;
  return direction === "in" ? { local: destination, remote: source } : { local: source, remote: destination };
}

function isOf(socket: ScriptSocket, { local, remote }: ConnectionPorts): boolean {
  return socket.localPort === local && socket.remotePort === remote;
}

function protocolOf(packet: PacketAction, family: 4 | 6): number {
  switch (packet.transport.kind) {
    case "tcp":
      return IPPROTO_TCP;
    case "udp":
      return IPPROTO_UDP;
    case "icmp":
      return family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    case "ip":
      return packet.transport.protocol;
    case "message":
      return messageProtocol(packet.transport.message);
    case "arp":
      return 0;
  }
}

function hasPorts(packet: PacketAction): boolean {
  const { transport } = packet;
  if (transport.kind !== "tcp" && transport.kind !== "udp") return false;
  return transport.ports !== undefined && (transport.ports.source !== 0 || transport.ports.destination !== 0);
}
