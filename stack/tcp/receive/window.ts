/**
 * The window that we advertise, and the buffer behind it (RFC 9293 section 3.8.6.2.2, RFC 7323 section 2).
 *
 * @module
 */
import { SOCK_RCVBUF_LOCK } from "../../../abi/socket_constants.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import { distance, gt, lt } from "../../wire/seq.ts";
import { TCP_MAX_WSCALE } from "../../wire/tcp_options.ts";
import type { TcpConfig } from "../config.ts";
import { chargeOf } from "./queue.ts";
import type { Negotiated } from "../negotiated.ts";

/** Largest window without scaling. */
const UNSCALED = 65_535;
/** What part of a packet's charge is text, until packets have shown it. */
const USUAL_SHARE = 0.5;
/** Segments are taken to be this large until one has come. */
const SMALL_MSS = 536;
/** Text of a packet that is less does not open the window. */
const WORTH = 128;
/** {@link ReceiveWindow.textOf}'s share is counted in so many parts. */
const SHARES = 256;

/** The receive window of one connection. */
export class ReceiveWindow {
  /** RCV.NXT + RCV.WND, as advertised last: never moves left (RFC9293-SHLD-14). */
  right = 0;
  /** RCV.NXT when the last ACK went out (the left edge that the peer knows). */
  acknowledged = 0;
  /** Most that is offered, octets: grows as the peer shows what its segments are like (`tcpi_rcv_ssthresh`). */
  limit = 0;
  /** What {@link limit} never goes beyond: all that the buffer takes. */
  private ceiling = 0;
  /** A wish of the program's that does not count any more. */
  private lapsedClamp = -1;
  private announcedMss = 0;
  /** Least segment that is worth a window update: what the peer's segments have been like. */
  receivedMss = 536;
  private lastLength = 0;
  private arrivedLength = 0;
  private arrivedCharge = 0;
  private arrivedSegments = 1;
  /** What was offered last, octets. */
  private offered = 0;
  // Receive buffer autotuning: what the program took in the last round trip.
  private readSince = 0;
  private measureFrom = 0;
  private lastTaken = 0;
  private roundTrip = 0;
  private roundFrom = 0;
  private roundEnd = 0;

  /** The window of `endpoint`. */
  constructor(
    private readonly endpoint: InetSock,
    private readonly config: TcpConfig,
    private readonly negotiated: Negotiated,
    private readonly askedClamp: () => number,
  ) {}

  /** The most that the program wants, 0 for any. */
  private get programClamp(): number {
    const asked = this.askedClamp();
    return asked === this.lapsedClamp ? 0 : asked;
  }

  /** Octets of text that a buffer of `space` octets takes before anything is known of the packets: half, the rest is bookkeeping. */
  static textOf(space: number, share = USUAL_SHARE): number {
    return Math.max(Math.floor(space * share), 0);
  }

  /** What part of its charge a packet's text has been. */
  private share = USUAL_SHARE;

  /** The shift for a SYN: enough for the largest buffer that autotuning may reach (RFC 7323 section 2.3). */
  static scaleFor(config: TcpConfig, coreMax: number, buffer: number, locked: boolean, clamp: number): number {
    let space = locked ? ReceiveWindow.textOf(buffer) : Math.max(buffer, config.rmem.vector[2]!, coreMax);
    if (clamp > 0) space = Math.min(space, clamp);
    let scale = 0;
    while (scale < TCP_MAX_WSCALE && space > UNSCALED) {
      space = Math.floor(space / 2);
      scale++;
    }
    return scale;
  }

  /** What is on offer from a SYN or SYN-ACK on: whole segments of a buffer; `clamp`: the most that the program wants, 0 for any. */
  static offerOf(buffer: number, mss: number, clamp: number): number {
    return wholeSegments(Math.min(ReceiveWindow.textOf(buffer), clamp > 0 ? clamp : Infinity), mss);
  }

  /** The window field of a SYN or SYN-ACK for an offer: it is not scaled. */
  static synField(offer: number): number {
    return Math.min(offer, UNSCALED);
  }

  /** The handshake is over: RCV.NXT is `rcvNxt`, and `offer` is what {@link offerOf} gave. */
  begin(rcvNxt: number, offer: number, mss: number): void {
    const most = Math.min(offer, UNSCALED * 2 ** this.negotiated.receiveScale);
    // As watched: a segment less than the buffer takes, unless that leaves less than two.
    this.ceiling = Math.max(ReceiveWindow.textOf(this.endpoint.buffers.rcvbuf) - mss, 2 * mss);
    this.limit = Math.min(most, this.ceiling);
    this.announcedMss = mss;
    this.acknowledged = rcvNxt;
    this.right = (rcvNxt + most) >>> 0;
    this.offered = most;
    this.receivedMss = Math.min(mss, SMALL_MSS);
    this.measureFrom = this.endpoint.net.now;
  }

  /** RCV.WND seen from `rcvNxt`. */
  size(rcvNxt: number): number {
    return lt(rcvNxt, this.right) ? distance(this.right, rcvNxt) : 0;
  }

  /** Round-trip time as the receiver measures it, µs (`tcpi_rcv_rtt`). */
  get measuredRoundTrip(): number {
    return this.roundTrip;
  }

  /** Octets that the program takes in a round trip (`tcpi_rcv_space`). */
  get perRoundTrip(): number {
    return this.lastTaken;
  }

  /** Free room for text. */
  get space(): number {
    return ReceiveWindow.textOf(this.endpoint.buffers.rcvbuf - this.endpoint.buffers.rmem_alloc, this.share);
  }

  /** The window field of the next segment; moves the right edge. */
  choose(rcvNxt: number): number {
    const current = this.size(rcvNxt);
    const wanted = this.offer(current);
    // RFC9293-SHLD-14: the right edge does not move left.
    // RFC7323-2.3-right
    const unit = 2 ** this.negotiated.receiveScale;
    const kept = wanted < current ? Math.ceil(current / unit) * unit : wanted;
    const field = Math.min(Math.floor(kept / unit), UNSCALED);
    this.acknowledged = rcvNxt;
    this.offered = field * unit;
    const right = (rcvNxt + this.offered) >>> 0;
    if (gt(right, this.right)) this.right = right;
    return field;
  }

  /** What could be offered now in place of the `current` window. */
  private offer(current: number): number {
    if (this.nearlyFull) return 0;
    const { offered } = this;
    // RFC7323-2.3-right
    const unit = 2 ** this.negotiated.receiveScale;
    const most = Math.min(this.space, this.limit, this.programClamp || Infinity);
    // With scaling the octets that the shift would take are given on top.
    if (unit > 1) return Math.ceil(Math.min(most, UNSCALED * unit) / unit) * unit;
    // RFC9293-3.8.6.2.2-recv-threshold: another window than the last is offered only if it makes a segment of difference.
    // RFC9293-MUST-39
    const mss = Math.min(this.receivedMss, this.whole);
    return offered > most || current + mss <= most ? most - most % mss : offered;
  }

  /** Whether as much could be offered at `rcvNxt` as was offered last. */
  opens(rcvNxt: number): boolean {
    return this.offer(this.size(rcvNxt)) >= this.offered;
  }

  /** So little is free that a window would draw silly segments (RFC9293-MUST-39). */
  private get nearlyFull(): boolean {
    const { space, whole } = this;
    return space < whole / 2 && (space < whole / 16 || space < Math.min(this.receivedMss, whole));
  }

  /** Octets of text that the whole buffer takes. */
  private get whole(): number {
    return ReceiveWindow.textOf(this.endpoint.buffers.rcvbuf, this.share);
  }

  /**
   * Text of `length` octets came in a packet of `packet`: learns how large the peer's segments are, and what they cost. An aggregate
   * stands for `segments` such.
   */
  learn(rcvNxt: number, length: number, packet: number, segments = 1): void {
    this.arrivedLength = length;
    this.arrivedSegments = segments;
    this.arrivedCharge = chargeOf(packet);
    this.measureSegment(rcvNxt, length, this.arrivedCharge);
  }

  /** Opens the window for the text that came last, in order, before the buffer is charged for it. */
  open(): void {
    // Segments of next to nothing do not open the window.
    if (this.arrivedLength >= WORTH) this.openFor();
  }

  /** Opens it for text out of order, however little: as watched. */
  openFor(): void {
    const { arrivedLength: length, arrivedCharge: charge } = this;
    // Those that fill their storage open it by twice their size, or ours; others by what the peer's are like.
    const fills = Math.floor(charge * this.share) <= length;
    const step = 2 * (fills ? Math.max(this.announcedMss, length) : this.receivedMss) * this.arrivedSegments;
    const room = Math.min(this.space - ReceiveWindow.textOf(charge, this.share), this.ceiling);
    if (this.limit < room) this.limit = Math.min(this.limit + step, room);
  }

  /** How large the peer's segments are: as large as the largest, but a smaller size that comes twice is the new one. */
  private measureSegment(rcvNxt: number, length: number, charge: number): void {
    if (length < SMALL_MSS && length < this.receivedMss) return;
    if (length > this.receivedMss) {
      this.share = Math.floor(length * SHARES / charge) / SHARES;
      this.ceiling = this.whole;
      // As watched: with a buffer of the system's choice, what is learnt of the packets takes the place of TCP_WINDOW_CLAMP.
      if ((this.endpoint.sk_userlocks & SOCK_RCVBUF_LOCK) === 0) this.lapsedClamp = this.askedClamp();
      // What is on offer stays so as long as the buffer takes it.
      this.limit = Math.min(this.size(rcvNxt), this.ceiling);
    }
    if (length >= this.receivedMss || length === this.lastLength) {
      this.receivedMss = Math.min(length, this.announcedMss);
    }
    this.lastLength = length;
  }

  /** The program has read: is the peer to be told of the room that made (RFC 9293 section 3.8.6.2.2)? */
  worthTelling(rcvNxt: number): boolean {
    const current = this.size(rcvNxt);
    if (2 * current > this.whole) return false;
    const offered = this.offer(current);
    return offered > 0 && offered >= 2 * current;
  }

  /**
   * Receive buffer autotuning (`net.ipv4.tcp_moderate_rcvbuf`): the program took `octets` more. Once a round trip the buffer is made
   * to hold twice what the program took in it.
   */
  taken(octets: number, srtt: number): void {
    this.readSince += octets;
    const { now } = this.endpoint.net;
    const roundTrip = this.roundTrip || srtt;
    if (roundTrip === 0 || now - this.measureFrom < roundTrip) return;
    const took = this.readSince;
    this.readSince = 0;
    this.measureFrom = now;
    if (took <= this.lastTaken) return;
    this.lastTaken = took;
    if (this.config.moderate_rcvbuf.value === 0 || (this.endpoint.sk_userlocks & SOCK_RCVBUF_LOCK) !== 0) return;
    const wanted = Math.min(2 * 2 * took + 16 * this.receivedMss * 2, this.config.rmem.vector[2]!);
    if (wanted <= this.endpoint.buffers.rcvbuf) return;
    this.endpoint.buffers.rcvbuf = wanted;
    // The window may grow into what the buffer has become.
    this.ceiling = this.whole;
  }

  /** Measures a round trip as a receiver without timestamps may: how long a window takes to arrive. */
  measure(rcvNxt: number): void {
    const { now } = this.endpoint.net;
    if (this.roundEnd === 0 || !lt(rcvNxt, this.roundEnd)) {
      if (this.roundEnd !== 0) this.roundTrip = now - this.roundFrom;
      this.roundFrom = now;
      this.roundEnd = (rcvNxt + Math.max(this.size(rcvNxt), 1)) >>> 0;
    }
  }
}

function wholeSegments(space: number, mss: number): number {
  return space > mss ? space - space % mss : space;
}
