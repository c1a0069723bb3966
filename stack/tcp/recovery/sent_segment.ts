/**
 * What recovery writes on each segment of the send queue.
 *
 * @module
 */

/** How a sent segment stands in the scoreboard: bits of {@link SentSegment.marks}. */
export const Mark = {
  /** Acknowledged selectively. */
  Sacked: 1,
  /** Concluded to be lost, its retransmission not sent yet or lost, too. */
  Lost: 2,
  /** A retransmission of it is in flight. */
  Retransmitted: 4,
  /** Was retransmitted once at least. */
  EverRetransmitted: 8,
} as const;

/**
 * A segment of the send queue as recovery sees it: up to a burst of several MSS, handed to the network at once. The queue's own
 * segments extend this; all but `seq`, `end` and `pieces` are recovery's alone.
 */
export abstract class SentSegment {
  /** {@link Mark} bits; 0 before it is sent. */
  marks = 0;
  /** How often it was sent. */
  transmissions = 0;
  /** When it was sent first, µs. */
  firstSentAt = 0;
  /** When it was sent last, µs. */
  sentAt = 0;
  /** Segments delivered in all at the last transmission (delivery rate). */
  deliveredThen = 0;
  /** Of them those with a CE mark. */
  deliveredMarkedThen = 0;
  /** When the last delivery before the last transmission was, µs. */
  deliveredAtThen = 0;
  /** When the flight that it belongs to began to be sent, µs. */
  flightStartThen = 0;
  /** Segments in flight after the last transmission. */
  inFlightThen = 0;
  /** Whether the sender had too little to send at the last transmission. */
  appLimitedThen = false;
  /** The segment whose last transmission came before this one's. */
  sentBefore: SentSegment | undefined = undefined;
  /** The segment whose last transmission came after this one's. */
  sentAfter: SentSegment | undefined = undefined;

  /** `seq` is its first sequence number, `end` the one after it (SYN and FIN count), `pieces` how many segments on the wire it makes. */
  constructor(public seq: number, public end: number, public pieces: number) {}

  /** Takes over everything that recovery knows of `other`, of which it is a part. Its place in the order of transmission is left open. */
  inherit(other: SentSegment): void {
    this.marks = other.marks;
    this.transmissions = other.transmissions;
    this.firstSentAt = other.firstSentAt;
    this.sentAt = other.sentAt;
    this.deliveredThen = other.deliveredThen;
    this.deliveredMarkedThen = other.deliveredMarkedThen;
    this.deliveredAtThen = other.deliveredAtThen;
    this.flightStartThen = other.flightStartThen;
    this.inFlightThen = other.inFlightThen;
    this.appLimitedThen = other.appLimitedThen;
  }
}
