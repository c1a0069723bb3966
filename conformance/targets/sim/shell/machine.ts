/**
 * The simulated machine, by the letters of `uname`.
 *
 * @module
 */

/** What the simulated machine says it is: the Linux whose settings and defaults the stack has. */
export const MACHINE = {
  s: "Linux",
  n: "netproof",
  r: "6.18.0",
  v: "#1 SMP",
  m: "x86_64",
  p: "unknown",
  i: "unknown",
  o: "GNU/Linux",
} as const;
