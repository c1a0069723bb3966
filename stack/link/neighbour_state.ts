/**
 * The states of a neighbour (RFC 4861 section 7.3.2), with Linux's numbers and the three that Linux adds (rtnetlink(7)).
 *
 * @module
 */

/** The address is being asked for; nothing can be sent yet. */
export const NUD_INCOMPLETE = 0x01;
/** The neighbour was heard to receive lately. */
export const NUD_REACHABLE = 0x02;
/** It is known, and nothing is known of its reachability. */
export const NUD_STALE = 0x04;
/** Something was sent to a stale one: upper layers may confirm it. */
export const NUD_DELAY = 0x08;
/** It is being asked whether it is there. */
export const NUD_PROBE = 0x10;
/** It did not answer. */
export const NUD_FAILED = 0x20;
/** A link without such questions. */
export const NUD_NOARP = 0x40;
/** Set by hand, for good. */
export const NUD_PERMANENT = 0x80;
/** Nothing is known. */
export const NUD_NONE = 0x00;

/** States with a link-layer address that packets may be sent to. */
export const NUD_VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;
/** States in which packets go without a thought. */
export const NUD_CONNECTED = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;
/** States with a timer. */
export const NUD_IN_TIMER = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE;

const NAMES: ReadonlyMap<number, string> = new Map([
  [NUD_NONE, "NONE"],
  [NUD_INCOMPLETE, "INCOMPLETE"],
  [NUD_REACHABLE, "REACHABLE"],
  [NUD_STALE, "STALE"],
  [NUD_DELAY, "DELAY"],
  [NUD_PROBE, "PROBE"],
  [NUD_FAILED, "FAILED"],
  [NUD_NOARP, "NOARP"],
  [NUD_PERMANENT, "PERMANENT"],
]);

/** As `ip neighbour` writes it. */
export function nudName(state: number): string {
  return NAMES.get(state) ?? String(state);
}

/** The state that `ip neighbour … nud WORD` names. */
export function nudOf(word: string): number | undefined {
  for (const [state, name] of NAMES) if (name === word.toUpperCase()) return state;
  return undefined;
}
