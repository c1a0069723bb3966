/**
 * The counters of a stack as a map that knows those that are zero, too.
 *
 * @module
 */
import { counterIndex, type Mib } from "../../../stack/mib.ts";

/** Values at one moment, by name; zero for a counter that has not counted, absent for a name that is none. */
class CounterSnapshot extends Map<string, number> {
  override get(name: string): number | undefined {
    return super.get(name) ?? (counterIndex(name) === undefined ? undefined : 0);
  }

  override has(name: string): boolean {
    return counterIndex(name) !== undefined;
  }
}

/** All counters now. */
export function counterSnapshot(mib: Mib): ReadonlyMap<string, number> {
  return new CounterSnapshot(mib.snapshot());
}
