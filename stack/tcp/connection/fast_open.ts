/**
 * Fast Open as the side that opens (RFC 7413 section 4.1.2, 4.1.3).
 *
 * @module
 */

/** One connection's attempt. */
export interface FastOpenAttempt {
  /** The cookie sent with the SYN: empty to ask for one; `undefined`: none at all, and no option. */
  cookie: Uint8Array | undefined;
  /** In the experimental option. */
  experimental: boolean;
  /** Octets of text sent with the SYN. */
  octets: number;
  /** The SYN-ACK acknowledged them (`TCPI_OPT_SYN_DATA`). */
  accepted: boolean;
  /** The SYN-ACK has come, or the SYN was sent again without cookie and text. */
  over: boolean;
  /** Why there was no text, for `tcpi_fastopen_client_fail`. */
  failure: number;
}
