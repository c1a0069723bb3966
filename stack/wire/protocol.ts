/**
 * Short names of IP protocols, for listings.
 *
 * @module
 */
import {
  IPPROTO_AH,
  IPPROTO_DSTOPTS,
  IPPROTO_ESP,
  IPPROTO_FRAGMENT,
  IPPROTO_GRE,
  IPPROTO_HOPOPTS,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_IPIP,
  IPPROTO_IPV6,
  IPPROTO_MPLS,
  IPPROTO_NONE,
  IPPROTO_ROUTING,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
} from "../../abi/socket_constants.ts";

const NAMES: ReadonlyMap<number, string> = new Map([
  [IPPROTO_HOPOPTS, "hopopts"],
  [IPPROTO_ICMP, "icmp"],
  [IPPROTO_IGMP, "igmp"],
  [IPPROTO_IPIP, "ipip"],
  [IPPROTO_TCP, "tcp"],
  [IPPROTO_UDP, "udp"],
  [IPPROTO_IPV6, "ipv6"],
  [IPPROTO_ROUTING, "routing"],
  [IPPROTO_FRAGMENT, "fragment"],
  [IPPROTO_GRE, "gre"],
  [IPPROTO_ESP, "esp"],
  [IPPROTO_AH, "ah"],
  [IPPROTO_ICMPV6, "icmpv6"],
  [IPPROTO_NONE, "none"],
  [IPPROTO_DSTOPTS, "dstopts"],
  [IPPROTO_UDPLITE, "udplite"],
  [IPPROTO_MPLS, "mpls"],
]);

/** A protocol's short name, or its number as text. */
export function protocolName(protocol: number): string {
  return NAMES.get(protocol) ?? String(protocol);
}
