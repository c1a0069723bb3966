/**
 * The priority of packets among those that wait for a device (tc-prio(8)).
 *
 * @module
 */

// Best effort 0, filler 1, bulk 2, interactive bulk 4, interactive 6: by the four TOS bits of RFC 1349.
const BY_TOS = [0, 1, 0, 1, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4] as const;

/** The priority that a TOS octet stands for (`rt_tos2priority`). */
export function rt_tos2priority(tos: number): number {
  return BY_TOS[(tos & 0x1e) >> 1]!;
}

/** Number of bands of `pfifo_fast`. */
export const BANDS = 3;

/** The band of each priority, 0 the first to go (the map that tc-prio(8) gives). */
const BY_PRIORITY = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1] as const;

/** The band that packets of a priority wait in. */
export function bandOf(priority: number): number {
  return BY_PRIORITY[priority & 0x0f]!;
}
