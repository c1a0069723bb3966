/**
 * `SOL_TCP` options: a table of what each is (tcp(7)).
 *
 * @module
 */
import { AF_INET6, SOL_TCP } from "../../../abi/socket_constants.ts";
import { cBytes, cString } from "../../../abi/memory.ts";
import { EINVAL, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM } from "../../../abi/errno.ts";
import * as O from "../../../abi/tcp_constants.ts";
import { flag, OptionTable, type SocketOption } from "../../inet/option_table.ts";
import { congestionByName } from "../congestion/registry.ts";
import { tcpInfo } from "./info.ts";
import { setSignatureKey } from "./md5_option.ts";
import { wakeWriters } from "./poll.ts";
import type { TcpEndpoint } from "./endpoint.ts";

/** Longest name of a congestion control, its terminating zero counted. */
const CONGESTION_NAME = 16;
const MAX_KEEPIDLE = 32_767;
const MAX_KEEPINTVL = 32_767;
const MAX_KEEPCNT = 127;
const MAX_SYNCNT = 127;
const MAX_MSS = 32_767;
const MIN_MSS = 88;
const FASTOPEN_KEY = 16;

function number(
  name: string,
  range: readonly [number, number] | undefined,
  get: (socket: TcpEndpoint) => number,
  set: (socket: TcpEndpoint, value: number) => number | void,
): SocketOption<TcpEndpoint> {
  return { type: "int", name, ...(range === undefined ? {} : { range }), get, set };
}

/** After how many SYN-ACK timeouts, 1 s and doubling, so many seconds have passed; and back. */
function timeoutsOf(seconds: number, rtoMax: number): number {
  let timeouts = 0;
  if (seconds <= 0) return 0;
  let period = 1;
  let timeout = 1;
  timeouts = 1;
  while (seconds > period && timeouts < 255) {
    timeouts++;
    timeout = Math.min(timeout * 2, rtoMax);
    period += timeout;
  }
  return timeouts;
}

function secondsOf(timeouts: number, rtoMax: number): number {
  if (timeouts === 0) return 0;
  let period = 1;
  let timeout = 1;
  for (let i = 1; i < timeouts; i++) {
    timeout = Math.min(timeout * 2, rtoMax);
    period += timeout;
  }
  return period;
}

const OPTIONS: readonly SocketOption<TcpEndpoint>[] = [
  // RFC9293-MUST-17
  flag("TCP_NODELAY", (s) => s.settings.nodelay, (s, on) => {
    s.settings.nodelay = on;
    if (on) s.connection?.sender.submit("flush");
  }),
  flag("TCP_CORK", (s) => s.settings.cork, (s, on) => {
    s.settings.cork = on;
    if (!on) s.connection?.sender.submit("none");
  }),
  {
    type: "int",
    name: "TCP_MAXSEG",
    get: (s) =>
      s.connection !== undefined && s.connection.state !== O.TCP_CLOSE
        ? s.connection.sender.mss
        : s.settings.maxseg || 536,
    set: (s, value) => {
      if (value !== 0 && (value < MIN_MSS || value > MAX_MSS)) return -EINVAL;
      s.settings.maxseg = value;
      s.connection?.path.invalidate();
      return 0;
    },
  },
  // RFC9293-MUST-27
  number(
    "TCP_KEEPIDLE",
    [1, MAX_KEEPIDLE],
    (s) => (s.settings.keepIdle || s.services.context.config.keepalive_time.value * 1e6) / 1e6,
    (s, v) => {
      s.settings.keepIdle = v * 1e6;
      s.connection?.keepAlive.restart();
    },
  ),
  number(
    "TCP_KEEPINTVL",
    [1, MAX_KEEPINTVL],
    (s) => (s.settings.keepInterval || s.services.context.config.keepalive_intvl.value * 1e6) / 1e6,
    (s, v) => {
      s.settings.keepInterval = v * 1e6;
    },
  ),
  number(
    "TCP_KEEPCNT",
    [1, MAX_KEEPCNT],
    (s) => s.settings.keepCount || s.services.context.config.keepalive_probes.value,
    (s, v) => {
      s.settings.keepCount = v;
    },
  ),
  number(
    "TCP_SYNCNT",
    [1, MAX_SYNCNT],
    (s) => s.settings.synCount || s.services.context.config.syn_retries.value,
    (s, v) => {
      s.settings.synCount = v;
    },
  ),
  {
    type: "int",
    name: "TCP_LINGER2",
    get: (s) =>
      s.settings.linger2 < 0 ? -1 : (s.settings.linger2 || s.services.context.config.fin_timeout.value * 1e6) / 1e6,
    set: (s, value) => {
      s.settings.linger2 = value < 0 ? -1 : value > 120 ? 120e6 : value * 1e6;
      return 0;
    },
  },
  number("TCP_DEFER_ACCEPT", undefined, (s) => secondsOf(s.settings.deferAccept, 120), (s, v) => {
    s.settings.deferAccept = timeoutsOf(v, 120);
  }),
  number("TCP_WINDOW_CLAMP", undefined, (s) => s.settings.windowClamp, (s, v) => {
    if (v === 0) {
      if (s.sk_state !== O.TCP_CLOSE) return -EINVAL;
      s.settings.windowClamp = 0;
      return 0;
    }
    s.settings.windowClamp = Math.max(v, 1152);
    return 0;
  }),
  flag("TCP_QUICKACK", (s) => s.connection?.receiver.timing.quickAck ?? true, (s, on) => {
    s.connection?.receiver.timing.setQuick(on);
  }),
  number("TCP_THIN_LINEAR_TIMEOUTS", [0, 1], (s) => Number(s.settings.thinLinearTimeouts), (s, v) => {
    s.settings.thinLinearTimeouts = v !== 0;
  }),
  { type: "int", name: "TCP_THIN_DUPACK", get: () => 0, range: [0, 1], set: () => 0 },
  // RFC9293-MUST-21
  number("TCP_USER_TIMEOUT", [0, 0x7fffffff], (s) => s.settings.userTimeout / 1000, (s, v) => {
    s.settings.userTimeout = v * 1000;
  }),
  {
    type: "int",
    name: "TCP_FASTOPEN",
    get: (s) => s.settings.fastOpenQueue,
    set: (s, value) => {
      if (value < 0 || (s.sk_state !== O.TCP_CLOSE && s.sk_state !== O.TCP_LISTEN)) return -EINVAL;
      s.settings.fastOpenQueue = Math.min(value, s.net.sysctl.getNumber("net.core.somaxconn"));
      return 0;
    },
  },
  number("TCP_FASTOPEN_CONNECT", [0, 1], (s) => Number(s.settings.fastOpenConnect), (s, v) => {
    if ((s.services.context.config.fastopen.value & 1) === 0) return -EOPNOTSUPP;
    if (s.sk_state !== O.TCP_CLOSE) return -EINVAL;
    s.settings.fastOpenConnect = v !== 0;
    return 0;
  }),
  number("TCP_FASTOPEN_NO_COOKIE", [0, 1], (s) => Number(s.settings.fastOpenNoCookie), (s, v) => {
    if (s.sk_state !== O.TCP_CLOSE && s.sk_state !== O.TCP_LISTEN) return -EINVAL;
    s.settings.fastOpenNoCookie = v !== 0;
    return 0;
  }),
  {
    type: "int",
    name: "TCP_TIMESTAMP",
    get: (s) => s.connection?.sender.timestampNow() ?? Math.floor(s.net.now / 1000),
    set: () => -EPERM,
  },
  number("TCP_NOTSENT_LOWAT", undefined, (s) => s.settings.notsentLowat | 0, (s, v) => {
    s.settings.notsentLowat = v >>> 0;
    wakeWriters(s);
  }),
  number("TCP_SAVE_SYN", [0, 2], (s) => s.settings.saveSyn, (s, v) => {
    s.settings.saveSyn = v;
  }),
  number("TCP_INQ", [0, 1], (s) => Number(s.settings.inq), (s, v) => {
    s.settings.inq = v !== 0;
  }),
  number("TCP_TX_DELAY", [0, 0x7fffffff], (s) => s.settings.txDelay, (s, v) => {
    s.settings.txDelay = v;
  }),
  { type: "int", name: "TCP_IS_MPTCP", get: () => 0 },
  { type: "int", name: "TCP_REPAIR", get: () => 0, set: () => -EPERM },
  number(
    "TCP_RTO_MAX_MS",
    [1000, 120_000],
    (s) => (s.settings.rtoMax || s.services.context.config.rto_max_ms.value * 1000) / 1000,
    (s, v) => {
      s.settings.rtoMax = v * 1000;
    },
  ),
  number(
    "TCP_RTO_MIN_US",
    [1000, 200_000],
    (s) => s.settings.rtoMin || s.services.context.config.rto_min_us.value,
    (s, v) => {
      s.settings.rtoMin = v;
    },
  ),
  number("TCP_DELACK_MAX_US", [1000, 200_000], (s) => s.settings.delackMax || 200_000, (s, v) => {
    s.settings.delackMax = v;
  }),
  { type: "octets", name: "TCP_CONGESTION", get: (s) => congestionName(s), set: setCongestion },
  { type: "octets", name: "TCP_INFO", get: (s) => tcpInfo(s) },
  {
    type: "octets",
    name: "TCP_CC_INFO",
    get: (s) => {
      const recovery = s.connection?.sender.recovery;
      return recovery?.congestion.info?.(recovery.flow) ?? new Uint8Array(0);
    },
  },
  { type: "octets", name: "TCP_SAVED_SYN", get: savedSyn },
  { type: "octets", name: "TCP_FASTOPEN_KEY", get: fastOpenKeys, set: setFastOpenKeys },
  { type: "octets", name: "TCP_MD5SIG", get: () => -ENOPROTOOPT, set: (s, value) => setSignatureKey(s, value, false) },
  {
    type: "octets",
    name: "TCP_MD5SIG_EXT",
    get: () => -ENOPROTOOPT,
    set: (s, value) => setSignatureKey(s, value, true),
  },
  { type: "octets", name: "TCP_ULP", get: () => new Uint8Array(0), set: () => -ENOENT },
];

function congestionName(socket: TcpEndpoint): Uint8Array {
  const name = socket.connection?.sender.recovery.congestion.name || socket.settings.congestion ||
    socket.services.context.config.congestion_control.text;
  const bytes = new Uint8Array(CONGESTION_NAME);
  bytes.set(cBytes(name));
  return bytes;
}

function setCongestion(socket: TcpEndpoint, value: Uint8Array): number {
  if (value.length < 1) return -EINVAL;
  const name = cString(value.subarray(0, CONGESTION_NAME - 1));
  const congestion = congestionByName(name, socket.services.context.deviations);
  if (congestion === undefined) return -ENOENT;
  const allowed = socket.net.sysctl.get("net.ipv4.tcp_allowed_congestion_control").split(/\s+/);
  if (!socket.so.capable && !allowed.includes(name)) return -EPERM;
  socket.settings.congestion = name;
  const recovery = socket.connection?.sender.recovery;
  if (recovery !== undefined && recovery.congestion.name !== name) recovery.setCongestion(congestion);
  return 0;
}

/** The SYN's headers, once. */
function savedSyn(socket: TcpEndpoint, length: number): Uint8Array | number {
  const saved = socket.savedSyn;
  if (saved === undefined) return new Uint8Array(0);
  if (length < saved.length) return -EINVAL;
  socket.savedSyn = undefined;
  return saved;
}

function fastOpenKeys(socket: TcpEndpoint): Uint8Array {
  const keys = socket.settings.fastOpenKeys ?? [];
  const bytes = new Uint8Array(keys.length * FASTOPEN_KEY);
  keys.forEach((key, i) => bytes.set(key, i * FASTOPEN_KEY));
  return bytes;
}

function setFastOpenKeys(socket: TcpEndpoint, value: Uint8Array): number {
  if (value.length !== FASTOPEN_KEY && value.length !== 2 * FASTOPEN_KEY) return -EINVAL;
  const keys = [value.slice(0, FASTOPEN_KEY)];
  if (value.length > FASTOPEN_KEY) keys.push(value.slice(FASTOPEN_KEY));
  socket.settings.fastOpenKeys = keys;
  return 0;
}

/** The options of `SOL_TCP`. */
export const TCP_LEVEL: OptionTable<TcpEndpoint> = new OptionTable<TcpEndpoint>(O, OPTIONS, {
  shortUnknown: -EINVAL,
  checksLength: true,
});

/** Sets a `SOL_TCP` option: 0 or `-errno`. */
export function setTcpOption(socket: TcpEndpoint, level: number, name: number, value: Uint8Array): number {
  return level === SOL_TCP ? TCP_LEVEL.setOption(socket, name, value) : -ENOPROTOOPT;
}

/** The value of a `SOL_TCP` option, cut to `length` octets, or `-errno`. */
export function getTcpOption(socket: TcpEndpoint, level: number, name: number, length: number): Uint8Array | number {
  if (level !== SOL_TCP) return socket.family === AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
  return TCP_LEVEL.getOption(socket, name, length);
}
