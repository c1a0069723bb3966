/**
 * Several live segments that together are one script packet.
 *
 * @module
 */
import { concatBytes } from "../../stack/wire/bytes.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { PacketMismatch } from "./failure.ts";
import { Comparison } from "./fields.ts";
import { LivePacket } from "./live.ts";
import { outboundAckOffset, type OutboundNumbers, outboundSeqOffset } from "./translate.ts";

/**
 * Whether `next` may continue `previous`.
 *
 * @param total payload collected so far, `next` not included
 * @param wanted payload of the script packet
 * @param numbers turn sequence numbers into the script's
 * @throws {PacketMismatch} that no option turns into a warning
 */
export function checkContinues(
  previous: LivePacket,
  next: LivePacket,
  total: number,
  wanted: number,
  numbers: OutboundNumbers,
): void {
  const comparison = new Comparison();
  const kinds = (live: LivePacket) => live.layers.map((layer) => layer.kind).join(" ");
  if (kinds(previous) !== kinds(next)) {
    comparison.differ(
      "headers",
      kinds(previous),
      kinds(next),
      `live packet header layers: expected: ${previous.layers.length} headers vs actual: ${next.layers.length} headers`,
    );
  } else if (next.isTcp) {
    compareTtl(comparison, previous, next);
    compareSegments(comparison, previous, next, numbers);
  }
  if (comparison.reason !== undefined) {
    throw new PacketMismatch(comparison.reason, false, comparison.differences);
  }
  const length = next.payloadLength;
  if (total + length !== wanted && length !== previous.payloadLength) {
    throw new PacketMismatch(
      `fragment payload: expected ${previous.payloadLength} bytes vs actual ${length} bytes; ` +
        `total payload: expected ${wanted} bytes vs actual ${total + length} bytes`,
      false,
    );
  }
}

function compareTtl(comparison: Comparison, previous: LivePacket, next: LivePacket): void {
  const ttl = (live: LivePacket) =>
    live.family === 4 ? ipv4.timeToLive(live.bytes, live.ip) : ipv6.hopLimit(live.bytes, live.ip);
  comparison.number("ttl", ttl(previous), ttl(next));
}

function compareSegments(
  comparison: Comparison,
  previous: LivePacket,
  next: LivePacket,
  numbers: OutboundNumbers,
): void {
  const a = previous.transport;
  const b = next.transport;
  const one = previous.bytes;
  const two = next.bytes;
  comparison.number("tcp_data_offset", tcp.headerLength(one, a) >> 2, tcp.headerLength(two, b) >> 2);
  const wanted = tcp.flags(one, a);
  const came = tcp.flags(two, b);
  const flag = (field: string, mask: number) => comparison.number(field, wanted & mask ? 1 : 0, came & mask ? 1 : 0);
  flag("tcp_syn", tcp.SYN);
  flag("tcp_rst", tcp.RST);
  flag("tcp_ack", tcp.ACK);
  flag("tcp_urg", tcp.URG);
  flag("tcp_ece", tcp.ECE);
  flag("tcp_ae", tcp.AE);
  comparison.number("tcp_reserved_bits", tcp.reserved(one, a), tcp.reserved(two, b));
  const syn = (wanted & tcp.SYN) !== 0;
  const seq = (live: number) => (live - outboundSeqOffset(numbers, syn)) >>> 0;
  const ack = (live: number) => (live - outboundAckOffset(numbers, syn)) >>> 0;
  comparison.number(
    "tcp_seq",
    seq(tcp.sequenceNumber(one, a) + previous.payloadLength),
    seq(tcp.sequenceNumber(two, b)),
  );
  comparison.number(
    "tcp_ack_seq",
    ack(tcp.acknowledgmentNumber(one, a)),
    ack(tcp.acknowledgmentNumber(two, b)),
  );
  comparison.number("tcp_window", tcp.window(one, a), tcp.window(two, b));
  comparison.number("tcp_urg_ptr", tcp.urgentPointer(one, a), tcp.urgentPointer(two, b));
}

/** One packet of several: headers and time of the last, sequence number and CWR of the first, all payload. */
export function merge(parts: readonly LivePacket[]): LivePacket {
  const first = parts[0]!;
  const last = parts[parts.length - 1]!;
  if (parts.length === 1) return first;
  const payloads = parts.map((part) => part.bytes.subarray(part.payload, part.end));
  const bytes = concatBytes(last.bytes.subarray(0, last.payload), ...payloads);
  const at = last.transport;
  tcp.setSequenceNumber(bytes, at, tcp.sequenceNumber(first.bytes, first.transport));
  tcp.copyCwr(first.bytes, first.transport, bytes, at);
  const grown = bytes.length - last.end;
  for (const layer of last.layers) {
    if (layer.kind === "IPv4") {
      ipv4.setTotalLength(bytes, layer.offset, ipv4.totalLength(bytes, layer.offset) + grown);
      ipv4.fillHeaderChecksum(bytes, layer.offset);
    } else if (layer.kind === "IPv6") {
      ipv6.setPayloadLength(bytes, layer.offset, ipv6.payloadLength(bytes, layer.offset) + grown);
    }
  }
  return new LivePacket({ bytes, time_us: last.time_us, checksumPartial: true, gsoSize: last.gsoSize });
}
