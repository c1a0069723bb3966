/**
 * ICMP's types, codes and options as `<netinet/ip_icmp.h>`, `<netinet/icmp6.h>` and Linux name them (RFC 792, RFC
 * 4443, raw(7)). Linux's values on 64-bit machines.
 *
 * @module
 */

// Options of raw sockets

export const ICMP_FILTER = 1;
export const ICMPV6_FILTER = 1;
export const ICMP6_FILTER = 1;

// ICMP

export const ICMP_ECHOREPLY = 0;
export const ICMP_NET_UNREACH = 0;
export const ICMP_REDIR_NET = 0;
export const ICMP_EXC_TTL = 0;
export const ICMP_UNREACH_NET = 0;
export const ICMP_HOST_UNREACH = 1;
export const ICMP_REDIR_HOST = 1;
export const ICMP_EXC_FRAGTIME = 1;
export const ICMP_UNREACH_HOST = 1;
export const ICMP_PROT_UNREACH = 2;
export const ICMP_REDIR_NETTOS = 2;
export const ICMP_UNREACH_PROTOCOL = 2;
export const ICMP_DEST_UNREACH = 3;
export const ICMP_PORT_UNREACH = 3;
export const ICMP_REDIR_HOSTTOS = 3;
export const ICMP_UNREACH = 3;
export const ICMP_UNREACH_PORT = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_FRAG_NEEDED = 4;
export const ICMP_UNREACH_NEEDFRAG = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_SR_FAILED = 5;
export const ICMP_UNREACH_SRCFAIL = 5;
export const ICMP_NET_UNKNOWN = 6;
export const ICMP_HOST_UNKNOWN = 7;
export const ICMP_ECHO = 8;
export const ICMP_HOST_ISOLATED = 8;
export const ICMP_NET_ANO = 9;
export const ICMP_HOST_ANO = 10;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_NET_UNR_TOS = 11;
export const ICMP_PARAMETERPROB = 12;
export const ICMP_HOST_UNR_TOS = 12;
export const ICMP_TIMESTAMP = 13;
export const ICMP_PKT_FILTERED = 13;
export const ICMP_TIMESTAMPREPLY = 14;
export const ICMP_PREC_VIOLATION = 14;
export const ICMP_INFO_REQUEST = 15;
export const ICMP_PREC_CUTOFF = 15;
export const ICMP_INFO_REPLY = 16;
export const ICMP_ADDRESS = 17;
export const ICMP_ADDRESSREPLY = 18;
export const ICMP_EXT_ECHO = 42;
export const ICMP_EXT_ECHOREPLY = 43;

// ICMPv6, Linux's names

export const ICMPV6_NOROUTE = 0;
export const ICMPV6_EXC_HOPLIMIT = 0;
export const ICMPV6_HDR_FIELD = 0;
export const ICMPV6_DEST_UNREACH = 1;
export const ICMPV6_ADM_PROHIBITED = 1;
export const ICMPV6_EXC_FRAGTIME = 1;
export const ICMPV6_UNK_NEXTHDR = 1;
export const ICMPV6_PKT_TOOBIG = 2;
export const ICMPV6_NOT_NEIGHBOUR = 2;
export const ICMPV6_UNK_OPTION = 2;
export const ICMPV6_TIME_EXCEED = 3;
export const ICMPV6_ADDR_UNREACH = 3;
export const ICMPV6_PARAMPROB = 4;
export const ICMPV6_PORT_UNREACH = 4;
export const ICMPV6_POLICY_FAIL = 5;
export const ICMPV6_REJECT_ROUTE = 6;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;
export const ICMPV6_MGM_QUERY = 130;
export const ICMPV6_MGM_REPORT = 131;
export const ICMPV6_MGM_REDUCTION = 132;
export const ICMPV6_MLD2_REPORT = 143;

// ICMPv6, RFC 3542's names

export const ICMP6_DST_UNREACH_NOROUTE = 0;
export const ICMP6_DST_UNREACH = 1;
export const ICMP6_DST_UNREACH_ADMIN = 1;
export const ICMP6_PACKET_TOO_BIG = 2;
export const ICMP6_DST_UNREACH_BEYONDSCOPE = 2;
export const ICMP6_TIME_EXCEEDED = 3;
export const ICMP6_DST_UNREACH_ADDR = 3;
export const ICMP6_PARAM_PROB = 4;
export const ICMP6_DST_UNREACH_NOPORT = 4;
export const ICMP6_ECHO_REQUEST = 128;
export const ICMP6_ECHO_REPLY = 129;
