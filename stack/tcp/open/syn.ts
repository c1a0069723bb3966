/**
 * What a listener keeps of a SYN, and the SYN-ACK that answers it.
 *
 * @module
 */
import { IPPROTO_TCP, SOCK_RCVBUF_LOCK } from "../../../abi/socket_constants.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import type { HeaderOptions } from "../../ip/header_options.ts";
import { PmtuDiscovery, type Route } from "../../ip/interface.ts";
import type { IpAddress } from "../../wire/address.ts";
import { ACK, CWR, ECE, SYN } from "../../wire/tcp.ts";
import type { TcpContext } from "../context.ts";
import { Negotiated, textPerSegment } from "../negotiated.ts";
import { defaultMss, routeMss } from "../path.ts";
import { ReceiveWindow } from "../receive/window.ts";
import type { ReceivedSegment } from "../segment.ts";
import { OutgoingOptions } from "../send/options.ts";
import { NO_TEXT, type SignSegment } from "../send/transmit.ts";
import type { TcpSettings } from "../settings.ts";
import { timestampAt } from "../timestamps.ts";

/** A Fast Open option for a SYN-ACK. */
export interface CookieReply {
  readonly cookie: Uint8Array;
  readonly experimental: boolean;
}

/** The open that a SYN asks a listener for. */
export class SynRecord {
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  /** Interface that it came in on, for a link-local peer; 0 for any. */
  readonly interfaceIndex: number;
  readonly irs: number;
  /** What is agreed on: what the SYN offers and the settings allow. */
  readonly negotiated: Negotiated;
  /** The peer's window, not scaled. */
  readonly window: number;
  /** Its TSval, -1 for none. */
  tsval: number;
  /** The SYN asks for ECN and may have it. */
  readonly ecn: boolean;
  /** Window to offer. */
  readonly offered: number;
  /** TOS octet or traffic class of the SYN. */
  readonly tos: number;
  readonly mark: number;
  iss = 0;
  /** For the SYN-ACK: a Fast Open cookie. */
  reply: CookieReply | undefined = undefined;
  /** A SYN-ACK with a cookie in its sequence number: its timestamp says what else was agreed on. */
  cookieTimestamp: number | undefined = undefined;
  sign: SignSegment | undefined = undefined;

  /** Reads a SYN whose options have been read, for a listener. */
  constructor(
    private readonly context: TcpContext,
    private readonly listener: InetSock,
    private readonly settings: TcpSettings,
    segment: ReceivedSegment,
    readonly route: Route,
    /** IPv4 options of all segments that are sent. */
    readonly headerOptions: HeaderOptions | undefined,
  ) {
    const { config } = context;
    this.localAddress = segment.destination();
    this.localPort = segment.destinationPort;
    this.remoteAddress = segment.source();
    this.remotePort = segment.sourcePort;
    this.interfaceIndex = listener.sk_bound_dev_if ||
      (this.remoteAddress.isLinkLocal ? segment.packet.device?.ifindex ?? 0 : 0);
    this.irs = segment.seq;
    this.window = segment.window;
    this.tos = segment.packet.tos;
    this.mark = listener.so.mark;
    const negotiated = this.negotiated = new Negotiated();
    negotiated.offer(config);
    negotiated.settle(segment.options, defaultMss(this.localAddress.family));
    negotiated.timestampOffset = context.sequence.timestampOffset(this.localAddress, this.remoteAddress);
    // RFC9293-MUST-14, RFC9293-MUST-67, RFC9293-3.7.1-mss-each-way
    const mss = routeMss(route, context.deviations);
    negotiated.announcedMss = settings.maxseg > 0 ? Math.min(mss, settings.maxseg) : mss;
    this.tsval = negotiated.timestamps ? segment.options.rcv_tsval : -1;
    const locked = (listener.sk_userlocks & SOCK_RCVBUF_LOCK) !== 0;
    if (negotiated.windowScaling) {
      const coreMax = context.net.sysctl.getNumber("net.core.rmem_max");
      negotiated.receiveScale = ReceiveWindow.scaleFor(
        config,
        coreMax,
        listener.buffers.rcvbuf,
        locked,
        settings.windowClamp,
      );
    }
    this.offered = ReceiveWindow.offerOf(listener.buffers.rcvbuf, textPerSegment(negotiated), settings.windowClamp);
    // RFC3168-6.1.1-synack-only, RFC3168-6.1.1-all-forms: both flags ask for ECN; a SYN that was itself marked does not get it.
    // RFC3168-6.1.1-all-forms
    const asked = (segment.flags & (ECE | CWR)) === (ECE | CWR) && (segment.packet.tos & 3) === 0;
    const wanted = config.ecn.value !== 0 || route.metrics.features_ecn === true;
    this.ecn = asked && wanted;
  }

  /** Sends <SEQ=ISS><ACK=IRS+1><CTL=SYN,ACK>: 0 or `-errno`. `received`: octets of text that it acknowledges, too. */
  // RFC9293-3.10.7.2-listen-syn
  sendSynAck(received = 0, withEcn = this.ecn): number {
    const { negotiated, context, listener } = this;
    const options = new OutgoingOptions();
    options.mss = negotiated.announcedMss;
    // RFC2018-2-permit-synack
    options.sackPermitted = negotiated.sack;
    // RFC7323-2.3-reply, RFC7323-2.2-synack-only-if, RFC7323-2.2-send
    options.windowScale = negotiated.windowScaling ? negotiated.receiveScale : -1;
    options.signature = this.sign !== undefined;
    // RFC7323-3.2-echo, RFC7323-3.2-synack
    if (negotiated.timestamps) {
      options.timestamps = true;
      options.tsval = this.cookieTimestamp ?? timestampAt(context.net.now, negotiated.timestampOffset);
      options.tsecr = Math.max(this.tsval, 0);
    }
    if (this.reply !== undefined) {
      options.cookie = this.reply.cookie;
      options.cookieExperimental = this.reply.experimental;
    }
    // RFC3168-6.1.1-synack
    const flags = SYN | ACK | (withEcn ? ECE : 0);
    const header = {
      sourcePort: this.localPort,
      destinationPort: this.remotePort,
      seq: this.iss,
      // RFC9293-3.4-syn-fin-seq, RFC9293-3.10.7.2-listen-syn-data
      ack: (this.irs + 1 + received) >>> 0,
      flags,
      window: ReceiveWindow.synField(this.offered),
      urgentPointer: 0,
    };
    const operations = listener.operations_for(this.localAddress.family);
    const own = operations.options(listener);
    const discovers = own.pmtudisc >= PmtuDiscovery.WANT && own.pmtudisc <= PmtuDiscovery.PROBE;
    return context.transmitter.send(
      header,
      options,
      NO_TEXT,
      this.route,
      {
        source: this.localAddress,
        destination: this.remoteAddress,
        protocol: IPPROTO_TCP,
        tos: this.synAckTos(),
        ttl: Math.max(own.uc_ttl, 0),
        pmtudisc: own.pmtudisc,
        df: operations.family === 4 ? discovers : undefined,
        options: this.headerOptions,
        hash: 0,
      },
      { priority: listener.so.priority, mark: this.mark, hash: 0, segmentSize: 0, operations },
      this.sign,
    );
  }

  /** The listener's TOS, or the SYN's with `net.ipv4.tcp_reflect_tos`; never with ECN bits (RFC 3168 section 6.1.1). */
  private synAckTos(): number {
    const { listener } = this;
    const own = listener.operations_for(this.localAddress.family).options(listener);
    return (this.context.config.reflect_tos.value !== 0 ? this.tos : own.tos) & ~3;
  }

  /** Settings of the listener. */
  get listenerSettings(): TcpSettings {
    return this.settings;
  }
}
