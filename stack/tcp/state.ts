/**
 * The connection block: everything TCP knows about one connection, with the names of RFC 9293 where it has one and of
 * Linux's `struct tcp_sock` and `struct inet_connection_sock` where not.
 *
 * Sequence numbers are unsigned 32-bit, times µs of stack time unless their name or comment says otherwise, windows
 * octets, congestion windows segments.
 *
 * @module
 */
import { InetSock } from "../inet/inet_sock.ts";
import { TCP_CA_CWR, TCP_CA_Open, TCP_CA_Recovery } from "../../abi/tcp_constants.ts";
import type { Timer } from "../timers.ts";
import type { CongestionControl } from "./congestion/congestion.ts";
import {
  TCP_DEFAULT_SCALING_RATIO,
  TCP_INFINITE_SSTHRESH,
  TCP_INIT_CWND,
  TCP_MSS_DEFAULT,
  TCP_RMEM_TO_WIN_SCALE,
  TCP_RTO_MAX,
  TCP_RTO_MIN,
  TCP_TIMEOUT_INIT,
} from "./constants.ts";
import type { EhashEntry } from "./ehash.ts";
import type { FastopenContext, FastopenCookie, FastopenRequest } from "./fastopen_cookie.ts";
import type { Md5Keys } from "./md5.ts";
import { MinMax } from "./minmax.ts";
import type { RequestSock } from "./request_sock.ts";
import { SkbQueue, type TcpSkb } from "./skb.ts";
import type { Tcp } from "./tcp.ts";
import { XmitOptions } from "./xmit_options.ts";

/** Timestamps and jiffies start here, so that 0 can mean "never". */
const JIFFIES_START = 300_000;

/** Stack time as milliseconds that are never 0 (`jiffies` with HZ = 1000). */
export function jiffies_of(now_us: number): number {
  return Math.floor(now_us / 1000) + JIFFIES_START;
}

/** What the peer's options said and what is remembered of them (`tcp_options_received`). */
export class RxOptions {
  /** When `ts_recent` was stored, s; 0 when nothing is. */
  ts_recent_stamp = 0;
  /** Timestamp to echo next. */
  ts_recent = 0;
  /** Timestamp value of the last segment. */
  rcv_tsval = 0;
  /** Timestamp echo of the last segment, our random offset taken off. */
  rcv_tsecr = 0;
  /** The last segment had a timestamps option. */
  saw_tstamp = false;
  /** Timestamps are in use. */
  tstamp_ok = false;
  /** The next ACK starts with a DSACK. */
  dsack = false;
  /** Window scaling is in use. */
  wscale_ok = false;
  /** SACK is in use. */
  sack_ok = false;
  /** DSACKs were received. */
  dsack_seen = false;
  /** Scale of windows received. */
  snd_wscale = 0;
  /** Scale of windows sent. */
  rcv_wscale = 0;
  /** SACK blocks to send. */
  num_sacks = 0;
  /** MSS wanted by the program, 0 for none. */
  user_mss = 0;
  /** Largest MSS the peer takes. */
  mss_clamp = 0;
}

/** Kinds of limits that were in force over time (`TCP_CHRONO_*`). */
export class Chrono {
  start = 0;
  type = 0;
  /** µs per type, from index 1. */
  readonly stat: number[] = [0, 0, 0];
}

/** RACK's state (RFC 8985). */
export class Rack {
  /** Send time of the most recently delivered segment. */
  mstamp = 0;
  rtt_us = 0;
  end_seq = 0;
  last_delivered = 0;
  reo_wnd_steps = 1;
  reo_wnd_persist = 0;
  dsack_seen = false;
  advanced = false;
}

/** State of delayed ACKs (`icsk_ack`). */
export class AckState {
  pending = 0;
  quick = 0;
  pingpong = 0;
  /** Estimate of the time between segments, µs. */
  ato = 0;
  /** When the delayed ACK timer goes off. */
  timeout = 0;
  /** When the last data came, ms. */
  lrcvtime = 0;
  /** Size of received segments, estimated. */
  rcv_mss = 0;
  /** Size of the last short segment. */
  last_seg_size = 0;
  /** ACK compression. */
  retry = 0;
}

/** Packetization-layer path MTU discovery (`icsk_mtup`). */
export class MtuProbing {
  enabled = false;
  search_low = 0;
  search_high = 0;
  probe_size = 0;
  /** When the last search ended, ms. */
  probe_timestamp = 0;
  /** Sequence range of the probe in flight. */
  probe_seq_start = 0;
  probe_seq_end = 0;
}

/** Receive-buffer autotuning (`rcvq_space`). */
export class RcvqSpace {
  space = 0;
  seq = 0;
  time = 0;
}

/** One TCP connection, listener or closed socket. */
export abstract class TcpSock extends InetSock implements EhashEntry {
  /** The protocol instance. */
  abstract readonly tcp: Tcp;

  // Send sequence space (RFC 9293 section 3.3.1).
  /** Oldest unacknowledged sequence number. */
  snd_una = 0;
  /** Next sequence number to send. */
  snd_nxt = 0;
  /** Window the peer granted. */
  snd_wnd = 0;
  /** Segment sequence number of the last window update. */
  snd_wl1 = 0;
  /** Last sequence number of data written by the program, plus one. */
  write_seq = 0;
  /** Last `write_seq` that was pushed. */
  pushed_seq = 0;
  /** End of the last small segment sent (Minshall). */
  snd_sml = 0;
  /** Urgent pointer of what is sent. */
  snd_up = 0;
  /** Largest window the peer ever granted. */
  max_window = 0;

  // Receive sequence space.
  /** Next sequence number expected. */
  rcv_nxt = 0;
  /** First octet the program has not read yet. */
  copied_seq = 0;
  /** `rcv_nxt` when the last window was advertised. */
  rcv_wup = 0;
  /** Window advertised at that time. */
  rcv_wnd = 0;
  /** Largest window to advertise. */
  window_clamp = 0;
  /** Slow-start limit of the advertised window. */
  rcv_ssthresh = 0;
  /** Ratio between receive buffer and window, in 1/256. */
  scaling_ratio = TCP_DEFAULT_SCALING_RATIO;
  /** Urgent data: `TCP_URG_*` with the octet, 0 for none. */
  urg_data = 0;
  urg_seq = 0;
  /** Bytes received, acknowledged, sent, retransmitted; segments in and out. */
  bytes_received = 0;
  bytes_acked = 0;
  bytes_sent = 0;
  bytes_retrans = 0;
  segs_in = 0;
  segs_out = 0;
  data_segs_in = 0;
  data_segs_out = 0;
  dsack_dups = 0;
  rcv_ooopack = 0;
  /** Time the last data was sent, ms. */
  lsndtime = 0;
  /** Time of the last ACK, ms. */
  rcv_tstamp = 0;
  last_oow_ack_time = 0;

  // Segment sizes.
  /** MSS for sending now, options of the header taken off. */
  mss_cache = TCP_MSS_DEFAULT;
  /** MSS we advertised. */
  advmss = 0;
  /** TCP header length with the options that every segment has. */
  tcp_header_len = 0;
  /** Extra header octets (IP options, extension headers). */
  icsk_ext_hdr_len = 0;
  /** Path MTU that `mss_cache` was computed for. */
  icsk_pmtu_cookie = 0;
  sk_gso_max_size = 65536;
  sk_gso_max_segs = 65535;
  /** Segments per super-segment now. */
  gso_segs = 0;

  // Congestion (RFC 5681, 6675, 6937, 8985).
  snd_cwnd = TCP_INIT_CWND;
  snd_cwnd_cnt = 0;
  snd_cwnd_clamp = 0xffffffff;
  snd_cwnd_used = 0;
  snd_cwnd_stamp = 0;
  snd_ssthresh = TCP_INFINITE_SSTHRESH;
  prior_cwnd = 0;
  prior_ssthresh = 0;
  prr_delivered = 0;
  prr_out = 0;
  packets_out = 0;
  sacked_out = 0;
  lost_out = 0;
  retrans_out = 0;
  /** Segments ever marked lost. */
  lost = 0;
  max_packets_out = 0;
  cwnd_usage_seq = 0;
  is_cwnd_limited = false;
  high_seq = 0;
  undo_marker = 0;
  undo_retrans = 0;
  retrans_stamp = 0;
  total_retrans = 0;
  reordering = 3;
  reord_seen = 0;
  /** End of what TLP sent, 0 when there is none outstanding. */
  tlp_high_seq = 0;
  tlp_retrans = false;
  /** The SYN+ACK's or SYN's retransmission was spurious. */
  syn_data_acked = false;
  syn_data = false;
  syn_fastopen = false;
  syn_fastopen_exp = false;
  syn_fastopen_ch = false;
  is_sack_reneg = false;
  /** It began as a passive Fast Open. */
  tfo_child = false;
  rehash = 0;
  /** Everything it held is released. */
  destroyed = false;
  /** Local port before it was released. */
  last_num = 0;
  /** A blocking call waits with data for the handshake (`sk_write_pending`). */
  write_pending = false;
  frto = false;
  icsk_ca_state: number = TCP_CA_Open;
  icsk_ca: CongestionControl | undefined = undefined;
  icsk_ca_initialized = false;
  /** The program chose the algorithm. */
  icsk_ca_setsockopt = false;
  readonly rack: Rack = new Rack();
  /** Highest SACKed segment's successor. */
  highest_sack: TcpSkb | undefined = undefined;
  retransmit_skb_hint: TcpSkb | undefined = undefined;
  ecn_flags = 0;
  delivered_ce = 0;

  // Round trip times. srtt_us is eight times the estimate, mdev_us and rttvar_us four times.
  srtt_us = 0;
  mdev_us = TCP_TIMEOUT_INIT;
  mdev_max_us = 0;
  rttvar_us = 0;
  rtt_seq = 0;
  readonly rtt_min: MinMax = new MinMax();
  rcv_rtt_est_rtt_us = 0;
  rcv_rtt_est_seq = 0;
  rcv_rtt_est_time = 0;
  rcv_rtt_last_tsecr = 0;
  readonly rcvq_space: RcvqSpace = new RcvqSpace();

  // Delivery rate.
  delivered = 0;
  delivered_mstamp = 0;
  first_tx_mstamp = 0;
  app_limited = 0;
  rate_delivered = 0;
  rate_interval_us = 0;
  rate_app_limited = false;
  sk_pacing_rate = Infinity;
  sk_max_pacing_rate = Infinity;
  /** When the last packet left; with pacing, when the next may. */
  tcp_wstamp = 0;
  /** Packets are paced. */
  pacing_needed = false;

  // Timers.
  icsk_rto = TCP_TIMEOUT_INIT;
  icsk_rto_min = TCP_RTO_MIN;
  icsk_rto_max = TCP_RTO_MAX;
  icsk_delack_max = 200_000;
  icsk_retransmits = 0;
  icsk_backoff = 0;
  icsk_probes_out = 0;
  /** When zero-window probing began, ms; 0 when it has not. */
  icsk_probes_tstamp = 0;
  /** `ICSK_TIME_*` the retransmit timer is armed for, 0 when it is not. */
  icsk_pending = 0;
  /** When it expires. */
  icsk_timeout = 0;
  /** `TCP_USER_TIMEOUT`, ms. */
  icsk_user_timeout = 0;
  icsk_syn_retries = 0;
  /** `TCP_KEEPIDLE`, `TCP_KEEPINTVL` in s, `TCP_KEEPCNT`; 0 for the setting's. */
  keepalive_time = 0;
  keepalive_intvl = 0;
  keepalive_probes = 0;
  /** FIN_WAIT2 lifetime in s; negative for none, 0 for the setting's. */
  linger2 = 0;
  readonly retransmit_timer: Timer;
  readonly delack_timer: Timer;
  readonly keepalive_timer: Timer;
  readonly compressed_ack_timer: Timer;
  readonly pacing_timer: Timer;
  compressed_ack = 0;
  compressed_ack_rcv_nxt = 0;
  dup_ack_counter = 0;
  total_rto = 0;
  total_rto_recoveries = 0;
  total_rto_time = 0;
  rto_stamp = 0;
  readonly icsk_ack: AckState = new AckState();
  readonly icsk_mtup: MtuProbing = new MtuProbing();

  // Options.
  readonly rx_opt: RxOptions = new RxOptions();
  /** SACK blocks to send: left, right in turn. */
  readonly selective_acks: Uint32Array = new Uint32Array(8);
  /** The DSACK block to send. */
  readonly duplicate_sack: Uint32Array = new Uint32Array(2);
  /** Offset of our timestamp clock, ms. */
  tsoffset = 0;
  nonagle = 0;
  thin_lto = false;
  recvmsg_inq = false;
  /** `TCP_NOTSENT_LOWAT`, 0 for the setting's. */
  notsent_lowat = 0;
  save_syn = 0;
  saved_syn: Uint8Array | undefined = undefined;
  repair = false;
  fastopen_connect = false;
  fastopen_no_cookie = false;
  fastopen_client_fail = 0;
  /** connect() with TCP_FASTOPEN_CONNECT waits for the first write. */
  defer_connect = false;
  fastopen_req: FastopenRequest | undefined = undefined;
  readonly fastopen_cookie: FastopenCookie = { len: -1, exp: false, bytes: new Uint8Array(0) };
  fastopen_ctx: FastopenContext | undefined = undefined;
  /** The passive Fast Open request that this child came from. */
  fastopen_rsk: RequestSock | undefined = undefined;
  md5_keys: Md5Keys | undefined = undefined;

  // Queues.
  readonly write_queue: SkbQueue = new SkbQueue();
  readonly rtx_queue: SkbQueue = new SkbQueue();
  readonly receive_queue: SkbQueue = new SkbQueue();
  readonly out_of_order_queue: SkbQueue = new SkbQueue();
  readonly xmit_options: XmitOptions = new XmitOptions();
  readonly chrono: Chrono = new Chrono();
  /** Next `MSG_ZEROCOPY` notification id. */
  zckey = 0;
  /** The program found the send buffer full (`SOCK_NOSPACE`). */
  sock_nospace = false;
  /** The peer sent FIN: readers see the end once they read all (`SOCK_DONE`). */
  sock_done = false;

  // Listening.
  sk_max_ack_backlog = 0;
  /** `TCP_DEFER_ACCEPT` as retransmissions of the SYN+ACK. */
  rskq_defer_accept = 0;
  /** Connections that wait for accept. */
  readonly accept_queue: TcpSock[] = [];
  /** Handshakes under way. */
  qlen = 0;
  /** Handshakes under way whose SYN+ACK was never retransmitted. */
  qlen_young = 0;
  fastopen_max_qlen = 0;
  fastopen_qlen = 0;
  readonly fastopen_rst_queue: RequestSock[] = [];
  readonly requests: Set<RequestSock> = new Set();
  /** The listener a not yet accepted child belongs to. */
  listener: TcpSock | undefined = undefined;

  // Demultiplexing: chained in a bucket of the established table.
  readonly kind = "sock";
  hash_next: EhashEntry | undefined = undefined;
  hash_key = -1;

  constructor(...args: ConstructorParameters<typeof InetSock>) {
    super(...args);
    const timers = this.net.timers;
    this.retransmit_timer = timers.create("tcp retransmit", () => this.tcp.write_timer(this));
    this.delack_timer = timers.create("tcp delack", () => this.tcp.delack_timer(this));
    this.keepalive_timer = timers.create("tcp keepalive", () => this.tcp.keepalive_timer(this));
    this.pacing_timer = timers.create("tcp pacing", () => this.tcp.pacing_timer(this));
    this.compressed_ack_timer = timers.create("tcp compressed ack", () => this.tcp.compressed_ack_timer(this));
  }

  /** Stack time in ms, never 0. */
  get jiffies(): number {
    return jiffies_of(this.net.now);
  }

  /** Stack time in whole seconds, never 0 (`ktime_get_seconds`). */
  get seconds(): number {
    return Math.floor(this.net.now / 1_000_000) + JIFFIES_START;
  }

  /** Our timestamp clock: ms, before the connection's offset. */
  get tcp_time_stamp(): number {
    return (Math.floor(this.net.now / 1000) + JIFFIES_START) >>> 0;
  }
}

/** Segments that left the network: SACKed or lost. */
export function tcp_left_out(sk: TcpSock): number {
  return sk.sacked_out + sk.lost_out;
}

/** Segments in flight. */
export function tcp_packets_in_flight(sk: TcpSock): number {
  return sk.packets_out - (sk.sacked_out + sk.lost_out) + sk.retrans_out;
}

/** First sequence number beyond the send window. */
export function tcp_wnd_end(sk: TcpSock): number {
  return (sk.snd_una + sk.snd_wnd) >>> 0;
}

/** Window still open of what was advertised last. */
export function tcp_receive_window(sk: TcpSock): number {
  const win = (sk.rcv_wup + sk.rcv_wnd - sk.rcv_nxt) | 0;
  return win < 0 ? 0 : win;
}

/** Whether the window is being reduced (CWR or recovery). */
export function tcp_in_cwnd_reduction(sk: TcpSock): boolean {
  return sk.icsk_ca_state === TCP_CA_CWR || sk.icsk_ca_state === TCP_CA_Recovery;
}

/** The threshold as reported: during a reduction it is that, else at least three quarters of the window. */
export function tcp_current_ssthresh(sk: TcpSock): number {
  if (tcp_in_cwnd_reduction(sk)) return sk.snd_ssthresh;
  return Math.max(sk.snd_ssthresh, (sk.snd_cwnd >>> 1) + (sk.snd_cwnd >>> 2));
}

/** Window that `space` octets of buffer make. */
export function tcp_win_from_space(sk: TcpSock, space: number): number {
  return Math.floor(space * sk.scaling_ratio / (1 << TCP_RMEM_TO_WIN_SCALE));
}

/** Buffer that a window of `win` needs. */
export function tcp_space_from_win(sk: TcpSock, win: number): number {
  return Math.floor(win * (1 << TCP_RMEM_TO_WIN_SCALE) / sk.scaling_ratio);
}

/** Window that the free receive buffer makes. */
export function tcp_space(sk: TcpSock): number {
  return tcp_win_from_space(sk, sk.sk_rcvbuf - sk.sk_rmem_alloc);
}

/** Window that the whole receive buffer makes. */
export function tcp_full_space(sk: TcpSock): number {
  return tcp_win_from_space(sk, sk.sk_rcvbuf);
}

/** Whether urgent data is being sent. */
export function tcp_urg_mode(sk: TcpSock): boolean {
  return sk.snd_una !== sk.snd_up;
}

/** Sets the recovery state and tells the algorithm. */
export function tcp_set_ca_state(sk: TcpSock, state: number): void {
  sk.icsk_ca?.set_state(sk, state);
  sk.icsk_ca_state = state;
}

/** Smallest RTT seen lately, µs; 0xffffffff when there is none. */
export function tcp_min_rtt(sk: TcpSock): number {
  return sk.rtt_min.get();
}

/** Initial window in segments for an MSS and receive window (RFC 6928). */
export function tcp_init_cwnd(sk: TcpSock): number {
  const wanted = sk.sk_dst_cache?.metrics.initcwnd;
  return Math.min(wanted === undefined || wanted === 0 ? TCP_INIT_CWND : wanted, sk.snd_cwnd_clamp);
}
