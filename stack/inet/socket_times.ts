/**
 * The options of `SOL_SOCKET` that are about time: how long calls wait, and which time stamps are taken.
 *
 * @module
 */
import { getInt, getLong, getUint, ints, timeval } from "../../abi/memory.ts";
import * as C from "../../abi/socket_constants.ts";
import { EDOM, EINVAL, EOPNOTSUPP } from "../../abi/errno.ts";
import type { LevelSocket as Level } from "./level_socket.ts";
import { flag, type IntOption, type OctetsOption, type SocketOption } from "./option_table.ts";

/** A `struct timeval` as a timeout in µs: 0 for none, -1 for "do not wait"; or `-errno`, which is less. */
function timeout(value: Uint8Array): number {
  if (value.length < 16) return -EINVAL;
  const seconds = getLong(value, 0);
  const micros = getLong(value, 8);
  if (micros < 0n || micros >= 1000000n) return -EDOM;
  if (seconds < 0n) return -1;
  return Math.min(Number(seconds) * 1e6 + Number(micros), Number.MAX_SAFE_INTEGER);
}

function timeoutIn(name: string, field: "rcvtimeo_us" | "sndtimeo_us"): OctetsOption<Level> {
  return {
    type: "octets",
    name,
    get: (s) => timeval(Math.max(s.so[field], 0)),
    set: (s, value) => {
      const us = timeout(value);
      if (us < -1) return us;
      s.so[field] = us;
      return 0;
    },
  };
}

function timestampOption(name: string, unit: "us" | "ns", isNew: boolean): IntOption<Level> {
  return flag(name, (s) => s.so.timestamp === unit && s.so.timestamp_new === isNew, (s, on) => {
    s.so.timestamp = on ? unit : undefined;
    s.so.timestamp_new = isNew;
  });
}

function setTimestamping(socket: Level, flags: number): number {
  if ((flags & ~C.SOF_TIMESTAMPING_MASK) !== 0) return -EINVAL;
  const has = (flag: number) => (flags & flag) !== 0;
  if (has(C.SOF_TIMESTAMPING_OPT_ID_TCP) && !has(C.SOF_TIMESTAMPING_OPT_ID)) return -EINVAL;
  // No device here has a hardware clock.
  if (has(C.SOF_TIMESTAMPING_BIND_PHC)) return -EOPNOTSUPP;
  if (has(C.SOF_TIMESTAMPING_OPT_STATS) && !has(C.SOF_TIMESTAMPING_OPT_TSONLY)) return -EINVAL;
  const counted = (socket.so.timestamping & C.SOF_TIMESTAMPING_OPT_ID) !== 0;
  if (has(C.SOF_TIMESTAMPING_OPT_ID) && !counted) {
    const key = socket.timestamping_key(flags);
    if (key < 0) return key;
    socket.sk_tskey = key;
  }
  socket.so.timestamping = flags;
  return 0;
}

function timestampingOption(name: string): OctetsOption<Level> {
  return {
    type: "octets",
    name,
    get: (s) => ints(s.so.timestamping, 0),
    set: (s, value) => value.length < 4 ? -EINVAL : setTimestamping(s, getInt(value)),
  };
}

/** Options of `SOL_SOCKET`. */
export const TIME_OPTIONS: readonly SocketOption<Level>[] = [
  timeoutIn("SO_RCVTIMEO", "rcvtimeo_us"),
  timeoutIn("SO_RCVTIMEO_NEW", "rcvtimeo_us"),
  timeoutIn("SO_SNDTIMEO", "sndtimeo_us"),
  timeoutIn("SO_SNDTIMEO_NEW", "sndtimeo_us"),
  timestampOption("SO_TIMESTAMP", "us", false),
  timestampOption("SO_TIMESTAMP_NEW", "us", true),
  timestampOption("SO_TIMESTAMPNS", "ns", false),
  timestampOption("SO_TIMESTAMPNS_NEW", "ns", true),
  timestampingOption("SO_TIMESTAMPING"),
  timestampingOption("SO_TIMESTAMPING_NEW"),
  {
    type: "octets",
    name: "SO_LINGER",
    get: (s) => ints(Number(s.so.linger), s.so.lingertime_s),
    set: (s, value) => {
      if (value.length < 8) return -EINVAL;
      s.so.linger = getInt(value) !== 0;
      if (s.so.linger) s.so.lingertime_s = getUint(value, 4);
      return 0;
    },
  },
  { type: "octets", name: "SO_TXTIME", get: () => ints(0, 0), set: () => -EINVAL },
];
