/**
 * Statistics that go with a transmit timestamp (SOF_TIMESTAMPING_OPT_STATS), as netlink attributes.
 *
 * @module
 */
import * as N from "../../../abi/tcp_constants.ts";
import type { Connection } from "../connection/connection.ts";

type Attribute = readonly [type: number, size: 1 | 4 | 8, value: number];

/** The attributes of a connection. */
export function timestampStatistics(connection: Connection): Uint8Array {
  const { sender, limits } = connection;
  const { info, flow, timeouts } = sender.recovery;
  const attributes: Attribute[] = [
    [N.TCP_NLA_BUSY, 8, limits.busy],
    [N.TCP_NLA_RWND_LIMITED, 8, limits.windowLimited],
    [N.TCP_NLA_SNDBUF_LIMITED, 8, limits.bufferLimited],
    [N.TCP_NLA_DATA_SEGS_OUT, 8, sender.emission.dataSegments],
    [N.TCP_NLA_TOTAL_RETRANS, 8, info.totalRetransmissions],
    [N.TCP_NLA_PACING_RATE, 8, flow.pacingRate],
    [N.TCP_NLA_DELIVERY_RATE, 8, info.deliveryRate],
    [N.TCP_NLA_SND_CWND, 4, flow.cwnd],
    [N.TCP_NLA_REORDERING, 4, info.reordering],
    [N.TCP_NLA_MIN_RTT, 4, info.minRtt],
    [N.TCP_NLA_RECUR_RETRANS, 1, timeouts],
    [N.TCP_NLA_DELIVERY_RATE_APP_LMT, 1, Number(info.deliveryRateAppLimited)],
    [N.TCP_NLA_SND_SSTHRESH, 4, flow.ssthresh],
    [N.TCP_NLA_DELIVERED, 4, flow.delivered],
    [N.TCP_NLA_DELIVERED_CE, 4, flow.deliveredMarked],
    [N.TCP_NLA_SNDQ_SIZE, 4, sender.queue.octets],
    [N.TCP_NLA_CA_STATE, 1, info.phase],
    [N.TCP_NLA_BYTES_SENT, 8, info.octetsSent],
    [N.TCP_NLA_BYTES_RETRANS, 8, info.octetsRetransmitted],
    [N.TCP_NLA_DSACK_DUPS, 4, info.dsackDuplicates],
    [N.TCP_NLA_REORD_SEEN, 4, info.reorderingSeen],
    [N.TCP_NLA_SRTT, 4, info.srtt * 8],
    [N.TCP_NLA_TIMEOUT_REHASH, 4, 0],
    [N.TCP_NLA_BYTES_NOTSENT, 4, sender.queue.unsent],
    [N.TCP_NLA_EDT, 8, connection.endpoint.net.now * 1000],
    [N.TCP_NLA_TTL, 1, connection.lastTtl],
  ];
  return encode(attributes);
}

/** Octets of length and type in front of an attribute. */
const NLA_HEADER = 4;

/** Attributes of 8 octets are aligned by one that pads, as netlink has it: each begins at a multiple of 4. */
function encode(attributes: readonly Attribute[]): Uint8Array {
  const bytes = new Uint8Array(attributes.length * 16);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [type, size, value] of attributes) {
    if (size === 8 && at % 8 === 0) {
      view.setUint16(at, 4, true);
      view.setUint16(at + 2, N.TCP_NLA_PAD, true);
      at += 4;
    }
    view.setUint16(at, NLA_HEADER + size, true);
    view.setUint16(at + 2, type, true);
    const whole = value === Infinity ? -1n : BigInt(Math.floor(value));
    if (size === 8) view.setBigUint64(at + NLA_HEADER, BigInt.asUintN(64, whole), true);
    else if (size === 4) view.setUint32(at + NLA_HEADER, Number(BigInt.asUintN(32, whole)), true);
    else view.setUint8(at + NLA_HEADER, Number(BigInt.asUintN(8, whole)));
    at += (NLA_HEADER + size + 3) & ~3;
  }
  return bytes.subarray(0, at);
}
