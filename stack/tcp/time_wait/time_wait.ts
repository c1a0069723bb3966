/**
 * What is left of a connection that this end closed: its four-tuple stays taken until old segments have died out (RFC 9293 section
 * 3.6.1, RFC 1337, RFC 6191).
 *
 * @module
 */
import type { PortOwner } from "../../inet/ports.ts";
import { TCP_FIN_WAIT2, TCP_TIME_WAIT } from "../../../abi/tcp_constants.ts";
import type { IcmpError } from "../../ip/interface.ts";
import { Counter } from "../../mib.ts";
import type { Timer } from "../../timers.ts";
import type { IpAddress } from "../../wire/address.ts";
import { after, geq, gt, leq, lt } from "../../wire/seq.ts";
import { ACK } from "../../wire/tcp.ts";
import type { TcpContext } from "../context.ts";
import { answer, resetUnknown } from "../reset.ts";
import type { ReceivedSegment } from "../segment.ts";
import type { SignSegment } from "../send/transmit.ts";
import type { FourTuple, TupleEntry } from "../table.ts";
import { timestampAt } from "../timestamps.ts";

/** Twice the maximum segment lifetime, µs; Linux takes half a minute for the latter, RFC 9293 two. */
export const TIME_WAIT_LENGTH = 60_000_000;
/** A new connection of the same four-tuple may begin its numbers this far beyond the old ones. */
const SEQUENCE_GAP = 65_535 + 2;

/** What is kept of the connection. */
export interface ClosedConnection extends FourTuple {
  readonly boundInterface: number;
  readonly endpoint: PortOwner & { readonly tos: number };
  readonly sndNxt: number;
  readonly rcvNxt: number;
  readonly rcvWnd: number;
  /** The window field of its ACKs. */
  readonly windowField: number;
  /** TS.Recent, -1 for none. */
  readonly recent: number;
  readonly recentAt: number;
  /** Offset of our timestamps; `undefined` without the option. */
  readonly timestampOffset: number | undefined;
  readonly sign: SignSegment | undefined;
  /** The peer's FIN is still to come. */
  readonly finWait2: boolean;
}

/** An entry in TIME-WAIT, or in FIN-WAIT-2 without a program. */
export class TimeWait implements TupleEntry, PortOwner {
  next: TupleEntry | undefined = undefined;
  hash = 0;
  readonly localAddress: IpAddress;
  readonly localPort: number;
  readonly remoteAddress: IpAddress;
  readonly remotePort: number;
  readonly boundInterface: number;
  // Owner of the port.
  num: number;
  readonly rcv_saddr: IpAddress;
  readonly ipv6only: boolean;
  readonly sk_bound_dev_if: number;
  readonly family: number;
  readonly so: { readonly reuse: boolean; readonly reuseport: boolean };
  private readonly timer: Timer;
  private readonly tos: number;
  private rcvNxt: number;
  private recent: number;
  private recentAt: number;
  private finWait2: boolean;
  private duration = TIME_WAIT_LENGTH;
  private lastAnswer = -Infinity;

  /** What is left of `closed`. */
  constructor(private readonly context: TcpContext, private readonly closed: ClosedConnection) {
    this.localAddress = closed.localAddress;
    this.localPort = this.num = closed.localPort;
    this.remoteAddress = closed.remoteAddress;
    this.remotePort = closed.remotePort;
    this.boundInterface = closed.boundInterface;
    const { endpoint } = closed;
    this.rcv_saddr = endpoint.rcv_saddr;
    this.ipv6only = endpoint.ipv6only;
    this.sk_bound_dev_if = endpoint.sk_bound_dev_if;
    this.family = endpoint.family ?? 0;
    this.so = { reuse: endpoint.so.reuse, reuseport: endpoint.so.reuseport };
    this.tos = endpoint.tos;
    this.rcvNxt = closed.rcvNxt;
    this.recent = closed.recent;
    this.recentAt = closed.recentAt;
    this.finWait2 = closed.finWait2;
    this.timer = context.net.timers.create("tcp-time-wait", () => this.leave());
  }

  get state(): number {
    return this.finWait2 ? TCP_FIN_WAIT2 : TCP_TIME_WAIT;
  }

  get sk_state(): number {
    return this.state;
  }

  /** When the peer's last timestamp was seen, µs; for a new connection of the four-tuple from this end. */
  get timestampAge(): number {
    return this.recent < 0 ? Infinity : this.context.net.now - this.recentAt;
  }

  /** TS.Recent, -1 for none. */
  get recentTimestamp(): number {
    return this.recent;
  }

  /** Where a new connection of the four-tuple may begin its numbers. */
  get nextSequence(): number {
    return (this.closed.sndNxt + SEQUENCE_GAP) >>> 0;
  }

  /** Takes the four-tuple for `duration` µs. */
  enter(duration: number): void {
    this.duration = this.finWait2 ? TIME_WAIT_LENGTH : duration;
    this.context.table.add(this);
    this.context.timeWaits++;
    this.timer.arm(this.context.net.now + duration);
  }

  /** Gives the four-tuple up. */
  leave(): void {
    this.timer.cancel();
    this.context.table.remove(this);
    this.context.ports.put(this);
    this.context.timeWaits--;
    if (!this.finWait2) this.context.net.mib.inc(Counter.TcpExtTW);
  }

  unreachable(_error: IcmpError, _seq: number): void {}

  receive(segment: ReceivedSegment): void {
    segment.readOptions(true);
    const { options } = segment;
    const timestamped = options.saw_tstamp && this.closed.timestampOffset !== undefined;
    // RFC6191-2-prev-ts-new-lt, RFC6191-2-otherwise
    const old = timestamped && this.recent >= 0 && lt(options.rcv_tsval, this.recent) &&
      this.context.net.now - this.recentAt < 24 * 24 * 3600e6;
    if (this.finWait2) return this.receiveInFinWait2(segment, old, timestamped);
    // An ACK or a reset that says nothing new.
    if (!old && segment.seq === this.rcvNxt && (segment.seq === segment.end || segment.rst)) {
      if (segment.rst) {
        // RFC1337: a reset does not cut TIME-WAIT short, if the setting says so.
        // RFC1337-3-f1-ignore-rst, RFC9293-3.10.7.4-rst-closing
        if (this.context.config.rfc1337.value === 0) this.leave();
        return;
      }
      this.restart();
      if (timestamped) this.takeTimestamp(options.rcv_tsval);
      return;
    }
    // RFC6191-2-prev-ts-new-gt, RFC6191-2-prev-none-new-none, RFC6191-2-otherwise, RFC9293-SHLD-4,
    // RFC9293-3.10.7.4-syn-timewait, RFC9293-3.10.7.4-timewait-syn-ts
    // RFC9293-MAY-2, RFC6191: a SYN that is newer by its sequence number or timestamp opens a new connection.
    const newer = after(segment.seq, this.rcvNxt) ||
      (timestamped && this.recent >= 0 && gt(options.rcv_tsval, this.recent));
    if (segment.syn && !segment.rst && !segment.hasAck && !old && newer) return this.reopen(segment);
    if (old) this.context.net.mib.inc(Counter.TcpExtPAWSEstab);
    // RFC1337-2-old-dup
    if (segment.rst) return;
    // RFC9293-3.10.7.4-ack-timewait: a retransmitted FIN starts the time anew.
    // RFC1337-2-old-dup, RFC9293-3.10.7.4-seq-unacceptable
    if (old || segment.hasAck) this.restart();
    this.answerWithAck(segment);
  }

  /** A new connection takes the four-tuple: a listener judges the SYN. */
  private reopen(segment: ReceivedSegment): void {
    const listener = this.context.table.findListener(
      this.localAddress,
      this.localPort,
      segment.packet.device?.ifindex ?? 0,
      this.context.net.random(),
    );
    if (listener === undefined) return resetUnknown(this.context, segment, this.closed.sign);
    this.leave();
    // RFC9293-MUST-41
    listener.receive(segment);
  }

  private receiveInFinWait2(segment: ReceivedSegment, old: boolean, timestamped: boolean): void {
    const right = (this.rcvNxt + this.closed.rcvWnd) >>> 0;
    const inWindow = geq(segment.end, this.rcvNxt) && leq(segment.seq, right);
    if (old || !inWindow) return this.answerWithAck(segment);
    // RFC9293-3.10.7.4-rst-established
    if (segment.rst) return this.leave();
    if (segment.syn && !lt(segment.seq, this.rcvNxt)) {
      resetUnknown(this.context, segment, this.closed.sign);
      return;
    }
    // Nothing but ACKs of what was sent before.
    if (!segment.hasAck || !gt(segment.end, this.rcvNxt) || segment.end === segment.seq) return;
    // RFC9293-SHLD-3: text for a program that is gone is answered with a reset.
    if (!segment.fin || segment.end !== ((this.rcvNxt + 1) >>> 0)) {
      this.context.net.mib.inc(Counter.TcpExtTCPAbortOnData);
      resetUnknown(this.context, segment, this.closed.sign);
      return this.leave();
    }
    // RFC9293-3.10.7.4-fin-finwait2
    this.rcvNxt = segment.end;
    this.finWait2 = false;
    if (timestamped) this.takeTimestamp(segment.options.rcv_tsval);
    this.restart();
    this.sendAck(segment);
  }

  private takeTimestamp(tsval: number): void {
    this.recent = tsval;
    this.recentAt = this.context.net.now;
  }

  private restart(): void {
    this.timer.arm(this.context.net.now + this.duration);
  }

  private answerWithAck(segment: ReceivedSegment): void {
    const { now } = this.context.net;
    // RFC5961-7-throttle
    if (segment.textLength === 0 && now - this.lastAnswer < this.context.config.invalid_ratelimit.value * 1000) {
      this.context.net.mib.inc(
        this.finWait2 ? Counter.TcpExtTCPACKSkippedFinWait2 : Counter.TcpExtTCPACKSkippedTimeWait,
      );
      return;
    }
    this.lastAnswer = now;
    this.sendAck(segment);
  }

  private sendAck(segment: ReceivedSegment): void {
    const { closed } = this;
    const timestamps = closed.timestampOffset === undefined
      ? undefined
      : { val: timestampAt(this.context.net.now, closed.timestampOffset), ecr: Math.max(this.recent, 0) };
    answer(this.context, segment, {
      seq: closed.sndNxt,
      ack: this.rcvNxt,
      flags: ACK,
      window: closed.windowField,
      timestamps,
      sign: closed.sign,
      tos: this.tos & ~3,
    });
  }
}
