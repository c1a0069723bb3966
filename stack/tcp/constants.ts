/**
 * Numbers of the TCP implementation, with their Linux names. Times are in µs.
 *
 * @module
 */

/** FIN flag. */
export const TCPHDR_FIN = 0x01;
/** SYN flag. */
export const TCPHDR_SYN = 0x02;
/** RST flag. */
export const TCPHDR_RST = 0x04;
/** PSH flag. */
export const TCPHDR_PSH = 0x08;
/** ACK flag. */
export const TCPHDR_ACK = 0x10;
/** URG flag. */
export const TCPHDR_URG = 0x20;
/** ECE flag. */
export const TCPHDR_ECE = 0x40;
/** CWR flag. */
export const TCPHDR_CWR = 0x80;
/** What a SYN that offers ECN carries. */
export const TCPHDR_SYN_ECN = TCPHDR_SYN | TCPHDR_ECE | TCPHDR_CWR;

/** The segment is SACKed. */
export const TCPCB_SACKED_ACKED = 0x01;
/** The segment has been retransmitted and that copy is in flight. */
export const TCPCB_SACKED_RETRANS = 0x02;
/** The segment is deemed lost. */
export const TCPCB_LOST = 0x04;
/** The segment was retransmitted at some time. */
export const TCPCB_EVER_RETRANS = 0x80;
/** Any sign of a retransmission. */
export const TCPCB_RETRANS = TCPCB_SACKED_RETRANS | TCPCB_EVER_RETRANS;

/** Incoming frame contained data. */
export const FLAG_DATA = 0x01;
/** Incoming ACK was a window update. */
export const FLAG_WIN_UPDATE = 0x02;
/** This ACK acknowledged new data. */
export const FLAG_DATA_ACKED = 0x04;
/** Some of what it acknowledged was retransmitted. */
export const FLAG_RETRANS_DATA_ACKED = 0x08;
/** This ACK acknowledged the SYN. */
export const FLAG_SYN_ACKED = 0x10;
/** New SACK. */
export const FLAG_DATA_SACKED = 0x20;
/** ECE in this ACK. */
export const FLAG_ECE = 0x40;
/** RACK found a retransmission lost. */
export const FLAG_LOST_RETRANS = 0x80;
/** Do not skip the RFC checks for window update. */
export const FLAG_SLOWPATH = 0x100;
/** Never-retransmitted data newly acked. */
export const FLAG_ORIG_SACK_ACKED = 0x200;
/** snd_una was changed (!= FLAG_DATA_ACKED). */
export const FLAG_SND_UNA_ADVANCED = 0x400;
/** SACK blocks contained a D-SACK. */
export const FLAG_DSACKING_ACK = 0x800;
/** Set the transmit timer. */
export const FLAG_SET_XMIT_TIMER = 0x1000;
/** The oldest segment is SACKed: the peer may have dropped what it had. */
export const FLAG_SACK_RENEGING = 0x2000;
/** The segment's timestamp may be the one to echo next. */
export const FLAG_UPDATE_TS_RECENT = 0x4000;
/** Unacceptable ACKs are not answered. */
export const FLAG_NO_CHALLENGE_ACK = 0x8000;
/** Likely a delayed ACK. */
export const FLAG_ACK_MAYBE_DELAYED = 0x10000;
/** DSACK of a tail loss probe. */
export const FLAG_DSACK_TLP = 0x20000;
/** Data or SYN acked. */
export const FLAG_ACKED = FLAG_DATA_ACKED | FLAG_SYN_ACKED;
/** This ACK is more than a duplicate. */
export const FLAG_NOT_DUP = FLAG_DATA | FLAG_WIN_UPDATE | FLAG_ACKED;
/** An alert for fastretrans_alert. */
export const FLAG_CA_ALERT = FLAG_DATA_SACKED | FLAG_ECE | FLAG_DSACKING_ACK;
/** The ACK moved the network forward. */
export const FLAG_FORWARD_PROGRESS = FLAG_ACKED | FLAG_DATA_SACKED;

/** What a connection's transmit timer is armed for. */
export const ICSK_TIME_RETRANS = 1;
/** Zero window probe timer. */
export const ICSK_TIME_PROBE0 = 3;
/** Tail loss probe timer. */
export const ICSK_TIME_LOSS_PROBE = 5;
/** Reordering timer. */
export const ICSK_TIME_REO_TIMEOUT = 6;

/** Nagle's algorithm is disabled. */
export const TCP_NAGLE_OFF = 1;
/** Socket is corked. */
export const TCP_NAGLE_CORK = 2;
/** Cork is overridden for data queued already. */
export const TCP_NAGLE_PUSH = 4;

/** Largest retransmission timeout. */
export const TCP_RTO_MAX = 120_000_000;
/** Smallest retransmission timeout. */
export const TCP_RTO_MIN = 200_000;
/** Initial retransmission timeout (RFC 6298 section 2.1). */
export const TCP_TIMEOUT_INIT = 1_000_000;
/** After a SYN was lost (RFC 6298 section 5.7). */
export const TCP_TIMEOUT_FALLBACK = 3_000_000;
/** Smallest delayed ACK time. */
export const TCP_DELACK_MIN = 40_000;
/** Largest delayed ACK time. */
export const TCP_DELACK_MAX = 200_000;
/** Smallest ACK timeout estimate. */
export const TCP_ATO_MIN = 40_000;
/** Until a resource problem is tried again. */
export const TCP_RESOURCE_PROBE_INTERVAL = 500_000;
/** How long TIME-WAIT lasts. */
export const TCP_TIMEWAIT_LEN = 60_000_000;
/** Most ACKs sent at once at the start. */
export const TCP_MAX_QUICKACKS = 16;
/** No ssthresh yet. */
export const TCP_INFINITE_SSTHRESH = 0x7fffffff;
/** Initial congestion window (RFC 6928). */
export const TCP_INIT_CWND = 10;
/** Unscaled windows never exceed this. */
export const MAX_TCP_WINDOW = 32767;
/** Largest window scale. */
export const TCP_MAX_WSCALE = 14;
/** Smallest MSS that is believed of a peer. */
export const TCP_MIN_MSS = 88;
/** MSS without an MSS option, IPv4. */
export const TCP_MSS_DEFAULT = 536;
/** Timestamps older than this are not believed, s. */
export const TCP_PAWS_24DAYS = 60 * 60 * 24 * 24;
/** TIME-WAIT or SYN with an older timestamp, s. */
export const TCP_PAWS_MSL = 60;
/** Allowed timestamp disorder, ticks. */
export const TCP_PAWS_WINDOW = 1;
/** Longest keep-alive idle and interval, s. */
export const MAX_TCP_KEEPIDLE = 32767;
/** Most keep-alive probes. */
export const MAX_TCP_KEEPCNT = 127;
/** Most SYN retransmissions by option. */
export const MAX_TCP_SYNCNT = 127;
/** Longest FIN-WAIT-2, s. */
export const TCP_FIN_TIMEOUT_MAX = 120;
/** SACK blocks kept for sending. */
export const TCP_NUM_SACKS = 4;
/** Octets of head that each queued skb accounts for, besides its data (`MAX_TCP_HEADER`). */
export const MAX_TCP_HEADER = 256;
/** `SKB_DATA_ALIGN(sizeof(struct skb_shared_info))`. */
export const SKB_SHINFO = 320;
/** `SKB_DATA_ALIGN(sizeof(struct sk_buff))`. */
export const SKB_STRUCT = 256;
/** Truesize of a transmit skb without data. */
export const SKB_TX_OVERHEAD = MAX_TCP_HEADER + SKB_SHINFO + SKB_STRUCT;
/** `SOCK_MIN_SNDBUF`. */
export const SOCK_MIN_SNDBUF = 4608;
/** `SOCK_MIN_RCVBUF`. */
export const SOCK_MIN_RCVBUF = 2304;
/** Shift of the scaling ratio between receive buffer and window. */
export const TCP_RMEM_TO_WIN_SCALE = 8;
/** Ratio of window to buffer before anything is known: 50 %. */
export const TCP_DEFAULT_SCALING_RATIO = 1 << (TCP_RMEM_TO_WIN_SCALE - 1);
/** The delayed ACK timer is armed, or was when the socket was busy. */
export const ICSK_ACK_SCHED = 1;
/** The delayed ACK timer is armed. */
export const ICSK_ACK_TIMER = 2;
/** A segment with PSH came in. */
export const ICSK_ACK_PUSHED = 4;
/** And another one. */
export const ICSK_ACK_PUSHED2 = 8;
/** Send the next ACK at once. */
export const ICSK_ACK_NOW = 16;
/** Data was dropped for lack of memory: the next ACK closes the window. */
export const ICSK_ACK_NOMEM = 32;

/** Receive side shut down. */
export const RCV_SHUTDOWN = 1;
/** Send side shut down. */
export const SEND_SHUTDOWN = 2;
/** Both. */
export const SHUTDOWN_MASK = 3;

/** ECN is in use. */
export const TCP_ECN_OK = 1;
/** CWR is to be sent. */
export const TCP_ECN_QUEUE_CWR = 2;
/** ECE is to be sent until CWR comes. */
export const TCP_ECN_DEMAND_CWR = 4;
/** ECN seen from the peer. */
export const TCP_ECN_SEEN = 8;

/** Time the sender was busy. */
export const TCP_CHRONO_BUSY = 1;
/** Time it was held by the peer's window. */
export const TCP_CHRONO_RWND_LIMITED = 2;
/** Time it was held by its own buffer. */
export const TCP_CHRONO_SNDBUF_LIMITED = 3;

/** `sk_userlocks` bit: the program set the send buffer. */
export const SOCK_SNDBUF_LOCK = 1;
/** `sk_userlocks` bit: the program set the receive buffer. */
export const SOCK_RCVBUF_LOCK = 2;
