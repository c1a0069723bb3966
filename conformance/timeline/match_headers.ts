/**
 * Comparing the header layers of a script packet with those of a live one.
 *
 * @module
 */
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { Encapsulation, PacketAction } from "../script/syntax.ts";
import type { Comparison } from "./fields.ts";
import type { LayerKind } from "./live.ts";
import * as gre from "../../stack/wire/gre.ts";
import * as mpls from "../../stack/wire/mpls.ts";
import type { MappedPacket, MatchContext } from "./match_context.ts";
import { compareFlowLabel, compareFragment, compareIp, compareOuter, ipHeaderLength } from "./match_ip.ts";
import { compareTransport } from "./match_transport.ts";
import { messageProtocol } from "./messages.ts";
import { encodeOptions, isOpen } from "./options.ts";

/** Compares the number, kinds and contents of all headers, outermost first, then the flow label. */
export function compareLayers(
  comparison: Comparison,
  mapped: MappedPacket,
  packet: PacketAction,
  context: MatchContext,
): void {
  const { live } = mapped;
  const kinds = expectedKinds(packet, live.family);
  if (kinds.length !== live.layers.length) {
    comparison.differ(
      "headers",
      kinds.join(" "),
      live.layers.map((layer) => layer.kind).join(" "),
      `live packet header layers: expected: ${kinds.length} headers vs actual: ${live.layers.length} headers`,
    );
    return;
  }
  // Lengths of the layers further in, octets.
  let inner = expectedLength(packet, mapped);
  const lengths: (number | undefined)[] = [];
  for (let i = kinds.length - 1; i >= 0; i--) {
    lengths[i] = inner;
    if (i < packet.encapsulations.length && inner !== undefined) {
      inner += outerLength(packet.encapsulations[i]!);
    } else if (i === packet.encapsulations.length && inner !== undefined) {
      inner += ipHeaderLength(packet.ip, live.family) + extensionsLength(packet, live.family);
    }
  }
  for (let i = 0; i < kinds.length; i++) {
    const layer = live.layers[i]!;
    if (layer.kind !== kinds[i]) {
      comparison.differ(
        "header",
        kinds[i]!,
        layer.kind,
        `live packet header layer ${i}: expected: ${kinds[i]} header vs actual: ${layer.kind} header`,
      );
      return;
    }
    const outer = packet.encapsulations[i];
    if (outer !== undefined) {
      compareOuter(comparison, mapped, layer, outer, packet, kinds[i + 1]!, lengths[i], context);
    } else if (i === packet.encapsulations.length) {
      compareIp(comparison, mapped, layer, packet.ip, packet.ip, protocolOf(packet, live.family), {
        headerLength: ipHeaderLength(packet.ip, live.family),
        payload: lengths[i] === undefined ? undefined : lengths[i]! + extensionsLength(packet, live.family),
        extensions: packet.ip?.extensions.length ?? 0,
      }, context);
      compareFragment(comparison, mapped, packet, context);
    } else {
      compareTransport(comparison, mapped, packet, context);
    }
  }
  compareFlowLabel(comparison, live, packet.ip?.flowLabel, context.socket);
}
function expectedKinds(packet: PacketAction, family: 4 | 6): LayerKind[] {
  const kinds: LayerKind[] = packet.encapsulations.map((outer) =>
    ({ gre: "GRE", mpls: "MPLS", ipv4: "IPv4", ipv6: "IPv6" } as const)[outer.kind]
  );
  kinds.push(family === 4 ? "IPv4" : "IPv6");
  const { transport } = packet;
  if ((packet.fragment?.start ?? 0) > 0 || transport.kind === "ip") kinds.push("payload");
  else if (transport.kind === "message") kinds.push(family === 4 ? "payload" : "ICMPV6");
  else if (transport.kind === "icmp") kinds.push(family === 4 ? "ICMPV4" : "ICMPV6");
  else kinds.push(transport.kind === "tcp" && transport.udpEncapsulation === undefined ? "TCP" : "UDP");
  return kinds;
}

function protocolOf(packet: PacketAction, family: 4 | 6): number {
  const { transport } = packet;
  switch (transport.kind) {
    case "tcp":
      return transport.udpEncapsulation === undefined ? IPPROTO_TCP : IPPROTO_UDP;
    case "udp":
      return IPPROTO_UDP;
    case "icmp":
      return family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    case "ip":
      return transport.protocol;
    case "message":
      return messageProtocol(transport.message);
    case "arp":
      return 0;
  }
}

/** Octets of the transport header and its data; undefined where the script leaves that open. */
function expectedLength(packet: PacketAction, mapped: MappedPacket): number | undefined {
  const { transport, fragment } = packet;
  const { live } = mapped;
  if (fragment !== undefined) return fragment.end - fragment.start;
  if (transport.kind === "ip") return transport.length;
  if (transport.kind === "udp") return udp.HEADER_LENGTH + transport.length;
  if (transport.kind === "tcp") {
    const options = isOpen(transport.options)
      ? live.isTcp ? live.payload - live.transport - tcp.MIN_HEADER_LENGTH : 0
      : encodeOptions(transport.options).length;
    const tunnel = transport.udpEncapsulation === undefined ? 0 : udp.HEADER_LENGTH;
    return tunnel + tcp.MIN_HEADER_LENGTH + options + transport.seq.length;
  }
  if (transport.kind !== "icmp") return undefined;
  if (transport.dataLength !== undefined) return icmpv4.HEADER_LENGTH + transport.dataLength;
  const { quoted } = transport;
  if (quoted?.kind === "raw") return Math.max(icmpv4.HEADER_LENGTH, quoted.length);
  if (quoted?.kind === "packet" || (quoted === undefined && transport.exact)) return undefined;
  return icmpv4.HEADER_LENGTH + (live.family === 4 ? ipv4.MIN_HEADER_LENGTH : ipv6.HEADER_LENGTH) + 8;
}

function extensionsLength(packet: PacketAction, family: 4 | 6): number {
  if (family === 4) return 0;
  const own = (packet.ip?.extensions ?? []).reduce((sum, one) => sum + ((one.data.length + 2 + 7) & ~7), 0);
  return own + (packet.fragment === undefined ? 0 : 8);
}

function outerLength(outer: Encapsulation): number {
  switch (outer.kind) {
    case "gre":
      return gre.lengthOf(outer.gre.flags);
    case "mpls":
      return outer.entries.length * mpls.ENTRY_LENGTH;
    case "ipv4":
      return ipHeaderLength(outer.ip, 4);
    case "ipv6":
      return ipv6.HEADER_LENGTH;
  }
}
