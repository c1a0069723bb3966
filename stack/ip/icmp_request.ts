/**
 * From the family-neutral wishes of transports to ICMP types and codes.
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_EXC_FRAGTIME,
  ICMP_EXC_TTL,
  ICMP_FRAG_NEEDED,
  ICMP_HOST_UNREACH,
  ICMP_NET_UNREACH,
  ICMP_PARAMETERPROB,
  ICMP_PKT_FILTERED,
  ICMP_PORT_UNREACH,
  ICMP_PROT_UNREACH,
  ICMP_TIME_EXCEEDED,
  ICMPV6_ADDR_UNREACH,
  ICMPV6_ADM_PROHIBITED,
  ICMPV6_DEST_UNREACH,
  ICMPV6_EXC_FRAGTIME,
  ICMPV6_EXC_HOPLIMIT,
  ICMPV6_NOROUTE,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_PORT_UNREACH,
  ICMPV6_TIME_EXCEED,
  ICMPV6_UNK_NEXTHDR,
} from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import type { WithIcmp } from "./icmp_sender.ts";
import type { IcmpErrorRequest } from "./interface.ts";

/** Sends the ICMPv4 message for a wish. */
export function icmpRequest4(ip: WithIcmp, about: PacketBuffer, request: IcmpErrorRequest): void {
  const unreachable = (code: number, info = 0) => ip.icmp?.icmp_send(about, ICMP_DEST_UNREACH, code, info);
  switch (request.kind) {
    case "port-unreachable":
      return unreachable(ICMP_PORT_UNREACH);
    case "protocol-unreachable":
      return unreachable(ICMP_PROT_UNREACH);
    case "host-unreachable":
      return unreachable(ICMP_HOST_UNREACH);
    case "network-unreachable":
      return unreachable(ICMP_NET_UNREACH);
    case "administratively-prohibited":
      return unreachable(ICMP_PKT_FILTERED);
    case "fragmentation-needed":
      return unreachable(ICMP_FRAG_NEEDED, request.mtu);
    case "time-exceeded":
      return ip.icmp?.icmp_send(about, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
    case "reassembly-time-exceeded":
      return ip.icmp?.icmp_send(about, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
    case "parameter-problem":
      return ip.icmp?.icmp_send(about, ICMP_PARAMETERPROB, request.code, (request.pointer << 24) >>> 0);
  }
}

/** Sends the ICMPv6 message for a wish. */
export function icmpRequest6(ip: WithIcmp, about: PacketBuffer, request: IcmpErrorRequest): void {
  const unreachable = (code: number) => ip.icmp?.icmp6_send(about, ICMPV6_DEST_UNREACH, code, 0);
  switch (request.kind) {
    case "port-unreachable":
      return unreachable(ICMPV6_PORT_UNREACH);
    case "protocol-unreachable":
      return ip.icmp?.icmp6_send(about, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, request.pointer);
    case "host-unreachable":
      return unreachable(ICMPV6_ADDR_UNREACH);
    case "network-unreachable":
      return unreachable(ICMPV6_NOROUTE);
    case "administratively-prohibited":
      return unreachable(ICMPV6_ADM_PROHIBITED);
    case "fragmentation-needed":
      return ip.icmp?.icmp6_send(about, ICMPV6_PKT_TOOBIG, 0, request.mtu);
    case "time-exceeded":
      return ip.icmp?.icmp6_send(about, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT, 0);
    case "reassembly-time-exceeded":
      return ip.icmp?.icmp6_send(about, ICMPV6_TIME_EXCEED, ICMPV6_EXC_FRAGTIME, 0);
    case "parameter-problem":
      return ip.icmp?.icmp6_send(about, ICMPV6_PARAMPROB, request.code, request.pointer);
  }
}
