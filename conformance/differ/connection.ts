/**
 * A connection's life as a value: how it is opened and what is done to it, one act after the other. Acts speak of what was
 * before them ("behind the last octet", "of what is outstanding"), so that a life with some acts left out is a life again.
 *
 * @module
 */

/** Something that is done to the stack at its time. */
export type Act =
  | Text
  | FinAct
  | ResetAct
  | SynAct
  | AckAct
  | RespondAct
  | IcmpAct
  | ReadAct
  | WriteAct
  | OptionAct
  | ShutdownAct
  | { readonly kind: "close"; readonly after_ms: number }
  | { readonly kind: "poll"; readonly after_ms: number };

/** Text from the peer. */
export interface Text {
  readonly kind: "text";
  readonly after_ms: number;
  /** Octets. */
  readonly length: number;
  /** Where it begins, from behind the peer's last octet: before it (old, overlapping) or behind it (a hole). */
  readonly gap: number;
  /** TCP flags. */
  readonly flags: string;
  readonly ecn: EcnMark;
  /** How much older (negative) or newer than now its time stamp is, ms. */
  readonly stamp_ms: number;
  /** Urgent pointer, or 0. */
  readonly urgent: number;
  /** Of a segment whose time stamp is not what was negotiated. */
  readonly stampless: boolean;
}

/** The peer's FIN, with text before it. */
export interface FinAct {
  readonly kind: "fin";
  readonly after_ms: number;
  readonly length: number;
  readonly gap: number;
}

/** A RST. */
export interface ResetAct {
  readonly kind: "reset";
  readonly after_ms: number;
  /** Where, from what the peer would send next. */
  readonly gap: number;
  readonly flags: "R" | "R.";
}

/** A SYN on the connection. */
export interface SynAct {
  readonly kind: "syn";
  readonly after_ms: number;
  readonly gap: number;
  readonly flags: "S" | "S.";
}

/** A segment without text that acknowledges, and says what a receiver would not. */
export interface AckAct {
  readonly kind: "ack";
  readonly after_ms: number;
  /** What is acknowledged: so much of what is outstanding, 0 for a duplicate; above 1 what was never sent; below 0 old. */
  readonly share: number;
  /** Sequence number, from what the peer would send next: -1 for a keep-alive probe. */
  readonly gap: number;
  /** What is selectively acknowledged: pairs of shares of what is outstanding, 1 its end. */
  readonly blocks: readonly (readonly [number, number])[];
  /** The window that it brings and that stays, or as it was. */
  readonly window: number | undefined;
  readonly flags: string;
  readonly stamp_ms: number;
}

/** What a receiver says to all that came since it spoke last. */
export interface RespondAct {
  readonly kind: "respond";
  readonly after_ms: number;
  /** Which of the segments are lost on the way: bits, from the first. */
  readonly lost: number;
  /** An acknowledgement for each segment, each two, or one for all. */
  readonly every: 1 | 2 | 99;
  readonly window: number | undefined;
  /** Whether it saw congestion. */
  readonly echo: boolean;
}

/** An ICMP error about what is outstanding. */
export interface IcmpAct {
  readonly kind: "icmp";
  readonly after_ms: number;
  readonly message: "frag_needed" | "host_unreachable" | "port_unreachable" | "protocol_unreachable" | "time_exceeded";
  readonly mtu: number;
  /** Of what segment: a share of what is outstanding; above 1 of none. */
  readonly share: number;
}

/** A read. */
export interface ReadAct {
  readonly kind: "read";
  readonly after_ms: number;
  readonly length: number;
  readonly flags: "0" | "MSG_PEEK" | "MSG_OOB" | "MSG_TRUNC";
}

/** A write. */
export interface WriteAct {
  readonly kind: "write";
  readonly after_ms: number;
  readonly length: number;
  readonly flags: "0" | "MSG_MORE" | "MSG_OOB";
}

/** A socket option with an integer value. */
export interface OptionAct {
  readonly kind: "option";
  readonly after_ms: number;
  readonly option: SocketOption;
}

/** `shutdown`. */
export interface ShutdownAct {
  readonly kind: "shutdown";
  readonly after_ms: number;
  readonly how: "SHUT_RD" | "SHUT_WR" | "SHUT_RDWR";
}

/** The two bits of the IP header. */
export type EcnMark = "noecn" | "ect0" | "ect1" | "ce";

/** An option and its value. */
export interface SocketOption {
  readonly level: "SOL_SOCKET" | "IPPROTO_TCP";
  readonly name: string;
  readonly value: number;
}

/** How a connection is opened. */
export interface Opening {
  readonly family: "ipv4" | "ipv6";
  /** Whether the stack under test waits for the peer's SYN or sends its own. */
  readonly passive: boolean;
  /** What the peer's SYN offers. */
  readonly mss: number | undefined;
  readonly sack: boolean;
  readonly stamps: boolean;
  readonly scale: number | undefined;
  readonly ecn: boolean;
  /** The peer's window on its SYN, and what its later segments say. */
  readonly synWindow: number;
  readonly window: number;
  /** The peer's initial sequence number. */
  readonly isn: number;
  readonly roundTrip_ms: number;
  readonly congestion: "reno" | "cubic";
  /** Set before the handshake. */
  readonly options: readonly SocketOption[];
}

/** A connection from its first packet to its last. */
export interface Life {
  readonly opening: Opening;
  readonly acts: readonly Act[];
}
