/**
 * `SOL_IP`, `SOL_IPV6` and `SOL_UDP` options and control messages with their Linux values.
 *
 * @module
 */

// SOL_IP

/** Type of service octet. */
export const IP_TOS = 1;
/** Time to live of unicast packets. */
export const IP_TTL = 2;
/** Raw sockets: the program writes the IP header. */
export const IP_HDRINCL = 3;
/** IPv4 options of every packet. */
export const IP_OPTIONS = 4;
/** Receive packets with the router alert option. */
export const IP_ROUTER_ALERT = 5;
/** Report the options of received packets. */
export const IP_RECVOPTS = 6;
/** Report the options of received packets, for a reply. */
export const IP_RETOPTS = 7;
/** Report, or choose, interface and local address. */
export const IP_PKTINFO = 8;
/** Stream sockets: control messages of the last segment. */
export const IP_PKTOPTIONS = 9;
/** Path MTU discovery mode. */
export const IP_MTU_DISCOVER = 10;
/** Queue extended errors. */
export const IP_RECVERR = 11;
/** Report the TTL of received packets. */
export const IP_RECVTTL = 12;
/** Report the TOS of received packets. */
export const IP_RECVTOS = 13;
/** Path MTU of a connected socket (read only). */
export const IP_MTU = 14;
/** Bind to addresses that are not there. */
export const IP_FREEBIND = 15;
/** `IP_IPSEC_POLICY`, of “SOL_IP”. */
export const IP_IPSEC_POLICY = 16;
/** `IP_XFRM_POLICY`, of “SOL_IP”. */
export const IP_XFRM_POLICY = 17;
/** Pass security labels. */
export const IP_PASSSEC = 18;
/** Transparent proxying. */
export const IP_TRANSPARENT = 19;
/** Report the original destination. */
export const IP_ORIGDSTADDR = 20;
/** Report the original destination. */
export const IP_RECVORIGDSTADDR = 20;
/** Drop packets with a smaller TTL. */
export const IP_MINTTL = 21;
/** Do not reassemble for a raw socket. */
export const IP_NODEFRAG = 22;
/** Report the checksum of received packets. */
export const IP_CHECKSUM = 23;
/** Choose the port at `connect`. */
export const IP_BIND_ADDRESS_NO_PORT = 24;
/** Report the largest fragment size. */
export const IP_RECVFRAGSIZE = 25;
/** Report the length of the quoted datagram. */
export const IP_RECVERR_RFC4884 = 26;
/** Never set DF. */
export const IP_PMTUDISC_DONT = 0;
/** Per-route. */
export const IP_PMTUDISC_WANT = 1;
/** Always set DF. */
export const IP_PMTUDISC_DO = 2;
/** Set DF, ignore the path MTU. */
export const IP_PMTUDISC_PROBE = 3;
/** Use the interface MTU, DF not set. */
export const IP_PMTUDISC_INTERFACE = 4;
/** As `INTERFACE`, but fragments are allowed. */
export const IP_PMTUDISC_OMIT = 5;
/** Interface of outgoing multicast. */
export const IP_MULTICAST_IF = 32;
/** TTL of outgoing multicast. */
export const IP_MULTICAST_TTL = 33;
/** Loop multicast back. */
export const IP_MULTICAST_LOOP = 34;
/** Join a group. */
export const IP_ADD_MEMBERSHIP = 35;
/** Leave a group. */
export const IP_DROP_MEMBERSHIP = 36;
/** `IP_UNBLOCK_SOURCE`, of “SOL_IP”. */
export const IP_UNBLOCK_SOURCE = 37;
/** `IP_BLOCK_SOURCE`, of “SOL_IP”. */
export const IP_BLOCK_SOURCE = 38;
/** `IP_ADD_SOURCE_MEMBERSHIP`, of “SOL_IP”. */
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
/** `IP_DROP_SOURCE_MEMBERSHIP`, of “SOL_IP”. */
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
/** `IP_MSFILTER`, of “SOL_IP”. */
export const IP_MSFILTER = 41;
/** `MCAST_JOIN_GROUP`, of “SOL_IP”. */
export const MCAST_JOIN_GROUP = 42;
/** `MCAST_BLOCK_SOURCE`, of both levels, as the next ones. */
export const MCAST_BLOCK_SOURCE = 43;
/** `MCAST_UNBLOCK_SOURCE` */
export const MCAST_UNBLOCK_SOURCE = 44;
/** `MCAST_JOIN_SOURCE_GROUP` */
export const MCAST_JOIN_SOURCE_GROUP = 46;
/** `MCAST_LEAVE_SOURCE_GROUP` */
export const MCAST_LEAVE_SOURCE_GROUP = 47;
/** `MCAST_MSFILTER` */
export const MCAST_MSFILTER = 48;
/** `MCAST_LEAVE_GROUP`, of “SOL_IP”. */
export const MCAST_LEAVE_GROUP = 45;
/** Deliver groups that others joined. */
export const IP_MULTICAST_ALL = 49;
/** Interface of outgoing unicast. */
export const IP_UNICAST_IF = 50;
/** Ephemeral port range of the socket. */
export const IP_LOCAL_PORT_RANGE = 51;
/** Protocol of the message (control message). */
export const IP_PROTOCOL = 52;

// SOL_IPV6

/** Turn a mapped IPv6 socket into an IPv4 one. */
export const IPV6_ADDRFORM = 1;
/** `IPV6_2292PKTINFO`, of “SOL_IPV6”. */
export const IPV6_2292PKTINFO = 2;
/** `IPV6_2292HOPOPTS`, of “SOL_IPV6”. */
export const IPV6_2292HOPOPTS = 3;
/** `IPV6_2292DSTOPTS`, of “SOL_IPV6”. */
export const IPV6_2292DSTOPTS = 4;
/** `IPV6_2292RTHDR`, of “SOL_IPV6”. */
export const IPV6_2292RTHDR = 5;
/** `IPV6_2292PKTOPTIONS`, of “SOL_IPV6”. */
export const IPV6_2292PKTOPTIONS = 6;
/** Raw sockets: where the checksum is. */
export const IPV6_CHECKSUM = 7;
/** `IPV6_2292HOPLIMIT`, of “SOL_IPV6”. */
export const IPV6_2292HOPLIMIT = 8;
/** Next hop of outgoing packets. */
export const IPV6_NEXTHOP = 9;
/** `IPV6_AUTHHDR`, of “SOL_IPV6”. */
export const IPV6_AUTHHDR = 10;
/** Report flow information. */
export const IPV6_FLOWINFO = 11;
/** Hop limit of unicast packets. */
export const IPV6_UNICAST_HOPS = 16;
/** Interface of outgoing multicast. */
export const IPV6_MULTICAST_IF = 17;
/** Hop limit of multicast packets. */
export const IPV6_MULTICAST_HOPS = 18;
/** Loop multicast back. */
export const IPV6_MULTICAST_LOOP = 19;
/** Join a group. */
export const IPV6_ADD_MEMBERSHIP = 20;
/** Leave a group. */
export const IPV6_DROP_MEMBERSHIP = 21;
/** Receive packets with the router alert option. */
export const IPV6_ROUTER_ALERT = 22;
/** Path MTU discovery mode. */
export const IPV6_MTU_DISCOVER = 23;
/** Path MTU. */
export const IPV6_MTU = 24;
/** Queue extended errors. */
export const IPV6_RECVERR = 25;
/** No IPv4-mapped addresses. */
export const IPV6_V6ONLY = 26;
/** `IPV6_JOIN_ANYCAST`, of “SOL_IPV6”. */
export const IPV6_JOIN_ANYCAST = 27;
/** `IPV6_LEAVE_ANYCAST`, of “SOL_IPV6”. */
export const IPV6_LEAVE_ANYCAST = 28;
/** Deliver groups that others joined. */
export const IPV6_MULTICAST_ALL = 29;
/** `IPV6_ROUTER_ALERT_ISOLATE`, of “SOL_IPV6”. */
export const IPV6_ROUTER_ALERT_ISOLATE = 30;
/** Report the length of the quoted datagram. */
export const IPV6_RECVERR_RFC4884 = 31;
/** Flow labels. */
export const IPV6_FLOWLABEL_MGR = 32;
/** Send flow information. */
export const IPV6_FLOWINFO_SEND = 33;
/** Report interface and destination address. */
export const IPV6_RECVPKTINFO = 49;
/** Interface and address (control message and sticky option). */
export const IPV6_PKTINFO = 50;
/** Report the hop limit. */
export const IPV6_RECVHOPLIMIT = 51;
/** Hop limit (control message). */
export const IPV6_HOPLIMIT = 52;
/** Report hop-by-hop options. */
export const IPV6_RECVHOPOPTS = 53;
/** `IPV6_HOPOPTS`, of “SOL_IPV6”. */
export const IPV6_HOPOPTS = 54;
/** `IPV6_RTHDRDSTOPTS`, of “SOL_IPV6”. */
export const IPV6_RTHDRDSTOPTS = 55;
/** Report routing headers. */
export const IPV6_RECVRTHDR = 56;
/** `IPV6_RTHDR`, of “SOL_IPV6”. */
export const IPV6_RTHDR = 57;
/** Report destination options. */
export const IPV6_RECVDSTOPTS = 58;
/** `IPV6_DSTOPTS`, of “SOL_IPV6”. */
export const IPV6_DSTOPTS = 59;
/** Report path MTU changes. */
export const IPV6_RECVPATHMTU = 60;
/** `IPV6_PATHMTU`, of “SOL_IPV6”. */
export const IPV6_PATHMTU = 61;
/** Do not fragment. */
export const IPV6_DONTFRAG = 62;
/** Report the traffic class. */
export const IPV6_RECVTCLASS = 66;
/** Traffic class. */
export const IPV6_TCLASS = 67;
/** Automatic flow labels. */
export const IPV6_AUTOFLOWLABEL = 70;
/** Source address preferences. */
export const IPV6_ADDR_PREFERENCES = 72;
/** Drop packets with a smaller hop limit. */
export const IPV6_MINHOPCOUNT = 73;
/** Report the original destination. */
export const IPV6_ORIGDSTADDR = 74;
/** Transparent proxying. */
export const IPV6_TRANSPARENT = 75;
/** Interface of outgoing unicast. */
export const IPV6_UNICAST_IF = 76;
/** Report the largest fragment size. */
export const IPV6_RECVFRAGSIZE = 77;
/** Bind to addresses that are not there. */
export const IPV6_FREEBIND = 78;

// SOL_UDP

/** Gather datagrams until uncorked. */
export const UDP_CORK = 1;
/** Encapsulation type. */
export const UDP_ENCAP = 100;
/** Send zero checksums over IPv6. */
export const UDP_NO_CHECK6_TX = 101;
/** Accept zero checksums over IPv6. */
export const UDP_NO_CHECK6_RX = 102;
/** Segment size of an aggregate. */
export const UDP_SEGMENT = 103;
/** Receive aggregates. */
export const UDP_GRO = 104;

// SOL_RAW

/** Bit mask of ICMP types not wanted. */
export const ICMP_FILTER = 1;
