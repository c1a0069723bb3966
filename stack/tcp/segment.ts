/**
 * A segment as it came in.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { IpAddress } from "../wire/address.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import * as tcp from "../wire/tcp.ts";
import { parseAlignedTimestamp, parseInto, TcpOptionsReceived } from "../wire/tcp_options.ts";

/** ECN bits of a TOS octet: congestion experienced. */
const CONGESTION_EXPERIENCED = 3;

/** One received segment. The stack reads all of them into the same object: whoever keeps something of it copies that. */
export class ReceivedSegment {
  /** The packet that carries it; its `data` is at the TCP header. */
  packet!: PacketBuffer;
  /** SEG.SEQ. */
  seq = 0;
  /** The sequence number after the segment, SYN and FIN counted (SEG.SEQ + SEG.LEN). */
  end = 0;
  /** SEG.ACK; counts only with {@link hasAck}. */
  ack = 0;
  /** The nine flags of `wire/tcp.ts`. */
  flags = 0;
  /** The window field, not scaled. */
  window = 0;
  /** SEG.UP: the urgent pointer, relative to `seq`. */
  urgentPointer = 0;
  /** Index of the first octet of text in `packet.bytes`. */
  textStart = 0;
  /** Octets of text. */
  textLength = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** What its options say; {@link readOptions} fills it in. */
  readonly options: TcpOptionsReceived = new TcpOptionsReceived();

  /** Reads the header of a packet whose TCP header has been checked. Options are left for {@link readOptions}. */
  read(packet: PacketBuffer): void {
    const { bytes, data: at, tail } = packet;
    this.packet = packet;
    this.flags = tcp.flags(bytes, at);
    this.seq = tcp.sequenceNumber(bytes, at);
    this.end = (this.seq + tcp.segmentLength(bytes, at, tail)) >>> 0;
    this.ack = tcp.acknowledgmentNumber(bytes, at);
    this.window = tcp.window(bytes, at);
    this.urgentPointer = tcp.urgentPointer(bytes, at);
    this.textStart = at + tcp.headerLength(bytes, at);
    this.textLength = tail - this.textStart;
    this.sourcePort = tcp.sourcePort(bytes, at);
    this.destinationPort = tcp.destinationPort(bytes, at);
  }

  /** Reads the options. `usual`: first try the form that nearly every segment of a connection with timestamps has. */
  readOptions(usual: boolean): void {
    const { bytes, data } = this.packet;
    const start = data + tcp.MIN_HEADER_LENGTH;
    if (start === this.textStart) return this.options.reset();
    if (usual && this.textStart - start === 12) {
      this.options.reset();
      if (parseAlignedTimestamp(bytes, start, this.textStart, this.options)) return;
    }
    parseInto(bytes, start, this.textStart, this.options);
  }

  get syn(): boolean {
    return (this.flags & tcp.SYN) !== 0;
  }

  get fin(): boolean {
    return (this.flags & tcp.FIN) !== 0;
  }

  get rst(): boolean {
    return (this.flags & tcp.RST) !== 0;
  }

  get hasAck(): boolean {
    return (this.flags & tcp.ACK) !== 0;
  }

  /** SEG.LEN: sequence numbers that it takes. */
  get length(): number {
    return (this.end - this.seq) >>> 0;
  }

  /** Sequence number of the first octet of text. */
  get textSeq(): number {
    return this.syn ? (this.seq + 1) >>> 0 : this.seq;
  }

  /** The IP header says that congestion was met on the way (RFC 3168). */
  get congestionExperienced(): boolean {
    return (this.packet.tos & 3) === CONGESTION_EXPERIENCED;
  }

  /** Octets of the packet that it came in, from the IP header on. */
  get packetLength(): number {
    return this.packet.tail - this.packet.network_header;
  }

  /** The text, as a view of the packet. */
  text(): Uint8Array {
    return this.packet.bytes.subarray(this.textStart, this.textStart + this.textLength);
  }

  /** Source address; a new object for each call. */
  source(): IpAddress {
    const { bytes, network_header: ip, family } = this.packet;
    return family === 4 ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip);
  }

  /** Destination address; a new object for each call. */
  destination(): IpAddress {
    const { bytes, network_header: ip, family } = this.packet;
    return family === 4 ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip);
  }

  /** Drops `count` octets of text in front, which the receiver has already; a SYN goes first. */
  trimFront(count: number): void {
    let rest = count;
    if (rest > 0 && this.syn) {
      this.flags &= ~tcp.SYN;
      this.seq = (this.seq + 1) >>> 0;
      rest--;
    }
    const text = Math.min(rest, this.textLength);
    this.textStart += text;
    this.textLength -= text;
    this.seq = (this.seq + rest) >>> 0;
  }

  /** Keeps what lies before `end` and drops the rest, a FIN first. */
  trimBack(end: number): void {
    let surplus = (this.end - end) >>> 0;
    if (surplus > 0 && this.fin) {
      this.flags &= ~tcp.FIN;
      surplus--;
    }
    this.textLength = Math.max(this.textLength - surplus, 0);
    this.end = end;
  }
}
