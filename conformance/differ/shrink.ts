/**
 * From a script on which two stacks differ to the smallest that still shows it.
 *
 * @module
 */
import type { Generated, Sample } from "./generate.ts";
import { each } from "./run.ts";
import { compare, type Compared, type Sides, write } from "./trial.ts";

/** How much is tried. */
export interface Effort {
  /** Candidates that run at once. */
  readonly jobs: number;
  /** So often a simpler script is looked for. */
  readonly rounds: number;
}

/**
 * Shrinks `life` as long as simpler ones have a first difference of the same kind. Candidates of a round run at once, and
 * the simplest of those that still differ goes on.
 */
export async function shrink(
  life: Generated<Sample>,
  found: Compared,
  sides: Sides,
  effort: Effort,
): Promise<Compared> {
  const kind = found.differences[0]!.kind;
  let best = found;
  let candidates = life.simpler()[Symbol.iterator]();
  for (let round = 0; round < effort.rounds; round++) {
    const batch = take(candidates, effort.jobs);
    if (batch.length === 0) break;
    const results = await each(batch, effort.jobs, async (one) => {
      const compared = await compare(await write(one.value, found.written.script.name, sides), sides, 2);
      return compared.differences[0]?.kind === kind ? { one, compared } : undefined;
    });
    const next = results.find((result) => result !== undefined);
    if (next === undefined) continue;
    best = next.compared;
    candidates = next.one.simpler()[Symbol.iterator]();
  }
  return best;
}

function take<T>(source: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = source.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}
