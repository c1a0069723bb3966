/**
 * The options of `SOL_SOCKET` (socket(7)).
 *
 * @module
 */
import { cBytes, cString, getInt, getLong, getUint, int, ints, long } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import { EBADF, EINVAL, ENODATA, ENODEV, ENOENT, ENOTCONN, EOPNOTSUPP, EPERM } from "../../abi/errno.ts";
import { TCP_LISTEN } from "../../abi/tcp_constants.ts";
import type { LevelSocket as Level } from "./level_socket.ts";
import { constant, flag, flagIn, type IntOption, OptionTable, type SocketOption } from "./option_table.ts";
import { TIME_OPTIONS } from "./socket_times.ts";
import { PACING_UNLIMITED, SOCK_MIN_RCVBUF, SOCK_MIN_SNDBUF, type SocketOptions } from "./sock_options.ts";

const INT_MAX = 0x7fffffff;
const IFNAMSIZ = 16;
const LOCKS = C.SOCK_SNDBUF_LOCK | C.SOCK_RCVBUF_LOCK;

const so = (socket: Level): SocketOptions => socket.so;

/** An option that does nothing here but keep its value. */
function remembered(name: string, initial: number, range?: readonly [number, number]): IntOption<Level> {
  return {
    type: "int",
    name,
    ...(range === undefined ? {} : { range }),
    get: (socket) => socket.so.remembered.get(name) ?? initial,
    set: (socket, value) => {
      socket.so.remembered = new Map(socket.so.remembered).set(name, value);
    },
  };
}

/** The same of a switch. */
function rememberedFlag(name: string): IntOption<Level> {
  const { get, set } = remembered(name, 0);
  return { type: "int", name, get: get!, set: (socket, value, length) => set!(socket, Number(value !== 0), length) };
}

/** An option that sockets of these families do not have. */
function foreign(name: string): IntOption<Level> {
  return { type: "int", name, allowed: () => -EOPNOTSUPP };
}

/** An option whose setting is answered with an error or with nothing, and which can't be read. */
function answered(name: string, set: (socket: Level, value: number) => number): IntOption<Level> {
  return { type: "int", name, set };
}

function isTcp(socket: Level): boolean {
  return socket.protocol === C.IPPROTO_TCP;
}

// Buffers.

/** A size as asked for, bounded and doubled: half of it is for what a packet costs beside its octets. */
function doubled(value: number, least: number): number {
  return Math.max(Math.min(value, INT_MAX >> 1) * 2, least);
}

function setSendBuffer(socket: Level, value: number): void {
  socket.sk_userlocks |= C.SOCK_SNDBUF_LOCK;
  socket.buffers.sndbuf = doubled(value, SOCK_MIN_SNDBUF);
  socket.write_space();
}

function setReceiveBuffer(socket: Level, value: number): void {
  socket.sk_userlocks |= C.SOCK_RCVBUF_LOCK;
  socket.buffers.rcvbuf = doubled(value, SOCK_MIN_RCVBUF);
}

function atMost(socket: Level, value: number, setting: string): number {
  return Math.min(value >>> 0, socket.net.sysctl.getNumber(setting));
}

const BUFFERS: readonly SocketOption<Level>[] = [
  {
    type: "int",
    name: "SO_SNDBUF",
    get: (s) => s.buffers.sndbuf,
    set: (s, value) => setSendBuffer(s, atMost(s, value, "net.core.wmem_max")),
  },
  answered("SO_SNDBUFFORCE", (s, value) => {
    if (!s.so.capable) return -EPERM;
    setSendBuffer(s, Math.max(value, 0));
    return 0;
  }),
  {
    type: "int",
    name: "SO_RCVBUF",
    get: (s) => s.buffers.rcvbuf,
    set: (s, value) => setReceiveBuffer(s, atMost(s, value, "net.core.rmem_max")),
  },
  answered("SO_RCVBUFFORCE", (s, value) => {
    if (!s.so.capable) return -EPERM;
    setReceiveBuffer(s, Math.max(value, 0));
    return 0;
  }),
  {
    type: "int",
    name: "SO_BUF_LOCK",
    get: (s) => s.sk_userlocks & LOCKS,
    set: (s, value) => {
      if ((value & ~LOCKS) !== 0) return -EINVAL;
      s.sk_userlocks = (s.sk_userlocks & ~LOCKS) | value;
      return 0;
    },
  },
  {
    type: "int",
    name: "SO_RCVLOWAT",
    get: (s) => s.so.rcvlowat,
    set: (s, value) => s.set_rcvlowat(value < 0 ? INT_MAX : value),
  },
  constant("SO_SNDLOWAT", () => 1),
  {
    type: "int",
    name: "SO_RESERVE_MEM",
    get: () => 0,
    set: (_, value) => value < 0 ? -EINVAL : -EOPNOTSUPP,
  },
  {
    type: "octets",
    name: "SO_MEMINFO",
    get: ({ buffers: b }) => ints(b.rmem_alloc, b.rcvbuf, b.wmem_alloc, b.sndbuf, 0, b.wmem_queued, 0, 0, b.drops),
  },
];

// Interfaces.

function bindToIndex(socket: Level, ifindex: number): number {
  if (ifindex < 0) return -EINVAL;
  if (socket.sk_bound_dev_if !== 0 && !socket.so.capable) return -EPERM;
  socket.sk_bound_dev_if = ifindex;
  socket.sk_dst_reset();
  return 0;
}

function bindToDevice(socket: Level, value: Uint8Array): number {
  const name = cString(value.subarray(0, IFNAMSIZ - 1));
  if (name === "") return bindToIndex(socket, 0);
  const device = socket.ip.device(name);
  return device === undefined ? -ENODEV : bindToIndex(socket, device.ifindex);
}

function boundDevice(socket: Level, length: number): Uint8Array | number {
  if (socket.sk_bound_dev_if === 0) return new Uint8Array(0);
  if (length < IFNAMSIZ) return -EINVAL;
  const device = socket.ip.device(socket.sk_bound_dev_if);
  return device === undefined ? -ENODEV : cBytes(device.name);
}

const ROUTES: readonly SocketOption<Level>[] = [
  { type: "octets", name: "SO_BINDTODEVICE", get: boundDevice, set: bindToDevice },
  { type: "int", name: "SO_BINDTOIFINDEX", get: (s) => s.sk_bound_dev_if, set: bindToIndex },
  flag("SO_DONTROUTE", (s) => s.so.dontroute, (s, on) => {
    s.so.dontroute = on;
    s.sk_dst_reset();
  }),
  flagIn("SO_BROADCAST", so, "broadcast"),
  {
    type: "int",
    name: "SO_PRIORITY",
    get: (s) => s.so.priority,
    set: (s, value) => {
      if ((value < 0 || value > 6) && !s.so.capable) return -EPERM;
      s.so.priority = value;
      return 0;
    },
  },
  {
    type: "int",
    name: "SO_MARK",
    get: (s) => s.so.mark,
    set: (s, value) => {
      if (!s.so.capable) return -EPERM;
      if (s.so.mark === value >>> 0) return 0;
      s.so.mark = value >>> 0;
      s.sk_dst_reset();
      return 0;
    },
  },
  answered("SO_CNX_ADVICE", (s, value) => {
    if (value === 1) s.sk_dst_reset();
    return 0;
  }),
  {
    type: "int",
    name: "SO_TXREHASH",
    allowed: (s) => isTcp(s) ? 0 : -EOPNOTSUPP,
    range: [-1, 1],
    get: (s) => s.so.txrehash,
    set: (s, value) => {
      s.so.txrehash = value < 0 ? s.net.sysctl.getNumber("net.core.txrehash") : value;
    },
  },
  {
    type: "octets",
    name: "SO_MAX_PACING_RATE",
    get: ({ so: { max_pacing_rate: rate } }, length) =>
      length >= 8 ? long(rate === PACING_UNLIMITED ? -1n : BigInt(Math.floor(rate))) : int(Math.min(rate, 0xffffffff)),
    set: (s, value) => {
      const rate = pacingRate(value);
      if (rate === undefined) return -EINVAL;
      s.so.max_pacing_rate = rate;
      s.pacing_changed();
      return 0;
    },
  },
];

/** Octets per second, from four octets or eight; all ones are no limit. */
function pacingRate(value: Uint8Array): number | undefined {
  if (value.length < 4) return undefined;
  if (value.length < 8) return getInt(value) === -1 ? PACING_UNLIMITED : getUint(value);
  const rate = BigInt.asUintN(64, getLong(value));
  return rate === 0xffffffffffffffffn ? PACING_UNLIMITED : Number(rate);
}

// What the socket is, and how it hands over what came.

/** The pending error, else the soft one; either is taken. */
function takeError(socket: Level): number {
  const error = -socket.sock_error();
  if (error !== 0) return error;
  const soft = socket.sk_err_soft;
  socket.sk_err_soft = 0;
  return soft;
}

function peerName(socket: Level, length: number): Uint8Array | number {
  const peer = socket.getpeername();
  if (typeof peer === "number") return -ENOTCONN;
  const address = socket.sockaddr(peer);
  return address.length < length ? -EINVAL : address;
}

const IDENTITY: readonly SocketOption<Level>[] = [
  constant("SO_TYPE", (s) => s.type),
  constant("SO_PROTOCOL", (s) => s.protocol),
  constant("SO_DOMAIN", (s) => s.family),
  constant("SO_ERROR", takeError),
  constant("SO_ACCEPTCONN", (s) => Number(s.sk_state === TCP_LISTEN)),
  constant("SO_INCOMING_NAPI_ID", () => 0),
  constant("SO_BPF_EXTENSIONS", () => 64),
  { type: "octets", name: "SO_PEERCRED", get: () => ints(0, -1, -1) },
  { type: "octets", name: "SO_PEERNAME", get: peerName },
  { type: "octets", name: "SO_PEERGROUPS", get: () => -ENODATA },
  { type: "octets", name: "SO_PEERPIDFD", get: () => -ENODATA },
  { type: "octets", name: "SO_NETNS_COOKIE", get: (_, length) => length < 8 ? -EINVAL : long(1) },
  { type: "octets", name: "SO_COOKIE", get: (s, length) => length < 8 ? -EINVAL : long(s.cookie) },
];

const BEHAVIOUR: readonly IntOption<Level>[] = [
  flagIn("SO_REUSEADDR", so, "reuse"),
  flagIn("SO_REUSEPORT", so, "reuseport"),
  flag("SO_KEEPALIVE", (s) => s.so.keepalive, (s, on) => {
    s.keepalive_changed(on);
    s.so.keepalive = on;
  }),
  flagIn("SO_OOBINLINE", so, "oobinline"),
  flagIn("SO_NO_CHECK", so, "no_check_tx"),
  flagIn("SO_RCVMARK", so, "rcvmark"),
  flagIn("SO_RCVPRIORITY", so, "rcvpriority"),
  flagIn("SO_RXQ_OVFL", so, "rxq_ovfl"),
  flagIn("SO_SELECT_ERR_QUEUE", so, "select_err_queue"),
  {
    type: "int",
    name: "SO_PEEK_OFF",
    allowed: (s) => s.type === C.SOCK_RAW ? -EOPNOTSUPP : 0,
    get: (s) => s.so.peek_off,
    set: (s, value) => {
      s.so.peek_off = Math.max(value, -1);
    },
  },
  {
    type: "int",
    name: "SO_ZEROCOPY",
    get: (s) => Number(s.so.zerocopy),
    set: (s, value) => {
      const possible = s.type !== C.SOCK_RAW && (isTcp(s) || s.protocol === C.IPPROTO_UDP);
      if (!possible) return -EOPNOTSUPP;
      if (value < 0 || value > 1) return -EINVAL;
      s.so.zerocopy = value !== 0;
      return 0;
    },
  },
  flag("SO_LOCK_FILTER", (s) => s.so.lock_filter, (s, on) => {
    if (s.so.lock_filter && !on) return -EPERM;
    s.so.lock_filter = on;
    return 0;
  }),
];

const WITHOUT_EFFECT: readonly IntOption<Level>[] = [
  rememberedFlag("SO_DEBUG"),
  rememberedFlag("SO_PREFER_BUSY_POLL"),
  rememberedFlag("SO_WIFI_STATUS"),
  rememberedFlag("SO_NOFCS"),
  remembered("SO_BUSY_POLL", 0, [0, INT_MAX]),
  remembered("SO_INCOMING_CPU", -1),
  { type: "int", name: "SO_BSDCOMPAT", get: () => 0, set: () => 0 },
  { type: "int", name: "SO_BUSY_POLL_BUDGET", range: [0, 0xffff], set: () => 0 },
  foreign("SO_PASSCRED"),
  foreign("SO_PASSSEC"),
  foreign("SO_PASSPIDFD"),
  foreign("SO_PASSRIGHTS"),
  answered("SO_DETACH_REUSEPORT_BPF", () => -EINVAL),
  answered("SO_DETACH_FILTER", () => -ENOENT),
  answered("SO_DEVMEM_DONTNEED", () => -EBADF),
];

/** The options of `SOL_SOCKET`. */
export const SOCKET_LEVEL: OptionTable<Level> = new OptionTable<Level>(
  C,
  [...BUFFERS, ...ROUTES, ...TIME_OPTIONS, ...IDENTITY, ...BEHAVIOUR, ...WITHOUT_EFFECT],
  { shortUnknown: -EINVAL, checksLength: true },
);
