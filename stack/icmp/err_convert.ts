/**
 * What an ICMP error means to a socket: `icmp_err_convert`, `icmpv6_err_convert` and the switches in the transports.
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_PARAMETERPROB,
  ICMPV6_DEST_UNREACH,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_TIME_EXCEED,
} from "../../abi/icmp_constants.ts";
import {
  EACCES,
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EMSGSIZE,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from "../../abi/errno.ts";

/** errno, and whether it ends a connection at once (a hard error of RFC 1122 section 4.2.3.9). */
export interface Converted {
  readonly errno: number;
  readonly fatal: boolean;
}

const soft = (errno: number): Converted => ({ errno, fatal: false });
const hard = (errno: number): Converted => ({ errno, fatal: true });

/** By code of destination unreachable. */
const UNREACHABLE4: readonly Converted[] = [
  soft(ENETUNREACH),
  soft(EHOSTUNREACH),
  hard(ENOPROTOOPT),
  hard(ECONNREFUSED),
  soft(EMSGSIZE),
  soft(EOPNOTSUPP),
  hard(ENETUNREACH),
  hard(EHOSTDOWN),
  hard(ENONET),
  hard(ENETUNREACH),
  hard(EHOSTUNREACH),
  soft(ENETUNREACH),
  soft(EHOSTUNREACH),
  hard(EHOSTUNREACH),
  hard(EHOSTUNREACH),
  hard(EHOSTUNREACH),
];

const UNREACHABLE6: readonly Converted[] = [
  soft(ENETUNREACH),
  hard(EACCES),
  soft(EHOSTUNREACH),
  soft(EHOSTUNREACH),
  hard(ECONNREFUSED),
  hard(EACCES),
  hard(EACCES),
];

const PROTOCOL_HARD = hard(EPROTO);
const PROTOCOL_SOFT = soft(EPROTO);
const HOST_SOFT = soft(EHOSTUNREACH);
const TOO_BIG = soft(EMSGSIZE);

/** For an ICMPv4 error. */
export function icmp_err_convert(type: number, code: number): Converted {
  if (type === ICMP_DEST_UNREACH) return UNREACHABLE4[code] ?? HOST_SOFT;
  return type === ICMP_PARAMETERPROB ? PROTOCOL_HARD : HOST_SOFT;
}

/** For an ICMPv6 error. */
export function icmpv6_err_convert(type: number, code: number): Converted {
  switch (type) {
    case ICMPV6_DEST_UNREACH:
      return UNREACHABLE6[code] ?? PROTOCOL_HARD;
    case ICMPV6_PKT_TOOBIG:
      return TOO_BIG;
    case ICMPV6_PARAMPROB:
      return PROTOCOL_HARD;
    case ICMPV6_TIME_EXCEED:
      return HOST_SOFT;
    default:
      return PROTOCOL_SOFT;
  }
}
