/**
 * What is remembered of peers between connections: Fast Open cookies, the MSS they announced, and when to leave Fast Open alone
 * (RFC 7413 section 4.1.3).
 *
 * @module
 */
import type { IpAddress } from "../wire/address.ts";

/** Peers that are remembered at most. */
const MOST = 8192;

/** What is known of one peer. */
export interface PeerRecord {
  /** Fast Open cookie. */
  cookie: Uint8Array | undefined;
  /** The cookie came in the experimental option. */
  experimental: boolean;
  /** MSS it announced last, 0 for unknown. */
  mss: number;
  /** SYNs with data that were lost since one came through. */
  synDataLost: number;
  /** When the last of them was sent, µs. */
  synDataLostAt: number;
  /** How often a cookie was asked for in vain: the second time the other option kind is tried, then no more. */
  tryExperimental: number;
  /** Last TSval seen of the peer and when, for a new connection out of TIME-WAIT; unused otherwise. */
  srtt: number;
}

/** One stack's memory of its peers. */
export class PeerMemory {
  private readonly peers = new Map<string, PeerRecord>();

  /** What is known of a peer as seen from one local address. */
  find(local: IpAddress, remote: IpAddress): PeerRecord | undefined {
    return this.peers.get(`${local.key} ${remote.key}`);
  }

  /** The same, with an empty record where there is none. */
  record(local: IpAddress, remote: IpAddress): PeerRecord {
    const key = `${local.key} ${remote.key}`;
    let record = this.peers.get(key);
    if (record === undefined) {
      if (this.peers.size >= MOST) this.forgetOldest();
      record = {
        cookie: undefined,
        experimental: false,
        mss: 0,
        synDataLost: 0,
        synDataLostAt: 0,
        tryExperimental: 0,
        srtt: 0,
      };
      this.peers.set(key, record);
    }
    return record;
  }

  private forgetOldest(): void {
    for (const key of this.peers.keys()) {
      this.peers.delete(key);
      return;
    }
  }

  /** Forgets everything (`ip tcp_metrics flush`). */
  flush(): void {
    this.peers.clear();
  }
}
