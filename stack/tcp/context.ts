/**
 * What all TCP endpoints of one stack share.
 *
 * @module
 */
import type { Deviations } from "../deviations.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import type { BindTable } from "../inet/ports.ts";
import type { IpAddress } from "../wire/address.ts";
import type { TcpConfig } from "./config.ts";
import type { InitialSequence } from "./initial_sequence.ts";
import type { PeerMemory } from "./peer_memory.ts";
import type { RecoverySettings } from "./recovery/parts.ts";
import type { OctetPool } from "./send/octet_store.ts";
import type { Transmitter } from "./send/transmit.ts";
import type { SegmentTable } from "./table.ts";

/** Takes over the four-tuple of a connection that is closed. */
export interface TimeWaitRoom {
  /** How many wait. */
  readonly size: number;
}

/** One stack's TCP, as its endpoints see it. */
export interface TcpContext extends SockContext {
  readonly config: TcpConfig;
  readonly deviations: Deviations;
  readonly table: SegmentTable;
  readonly ports: BindTable;
  readonly transmitter: Transmitter;
  /** Storage for what programs write. */
  readonly pool: OctetPool;
  readonly sequence: InitialSequence;
  readonly peers: PeerMemory;
  readonly recoverySettings: RecoverySettings;
  /** How far the last challenge ACKs of all connections are spent. */
  readonly challenges: ChallengeBudget;
  /** Connections in TIME-WAIT. */
  timeWaits: number;
  /** Connections whose socket the program has closed. */
  orphans: number;
}

/** A budget of answers per second for the whole stack (RFC 5961 section 7). */
export class ChallengeBudget {
  private second = -1;
  private left = 0;

  /** Whether one more may be sent at `now`, of `limit` a second. */
  // RFC5961-7-throttle: an answer that anybody can provoke is limited.
  spend(now: number, limit: number): boolean {
    if (limit === 0x7fffffff) return true;
    const second = Math.floor(now / 1e6);
    if (second !== this.second) {
      this.second = second;
      this.left = limit;
    }
    if (this.left <= 0) return false;
    this.left--;
    return true;
  }
}

/** The four-tuple as arguments. */
export interface Ends {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
}
