/**
 * Slow start and linear growth, which most congestion controls share (RFC 5681 section 3.1).
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import type { Flow } from "./interface.ts";

/**
 * Opens the window in slow start by what was delivered, no further than `ssthresh`. Returns how much of `delivered` is left for congestion
 * avoidance: all of it when the window is not in slow start.
 */
export function slowStart(flow: Flow, delivered: number, deviations: Deviations): number {
  const room = flow.ssthresh - flow.cwnd;
  if (room <= 0) return delivered;
  const counted = deviations.slowStartByDelivery ? delivered : Math.min(delivered, 1); // RFC5681-3.1-ss-inc, RFC5681-3.1-ss-bytes
  const used = Math.min(counted, room);
  flow.cwnd += used;
  return counted - used;
}

/** Opens the window by one segment for so many that arrive; remembers what is left over. */
export class LinearGrowth {
  private credit = 0;

  /** `delivered` segments arrived; `every` so many make the window one larger. Returns by how much it grows. */
  add(delivered: number, every: number): number {
    this.credit += delivered;
    const segments = Math.floor(this.credit / every);
    this.credit -= segments * every;
    return segments;
  }

  /** Forgets what is left over. */
  reset(): void {
    this.credit = 0;
  }
}
