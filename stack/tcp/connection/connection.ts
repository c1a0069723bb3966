/**
 * One connection (RFC 9293): its state, its parts, and how it goes from one state to the next.
 *
 * @module
 */
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from "../../../abi/file_constants.ts";
import { ETIMEDOUT } from "../../../abi/errno.ts";
import { SOCK_BINDPORT_LOCK } from "../../inet/bind.ts";
import { type InetSock, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } from "../../inet/inet_sock.ts";
import * as State from "../../../abi/tcp_constants.ts";
import type { IcmpError } from "../../ip/interface.ts";
import { Counter } from "../../mib.ts";
import type { Timer } from "../../timers.ts";
import { distance } from "../../wire/seq.ts";
import { ACK, RST } from "../../wire/tcp.ts";
import type { TcpContext } from "../context.ts";
import { Negotiated } from "../negotiated.ts";
import { Path } from "../path.ts";
import type { AckReport } from "../recovery/interface.ts";
import type { ReceivedSegment } from "../segment.ts";
import { Outbox } from "../send/outbox.ts";
import { NO_TEXT } from "../send/transmit.ts";
import type { SenderHost } from "../send/parts.ts";
import { Sender } from "../send/sender.ts";
import type { QueuedSegment } from "../send/queued_segment.ts";
import type { TcpSettings } from "../settings.ts";
import { Receiver, type ReceiverHost } from "../receive/receiver.ts";
import type { TupleEntry } from "../table.ts";
import { RecentTimestamp } from "../timestamps.ts";
import { AnswerLimit } from "./challenge.ts";
import { Ecn } from "./ecn.ts";
import { mayContinue, mayProbe } from "./give_up.ts";
import { KeepAlive } from "./keepalive.ts";
import { type Limit, LimitClock } from "./limit_clock.ts";
import { makeRecovery } from "./recovery.ts";
import { Opening } from "./opening.ts";

/** Who handles a connection's segments and errors; registered by TCP's entry point, which knows all states. */
export interface ConnectionHandler {
  /** A segment of the connection came in. */
  segmentArrives(connection: Connection, segment: ReceivedSegment): void;
  /** An ICMP error about one of its segments came in. */
  unreachable(connection: Connection, error: IcmpError, seq: number): void;
  /** Sends the connection's SYN or SYN-ACK, for the first time or again: 0 or `-errno`. */
  sendSyn(connection: Connection, again: boolean): number;
}

/** Segments of a connection, for `TCP_INFO`. */
export interface SegmentCounts {
  segmentsIn: number;
  segmentsOut: number;
  textIn: number;
  outOfOrder: number;
}

/** Who is told of what happens to a connection beside its socket. */
export interface ConnectionObserver {
  /** A segment was sent for the first time. */
  sentNew(segment: QueuedSegment): void;
  /** Everything before `una` is acknowledged. */
  acknowledged(una: number): void;
  /** The connection is gone. */
  closed(): void;
}

/** One connection. */
export class Connection implements TupleEntry, SenderHost, ReceiverHost {
  next: TupleEntry | undefined = undefined;
  hash = 0;
  readonly negotiated: Negotiated = new Negotiated();
  readonly recent: RecentTimestamp = new RecentTimestamp();
  readonly ecn: Ecn = new Ecn();
  readonly path: Path;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly outbox: Outbox;
  readonly answers: AnswerLimit;
  readonly keepAlive: KeepAlive;
  /** What an ACK said; written anew for each. */
  readonly report: AckReport = {
    ack: 0,
    sack: { count: 0, left: new Uint32Array(4), right: new Uint32Array(4) },
    timestampEcho: undefined,
    ece: false,
    carriesData: false,
    windowChanged: false,
    now: 0,
  };
  /** How it came to be, and what its handshake has to remember. */
  readonly opening: Opening = new Opening();
  readonly counts: SegmentCounts = { segmentsIn: 0, segmentsOut: 0, textIn: 0, outOfOrder: 0 };
  /** What held the sender back, and how long. */
  readonly limits: LimitClock;
  /** TTL or hop limit of the last segment that came. */
  lastTtl = 0;
  /** The peer's FIN has had its effect. */
  finTaken = false;
  /** Whether a segment is signed as it has to be (RFC 2385); its socket knows the keys. */
  signatureFits: (segment: ReceivedSegment) => boolean = () => true;
  observer: ConnectionObserver | undefined = undefined;
  /** Waits for the peer's FIN in FIN-WAIT-2, when no program does; `resting.ts` makes it. */
  finWait: Timer | undefined = undefined;
  private inTable = false;

  /** A connection of `endpoint`, whose addresses and ports are set, in state CLOSED. */
  constructor(
    readonly context: TcpContext,
    readonly endpoint: InetSock,
    readonly settings: TcpSettings,
    private readonly handler: ConnectionHandler,
    iss: number,
  ) {
    const { config, transmitter } = context;
    const { negotiated } = this;
    this.path = new Path(endpoint, config, settings, negotiated, context.deviations);
    this.receiver = new Receiver(endpoint, config, negotiated, this, context.deviations, () => settings.windowClamp);
    this.outbox = new Outbox(endpoint, transmitter, this.path, negotiated, this.recent, this.receiver, this.ecn);
    this.sender = new Sender({
      endpoint,
      config,
      settings,
      negotiated,
      path: this.path,
      outbox: this.outbox,
      pool: context.pool,
      host: this,
      deviations: context.deviations,
    }, iss);
    this.sender.recovery = makeRecovery(context, settings, this.sender, this.path);
    this.answers = new AnswerLimit(context);
    this.limits = new LimitClock(context.net);
    this.keepAlive = new KeepAlive(this);
  }

  // Its place in the table (TupleEntry).

  get localAddress() {
    return this.endpoint.saddr;
  }

  get localPort(): number {
    return this.endpoint.num;
  }

  get remoteAddress() {
    return this.endpoint.daddr;
  }

  get remotePort(): number {
    return this.endpoint.dport;
  }

  get boundInterface(): number {
    return this.endpoint.sk_bound_dev_if;
  }

  receive(segment: ReceivedSegment): void {
    this.handler.segmentArrives(this, segment);
  }

  unreachable(error: IcmpError, seq: number): void {
    this.handler.unreachable(this, error, seq);
  }

  /** Segments of its four-tuple are for it from now on. */
  enter(): void {
    if (this.inTable) return;
    this.inTable = true;
    this.context.table.add(this);
  }

  /** Segments of its four-tuple are for it no longer. */
  leave(): void {
    if (!this.inTable) return;
    this.inTable = false;
    this.context.table.remove(this);
  }

  // State.

  /** `TCP_*` number of its state. */
  get state(): number {
    return this.endpoint.sk_state;
  }

  /** Goes over to another state. */
  become(state: number): void {
    const before = this.endpoint.sk_state;
    const { mib } = this.context.net;
    if (state === State.TCP_ESTABLISHED && before !== State.TCP_ESTABLISHED) mib.inc(Counter.TcpCurrEstab);
    const counted = (which: number) => which === State.TCP_ESTABLISHED || which === State.TCP_CLOSE_WAIT;
    if (counted(before) && !counted(state)) mib.add(Counter.TcpCurrEstab, -1);
    this.endpoint.sk_state = state;
  }

  /** Whether the connection is synchronized and the program may still send. */
  get canWrite(): boolean {
    return this.state === State.TCP_ESTABLISHED || this.state === State.TCP_CLOSE_WAIT;
  }

  get handshake(): boolean {
    return this.state === State.TCP_SYN_SENT || this.state === State.TCP_SYN_RECV;
  }

  get maySend(): boolean {
    return !this.handshake || this.opening.fastOpenChild;
  }

  // What the sender asks (SenderHost).

  mayContinue(timeouts: number, since: number | undefined): boolean {
    return mayContinue(this, timeouts, since);
  }

  mayProbe(probes: number, since: number): boolean {
    return mayProbe(this, probes, since);
  }

  sendSpaceChanged(): void {
    this.endpoint.write_space();
  }

  /** A writer had to wait for room in the send buffer. */
  spaceMissed(): void {
    this.bufferFull = true;
  }

  /** There is room again. */
  spaceFound(): void {
    this.bufferFull = false;
  }

  /** A writer waits. */
  bufferFull = false;

  sendingStopped(reason: Limit): void {
    this.limits.enter(reason);
  }

  sentNew(segment: QueuedSegment): void {
    this.observer?.sentNew(segment);
  }

  sendSyn(again: boolean): number {
    return this.handler.sendSyn(this, again);
  }

  // What the receiver asks (ReceiverHost).

  get srtt(): number {
    return this.sender.recovery.info.srtt;
  }

  get delackMax(): number {
    return this.settings.delackMax;
  }

  /** Sends an ACK (RFC 9293: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>). */
  sendAck(): void {
    if (this.state === State.TCP_CLOSE) return;
    this.outbox.send(this.ackSeq, ACK);
  }

  /** SEG.SEQ of a segment without text: SND.NXT, unless the peer took back the window it lies in. */
  get ackSeq(): number {
    const { sender } = this;
    const beyond = distance(sender.sndNxt, sender.sndUna) > sender.window.size && sender.window.size > 0;
    return beyond ? sender.windowEnd : sender.sndNxt;
  }

  // Endings.

  /** The program shuts the sending half (RFC 9293 section 3.10.4): a FIN follows what is queued. */
  shutSend(): void {
    const { sender } = this;
    switch (this.state) {
      case State.TCP_SYN_RECV:
        // RFC9293-3.10.4-close-synrcvd: the FIN does not wait for the end of the handshake.
        if (!this.opening.fastOpenChild) sender.recovery.onEstablished(-1, sender.recovery.timeouts);
        this.become(State.TCP_FIN_WAIT1);
        break;
      case State.TCP_ESTABLISHED:
        this.become(State.TCP_FIN_WAIT1);
        break;
      case State.TCP_CLOSE_WAIT:
        // RFC9293-3.10.4-close-closewait, RFC9293-3.6-case2-remote
        this.become(State.TCP_LAST_ACK);
        break;
      default:
        return;
    }
    // RFC9293-3.10.4-close-established, RFC9293-3.6-case1-local
    sender.queue.finQueued = true;
    sender.queue.push();
    sender.submit("none");
  }

  /** Resets the connection: <SEQ=SND.NXT><CTL=RST> (RFC 9293 section 3.10.5), with an ACK for its timestamp's sake. */
  sendReset(): void {
    // RFC7323-5.2-rst-abort, RFC7323-3.2-rst
    this.outbox.send(this.sender.sndNxt, RST | ACK, NO_TEXT);
  }

  /** The connection ends with an error for the program, positive errno; 0 for none. */
  fail(errno: number): void {
    const { endpoint } = this;
    endpoint.sk_err = errno;
    this.finish();
    endpoint.error_report();
  }

  /** Both ends are done, or one has given up: CLOSED. */
  finish(): void {
    const { endpoint } = this;
    if (this.state === State.TCP_CLOSE) return;
    if (this.handshake) this.context.net.mib.inc(Counter.TcpAttemptFails);
    this.leave();
    this.sender.stop();
    this.receiver.timing.stop();
    this.keepAlive.stop();
    this.finWait?.cancel();
    this.become(State.TCP_CLOSE);
    endpoint.sk_shutdown = SHUTDOWN_MASK;
    this.observer?.closed();
    if ((endpoint.sk_userlocks & SOCK_BINDPORT_LOCK) === 0 || endpoint.sock_dead) this.context.ports.put(endpoint);
    if (endpoint.sock_dead) this.forgetOrphan();
    endpoint.wait.wake(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLERR | POLLHUP);
  }

  private orphaned = false;

  /** The program has closed the socket; the connection lives on by itself. */
  orphan(): void {
    if (this.orphaned) return;
    this.orphaned = true;
    this.context.orphans++;
  }

  private forgetOrphan(): void {
    if (!this.orphaned) return;
    this.orphaned = false;
    this.context.orphans--;
  }

  /** The peer's FIN was reached: the program reads an end (RFC 9293: "connection closing"). */
  receiveEnded(): void {
    this.endpoint.sk_shutdown |= RCV_SHUTDOWN;
  }

  /** The sending half is over for the program. */
  sendEnded(): void {
    this.endpoint.sk_shutdown |= SEND_SHUTDOWN;
  }

  /** Text or FIN that came with the SYN-ACK. */
  synAckText(segment: ReceivedSegment): void {
    this.handler.segmentArrives(this, segment);
  }

  /** The SYN is sent again at once, without text. */
  resendSynWithoutText(): void {
    this.negotiated.announcedMss = this.path.announcedMss();
    this.handler.sendSyn(this, true);
  }

  /** The handshake of a child that Fast Open made is over. */
  confirmed(): void {
    this.opening.fastOpenChild = false;
    this.onConfirmed?.();
  }

  /** Who wants to know of {@link confirmed}. */
  onConfirmed: (() => void) | undefined = undefined;

  /** A timeout, or probes without an answer, end the connection. */
  timeOut(): void {
    this.context.net.mib.inc(Counter.TcpExtTCPAbortOnTimeout);
    this.fail(this.endpoint.sk_err_soft || ETIMEDOUT);
  }
}
