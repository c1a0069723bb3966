/**
 * Answers to segments that no connection wants (RFC 9293 section 3.10.7.1).
 *
 * @module
 */
import { operationsOf } from "../inet/af_ops.ts";
import { Counter } from "../mib.ts";
import { ACK, RST } from "../wire/tcp.ts";
import type { TcpContext } from "./context.ts";
import type { ReceivedSegment } from "./segment.ts";
import { OutgoingOptions } from "./send/options.ts";
import { NO_TEXT, type SegmentHeader, type SignSegment } from "./send/transmit.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";

/** What an answer from no connection says. */
export interface BareSegment {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  /** TSval and TSecr, absent for no option. */
  readonly timestamps?: { readonly val: number; readonly ecr: number } | undefined;
  readonly sign?: SignSegment | undefined;
  /** TOS octet or traffic class; absent for that of the segment that is answered. */
  readonly tos?: number;
  readonly mark?: number;
  readonly options?: OutgoingOptions | undefined;
}

/** The TOS octet or traffic class of a segment for its answer, which is not ECN-capable (RFC 3168 section 6.1.4). */
// RFC3168-6.1.4-ack-notect
function reflectedTos(about: ReceivedSegment): number {
  return about.packet.tos & ~3;
}

/** Sends a segment back to where `about` came from, from the address and port that it was sent to. */
export function answer(context: TcpContext, about: ReceivedSegment, bare: BareSegment): void {
  const local = about.destination();
  const remote = about.source();
  const tos = bare.tos ?? reflectedTos(about);
  const route = context.ip.route_output({
    family: local.family,
    destination: remote,
    source: local,
    tos,
    oif: remote.isLinkLocal ? about.packet.device?.ifindex : 0,
    mark: bare.mark,
    anysrc: true,
  });
  if (typeof route === "number") return;
  const header: SegmentHeader = {
    sourcePort: about.destinationPort,
    destinationPort: about.sourcePort,
    seq: bare.seq,
    ack: bare.ack,
    flags: bare.flags,
    window: bare.window,
    urgentPointer: 0,
  };
  const options = bare.options ?? new OutgoingOptions();
  if (bare.timestamps !== undefined) {
    options.timestamps = true;
    options.tsval = bare.timestamps.val;
    options.tsecr = bare.timestamps.ecr;
  }
  options.signature = bare.sign !== undefined;
  context.transmitter.send(
    header,
    options,
    NO_TEXT,
    route,
    { source: local, destination: remote, protocol: IPPROTO_TCP, tos, ttl: 0, pmtudisc: 1, df: true },
    { priority: 0, mark: bare.mark ?? 0, hash: 0, segmentSize: 0, operations: operationsOf(local.family) },
    bare.sign,
  );
}

/** Answers a segment for which there is no connection with a reset. */
export function resetUnknown(context: TcpContext, segment: ReceivedSegment, sign?: SignSegment): void {
  // RFC9293-3.10.7.1-closed-discard: no reset is answered.
  // RFC9293-3.5.2-rst-closed, RFC9293-3.10.4-close-synsent, RFC9293-3.10.5-abort-synsent
  if (segment.rst) return;
  const type = context.ip.address_type(segment.destination());
  if (type !== "local" && segment.packet.route?.type !== "local") return;
  if (segment.hasAck) {
    // RFC9293-3.5.2-rst-closed
    // RFC9293-3.10.7.1-closed-rst-ack
    answer(context, segment, { seq: segment.ack, ack: 0, flags: RST, window: 0, sign });
  } else {
    // RFC9293-3.5.2-rst-closed
    // RFC9293-3.10.7.1-closed-rst-noack
    answer(context, segment, { seq: 0, ack: segment.end, flags: RST | ACK, window: 0, sign });
  }
}

/** Counts a connection that was reset by its peer. */
export function countReset(context: TcpContext): void {
  context.net.mib.inc(Counter.TcpEstabResets);
}
