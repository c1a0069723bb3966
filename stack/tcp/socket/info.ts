/**
 * `struct tcp_info`, what TCP_INFO gives (tcp(7)).
 *
 * @module
 */
import { putInt, putLong } from "../../../abi/memory.ts";
import * as State from "../../../abi/tcp_constants.ts";
import { distance } from "../../wire/seq.ts";
import type { Connection } from "../connection/connection.ts";
import { textPerSegment } from "../negotiated.ts";
import type { TcpEndpoint } from "./endpoint.ts";

/** Octets of the structure as Linux 6.18 has it. */
const SIZE = 280;
/** Where the fields of an octet are. */
const [STATE, CA_STATE, RETRANSMITS, PROBES, BACKOFF, OPTIONS, WSCALES, FLAGS] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** The structure of a socket. */
export function tcpInfo(socket: TcpEndpoint): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  bytes[STATE] = socket.sk_state;
  const { connection, listener } = socket;
  putLong(bytes, 112, -1n);
  if (listener !== undefined) {
    putInt(bytes, 24, listener.waiting);
    putInt(bytes, 28, listener.backlog);
    return bytes;
  }
  if (connection === undefined) return bytes;
  states(bytes, connection);
  words(bytes, socket, connection);
  totals(bytes, connection);
  return bytes;
}

function optionBits(connection: Connection): number {
  const { negotiated, ecn, opening: { fastOpen } } = connection;
  let bits = 0;
  if (negotiated.timestamps) bits |= State.TCPI_OPT_TIMESTAMPS;
  if (negotiated.sack) bits |= State.TCPI_OPT_SACK;
  if (negotiated.windowScaling) bits |= State.TCPI_OPT_WSCALE;
  if (ecn.on) bits |= State.TCPI_OPT_ECN;
  if (ecn.seen) bits |= State.TCPI_OPT_ECN_SEEN;
  if (fastOpen?.accepted || connection.opening.synText) bits |= State.TCPI_OPT_SYN_DATA;
  if (connection.opening.fastOpenChild) bits |= State.TCPI_OPT_TFO_CHILD;
  return bits;
}

function states(bytes: Uint8Array, connection: Connection): void {
  const { sender, negotiated, opening: { fastOpen } } = connection;
  const { recovery } = sender;
  const { info } = recovery;
  bytes[CA_STATE] = info.phase;
  bytes[RETRANSMITS] = recovery.timeouts;
  bytes[PROBES] = sender.probes;
  bytes[BACKOFF] = Math.max(recovery.backoff, sender.probeBackoff);
  bytes[OPTIONS] = optionBits(connection);
  bytes[WSCALES] = negotiated.sendScale | (negotiated.receiveScale << 4);
  bytes[FLAGS] = Number(info.deliveryRateAppLimited) | ((fastOpen?.failure ?? 0) << 1);
}

function words(bytes: Uint8Array, socket: TcpEndpoint, connection: Connection): void {
  const { sender, receiver, negotiated, keepAlive, path } = connection;
  const { recovery } = sender;
  const { info, flow } = recovery;
  const { now } = socket.net;
  const ago = (at: number) => Math.floor((now - at) / 1000);
  let at = 8;
  const put = (value: number) => {
    putInt(bytes, at, Math.min(Math.max(Math.floor(value), 0), 0xffffffff) | 0);
    at += 4;
  };
  put(recovery.rto);
  put(receiver.timing.currentDelay);
  put(sender.mss);
  put(receiver.window.receivedMss);
  put(info.unacked);
  put(info.sacked);
  put(info.lost);
  put(info.retransmitted);
  put(0);
  put(ago(sender.emission.lastSentAt));
  put(0);
  put(ago(receiver.lastTextAt));
  put(ago(keepAlive.heardAt));
  put(path.mtu());
  put(receiver.window.limit);
  put(info.srtt);
  put(info.rttvar);
  put(flow.ssthresh);
  put(flow.cwnd);
  put(textPerSegment(negotiated));
  put(info.reordering);
  put(receiver.window.measuredRoundTrip);
  put(receiver.window.perRoundTrip);
  put(info.totalRetransmissions);
}

function totals(bytes: Uint8Array, connection: Connection): void {
  const { sender, receiver, counts, limits } = connection;
  const { info, flow } = sender.recovery;
  const rate = (value: number) => value === Infinity ? -1n : BigInt(Math.floor(value));
  putLong(bytes, 104, rate(flow.pacingRate));
  putLong(bytes, 112, rate(connection.endpoint.so.max_pacing_rate));
  // The SYN counts as one.
  const acknowledged = distance(sender.sndUna, sender.iss);
  putLong(bytes, 120, BigInt(acknowledged));
  putLong(bytes, 128, BigInt(receiver.octetsReceived));
  const word = (at: number, value: number) => putInt(bytes, at, Math.min(value, 0xffffffff) | 0);
  word(136, counts.segmentsOut);
  word(140, counts.segmentsIn);
  word(144, sender.queue.unsent);
  word(148, info.minRtt === Infinity ? 0xffffffff : info.minRtt);
  word(152, counts.textIn);
  word(156, sender.emission.dataSegments);
  putLong(bytes, 160, BigInt(Math.floor(info.deliveryRate)));
  putLong(bytes, 168, BigInt(limits.busy));
  putLong(bytes, 176, BigInt(limits.windowLimited));
  putLong(bytes, 184, BigInt(limits.bufferLimited));
  word(192, flow.delivered);
  word(196, flow.deliveredMarked);
  putLong(bytes, 200, BigInt(info.octetsSent));
  putLong(bytes, 208, BigInt(info.octetsRetransmitted));
  word(216, info.dsackDuplicates);
  word(220, info.reorderingSeen);
  word(224, counts.outOfOrder);
  word(228, sender.window.size);
  word(232, receiver.rcvWnd);
  word(236, 0);
  new DataView(bytes.buffer).setUint16(240, info.totalTimeouts, true);
  new DataView(bytes.buffer).setUint16(242, info.totalTimeoutRecoveries, true);
  word(244, info.totalTimeoutTime);
}
