/**
 * Binding a socket to a local address (ip(7), ipv6(7)).
 *
 * @module
 */
import { AF_INET6, SOCK_STREAM } from "../../abi/socket_constants.ts";
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EINVAL } from "../../abi/errno.ts";
import { TCP_CLOSE } from "../../abi/tcp_constants.ts";
import { type Family, IpAddress } from "../wire/address.ts";
import type { OptionSocket } from "./option_socket.ts";
import type { Binder, BindTable } from "./ports.ts";
import type { SocketAddress } from "./sock.ts";

/** `sk_userlocks` bit: the program chose the local address. */
export const SOCK_BINDADDR_LOCK = 4;
/** `sk_userlocks` bit: the program chose the local port. */
export const SOCK_BINDPORT_LOCK = 8;
/** A socket that is to be bound. */
export interface BindSocket extends OptionSocket, Binder {
  /** AF_INET or AF_INET6. */
  readonly family: number;
  num: number;
  rcv_saddr: IpAddress;
  saddr: IpAddress;
  daddr: IpAddress;
  dport: number;
  sk_bound_dev_if: number;
  sk_userlocks: number;
  readonly so: OptionSocket["so"];
  readonly inet: OptionSocket["inet"];
  /** The table of its ports, where it has any. */
  readonly ports: BindTable | undefined;
  wire_address(address: IpAddress): IpAddress;
  select_af_ops(address: IpAddress): void;
}

function unspecifiedLike(address: IpAddress): IpAddress {
  return address.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6;
}

/** Gives a socket a local address and port: 0, or EINVAL when bound, EADDRNOTAVAIL, EADDRINUSE, EACCES. */
export function bindSocket(socket: BindSocket, address: SocketAddress): number {
  const wanted = socket.wire_address(address.address);
  const checked = check_bind_address(socket, wanted, address);
  if (checked < 0) return checked;
  const start = socket.net.sysctl.getNumber("net.ipv4.ip_unprivileged_port_start");
  if (address.port !== 0 && address.port < start && !socket.so.capable) return -EACCES;
  if (socket.sk_state !== TCP_CLOSE || socket.num !== 0) return -EINVAL;
  if (socket.family === AF_INET6 && wanted.family === 6 && wanted.isLinkLocal && address.scope_id) {
    socket.sk_bound_dev_if = address.scope_id;
  }
  const before = socket.rcv_saddr;
  const type = socket.ip.address_type(wanted);
  socket.rcv_saddr = wanted;
  socket.saddr = type === "multicast" || type === "broadcast" ? unspecifiedLike(wanted) : wanted;
  if (socket.family === AF_INET6) socket.select_af_ops(wanted);
  if (socket.ports !== undefined && (address.port !== 0 || !socket.inet.bind_address_no_port)) {
    if (socket.ports.get_port(socket, address.port) < 0) {
      socket.rcv_saddr = before;
      socket.saddr = before;
      if (socket.family === AF_INET6) socket.select_af_ops(before);
      return -EADDRINUSE;
    }
    if (address.port !== 0) socket.sk_userlocks |= SOCK_BINDPORT_LOCK;
  }
  if (!wanted.isUnspecified || wanted.family !== (socket.family === AF_INET6 ? 6 : 4)) {
    socket.sk_userlocks |= SOCK_BINDADDR_LOCK;
    if (socket.family === AF_INET6 && wanted.family === 6) socket.inet6.v6only = true;
  }
  socket.daddr = unspecifiedLike(wanted);
  socket.dport = 0;
  socket.sk_dst_reset();
  return 0;
}

function check_bind_address(socket: BindSocket, wanted: IpAddress, address: SocketAddress): number {
  if (socket.family === AF_INET6 && wanted.family === 6) {
    if (wanted.isMulticast && socket.type === SOCK_STREAM) return -EINVAL;
    if (wanted.isUnspecified || wanted.isMulticast) return 0;
    if (wanted.isLinkLocal && !address.scope_id && socket.sk_bound_dev_if === 0) return -EINVAL;
    return nonlocal_bind_allowed(socket, 6) || socket.ip.address_type(wanted) === "local" ? 0 : -EADDRNOTAVAIL;
  }
  if (socket.family === AF_INET6 && socket.inet6.v6only) return -EINVAL;
  if (wanted.isUnspecified || nonlocal_bind_allowed(socket, 4)) return 0;
  const type = socket.ip.address_type(wanted);
  return type === "local" || type === "multicast" || type === "broadcast" ? 0 : -EADDRNOTAVAIL;
}

function nonlocal_bind_allowed(socket: BindSocket, family: Family): boolean {
  return socket.inet.freebind || socket.inet.transparent ||
    socket.net.sysctl.getNumber(`net.ipv${family}.ip_nonlocal_bind`) !== 0;
}
