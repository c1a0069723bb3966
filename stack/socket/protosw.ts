/**
 * Which socket types there are, and who makes them (`inet_register_protosw`, `inet_create`).
 *
 * @module
 */
import { AF_INET, AF_INET6, IPPROTO_IP, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from "../../abi/socket_constants.ts";
import { EAFNOSUPPORT, EINVAL, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from "../../abi/errno.ts";
import type { Sock } from "../inet/sock.ts";

/** The bits of `socket`'s type argument that are a type. */
const SOCK_TYPE_MASK = 0xf;
const SOCK_MAX = 11;
const IPPROTO_MAX = 263;

/** One kind of socket. */
export interface Protosw {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  /** `SOCK_*`. */
  readonly type: number;
  /** Protocol number; IPPROTO_IP takes any protocol but 0. */
  readonly protocol: number;
  /** Makes a socket, or `-errno`. */
  create(protocol: number): Sock | number;
}

/** The kinds of sockets of one stack. */
export class ProtocolSwitch {
  private readonly kinds: Protosw[] = [];

  /** Adds a kind; wildcards belong after what they would hide. */
  register(kind: Protosw): void {
    this.kinds.push(kind);
  }

  /** Makes a socket as `socket(2)` asks for it: EINVAL, EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EPERM. */
  create(domain: number, typeAndFlags: number, protocol: number, mayUseRaw: boolean): Sock | number {
    const type = typeAndFlags & SOCK_TYPE_MASK;
    if ((typeAndFlags & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC)) !== 0) return -EINVAL;
    if (domain < 0) return -EAFNOSUPPORT;
    if (type >= SOCK_MAX) return -EINVAL;
    if (domain !== AF_INET && domain !== AF_INET6) return -EAFNOSUPPORT;
    if (protocol < 0 || protocol >= IPPROTO_MAX) return -EINVAL;
    const ofType = this.kinds.filter((kind) => kind.family === domain && kind.type === type);
    if (ofType.length === 0) return -ESOCKTNOSUPPORT;
    for (const kind of ofType) {
      if (protocol === kind.protocol && protocol === IPPROTO_IP) continue;
      if (protocol === kind.protocol) return this.make(kind, protocol, mayUseRaw);
      if (protocol === IPPROTO_IP) return this.make(kind, kind.protocol, mayUseRaw);
      if (kind.protocol === IPPROTO_IP) return this.make(kind, protocol, mayUseRaw);
    }
    return -EPROTONOSUPPORT;
  }

  private make(kind: Protosw, protocol: number, mayUseRaw: boolean): Sock | number {
    if (kind.type === SOCK_RAW && !mayUseRaw) return -EPERM;
    return kind.create(protocol);
  }
}
