/**
 * What every floor of one stack shares, after Linux's `struct net`: time, timers, randomness, settings, counters.
 *
 * @module
 */
import type { Mib } from "./mib.ts";
import type { Sysctl } from "./sysctl.ts";
import type { Timers } from "./timers.ts";

/** The shared state of one stack. */
export interface Net {
  /** Stack time now, µs, monotonic. Set by whoever drives the stack. */
  now: number;
  /** Wall-clock time at stack time 0, µs since the epoch (for software timestamps given to programs). */
  readonly realtime_offset_us: number;
  /** All timers. */
  readonly timers: Timers;
  /** Uniform 32-bit unsigned random numbers. */
  readonly random: () => number;
  /** Settings by their Linux names, e.g. `net.ipv4.tcp_syn_retries`. */
  readonly sysctl: Sysctl;
  /** Counters by their Linux names, e.g. `Ip.InReceives`, `TcpExt.TCPTimeouts`. */
  readonly mib: Mib;
}
