/** The part of the syntax tree that describes packets. Exported through `syntax.ts`. */
import type { Node } from "./syntax_node.ts";
import type { ChecksumSpec } from "./syntax_checksum.ts";
import type { ArpMessage, EthernetInfo, InterfaceName, WordedMessage } from "./syntax_link.ts";
import type { MptcpOption, SubflowAddresses } from "./syntax_mptcp.ts";

/** A packet to inject (`in`, `<`) or to expect (`out`, `>`). */
export interface PacketAction extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "packet";
  /** Seen from the stack under test. */
  readonly direction: "in" | "out";
  /** Superset `eth0 <`: the interface that it passes. */
  readonly interface: InterfaceName | undefined;
  /** Superset: how often, `?` is 0 to 1. Undefined is exactly once. */
  readonly repeat: Repeat | undefined;
  /** Superset `eth …:`: fields of the Ethernet header that the script names. */
  readonly ethernet: EthernetInfo | undefined;
  /** Outermost first. */
  readonly encapsulations: readonly Encapsulation[];
  /** Fields of the innermost IP header that the script names. */
  readonly ip: IpInfo | undefined;
  /** Superset `A > B:`: literal addresses in place of the socket's. */
  readonly addresses: AddressPair | undefined;
  /** Superset `frag A:B`: only this part of the datagram is on the wire. */
  readonly fragment: Fragment | undefined;
  /** What the IP packet carries. */
  readonly transport: Transport;
}

/** Superset `{min,max}`, `{n}`, `{n,}` (max is Infinity) and `?`. */
export interface Repeat extends Node {
  /** Fewest packets. */
  readonly min: number;
  /** Most packets; Infinity for no limit. */
  readonly max: number;
}

/** Superset `A > B:`, text as written, valid for the packet's family. Undefined: `*`, the address it would have anyway. */
export interface AddressPair extends Node {
  /** In front of the `>`. */
  readonly source: string | undefined;
  /** Behind the `>`. */
  readonly destination: string | undefined;
}

/**
 * Superset `frag start:end [mf|-mf] [fill 0xNN]`: bytes start..end of the payload of the datagram that the
 * rest of the line describes (RFC 791 3.2, RFC 8200 4.5). May reach beyond the datagram inbound: what is missing is filled.
 */
export interface Fragment extends Node {
  /** First byte of the IP payload. Should be a multiple of 8; the low three bits cannot be put on the wire. */
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
  /** More fragments; undefined: set unless the fragment reaches the datagram's end. */
  readonly mf: boolean | undefined;
  /** Every byte of this fragment replaced by this one, to tell overlapping fragments apart. */
  readonly fill: number | undefined;
}

/** Names of the ECN field's values (RFC 3168); `ect01` is ECT(0) or ECT(1), outbound only. */
export type EcnWord = "noecn" | "ect0" | "ect1" | "ce" | "ect01";

/**
 * Fields of an IP header set (inbound) or checked (outbound). Undefined: default inbound, unchecked outbound.
 * The first four are packetdrill's own, `dscp` is nplab's, the others are superset.
 */
export interface IpInfo extends Node {
  /** ECN field by name; as a value, noecn 0, ect1 1, ect0 2, ce 3. */
  readonly ecn: EcnWord | undefined;
  /** Whole TOS or traffic class byte. */
  readonly tos: number | undefined;
  /** TTL or hop limit. */
  readonly ttl: number | undefined;
  /** IPv6 flow label, 20 bits. */
  readonly flowLabel: number | undefined;
  /** 6-bit DSCP. */
  readonly dscp: number | undefined;
  /** Version field, 4 bits. */
  readonly version: number | undefined;
  /** IHL in 32-bit words. */
  readonly headerLength: number | undefined;
  /** IPv4 total length or IPv6 payload length field. */
  readonly totalLength: number | undefined;
  /** IPv4 identification, or the identification of the IPv6 fragment header. */
  readonly id: number | undefined;
  /** Don't fragment. */
  readonly df: boolean | undefined;
  /** More fragments. */
  readonly mf: boolean | undefined;
  /** Reserved bit of the IPv4 flags (the "evil" bit). */
  readonly reserved: boolean | undefined;
  /** Fragment offset in bytes. */
  readonly fragmentOffset: number | undefined;
  /** IPv4 protocol, or IPv6 next header of the last header before the payload. */
  readonly protocol: number | undefined;
  /** IPv4 header checksum. */
  readonly checksum: ChecksumSpec | undefined;
  /** Raw IPv4 option bytes as written (padded with zeros to a multiple of 4 when built). */
  readonly options: Uint8Array | undefined;
  /** IPv6 extension headers in order, in front of the fragment header if there is one. */
  readonly extensions: readonly ExtensionHeader[];
}

/** Superset: an IPv6 extension header, body without next-header and length bytes (padded to 8n-2 when built with PadN). */
export interface ExtensionHeader extends Node {
  /** Which header. */
  readonly kind: "hop-by-hop" | "routing" | "destination";
  /** Its bytes behind the length byte. */
  readonly data: Uint8Array;
}

/** An outer header. */
export type Encapsulation = IpEncapsulation | GreEncapsulation | MplsEncapsulation;

/** `ipv4 [info] A > B:` or `ipv6 [info] A > B:`; addresses as written. */
export interface IpEncapsulation extends Node {
  /** Family of the outer header. */
  readonly kind: "ipv4" | "ipv6";
  /** Fields of the outer header that the script names. */
  readonly ip: IpInfo | undefined;
  /** Source address. */
  readonly source: string;
  /** Destination address. */
  readonly destination: string;
}

/** `gre: ` with or without fields. */
export interface GreEncapsulation extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "gre";
  /** The header. */
  readonly gre: GreHeader;
}

/** GRE version 0 (RFC 2784, 2890). `flags` is the first 16 bits: 0x8000 checksum, 0x2000 key, 0x1000 sequence. */
export interface GreHeader {
  /** First 16 bits. */
  readonly flags: number;
  /** Checksum field. */
  readonly checksum: number;
  /** Offset (reserved1) field. */
  readonly offset: number;
  /** Key field. */
  readonly key: number;
  /** Sequence number field. */
  readonly sequence: number;
}

/** `mpls (label …) …:`. */
export interface MplsEncapsulation extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "mpls";
  /** The stack, top first. */
  readonly entries: readonly MplsEntry[];
}

/** One label stack entry (RFC 3032). */
export interface MplsEntry extends Node {
  /** 20 bits. */
  readonly label: number;
  /** 3 bits. */
  readonly trafficClass: number;
  /** `[S]`: bottom of stack. */
  readonly bottom: boolean;
  /** 8 bits. */
  readonly ttl: number;
}

/** What an IP packet carries. */
export type Transport = TcpSegment | UdpDatagram | IcmpMessage | RawIpPayload | WordedMessage | ArpMessage;

/** `5000 > 80`. */
export interface Ports extends Node {
  /** Source port; 0 is "not given" for packetdrill. */
  readonly source: number;
  /** Destination port. */
  readonly destination: number;
}

/** Superset payload bytes other than zeros. */
export interface Payload extends Node {
  /** As many as the packet says. */
  readonly bytes: Uint8Array;
}

/** A TCP segment (RFC 9293 3.1). */
export interface TcpSegment extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "tcp";
  /** `encap psp spi N`: inside a PSP packet. */
  readonly psp: (Node & { readonly spi: number }) | undefined;
  /** Explicit ports; undefined: those of the socket. */
  readonly ports: Ports | undefined;
  /** Header bits. */
  readonly flags: TcpFlags;
  /** Sequence numbers and payload length. */
  readonly seq: SequenceRange;
  /** Acknowledgment number, whether or not the ACK flag is set; undefined is 0. */
  readonly ack: number | undefined;
  /** Superset `ack A~B`, outbound: any number from {@link ack} to this one. */
  readonly ackEnd: number | undefined;
  /** Raw 16-bit field. Always given inbound. */
  readonly window: number | undefined;
  /** Urgent pointer; undefined is 0. */
  readonly urgent: number | undefined;
  /** Options. */
  readonly options: TcpOptionList;
  /** nplab `/udp(s > d)`: inside a UDP datagram. */
  readonly udpEncapsulation: Ports | undefined;
  /** nplab `[code N, pen N]`: RST diagnostic payload. */
  readonly resetDiagnostic: (Node & { readonly code: number; readonly pen: number }) | undefined;
  /** Superset `csum`. */
  readonly checksum: ChecksumSpec | undefined;
  /** Superset `res N`: the three reserved bits (AE is not among them). */
  readonly reserved: number | undefined;
  /** Superset `doff N`: data offset field in 32-bit words. */
  readonly dataOffset: number | undefined;
  /** Superset `payload`. */
  readonly payload: Payload | undefined;
  /** Superset `trunc N`: only the first N bytes of the segment are on the wire. */
  readonly truncate: number | undefined;
  /** Superset `exact`: ports and the echoed time stamp are compared, too. */
  readonly exact: boolean;
  /** multipath-tcp's `addr[a] > addr[b]` in front: the subflow between these addresses. */
  readonly subflow: SubflowAddresses | undefined;
}

/** Header bits, and whether the three ECN bits were written as an ACE counter. */
export interface TcpFlags extends Node {
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256. */
  readonly bits: number;
  /** FIN. */
  readonly fin: boolean;
  /** SYN. */
  readonly syn: boolean;
  /** RST. */
  readonly rst: boolean;
  /** PSH. */
  readonly psh: boolean;
  /** Superset `p`: PSH may be set or not. */
  readonly anyPush: boolean;
  /** ACK. */
  readonly ack: boolean;
  /** URG. */
  readonly urg: boolean;
  /** ECE. */
  readonly ece: boolean;
  /** CWR. */
  readonly cwr: boolean;
  /** AE. */
  readonly ae: boolean;
  /** The digit written, 1 to 7; undefined for no digit and for 0, which reads as "no ECN flags". */
  readonly ace: number | undefined;
}

/** `start:end(length)`, in script numbers. */
export interface SequenceRange extends Node {
  /** Sequence number of the segment. */
  readonly start: number;
  /** start + length. */
  readonly end: number;
  /** Payload bytes; SYN and FIN not counted. */
  readonly length: number;
  /** nplab `s:e(n)!`: numbers as on the wire, not mapped. */
  readonly absolute: boolean;
  /** nplab `...(n)`: sequence number not compared; start and end are 0. */
  readonly wildcard: boolean;
}

/** The option list of a segment: absent (no options), `<...>` (unchecked, outbound only), or a list. */
export type TcpOptionList =
  | { readonly kind: "none" }
  | (Node & { readonly kind: "any" })
  | (Node & {
    readonly kind: "list";
    readonly options: readonly TcpOption[];
    /** Bytes on the wire, a multiple of 4 and at most 40 unless `doff`, `opt` or `raw` is used, or {@link open}. */
    readonly length: number;
    /** Superset `<{…}>`: in any order, padding aside. */
    readonly unordered: boolean;
    /** Superset `…,...>`: others may follow, or be among them if {@link unordered}. */
    readonly rest: boolean;
    /** There may be more bytes than {@link length}: by one of the two before, or a wildcard of any length. */
    readonly open: boolean;
  });

/** One TCP option. `encodeTcpOption` in `tcp_options.ts` gives its bytes. */
export type TcpOption =
  | (Node & { readonly kind: "eol" })
  | (Node & { readonly kind: "nop" })
  | (Node & { readonly kind: "mss"; readonly value: Wildcard<number> })
  | (Node & { readonly kind: "wscale"; readonly shift: Wildcard<number> })
  | (Node & { readonly kind: "sackOK" })
  | (Node & {
    readonly kind: "sack";
    /** `*`: any number of blocks. */
    readonly blocks: Wildcard<readonly SackBlock[]>;
  })
  | (Node & {
    readonly kind: "timestamp";
    /** Undefined: superset `val *` or nplab `val ...`, neither recorded nor compared. */
    readonly val: number | undefined;
    readonly ecr: Wildcard<number>;
    /** The echo is compared, which packetdrill does not do: `val *` asks for it, and `exact`. */
    readonly ecrCompared: boolean;
    /** nplab `ecr N!`: sent unmapped. */
    readonly ecrAbsolute: boolean;
  })
  | (Node & {
    readonly kind: "md5";
    /** Undefined: nplab `md5 valid`, computed with the secret (RFC 2385). */
    readonly digest: Wildcard<Uint8Array> | undefined;
  })
  | (Node & {
    readonly kind: "fastopen";
    readonly cookie: Wildcard<Uint8Array>;
    /** Option 254 with magic 0xF989 rather than option 34. */
    readonly experimental: boolean;
  })
  | (Node & {
    readonly kind: "accecn";
    /** 0: option 172, counters in the order e0b ceb e1b; 1: option 174, e1b ceb e0b. */
    readonly order: 0 | 1;
    /** Counters written, 24 bits each, in wire order; none to three. */
    readonly counters: readonly Wildcard<number>[];
    /** nplab `exp-AccECN0/1`: option 254 with experiment id 0xACC0 or 0xACC1. */
    readonly experimental: boolean;
  })
  | (Node & {
    /** Superset `opt KIND HEX`, nplab `gen-KIND HEX`. */
    readonly kind: "generic";
    readonly optionKind: number;
    readonly data: Wildcard<Uint8Array>;
  })
  | (Node & {
    /** nplab `exp-HEX HEX` and `exp-tarr N`: option 254, 16-bit experiment id, data. */
    readonly kind: "experimental";
    readonly experiment: number;
    readonly data: Wildcard<Uint8Array>;
  })
  | (Node & {
    /** Superset `AO keyid N rnextkeyid N mac HEX` (RFC 5925). */
    readonly kind: "ao";
    readonly keyId: Wildcard<number>;
    readonly rnextKeyId: Wildcard<number>;
    readonly mac: Wildcard<Uint8Array>;
  })
  | MptcpOption
  | (Node & {
    /** Superset `raw HEX`, nplab `<HEX>`: bytes as they are, kind and length included. */
    readonly kind: "bytes";
    readonly data: Uint8Array;
  });

/** Left and right edge of a SACK block (RFC 2018), script numbers. */
export interface SackBlock extends Node {
  /** First sequence number of the block. */
  readonly left: Wildcard<number>;
  /** Behind its last one. */
  readonly right: Wildcard<number>;
}

/** A value, or superset `*` for any: outbound only. */
export type Wildcard<T> = T | "*";

/** A UDP datagram (RFC 768). */
export interface UdpDatagram extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "udp";
  /** Explicit ports; undefined: those of the socket. */
  readonly ports: Ports | undefined;
  /** Payload bytes. */
  readonly length: number;
  /** Superset `csum`; a literal 0 means "no checksum". */
  readonly checksum: ChecksumSpec | undefined;
  /** Superset `len N`: the length field. */
  readonly lengthField: number | undefined;
  /** Superset payload bytes; undefined: zeros. */
  readonly payload: Payload | undefined;
  /** Superset `trunc N`: only the first N bytes of the datagram, header included, are on the wire. */
  readonly truncate: number | undefined;
  /** Superset `exact`: ports are compared, too. */
  readonly exact: boolean;
  /** nplab `udplite (length, coverage)` (RFC 3828): undefined for UDP. */
  readonly coverage: number | undefined;
}

/** An ICMP (RFC 792) or ICMPv6 (RFC 4443) message, by the script's wire family. */
export interface IcmpMessage extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "icmp";
  /** Type field. */
  readonly type: number;
  /** Code field. */
  readonly code: number;
  /** Next-hop or link MTU. */
  readonly mtu: number | undefined;
  /** Echo identifier; packetdrill does not compare it outbound, the superset does if {@link exact} is set. */
  readonly id: number | undefined;
  /** Superset: echo sequence number. */
  readonly sequence: number | undefined;
  /** Superset: pointer of a parameter problem. */
  readonly pointer: number | undefined;
  /** What is quoted; undefined is packetdrill's default, `[0:0(0)]` as TCP. */
  readonly quoted: IcmpQuote | undefined;
  /** Superset `(N)`: no quote, N bytes after the 8-byte ICMP header (echo data). */
  readonly dataLength: number | undefined;
  /** Superset: what those bytes are; undefined: zeros. */
  readonly payload: Payload | undefined;
  /** Superset `csum`. */
  readonly checksum: ChecksumSpec | undefined;
  /** Superset `trunc N`: only the first N bytes of the message are on the wire. */
  readonly truncate: number | undefined;
  /**
   * Outbound: id, seq, mtu, pointer, quote and data are compared as far as written. Set by the superset word `exact`
   * and by every other word of the superset; packetdrill compares type, code and length only.
   */
  readonly exact: boolean;
}

/** The bracket of an ICMP message. */
export type IcmpQuote =
  | (Node & { readonly kind: "tcp"; readonly seq: SequenceRange; readonly udpEncapsulation: Ports | undefined })
  | (Node & { readonly kind: "udp"; readonly length: number })
  /** No quote: the whole message, ICMP header included, is `length` zero-filled bytes. */
  | (Node & { readonly kind: "raw"; readonly length: number })
  /**
   * Superset `[( packet )]`: a packet in script syntax. It travelled against the direction of the message that quotes
   * it: `out`, sent by the stack under test, when the message is inbound.
   * `transport.truncate` says how many bytes of the transport part are quoted; undefined: all inbound, unchecked outbound.
   */
  | (Node & {
    readonly kind: "packet";
    readonly direction: "in" | "out";
    readonly ip: IpInfo | undefined;
    readonly addresses: AddressPair | undefined;
    readonly fragment: Fragment | undefined;
    readonly transport: Transport;
  });

/** Superset `ip proto N (len)`: an IP packet with an arbitrary payload. */
export interface RawIpPayload extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "ip";
  /** Protocol or next header. */
  readonly protocol: number;
  /** Payload bytes. */
  readonly length: number;
  /** What they are; undefined: zeros. */
  readonly payload: Payload | undefined;
  /** Superset `trunc N`: only the first N bytes are on the wire. */
  readonly truncate: number | undefined;
}
