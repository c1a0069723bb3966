/**
 * Times for people.
 *
 * @module
 */

/** A time of the script in seconds, with all its digits: `0.010000`. */
export function secondsText(time_us: number): string {
  return (time_us / 1e6).toFixed(6);
}

/** How long something took, in the unit that suits it: `80 µs`, `10 ms`, `1.5 s`. */
export function spanText(span_us: number): string {
  const size = Math.abs(span_us);
  if (size < 1000) return `${Math.round(span_us)} µs`;
  if (size < 1e6) return `${shortest(span_us / 1000)} ms`;
  return `${shortest(span_us / 1e6)} s`;
}

function shortest(value: number): string {
  return String(Number(value.toPrecision(4)));
}
