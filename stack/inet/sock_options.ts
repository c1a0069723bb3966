/**
 * SOL_SOCKET options (`sk_setsockopt`, `sk_getsockopt`).
 *
 * @module
 */
import {
  SO_BPF_EXTENSIONS,
  SO_CNX_ADVICE,
  SO_DETACH_REUSEPORT_BPF,
  SO_DEVMEM_DONTNEED,
  SO_NETNS_COOKIE,
  SO_NOFCS,
  SO_PASSPIDFD,
  SO_PASSRIGHTS,
  SO_PASSSEC,
  SO_PEERGROUPS,
  SO_PEERPIDFD,
  SO_SELECT_ERR_QUEUE,
  SO_WIFI_STATUS,
  SOCK_RCVBUF_LOCK,
  SOCK_SNDBUF_LOCK,
} from "../../abi/socket_constants.ts";
import { cBytes, cString, getInt, getLong, getUint, int, ints, long, timeval } from "../../abi/memory.ts";
import { encodeSockaddr } from "./sockaddr.ts";
import * as C from "../../abi/socket_constants.ts";
import {
  EBADF,
  EDOM,
  EINVAL,
  ENODATA,
  ENODEV,
  ENOENT,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
} from "../../abi/errno.ts";
import { type InetSock } from "./inet_sock.ts";
import { TCP_LISTEN } from "../../abi/tcp_constants.ts";

/** Smallest send buffer: room for two small packets with their overhead. */
export const SOCK_MIN_SNDBUF = 4608;
/** Smallest receive buffer. */
export const SOCK_MIN_RCVBUF = 2304;
/** "No limit" of `SO_MAX_PACING_RATE`. */
export const PACING_UNLIMITED = Infinity;

const INT_MAX = 0x7fffffff;
const IFNAMSIZ = 16;

/** The state behind SOL_SOCKET options. */
export class SocketOptions {
  /** Whether the program has CAP_NET_ADMIN and its like. */
  capable = true;
  debug = false;
  reuse = false;
  reuseport = false;
  dontroute = false;
  broadcast = false;
  keepalive = false;
  oobinline = false;
  no_check_tx = false;
  priority = 0;
  mark = 0;
  linger = false;
  /** Linger time, s. */
  lingertime_s = 0;
  rcvlowat = 1;
  /** µs, 0 for none, negative for "do not wait". */
  rcvtimeo_us = 0;
  /** µs, 0 for none, negative for "do not wait". */
  sndtimeo_us = 0;
  /** SO_TIMESTAMP (`us`) or SO_TIMESTAMPNS (`ns`), or neither. */
  timestamp: "us" | "ns" | undefined = undefined;
  /** The option was set by its `_NEW` number. */
  timestamp_new = false;
  /** `SOF_TIMESTAMPING_*` flags. */
  timestamping = 0;
  zerocopy = false;
  rxq_ovfl = false;
  rcvmark = false;
  rcvpriority = false;
  peek_off = -1;
  busy_poll = 0;
  prefer_busy_poll = false;
  /** Octets per second. */
  max_pacing_rate = PACING_UNLIMITED;
  incoming_cpu = -1;
  lock_filter = false;
  passcred = false;
  txrehash = 1;
  select_err_queue = false;
  wifi_status = false;
  nofcs = false;
}

// Options that only have to be told apart from unknown ones.

function set_sndbuf(sk: InetSock, value: number): number {
  const bounded = Math.min(value, INT_MAX >> 1);
  sk.sk_userlocks |= SOCK_SNDBUF_LOCK;
  sk.sk_sndbuf = Math.max(bounded * 2, SOCK_MIN_SNDBUF);
  sk.write_space();
  return 0;
}

function set_rcvbuf(sk: InetSock, value: number): number {
  const bounded = Math.min(value, INT_MAX >> 1);
  sk.sk_userlocks |= SOCK_RCVBUF_LOCK;
  sk.sk_rcvbuf = Math.max(bounded * 2, SOCK_MIN_RCVBUF);
  return 0;
}

/** A `struct timeval` as a timeout in µs: 0 for none, -1 for "do not wait"; `undefined` with a µs part out of range. */
function timeout_us(value: Uint8Array): number | undefined {
  const seconds = getLong(value, 0);
  const micros = getLong(value, 8);
  if (micros < 0n || micros >= 1000000n) return undefined;
  if (seconds < 0n) return -1;
  return Math.min(Number(seconds) * 1e6 + Number(micros), Number.MAX_SAFE_INTEGER);
}

function set_timestamping(sk: InetSock, flags: number): number {
  if ((flags & ~C.SOF_TIMESTAMPING_MASK) !== 0) return -EINVAL;
  const turnsIdOn = (flags & C.SOF_TIMESTAMPING_OPT_ID) !== 0 &&
    (sk.so.timestamping & C.SOF_TIMESTAMPING_OPT_ID) === 0;
  if ((flags & C.SOF_TIMESTAMPING_OPT_ID_TCP) !== 0 && (flags & C.SOF_TIMESTAMPING_OPT_ID) === 0) return -EINVAL;
  // No device here has a hardware clock.
  if ((flags & C.SOF_TIMESTAMPING_BIND_PHC) !== 0) return -EOPNOTSUPP;
  if ((flags & C.SOF_TIMESTAMPING_OPT_STATS) !== 0 && (flags & C.SOF_TIMESTAMPING_OPT_TSONLY) === 0) return -EINVAL;
  if (turnsIdOn) {
    const key = sk.timestamping_key(flags);
    if (key < 0) return key;
    sk.sk_tskey = key;
  }
  sk.so.timestamping = flags;
  return 0;
}

function bind_to_device(sk: InetSock, value: Uint8Array): number {
  const name = cString(value.subarray(0, IFNAMSIZ - 1));
  if (name === "") return bind_to_index(sk, 0);
  const device = sk.ip.device(name);
  return device === undefined ? -ENODEV : bind_to_index(sk, device.ifindex);
}

function bind_to_index(sk: InetSock, ifindex: number): number {
  if (ifindex < 0) return -EINVAL;
  if (sk.sk_bound_dev_if !== 0 && !sk.so.capable) return -EPERM;
  sk.sk_bound_dev_if = ifindex;
  sk.sk_dst_reset();
  return 0;
}

/** Sets a SOL_SOCKET option: 0 or `-errno`. */
export function sk_setsockopt(sk: InetSock, name: number, value: Uint8Array): number {
  if (name === C.SO_BINDTODEVICE) return bind_to_device(sk, value);
  if (value.length < 4) return -EINVAL;
  const val = getInt(value);
  const on = val !== 0;
  const so = sk.so;
  switch (name) {
    case C.SO_TYPE:
    case C.SO_PROTOCOL:
    case C.SO_DOMAIN:
    case C.SO_ERROR:
      return -ENOPROTOOPT;
    case C.SO_DEBUG:
      so.debug = on;
      return 0;
    case C.SO_REUSEADDR:
      so.reuse = on;
      return 0;
    case C.SO_REUSEPORT:
      so.reuseport = on;
      return 0;
    case C.SO_DONTROUTE:
      so.dontroute = on;
      sk.sk_dst_reset();
      return 0;
    case C.SO_BROADCAST:
      so.broadcast = on;
      return 0;
    case C.SO_SNDBUF:
      return set_sndbuf(sk, Math.min(val >>> 0, sk.net.sysctl.getNumber("net.core.wmem_max")));
    case C.SO_SNDBUFFORCE:
      return so.capable ? set_sndbuf(sk, Math.max(val, 0)) : -EPERM;
    case C.SO_RCVBUF:
      return set_rcvbuf(sk, Math.min(val >>> 0, sk.net.sysctl.getNumber("net.core.rmem_max")));
    case C.SO_RCVBUFFORCE:
      return so.capable ? set_rcvbuf(sk, Math.max(val, 0)) : -EPERM;
    case C.SO_KEEPALIVE:
      sk.keepalive_changed(on);
      so.keepalive = on;
      return 0;
    case C.SO_OOBINLINE:
      so.oobinline = on;
      return 0;
    case C.SO_NO_CHECK:
      so.no_check_tx = on;
      return 0;
    case C.SO_PRIORITY:
      if ((val < 0 || val > 6) && !so.capable) return -EPERM;
      so.priority = val;
      return 0;
    case C.SO_LINGER:
      if (value.length < 8) return -EINVAL;
      so.linger = on;
      if (on) so.lingertime_s = getUint(value, 4);
      return 0;
    case C.SO_BSDCOMPAT:
      return 0;
    case C.SO_PASSCRED:
    case SO_PASSSEC:
    case SO_PASSPIDFD:
    case SO_PASSRIGHTS:
      return -EOPNOTSUPP;
    case C.SO_TXTIME:
    case SO_DETACH_REUSEPORT_BPF:
      return -EINVAL;
    case SO_CNX_ADVICE:
      if (val === 1) sk.sk_dst_reset();
      return 0;
    case SO_WIFI_STATUS:
      so.wifi_status = on;
      return 0;
    case SO_NOFCS:
      so.nofcs = on;
      return 0;
    case C.SO_RESERVE_MEM:
      return val < 0 ? -EINVAL : -EOPNOTSUPP;
    case SO_DEVMEM_DONTNEED:
      return -EBADF;
    case C.SO_BUSY_POLL_BUDGET:
      return val < 0 || val > 0xffff ? -EINVAL : 0;
    case C.SO_TIMESTAMP:
    case C.SO_TIMESTAMP_NEW:
      so.timestamp = on ? "us" : undefined;
      so.timestamp_new = name === C.SO_TIMESTAMP_NEW;
      return 0;
    case C.SO_TIMESTAMPNS:
    case C.SO_TIMESTAMPNS_NEW:
      so.timestamp = on ? "ns" : undefined;
      so.timestamp_new = name === C.SO_TIMESTAMPNS_NEW;
      return 0;
    case C.SO_TIMESTAMPING:
    case C.SO_TIMESTAMPING_NEW:
      return set_timestamping(sk, val);
    case C.SO_RCVLOWAT:
      return sk.set_rcvlowat(val < 0 ? INT_MAX : val);
    case C.SO_RCVTIMEO:
    case C.SO_RCVTIMEO_NEW:
    case C.SO_SNDTIMEO:
    case C.SO_SNDTIMEO_NEW: {
      if (value.length < 16) return -EINVAL;
      const timeout = timeout_us(value);
      if (timeout === undefined) return -EDOM;
      if (name === C.SO_RCVTIMEO || name === C.SO_RCVTIMEO_NEW) so.rcvtimeo_us = timeout;
      else so.sndtimeo_us = timeout;
      return 0;
    }
    case C.SO_DETACH_FILTER:
      return -ENOENT;
    case C.SO_LOCK_FILTER:
      if (so.lock_filter && !on) return -EPERM;
      so.lock_filter = on;
      return 0;
    case C.SO_MARK:
      if (!so.capable) return -EPERM;
      if (so.mark !== val >>> 0) {
        so.mark = val >>> 0;
        sk.sk_dst_reset();
      }
      return 0;
    case C.SO_RCVMARK:
      so.rcvmark = on;
      return 0;
    case C.SO_RCVPRIORITY:
      so.rcvpriority = on;
      return 0;
    case C.SO_RXQ_OVFL:
      so.rxq_ovfl = on;
      return 0;
    case C.SO_PEEK_OFF:
      if (sk.type === C.SOCK_RAW) return -EOPNOTSUPP;
      so.peek_off = val < 0 ? -1 : val;
      return 0;
    case SO_SELECT_ERR_QUEUE:
      so.select_err_queue = on;
      return 0;
    case C.SO_BUSY_POLL:
      if (val < 0) return -EINVAL;
      so.busy_poll = val;
      return 0;
    case C.SO_PREFER_BUSY_POLL:
      so.prefer_busy_poll = on;
      return 0;
    case C.SO_MAX_PACING_RATE:
      if (value.length >= 8) {
        const rate = BigInt.asUintN(64, getLong(value));
        so.max_pacing_rate = rate === 0xffffffffffffffffn ? PACING_UNLIMITED : Number(rate);
      } else {
        so.max_pacing_rate = val === -1 ? PACING_UNLIMITED : val >>> 0;
      }
      sk.pacing_changed();
      return 0;
    case C.SO_INCOMING_CPU:
      so.incoming_cpu = val;
      return 0;
    case C.SO_ZEROCOPY:
      if (sk.type === C.SOCK_RAW || (sk.protocol !== C.IPPROTO_TCP && sk.protocol !== C.IPPROTO_UDP)) {
        return -EOPNOTSUPP;
      }
      if (val < 0 || val > 1) return -EINVAL;
      so.zerocopy = on;
      return 0;
    case C.SO_BINDTOIFINDEX:
      return bind_to_index(sk, val);
    case C.SO_BUF_LOCK:
      if ((val & ~(SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK)) !== 0) return -EINVAL;
      sk.sk_userlocks = (sk.sk_userlocks & ~(SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK)) | val;
      return 0;
    case C.SO_TXREHASH:
      if (sk.protocol !== C.IPPROTO_TCP) return -EOPNOTSUPP;
      if (val < -1 || val > 1) return -EINVAL;
      so.txrehash = val < 0 ? sk.net.sysctl.getNumber("net.core.txrehash") : val;
      return 0;
    default:
      return -ENOPROTOOPT;
  }
}

/** `-errno` of options that this kind of socket does not have, else 0. */
function get_refused(sk: InetSock, name: number): number {
  switch (name) {
    case C.SO_PASSCRED:
    case SO_PASSSEC:
    case SO_PASSPIDFD:
    case SO_PASSRIGHTS:
      return -EOPNOTSUPP;
    case C.SO_TXREHASH:
      return sk.protocol === C.IPPROTO_TCP ? 0 : -EOPNOTSUPP;
    case C.SO_PEEK_OFF:
      return sk.type === C.SOCK_RAW ? -EOPNOTSUPP : 0;
    case SO_PEERGROUPS:
    case SO_PEERPIDFD:
      return -ENODATA;
    default:
      return 0;
  }
}

/** The value of a SOL_SOCKET option whose value is one `int`, or `undefined`. */
function int_option(sk: InetSock, name: number): number | undefined {
  const so = sk.so;
  switch (name) {
    case C.SO_DEBUG:
      return Number(so.debug);
    case C.SO_DONTROUTE:
      return Number(so.dontroute);
    case C.SO_BROADCAST:
      return Number(so.broadcast);
    case C.SO_SNDBUF:
      return sk.sk_sndbuf;
    case C.SO_RCVBUF:
      return sk.sk_rcvbuf;
    case C.SO_REUSEADDR:
      return Number(so.reuse);
    case C.SO_REUSEPORT:
      return Number(so.reuseport);
    case C.SO_KEEPALIVE:
      return Number(so.keepalive);
    case C.SO_TYPE:
      return sk.type;
    case C.SO_PROTOCOL:
      return sk.protocol;
    case C.SO_DOMAIN:
      return sk.family;
    case C.SO_ERROR: {
      const error = sk.sock_error();
      if (error !== 0) return -error;
      const soft = sk.sk_err_soft;
      sk.sk_err_soft = 0;
      return soft;
    }
    case C.SO_OOBINLINE:
      return Number(so.oobinline);
    case C.SO_NO_CHECK:
      return Number(so.no_check_tx);
    case C.SO_PRIORITY:
      return so.priority;
    case C.SO_BSDCOMPAT:
      return 0;
    case C.SO_TIMESTAMP:
      return Number(so.timestamp === "us" && !so.timestamp_new);
    case C.SO_TIMESTAMPNS:
      return Number(so.timestamp === "ns" && !so.timestamp_new);
    case C.SO_TIMESTAMP_NEW:
      return Number(so.timestamp === "us" && so.timestamp_new);
    case C.SO_TIMESTAMPNS_NEW:
      return Number(so.timestamp === "ns" && so.timestamp_new);
    case C.SO_RCVLOWAT:
      return so.rcvlowat;
    case C.SO_SNDLOWAT:
      return 1;
    case C.SO_ACCEPTCONN:
      return Number(sk.sk_state === TCP_LISTEN);
    case C.SO_MARK:
      return so.mark;
    case C.SO_RCVMARK:
      return Number(so.rcvmark);
    case C.SO_RCVPRIORITY:
      return Number(so.rcvpriority);
    case C.SO_RXQ_OVFL:
      return Number(so.rxq_ovfl);
    case C.SO_PEEK_OFF:
      return so.peek_off;
    case SO_SELECT_ERR_QUEUE:
      return Number(so.select_err_queue);
    case C.SO_BUSY_POLL:
      return so.busy_poll;
    case C.SO_PREFER_BUSY_POLL:
      return Number(so.prefer_busy_poll);
    case C.SO_INCOMING_CPU:
      return so.incoming_cpu;
    case C.SO_INCOMING_NAPI_ID:
      return 0;
    case C.SO_ZEROCOPY:
      return Number(so.zerocopy);
    case C.SO_BINDTOIFINDEX:
      return sk.sk_bound_dev_if;
    case C.SO_BUF_LOCK:
      return sk.sk_userlocks & (SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
    case C.SO_LOCK_FILTER:
      return Number(so.lock_filter);
    case C.SO_TXREHASH:
      return so.txrehash;
    case SO_WIFI_STATUS:
      return Number(so.wifi_status);
    case SO_NOFCS:
      return Number(so.nofcs);
    case SO_BPF_EXTENSIONS:
      return 64;
    case C.SO_RESERVE_MEM:
      return 0;
    default:
      return undefined;
  }
}

/** The value of a SOL_SOCKET option, cut to `length` octets, or `-errno`. */
export function sk_getsockopt(sk: InetSock, name: number, length: number): Uint8Array | number {
  if (length < 0) return -EINVAL;
  const refused = get_refused(sk, name);
  if (refused !== 0) return refused;
  const value = int_option(sk, name);
  if (value !== undefined) return int(value).subarray(0, length);
  const so = sk.so;
  switch (name) {
    case C.SO_LINGER:
      return ints(Number(so.linger), so.lingertime_s).subarray(0, length);
    case C.SO_RCVTIMEO:
    case C.SO_RCVTIMEO_NEW:
      return timeval(Math.max(so.rcvtimeo_us, 0)).subarray(0, length);
    case C.SO_SNDTIMEO:
    case C.SO_SNDTIMEO_NEW:
      return timeval(Math.max(so.sndtimeo_us, 0)).subarray(0, length);
    case C.SO_TIMESTAMPING:
    case C.SO_TIMESTAMPING_NEW:
      return ints(so.timestamping, 0).subarray(0, length);
    case C.SO_PEERCRED:
      return ints(0, -1, -1).subarray(0, length);
    case C.SO_PEERNAME: {
      const peer = sk.getpeername();
      if (typeof peer === "number") return -ENOTCONN;
      const address = encodeSockaddr(sk.family, peer);
      return address.length < length ? -EINVAL : address.subarray(0, length);
    }
    case C.SO_MAX_PACING_RATE: {
      const rate = so.max_pacing_rate;
      if (length >= 8) return long(rate === PACING_UNLIMITED ? -1n : BigInt(Math.floor(rate)));
      return int(Math.min(rate, 0xffffffff)).subarray(0, length);
    }
    case C.SO_MEMINFO:
      return ints(
        sk.sk_rmem_alloc,
        sk.sk_rcvbuf,
        sk.sk_wmem_alloc,
        sk.sk_sndbuf,
        0,
        sk.sk_wmem_queued,
        0,
        0,
        sk.sk_drops,
      ).subarray(0, length);
    case C.SO_TXTIME:
      return ints(0, 0).subarray(0, length);
    case SO_NETNS_COOKIE:
      return length < 8 ? -EINVAL : long(1);
    case C.SO_COOKIE:
      return length < 8 ? -EINVAL : long(sk.cookie);
    case C.SO_BINDTODEVICE: {
      if (sk.sk_bound_dev_if === 0) return new Uint8Array(0);
      if (length < IFNAMSIZ) return -EINVAL;
      const device = sk.ip.device(sk.sk_bound_dev_if);
      return device === undefined ? -ENODEV : cBytes(device.name);
    }
    default:
      return -ENOPROTOOPT;
  }
}
