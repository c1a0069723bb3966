/**
 * A handshake of a listener's, from its SYN to the ACK that ends it: SYN-RECEIVED (RFC 9293 sections 3.10.7.2, 3.10.7.4).
 *
 * @module
 */
import { TCP_SYN_RECV } from "../../../abi/tcp_constants.ts";
import type { IcmpError } from "../../ip/interface.ts";
import { Counter } from "../../mib.ts";
import type { Timer } from "../../timers.ts";
import { geq, lt } from "../../wire/seq.ts";
import { ACK, RST } from "../../wire/tcp.ts";
import { AnswerLimit } from "../connection/challenge.ts";
import type { TcpContext } from "../context.ts";
import { answer, resetUnknown } from "../reset.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { TupleEntry } from "../table.ts";
import { RecentTimestamp, timestampAt } from "../timestamps.ts";
import type { SynRecord } from "./syn.ts";

/** First retransmission of a SYN-ACK, µs (RFC 6298 section 2.1). */
// RFC6298-2.1-initial
const FIRST_TIMEOUT = 1_000_000;

/** The listener, as its handshakes see it. */
export interface PendingOwner {
  /** The handshake is over: makes the connection and hands it the segment. `false`: there is no room for it now. */
  complete(pending: PendingOpen, segment: ReceivedSegment): boolean;
  /** The handshake failed or was given up. */
  dropped(pending: PendingOpen): void;
  /** Whether a segment is signed as it has to be. */
  signatureFits(segment: ReceivedSegment): boolean;
  /** How many SYN-ACK timeouts it waits for text before it takes a bare ACK (TCP_DEFER_ACCEPT). */
  readonly deferral: number;
  /** Most retransmissions of a SYN-ACK. */
  readonly retries: number;
}

/** One handshake. */
export class PendingOpen implements TupleEntry {
  next: TupleEntry | undefined = undefined;
  hash = 0;
  readonly state = TCP_SYN_RECV;
  /** SYN-ACKs that timed out. */
  timeouts = 0;
  /** When the SYN-ACK was sent last, µs. */
  sentAt: number;
  /** The ACK has come, but there was no room, or no text where some is waited for. */
  private acknowledged = false;
  private readonly timer: Timer;
  private readonly answers: AnswerLimit;
  private readonly recent = new RecentTimestamp();
  /** The SYN's headers, for TCP_SAVED_SYN. */
  savedSyn: Uint8Array | undefined = undefined;

  /** The handshake that `syn` begins. */
  constructor(private readonly context: TcpContext, private readonly owner: PendingOwner, readonly syn: SynRecord) {
    this.sentAt = context.net.now;
    this.answers = new AnswerLimit(context);
    if (syn.tsval >= 0) this.recent.take(syn.tsval, context.net.now);
    this.timer = context.net.timers.create("tcp-syn-ack", () => this.timeOut());
  }

  get localAddress() {
    return this.syn.localAddress;
  }

  get localPort(): number {
    return this.syn.localPort;
  }

  get remoteAddress() {
    return this.syn.remoteAddress;
  }

  get remotePort(): number {
    return this.syn.remotePort;
  }

  get boundInterface(): number {
    return this.syn.interfaceIndex;
  }

  /** Enters the table and answers the SYN. */
  begin(): void {
    this.context.table.add(this);
    this.timer.arm(this.context.net.now + FIRST_TIMEOUT);
    this.syn.sendSynAck();
  }

  /** Leaves the table. */
  leave(): void {
    this.timer.cancel();
    this.context.table.remove(this);
  }

  private timeOut(): void {
    const { net } = this.context;
    // One that waits for text, or for room, is given a last chance by its SYN-ACK.
    const silent = this.acknowledged && this.timeouts < this.owner.deferral;
    // RFC9293-MUST-22
    if (this.timeouts >= Math.max(this.owner.retries, this.acknowledged ? this.owner.deferral : 0)) {
      this.leave();
      this.owner.dropped(this);
      return;
    }
    this.timeouts++;
    const waits = silent && this.timeouts < this.owner.deferral;
    if (!waits) {
      net.mib.inc(Counter.TcpExtTCPSynRetrans);
      net.mib.inc(Counter.TcpRetransSegs);
      this.sentAt = net.now;
      this.syn.sendSynAck(0, false);
    }
    // RFC6298-5.5-backoff
    this.timer.arm(net.now + Math.min(FIRST_TIMEOUT * 2 ** this.timeouts, this.context.config.rto_max_ms.value * 1000));
  }

  unreachable(error: IcmpError, seq: number): void {
    if (seq !== this.syn.iss || !(error.fatal || this.context.deviations.unreachableEndsHandshake)) return;
    this.leave();
    this.owner.dropped(this);
  }

  receive(segment: ReceivedSegment): void {
    const { syn, context } = this;
    const { now, mib } = context.net;
    segment.readOptions(false);
    if (!this.owner.signatureFits(segment)) return;
    const { options } = segment;
    const stamped = syn.negotiated.timestamps && options.saw_tstamp;
    const stale = stamped && this.recent.rejects(options.rcv_tsval, now, 0);
    const first = (syn.irs + 1) >>> 0;
    // RFC9293-3.5.1-half-open-syn, RFC9293-3.10.7.4-syn-sync
    // The SYN once more: the SYN-ACK was lost.
    if (segment.seq === syn.irs && segment.syn && !segment.hasAck && !segment.rst && !stale) {
      if (this.answers.allow(Counter.TcpExtTCPACKSkippedSynRecv)) {
        mib.inc(Counter.TcpExtTCPSynRetrans);
        this.sentAt = now;
        syn.sendSynAck();
        this.timer.arm(now + FIRST_TIMEOUT * 2 ** this.timeouts);
      }
      return;
    }
    const inWindow = geq(segment.end, first) && lt(segment.seq, (first + Math.max(syn.offered, 1)) >>> 0);
    if (stale || !inWindow) {
      if (stale) mib.inc(Counter.TcpExtPAWSEstab);
      // RFC9293-3.10.7.4-seq-unacceptable
      if (!segment.rst && this.answers.allow(Counter.TcpExtTCPACKSkippedSynRecv)) this.sendAck(segment);
      return;
    }
    if (segment.rst) {
      // RFC9293-3.5.3-rst-listen, RFC9293-3.5-old-dup-syn
      // RFC9293-3.10.7.4-rst-synrcvd-passive
      mib.inc(Counter.TcpExtEmbryonicRsts);
      mib.inc(Counter.TcpAttemptFails);
      return this.drop();
    }
    if (segment.syn) {
      // RFC9293-3.10.7.4-syn-synrcvd-passive
      mib.inc(Counter.TcpExtEmbryonicRsts);
      mib.inc(Counter.TcpAttemptFails);
      if (context.deviations.resetForSecondSyn) resetUnknown(context, segment, syn.sign);
      return this.drop();
    }
    if (!segment.hasAck) return;
    // RFC9293-3.10.7.4-ack-synrcvd, RFC9293-3.10.7.4-ack-synrcvd-bad
    if (segment.ack !== ((syn.iss + 1) >>> 0)) {
      // RFC9293-3.10.7.4-ack-synrcvd-bad
      answer(context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0, sign: syn.sign });
      return;
    }
    // RFC7323-5.3-r3
    if (stamped && segment.seq === first) this.recent.take(options.rcv_tsval, now);
    if (segment.end === first && this.timeouts < this.owner.deferral) {
      this.acknowledged = true;
      mib.inc(Counter.TcpExtTCPDeferAcceptDrop);
      return;
    }
    // RFC9293-3.5-three-way, RFC9293-3.10.7.4-ack-synrcvd
    if (this.owner.complete(this, segment)) return;
    this.acknowledged = true;
    if (context.config.abort_on_overflow.value !== 0) {
      resetUnknown(context, segment, syn.sign);
      this.drop();
    }
  }

  /** TS.Recent so far. */
  get timestamp(): RecentTimestamp {
    return this.recent;
  }

  private drop(): void {
    this.leave();
    this.owner.dropped(this);
  }

  private sendAck(segment: ReceivedSegment): void {
    const { syn, context } = this;
    const timestamps = syn.negotiated.timestamps
      ? { val: timestampAt(context.net.now, syn.negotiated.timestampOffset), ecr: this.recent.echo }
      : undefined;
    answer(context, segment, {
      seq: (syn.iss + 1) >>> 0,
      ack: (syn.irs + 1) >>> 0,
      flags: ACK,
      window: Math.min(syn.offered >>> syn.negotiated.receiveScale, 65_535),
      timestamps,
      sign: syn.sign,
    });
  }
}
