/**
 * The three-way handshake as the side that opens (RFC 9293 sections 3.5, 3.10.1, 3.10.7.3).
 *
 * @module
 */
import { SOCK_RCVBUF_LOCK } from "../../../abi/socket_constants.ts";
import { ECONNREFUSED, ECONNRESET } from "../../../abi/errno.ts";
import { TCP_ESTABLISHED, TCP_SYN_RECV, TCP_SYN_SENT } from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import { between, gt, leq } from "../../wire/seq.ts";
import { ACK, CWR, ECE, RST, SYN } from "../../wire/tcp.ts";
import { defaultMss } from "../path.ts";
import { textPerSegment } from "../negotiated.ts";
import { ReceiveWindow } from "../receive/window.ts";
import { answer } from "../reset.ts";
import type { ReceivedSegment } from "../segment.ts";
import { OutgoingOptions } from "../send/options.ts";
import { QueueText } from "../send/queue_text.ts";
import { NO_TEXT, type SegmentText } from "../send/transmit.ts";
import { timestampAt } from "../timestamps.ts";
import type { Connection } from "./connection.ts";
import { establish } from "./establish.ts";
import { rememberFastOpen } from "./fast_open_client.ts";

/** OPEN, active: sends <SEQ=ISS><CTL=SYN> and enters SYN-SENT. */
// RFC9293-3.10.1-open-closed
export function openActively(connection: Connection): void {
  const { context, negotiated, endpoint, settings } = connection;
  negotiated.offer(context.config);
  negotiated.timestampOffset = context.sequence.timestampOffset(connection.localAddress, connection.remoteAddress);
  if (negotiated.windowScaling) {
    const locked = (endpoint.sk_userlocks & SOCK_RCVBUF_LOCK) !== 0;
    const coreMax = context.net.sysctl.getNumber("net.core.rmem_max");
    negotiated.receiveScale = ReceiveWindow.scaleFor(
      context.config,
      coreMax,
      endpoint.buffers.rcvbuf,
      locked,
      settings.windowClamp,
    );
  }
  negotiated.offered = negotiated.own;
  negotiated.announcedMss = connection.path.announcedMss();
  connection.opening.offeredWindow = ReceiveWindow.offerOf(
    endpoint.buffers.rcvbuf,
    negotiated.announcedMss,
    settings.windowClamp,
  );
  connection.opening.openedAt = context.net.now;
  connection.become(TCP_SYN_SENT);
  context.net.mib.inc(Counter.TcpActiveOpens);
  connection.enter();
  connection.sender.sendSyn(connection.opening.fastOpen?.octets ?? 0);
}

/** Sends the SYN, or in SYN-RECEIVED the SYN-ACK, for the first time or again: 0 or `-errno`. */
export function sendSyn(connection: Connection, again: boolean): number {
  const { context, negotiated, sender, state, ecn } = connection;
  const { config } = context;
  const synAck = state !== TCP_SYN_SENT;
  const options = new OutgoingOptions();
  // RFC9293-SHLD-5, RFC9293-MUST-65
  options.mss = negotiated.announcedMss;
  // RFC7323-2.2-synack-only-if: what the peer's SYN did not offer is not in the answer.
  const repeats = synAck && context.deviations.crossingRepeatsOffer;
  const said = repeats ? negotiated.offered ?? negotiated.own : negotiated.own;
  options.sackPermitted = said.sack;
  // RFC7323-2.2-send, RFC7323-2.3-reply
  options.windowScale = said.windowScale;
  options.signature = connection.outbox.sign !== undefined;
  if (said.timestamps) {
    options.timestamps = true;
    options.tsval = timestampAt(context.net.now, negotiated.timestampOffset);
    // RFC7323-3.2-syn-tsecr0
    options.tsecr = connection.recent.echo;
  }
  let flags = SYN | (synAck ? ACK : 0);
  let text: SegmentText = NO_TEXT;
  const { fastOpen } = connection.opening;
  if (!synAck && again && fastOpen !== undefined && !fastOpen.over) rememberFastOpen(connection, undefined);
  if (!synAck && fastOpen?.cookie !== undefined && !fastOpen.over) {
    options.cookie = fastOpen.cookie;
    options.cookieExperimental = fastOpen.experimental;
  }
  if (!synAck && fastOpen !== undefined && !fastOpen.over && fastOpen.octets > 0) {
    const stretch = new QueueText(sender.queue);
    stretch.seq = (sender.iss + 1) >>> 0;
    stretch.length = fastOpen.octets;
    text = stretch;
  }
  // RFC3168-6.1.1-syn: a SYN that asks for ECN has both flags; one that was lost with them asks no more (section 6.1.1.1).
  const wanted = (config.ecn.value & 3) === 1 || sender.recovery.congestion.needsEcn;
  if (!synAck && wanted && !(again && config.ecn_fallback.value !== 0)) {
    flags |= ECE | CWR;
    connection.opening.ecnAsked = true;
  } else if (!synAck) {
    connection.opening.ecnAsked = false;
  }
  if (synAck && connection.opening.synReply !== undefined) {
    options.cookie = connection.opening.synReply.cookie;
    options.cookieExperimental = connection.opening.synReply.experimental;
  }
  // RFC3168-6.1.1-synack
  if (synAck && ecn.on) flags |= ECE;
  if (again) context.net.mib.inc(Counter.TcpExtTCPSynRetrans);
  return connection.outbox.send(sender.iss, flags, text, {
    window: ReceiveWindow.synField(connection.opening.offeredWindow),
    options,
  });
}

/** A segment in SYN-SENT. */
export function arriveInSynSent(connection: Connection, segment: ReceivedSegment): void {
  const { sender, context } = connection;
  segment.readOptions(false);
  if (!connection.signatureFits(segment)) return;
  if (segment.hasAck && (leq(segment.ack, sender.iss) || gt(segment.ack, sender.sndNxt))) {
    // RFC9293-3.5.2-rst-nonsync, RFC9293-3.10.7.3-synsent-bad-ack-rst
    // RFC9293-3.10.7.3-synsent-bad-ack
    if (!segment.rst) answer(context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0 });
    return;
  }
  if (segment.hasAck && !segment.rst && echoesForeignTime(connection, segment)) {
    context.net.mib.inc(Counter.TcpExtPAWSActive);
    answer(context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0 });
    return;
  }
  if (segment.rst) {
    // RFC5961-3.2-synsent
    // RFC9293-3.10.7.3-synsent-rst-ack, RFC9293-3.10.7.3-synsent-rst-noack
    if (segment.hasAck) connection.fail(ECONNREFUSED);
    return;
  }
  // RFC9293-3.10.7.3-synsent-neither
  if (!segment.syn) return;
  takeSyn(connection, segment);
  if (segment.hasAck) {
    establishActively(connection, segment);
    return;
  }
  // RFC9293-MUST-10, RFC9293-3.10.7.3-synsent-syn: a simultaneous open.
  connection.become(TCP_SYN_RECV);
  if (connection.opening.fastOpen !== undefined) connection.opening.fastOpen.over = true;
  sender.window.begin(segment.seq, sender.sndUna, segment.window);
  sendSyn(connection, false);
}

/** Whether a SYN-ACK echoes a timestamp that no SYN of ours had: it answers another connection. */
function echoesForeignTime(connection: Connection, segment: ReceivedSegment): boolean {
  const { negotiated, context, opening: { openedAt } } = connection;
  const { options } = segment;
  if (!negotiated.timestamps || !options.saw_tstamp || options.rcv_tsecr === 0) return false;
  const from = timestampAt(openedAt, negotiated.timestampOffset);
  const to = timestampAt(context.net.now, negotiated.timestampOffset);
  return !between(options.rcv_tsecr, from, to);
}

/** What the peer's SYN says of itself. */
function takeSyn(connection: Connection, segment: ReceivedSegment): void {
  const { negotiated, receiver, endpoint, context, path } = connection;
  negotiated.settle(segment.options, defaultMss(endpoint.wire_family));
  if (negotiated.timestamps) connection.recent.take(segment.options.rcv_tsval, context.net.now);
  receiver.begin(segment.seq, connection.opening.offeredWindow, textPerSegment(negotiated));
  path.invalidate();
}

/** Our SYN is acknowledged: ESTABLISHED. */
// RFC9293-3.10.7.3-synsent-synack
function establishActively(connection: Connection, segment: ReceivedSegment): void {
  const { sender, ecn, context, opening: { fastOpen } } = connection;
  const { timeouts } = sender.recovery;
  // RFC9293-SHLD-8, RFC3168-6.1.1-non-ecn, RFC3168-6.1.1-no-ect-before, RFC3168-6.1.1-all-forms
  if (connection.opening.ecnAsked) ecn.on = (segment.flags & (ECE | CWR)) === ECE;
  // RFC7323-2.3-left
  sender.window.begin(segment.seq, segment.ack, segment.window);
  if (fastOpen !== undefined) {
    rememberFastOpen(connection, segment);
    fastOpen.accepted = fastOpen.octets > 0 && segment.ack === sender.sndNxt;
  }
  const { report } = connection;
  report.ack = segment.ack;
  report.sack.count = 0;
  report.timestampEcho = connection.negotiated.timestamps ? segment.options.rcv_tsecr : undefined;
  report.ece = false;
  report.carriesData = false;
  report.windowChanged = true;
  report.now = context.net.now;
  sender.acknowledged(report);
  connection.observer?.acknowledged(sender.sndUna);
  // RFC7413-4.2.2-client-partial: text that did not come in with the SYN is sent again at once.
  if (fastOpen !== undefined) sender.recovery.onSynText(fastOpen.accepted);
  // RFC9293-3.5-three-way
  connection.become(TCP_ESTABLISHED);
  establish(connection, -1, timeouts);
  const { acknowledgments } = connection.outbox;
  // RFC9293-3.10.7.3-synsent-syn-data: text and FIN of the SYN-ACK count, too.
  if (segment.length > 1 && (fastOpen !== undefined || !context.deviations.synAckTextDropped)) {
    segment.trimFront(1);
    connection.synAckText(segment);
    if (acknowledgments !== connection.outbox.acknowledgments) return connection.endpoint.state_change();
  }
  sender.transmit();
  // An ACK that text carries is an ACK.
  if (acknowledgments === connection.outbox.acknowledgments) {
    // TCP_QUICKACK off, too: what the program writes first may carry it.
    if (connection.opening.writerWaits || !connection.receiver.timing.quickAck) connection.receiver.timing.expectText();
    else connection.sendAck();
  }
  connection.opening.writerWaits = false;
  connection.endpoint.state_change();
}

/** The peer has refused or reset: what the program is told depends on how far the connection was (RFC 9293 section 3.10.7.4). */
export function resetErrno(state: number, asReset: boolean): number {
  // RFC9293-3.10.7.4-rst-synrcvd-active
  return state === TCP_SYN_SENT || (state === TCP_SYN_RECV && !asReset) ? ECONNREFUSED : ECONNRESET;
}
