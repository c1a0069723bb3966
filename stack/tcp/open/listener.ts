/**
 * A listening socket: its handshakes, and the connections that wait to be accepted (RFC 9293 section 3.10.7.2, RFC 4987, RFC 7413).
 *
 * @module
 */
import type { InetSock } from "../../inet/inet_sock.ts";
import { TCP_CLOSE } from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import { type Family, IpAddress } from "../../wire/address.ts";
import { RST } from "../../wire/tcp.ts";
import type { TcpContext } from "../context.ts";
import { answer } from "../reset.ts";
import type { HeaderOptions } from "../../ip/header_options.ts";
import { replyOptions } from "../../ip/options.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { SignSegment } from "../send/transmit.ts";
import type { TcpSettings } from "../settings.ts";
import type { PortListener } from "../table.ts";
import { timestampAt } from "../timestamps.ts";
import { CookieMill, FastOpenBits, keysOf } from "./fast_open.ts";
import type { TcpOperations } from "./operations.ts";
import { PendingOpen, type PendingOwner } from "./pending_open.ts";
import { decodeOptions, encodeOptions, type SynCookies } from "./syn_cookies.ts";
import { SynRecord } from "./syn.ts";

/** A connection that a listener has made. */
export interface Child {
  /** The socket that `accept` gives. */
  readonly endpoint: InetSock;
  /** Ends it: the listener has closed. */
  abandon(): void;
}

/** What a listener asks of its socket. */
export interface ListenerHost {
  readonly endpoint: InetSock;
  /** What the socket does about packets of a family. */
  operations(family: Family): TcpOperations;
  readonly settings: TcpSettings;
  /** Makes the connection of a handshake that is over; `rtt` as measured by it, µs, or -1. */
  establish(pending: PendingOpen, segment: ReceivedSegment, rtt: number): Child;
  /** Makes a connection in SYN-RECEIVED for a SYN that Fast Open lets in. `confirmed` is called when its handshake is over. */
  openFast(syn: SynRecord, segment: ReceivedSegment, confirmed: () => void): Child;
  /** Signs segments to a peer (RFC 2385), `undefined` when it has no key. */
  signerFor(remote: IpAddress, local: IpAddress): SignSegment | undefined;
  /** `false` when the segment's signature is not as it has to be; then it is dropped. */
  signatureFits(segment: ReceivedSegment): boolean;
}

/** A listener. */
export class Listener implements PortListener, PendingOwner {
  /** Most connections that wait, less one. */
  backlog: number;
  private readonly pending = new Set<PendingOpen>();
  private readonly ready: Child[] = [];
  /** Children of Fast Open whose handshake is not over. */
  private unconfirmed = 0;

  /** The listener of `host`'s socket. */
  constructor(
    private readonly context: TcpContext,
    private readonly host: ListenerHost,
    private readonly cookies: SynCookies,
    backlog: number,
  ) {
    this.backlog = backlog;
  }

  get localPort(): number {
    return this.host.endpoint.num;
  }

  match(localAddress: IpAddress, interfaceIndex: number): number {
    const { endpoint } = this.host;
    if (!endpoint.accepts_family(localAddress.family)) return 0;
    let score = 1;
    if (!endpoint.rcv_saddr.isUnspecified) {
      if (!endpoint.rcv_saddr.equals(localAddress)) return 0;
      score += 4;
    }
    if (endpoint.sk_bound_dev_if !== 0) {
      if (endpoint.sk_bound_dev_if !== interfaceIndex) return 0;
      score += 4;
    }
    if (endpoint.rcv_saddr.family === localAddress.family) score += 2;
    return score;
  }

  /** Connections that wait to be accepted. */
  get waiting(): number {
    return this.ready.length;
  }

  /** Handshakes under way. */
  get handshakes(): number {
    return this.pending.size;
  }

  // Accepting.

  /** The oldest connection. */
  take(): Child | undefined {
    return this.ready.shift();
  }

  /** A backlog of N takes N + 1. */
  private get full(): boolean {
    return this.ready.length > this.backlog;
  }

  private enqueue(child: Child): void {
    this.ready.push(child);
    this.host.endpoint.data_ready();
  }

  // Handshakes (PendingOwner).

  get deferral(): number {
    return this.host.settings.deferAccept;
  }

  get retries(): number {
    return this.host.settings.synCount || this.context.config.synack_retries.value;
  }

  complete(pending: PendingOpen, segment: ReceivedSegment): boolean {
    if (this.full) {
      this.context.net.mib.inc(Counter.TcpExtListenOverflows);
      return false;
    }
    // RFC6298-3-karn: no round-trip time from what was sent twice.
    const rtt = pending.timeouts === 0 ? this.context.net.now - pending.sentAt : -1;
    pending.leave();
    this.pending.delete(pending);
    const child = this.host.establish(pending, segment, rtt);
    if (child.endpoint.sk_state !== TCP_CLOSE || child.endpoint.sk_err !== 0) this.enqueue(child);
    return true;
  }

  signatureFits(segment: ReceivedSegment): boolean {
    return this.host.signatureFits(segment);
  }

  dropped(pending: PendingOpen): void {
    this.pending.delete(pending);
  }

  // Segments.

  receive(segment: ReceivedSegment): void {
    // RFC9293-3.5.3-rst-listen
    // RFC9293-3.10.7.2-listen-rst
    if (segment.rst) return;
    segment.readOptions(false);
    if (!this.host.signatureFits(segment)) return;
    if (segment.hasAck) {
      // RFC9293-3.5-three-way
      if (!segment.syn && this.completeByCookie(segment)) return;
      // RFC9293-3.10.7.2-listen-ack
      answer(this.context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0, sign: this.signer(segment) });
      return;
    }
    // RFC9293-3.10.7.2-listen-other; a FIN on a SYN is nothing that anybody sends.
    // RFC9293-3.10.7.4-fin-nosync
    if (!segment.syn || segment.fin) return;
    if (this.host.operations(segment.packet.family).conn_request(this.context, segment)) this.open(segment);
  }

  private signer(segment: ReceivedSegment): SignSegment | undefined {
    return this.host.signerFor(segment.source(), segment.destination());
  }

  private open(segment: ReceivedSegment): void {
    const { context, host } = this;
    const { mib } = context.net;
    const mode = context.config.syncookies.value;
    const crowded = this.pending.size >= Math.max(this.backlog, 1) &&
      this.pending.size >= Math.min(this.backlog || 1, context.config.max_syn_backlog.value);
    const byCookie = mode === 2 || (crowded && mode !== 0);
    if (crowded && mode === 0) {
      mib.inc(Counter.TcpExtTCPReqQFullDrop);
      mib.inc(Counter.TcpExtListenDrops);
      return;
    }
    if (this.full) {
      mib.inc(Counter.TcpExtListenOverflows);
      mib.inc(Counter.TcpExtListenDrops);
      return;
    }
    const options = this.returnOptions(segment);
    const route = this.routeTo(segment, options);
    if (typeof route === "number") {
      mib.inc(Counter.TcpExtListenDrops);
      return;
    }
    const syn = new SynRecord(context, host.endpoint, host.settings, segment, route, options);
    syn.sign = this.signer(segment);
    syn.iss = context.sequence.iss(syn.localAddress, syn.localPort, syn.remoteAddress, syn.remotePort);
    if (byCookie) {
      if (mode === 1) mib.inc(Counter.TcpExtTCPReqQFullDoCookies);
      return this.answerByCookie(syn, segment);
    }
    if (this.tryFastOpen(syn, segment)) return;
    const pending = new PendingOpen(context, this, syn);
    pending.savedSyn = savedHeaders(segment, host.settings.saveSyn);
    this.pending.add(pending);
    pending.begin();
  }

  /** IP options of all that goes to who sent `segment` (RFC9293-MUST-53: a source route is gone back). */
  private returnOptions(segment: ReceivedSegment): HeaderOptions | undefined {
    return segment.packet.family === 4 ? replyOptions(segment.packet) : undefined;
  }

  private routeTo(segment: ReceivedSegment, options: HeaderOptions | undefined) {
    const { endpoint } = this.host;
    const remote = segment.source();
    return this.context.ip.route_output({
      family: remote.family,
      destination: options?.firstHop ?? remote,
      source: segment.destination(),
      oif: endpoint.sk_bound_dev_if || (remote.isLinkLocal ? segment.packet.device?.ifindex : 0),
      tos: this.host.operations(remote.family).options(endpoint).tos,
      mark: endpoint.so.mark,
      onlink: endpoint.so.dontroute,
      anysrc: true,
    });
  }

  // SYN cookies.

  private answerByCookie(syn: SynRecord, segment: ReceivedSegment): void {
    const { context } = this;
    context.net.mib.inc(Counter.TcpExtSyncookiesSent);
    syn.iss = this.cookies.make(tupleOf(segment), syn.irs, syn.negotiated.peerMss, syn.localAddress.family);
    const { negotiated } = syn;
    if (negotiated.timestamps) {
      syn.cookieTimestamp = encodeOptions(timestampAt(context.net.now, negotiated.timestampOffset), {
        windowScale: negotiated.windowScaling ? negotiated.sendScale : undefined,
        sack: negotiated.sack,
        ecn: syn.ecn,
      });
    } else {
      // Nothing but the MSS comes back.
      negotiated.sack = false;
      negotiated.windowScaling = false;
      negotiated.receiveScale = 0;
    }
    syn.sendSynAck(0, syn.ecn && negotiated.timestamps);
  }

  /** An ACK that no handshake waits for may carry a cookie back. Whether it did. */
  private completeByCookie(segment: ReceivedSegment): boolean {
    const { context, host } = this;
    if (context.config.syncookies.value === 0 || segment.syn) return false;
    const irs = (segment.seq - 1) >>> 0;
    const cookie = (segment.ack - 1) >>> 0;
    const family = segment.packet.family;
    const mss = this.cookies.check(cookie, tupleOf(segment), irs, family);
    if (mss === undefined) {
      if (context.net.now - this.cookies.lastSent < 120e6) context.net.mib.inc(Counter.TcpExtSyncookiesFailed);
      return false;
    }
    context.net.mib.inc(Counter.TcpExtSyncookiesRecv);
    const options = this.returnOptions(segment);
    const route = this.routeTo(segment, options);
    if (typeof route === "number") return true;
    if (this.full) {
      context.net.mib.inc(Counter.TcpExtListenOverflows);
      return true;
    }
    // The options that the SYN had, as the cookie and the timestamp say.
    const offer = segment.options;
    const said = offer.saw_tstamp
      ? decodeOptions(offer.rcv_tsecr)
      : { windowScale: undefined, sack: false, ecn: false };
    offer.mss_clamp = mss;
    offer.sack_ok = said.sack;
    offer.wscale_ok = said.windowScale !== undefined;
    offer.snd_wscale = said.windowScale ?? 0;
    const syn = new SynRecord(context, host.endpoint, host.settings, segment, route, options);
    const pending = new PendingOpen(context, this, withSequence(syn, irs, cookie));
    this.enqueue(host.establish(pending, segment, -1));
    return true;
  }

  // Fast Open.

  /** Whether the SYN was answered by a connection; else the SYN-ACK may have a cookie to give. */
  private tryFastOpen(syn: SynRecord, segment: ReceivedSegment): boolean {
    const { context, host } = this;
    const { config, net } = context;
    const bits = config.fastopen.value;
    const { options } = segment;
    const asked = options.foc_offset >= 0;
    const text = segment.textLength > 0;
    const queue = host.settings.fastOpenQueue || ((bits & FastOpenBits.AllListeners) !== 0 ? this.backlog : 0);
    if ((bits & FastOpenBits.Server) === 0 || queue === 0 || (!asked && !text)) return false;
    const withoutCookie = (bits & FastOpenBits.ServerNoCookie) !== 0 || host.settings.fastOpenNoCookie ||
      syn.route.metrics.fastopen_no_cookie === true;
    if (!asked && !withoutCookie) return false;
    if (this.unconfirmed >= queue) {
      net.mib.inc(Counter.TcpExtTCPFastOpenListenOverflow);
      return false;
    }
    const mill = new CookieMill(host.settings.fastOpenKeys ?? keysOf(config));
    if (text && withoutCookie) return this.openFast(syn, segment);
    if (asked && options.foc_len === 0) net.mib.inc(Counter.TcpExtTCPFastOpenCookieReqd);
    const cookie = options.foc_len > 0
      ? segment.packet.bytes.subarray(options.foc_offset, options.foc_offset + options.foc_len)
      : undefined;
    const key = cookie === undefined ? -1 : mill.judge(cookie, syn.remoteAddress, syn.localAddress);
    if (key >= 0) {
      // A cookie of the older key is good, and a new one is given.
      if (key > 0) {
        net.mib.inc(Counter.TcpExtTCPFastOpenPassiveAltKey);
        this.giveCookie(syn, mill, options.foc_exp);
      }
      return this.openFast(syn, segment);
    }
    if (cookie !== undefined) net.mib.inc(Counter.TcpExtTCPFastOpenPassiveFail);
    if (options.foc_len >= 0) this.giveCookie(syn, mill, options.foc_exp);
    return false;
  }

  private giveCookie(syn: SynRecord, mill: CookieMill, experimental: boolean): void {
    const cookie = mill.make(syn.remoteAddress, syn.localAddress);
    if (cookie !== undefined) syn.reply = { cookie, experimental };
  }

  private openFast(syn: SynRecord, segment: ReceivedSegment): boolean {
    this.context.net.mib.inc(Counter.TcpExtTCPFastOpenPassive);
    this.unconfirmed++;
    const child = this.host.openFast(syn, segment, () => this.unconfirmed--);
    this.enqueue(child);
    return true;
  }

  // Closing.

  /** Nobody listens any more: what was not accepted is ended (RFC9293-3.10.4-close-listen). */
  close(): void {
    this.context.table.unlisten(this);
    for (const pending of this.pending) pending.leave();
    this.pending.clear();
    for (const child of this.ready.splice(0)) child.abandon();
  }
}

/** A record of a SYN that is known from its cookie alone. */
function withSequence(syn: SynRecord, irs: number, iss: number): SynRecord {
  syn.iss = iss;
  return Object.assign(syn, { irs });
}

/** Both addresses and ports of a segment. */
function tupleOf(segment: ReceivedSegment): Uint8Array {
  const source = segment.source().bytes;
  const destination = segment.destination().bytes;
  const tuple = new Uint8Array(source.length + destination.length + 4);
  tuple.set(source);
  tuple.set(destination, source.length);
  new DataView(tuple.buffer).setUint32(
    source.length + destination.length,
    ((segment.sourcePort << 16) | segment.destinationPort) >>> 0,
  );
  return tuple;
}

/** IP and TCP headers of a SYN for TCP_SAVED_SYN; no device here has a link header to add. */
function savedHeaders(segment: ReceivedSegment, mode: number): Uint8Array | undefined {
  if (mode === 0) return undefined;
  const { bytes, network_header } = segment.packet;
  return bytes.slice(network_header, segment.textStart);
}
