/**
 * The one place where TCP segments are built and given to IP.
 *
 * @module
 */
import { PacketBuffer } from "../../buffer.ts";
import type { AfOperations } from "../../inet/af_ops.ts";
import type { Ip, IpSendOptions, Route } from "../../ip/interface.ts";
import { Counter } from "../../mib.ts";
import type { Net } from "../../net.ts";
import { fold } from "../../wire/checksum.ts";
import { IPPROTO_TCP } from "../../../abi/socket_constants.ts";
import * as tcp from "../../wire/tcp.ts";
import type { OutgoingOptions } from "./options.ts";

/** What a segment says, its options and text apart. */
export interface SegmentHeader {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  /** SEG.ACK, sent with the ACK flag only. */
  ack: number;
  flags: number;
  /** The window field, scaled already. */
  window: number;
  /** The urgent pointer, sent with the URG flag only. */
  urgentPointer: number;
}

/** The text of a segment. */
export interface SegmentText {
  readonly length: number;
  /** Copies it to `bytes[at …]`. */
  copyTo(bytes: Uint8Array, at: number): void;
}

/** How a segment's packet is to be sent, marked and cut. */
export interface PacketMarks {
  /** Those of the family that it is sent by. */
  readonly operations: AfOperations;
  readonly priority: number;
  readonly mark: number;
  /** Flow hash, for automatic flow labels. */
  readonly hash: number;
  /** Octets of text per segment when the device is to cut the packet, else 0. */
  readonly segmentSize: number;
}

/** Writes a signature into a segment that is complete but for its checksum (RFC 2385). */
export type SignSegment = (packet: PacketBuffer, signatureAt: number) => void;

/** No text. */
export const NO_TEXT: SegmentText = { length: 0, copyTo: () => {} };

/** Builds segments and sends them. One for each stack. */
export class Transmitter {
  /** Sends through `ip` and counts. */
  constructor(private readonly net: Net, private readonly ip: Ip) {}

  /** Sends one segment: 0 or `-errno`. */
  send(
    header: SegmentHeader,
    options: OutgoingOptions,
    text: SegmentText,
    route: Route,
    addressing: IpSendOptions,
    marks: PacketMarks,
    sign?: SignSegment,
  ): number {
    const optionLength = options.length;
    const headerLength = tcp.MIN_HEADER_LENGTH + optionLength;
    const packet = PacketBuffer.allocate(headerLength + text.length);
    const { bytes, data: at } = packet;
    packet.transport_header = at;
    packet.family = marks.operations.family;
    packet.protocol = IPPROTO_TCP;
    packet.priority = marks.priority;
    packet.mark = marks.mark;
    packet.hash = marks.hash;
    packet.gso_size = text.length > marks.segmentSize ? marks.segmentSize : 0;
    tcp.setSourcePort(bytes, at, header.sourcePort);
    tcp.setDestinationPort(bytes, at, header.destinationPort);
    tcp.setSequenceNumber(bytes, at, header.seq);
    if ((header.flags & tcp.ACK) !== 0) tcp.setAcknowledgmentNumber(bytes, at, header.ack);
    // RFC9293-3.1-reserved-bits: sent as zero.
    tcp.setHeaderLengthAndFlags(bytes, at, headerLength, header.flags);
    tcp.setWindow(bytes, at, header.window);
    if ((header.flags & tcp.URG) !== 0) tcp.setUrgentPointer(bytes, at, header.urgentPointer);
    options.write(bytes, at + tcp.MIN_HEADER_LENGTH);
    text.copyTo(bytes, at + headerLength);
    if (options.signatureAt >= 0) sign?.(packet, options.signatureAt);
    const { operations } = marks;
    leaveChecksum(operations, packet, addressing);
    this.count(header.flags, packet, text.length);
    return operations.queue_xmit(this.ip, packet, route, addressing);
  }

  private count(flags: number, packet: PacketBuffer, length: number): void {
    const { mib } = this.net;
    mib.add(Counter.TcpOutSegs, packet.gso_size > 0 ? Math.ceil(length / packet.gso_size) : 1);
    if ((flags & tcp.RST) !== 0) mib.inc(Counter.TcpOutRsts);
  }
}

/** The device or the IP floor fills the checksum in; they find the pseudo-header's sum in its place. */
// RFC9293-MUST-2
function leaveChecksum(operations: AfOperations, packet: PacketBuffer, { source, destination }: IpSendOptions): void {
  const pseudo = operations.send_check(source, destination, IPPROTO_TCP, packet.length);
  tcp.setChecksum(packet.bytes, packet.data, fold(pseudo));
  packet.ip_summed = "partial";
}
