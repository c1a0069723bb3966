/**
 * For tests of targets: one TCP connection opened and driven by hand, without the script language.
 *
 * @module
 */

import { formatAddress, parseAddress } from "../../host/address.ts";
import { encodeSockaddrIn, encodeSockaddrIn6 } from "../../abi/sockaddr.ts";
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { IpAddress } from "../../stack/wire/address.ts";
import { internetChecksum, pseudoHeaderSum } from "../../stack/wire/checksum.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import type { CapturedPacket, IpVersion, Session, WorldOptions } from "./target.ts";
import { ipVersion } from "../../stack/wire/ip_version.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as udp from "../../stack/wire/udp.ts";

/** The port that the stack under test listens on. */
export const PORT = 8080;

/** What packetdrill's driver gives the variants. */
export function worldOf(ipVersion: IpVersion, cwd = "/"): WorldOptions {
  const v6 = ipVersion === "ipv6";
  return {
    ipVersion,
    localIp: v6 ? "fd3d:a0b:17d6::1" : "192.168.0.1",
    localPrefixLength: v6 ? 48 : 16,
    remoteIp: v6 ? "fd3d:fa7b:d17d::1" : "192.0.2.1",
    remotePrefixLength: v6 ? 128 : 32,
    gatewayIp: v6 ? "fd3d:a0b:17d6:8888::1" : "192.168.0.1",
    mtu: v6 ? 1520 : 1500,
    speed: 0,
    anyIp: false,
    sendOmitFree: true,
    offload: true,
    cwd,
  };
}

/** `sockaddr_in` or `sockaddr_in6`. */
export function socketAddress(address: string, port: number): Uint8Array {
  const bytes = parseAddress(address);
  return bytes.length === 4 ? encodeSockaddrIn(bytes, port) : encodeSockaddrIn6(bytes, port);
}

/** A segment from the peer. */
export interface Segment {
  readonly flags: number;
  readonly seq: number;
  readonly ack?: number;
  readonly window?: number;
  readonly payload?: number;
}

/** What a test looks at in a captured segment. */
export interface SeenSegment {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly payload: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly source: string;
  readonly time_us: number;
}

/** The remote end of one connection of a session. */
export class TestPeer {
  readonly #session: Session;
  readonly #options: WorldOptions;
  readonly port: number;

  constructor(session: Session, options: WorldOptions) {
    this.#session = session;
    this.#options = options;
    this.port = session.remotePort();
  }

  /** Sends a segment to the stack. */
  send(segment: Segment, toPort = PORT, gsoSize = 0): void {
    const remote = IpAddress.parse(this.#options.remoteIp);
    const local = IpAddress.parse(this.#options.localIp);
    const header = tcp.emit({
      sourcePort: this.port,
      destinationPort: toPort,
      sequenceNumber: segment.seq,
      acknowledgmentNumber: segment.ack ?? 0,
      flags: segment.flags,
      window: segment.window ?? 65535,
    });
    const body = new Uint8Array(header.length + (segment.payload ?? 0));
    body.set(header);
    const pseudo = pseudoHeaderSum(remote, local, IPPROTO_TCP, body.length);
    tcp.setChecksum(body, 0, internetChecksum(body, 0, body.length, pseudo));
    const ip = remote.family === 4
      ? ipv4.emit({ protocol: IPPROTO_TCP, source: remote, destination: local }, body.length)
      : ipv6.emit({ nextHeader: IPPROTO_TCP, source: remote, destination: local }, body.length);
    const bytes = new Uint8Array(ip.length + body.length);
    bytes.set(ip);
    bytes.set(body, ip.length);
    this.#session.inject({ bytes, gsoSize });
  }

  /** The next TCP segment from the stack; `undefined` where none came in 2 s. */
  async receive(): Promise<SeenSegment | undefined> {
    for (;;) {
      const packet = await this.#session.receive(this.#session.now() + 2_000_000);
      if (packet === undefined) return undefined;
      const seen = segmentOf(packet);
      if (seen !== undefined) return seen;
    }
  }

  /** Makes a call that does not block, and returns what it did. */
  async call(request: SystemCallRequest): Promise<SystemCallOutcome> {
    const call = this.#session.call(request);
    await call.started;
    if (call.outcome === undefined) throw new Error(`${request.name} blocks`);
    return call.outcome;
  }

  /** Opens a listening socket. */
  async listen(): Promise<number> {
    const domain = this.#options.ipVersion === "ipv4" ? AF_INET : AF_INET6;
    const { result: fd } = await this.call({ name: "socket", domain, type: SOCK_STREAM, protocol: IPPROTO_TCP });
    const mapped = this.#options.ipVersion === "ipv4-mapped-ipv6" ? "::ffff:" : "";
    const address = socketAddress(mapped + this.#options.localIp, PORT);
    const bound = await this.call({ name: "bind", fd, address, length: address.length });
    if (bound.result !== 0) throw new Error(`bind: errno ${bound.errno}`);
    const listening = await this.call({ name: "listen", fd, backlog: 1 });
    if (listening.result !== 0) throw new Error(`listen: errno ${listening.errno}`);
    return fd;
  }

  /** Opens a connection to a listening socket; returns the stack's initial sequence number. */
  async open(): Promise<number> {
    this.send({ flags: tcp.SYN, seq: 0 });
    const answer = await this.receive();
    if (answer === undefined) throw new Error("no answer to a SYN");
    if (answer.flags !== (tcp.SYN | tcp.ACK) || answer.ack !== 1) {
      throw new Error(`not a SYN-ACK: ${JSON.stringify(answer)}`);
    }
    this.send({ flags: tcp.ACK, seq: 1, ack: answer.seq + 1 >>> 0 });
    return answer.seq;
  }
}

/** A packet's TCP header, or `undefined` if it is not TCP. */
export function segmentOf(packet: CapturedPacket): SeenSegment | undefined {
  const { bytes } = packet;
  const v6 = ipVersion(bytes, 0) === ipv6.VERSION;
  const at = v6 ? ipv6.HEADER_LENGTH : ipv4.headerLength(bytes, 0);
  if ((v6 ? ipv6.nextHeader(bytes, 0) : ipv4.protocol(bytes, 0)) !== IPPROTO_TCP) return undefined;
  return {
    flags: tcp.flags(bytes, at),
    seq: tcp.sequenceNumber(bytes, at),
    ack: tcp.acknowledgmentNumber(bytes, at),
    payload: bytes.length - at - tcp.headerLength(bytes, at),
    sourcePort: tcp.sourcePort(bytes, at),
    destinationPort: tcp.destinationPort(bytes, at),
    source: formatAddress(v6 ? bytes.subarray(8, 24) : bytes.subarray(12, 16)),
    time_us: packet.time_us,
  };
}

/** Sends an echo request over IPv4 and returns the ICMP type of the answer, `undefined` where none came in 2 s. */
export async function ping(session: Session): Promise<number | undefined> {
  const options = worldOf("ipv4");
  const header = ipv4.emit({
    protocol: 1,
    source: IpAddress.parse(options.remoteIp),
    destination: IpAddress.parse(options.localIp),
  }, 16);
  const bytes = new Uint8Array(header.length + 16);
  bytes.set(header);
  bytes.set([8, 0, 0, 0, 0, 7, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8], header.length);
  const sum = internetChecksum(bytes, header.length, bytes.length);
  bytes.set([sum >> 8, sum & 255], header.length + 2);
  session.inject({ bytes });
  const packet = await session.receive(session.now() + 2_000_000);
  return packet === undefined ? undefined : icmpv4.type(packet.bytes, ipv4.headerLength(packet.bytes, 0));
}

/** A UDP datagram over IPv4 from the peer to the stack. */
export function datagram(options: WorldOptions, sourcePort: number, port: number, payload: Uint8Array): Uint8Array {
  const source = IpAddress.parse(options.remoteIp);
  const destination = IpAddress.parse(options.localIp);
  const body = new Uint8Array(udp.HEADER_LENGTH + payload.length);
  udp.setSourcePort(body, 0, sourcePort);
  udp.setDestinationPort(body, 0, port);
  udp.setLength(body, 0, body.length);
  body.set(payload, udp.HEADER_LENGTH);
  udp.fillChecksum(body, 0, body.length, pseudoHeaderSum(source, destination, 17, body.length));
  const header = ipv4.emit({ protocol: 17, source, destination }, body.length);
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}
