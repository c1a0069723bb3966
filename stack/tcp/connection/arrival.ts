/**
 * A segment arrives on a connection that is synchronized, or nearly so: RFC 9293 section 3.10.7.4 in its order.
 *
 * @module
 */
import { ECONNRESET, EPIPE } from "../../../abi/errno.ts";
import { RCV_SHUTDOWN } from "../../inet/inet_sock.ts";
import * as State from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import { distance, gt, lt } from "../../wire/seq.ts";
import { ECE, RST, URG } from "../../wire/tcp.ts";
import { answer, resetUnknown } from "../reset.ts";
import type { ReceivedSegment } from "../segment.ts";
import { restInFinWait2 } from "./closing.ts";
import type { Connection } from "./connection.ts";
import { enterTimeWait } from "./resting.ts";
import { establish, growSendBuffer } from "./establish.ts";
import { resetErrno } from "./handshake.ts";

/** Handles one segment. */
export function arriveSynchronized(connection: Connection, segment: ReceivedSegment): void {
  segment.readOptions(connection.negotiated.timestamps);
  if (!connection.signatureFits(segment)) return;
  if (!segment.hasAck && !segment.rst && !segment.syn && connection.context.deviations.flaglessDropped) return;
  if (!checkSequence(connection, segment)) return;
  // RFC9293-3.10.7.4-ack-off
  if (!segment.hasAck) return;
  const { sndUna } = connection.sender;
  if (!takeAcknowledgment(connection, segment)) return;
  if (connection.state === State.TCP_CLOSE) return;
  takeUrgentPointer(connection, segment);
  takeText(connection, segment);
  if (connection.sender.sndUna !== sndUna) {
    growSendBuffer(connection);
    connection.sendSpaceChanged();
  }
  if (connection.state === State.TCP_FIN_WAIT2 && connection.endpoint.sock_dead) restInFinWait2(connection);
}

/** First to fourth check: sequence number, timestamp, reset, SYN. Whether the segment is acceptable. */
function checkSequence(connection: Connection, segment: ReceivedSegment): boolean {
  const { receiver, negotiated, recent, context, answers } = connection;
  const { options } = segment;
  const { now, mib } = context.net;
  // RFC7323-5.3-precedence, RFC7323-5.2-monotonic
  // RFC7323-5.3-r1, RFC7323-5.2-rst-nopaws: too old by its timestamp; a reset is exempt (section 5.2).
  if (
    negotiated.timestamps && options.saw_tstamp && !segment.rst &&
    recent.rejects(options.rcv_tsval, now, context.deviations.pawsSlack ? 1 : 0)
  ) {
    mib.inc(Counter.TcpExtPAWSEstab);
    if (segment.length > 0 || answers.allow(Counter.TcpExtTCPACKSkippedPAWS)) {
      answerOutOfWindow(connection, segment);
    }
    return false;
  }
  // RFC7323-3.2-missing-noabort
  // RFC7323-3.2-missing-drop
  if (negotiated.timestamps && !options.saw_tstamp && !segment.rst && !context.deviations.timestampMayBeMissing) {
    return false;
  }
  // RFC9293-3.5.2-sync-unacceptable, RFC7323-5.3-r2
  if (!receiver.acceptable(segment)) {
    // RFC5961-3.2-outside, RFC9293-3.10.7.4-rst-outside
    // RFC9293-3.10.7.4-seq-unacceptable-rst
    if (segment.rst) return false;
    // RFC9293-3.10.7.4-syn-sync
    if (segment.syn) return challenge(connection, segment);
    // RFC9293-3.10.7.4-seq-unacceptable
    if (segment.length > 0 || answers.allow(Counter.TcpExtTCPACKSkippedSeq)) answerOutOfWindow(connection, segment);
    return false;
  }
  if (segment.rst) {
    takeReset(connection, segment);
    return false;
  }
  if (segment.syn) {
    // The SYN-ACK of a simultaneous open has the SYN once more.
    const crossing = connection.state === State.TCP_SYN_RECV && !connection.opening.passive && segment.hasAck &&
      segment.seq === receiver.irs;
    // RFC5961-4.2-challenge, RFC5961-4.2-drop, RFC9293-3.5.1-half-open-syn, RFC9293-3.10.7.4-syn-sync
    if (!crossing) return challenge(connection, segment);
    receiver.noteDuplicate(segment.seq, (segment.seq + 1) >>> 0);
    segment.trimFront(1);
    receiver.timing.pending = true;
    receiver.timing.demand();
  }
  return true;
}

/** An ACK that tells where we are; with SACK it says what of the segment came before (RFC 2883). */
function answerOutOfWindow(connection: Connection, segment: ReceivedSegment): void {
  const { receiver } = connection;
  if (segment.seq !== segment.end && lt(segment.seq, receiver.rcvNxt)) {
    const end = gt(segment.end, receiver.rcvNxt) ? receiver.rcvNxt : segment.end;
    receiver.noteDuplicate(segment.seq, end);
  }
  if (segment.seq !== segment.end && lt(segment.seq, receiver.rcvNxt)) {
    connection.context.net.mib.inc(Counter.TcpExtDelayedACKLost);
    receiver.timing.speedUp();
  }
  connection.sendAck();
}

/** A SYN on a connection that has had its SYN: an ACK tells the peer where we are, in case it has lost its state. */
function challenge(connection: Connection, _segment: ReceivedSegment): false {
  connection.context.net.mib.inc(Counter.TcpExtTCPSYNChallenge);
  // RFC5961-4.2-challenge, RFC9293-3.5.1-half-open-syn, RFC5961-4.2-rst-after, RFC9293-3.10.7.4-syn-sync
  if (connection.answers.challenge()) connection.sendAck();
  return false;
}

/** Whether a reset with this sequence number is believed. */
function isExact({ receiver, negotiated, context }: Connection, seq: number): boolean {
  // RFC9293-3.10.7.4-rst-exact, RFC5961-3.2-exact; a FIN that was sent may have been overtaken by the reset.
  if (seq === receiver.rcvNxt || (receiver.finished && seq === ((receiver.rcvNxt - 1) >>> 0))) return true;
  return context.deviations.resetBehindGap && negotiated.sack && seq === receiver.assembler.right;
}

/** Second check: RST. */
function takeReset(connection: Connection, segment: ReceivedSegment): void {
  const { receiver, state, context } = connection;
  // RFC9293-3.10.7.4-rst-challenge, RFC5961-3.2-challenge, RFC5961-3.2-drop
  if (!isExact(connection, segment.seq)) {
    if (connection.answers.challenge()) connection.sendAck();
    return;
  }
  context.net.mib.inc(Counter.TcpEstabResets);
  const closing = state === State.TCP_CLOSING || state === State.TCP_LAST_ACK;
  // RFC9293-3.10.7.4-rst-closing
  if (closing && receiver.finished) return connection.finish();
  // RFC9293-3.10.7.4-rst-established, RFC9293-MUST-12, RFC9293-SHLD-2, RFC9293-3.5.1-half-open-active,
  // RFC9293-3.5.3-rst-listen
  connection.fail(
    state === State.TCP_CLOSE_WAIT
      ? EPIPE
      : resetErrno(state, connection.opening.passive || context.deviations.crossingOpenReset),
  );
}

/** Fifth check: ACK. Whether the segment's text is to be looked at. */
function takeAcknowledgment(connection: Connection, segment: ReceivedSegment): boolean {
  const { sender } = connection;
  if (connection.state === State.TCP_SYN_RECV && !leaveSynReceived(connection, segment)) return false;
  if (gt(segment.ack, sender.sndNxt)) {
    // RFC5961-5.2-drop-ack
    // RFC9293-3.10.7.4-ack-future
    if (connection.answers.challenge()) connection.sendAck();
    return false;
  }
  // RFC5961-5.2-check, RFC5961-5.2-maxwnd, RFC5961-5.2-drop-ack, RFC9293-MAY-12
  // RFC9293-3.10.7.4-ack-range-5961; nothing was ever sent before the ISS.
  const oldest = Math.min(Math.max(sender.window.largest, 1), distance(sender.sndUna, sender.iss) - 1);
  if (lt(segment.ack, (sender.sndUna - oldest) >>> 0)) {
    if (connection.answers.challenge()) connection.sendAck();
    return false;
  }
  if (!lt(segment.ack, sender.sndUna) || !connection.context.deviations.staleAckKeepsTimestamp) {
    takeTimestamp(connection, segment);
  }
  connection.keepAlive.heard();
  // RFC7323-2.3-left, RFC7323-2.3-set, RFC9293-MUST-1, RFC9293-REC-1
  const window = segment.window * 2 ** connection.negotiated.sendScale;
  const changed = lt(segment.ack, sender.sndUna)
    ? false
    : sender.window.take(segment.seq, segment.ack, window, sender.sndUna);
  fillReport(connection, segment, changed);
  // RFC9293-3.10.7.4-ack-established, RFC9293-3.10.7.4-ack-closewait
  const outcome = sender.acknowledged(connection.report);
  if (outcome.progress) {
    connection.endpoint.confirm_neighbour();
    connection.observer?.acknowledged(sender.sndUna);
  }
  if (connection.sender.recovery.congestionWindowReduced) {
    connection.sender.recovery.congestionWindowReduced = false;
    // RFC3168-5-ce-as-drop
    connection.ecn.reduced();
  }
  return afterAcknowledgment(connection);
}

/** RFC 7323 section 4.3: what the next segments echo. */
function takeTimestamp(connection: Connection, segment: ReceivedSegment): void {
  const { negotiated, recent, receiver, context } = connection;
  if (negotiated.timestamps && segment.options.saw_tstamp) {
    // RFC7323-4.3-ooo, RFC7323-4.3-fill, RFC7323-5.2-monotonic
    recent.update(segment.options.rcv_tsval, segment.seq, receiver.window.acknowledged, context.net.now);
  }
}

function fillReport(connection: Connection, segment: ReceivedSegment, windowChanged: boolean): void {
  const { report, negotiated, context, ecn } = connection;
  const { options } = segment;
  report.ack = segment.ack;
  report.timestampEcho = negotiated.timestamps && options.saw_tstamp ? options.rcv_tsecr : undefined;
  report.ece = ecn.on && (segment.flags & ECE) !== 0;
  report.carriesData = segment.seq !== segment.end;
  report.windowChanged = windowChanged;
  report.now = context.net.now;
  // RFC2018-5-record
  report.sack.count = negotiated.sack ? options.num_sacks : 0;
  for (let i = 0; i < report.sack.count; i++) {
    report.sack.left[i] = options.sacks[2 * i]!;
    report.sack.right[i] = options.sacks[2 * i + 1]!;
  }
}

/** The ACK of our SYN-ACK: ESTABLISHED (RFC9293-3.10.7.4-ack-synrcvd). Whether it is one. */
function leaveSynReceived(connection: Connection, segment: ReceivedSegment): boolean {
  const { sender, context } = connection;
  if (!gt(segment.ack, sender.sndUna) || gt(segment.ack, sender.sndNxt)) {
    // RFC9293-3.10.7.4-ack-synrcvd-bad
    answer(context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0 });
    return false;
  }
  sender.window.begin(segment.seq, segment.ack, segment.window * 2 ** connection.negotiated.sendScale);
  // RFC9293-3.5-three-way
  connection.become(State.TCP_ESTABLISHED);
  // A child of Fast Open has been sending since its SYN.
  if (!connection.opening.fastOpenChild) establish(connection, -1, sender.recovery.timeouts);
  connection.confirmed();
  connection.endpoint.state_change();
  return true;
}

/** What an acknowledged FIN of ours means. Whether the segment's text is to be looked at. */
function afterAcknowledgment(connection: Connection): boolean {
  const { sender, endpoint, state } = connection;
  const finAcknowledged = sender.queue.finSent && sender.sndUna === sender.sndNxt;
  if (!finAcknowledged) return true;
  switch (state) {
    case State.TCP_FIN_WAIT1: {
      // RFC9293-3.10.7.4-ack-finwait1, RFC9293-3.6-case1-local
      connection.become(State.TCP_FIN_WAIT2);
      connection.sendEnded();
      endpoint.sk_dst_check();
      if (!endpoint.sock_dead) endpoint.state_change();
      return true;
    }
    case State.TCP_CLOSING:
      // RFC9293-3.10.7.4-ack-closing, RFC9293-3.6-case3-both
      enterTimeWait(connection);
      return false;
    case State.TCP_LAST_ACK:
      // RFC9293-3.10.7.4-ack-lastack, RFC9293-3.6-case2-remote
      connection.finish();
      return false;
    default:
      return true;
  }
}

/** Sixth check: URG. */
function takeUrgentPointer(connection: Connection, segment: ReceivedSegment): void {
  // RFC9293-3.1-urgptr-no-urg
  if ((segment.flags & URG) === 0) return;
  const { receiver, endpoint, context } = connection;
  // RFC9293-3.10.7.4-urg-closed
  if (receiver.finished) return;
  // RFC9293-3.10.7.4-urg-open, RFC9293-3.10.3-recv-urgent
  const news = receiver.urgent.announce(
    segment.seq,
    segment.urgentPointer,
    context.config.stdurg.value === 0,
    receiver.copied,
    receiver.rcvNxt,
  );
  // RFC9293-MUST-32
  if (news) endpoint.data_ready();
}

/** Seventh and eighth check: text and FIN. */
function takeText(connection: Connection, segment: ReceivedSegment): void {
  const { receiver, endpoint, sender, context, ecn } = connection;
  if (segment.seq !== segment.end && receiver.finished) {
    // RFC9293-3.10.7.4-text-closewait, RFC9293-3.10.7.4-fin-remain: nothing can follow a FIN.
    const beyond = segment.textLength > 0 && gt(segment.end, receiver.rcvNxt) && lt(segment.seq, receiver.rcvNxt);
    if (beyond && context.deviations.textAfterFinResets) return resetForText(connection, segment);
    if (lt(segment.seq, receiver.rcvNxt)) answerOutOfWindow(connection, segment);
    return finishArrival(connection);
  }
  // RFC9293-SHLD-3: text that nobody will read. A FIN out of order shows that there is some, too.
  const unwanted = (endpoint.sk_shutdown & RCV_SHUTDOWN) !== 0 && gt(segment.end, receiver.rcvNxt);
  if (unwanted && (connection.state === State.TCP_FIN_WAIT1 || connection.state === State.TCP_FIN_WAIT2)) {
    const textEnd = segment.fin ? (segment.end - 1) >>> 0 : segment.end;
    if (gt(textEnd, receiver.rcvNxt)) {
      return resetForText(connection, segment);
    }
  }
  // RFC3168-6.1.1-process-ce
  if (ecn.on && (segment.textLength > 0 || segment.congestionExperienced)) takeEcn(connection, segment);
  const readable = receiver.readable;
  // RFC9293-3.10.7.4-text-deliver, RFC9293-3.6-recv-after-close, RFC9293-3.10.7.4-ack-finwait2
  const arrived = receiver.accept(segment);
  if (receiver.finished) takeFin(connection);
  if (connection.state === State.TCP_CLOSE) return;
  if (receiver.readable > readable || receiver.finished) endpoint.data_ready();
  // RFC9293-3.10.7.4-text-piggyback
  sender.transmit();
  // RFC9293-3.10.7.4-text-deliver
  receiver.acknowledge(arrived);
}

/** Text that nobody will read, or that there can't be: the segment is answered with a reset and the connection ends. */
function resetForText(connection: Connection, segment: ReceivedSegment): void {
  const { context, endpoint, state, outbox } = connection;
  context.net.mib.inc(Counter.TcpExtTCPAbortOnData);
  resetUnknown(context, segment, outbox.sign);
  if (endpoint.sock_dead) connection.finish();
  else connection.fail(state === State.TCP_CLOSE_WAIT ? EPIPE : ECONNRESET);
}

function takeEcn(connection: Connection, segment: ReceivedSegment): void {
  const { ecn, sender, receiver } = connection;
  const { congestion, flow } = sender.recovery;
  if (congestion.onReceived !== undefined) {
    const marked = segment.congestionExperienced;
    const changed = congestion.onReceived(flow, marked);
    ecn.setEcho(marked);
    ecn.seen = true;
    if (changed) receiver.timing.demand();
    return;
  }
  if (ecn.received(segment.packet.tos, segment.flags, segment.textLength > 0)) receiver.timing.demand();
}

/** The segment had no text that counts: what its ACK allows is sent. */
function finishArrival(connection: Connection): void {
  connection.sender.transmit();
}

/** The peer's FIN was reached. */
// RFC9293-3.10.7.4-fin-signal
function takeFin(connection: Connection): void {
  const { endpoint } = connection;
  if ((endpoint.sk_shutdown & RCV_SHUTDOWN) !== 0 && connection.finTaken) return;
  // RFC9293-MUST-12, RFC9293-3.6-case2-remote
  connection.finTaken = true;
  connection.receiveEnded();
  connection.receiver.timing.expectEnd();
  switch (connection.state) {
    case State.TCP_SYN_RECV:
    case State.TCP_ESTABLISHED:
      // RFC9293-3.10.7.4-fin-established
      connection.become(State.TCP_CLOSE_WAIT);
      break;
    case State.TCP_FIN_WAIT1:
      // RFC9293-3.10.7.4-fin-finwait1
      connection.sendAck();
      // RFC9293-3.6-case3-both
      connection.become(State.TCP_CLOSING);
      break;
    case State.TCP_FIN_WAIT2:
      // RFC9293-3.10.7.4-fin-finwait2
      connection.sendAck();
      enterTimeWait(connection);
      return;
  }
  endpoint.state_change();
}
