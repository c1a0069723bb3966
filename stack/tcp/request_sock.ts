/**
 * A handshake under way at a listener (`struct tcp_request_sock`): what is kept between SYN and ACK.
 *
 * @module
 */
import type { IpAddress } from "../wire/address.ts";
import type { Timer } from "../timers.ts";
import type { EhashEntry } from "./ehash.ts";
import type { TcpSock } from "./state.ts";

/** One half-open connection. */
export class RequestSock implements EhashEntry {
  readonly kind = "request";
  hash_next: EhashEntry | undefined = undefined;
  hash_key = -1;
  num = 0;
  dport = 0;
  rcv_saddr!: IpAddress;
  daddr!: IpAddress;
  sk_bound_dev_if = 0;
  /** Sequence numbers of the SYN and the SYN+ACK. */
  rcv_isn = 0;
  snt_isn = 0;
  rcv_nxt = 0;
  /** Peer's MSS. */
  mss = 0;
  tstamp_ok = false;
  sack_ok = false;
  wscale_ok = false;
  ecn_ok = false;
  snd_wscale = 0;
  rcv_wscale = 0;
  rsk_rcv_wnd = 0;
  rsk_window_clamp = 0;
  ts_recent = 0;
  ts_off = 0;
  /** Timestamp values that were sent. */
  snt_tsval_first = 0;
  snt_tsval_last = 0;
  /** When the SYN+ACK was sent first, µs. */
  snt_synack = 0;
  num_retrans = 0;
  num_timeout = 0;
  /** The ACK came, and was ignored (deferred accept, full queue). */
  acked = false;
  /** First interval of the timer, µs. */
  timeout = 0;
  tfo_listener = false;
  /** The Fast Open child that waits for this handshake. */
  child: TcpSock | undefined = undefined;
  syn_tos = 0;
  mark = 0;
  flow_label = 0;
  saved_syn: Uint8Array | undefined = undefined;
  last_oow_ack_time = 0;
  timer: Timer | undefined = undefined;

  /** A request at `listener`. */
  constructor(readonly listener: TcpSock) {}
}
