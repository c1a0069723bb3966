/**
 * From a script packet to the octets that are injected.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import { pseudoHeaderSum } from "../../stack/wire/checksum.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type {
  IcmpMessage,
  IcmpQuote,
  PacketAction,
  Payload,
  Ports,
  TcpSegment,
  Transport,
  UdpDatagram,
} from "../script/syntax.ts";
import { UnsupportedError } from "../targets/target.ts";
import { applyChecksum, buildIp, encapsulate } from "./build_ip.ts";
import { PacketMismatch } from "./failure.ts";
import { messageIpInfo, messageOctets, messageProtocol } from "./messages.ts";
import type { MptcpConnection } from "./mptcp.ts";
import { encodeOptions } from "./options.ts";
import type { ScriptSocket, SegmentTrace } from "./sockets.ts";
import { inboundAckOffset, inboundOptions, inboundSeq, outboundAckOffset, outboundSeqOffset } from "./translate.ts";
import { ipVersion } from "../../stack/wire/ip_version.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";

/** What building depends on beyond the packet. */
export interface BuildContext {
  readonly socket: ScriptSocket;
  /** `--tcp_ts_ecr_scaled`. */
  readonly ecrScaled: boolean;
  readonly nplab: boolean;
  readonly mptcp: MptcpConnection;
}

/** The two ends of a packet. */
export interface Endpoints {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A packet to inject. */
export interface BuiltPacket {
  readonly bytes: Uint8Array;
  /** For TCP. */
  readonly trace: SegmentTrace | undefined;
}

/** The ends of a packet of `socket` that travels `direction` as seen from the stack under test. */
export function endpointsOf(
  packet: Pick<PacketAction, "direction" | "addresses" | "transport">,
  socket: ScriptSocket,
): Endpoints {
  const inbound = packet.direction === "in";
  const own = inbound ? socket.remoteIp : socket.localIp;
  const peer = inbound ? socket.localIp : socket.remoteIp;
  const source = packet.addresses?.source === undefined ? own : IpAddress.parse(packet.addresses.source);
  const destination = packet.addresses?.destination === undefined
    ? peer
    : IpAddress.parse(packet.addresses.destination);
  if (source === undefined || destination === undefined) {
    throw new PacketMismatch("an address of the socket under test is not known yet", false);
  }
  const ports = portsOf(packet.transport);
  return {
    source,
    destination,
    sourcePort: ports?.source || (inbound ? socket.remotePort : socket.localPort),
    destinationPort: ports?.destination || (inbound ? socket.localPort : socket.remotePort),
  };
}

function portsOf(transport: Transport): Ports | undefined {
  return transport.kind === "tcp" || transport.kind === "udp" ? transport.ports : undefined;
}

/** Builds a packet to inject. Throws `PacketMismatch` for a time stamp that stands for nothing. */
export function buildPacket(packet: PacketAction, ends: Endpoints, context: BuildContext): BuiltPacket {
  const { transport } = packet;
  const { bytes: payload, protocol, trace } = buildTransport(transport, ends, context, "in");
  const ip = buildIp({
    source: ends.source,
    destination: ends.destination,
    protocol,
    payload,
    info: transport.kind === "message" ? messageIpInfo(packet, transport.message) : packet.ip,
    fragment: packet.fragment,
  });
  return { bytes: encapsulate(packet.encapsulations, ip), trace };
}

interface BuiltTransport {
  readonly bytes: Uint8Array;
  readonly protocol: number;
  readonly trace: SegmentTrace | undefined;
}

/** The transport header and its data as the stack under test would send them, in live numbers. */
export function outboundTransport(transport: Transport, ends: Endpoints, context: BuildContext): Uint8Array {
  return buildTransport(transport, ends, context, "out").bytes;
}

/** The transport header and its data, cut to what the script wants on the wire. */
function buildTransport(
  transport: Transport,
  ends: Endpoints,
  context: BuildContext,
  direction: "in" | "out",
): BuiltTransport {
  let built: BuiltTransport;
  switch (transport.kind) {
    case "tcp":
      built = buildTcp(transport, ends, context, direction);
      break;
    case "udp":
      built = { bytes: buildUdp(transport, ends), protocol: IPPROTO_UDP, trace: undefined };
      break;
    case "icmp":
      built = {
        bytes: buildIcmp(transport, ends, context),
        protocol: ends.source.family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
        trace: undefined,
      };
      break;
    case "message":
      built = {
        bytes: messageOctets(transport, ends.source, ends.destination),
        protocol: messageProtocol(transport.message),
        trace: undefined,
      };
      break;
    case "arp":
      throw new UnsupportedError("ARP in an IP packet");
    case "ip":
      built = {
        bytes: payloadBytes(transport.payload, transport.length),
        protocol: transport.protocol,
        trace: undefined,
      };
  }
  const cut = transport.truncate;
  return cut === undefined || cut >= built.bytes.length ? built : { ...built, bytes: built.bytes.subarray(0, cut) };
}

function payloadBytes(payload: Payload | undefined, length: number): Uint8Array {
  if (payload === undefined) return new Uint8Array(length);
  if (payload.bytes.length === length) return payload.bytes;
  const bytes = new Uint8Array(length);
  bytes.set(payload.bytes.subarray(0, length));
  return bytes;
}

function buildTcp(
  segment: TcpSegment,
  ends: Endpoints,
  context: BuildContext,
  direction: "in" | "out",
): BuiltTransport {
  if (segment.psp !== undefined) throw new UnsupportedError("PSP encapsulation");
  if (segment.subflow !== undefined) throw new UnsupportedError("MPTCP subflows by their addresses");
  if (segment.resetDiagnostic !== undefined) throw new UnsupportedError("diagnostic payload of RST segments");
  const { socket } = context;
  const encoded = encodeOptions(segment.options);
  const options = direction === "in"
    ? inboundOptions(socket, segment, encoded, context.ecrScaled, context.nplab, context.mptcp)
    : concatBytes(...encoded.list.map((one) => one.bytes));
  const syn = segment.flags.syn;
  const seq = direction === "in"
    ? inboundSeq(socket, segment)
    : (segment.seq.start + outboundSeqOffset(socket, syn)) >>> 0;
  const ackOffset = direction === "in" ? inboundAckOffset(socket, syn) : outboundAckOffset(socket, syn);
  const ack = segment.flags.ack ? ((segment.ack ?? 0) + ackOffset) >>> 0 : (segment.ack ?? 0);
  const headerLength = tcp.MIN_HEADER_LENGTH + options.length;
  const payload = payloadBytes(segment.payload, segment.seq.length);
  const bytes = new Uint8Array(headerLength + payload.length);
  tcp.setSourcePort(bytes, 0, ends.sourcePort);
  tcp.setDestinationPort(bytes, 0, ends.destinationPort);
  tcp.setSequenceNumber(bytes, 0, seq);
  tcp.setAcknowledgmentNumber(bytes, 0, ack);
  tcp.setHeaderLengthAndFlags(bytes, 0, (segment.dataOffset ?? headerLength >> 2) << 2, segment.flags.bits);
  if (segment.reserved !== undefined) tcp.setReserved(bytes, 0, segment.reserved);
  tcp.setWindow(bytes, 0, segment.window ?? 0);
  tcp.setUrgentPointer(bytes, 0, segment.urgent ?? 0);
  bytes.set(options, tcp.MIN_HEADER_LENGTH);
  bytes.set(payload, headerLength);
  tcp.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(ends.source, ends.destination, IPPROTO_TCP, bytes.length));
  tcp.setChecksum(bytes, 0, applyChecksum(tcp.checksum(bytes, 0), segment.checksum));
  const trace = { flags: segment.flags.bits, seq, ack, window: segment.window ?? 0, length: payload.length };
  if (segment.udpEncapsulation === undefined) return { bytes, protocol: IPPROTO_TCP, trace };
  return { bytes: insideUdp(bytes, segment.udpEncapsulation, ends), protocol: IPPROTO_UDP, trace };
}

function insideUdp(segment: Uint8Array, ports: Ports, ends: Endpoints): Uint8Array {
  const bytes = concatBytes(
    udp.emit({ sourcePort: ports.source, destinationPort: ports.destination }, segment.length),
    segment,
  );
  udp.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(ends.source, ends.destination, IPPROTO_UDP, bytes.length));
  return bytes;
}

function buildUdp(datagram: UdpDatagram, ends: Endpoints): Uint8Array {
  const payload = payloadBytes(datagram.payload, datagram.length);
  const header = udp.emit({ sourcePort: ends.sourcePort, destinationPort: ends.destinationPort }, payload.length);
  const bytes = concatBytes(header, payload);
  udp.setLength(bytes, 0, datagram.lengthField ?? bytes.length);
  udp.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(ends.source, ends.destination, IPPROTO_UDP, bytes.length));
  udp.setChecksum(bytes, 0, applyChecksum(udp.checksum(bytes, 0), datagram.checksum));
  return bytes;
}

/** How many octets of a transport header packetdrill quotes. */
const QUOTED_TRANSPORT = 8;

function buildIcmp(
  message: IcmpMessage,
  ends: Endpoints,
  context: BuildContext,
): Uint8Array {
  const bytes = concatBytes(new Uint8Array(icmpv4.HEADER_LENGTH), icmpBody(message, ends, context));
  const four = ends.source.family === 4;
  icmpv4.setType(bytes, 0, message.type);
  icmpv4.setCode(bytes, 0, message.code);
  if (message.mtu !== undefined) {
    four ? icmpv4.setNextHopMtu(bytes, 0, message.mtu) : icmpv6.setMtu(bytes, 0, message.mtu);
  }
  if (message.id !== undefined) icmpv4.setIdentifier(bytes, 0, message.id);
  if (message.sequence !== undefined) icmpv4.setSequenceNumber(bytes, 0, message.sequence);
  if (message.pointer !== undefined) (four ? icmpv4 : icmpv6).setPointer(bytes, 0, message.pointer);
  if (four) {
    icmpv4.fillChecksum(bytes, 0, bytes.length);
  } else {
    icmpv6.fillChecksum(
      bytes,
      0,
      bytes.length,
      pseudoHeaderSum(ends.source, ends.destination, IPPROTO_ICMPV6, bytes.length),
    );
  }
  icmpv4.setChecksum(bytes, 0, applyChecksum(icmpv4.checksum(bytes, 0), message.checksum));
  return bytes;
}

/** What stands behind the eight octets of header. */
function icmpBody(
  message: IcmpMessage,
  ends: Endpoints,
  context: BuildContext,
): Uint8Array {
  if (message.dataLength !== undefined) return payloadBytes(message.payload, message.dataLength);
  const { quoted } = message;
  if (quoted?.kind === "raw") return new Uint8Array(Math.max(0, quoted.length - icmpv4.HEADER_LENGTH));
  if (quoted?.kind === "packet") return quotedPacket(quoted, context);
  const back = quotedEnds(ends, context.socket);
  const isUdp = quoted?.kind === "udp";
  const length = isUdp ? udp.HEADER_LENGTH + quoted.length : tcp.MIN_HEADER_LENGTH + (quoted?.seq.length ?? 0);
  const header = buildIp({
    source: back.source,
    destination: back.destination,
    protocol: isUdp ? IPPROTO_UDP : IPPROTO_TCP,
    payload: new Uint8Array(0),
    info: undefined,
    fragment: undefined,
  });
  if (ipVersion(header, 0) === ipv4.VERSION) {
    ipv4.setTotalLength(header, 0, header.length + length);
    ipv4.setHeaderChecksum(header, 0, 0);
  } else {
    ipv6.setPayloadLength(header, 0, length);
  }
  const transport = new Uint8Array(QUOTED_TRANSPORT);
  // UDP has its ports where TCP has them.
  tcp.setSourcePort(transport, 0, back.sourcePort);
  tcp.setDestinationPort(transport, 0, back.destinationPort);
  if (!isUdp) {
    const seq = quoted?.seq;
    const offset = seq?.absolute ? 0 : context.socket.liveLocalIsn;
    tcp.setSequenceNumber(transport, 0, ((seq?.start ?? 0) + offset) >>> 0);
    const tunnel = quoted?.udpEncapsulation;
    if (tunnel !== undefined) throw new UnsupportedError("ICMP that quotes TCP inside UDP");
  }
  return concatBytes(header, transport);
}

/** The quoted packet went the other way, between the socket's own addresses. */
function quotedEnds(ends: Endpoints, socket: ScriptSocket): Endpoints {
  return {
    source: socket.localIp ?? ends.destination,
    destination: socket.remoteIp ?? ends.source,
    sourcePort: socket.localPort,
    destinationPort: socket.remotePort,
  };
}

/** The octets of a quoted packet, as far as it is quoted. */
export function quotedPacket(
  quote: Extract<IcmpQuote, { kind: "packet" }>,
  context: BuildContext,
): Uint8Array {
  const ends = endpointsOf(quote, context.socket);
  // What the transport's `trunc` says is how much is quoted, so that the datagram itself is whole.
  const whole: Transport = { ...quote.transport, truncate: undefined };
  const { bytes: payload, protocol } = buildTransport(whole, ends, context, quote.direction);
  const { source, destination } = ends;
  const ip = buildIp({ source, destination, protocol, payload, info: quote.ip, fragment: quote.fragment });
  const cut = quote.transport.truncate;
  return cut === undefined ? ip : ip.subarray(0, Math.max(0, ip.length - payload.length) + cut);
}
