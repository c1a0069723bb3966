/**
 * Socket constants with their Linux (x86_64) values: families, types, levels, `SO_*`, `MSG_*`, `POLL*`, `SIOC*`.
 *
 * @module
 */

// Address families

/** No family; `connect` to it dissolves an association. */
export const AF_UNSPEC = 0;
/** IPv4. */
export const AF_INET = 2;
/** IPv6. */
export const AF_INET6 = 10;

// Types

/** Byte stream. */
export const SOCK_STREAM = 1;
/** Datagrams. */
export const SOCK_DGRAM = 2;
/** Raw IP. */
export const SOCK_RAW = 3;
/** Records over a connection (not supported by internet families). */
export const SOCK_SEQPACKET = 5;
/** Or'ed into the type: set `O_NONBLOCK`. */
export const SOCK_NONBLOCK = 0x800;
/** Or'ed into the type: set `FD_CLOEXEC`. */
export const SOCK_CLOEXEC = 0x80000;

// Protocols

export {
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IGMP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPPROTO_UDPLITE,
} from "../wire/protocol.ts";
/** Dummy protocol; the family's default. */
export const IPPROTO_IP = 0;
/** SCTP. */
export const IPPROTO_SCTP = 132;
/** Multipath TCP. */
export const IPPROTO_MPTCP = 262;

// Option levels

/** Options of every socket. */
export const SOL_SOCKET = 1;
/** IPv4 options. */
export const SOL_IP = 0;
/** TCP options. */
export const SOL_TCP = 6;
/** UDP options. */
export const SOL_UDP = 17;
/** IPv6 options. */
export const SOL_IPV6 = 41;
/** ICMPv6 options. */
export const SOL_ICMPV6 = 58;
/** Raw socket options. */
export const SOL_RAW = 255;

// SOL_SOCKET options

/** `SO_DEBUG`, of “SOL_SOCKET options”. */
export const SO_DEBUG = 1;
/** Let a local address be bound again. */
export const SO_REUSEADDR = 2;
/** Socket type (read only). */
export const SO_TYPE = 3;
/** Takes the pending error (read only). */
export const SO_ERROR = 4;
/** Bypass gateways. */
export const SO_DONTROUTE = 5;
/** Permit sending to broadcast addresses. */
export const SO_BROADCAST = 6;
/** Send buffer, doubled by the kernel. */
export const SO_SNDBUF = 7;
/** Receive buffer, doubled by the kernel. */
export const SO_RCVBUF = 8;
/** Probe idle connections. */
export const SO_KEEPALIVE = 9;
/** Urgent data stays in the stream. */
export const SO_OOBINLINE = 10;
/** Do not compute UDP checksums. */
export const SO_NO_CHECK = 11;
/** Queueing priority. */
export const SO_PRIORITY = 12;
/** What `close` does with unsent data. */
export const SO_LINGER = 13;
/** Obsolete; accepted and ignored. */
export const SO_BSDCOMPAT = 14;
/** Let several sockets share a port. */
export const SO_REUSEPORT = 15;
/** Unix sockets: pass credentials. */
export const SO_PASSCRED = 16;
/** Unix sockets: credentials of the peer. */
export const SO_PEERCRED = 17;
/** Octets that make a socket readable. */
export const SO_RCVLOWAT = 18;
/** Fixed at 1. */
export const SO_SNDLOWAT = 19;
/** Receive timeout, `struct timeval` of two 64-bit fields. */
export const SO_RCVTIMEO = 20;
/** Send timeout, `struct timeval` of two 64-bit fields. */
export const SO_SNDTIMEO = 21;
/** Bind to an interface by name. */
export const SO_BINDTODEVICE = 25;
/** Classic packet filter. */
export const SO_ATTACH_FILTER = 26;
/** Removes a packet filter. */
export const SO_DETACH_FILTER = 27;
/** Address of the peer. */
export const SO_PEERNAME = 28;
/** Receive timestamps, µs. */
export const SO_TIMESTAMP = 29;
/** Whether the socket listens (read only). */
export const SO_ACCEPTCONN = 30;
/** `SO_SNDBUF` beyond `net.core.wmem_max`. */
export const SO_SNDBUFFORCE = 32;
/** `SO_RCVBUF` beyond `net.core.rmem_max`. */
export const SO_RCVBUFFORCE = 33;
/** Receive timestamps, ns. */
export const SO_TIMESTAMPNS = 35;
/** Firewall mark. */
export const SO_MARK = 36;
/** Transmit and receive timestamping flags. */
export const SO_TIMESTAMPING = 37;
/** Protocol (read only). */
export const SO_PROTOCOL = 38;
/** Family (read only). */
export const SO_DOMAIN = 39;
/** Report dropped datagrams in a control message. */
export const SO_RXQ_OVFL = 40;
/** Offset that `MSG_PEEK` reads at. */
export const SO_PEEK_OFF = 42;
/** Lock the attached filter. */
export const SO_LOCK_FILTER = 44;
/** Busy polling, µs. */
export const SO_BUSY_POLL = 46;
/** Pacing cap, octets per second. */
export const SO_MAX_PACING_RATE = 47;
/** CPU affinity. */
export const SO_INCOMING_CPU = 49;
/** Memory counters of the socket (read only). */
export const SO_MEMINFO = 55;
/** Queue that the last packet came from (read only). */
export const SO_INCOMING_NAPI_ID = 56;
/** Unique socket number (read only). */
export const SO_COOKIE = 57;
/** Permit `MSG_ZEROCOPY`. */
export const SO_ZEROCOPY = 60;
/** Transmit at a time. */
export const SO_TXTIME = 61;
/** Bind to an interface by index. */
export const SO_BINDTOIFINDEX = 62;
/** `SO_TIMESTAMP` with 64-bit times. */
export const SO_TIMESTAMP_NEW = 63;
/** `SO_TIMESTAMPNS` with 64-bit times. */
export const SO_TIMESTAMPNS_NEW = 64;
/** `SO_TIMESTAMPING` with 64-bit times. */
export const SO_TIMESTAMPING_NEW = 65;
/** `SO_RCVTIMEO` with 64-bit times. */
export const SO_RCVTIMEO_NEW = 66;
/** `SO_SNDTIMEO` with 64-bit times. */
export const SO_SNDTIMEO_NEW = 67;
/** Prefer busy polling. */
export const SO_PREFER_BUSY_POLL = 69;
/** Packets per busy poll. */
export const SO_BUSY_POLL_BUDGET = 70;
/** Which buffer sizes are fixed. */
export const SO_BUF_LOCK = 72;
/** Memory reserved for the socket. */
export const SO_RESERVE_MEM = 73;
/** Rehash the transmit flow on trouble. */
export const SO_TXREHASH = 74;
/** Report the mark of received packets. */
export const SO_RCVMARK = 75;
/** Report the priority of received packets. */
export const SO_RCVPRIORITY = 82;

// Control messages of SOL_SOCKET

/** Unix sockets: descriptors. */
export const SCM_RIGHTS = 1;
/** `struct timeval` of arrival. */
export const SCM_TIMESTAMP = 29;
/** `struct timespec` of arrival. */
export const SCM_TIMESTAMPNS = 35;
/** Three `struct timespec`. */
export const SCM_TIMESTAMPING = 37;
/** TCP statistics as netlink attributes. */
export const SCM_TIMESTAMPING_OPT_STATS = 54;

// Timestamping flags

/** `SOF_TIMESTAMPING_TX_HARDWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_TX_HARDWARE = 1;
/** `SOF_TIMESTAMPING_TX_SOFTWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_TX_SOFTWARE = 2;
/** `SOF_TIMESTAMPING_RX_HARDWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_RX_HARDWARE = 4;
/** `SOF_TIMESTAMPING_RX_SOFTWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_RX_SOFTWARE = 8;
/** `SOF_TIMESTAMPING_SOFTWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_SOFTWARE = 0x10;
/** `SOF_TIMESTAMPING_SYS_HARDWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_SYS_HARDWARE = 0x20;
/** `SOF_TIMESTAMPING_RAW_HARDWARE`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_RAW_HARDWARE = 0x40;
/** `SOF_TIMESTAMPING_OPT_ID`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_ID = 0x80;
/** `SOF_TIMESTAMPING_TX_SCHED`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_TX_SCHED = 0x100;
/** `SOF_TIMESTAMPING_TX_ACK`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_TX_ACK = 0x200;
/** `SOF_TIMESTAMPING_OPT_CMSG`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_CMSG = 0x400;
/** `SOF_TIMESTAMPING_OPT_TSONLY`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_TSONLY = 0x800;
/** `SOF_TIMESTAMPING_OPT_STATS`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_STATS = 0x1000;
/** `SOF_TIMESTAMPING_OPT_PKTINFO`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_PKTINFO = 0x2000;
/** `SOF_TIMESTAMPING_OPT_TX_SWHW`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_TX_SWHW = 0x4000;
/** `SOF_TIMESTAMPING_BIND_PHC`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_BIND_PHC = 0x8000;
/** `SOF_TIMESTAMPING_OPT_ID_TCP`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_ID_TCP = 0x10000;
/** `SOF_TIMESTAMPING_OPT_RX_FILTER`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_OPT_RX_FILTER = 0x20000;
/** `SOF_TIMESTAMPING_TX_COMPLETION`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_TX_COMPLETION = 0x40000;
/** `SOF_TIMESTAMPING_MASK`, of “Timestamping flags”. */
export const SOF_TIMESTAMPING_MASK = 0x7ffff;
/** `SCM_TSTAMP_SND`, of “Timestamping flags”. */
export const SCM_TSTAMP_SND = 0;
/** `SCM_TSTAMP_SCHED`, of “Timestamping flags”. */
export const SCM_TSTAMP_SCHED = 1;
/** `SCM_TSTAMP_ACK`, of “Timestamping flags”. */
export const SCM_TSTAMP_ACK = 2;
/** `SCM_TSTAMP_COMPLETION`, of “Timestamping flags”. */
export const SCM_TSTAMP_COMPLETION = 3;

// Extended errors

/** `SO_EE_ORIGIN_NONE`, of “Extended errors”. */
export const SO_EE_ORIGIN_NONE = 0;
/** `SO_EE_ORIGIN_LOCAL`, of “Extended errors”. */
export const SO_EE_ORIGIN_LOCAL = 1;
/** `SO_EE_ORIGIN_ICMP`, of “Extended errors”. */
export const SO_EE_ORIGIN_ICMP = 2;
/** `SO_EE_ORIGIN_ICMP6`, of “Extended errors”. */
export const SO_EE_ORIGIN_ICMP6 = 3;
/** `SO_EE_ORIGIN_TXSTATUS`, of “Extended errors”. */
export const SO_EE_ORIGIN_TXSTATUS = 4;
/** `SO_EE_ORIGIN_TIMESTAMPING`, of “Extended errors”. */
export const SO_EE_ORIGIN_TIMESTAMPING = 4;
/** `SO_EE_ORIGIN_ZEROCOPY`, of “Extended errors”. */
export const SO_EE_ORIGIN_ZEROCOPY = 5;
/** `SO_EE_ORIGIN_TXTIME`, of “Extended errors”. */
export const SO_EE_ORIGIN_TXTIME = 6;
/** `SO_EE_CODE_ZEROCOPY_COPIED`, of “Extended errors”. */
export const SO_EE_CODE_ZEROCOPY_COPIED = 1;

// send and recv flags

/** Urgent data. */
export const MSG_OOB = 1;
/** Leave the data in the queue. */
export const MSG_PEEK = 2;
/** Bypass gateways. */
export const MSG_DONTROUTE = 4;
/** Control data was cut. */
export const MSG_CTRUNC = 8;
/** Supply or ask the second address only. */
export const MSG_PROXY = 0x10;
/** Data was cut; asked for: return the real length (datagrams) or discard (TCP). */
export const MSG_TRUNC = 0x20;
/** This call does not block. */
export const MSG_DONTWAIT = 0x40;
/** End of record. */
export const MSG_EOR = 0x80;
/** Wait for all that was asked for. */
export const MSG_WAITALL = 0x100;
/** `MSG_FIN`, of “send and recv flags”. */
export const MSG_FIN = 0x200;
/** `MSG_SYN`, of “send and recv flags”. */
export const MSG_SYN = 0x400;
/** Confirm the neighbour. */
export const MSG_CONFIRM = 0x800;
/** `MSG_RST`, of “send and recv flags”. */
export const MSG_RST = 0x1000;
/** Read the error queue. */
export const MSG_ERRQUEUE = 0x2000;
/** No SIGPIPE. */
export const MSG_NOSIGNAL = 0x4000;
/** More data follows. */
export const MSG_MORE = 0x8000;
/** `recvmmsg`: block for the first message only. */
export const MSG_WAITFORONE = 0x10000;
/** `sendmmsg`: more messages follow. */
export const MSG_BATCH = 0x40000;
/** Send from the caller's memory. */
export const MSG_ZEROCOPY = 0x4000000;
/** Send data in the SYN. */
export const MSG_FASTOPEN = 0x20000000;
/** Descriptors received get `FD_CLOEXEC`. */
export const MSG_CMSG_CLOEXEC = 0x40000000;

// shutdown

/** No more receiving. */
export const SHUT_RD = 0;
/** No more sending. */
export const SHUT_WR = 1;
/** Neither. */
export const SHUT_RDWR = 2;

// poll

/** `POLLIN`, of “poll”. */
export const POLLIN = 1;
/** `POLLPRI`, of “poll”. */
export const POLLPRI = 2;
/** `POLLOUT`, of “poll”. */
export const POLLOUT = 4;
/** `POLLERR`, of “poll”. */
export const POLLERR = 8;
/** `POLLHUP`, of “poll”. */
export const POLLHUP = 0x10;
/** `POLLNVAL`, of “poll”. */
export const POLLNVAL = 0x20;
/** `POLLRDNORM`, of “poll”. */
export const POLLRDNORM = 0x40;
/** `POLLRDBAND`, of “poll”. */
export const POLLRDBAND = 0x80;
/** `POLLWRNORM`, of “poll”. */
export const POLLWRNORM = 0x100;
/** `POLLWRBAND`, of “poll”. */
export const POLLWRBAND = 0x200;
/** `POLLMSG`, of “poll”. */
export const POLLMSG = 0x400;
/** `POLLREMOVE`, of “poll”. */
export const POLLREMOVE = 0x1000;
/** `POLLRDHUP`, of “poll”. */
export const POLLRDHUP = 0x2000;

// ioctl

/** Octets that can be read now. */
export const FIONREAD = 0x541b;
/** The same as `FIONREAD`. */
export const SIOCINQ = 0x541b;
/** Octets in the send queue. */
export const SIOCOUTQ = 0x5411;
/** Sets `O_NONBLOCK`. */
export const FIONBIO = 0x5421;
/** Whether the stream is at the urgent mark. */
export const SIOCATMARK = 0x8905;
/** Octets in the send queue not sent yet. */
export const SIOCOUTQNSD = 0x894b;
/** Timestamp of the last packet passed to the program, µs. */
export const SIOCGSTAMP = 0x8906;
/** Timestamp of the last packet passed to the program, ns. */
export const SIOCGSTAMPNS = 0x8907;
