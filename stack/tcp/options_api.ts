/**
 * SOL_TCP options (`tcp_setsockopt`, `tcp_getsockopt`): ranges and errors as Linux has them.
 *
 * @module
 */
import { cBytes, cString, getInt, int } from "../../abi/memory.ts";
import { SOL_TCP } from "../../abi/socket_constants.ts";
import { EBUSY, EINVAL, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import * as T from "../../abi/tcp_constants.ts";
import { congestion_by_name } from "./congestion/registry.ts";
import {
  ICSK_ACK_PUSHED,
  MAX_TCP_KEEPCNT,
  MAX_TCP_KEEPIDLE,
  MAX_TCP_SYNCNT,
  SOCK_MIN_RCVBUF,
  TCP_FIN_TIMEOUT_MAX,
  TCP_MIN_MSS,
  TCP_NAGLE_CORK,
  TCP_NAGLE_OFF,
  TCP_NAGLE_PUSH,
  TCP_RTO_MAX,
  TCP_RTO_MIN,
  TCP_TIMEOUT_INIT,
} from "./constants.ts";
import { inet_csk_enter_pingpong_mode, inet_csk_in_pingpong_mode, inet_csk_schedule_ack } from "./delack.ts";
import { fastopen_context, TCP_FASTOPEN_KEY_LENGTH } from "./fastopen_cookie.ts";
import { tcp_get_info } from "./info.ts";
import { tcp_parse_md5_key } from "./md5.ts";
import { tcp_push_pending_frames } from "./output.ts";
import { tcp_set_window_clamp } from "./rcvbuf.ts";
import { tcp_cleanup_rbuf } from "./recvmsg.ts";
import type { TcpSock } from "./state.ts";
import { tcp_keepalive_time_when, tcp_reset_keepalive_timer } from "./timers.ts";
import { sk_stream_write_space } from "./space.ts";

const TCP_CA_NAME_MAX = 16;
const MAX_TCP_WINDOW_VALUE = 32767;

/** Retransmissions that `seconds` take, doubling from the first timeout (`secs_to_retrans`). */
function secs_to_retrans(seconds: number, timeout_s: number, rto_max_s: number): number {
  if (seconds <= 0) return 0;
  let retrans = 1;
  let period = timeout_s;
  let timeout = timeout_s;
  while (seconds > period && retrans < 255) {
    retrans++;
    timeout = Math.min(timeout * 2, rto_max_s);
    period += timeout;
  }
  return retrans;
}

/** The time that `retrans` retransmissions take, s (`retrans_to_secs`). */
function retrans_to_secs(retrans: number, timeout_s: number, rto_max_s: number): number {
  let period = 0;
  let timeout = timeout_s;
  for (let left = retrans; left > 0; left--) {
    period += timeout;
    timeout = Math.min(timeout * 2, rto_max_s);
  }
  return period;
}

/** Chooses the algorithm by name (`tcp_set_congestion_control`). */
function set_congestion(sk: TcpSock, value: Uint8Array): number {
  const name = cString(value.subarray(0, TCP_CA_NAME_MAX - 1));
  const made = congestion_by_name(name);
  if (made === undefined) return -ENOENT;
  const allowed = sk.tcp.sysctl.allowed_congestion_control.text.split(/\s+/);
  if (!sk.so.capable && !allowed.includes(name)) return -EPERM;
  if (sk.icsk_ca?.name !== name) {
    sk.icsk_ca = made;
    if (sk.icsk_ca_initialized) made.init(sk);
  }
  sk.icsk_ca_setsockopt = true;
  return 0;
}

function set_fastopen_key(sk: TcpSock, value: Uint8Array): number {
  const length = value.length;
  if (length !== TCP_FASTOPEN_KEY_LENGTH && length !== 2 * TCP_FASTOPEN_KEY_LENGTH) return -EINVAL;
  const keys = [value.slice(0, TCP_FASTOPEN_KEY_LENGTH)];
  if (length > TCP_FASTOPEN_KEY_LENGTH) keys.push(value.slice(TCP_FASTOPEN_KEY_LENGTH));
  sk.fastopen_ctx = fastopen_context(keys);
  return 0;
}

function set_quickack(sk: TcpSock, value: number): void {
  if (value === 0) {
    inet_csk_enter_pingpong_mode(sk);
    return;
  }
  sk.icsk_ack.pingpong = 0;
  if (sk.sk_state !== T.TCP_ESTABLISHED && sk.sk_state !== T.TCP_CLOSE_WAIT) return;
  if (!(sk.icsk_ack.pending & 1)) return;
  inet_csk_schedule_ack(sk);
  sk.icsk_ack.pending |= ICSK_ACK_PUSHED;
  tcp_cleanup_rbuf(sk, 1);
  if (!(value & 1)) inet_csk_enter_pingpong_mode(sk);
}

function set_keepidle(sk: TcpSock, value: number): number {
  if (value < 1 || value > MAX_TCP_KEEPIDLE) return -EINVAL;
  sk.keepalive_time = value;
  if (sk.so.keepalive && sk.sk_state !== T.TCP_CLOSE && sk.sk_state !== T.TCP_LISTEN) {
    const elapsed = Math.min(sk.jiffies - sk.icsk_ack.lrcvtime, sk.jiffies - sk.rcv_tstamp) * 1000;
    tcp_reset_keepalive_timer(sk, Math.max(0, tcp_keepalive_time_when(sk) - elapsed));
  }
  return 0;
}

function set_window_clamp(sk: TcpSock, value: number): number {
  if (value === 0) {
    if (sk.sk_state !== T.TCP_CLOSE) return -EINVAL;
    sk.window_clamp = 0;
    return 0;
  }
  if (sk.sk_state === T.TCP_CLOSE) sk.window_clamp = Math.max(SOCK_MIN_RCVBUF / 2, value);
  else tcp_set_window_clamp(sk, value);
  return 0;
}

/** Sets an option: 0 or `-errno`. */
export function tcp_setsockopt(sk: TcpSock, level: number, name: number, value: Uint8Array): number {
  if (level !== SOL_TCP) return -ENOPROTOOPT;
  switch (name) {
    case T.TCP_CONGESTION:
      return value.length < 1 ? -EINVAL : set_congestion(sk, value);
    case T.TCP_ULP:
      return value.length < 1 ? -EINVAL : -ENOENT;
    case T.TCP_FASTOPEN_KEY:
      return set_fastopen_key(sk, value);
    case T.TCP_MD5SIG:
    case T.TCP_MD5SIG_EXT:
      return tcp_parse_md5_key(sk, value, name === T.TCP_MD5SIG_EXT);
  }
  if (value.length < 4) return -EINVAL;
  const val = getInt(value);
  return set_int(sk, name, val) ?? set_int2(sk, name, val) ?? -ENOPROTOOPT;
}

function set_int(sk: TcpSock, name: number, val: number): number | undefined {
  switch (name) {
    case T.TCP_NODELAY:
      if (val !== 0) {
        // What waits goes out at once, corked or not.
        sk.nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
        tcp_push_pending_frames(sk);
      } else sk.nonagle &= ~TCP_NAGLE_OFF;
      return 0;
    case T.TCP_CORK:
      if (val !== 0) sk.nonagle |= TCP_NAGLE_CORK;
      else {
        sk.nonagle &= ~TCP_NAGLE_CORK;
        if (sk.nonagle & TCP_NAGLE_OFF) sk.nonagle |= TCP_NAGLE_PUSH;
        tcp_push_pending_frames(sk);
      }
      return 0;
    case T.TCP_MAXSEG:
      if (val !== 0 && (val < TCP_MIN_MSS || val > MAX_TCP_WINDOW_VALUE)) return -EINVAL;
      sk.rx_opt.user_mss = val;
      return 0;
    case T.TCP_KEEPIDLE:
      return set_keepidle(sk, val);
    case T.TCP_KEEPINTVL:
      if (val < 1 || val > 32767) return -EINVAL;
      sk.keepalive_intvl = val;
      return 0;
    case T.TCP_KEEPCNT:
      if (val < 1 || val > MAX_TCP_KEEPCNT) return -EINVAL;
      sk.keepalive_probes = val;
      return 0;
    case T.TCP_SYNCNT:
      if (val < 1 || val > MAX_TCP_SYNCNT) return -EINVAL;
      sk.icsk_syn_retries = val;
      return 0;
    case T.TCP_LINGER2:
      sk.linger2 = val < 0 ? -1 : Math.min(val, TCP_FIN_TIMEOUT_MAX);
      return 0;
    case T.TCP_DEFER_ACCEPT:
      sk.rskq_defer_accept = secs_to_retrans(val, TCP_TIMEOUT_INIT / 1e6, TCP_RTO_MAX / 1e6);
      return 0;
    case T.TCP_WINDOW_CLAMP:
      return set_window_clamp(sk, val);
    case T.TCP_QUICKACK:
      set_quickack(sk, val);
      return 0;
    case T.TCP_USER_TIMEOUT:
      if (val < 0) return -EINVAL;
      sk.icsk_user_timeout = val;
      return 0;
    case T.TCP_FASTOPEN:
      if (val < 0 || (sk.sk_state !== T.TCP_CLOSE && sk.sk_state !== T.TCP_LISTEN)) return -EINVAL;
      sk.fastopen_max_qlen = Math.min(val, sk.tcp.sysctl.somaxconn.value);
      return 0;
    case T.TCP_FASTOPEN_CONNECT:
      if (val > 1 || val < 0) return -EINVAL;
      if (!(sk.tcp.sysctl.fastopen.value & 1)) return -EOPNOTSUPP;
      if (sk.sk_state !== T.TCP_CLOSE) return -EINVAL;
      sk.fastopen_connect = val !== 0;
      return 0;
    case T.TCP_FASTOPEN_NO_COOKIE:
      if (val > 1 || val < 0) return -EINVAL;
      if (sk.sk_state !== T.TCP_CLOSE && sk.sk_state !== T.TCP_LISTEN) return -EINVAL;
      sk.fastopen_no_cookie = val !== 0;
      return 0;
  }
  return undefined;
}

function set_int2(sk: TcpSock, name: number, val: number): number | undefined {
  switch (name) {
    case T.TCP_NOTSENT_LOWAT:
      sk.notsent_lowat = val >>> 0;
      sk_stream_write_space(sk);
      return 0;
    case T.TCP_INQ:
      if (val > 1 || val < 0) return -EINVAL;
      sk.recvmsg_inq = val !== 0;
      return 0;
    case T.TCP_SAVE_SYN:
      if (val < 0 || val > 2) return -EINVAL;
      sk.save_syn = val;
      return 0;
    case T.TCP_THIN_LINEAR_TIMEOUTS:
      if (val < 0 || val > 1) return -EINVAL;
      sk.thin_lto = val !== 0;
      return 0;
    case T.TCP_THIN_DUPACK:
      return val < 0 || val > 1 ? -EINVAL : 0;
    case T.TCP_TIMESTAMP:
      // Only for connections that are being restored.
      return sk.repair ? 0 : -EPERM;
    case T.TCP_REPAIR:
      return sk.so.capable ? -EINVAL : -EPERM;
    case T.TCP_TX_DELAY:
      return val < 0 ? -EINVAL : val === 0 ? 0 : -EOPNOTSUPP;
    case T.TCP_RTO_MAX_MS:
      if (val < 1000 || val > TCP_RTO_MAX / 1000) return -EINVAL;
      sk.icsk_rto_max = val * 1000;
      return 0;
    case T.TCP_RTO_MIN_US:
      if (val <= 0 || val > TCP_RTO_MIN) return -EINVAL;
      sk.icsk_rto_min = val;
      return 0;
    case T.TCP_DELACK_MAX_US:
      if (val <= 0 || val > 200_000) return -EINVAL;
      sk.icsk_delack_max = val;
      return 0;
    case T.TCP_COOKIE_TRANSACTIONS:
      return -ENOPROTOOPT;
    case T.TCP_ZEROCOPY_RECEIVE:
      return -ENOPROTOOPT;
    case T.TCP_INFO:
      return -ENOPROTOOPT;
    case T.TCP_QUEUE_SEQ:
    case T.TCP_REPAIR_QUEUE:
    case T.TCP_REPAIR_OPTIONS:
    case T.TCP_REPAIR_WINDOW:
      return sk.repair ? -EBUSY : -EPERM;
  }
  return undefined;
}

/** Options whose value is one `int`. */
function get_int(sk: TcpSock, name: number): number | undefined {
  const sysctl = sk.tcp.sysctl;
  switch (name) {
    case T.TCP_NODELAY:
      return sk.nonagle & TCP_NAGLE_OFF ? 1 : 0;
    case T.TCP_CORK:
      return sk.nonagle & TCP_NAGLE_CORK ? 1 : 0;
    case T.TCP_MAXSEG:
      return sk.rx_opt.user_mss !== 0 && (sk.sk_state === T.TCP_CLOSE || sk.sk_state === T.TCP_LISTEN)
        ? sk.rx_opt.user_mss
        : sk.mss_cache;
    case T.TCP_KEEPIDLE:
      return tcp_keepalive_time_when(sk) / 1e6;
    case T.TCP_KEEPINTVL:
      return sk.keepalive_intvl || sysctl.keepalive_intvl.value;
    case T.TCP_KEEPCNT:
      return sk.keepalive_probes || sysctl.keepalive_probes.value;
    case T.TCP_SYNCNT:
      return sk.icsk_syn_retries || sysctl.syn_retries.value;
    case T.TCP_LINGER2:
      return sk.linger2 >= 0 ? sk.linger2 || sysctl.fin_timeout.value : sk.linger2;
    case T.TCP_DEFER_ACCEPT:
      return retrans_to_secs(sk.rskq_defer_accept, TCP_TIMEOUT_INIT / 1e6, TCP_RTO_MAX / 1e6);
    case T.TCP_WINDOW_CLAMP:
      return sk.window_clamp;
    case T.TCP_QUICKACK:
      return inet_csk_in_pingpong_mode(sk) ? 0 : 1;
    case T.TCP_USER_TIMEOUT:
      return sk.icsk_user_timeout;
    case T.TCP_FASTOPEN:
      return sk.fastopen_max_qlen;
    case T.TCP_FASTOPEN_CONNECT:
      return Number(sk.fastopen_connect);
    case T.TCP_FASTOPEN_NO_COOKIE:
      return Number(sk.fastopen_no_cookie);
    case T.TCP_TX_DELAY:
      return 0;
    case T.TCP_TIMESTAMP:
      return (sk.tcp_time_stamp + sk.tsoffset) | 0;
    case T.TCP_NOTSENT_LOWAT:
      return sk.notsent_lowat | 0;
    case T.TCP_INQ:
      return Number(sk.recvmsg_inq);
    case T.TCP_SAVE_SYN:
      return sk.save_syn;
    case T.TCP_THIN_LINEAR_TIMEOUTS:
      return Number(sk.thin_lto);
    case T.TCP_THIN_DUPACK:
      return 0;
    case T.TCP_REPAIR:
      return Number(sk.repair);
    case T.TCP_IS_MPTCP:
      return 0;
    case T.TCP_RTO_MAX_MS:
      return sk.icsk_rto_max / 1000;
    case T.TCP_RTO_MIN_US:
      return sk.icsk_rto_min;
    case T.TCP_DELACK_MAX_US:
      return sk.icsk_delack_max;
  }
  return undefined;
}

/** Reads an option: its value, at most `length` octets, or `-errno`. */
export function tcp_getsockopt(sk: TcpSock, level: number, name: number, length: number): Uint8Array | number {
  if (level !== SOL_TCP) return -ENOPROTOOPT;
  if (length < 0) return -EINVAL;
  const value = get_int(sk, name);
  if (value !== undefined) return int(value).subarray(0, Math.min(length, 4));
  switch (name) {
    case T.TCP_INFO:
      return tcp_get_info(sk).subarray(0, length);
    case T.TCP_CC_INFO:
      return (sk.icsk_ca?.get_info(sk) ?? new Uint8Array(0)).subarray(0, length);
    case T.TCP_CONGESTION: {
      const text = new Uint8Array(TCP_CA_NAME_MAX);
      text.set(cBytes(sk.icsk_ca?.name ?? ""));
      return text.subarray(0, length);
    }
    case T.TCP_ULP:
      return new Uint8Array(0);
    case T.TCP_FASTOPEN_KEY: {
      const keys = (sk.fastopen_ctx ?? sk.tcp.fastopen_context()).raw;
      const bytes = new Uint8Array(TCP_FASTOPEN_KEY_LENGTH * keys.length);
      keys.forEach((key, i) => bytes.set(key, TCP_FASTOPEN_KEY_LENGTH * i));
      return bytes.subarray(0, length);
    }
    case T.TCP_SAVED_SYN: {
      const saved = sk.saved_syn;
      if (saved === undefined) return new Uint8Array(0);
      if (length < saved.length) return -EINVAL;
      sk.saved_syn = undefined;
      return saved;
    }
    case T.TCP_REPAIR_QUEUE:
    case T.TCP_QUEUE_SEQ:
    case T.TCP_REPAIR_WINDOW:
      return sk.repair ? -EINVAL : -EPERM;
    case T.TCP_MD5SIG:
    case T.TCP_MD5SIG_EXT:
      return -ENOPROTOOPT;
    default:
      return -ENOPROTOOPT;
  }
}
