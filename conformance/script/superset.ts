/** What a script's use of additions means for the rest of it. */
import type { Script } from "./syntax.ts";

/**
 * Whether a script is one of netproof's own kind: by words that packetdrill could not act on at all. What its other lines
 * leave open is then filled in, and what packetdrill leaves unchecked is checked (docs/language.md). Comments never count.
 */
export function isExtended(script: Pick<Script, "superset">): boolean {
  return script.superset.some((use) => !use.local);
}
