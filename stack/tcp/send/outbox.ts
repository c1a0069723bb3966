/**
 * What all segments of one connection have in common: addresses, ports, options, and what they acknowledge.
 *
 * @module
 */
import type { InetSock } from "../../inet/inet_sock.ts";
import { type IpSendOptions, PmtuDiscovery } from "../../ip/interface.ts";
import { ACK, SYN } from "../../wire/tcp.ts";
import type { Negotiated } from "../negotiated.ts";
import type { Path } from "../path.ts";
import { type RecentTimestamp, timestampAt } from "../timestamps.ts";
import { OutgoingOptions } from "./options.ts";
import {
  NO_TEXT,
  type PacketMarks,
  type SegmentHeader,
  type SegmentText,
  type SignSegment,
  type Transmitter,
} from "./transmit.ts";

/** The receiver's side of every segment. */
export interface Acknowledgement {
  /** RCV.NXT. */
  readonly rcvNxt: number;
  /** The window field; choosing it may move the window's right edge. */
  windowField(): number;
  /** Octets of the SACK option that is due, 0 for none. */
  readonly sackLength: number;
  /** Adds the SACK blocks that fit in `room` octets, where {@link sackLength} says that some are due. */
  addSackBlocks(options: OutgoingOptions, room: number): void;
  /** A segment with an ACK has gone out. */
  acknowledged(carriesText: boolean): void;
}

/** ECN's share of every segment. */
export interface EcnMarks {
  /** ECE and CWR flags for a segment; `fresh`: it has text that is sent for the first time. */
  outgoingFlags(fresh: boolean): number;
  /** ECN bits of the IP header. */
  codepoint(textLength: number, fresh: boolean): number;
}

/** How one segment differs from the others. */
export interface Differences {
  /** The window field in place of the receiver's choice. */
  readonly window?: number;
  /** Text that is sent for the first time. */
  readonly fresh?: boolean;
  /** Octets per segment when several go as one. */
  readonly segmentSize?: number;
  /** Urgent pointer. */
  readonly urgentPointer?: number;
  /** Segments that the three-way handshake needs say all that they say themselves: no options are added. */
  readonly options?: OutgoingOptions;
}

const NO_DIFFERENCES: Differences = {};

/** Fills in and sends the segments of one connection. */
export class Outbox {
  private readonly options = new OutgoingOptions();
  private readonly header: SegmentHeader = {
    sourcePort: 0,
    destinationPort: 0,
    seq: 0,
    ack: 0,
    flags: 0,
    window: 0,
    urgentPointer: 0,
  };
  private readonly marks: { -readonly [Key in keyof PacketMarks]: PacketMarks[Key] };
  private addressing: { -readonly [Key in keyof IpSendOptions]: IpSendOptions[Key] } | undefined = undefined;
  /** Segments with an ACK that were sent. */
  acknowledgments = 0;
  /** Hash of the flow; changes where another path is to be tried. */
  hash: number;
  /** Signs segments (RFC 2385), when the connection has a key. */
  sign: SignSegment | undefined = undefined;

  /** The outbox of `endpoint`. */
  constructor(
    private readonly endpoint: InetSock,
    private readonly transmitter: Transmitter,
    private readonly path: Path,
    private readonly negotiated: Negotiated,
    private readonly recent: RecentTimestamp,
    private readonly receiver: Acknowledgement,
    private readonly ecn: EcnMarks,
  ) {
    this.hash = endpoint.net.random();
    this.marks = { priority: 0, mark: 0, hash: this.hash, segmentSize: 0, operations: endpoint.af_ops };
  }

  /** Sends one segment: 0 or `-errno`. */
  send(seq: number, flags: number, text: SegmentText = NO_TEXT, differences: Differences = NO_DIFFERENCES): number {
    const route = this.path.route();
    if (typeof route === "number") return route;
    const { endpoint, header } = this;
    const fresh = differences.fresh ?? false;
    const segmentSize = differences.segmentSize ?? 0;
    const options = differences.options ?? this.usualOptions(flags, Math.min(text.length, segmentSize || text.length));
    header.sourcePort = endpoint.num;
    header.destinationPort = endpoint.dport;
    header.seq = seq;
    header.flags = flags;
    header.urgentPointer = differences.urgentPointer ?? 0;
    // RFC7323-2.2-syn-unscaled: the window of a SYN is never scaled; the handshake chooses it itself.
    header.window = differences.window ?? this.receiver.windowField();
    header.ack = this.receiver.rcvNxt;
    // RFC3168-6.1.1-syn
    if ((flags & SYN) === 0) header.flags |= this.ecn.outgoingFlags(fresh);
    this.marks.segmentSize = segmentSize;
    const result = this.transmitter.send(
      header,
      options,
      text,
      route,
      this.addressingFor(text.length, fresh),
      this.marksNow(),
      this.sign,
    );
    if ((flags & ACK) !== 0) {
      this.acknowledgments++;
      this.receiver.acknowledged(text.length > 0);
    }
    return result;
  }

  /** Octets of options that are due now and not on every segment. */
  get extraOptions(): number {
    return this.receiver.sackLength;
  }

  /** Options of a segment that is no SYN: timestamps and SACK blocks. */
  private usualOptions(flags: number, textLength: number): OutgoingOptions {
    const { options, negotiated } = this;
    options.reset();
    options.signature = this.sign !== undefined;
    // RFC7323-3.2-every: once agreed on, on every segment.
    if (negotiated.timestamps) {
      options.timestamps = true;
      // RFC7323-4.1-clock
      options.tsval = timestampAt(this.endpoint.net.now, negotiated.timestampOffset);
      // RFC7323-3.2-echo, RFC7323-4.3-ooo
      options.tsecr = this.recent.echo;
    }
    // RFC 6691: options that only some segments have take of the text's room; what was cut without them goes without them.
    if ((flags & ACK) !== 0 && this.receiver.sackLength > 0) {
      this.receiver.addSackBlocks(options, this.path.room - textLength);
    }
    return options;
  }

  private marksNow(): PacketMarks {
    this.marks.operations = this.endpoint.af_ops;
    this.marks.priority = this.endpoint.so.priority;
    this.marks.mark = this.endpoint.so.mark;
    return this.marks;
  }

  /** How IP is to send it. One object is used for all segments of the connection. */
  private addressingFor(textLength: number, fresh: boolean): IpSendOptions {
    const { endpoint } = this;
    const own = endpoint.family_options;
    const into = this.addressing ??= { ...endpoint.send_options(), df: undefined, hash: 0 };
    into.source = endpoint.saddr;
    into.destination = endpoint.daddr;
    // RFC9293-MUST-48, RFC9293-SHLD-21, RFC9293-SHLD-22
    into.tos = (own.tos & ~3) | this.ecn.codepoint(textLength, fresh);
    // RFC9293-MUST-49
    into.ttl = Math.max(own.uc_ttl, 0);
    into.pmtudisc = own.pmtudisc;
    into.flowlabel = endpoint.flow_label & 0xfffff;
    into.options = own.options;
    // RFC6437-3-same-flow, RFC8200-6-flowlabel
    into.hash = this.hash;
    // DF unless the program does not want path MTU discovery (RFC 1191).
    // RFC1191-df-bit
    into.df = own.pmtudisc >= PmtuDiscovery.WANT && own.pmtudisc <= PmtuDiscovery.PROBE;
    return into;
  }
}
