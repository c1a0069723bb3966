/**
 * What a socket may keep in memory, and what it does keep.
 *
 * @module
 */

/** Sizes and charges, octets. */
export class SocketBuffers {
  /** Charged for what came in, overhead included. */
  rmem_alloc = 0;
  /** Charged for packets on their way out, overhead included. */
  wmem_alloc = 0;
  /** Queued for sending and not released yet (streams). */
  wmem_queued = 0;
  /** Packets dropped at this socket. */
  drops = 0;

  /** Buffers of these sizes. */
  constructor(public sndbuf: number, public rcvbuf: number) {}
}
