/**
 * What a sender is made of, and what it asks of its connection.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import type { InetSock } from "../../inet/inet_sock.ts";
import type { TcpConfig } from "../config.ts";
import type { Limit } from "../connection/limit_clock.ts";
import type { Negotiated } from "../negotiated.ts";
import type { Path } from "../path.ts";
import type { TcpSettings } from "../settings.ts";
import type { OctetPool } from "./octet_store.ts";
import type { Outbox } from "./outbox.ts";
import type { QueuedSegment } from "./queued_segment.ts";

/** What the sender asks of its connection. */
export interface SenderHost {
  /** The three-way handshake is under way. */
  readonly handshake: boolean;
  /** See {@link RecoveryHost.mayContinue}. */
  mayContinue(timeouts: number, since: number | undefined): boolean;
  /** A zero-window probe is due; `false` when the connection was given up. `since`: when the first went unanswered. */
  mayProbe(probes: number, since: number): boolean;
  /** Text left the queue or was sent: the socket may take more. */
  sendSpaceChanged(): void;
  /** Whether text may be sent: after the handshake, or in one that Fast Open lets send before. */
  readonly maySend: boolean;
  /** Sends the SYN or SYN-ACK, for the first time or again: 0 or `-errno`. */
  sendSyn(again: boolean): number;
  /** A writer waits for room in the send buffer. */
  readonly bufferFull: boolean;
  /** Sending has come to a stop: nothing is left (`none`), or that held it back. */
  sendingStopped(reason: Limit): void;
  /** A segment was sent for the first time. */
  sentNew(segment: QueuedSegment): void;
}

/** What the parts of a sender are. */
export interface SenderParts {
  readonly endpoint: InetSock;
  readonly config: TcpConfig;
  readonly settings: TcpSettings;
  readonly deviations: Deviations;
  readonly negotiated: Negotiated;
  readonly path: Path;
  readonly outbox: Outbox;
  readonly pool: OctetPool;
  readonly host: SenderHost;
}
