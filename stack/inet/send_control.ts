/**
 * Control messages that a program sends along (`sock_cmsg_send`, `ip_cmsg_send`, `ip6_datagram_send_ctl`).
 *
 * @module
 */
import { IpAddress } from "../wire/address.ts";
import { type HeaderOptions, readHeaderOptions } from "../ip/header_options.ts";
import { getInt, getUint } from "../../abi/memory.ts";
import {
  AF_INET6,
  MSG_DONTROUTE,
  SCM_RIGHTS,
  SO_MARK,
  SO_PRIORITY,
  SO_TIMESTAMPING,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
} from "../../abi/socket_constants.ts";
import { EINVAL, EPERM } from "../../abi/errno.ts";
import type { InetSock } from "./inet_sock.ts";
import type { SendMessage } from "./sock.ts";
import * as O from "../../abi/ip_constants.ts";
import type { ControlMessage } from "../../abi/control_message.ts";

/** What control messages change about one datagram. */
export interface SendControl {
  /** Source address, as on the wire. */
  source?: IpAddress;
  /** Output interface. */
  oif?: number;
  ttl?: number;
  tos?: number;
  mark?: number;
  priority?: number;
  /** `UDP_SEGMENT`. */
  gso_size?: number;
  dontfrag?: boolean;
  /** Through no gateway. */
  onlink?: boolean;
  options?: HeaderOptions | undefined;
}

/** What a message's control messages and flags change about its datagram, or `-errno`. */
export function send_control_of(sk: InetSock, { control, flags }: SendMessage): SendControl | number {
  const into = control === undefined || control.length === 0 ? {} : send_control(sk, control);
  if (typeof into !== "number" && (flags & MSG_DONTROUTE) !== 0) into.onlink = true;
  return into;
}

/** Reads control messages: what they change, or `-errno`. */
function send_control(sk: InetSock, messages: readonly ControlMessage[]): SendControl | number {
  const into: SendControl = {};
  for (const message of messages) {
    let result = 0;
    if (message.level === SOL_SOCKET) result = socket_level(sk, message, into);
    else if (message.level === SOL_UDP) result = udp_level(message, into);
    else if (message.level === SOL_IP) result = ip_level(message, into);
    else if (message.level === SOL_IPV6 && sk.family === AF_INET6) result = ipv6_level(message, into);
    if (result < 0) return result;
  }
  return into;
}

function socket_level(sk: InetSock, { type, data }: ControlMessage, into: SendControl): number {
  switch (type) {
    case SO_MARK:
      if (!sk.so.capable) return -EPERM;
      if (data.length !== 4) return -EINVAL;
      into.mark = getUint(data);
      return 0;
    case SO_PRIORITY:
      if (data.length !== 4) return -EINVAL;
      into.priority = getUint(data);
      return 0;
    case SO_TIMESTAMPING:
      return data.length === 4 ? 0 : -EINVAL;
    case SCM_RIGHTS:
      return 0;
    default:
      return -EINVAL;
  }
}

function udp_level({ type, data }: ControlMessage, into: SendControl): number {
  if (type !== O.UDP_SEGMENT || data.length !== 2) return -EINVAL;
  into.gso_size = data[0]! | (data[1]! << 8);
  return 0;
}

function ip_level({ type, data }: ControlMessage, into: SendControl): number {
  switch (type) {
    case O.IP_RETOPTS:
      into.options = readHeaderOptions(data);
      return into.options === undefined ? -EINVAL : 0;
    case O.IP_PKTINFO: {
      if (data.length !== 12) return -EINVAL;
      const ifindex = getInt(data);
      if (ifindex !== 0) into.oif = ifindex;
      // RFC1122-4.1.3.5-src-choose
      const source = IpAddress.from(data, 4, 4);
      if (!source.isUnspecified) into.source = source;
      return 0;
    }
    case O.IP_TTL: {
      if (data.length !== 4) return -EINVAL;
      const ttl = getInt(data);
      if (ttl < 1 || ttl > 255) return -EINVAL;
      into.ttl = ttl;
      return 0;
    }
    case O.IP_TOS: {
      if (data.length !== 4 && data.length !== 1) return -EINVAL;
      const tos = data.length === 4 ? getInt(data) : data[0]!;
      if (tos < 0 || tos > 255) return -EINVAL;
      into.tos = tos;
      return 0;
    }
    default:
      return -EINVAL;
  }
}

function ipv6_level({ type, data }: ControlMessage, into: SendControl): number {
  switch (type) {
    case O.IPV6_PKTINFO:
    case O.IPV6_2292PKTINFO: {
      if (data.length < 20) return -EINVAL;
      const ifindex = getInt(data, 16);
      if (ifindex !== 0) into.oif = ifindex;
      const source = IpAddress.from(data, 0, 6);
      if (!source.isUnspecified) into.source = source.unmapped();
      return 0;
    }
    case O.IPV6_HOPLIMIT:
    case O.IPV6_2292HOPLIMIT: {
      if (data.length !== 4) return -EINVAL;
      const ttl = getInt(data);
      if (ttl < -1 || ttl > 255) return -EINVAL;
      if (ttl >= 0) into.ttl = ttl;
      return 0;
    }
    case O.IPV6_TCLASS: {
      if (data.length !== 4) return -EINVAL;
      const tclass = getInt(data);
      if (tclass < -1 || tclass > 255) return -EINVAL;
      if (tclass >= 0) into.tos = tclass;
      return 0;
    }
    case O.IPV6_DONTFRAG: {
      if (data.length !== 4) return -EINVAL;
      const on = getInt(data);
      if (on !== 0 && on !== 1) return -EINVAL;
      into.dontfrag = on === 1;
      return 0;
    }
    default:
      return -EINVAL;
  }
}
