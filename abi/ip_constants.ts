/**
 * Options of `SOL_IP`, `SOL_IPV6`, `SOL_UDP`, addresses and types of service (ip(7), ipv6(7), udp(7), RFC 3493, RFC
 * 3542). Linux's values on 64-bit machines.
 *
 * @module
 */

// Options of `SOL_IP`

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_HDRINCL = 3;
export const IP_OPTIONS = 4;
export const IP_ROUTER_ALERT = 5;
export const IP_RECVOPTS = 6;
export const IP_RETOPTS = 7;
export const IP_RECVRETOPTS = 7;
export const IP_PKTINFO = 8;
export const IP_PKTOPTIONS = 9;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_MTU = 14;
export const IP_FREEBIND = 15;
export const IP_IPSEC_POLICY = 16;
export const IP_XFRM_POLICY = 17;
export const IP_PASSSEC = 18;
export const IP_TRANSPARENT = 19;
export const IP_ORIGDSTADDR = 20;
export const IP_RECVORIGDSTADDR = 20;
export const IP_MINTTL = 21;
export const IP_NODEFRAG = 22;
export const IP_CHECKSUM = 23;
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IP_RECVFRAGSIZE = 25;
export const IP_RECVERR_RFC4884 = 26;
export const IP_MULTICAST_IF = 32;
export const IP_MULTICAST_TTL = 33;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_DROP_MEMBERSHIP = 36;
export const IP_UNBLOCK_SOURCE = 37;
export const IP_BLOCK_SOURCE = 38;
export const IP_ADD_SOURCE_MEMBERSHIP = 39;
export const IP_DROP_SOURCE_MEMBERSHIP = 40;
export const IP_MSFILTER = 41;
export const MCAST_JOIN_GROUP = 42;
export const MCAST_BLOCK_SOURCE = 43;
export const MCAST_UNBLOCK_SOURCE = 44;
export const MCAST_LEAVE_GROUP = 45;
export const MCAST_JOIN_SOURCE_GROUP = 46;
export const MCAST_LEAVE_SOURCE_GROUP = 47;
export const MCAST_MSFILTER = 48;
export const IP_MULTICAST_ALL = 49;
export const IP_UNICAST_IF = 50;
export const IP_LOCAL_PORT_RANGE = 51;
export const IP_PROTOCOL = 52;

// `IP_MTU_DISCOVER`

export const IP_PMTUDISC_DONT = 0;
export const IP_PMTUDISC_WANT = 1;
export const IP_PMTUDISC_DO = 2;
export const IP_PMTUDISC_PROBE = 3;
export const IP_PMTUDISC_INTERFACE = 4;
export const IP_PMTUDISC_OMIT = 5;

// Multicast: defaults, filter modes

export const MCAST_EXCLUDE = 0;
export const MCAST_INCLUDE = 1;
export const IP_DEFAULT_MULTICAST_TTL = 1;
export const IP_DEFAULT_MULTICAST_LOOP = 1;

// Options of `SOL_IPV6`

export const IPV6_ADDRFORM = 1;
export const IPV6_2292PKTINFO = 2;
export const IPV6_2292HOPOPTS = 3;
export const IPV6_2292DSTOPTS = 4;
export const IPV6_2292RTHDR = 5;
export const IPV6_2292PKTOPTIONS = 6;
export const IPV6_CHECKSUM = 7;
export const IPV6_2292HOPLIMIT = 8;
export const IPV6_NEXTHOP = 9;
export const IPV6_AUTHHDR = 10;
export const IPV6_FLOWINFO = 11;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_IF = 17;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_ADD_MEMBERSHIP = 20;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_DROP_MEMBERSHIP = 21;
export const IPV6_LEAVE_GROUP = 21;
export const IPV6_ROUTER_ALERT = 22;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_MTU = 24;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_JOIN_ANYCAST = 27;
export const IPV6_LEAVE_ANYCAST = 28;
export const IPV6_MULTICAST_ALL = 29;
export const IPV6_ROUTER_ALERT_ISOLATE = 30;
export const IPV6_RECVERR_RFC4884 = 31;
export const IPV6_FLOWLABEL_MGR = 32;
export const IPV6_FLOWINFO_SEND = 33;
export const IPV6_IPSEC_POLICY = 34;
export const IPV6_XFRM_POLICY = 35;
export const IPV6_HDRINCL = 36;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVHOPOPTS = 53;
export const IPV6_HOPOPTS = 54;
export const IPV6_RTHDRDSTOPTS = 55;
export const IPV6_RECVRTHDR = 56;
export const IPV6_RTHDR = 57;
export const IPV6_RECVDSTOPTS = 58;
export const IPV6_DSTOPTS = 59;
export const IPV6_RECVPATHMTU = 60;
export const IPV6_PATHMTU = 61;
export const IPV6_DONTFRAG = 62;
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;
export const IPV6_AUTOFLOWLABEL = 70;
export const IPV6_ADDR_PREFERENCES = 72;
export const IPV6_MINHOPCOUNT = 73;
export const IPV6_ORIGDSTADDR = 74;
export const IPV6_RECVORIGDSTADDR = 74;
export const IPV6_TRANSPARENT = 75;
export const IPV6_UNICAST_IF = 76;
export const IPV6_RECVFRAGSIZE = 77;
export const IPV6_FREEBIND = 78;

// Their values

export const IPV6_PMTUDISC_DONT = 0;
export const IPV6_RTHDR_LOOSE = 0;
export const IPV6_RTHDR_TYPE_0 = 0;
export const IPV6_FL_A_GET = 0;
export const IPV6_PMTUDISC_WANT = 1;
export const IPV6_RTHDR_STRICT = 1;
export const IPV6_PREFER_SRC_TMP = 1;
export const IPV6_FL_A_PUT = 1;
export const IPV6_PMTUDISC_DO = 2;
export const IPV6_PREFER_SRC_PUBLIC = 2;
export const IPV6_FL_A_RENEW = 2;
export const IPV6_PMTUDISC_PROBE = 3;
export const IPV6_PMTUDISC_INTERFACE = 4;
export const IPV6_PREFER_SRC_COA = 4;
export const IPV6_PMTUDISC_OMIT = 5;
export const IPV6_PREFER_SRC_HOME = 0x400;

// Addresses

export const INADDR_ANY = 0;
export const INADDR_LOOPBACK = 0x7f000001;
export const INADDR_UNSPEC_GROUP = 0xe0000000;
export const INADDR_ALLHOSTS_GROUP = 0xe0000001;
export const INADDR_ALLRTRS_GROUP = 0xe0000002;
export const INADDR_BROADCAST = 0xffffffff;
export const INADDR_NONE = 0xffffffff;

// Type of service: RFC 791's, RFC 2474's, RFC 3168's

export const IPTOS_PREC_ROUTINE = 0;
export const IPTOS_DSCP_CS0 = 0;
export const IPTOS_ECN_NOT_ECT = 0;
export const IPTOS_ECN_ECT1 = 1;
export const IPTOS_MINCOST = 0x02;
export const IPTOS_ECN_ECT0 = 2;
export const IPTOS_ECN_MASK = 3;
export const IPTOS_ECN_CE = 3;
export const IPTOS_RELIABILITY = 0x04;
export const IPTOS_DSCP_LE = 0x04;
export const IPTOS_THROUGHPUT = 0x08;
export const IPTOS_LOWDELAY = 0x10;
export const IPTOS_TOS_MASK = 0x1e;
export const IPTOS_PREC_PRIORITY = 0x20;
export const IPTOS_DSCP_CS1 = 0x20;
export const IPTOS_DSCP_AF11 = 0x28;
export const IPTOS_DSCP_AF12 = 0x30;
export const IPTOS_DSCP_AF13 = 0x38;
export const IPTOS_PREC_IMMEDIATE = 0x40;
export const IPTOS_DSCP_CS2 = 0x40;
export const IPTOS_DSCP_AF21 = 0x48;
export const IPTOS_DSCP_AF22 = 0x50;
export const IPTOS_DSCP_AF23 = 0x58;
export const IPTOS_PREC_FLASH = 0x60;
export const IPTOS_DSCP_CS3 = 0x60;
export const IPTOS_DSCP_AF31 = 0x68;
export const IPTOS_DSCP_AF32 = 0x70;
export const IPTOS_DSCP_AF33 = 0x78;
export const IPTOS_PREC_FLASHOVERRIDE = 0x80;
export const IPTOS_DSCP_CS4 = 0x80;
export const IPTOS_DSCP_AF41 = 0x88;
export const IPTOS_DSCP_AF42 = 0x90;
export const IPTOS_DSCP_AF43 = 0x98;
export const IPTOS_PREC_CRITIC_ECP = 0xa0;
export const IPTOS_DSCP_CS5 = 0xa0;
export const IPTOS_DSCP_EF = 0xb8;
export const IPTOS_PREC_INTERNETCONTROL = 0xc0;
export const IPTOS_DSCP_CS6 = 0xc0;
export const IPTOS_PREC_MASK = 0xe0;
export const IPTOS_PREC_NETCONTROL = 0xe0;
export const IPTOS_DSCP_CS7 = 0xe0;

// Options of `SOL_UDP`

export const UDP_CORK = 1;
export const UDP_ENCAP_ESPINUDP_NON_IKE = 1;
export const UDP_ENCAP_ESPINUDP = 2;
export const UDP_ENCAP_L2TPINUDP = 3;
export const UDP_ENCAP_GTP0 = 4;
export const UDP_ENCAP_GTP1U = 5;
export const UDP_ENCAP = 100;
export const UDP_NO_CHECK6_TX = 101;
export const UDP_NO_CHECK6_RX = 102;
export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;

// Options of `SOL_UDPLITE`

export const UDPLITE_SEND_CSCOV = 10;
export const UDPLITE_RECV_CSCOV = 11;
