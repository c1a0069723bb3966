/**
 * IP protocol numbers, as IANA and `<netinet/in.h>` have them. IPv6 next header values are the same space.
 *
 * @module
 */
export const IPPROTO_HOPOPTS = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_IGMP = 2;
export const IPPROTO_IPIP = 4;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_ROUTING = 43;
export const IPPROTO_FRAGMENT = 44;
export const IPPROTO_GRE = 47;
export const IPPROTO_ESP = 50;
export const IPPROTO_AH = 51;
export const IPPROTO_ICMPV6 = 58;
export const IPPROTO_NONE = 59;
export const IPPROTO_DSTOPTS = 60;
export const IPPROTO_UDPLITE = 136;
export const IPPROTO_MPLS = 137;
export const IPPROTO_RAW = 255;

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
