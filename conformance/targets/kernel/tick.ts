/**
 * When the kernel's periodic tick happens. TCP's timers run from it, so they end up to one tick late, and how much
 * depends on when a script starts. packetdrill starts every script right after a tick; so do we.
 *
 * @module
 */

import { libc } from "../../../host/native.ts";
import { syscall } from "../../../host/syscall.ts";

const CLOCK_MONOTONIC = 1;
/** As of the last tick. */
const CLOCK_MONOTONIC_COARSE = 6;
/** Ticks looked at. The thread may be interrupted during any of them, but hardly during all. */
const SAMPLES = 8;
/** No kernel ticks less often, µs. */
const LONGEST_PERIOD = 10_000;
/** The frequencies that a kernel can be built with (CONFIG_HZ). */
const FREQUENCIES = [100, 250, 300, 1000];

/** A tick happens whenever CLOCK_MONOTONIC is `phase_us` plus a multiple of `period_us`. */
export interface Tick {
  readonly period_us: number;
  readonly phase_us: number;
}

const timespec = new BigInt64Array(2);

function read(clock: number): number {
  libc().clock_gettime(clock, new Uint8Array(timespec.buffer));
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1000;
}

/** Between two looks at a clock that stands still while somebody looks at it, ns. */
const PAUSE_NS = 5_000n;

/**
 * Watches a few ticks go by: the thread spins for some tens of milliseconds at most. Where the clock stands still while
 * anything runs (`virtualClock`) it sleeps between two looks.
 */
export function measureTick(virtualClock = false): Tick {
  const pause = new BigInt64Array([0n, PAUSE_NS]);
  const seen: number[] = [];
  let coarse = read(CLOCK_MONOTONIC_COARSE);
  const end = read(CLOCK_MONOTONIC) + (SAMPLES + 1) * LONGEST_PERIOD;
  for (let now = 0; seen.length < SAMPLES && now < end;) {
    if (virtualClock) syscall("nanosleep", pause, null);
    const next = read(CLOCK_MONOTONIC_COARSE);
    now = read(CLOCK_MONOTONIC);
    if (next === coarse) continue;
    coarse = next;
    seen.push(now);
  }
  return tickFrom(seen);
}

/** The tick from the times at which its effect was first seen, each at or after the tick itself. */
export function tickFrom(seen: readonly number[]): Tick {
  const gaps = seen.slice(1).map((time, i) => time - seen[i]!).sort((a, b) => a - b);
  const gap = gaps[gaps.length >> 1] ?? 1e6 / FREQUENCIES[1]!;
  const hz = FREQUENCIES.reduce((best, each) => Math.abs(1e6 / each - gap) < Math.abs(1e6 / best - gap) ? each : best);
  const period_us = 1e6 / hz;
  // Each was seen late by a little; the least late one is right. Phases are on a circle: measure from one of them.
  const first = seen[0] ?? 0;
  const late = seen.map((time) => {
    const offset = ((time - first) % period_us + period_us) % period_us;
    return offset > period_us / 2 ? offset - period_us : offset;
  });
  const earliest = first + Math.min(0, ...late);
  return { period_us, phase_us: earliest % period_us };
}

/** The first tick at or after `time` (µs of CLOCK_MONOTONIC). */
export function nextTick(tick: Tick, time: number): number {
  return tick.phase_us + Math.ceil((time - tick.phase_us) / tick.period_us) * tick.period_us;
}
