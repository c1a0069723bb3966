/**
 * Segments that no connection sends: RST and ACK in answer to what fits none, or one that is hardly remembered.
 *
 * @module
 */
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { Counter } from "../mib.ts";
import type { IpAddress } from "../wire/address.ts";
import { set32 } from "../wire/bytes.ts";
import {
  setAcknowledgmentNumber,
  setDestinationPort,
  setHeaderLengthAndFlags,
  setSequenceNumber,
  setSourcePort,
  setWindow,
} from "../wire/tcp.ts";
import type { Tcp } from "./tcp.ts";
import { tcp_send_check } from "./transmit.ts";

/** A segment without data and without a connection. */
export interface BareSegment {
  readonly local: IpAddress;
  readonly remote: IpAddress;
  readonly num: number;
  readonly dport: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly ts?: { readonly val: number; readonly ecr: number } | undefined;
  readonly oif?: number;
  readonly tos?: number;
  readonly mark?: number;
}

/** Sends a segment without data that belongs to no connection; false when there is no way to its destination. */
export function tcp_send_bare(tcp: Tcp, segment: BareSegment): boolean {
  const route = tcp.ip.route_output({
    family: segment.remote.family,
    destination: segment.remote,
    source: segment.local,
    oif: segment.oif,
    tos: segment.tos,
    mark: segment.mark,
  });
  if (typeof route === "number") return false;
  const header = segment.ts === undefined ? 20 : 32;
  const packet = PacketBuffer.allocate(header, MAX_HEADER);
  const { bytes, data } = packet;
  packet.transport_header = data;
  packet.family = segment.remote.family;
  packet.protocol = IPPROTO_TCP;
  packet.mark = segment.mark ?? 0;
  setSourcePort(bytes, data, segment.num);
  setDestinationPort(bytes, data, segment.dport);
  setSequenceNumber(bytes, data, segment.seq);
  setAcknowledgmentNumber(bytes, data, segment.ack);
  setHeaderLengthAndFlags(bytes, data, header, segment.flags);
  setWindow(bytes, data, segment.window);
  if (segment.ts !== undefined) {
    set32(bytes, data + 20, 0x0101080a);
    set32(bytes, data + 24, segment.ts.val);
    set32(bytes, data + 28, segment.ts.ecr);
  }
  tcp.net.mib.inc(Counter.TcpOutSegs);
  const options = {
    source: segment.local,
    destination: segment.remote,
    protocol: IPPROTO_TCP,
    tos: segment.tos ?? 0,
    ttl: 0,
    pmtudisc: 1,
    df: true,
  } as const;
  tcp_send_check(packet, segment.local, segment.remote);
  tcp.ip.queue_xmit(packet, route, options);
  return true;
}
