/**
 * IP protocol numbers, as IANA and `<netinet/in.h>` have them. IPv6 next header values are the same space.
 *
 * @module
 */

/** IPv6 hop-by-hop options. */
export const IPPROTO_HOPOPTS = 0;
/** RFC 792. */
export const IPPROTO_ICMP = 1;
/** RFC 3376. */
export const IPPROTO_IGMP = 2;
/** IPv4 in IP, RFC 2003. */
export const IPPROTO_IPIP = 4;
/** RFC 9293. */
export const IPPROTO_TCP = 6;
/** RFC 768. */
export const IPPROTO_UDP = 17;
/** IPv6 in IP, RFC 2473 and 4213. */
export const IPPROTO_IPV6 = 41;
/** IPv6 routing header. */
export const IPPROTO_ROUTING = 43;
/** IPv6 fragment header. */
export const IPPROTO_FRAGMENT = 44;
/** RFC 2784. */
export const IPPROTO_GRE = 47;
/** Encapsulating security payload, RFC 4303. */
export const IPPROTO_ESP = 50;
/** Authentication header, RFC 4302. */
export const IPPROTO_AH = 51;
/** RFC 4443. */
export const IPPROTO_ICMPV6 = 58;
/** IPv6: nothing follows. */
export const IPPROTO_NONE = 59;
/** IPv6 destination options. */
export const IPPROTO_DSTOPTS = 60;
/** RFC 3828. */
export const IPPROTO_UDPLITE = 136;
/** MPLS in IP, RFC 4023. */
export const IPPROTO_MPLS = 137;
/** Reserved; a raw socket that gives the IP header itself. */
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
