/**
 * What a program has set on a TCP socket (`SOL_TCP`).
 *
 * @module
 */

/** The state behind `SOL_TCP` options. A child takes over its listener's. Times in µs; 0 or `undefined`: the stack's default. */
export class TcpSettings {
  /** TCP_NODELAY. */
  nodelay = false;
  /** TCP_CORK. */
  cork = false;
  /** TCP_MAXSEG: largest segment either way, octets; 0 for none. */
  maxseg = 0;
  /** TCP_KEEPIDLE. */
  keepIdle = 0;
  /** TCP_KEEPINTVL. */
  keepInterval = 0;
  /** TCP_KEEPCNT. */
  keepCount = 0;
  /** TCP_SYNCNT. */
  synCount = 0;
  /** TCP_LINGER2: -1 leaves out FIN-WAIT-2, 0 is the stack's default. */
  linger2 = 0;
  /** TCP_DEFER_ACCEPT: how many SYN-ACK timeouts a listener waits for data, 0 for none. */
  deferAccept = 0;
  /** TCP_WINDOW_CLAMP, octets; 0 for none. */
  windowClamp = 0;
  /** TCP_QUICKACK as set last; `undefined` if never. */
  congestion = "";
  /** TCP_THIN_LINEAR_TIMEOUTS. */
  thinLinearTimeouts = false;
  /** TCP_THIN_DUPACK is accepted and does nothing. */
  thinDupack = false;
  /** TCP_USER_TIMEOUT. */
  userTimeout = 0;
  /** TCP_FASTOPEN on a listener: most children that may not be confirmed yet. */
  fastOpenQueue = 0;
  /** TCP_FASTOPEN_CONNECT. */
  fastOpenConnect = false;
  /** TCP_FASTOPEN_NO_COOKIE. */
  fastOpenNoCookie = false;
  /** TCP_FASTOPEN_KEY; `undefined` is the stack's. */
  fastOpenKeys: readonly Uint8Array[] | undefined = undefined;
  /** TCP_NOTSENT_LOWAT; 0 is the stack's. */
  notsentLowat = 0;
  /** TCP_SAVE_SYN: 1 IP and TCP headers, 2 link header, too. */
  saveSyn = 0;
  /** TCP_INQ. */
  inq = false;
  /** TCP_TX_DELAY, kept only. */
  txDelay = 0;
  /** TCP_RTO_MAX_MS. */
  rtoMax = 0;
  /** TCP_RTO_MIN_US. */
  rtoMin = 0;
  /** TCP_DELACK_MAX_US. */
  delackMax = 0;

  /** A listener's settings for its child. */
  inherit(parent: TcpSettings): void {
    Object.assign(this, parent);
  }
}
