/**
 * The state behind `SOL_SOCKET` options.
 *
 * @module
 */

/** Smallest send buffer: room for two small packets with their overhead. */
export const SOCK_MIN_SNDBUF = 4608;
/** Smallest receive buffer. */
export const SOCK_MIN_RCVBUF = 2304;
/** "No limit" of `SO_MAX_PACING_RATE`. */
export const PACING_UNLIMITED = Infinity;

/** The state behind SOL_SOCKET options. */
export class SocketOptions {
  /** Whether the program has CAP_NET_ADMIN and its like. */
  capable = true;
  reuse = false;
  reuseport = false;
  dontroute = false;
  broadcast = false;
  keepalive = false;
  oobinline = false;
  no_check_tx = false;
  priority = 0;
  mark = 0;
  linger = false;
  /** Linger time, s. */
  lingertime_s = 0;
  rcvlowat = 1;
  /** µs, 0 for none, negative for "do not wait". */
  rcvtimeo_us = 0;
  /** µs, 0 for none, negative for "do not wait". */
  sndtimeo_us = 0;
  /** SO_TIMESTAMP (`us`) or SO_TIMESTAMPNS (`ns`), or neither. */
  timestamp: "us" | "ns" | undefined = undefined;
  /** The option was set by its `_NEW` number. */
  timestamp_new = false;
  /** `SOF_TIMESTAMPING_*` flags. */
  timestamping = 0;
  zerocopy = false;
  rxq_ovfl = false;
  rcvmark = false;
  rcvpriority = false;
  peek_off = -1;
  /** Octets per second. */
  max_pacing_rate = PACING_UNLIMITED;
  lock_filter = false;
  txrehash = 1;
  select_err_queue = false;
  /** Values of the options that only remember theirs, by name; another map after each change. */
  remembered: ReadonlyMap<string, number> = NOTHING;
}

const NOTHING: ReadonlyMap<string, number> = new Map();
