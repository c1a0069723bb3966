/** The part of the syntax tree that describes system calls. Exported through `syntax.ts`. */
import type { Node, Span } from "./syntax_node.ts";
import type { GreHeader, MplsEntry } from "./syntax_packet.ts";

/** A system call with what it must return. */
export interface SystemCallAction extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "syscall";
  /** End of a call that is expected to block, same base as the event's time; undefined for other calls. */
  readonly blockingEnd_us: number | undefined;
  /** As written. */
  readonly name: string;
  /** Where the name stands. */
  readonly nameSpan: Span;
  /** In order. */
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
  | SocketAddressExpression
  | PacketInfoExpression
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
  /** Tells it from the other members of its union. */
  readonly kind: "ellipsis";
}

/** Decimal or hex literal, or `inet_addr("…")` (network order read as this machine's integer). */
export interface IntegerExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "integer";
  /** Exact up to 2^53. */
  readonly value: number;
  /** Exact 64-bit value, for `u64=` and `ptr=`. */
  readonly bits: bigint;
}

/** A name; `value` is its number if the symbol tables know it. */
export interface WordExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "word";
  /** As written. */
  readonly name: string;
  /** Its number, if the name is known. */
  readonly value: number | undefined;
}

/** String literal, adjacent ones joined. */
export interface StringExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "string";
  /** As written between the quotes. */
  readonly raw: string;
  /** After escapes; undefined if an escape is bad, then `problem` has packetdrill's message. */
  readonly bytes: Uint8Array | undefined;
  /** What is wrong with an escape. */
  readonly problem: string | undefined;
}

/** `a | b`, or `NAME = value` inside a list (statistics of SCM_TIMESTAMPING_OPT_STATS). */
export interface BinaryExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "binary_expression";
  /** Which of the two. */
  readonly operator: "|" | "=";
  /** Left operand. */
  readonly left: Expression;
  /** Right operand. */
  readonly right: Expression;
}

/** `[a, b]`, or `{a, b}` (`brace`), which packetdrill treats alike. */
export interface ListExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "list";
  /** In order. */
  readonly elements: readonly Expression[];
  /** Written with braces. */
  readonly brace: boolean;
}

/** `{flags …, sum …, off …, key …, seq …}`. */
export interface GreExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "gre";
  /** The header. */
  readonly gre: GreHeader;
}

/** `inet6_addr("…")`. */
export interface In6AddrExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "in6_addr";
  /** As written. */
  readonly address: string;
  /** 16 bytes. */
  readonly bytes: Uint8Array;
}

/** `{sa_family = AF_INET, sin_port = htons(N), sin_addr = inet_addr("…")}`. */
export interface SockaddrInExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "sockaddr_in";
  /** `sa_family`. */
  readonly family: WordExpression;
  /** In host order. */
  readonly port: number;
  /** As written. */
  readonly address: string;
}

/** Superset `10.1.0.1:53`, `[fe80::1%tun1]:53`, `*:53`, `...:53`: an address of a socket. */
export interface SocketAddressExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "socket_address";
  /** As written; `*`: any address; undefined: the one that it would be anyway. */
  readonly address: string | "*" | undefined;
  /** Name of the interface that a link-local address is of. */
  readonly scope: string | undefined;
  /** In host order; undefined: the one that it would be anyway. */
  readonly port: number | undefined;
}

/** Superset `{ipi_ifindex=…, ipi_spec_dst=…, ipi_addr=…}`, `{ipi6_addr=…, ipi6_ifindex=…}`: data of PKTINFO. */
export interface PacketInfoExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "packet_info";
  /** Of which family the structure is. */
  readonly family: 4 | 6;
  /** `ipi_ifindex` or `ipi6_ifindex`: a number, or the name of an interface. */
  readonly interfaceIndex: Expression;
  /** `ipi_spec_dst`: an address, or `...`. */
  readonly local: Expression | undefined;
  /** `ipi_addr` or `ipi6_addr`: an address, or `...`. */
  readonly address: Expression;
}

/** `{..., N}`. */
export interface IovecExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "iovec";
  /** `iov_base`. */
  readonly base: Expression;
  /** `iov_len` in bytes. */
  readonly length: number;
}

/** `{msg_name(...)=..., msg_iov(N)=[…], msg_flags=F[, msg_control=[…]]}`. */
export interface MsghdrExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "msghdr";
  /** Superset `msg_name(...)=ADDRESS`; undefined: `...`. */
  readonly name: Expression | undefined;
  /** `msg_iovlen`. */
  readonly iovLength: number;
  /** `msg_iov`. */
  readonly iov: ListExpression;
  /** `msg_flags`. */
  readonly flags: Expression;
  /** `msg_control`; undefined: none. */
  readonly control: ListExpression | undefined;
}

/** `{cmsg_level=…, cmsg_type=…, cmsg_data=…}`. */
export interface CmsgExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "cmsg";
  /** `cmsg_level`. */
  readonly level: Expression;
  /** `cmsg_type`. */
  readonly type: Expression;
  /** `cmsg_data`. */
  readonly data: Expression;
}

/** `{fd=…, events=…[, revents=…]}`. */
export interface PollfdExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "pollfd";
  /** Script descriptor. */
  readonly fd: Expression;
  /** Asked for. */
  readonly events: Expression;
  /** Expected; undefined is 0. */
  readonly revents: Expression | undefined;
}

/** `{events=…, fd=…}` or with ptr, u32, u64. */
export interface EpollEventExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "epollev";
  /** `events`. */
  readonly events: Expression;
  /** Which member of `epoll_data`. */
  readonly dataKind: "fd" | "ptr" | "u32" | "u64";
  /** Its value. */
  readonly data: Expression;
}

/** `{onoff=N, linger=N}`. */
export interface LingerExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "linger";
  /** `l_onoff`. */
  readonly onoff: number;
  /** `l_linger` in seconds. */
  readonly linger: number;
}

/** `{scm_sec=N, scm_nsec=N}`. */
export interface ScmTimestampingExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "scm_timestamping";
  /** Seconds of script time. */
  readonly sec: number;
  /** Nanoseconds. */
  readonly nsec: number;
}

/** `{ee_errno=…, ee_origin=…, ee_type=…, ee_code=…, ee_info=…, ee_data=…}`. */
export interface SockExtendedErrExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "sock_extended_err";
  /** `ee_errno`. */
  readonly errno: Expression;
  /** `ee_origin`. */
  readonly origin: Expression;
  /** `ee_type`. */
  readonly type: Expression;
  /** `ee_code`. */
  readonly code: Expression;
  /** `ee_info`. */
  readonly info: Expression;
  /** `ee_data`. */
  readonly data: Expression;
}

/** `{(label …) …}`. */
export interface MplsStackExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "mpls_stack";
  /** Top first. */
  readonly entries: readonly MplsEntry[];
}

/** nplab `{function_set_name="…", pcbcnt=N}`. */
export interface TcpFunctionSetExpression extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "tcp_function_set";
  /** `function_set_name`. */
  readonly name: string;
  /** `pcbcnt`. */
  readonly pcbcnt: number;
}

/**
 * Superset `mib("Udp.InCsumErrors") = +1`: a counter as `/proc/net/snmp`, `netstat` and `snmp6` name it.
 * `relative`: compared with the difference since the script's start, else with the counter itself.
 */
export interface MibAction extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "mib";
  /** `Group.Name`; a name of `/proc/net/snmp6` is taken apart. */
  readonly counter: string;
  /** Where the name stands. */
  readonly counterSpan: Span;
  /** How counter and value must compare. */
  readonly relation: "=" | ">=" | "<=";
  /** Compare the growth since the start of the script. */
  readonly relative: boolean;
  /** The count expected. */
  readonly value: number;
}
