/**
 * A received segment while it is processed (`tcp_skb_cb` of the receive side); one object is filled again and again.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { acknowledgmentNumber, flags, headerLength, sequenceNumber, urgentPointer, window } from "../wire/tcp.ts";
import { TcpOptionsReceived } from "../wire/tcp_options.ts";
import { TCPHDR_ACK, TCPHDR_FIN, TCPHDR_RST, TCPHDR_SYN } from "./constants.ts";

/** One received segment. */
export class Segment {
  packet!: PacketBuffer;
  seq = 0;
  end_seq = 0;
  ack_seq = 0;
  /** `TCPHDR_*`, AE included. */
  flags = 0;
  /** Window field, not scaled. */
  window = 0;
  urg_ptr = 0;
  /** Octets of payload, from `payload` in `packet.bytes`. */
  len = 0;
  payload = 0;
  header_len = 0;
  /** Traffic class or TOS octet. */
  ip_dsfield = 0;
  readonly opt: TcpOptionsReceived = new TcpOptionsReceived();

  /** Reads a checked packet whose `data` is at the TCP header. */
  fill(packet: PacketBuffer): void {
    const { bytes, data } = packet;
    this.packet = packet;
    this.seq = sequenceNumber(bytes, data);
    this.ack_seq = acknowledgmentNumber(bytes, data);
    this.flags = flags(bytes, data);
    this.window = window(bytes, data);
    this.urg_ptr = urgentPointer(bytes, data);
    this.header_len = headerLength(bytes, data);
    this.payload = data + this.header_len;
    this.len = packet.tail - this.payload;
    this.ip_dsfield = packet.tos;
    this.end_seq = (this.seq + this.len + (this.flags & TCPHDR_FIN) + ((this.flags & TCPHDR_SYN) >> 1)) >>> 0;
  }

  get syn(): boolean {
    return (this.flags & TCPHDR_SYN) !== 0;
  }

  get ack(): boolean {
    return (this.flags & TCPHDR_ACK) !== 0;
  }

  get rst(): boolean {
    return (this.flags & TCPHDR_RST) !== 0;
  }

  get fin(): boolean {
    return (this.flags & TCPHDR_FIN) !== 0;
  }
}
