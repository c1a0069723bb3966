/**
 * Verification of all checksums of a decoded packet.
 *
 * @module
 */
import type { IpAddress } from "./address.ts";
import { get16 } from "./bytes.ts";
import { internetChecksum, pseudoHeaderSum, sum } from "./checksum.ts";
import * as gre from "./gre.ts";
import * as icmpv4 from "./icmpv4.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as igmp from "./igmp.ts";
import { routingAddresses } from "./ipv6_extension.ts";
import type { DecodedPacket, Layer } from "./packet.ts";
import { IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as tcp from "./tcp.ts";
import * as udp from "./udp.ts";

/** A checksum that is wrong. */
export interface ChecksumMismatch {
  readonly layer: Layer["kind"];
  /** The field's name in the decoded header. */
  readonly field: "checksum" | "headerChecksum";
  /** What it should be. */
  readonly expected: number;
  /** What it is. */
  readonly actual: number;
}

/**
 * Verifies every checksum of a packet decoded from `bytes`, those of tunnels included. Not verified: what a fragment
 * carries, what is truncated, what an ICMP error quotes, and UDP over IPv4 that says it has none.
 */
export function verifyChecksums(packet: DecodedPacket, bytes: Uint8Array): ChecksumMismatch[] {
  const mismatches: ChecksumMismatch[] = [];
  let source: IpAddress | undefined;
  let destination: IpAddress | undefined;
  let whole = true;
  for (const layer of packet.layers) {
    switch (layer.kind) {
      case "ipv4": {
        const { header } = layer;
        source = header.source;
        destination = header.destination;
        whole &&= !header.moreFragments && layer.start + header.totalLength <= bytes.length;
        verify(mismatches, layer, "headerChecksum", bytes, layer.start, layer.start + 10, layer.payloadOffset, 0);
        break;
      }
      case "ipv6":
        source = layer.header.source;
        destination = layer.header.destination;
        whole &&= layer.payloadOffset + layer.header.payloadLength <= bytes.length;
        break;
      case "ipv6-extension":
        if (layer.header.kind === "fragment") whole &&= !layer.header.moreFragments;
        // The pseudo-header has the final destination (RFC 8200 section 8.1).
        if (layer.header.kind === "routing" && layer.header.segmentsLeft > 0) {
          destination = routingAddresses(layer.header).at(-1) ?? destination;
        }
        break;
      default:
        if (whole) verifyUpper(mismatches, layer, bytes, source, destination);
    }
  }
  return mismatches;
}

function verifyUpper(
  mismatches: ChecksumMismatch[],
  layer: Layer,
  bytes: Uint8Array,
  source: IpAddress | undefined,
  destination: IpAddress | undefined,
): void {
  const { start, end } = layer;
  const pseudo = (protocol: number) =>
    source === undefined || destination === undefined ? 0 : pseudoHeaderSum(source, destination, protocol, end - start);
  switch (layer.kind) {
    case "tcp":
      return verify(mismatches, layer, "checksum", bytes, start, start + tcp.CHECKSUM, end, pseudo(IPPROTO_TCP));
    case "udp":
      if (layer.header.checksum === 0 && source?.family === 4) return;
      return verify(mismatches, layer, "checksum", bytes, start, start + udp.CHECKSUM, end, pseudo(IPPROTO_UDP));
    case "icmpv4":
      return verify(mismatches, layer, "checksum", bytes, start, start + icmpv4.CHECKSUM, end, 0);
    case "icmpv6":
      return verify(mismatches, layer, "checksum", bytes, start, start + icmpv6.CHECKSUM, end, pseudo(IPPROTO_ICMPV6));
    case "igmp":
      return verify(mismatches, layer, "checksum", bytes, start, start + igmp.CHECKSUM, end, 0);
    case "gre":
      if (layer.header.flags & gre.GRE_CSUM) {
        verify(mismatches, layer, "checksum", bytes, start, start + gre.CHECKSUM, end, 0);
      }
  }
}

/** `at`: where the checksum lies, at an even distance from `start`. */
function verify(
  mismatches: ChecksumMismatch[],
  layer: Layer,
  field: ChecksumMismatch["field"],
  bytes: Uint8Array,
  start: number,
  at: number,
  end: number,
  pseudo: number,
): void {
  const actual = get16(bytes, at);
  // UDP's 0 is not a checksum, though it may add up.
  const absent = layer.kind === "udp" && actual === 0;
  if (internetChecksum(bytes, start, end, pseudo) === 0 && !absent) return;
  const computed = internetChecksum(bytes, at + 2, end, sum(bytes, start, at, pseudo));
  const expected = layer.kind === "udp" && computed === 0 ? 0xffff : computed;
  mismatches.push({ layer: layer.kind, field, expected, actual });
}
