/**
 * The window that we advertise, and the buffer behind it (RFC 9293 section 3.8.6.2.2, RFC 7323 section 2).
 *
 * @module
 */
import { SOCK_RCVBUF_LOCK } from "../../../abi/socket_constants.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import { distance, gt, lt } from "../../wire/seq.ts";
import type { TcpConfig } from "../config.ts";
import { chargeOf } from "./queue.ts";
import { MAX_WINDOW_SCALE, type Negotiated } from "../negotiated.ts";

/** Largest window without scaling. */
const UNSCALED = 65_535;
/** What part of a packet's charge is text, until packets have shown it. */
const USUAL_SHARE = 0.5;
/** Segments are taken to be this large until one has come. */
const SMALL_MSS = 536;

/** The receive window of one connection. */
export class ReceiveWindow {
  /** RCV.NXT + RCV.WND, as advertised last: never moves left (RFC9293-SHLD-14). */
  right = 0;
  /** RCV.NXT when the last ACK went out (the left edge that the peer knows). */
  acknowledged = 0;
  /** Most that is offered, octets: grows as the peer shows what its segments are like (`tcpi_rcv_ssthresh`). */
  limit = 0;
  private announcedMss = 0;
  /** Least segment that is worth a window update: what the peer's segments have been like. */
  receivedMss = 536;
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
    private readonly programClamp: () => number,
  ) {}

  /** Octets of text that a buffer of `space` octets takes before anything is known of the packets: half, the rest is bookkeeping. */
  static textOf(space: number, share = USUAL_SHARE): number {
    return Math.max(Math.floor(space * share), 0);
  }

  /** What part of its charge a packet's text has been. */
  private share = USUAL_SHARE;

  /** The shift for a SYN: enough for the largest buffer that autotuning may reach (RFC 7323 section 2.3). */
  static scaleFor(config: TcpConfig, coreMax: number, buffer: number, locked: boolean, clamp: number): number {
    let space = locked ? buffer : Math.max(buffer, config.rmem.vector[2]!, coreMax);
    if (clamp > 0) space = Math.min(space, clamp);
    let scale = 0;
    while (scale < MAX_WINDOW_SCALE && space > UNSCALED) {
      space = Math.floor(space / 2);
      scale++;
    }
    return scale;
  }

  /** The window of a SYN or SYN-ACK: whole segments of a buffer, not scaled; `clamp`: the most that the program wants, 0 for any. */
  static offerOf(buffer: number, mss: number, clamp: number): number {
    return Math.min(wholeSegments(ReceiveWindow.textOf(buffer), mss), UNSCALED, clamp > 0 ? clamp : Infinity);
  }

  /** The handshake is over: RCV.NXT is `rcvNxt`, and `window` was offered. */
  begin(rcvNxt: number, window: number, mss: number): void {
    this.limit = wholeSegments(ReceiveWindow.textOf(this.endpoint.sk_rcvbuf), mss);
    this.announcedMss = mss;
    this.acknowledged = rcvNxt;
    this.right = (rcvNxt + window) >>> 0;
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
    return ReceiveWindow.textOf(this.endpoint.sk_rcvbuf - this.endpoint.sk_rmem_alloc, this.share);
  }

  /** The window field of the next segment; moves the right edge. */
  choose(rcvNxt: number): number {
    const current = this.size(rcvNxt);
    const wanted = this.offer(current);
    // RFC9293-SHLD-14: the right edge does not move left.
    const unit = 2 ** this.negotiated.receiveScale;
    const kept = wanted < current ? Math.ceil(current / unit) * unit : wanted;
    const field = Math.min(Math.floor(kept / unit), UNSCALED);
    this.acknowledged = rcvNxt;
    const right = (rcvNxt + field * unit) >>> 0;
    if (gt(right, this.right)) this.right = right;
    return field;
  }

  /** What could be offered now, in place of the `current` window. */
  offer(current: number): number {
    if (this.nearlyFull) return 0;
    const { programClamp } = this;
    const clamp = programClamp();
    const unit = 2 ** this.negotiated.receiveScale;
    const most = Math.min(this.space, this.limit, UNSCALED * unit, clamp > 0 ? clamp : Infinity);
    // With scaling the octets that the shift would take are given on top.
    if (unit > 1) return Math.ceil(most / unit) * unit;
    // RFC9293-3.8.6.2.2-recv-threshold: the right edge moves by a segment at least, and by whole ones.
    const mss = Math.min(this.receivedMss, this.whole);
    return most - current >= mss ? most - most % mss : current;
  }

  /** So little is free that a window would draw silly segments (RFC9293-MUST-39). */
  private get nearlyFull(): boolean {
    const { space, whole } = this;
    return space < whole / 2 && (space < whole / 16 || space < Math.min(this.receivedMss, whole));
  }

  /** Octets of text that the whole buffer takes. */
  private get whole(): number {
    return ReceiveWindow.textOf(this.endpoint.sk_rcvbuf, this.share);
  }

  /** Text of `length` octets came: learns how large the peer's segments are, what they cost, and opens up with them. */
  learn(length: number): void {
    if (length >= this.receivedMss || length >= SMALL_MSS) {
      if (length > this.receivedMss) this.share = length / chargeOf(length);
      this.receivedMss = Math.min(length, UNSCALED);
    }
    // The window grows with segments that fill their storage well: by two segments of our size for each.
    const worth = length / chargeOf(length) >= 0.5;
    const room = this.space - ReceiveWindow.textOf(chargeOf(length), this.share);
    if (worth && this.limit < room) this.limit = Math.min(this.limit + 2 * this.announcedMss, room);
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
    if (wanted > this.endpoint.sk_rcvbuf) {
      this.endpoint.sk_rcvbuf = wanted;
    }
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
