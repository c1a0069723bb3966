/**
 * The syntax tree of a script: packetdrill's language, nplab's dialect and netproof's superset, decoded.
 *
 * Every node has a {@link Span}. Symbols (`-D NAME=value`) are already substituted, times are whole
 * microseconds, numbers are numbers. Optional parts are written `T | undefined`, so every node of a kind has the same shape.
 * Protocol fields are named after RFC 791, 8200, 9293, 768, 792 and 4443.
 */

/** A stretch of source text. Offsets are UTF-16 code units, `end` is exclusive; lines and columns count from 1. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** Column just behind the last character. */
  readonly endColumn: number;
}

/** Anything that knows where it was written. */
export interface Node {
  readonly span: Span;
}

/** Which grammar a script was read with. */
export type Dialect = "packetdrill" | "nplab";

/** The `--ip_version` of a run: socket family and wire protocol in one. */
export type IpVersion = "ipv4" | "ipv6" | "ipv4-mapped-ipv6";

/** The protocol of the packets on the wire, fixed when a script is parsed. */
export type WireFamily = "ipv4" | "ipv6";

/** A whole script. */
export interface Script {
  readonly path: string;
  readonly source: string;
  readonly dialect: Dialect;
  readonly ipVersion: IpVersion;
  readonly wire: WireFamily;
  /** The `--name=value` lines at the top, in order, not yet validated against each other. */
  readonly options: readonly ScriptOption[];
  readonly header: HeaderComment;
  readonly initCommand: ShellCommand | undefined;
  readonly events: readonly Event[];
  readonly cleanupCommand: ShellCommand | undefined;
  /** Which words of the superset the script uses, with the place of each; empty for a plain packetdrill script. */
  readonly superset: readonly SupersetUse[];
  /** Every comment, in order of appearance. */
  readonly comments: readonly Comment[];
}

/** One use of a construct that packetdrill itself does not have. */
export interface SupersetUse extends Node {
  readonly feature: string;
}

/** A `//` or block comment, marks included. */
export interface Comment extends Node {
  readonly kind: "line" | "block";
  readonly text: string;
}

/** `key: value` lines of the comments before the first token. */
export interface HeaderComment {
  readonly entries: readonly HeaderEntry[];
  readonly title: string | undefined;
  /** RFC requirement ids, such as `RFC9293-MUST-5`. */
  readonly requires: readonly HeaderValue[];
  /** Targets expected to differ, with the reason. */
  readonly deviates: readonly HeaderDeviation[];
  /** `strict: yes`: a packet nobody expected fails the script, also after its last line. Undefined if not said. */
  readonly strict: boolean | undefined;
  /** The targets that the script is meant for; empty means all. */
  readonly targets: readonly string[];
  /** The `--ip_version`s that the script is meant for; empty means all. */
  readonly variants: readonly IpVersion[];
}

/** One `key: value` line as written. Continuation lines (indented further than the key) are joined by a blank. */
export interface HeaderEntry extends Node {
  readonly key: string;
  readonly value: string;
}

/** One element of a comma list in the header. */
export interface HeaderValue extends Node {
  readonly value: string;
}

/** `deviates: linux — reason`. */
export interface HeaderDeviation extends Node {
  readonly target: string;
  readonly reason: string;
}

/** `--name` or `--name=value` at the top of a script. */
export interface ScriptOption extends Node {
  /** Without the dashes. */
  readonly name: string;
  /** The text of the value, quotes removed; `NAME=value` for `--define`. */
  readonly value: string | undefined;
  readonly valueSpan: Span | undefined;
}

/** A back-quoted shell command, text between the marks, nothing unescaped. */
export interface ShellCommand extends Node {
  readonly command: string;
}

/** One event of the timeline. */
export interface Event extends Node {
  readonly time: TimeSpec;
  readonly action: Action;
  /** Line of the time token: the line that messages name. */
  readonly line: number;
}

/** When an event happens, in whole microseconds (`trunc(seconds * 1e6)`). */
export type TimeSpec =
  | AbsoluteTime
  | RelativeTime
  | AnyTime
  | AbsoluteRange
  | RelativeRange;

/** `0.5`: at that script time. */
export interface AbsoluteTime extends Node {
  readonly kind: "absolute";
  readonly at_us: number;
}

/** `+0.5`: that long after the previous event finished. */
export interface RelativeTime extends Node {
  readonly kind: "relative";
  readonly delta_us: number;
}

/** `*`: whenever it comes (outbound packets only). */
export interface AnyTime extends Node {
  readonly kind: "any";
}

/** `1~2`: between those script times (outbound packets only). */
export interface AbsoluteRange extends Node {
  readonly kind: "absolute-range";
  readonly from_us: number;
  readonly to_us: number;
}

/** `+1~+2`: between those delays after the previous event (outbound packets only). */
export interface RelativeRange extends Node {
  readonly kind: "relative-range";
  readonly from_us: number;
  readonly to_us: number;
}

/** What an event does. */
export type Action =
  | PacketAction
  | SilenceAction
  | SystemCallAction
  | MibAction
  | CommandAction
  | CodeAction;

/** A timed shell command. */
export interface CommandAction extends ShellCommand {
  readonly kind: "command";
}

/** `%{ … }%`: text between the marks, blanks and tabs at both ends removed. */
export interface CodeAction extends Node {
  readonly kind: "code";
  readonly text: string;
}

/** Superset `> none`: from the end of the previous event until this event's time nothing may be sent. */
export interface SilenceAction extends Node {
  readonly kind: "silence";
}

/**
 * Superset `mib("Udp.InCsumErrors") = +1`: a counter as `/proc/net/snmp`, `netstat` and `snmp6` name it.
 * `relative`: compared with the difference since the script's start, else with the counter itself.
 */
export interface MibAction extends Node {
  readonly kind: "mib";
  readonly counter: string;
  readonly counterSpan: Span;
  readonly relation: "=" | ">=" | "<=";
  readonly relative: boolean;
  readonly value: number;
}

// ---------------------------------------------------------------------------------------------- packets

/** A packet to inject (`in`, `<`) or to expect (`out`, `>`). */
export interface PacketAction extends Node {
  readonly kind: "packet";
  readonly direction: "in" | "out";
  /** Superset: how often, `?` is 0 to 1. Undefined is exactly once. */
  readonly repeat: Repeat | undefined;
  /** Outermost first. */
  readonly encapsulations: readonly Encapsulation[];
  /** Fields of the innermost IP header that the script names. */
  readonly ip: IpInfo | undefined;
  /** Superset `A > B:`: literal addresses in place of the socket's. */
  readonly addresses: AddressPair | undefined;
  /** Superset `frag A:B`: only this part of the datagram is on the wire. */
  readonly fragment: Fragment | undefined;
  readonly transport: Transport;
}

/** Superset `{min,max}`, `{n}`, `{n,}` (max is Infinity) and `?`. */
export interface Repeat extends Node {
  readonly min: number;
  readonly max: number;
}

/** Superset `A > B:`, text as written, valid for the packet's family. Undefined: `*`, the address it would have anyway. */
export interface AddressPair extends Node {
  readonly source: string | undefined;
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

/** A checksum that is not simply the right one: off by one bit pattern (`bad`) or literal. */
export type ChecksumSpec =
  | (Node & { readonly kind: "bad" })
  | (Node & { readonly kind: "value"; readonly value: number });

/** Names of the ECN field's values (RFC 3168); `ect01` is ECT(0) or ECT(1), outbound only. */
export type EcnWord = "noecn" | "ect0" | "ect1" | "ce" | "ect01";

/**
 * Fields of an IP header set (inbound) or checked (outbound). Undefined: default inbound, unchecked outbound.
 * The first four are packetdrill's own, `dscp` is nplab's, the others are superset.
 */
export interface IpInfo extends Node {
  readonly ecn: EcnWord | undefined;
  /** Whole TOS or traffic class byte. */
  readonly tos: number | undefined;
  /** TTL or hop limit. */
  readonly ttl: number | undefined;
  readonly flowLabel: number | undefined;
  /** 6-bit DSCP. */
  readonly dscp: number | undefined;
  readonly version: number | undefined;
  /** IHL in 32-bit words. */
  readonly headerLength: number | undefined;
  /** IPv4 total length or IPv6 payload length field. */
  readonly totalLength: number | undefined;
  /** IPv4 identification, or the identification of the IPv6 fragment header. */
  readonly id: number | undefined;
  readonly df: boolean | undefined;
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
  readonly kind: "hop-by-hop" | "routing" | "destination";
  readonly data: Uint8Array;
}

/** An outer header. */
export type Encapsulation = IpEncapsulation | GreEncapsulation | MplsEncapsulation;

/** `ipv4 [info] A > B:` or `ipv6 [info] A > B:`; addresses as written. */
export interface IpEncapsulation extends Node {
  readonly kind: "ipv4" | "ipv6";
  readonly ip: IpInfo | undefined;
  readonly source: string;
  readonly destination: string;
}

/** `gre: ` with or without fields. */
export interface GreEncapsulation extends Node {
  readonly kind: "gre";
  readonly gre: GreHeader;
}

/** GRE version 0 (RFC 2784, 2890). `flags` is the first 16 bits: 0x8000 checksum, 0x2000 key, 0x1000 sequence. */
export interface GreHeader {
  readonly flags: number;
  readonly checksum: number;
  readonly offset: number;
  readonly key: number;
  readonly sequence: number;
}

/** `mpls (label …) …:`. */
export interface MplsEncapsulation extends Node {
  readonly kind: "mpls";
  readonly entries: readonly MplsEntry[];
}

/** One label stack entry (RFC 3032). */
export interface MplsEntry extends Node {
  readonly label: number;
  readonly trafficClass: number;
  /** `[S]`: bottom of stack. */
  readonly bottom: boolean;
  readonly ttl: number;
}

/** What an IP packet carries. */
export type Transport = TcpSegment | UdpDatagram | IcmpMessage | RawIpPayload;

/** `5000 > 80`. */
export interface Ports extends Node {
  readonly source: number;
  readonly destination: number;
}

/** Superset payload bytes other than zeros. */
export interface Payload extends Node {
  readonly bytes: Uint8Array;
}

/** A TCP segment (RFC 9293 3.1). */
export interface TcpSegment extends Node {
  readonly kind: "tcp";
  /** `encap psp spi N`: inside a PSP packet. */
  readonly psp: (Node & { readonly spi: number }) | undefined;
  readonly ports: Ports | undefined;
  readonly flags: TcpFlags;
  readonly seq: SequenceRange;
  readonly ack: number | undefined;
  /** Raw 16-bit field. Always given inbound. */
  readonly window: number | undefined;
  readonly urgent: number | undefined;
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
}

/** Header bits, and whether the three ECN bits were written as an ACE counter. */
export interface TcpFlags extends Node {
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128, AE 256. */
  readonly bits: number;
  readonly fin: boolean;
  readonly syn: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  readonly ack: boolean;
  readonly urg: boolean;
  readonly ece: boolean;
  readonly cwr: boolean;
  readonly ae: boolean;
  /** The digit written, 1 to 7; undefined for no digit and for 0, which reads as "no ECN flags". */
  readonly ace: number | undefined;
}

/** `start:end(length)`, in script numbers. */
export interface SequenceRange extends Node {
  readonly start: number;
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
    /** Bytes on the wire, a multiple of 4 and at most 40 unless `doff`, `opt` or `raw` is used. */
    readonly length: number;
  });

/** One TCP option. `encodeTcpOption` in `tcp_options.ts` gives its bytes. */
export type TcpOption =
  | (Node & { readonly kind: "eol" })
  | (Node & { readonly kind: "nop" })
  | (Node & { readonly kind: "mss"; readonly value: number })
  | (Node & { readonly kind: "wscale"; readonly shift: number })
  | (Node & { readonly kind: "sackOK" })
  | (Node & { readonly kind: "sack"; readonly blocks: readonly SackBlock[] })
  | (Node & {
    readonly kind: "timestamp";
    /** Undefined: nplab `val ...`, neither recorded nor compared. */
    readonly val: number | undefined;
    readonly ecr: number;
    /** nplab `ecr N!`: sent unmapped. */
    readonly ecrAbsolute: boolean;
  })
  | (Node & {
    readonly kind: "md5";
    /** Undefined: nplab `md5 valid`, computed with the secret (RFC 2385). */
    readonly digest: Uint8Array | undefined;
  })
  | (Node & {
    readonly kind: "fastopen";
    readonly cookie: Uint8Array;
    /** Option 254 with magic 0xF989 rather than option 34. */
    readonly experimental: boolean;
  })
  | (Node & {
    readonly kind: "accecn";
    /** 0: option 172, counters in the order e0b ceb e1b; 1: option 174, e1b ceb e0b. */
    readonly order: 0 | 1;
    /** Counters written, 24 bits each, in wire order; none to three. */
    readonly counters: readonly number[];
    /** nplab `exp-AccECN0/1`: option 254 with experiment id 0xACC0 or 0xACC1. */
    readonly experimental: boolean;
  })
  | (Node & {
    /** Superset `opt KIND HEX`, nplab `gen-KIND HEX`. */
    readonly kind: "generic";
    readonly optionKind: number;
    readonly data: Uint8Array;
  })
  | (Node & {
    /** nplab `exp-HEX HEX` and `exp-tarr N`: option 254, 16-bit experiment id, data. */
    readonly kind: "experimental";
    readonly experiment: number;
    readonly data: Uint8Array;
  })
  | (Node & {
    /** Superset `raw HEX`, nplab `<HEX>`: bytes as they are, kind and length included. */
    readonly kind: "bytes";
    readonly data: Uint8Array;
  });

/** Left and right edge of a SACK block (RFC 2018), script numbers. */
export interface SackBlock extends Node {
  readonly left: number;
  readonly right: number;
}

/** A UDP datagram (RFC 768). */
export interface UdpDatagram extends Node {
  readonly kind: "udp";
  readonly ports: Ports | undefined;
  /** Payload bytes. */
  readonly length: number;
  /** Superset `csum`; a literal 0 means "no checksum". */
  readonly checksum: ChecksumSpec | undefined;
  /** Superset `len N`: the length field. */
  readonly lengthField: number | undefined;
  readonly payload: Payload | undefined;
  /** Superset `trunc N`: only the first N bytes of the datagram, header included, are on the wire. */
  readonly truncate: number | undefined;
}

/** An ICMP (RFC 792) or ICMPv6 (RFC 4443) message, by the script's wire family. */
export interface IcmpMessage extends Node {
  readonly kind: "icmp";
  readonly type: number;
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
  readonly checksum: ChecksumSpec | undefined;
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
  readonly kind: "ip";
  readonly protocol: number;
  readonly length: number;
  readonly payload: Payload | undefined;
  readonly truncate: number | undefined;
}

// ------------------------------------------------------------------------------------------ system calls

/** A system call with what it must return. */
export interface SystemCallAction extends Node {
  readonly kind: "syscall";
  /** End of a call that is expected to block, same base as the event's time; undefined for other calls. */
  readonly blockingEnd_us: number | undefined;
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: readonly Expression[];
  /** Must be an integer literal; checked when the call is made, as packetdrill does. */
  readonly result: Expression;
  /** Only compared when given. `value` is undefined for a name that Linux does not have. */
  readonly errno: (Node & { readonly name: string; readonly value: number | undefined }) | undefined;
  /** Text in parentheses after the result; never compared. */
  readonly note: string | undefined;
}

/** An argument or result. Kinds are named as in packetdrill's messages. */
export type Expression =
  | EllipsisExpression
  | IntegerExpression
  | WordExpression
  | StringExpression
  | BinaryExpression
  | ListExpression
  | GreExpression
  | In6AddrExpression
  | SockaddrInExpression
  | IovecExpression
  | MsghdrExpression
  | CmsgExpression
  | PollfdExpression
  | EpollEventExpression
  | LingerExpression
  | ScmTimestampingExpression
  | SockExtendedErrExpression
  | MplsStackExpression
  | TcpFunctionSetExpression;

/** `...`. */
export interface EllipsisExpression extends Node {
  readonly kind: "ellipsis";
}

/** Decimal or hex literal, or `inet_addr("…")` (network order read as this machine's integer). */
export interface IntegerExpression extends Node {
  readonly kind: "integer";
  /** Exact up to 2^53. */
  readonly value: number;
  /** Exact 64-bit value, for `u64=` and `ptr=`. */
  readonly bits: bigint;
}

/** A name; `value` is its number if the symbol tables know it. */
export interface WordExpression extends Node {
  readonly kind: "word";
  readonly name: string;
  readonly value: number | undefined;
}

/** String literal, adjacent ones joined. */
export interface StringExpression extends Node {
  readonly kind: "string";
  /** As written between the quotes. */
  readonly raw: string;
  /** After escapes; undefined if an escape is bad, then `problem` has packetdrill's message. */
  readonly bytes: Uint8Array | undefined;
  readonly problem: string | undefined;
}

/** `a | b`, or `NAME = value` inside a list (statistics of SCM_TIMESTAMPING_OPT_STATS). */
export interface BinaryExpression extends Node {
  readonly kind: "binary_expression";
  readonly operator: "|" | "=";
  readonly left: Expression;
  readonly right: Expression;
}

/** `[a, b]`, or `{a, b}` (`brace`), which packetdrill treats alike. */
export interface ListExpression extends Node {
  readonly kind: "list";
  readonly elements: readonly Expression[];
  readonly brace: boolean;
}

/** `{flags …, sum …, off …, key …, seq …}`. */
export interface GreExpression extends Node {
  readonly kind: "gre";
  readonly gre: GreHeader;
}

/** `inet6_addr("…")`. */
export interface In6AddrExpression extends Node {
  readonly kind: "in6_addr";
  readonly address: string;
  /** 16 bytes. */
  readonly bytes: Uint8Array;
}

/** `{sa_family = AF_INET, sin_port = htons(N), sin_addr = inet_addr("…")}`. */
export interface SockaddrInExpression extends Node {
  readonly kind: "sockaddr_in";
  readonly family: WordExpression;
  readonly port: number;
  readonly address: string;
}

/** `{..., N}`. */
export interface IovecExpression extends Node {
  readonly kind: "iovec";
  readonly base: Expression;
  readonly length: number;
}

/** `{msg_name(...)=..., msg_iov(N)=[…], msg_flags=F[, msg_control=[…]]}`. */
export interface MsghdrExpression extends Node {
  readonly kind: "msghdr";
  readonly iovLength: number;
  readonly iov: ListExpression;
  readonly flags: Expression;
  readonly control: ListExpression | undefined;
}

/** `{cmsg_level=…, cmsg_type=…, cmsg_data=…}`. */
export interface CmsgExpression extends Node {
  readonly kind: "cmsg";
  readonly level: Expression;
  readonly type: Expression;
  readonly data: Expression;
}

/** `{fd=…, events=…[, revents=…]}`. */
export interface PollfdExpression extends Node {
  readonly kind: "pollfd";
  readonly fd: Expression;
  readonly events: Expression;
  readonly revents: Expression | undefined;
}

/** `{events=…, fd=…}` or with ptr, u32, u64. */
export interface EpollEventExpression extends Node {
  readonly kind: "epollev";
  readonly events: Expression;
  readonly dataKind: "fd" | "ptr" | "u32" | "u64";
  readonly data: Expression;
}

/** `{onoff=N, linger=N}`. */
export interface LingerExpression extends Node {
  readonly kind: "linger";
  readonly onoff: number;
  readonly linger: number;
}

/** `{scm_sec=N, scm_nsec=N}`. */
export interface ScmTimestampingExpression extends Node {
  readonly kind: "scm_timestamping";
  readonly sec: number;
  readonly nsec: number;
}

/** `{ee_errno=…, ee_origin=…, ee_type=…, ee_code=…, ee_info=…, ee_data=…}`. */
export interface SockExtendedErrExpression extends Node {
  readonly kind: "sock_extended_err";
  readonly errno: Expression;
  readonly origin: Expression;
  readonly type: Expression;
  readonly code: Expression;
  readonly info: Expression;
  readonly data: Expression;
}

/** `{(label …) …}`. */
export interface MplsStackExpression extends Node {
  readonly kind: "mpls_stack";
  readonly entries: readonly MplsEntry[];
}

/** nplab `{function_set_name="…", pcbcnt=N}`. */
export interface TcpFunctionSetExpression extends Node {
  readonly kind: "tcp_function_set";
  readonly name: string;
  readonly pcbcnt: number;
}
