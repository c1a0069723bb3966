/**
 * `SOL_TCP` options and what belongs to them, with their Linux values.
 *
 * @module
 */

// Options

/** No Nagle algorithm. */
export const TCP_NODELAY = 1;
/** Maximum segment size. */
export const TCP_MAXSEG = 2;
/** Send full segments only. */
export const TCP_CORK = 3;
/** Idle time before keep-alive, s. */
export const TCP_KEEPIDLE = 4;
/** Keep-alive interval, s. */
export const TCP_KEEPINTVL = 5;
/** Keep-alive probes. */
export const TCP_KEEPCNT = 6;
/** SYN retransmissions. */
export const TCP_SYNCNT = 7;
/** FIN-WAIT-2 lifetime, s. */
export const TCP_LINGER2 = 8;
/** Accept once data came, s. */
export const TCP_DEFER_ACCEPT = 9;
/** Largest advertised window. */
export const TCP_WINDOW_CLAMP = 10;
/** `struct tcp_info` (read only). */
export const TCP_INFO = 11;
/** No delayed ACKs. */
export const TCP_QUICKACK = 12;
/** Congestion control by name. */
export const TCP_CONGESTION = 13;
/** MD5 signature key. */
export const TCP_MD5SIG = 14;
/** `TCP_COOKIE_TRANSACTIONS`, of “Options”. */
export const TCP_COOKIE_TRANSACTIONS = 15;
/** Linear timeouts for thin streams. */
export const TCP_THIN_LINEAR_TIMEOUTS = 16;
/** No effect since Linux 4. */
export const TCP_THIN_DUPACK = 17;
/** Time that data may stay unacknowledged, ms. */
export const TCP_USER_TIMEOUT = 18;
/** Repair mode. */
export const TCP_REPAIR = 19;
/** `TCP_REPAIR_QUEUE`, of “Options”. */
export const TCP_REPAIR_QUEUE = 20;
/** `TCP_QUEUE_SEQ`, of “Options”. */
export const TCP_QUEUE_SEQ = 21;
/** `TCP_REPAIR_OPTIONS`, of “Options”. */
export const TCP_REPAIR_OPTIONS = 22;
/** Accept Fast Open; queue length. */
export const TCP_FASTOPEN = 23;
/** Timestamp clock offset. */
export const TCP_TIMESTAMP = 24;
/** Unsent octets that make a socket writable. */
export const TCP_NOTSENT_LOWAT = 25;
/** State of the congestion control (read only). */
export const TCP_CC_INFO = 26;
/** Keep the SYN's headers. */
export const TCP_SAVE_SYN = 27;
/** The SYN's headers (read only). */
export const TCP_SAVED_SYN = 28;
/** `TCP_REPAIR_WINDOW`, of “Options”. */
export const TCP_REPAIR_WINDOW = 29;
/** Fast Open through `connect` and `write`. */
export const TCP_FASTOPEN_CONNECT = 30;
/** Upper layer protocol. */
export const TCP_ULP = 31;
/** MD5 key with a prefix. */
export const TCP_MD5SIG_EXT = 32;
/** Fast Open cookie key. */
export const TCP_FASTOPEN_KEY = 33;
/** Fast Open without a cookie. */
export const TCP_FASTOPEN_NO_COOKIE = 34;
/** Receive by mapping. */
export const TCP_ZEROCOPY_RECEIVE = 35;
/** Report the octets left in the queue. */
export const TCP_INQ = 36;
/** The control message of `TCP_INQ`. */
export const TCP_CM_INQ = 36;
/** Extra delay of outgoing segments, µs. */
export const TCP_TX_DELAY = 37;
/** `TCP_AO_ADD_KEY`, of “Options”. */
export const TCP_AO_ADD_KEY = 38;
/** `TCP_AO_DEL_KEY`, of “Options”. */
export const TCP_AO_DEL_KEY = 39;
/** `TCP_AO_INFO`, of “Options”. */
export const TCP_AO_INFO = 40;
/** `TCP_AO_GET_KEYS`, of “Options”. */
export const TCP_AO_GET_KEYS = 41;
/** `TCP_AO_REPAIR`, of “Options”. */
export const TCP_AO_REPAIR = 42;
/** Whether the connection is MPTCP (read only). */
export const TCP_IS_MPTCP = 43;
/** Largest retransmission timeout, ms. */
export const TCP_RTO_MAX_MS = 44;
/** Smallest retransmission timeout, µs. */
export const TCP_RTO_MIN_US = 45;
/** Largest delayed ACK time, µs. */
export const TCP_DELACK_MAX_US = 46;

// TCP_INFO option bits

/** `TCPI_OPT_TIMESTAMPS`, of “TCP_INFO option bits”. */
export const TCPI_OPT_TIMESTAMPS = 1;
/** `TCPI_OPT_SACK`, of “TCP_INFO option bits”. */
export const TCPI_OPT_SACK = 2;
/** `TCPI_OPT_WSCALE`, of “TCP_INFO option bits”. */
export const TCPI_OPT_WSCALE = 4;
/** `TCPI_OPT_ECN`, of “TCP_INFO option bits”. */
export const TCPI_OPT_ECN = 8;
/** `TCPI_OPT_ECN_SEEN`, of “TCP_INFO option bits”. */
export const TCPI_OPT_ECN_SEEN = 16;
/** `TCPI_OPT_SYN_DATA`, of “TCP_INFO option bits”. */
export const TCPI_OPT_SYN_DATA = 32;
/** `TCPI_OPT_USEC_TS`, of “TCP_INFO option bits”. */
export const TCPI_OPT_USEC_TS = 64;
/** `TCPI_OPT_TFO_CHILD`, of “TCP_INFO option bits”. */
export const TCPI_OPT_TFO_CHILD = 128;

// States

/** `TCP_ESTABLISHED`, of “States”. */
export const TCP_ESTABLISHED = 1;
/** `TCP_SYN_SENT`, of “States”. */
export const TCP_SYN_SENT = 2;
/** `TCP_SYN_RECV`, of “States”. */
export const TCP_SYN_RECV = 3;
/** `TCP_FIN_WAIT1`, of “States”. */
export const TCP_FIN_WAIT1 = 4;
/** `TCP_FIN_WAIT2`, of “States”. */
export const TCP_FIN_WAIT2 = 5;
/** `TCP_TIME_WAIT`, of “States”. */
export const TCP_TIME_WAIT = 6;
/** `TCP_CLOSE`, of “States”. */
export const TCP_CLOSE = 7;
/** `TCP_CLOSE_WAIT`, of “States”. */
export const TCP_CLOSE_WAIT = 8;
/** `TCP_LAST_ACK`, of “States”. */
export const TCP_LAST_ACK = 9;
/** `TCP_LISTEN`, of “States”. */
export const TCP_LISTEN = 10;
/** `TCP_CLOSING`, of “States”. */
export const TCP_CLOSING = 11;
/** `TCP_NEW_SYN_RECV`, of “States”. */
export const TCP_NEW_SYN_RECV = 12;

// Congestion states

/** `TCP_CA_Open`, of “Congestion states”. */
export const TCP_CA_Open = 0;
/** `TCP_CA_Disorder`, of “Congestion states”. */
export const TCP_CA_Disorder = 1;
/** `TCP_CA_CWR`, of “Congestion states”. */
export const TCP_CA_CWR = 2;
/** `TCP_CA_Recovery`, of “Congestion states”. */
export const TCP_CA_Recovery = 3;
/** `TCP_CA_Loss`, of “Congestion states”. */
export const TCP_CA_Loss = 4;

// Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)

/** `TCP_NLA_PAD`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_PAD = 0;
/** `TCP_NLA_BUSY`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_BUSY = 1;
/** `TCP_NLA_RWND_LIMITED`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_RWND_LIMITED = 2;
/** `TCP_NLA_SNDBUF_LIMITED`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_SNDBUF_LIMITED = 3;
/** `TCP_NLA_DATA_SEGS_OUT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DATA_SEGS_OUT = 4;
/** `TCP_NLA_TOTAL_RETRANS`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_TOTAL_RETRANS = 5;
/** `TCP_NLA_PACING_RATE`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_PACING_RATE = 6;
/** `TCP_NLA_DELIVERY_RATE`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DELIVERY_RATE = 7;
/** `TCP_NLA_SND_CWND`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_SND_CWND = 8;
/** `TCP_NLA_REORDERING`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_REORDERING = 9;
/** `TCP_NLA_MIN_RTT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_MIN_RTT = 10;
/** `TCP_NLA_RECUR_RETRANS`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_RECUR_RETRANS = 11;
/** `TCP_NLA_DELIVERY_RATE_APP_LMT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DELIVERY_RATE_APP_LMT = 12;
/** `TCP_NLA_SNDQ_SIZE`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_SNDQ_SIZE = 13;
/** `TCP_NLA_CA_STATE`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_CA_STATE = 14;
/** `TCP_NLA_SND_SSTHRESH`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_SND_SSTHRESH = 15;
/** `TCP_NLA_DELIVERED`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DELIVERED = 16;
/** `TCP_NLA_DELIVERED_CE`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DELIVERED_CE = 17;
/** `TCP_NLA_BYTES_SENT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_BYTES_SENT = 18;
/** `TCP_NLA_BYTES_RETRANS`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_BYTES_RETRANS = 19;
/** `TCP_NLA_DSACK_DUPS`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_DSACK_DUPS = 20;
/** `TCP_NLA_REORD_SEEN`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_REORD_SEEN = 21;
/** `TCP_NLA_SRTT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_SRTT = 22;
/** `TCP_NLA_TIMEOUT_REHASH`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_TIMEOUT_REHASH = 23;
/** `TCP_NLA_BYTES_NOTSENT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_BYTES_NOTSENT = 24;
/** `TCP_NLA_EDT`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_EDT = 25;
/** `TCP_NLA_TTL`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_TTL = 26;
/** `TCP_NLA_REHASH`, of “Statistics attributes (SCM_TIMESTAMPING_OPT_STATS)”. */
export const TCP_NLA_REHASH = 27;
